"""Time some functions in turn and compare pairs of them."""

from typing import NamedTuple

from benchmarks.calibrate import GIVE_UP
from benchmarks.judge import judge, passes
from benchmarks.timing import interleave, ratio, summary, time_limit, time_once


class Settings(NamedTuple):
    """What all paths are run with.

    Attributes
    ----------
    repeats : int
        Rounds.
    threads : int
        Of BLAS and OpenMP.
    patience : float
        Seconds that one function gets in all rounds.
    """

    repeats: int
    threads: int
    patience: float


def versus(case, functions, pairs, settings, checks=None):
    """Rows of the table of paths, one for each pair.

    Parameters
    ----------
    case : str
    functions : dict of str to callable
    pairs : list of (str, str or None)
        Names of a subject and of its reference; one without a reference has a time only.
    settings : Settings
    checks : dict of str to callable, default=None
        By a subject's name: takes what its function returned, returns columns for its rows, such as ``check`` (what
        the judge found), ``tol`` and ``met``.

    Returns
    -------
    list of dict
    """
    warm_up, columns, notes = {}, {}, {}
    for name, function in functions.items():
        try:
            with time_limit(GIVE_UP * settings.patience):
                result, warm_up[name] = time_once(function)
        except Exception as error:
            notes[name] = {"note": f"failed: {type(error).__name__}: {error}", "met": False}
            continue
        columns[name] = checks[name](result) if checks and name in checks else {}
    sound = {name: functions[name] for name in warm_up}
    seconds, calls = interleave(sound, warm_up, settings.repeats, settings.patience)
    return [_row(case, *pair, seconds, calls, columns, notes) for pair in pairs]


def _row(case, subject, reference, seconds, calls, columns, notes):
    """One pair: a failure of the reference is noted, of the subject it is all there is."""
    row = {"case": case, "subject": subject}
    if subject in notes:
        return {**row, "reference": reference, **notes[subject]}
    row.update(**summary(seconds[subject]), calls=calls[subject], **columns[subject])
    if reference in notes:
        row["note"] = f"{reference} {notes[reference]['note']}"
    elif reference is not None:
        row.update(reference=reference, ratio=ratio(seconds[subject], seconds[reference]))
    return row


def certified(problem):
    """A check for :func:`versus`: the judge's certificate of (coef, intercept) against the problem's tolerance.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    callable
    """

    def check(solution):
        found = judge(problem, *solution).certificate
        return {"check": found, "tol": problem.tol, "met": passes(problem, found)}

    return check


def fit_of(estimator, X, y):
    """A function that fits and returns (coef, intercept)."""

    def fit():
        estimator.fit(X, y)
        return estimator.coef_, estimator.intercept_

    return fit
