"""Every library means something else by its ``tol``: find the loosest one that meets the judge's certificate.

The ladder goes down in half decades from the competitor's first guess, ``first_tol(problem)``, or the certificate that
is asked for. The search gallops away from the first rung (to looser ones if that met, else to tighter ones), then
halves the interval between the last that met and the first that did not.
"""

import math
from typing import NamedTuple

from benchmarks.judge import Verdict, judge, meets
from benchmarks.timing import time_limit, time_once

LOOSEST = 0.1
TIGHTER = 12  # rungs below the first guess
GIVE_UP = 5  # times the patience: one fit is not waited for any longer, where it can be interrupted


class Attempt(NamedTuple):
    """One fit with one tolerance.

    Attributes
    ----------
    function : callable or None
        The fit; None if it raised.
    own_tol : float
    seconds : float
    verdict : Verdict
    met : bool
    error : str or None
    """

    function: object
    own_tol: float
    seconds: float
    verdict: Verdict
    met: bool
    error: str | None


def calibrate(problem, competitor, patience):
    """The fit with the loosest own tolerance that meets the problem's certificate.

    Parameters
    ----------
    problem : Problem
    competitor : module
        Of ``competitors/``; one that accepts the problem.
    patience : float
        Seconds; no further rung is tried when they are spent.

    Returns
    -------
    Attempt
        Where none met the certificate, the one that came nearest.
    """
    first = getattr(competitor, "first_tol", lambda problem: problem.tol)(problem)
    loosest = max(0, math.floor(2 * math.log10(LOOSEST / first) + 1e-9))

    def attempt(rung):
        return _attempt(problem, competitor, first * 10 ** (rung / 2), GIVE_UP * patience)

    tried = {0: attempt(0)}
    if tried[0].error is None:
        _gallop(tried, attempt, loosest, patience)
        _halve(tried, attempt, patience)
    met = [rung for rung in tried if tried[rung].met]
    if met:
        return tried[max(met)]
    sound = [one for one in tried.values() if one.error is None]
    return min(sound, key=lambda one: _number(one.verdict.certificate)) if sound else tried[0]


def _gallop(tried, attempt, loosest, patience):
    """Go looser while the certificate is met, or tighter until it is, in doubling steps."""
    looser = tried[0].met
    last = loosest if looser else -TIGHTER
    rung, step = 0, 1
    while tried[rung].met == looser and rung != last and _spent(tried) < patience:
        rung = min(rung + step, last) if looser else max(rung - step, last)
        step *= 2
        tried[rung] = attempt(rung)


def _halve(tried, attempt, patience):
    """Halve the interval between the loosest rung that met and the tightest above it that did not."""
    while _spent(tried) < patience:
        met = [rung for rung in tried if tried[rung].met]
        missed = [rung for rung in tried if not tried[rung].met and met and rung > max(met)]
        if not missed or min(missed) - max(met) < 2:
            return
        middle = (min(missed) + max(met)) // 2
        tried[middle] = attempt(middle)


def _attempt(problem, competitor, own_tol, limit):
    """Prepare, fit once, judge."""
    try:
        function = competitor.prepare(problem, own_tol)
        with time_limit(limit):
            solution, seconds = time_once(function)
    except Exception as error:
        nothing = Verdict(math.nan, math.nan)
        return Attempt(None, own_tol, 0.0, nothing, False, f"failed: {type(error).__name__}: {error}")
    verdict = judge(problem, *solution)
    return Attempt(function, own_tol, seconds, verdict, meets(problem, verdict.certificate), None)


def _spent(tried):
    return sum(one.seconds for one in tried.values())


def _number(value):
    return math.inf if math.isnan(value) else value
