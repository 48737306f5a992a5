"""One problem, all competitors: solve once for the certificate, then time in rounds."""

import math
import warnings

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.certificate import certificate, is_met
from benchmarks.competitors import OURS, all_competitors, is_unit
from benchmarks.timing import interleave, time_once


def measure(problem, repeats, threads=1):
    """Rows of the result table, one per competitor and yardstick, also for those that refuse.

    Parameters
    ----------
    problem : Problem
    repeats : int
    threads : int, default=1
        Of BLAS and OpenMP.

    Returns
    -------
    list of dict
        Of ``table.COLUMNS``. A competitor that raised has its error in ``note`` and a certificate that is not met.
    """
    competitors = all_competitors()
    rows = {name: {**_describe(problem, threads), "competitor": name} for name in competitors}
    functions = {}
    for name, competitor in competitors.items():
        rows[name]["note"] = reason = competitor.accepts(problem)
        if reason is None:
            functions[name] = competitor.prepare(problem)
    with threadpool_limits(threads), warnings.catch_warnings():  # all libraries are loaded by now
        warnings.simplefilter("ignore")  # the certificate says it
        warm_up = {name: _solve(problem, function, rows[name]) for name, function in functions.items()}
        sound = {name: functions[name] for name in functions if warm_up[name] is not None}
        seconds, calls = interleave(sound, warm_up, repeats)
    _add_times(rows, seconds, calls)
    return list(rows.values())


def _describe(problem, threads):
    n_samples, n_features = problem.X.shape
    return {
        "problem": problem.name,
        "n_samples": n_samples,
        "n_features": n_features,
        "source": problem.has_source,
        "threads": threads,
    }


def _solve(problem, function, row):
    """Call once and judge what comes back; the seconds it took, None if it raised."""
    try:
        result, seconds = time_once(function)
    except Exception as error:
        row.update(met=False, note=f"failed: {type(error).__name__}: {error}")
        return None
    if result is not None:
        row.update(_judge(problem, result))
    return seconds


def _judge(problem, result):
    value = certificate(problem, *result)
    return {"certificate": value, "tol": problem.tol, "met": is_met(problem, value)}


def _add_times(rows, seconds, calls):
    """Medians over the rounds; a ratio is the median of the rounds' ratios."""
    competitors = all_competitors()
    unit = next((name for name in seconds if is_unit(competitors[name])), None)
    for name, times in seconds.items():
        rows[name].update(
            seconds=float(np.median(times)),
            seconds_min=float(times.min()),
            seconds_max=float(times.max()),
            repeats=len(times),
            calls=calls[name],
            ratio_to_ours=_ratio(times, seconds.get(OURS)),
            ratio_to_unit=_ratio(times, seconds.get(unit)),
            unit=unit,
        )


def _ratio(times, others):
    return math.nan if others is None else float(np.median(times / others))
