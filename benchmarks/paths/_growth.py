"""What ``against_rows`` and ``against_columns`` time: our fit, with its source and without, in units of one dsyrk."""

from benchmarks.competitors import dsyrk, ours
from benchmarks.paths._versus import certified, versus


def growth(problem, settings):
    """Rows of the table of paths: our fits with the problem's tolerance as ours.

    Parameters
    ----------
    problem : Problem
    settings : Settings

    Returns
    -------
    list of dict
    """
    rows = []
    for case in (problem.without_source(), problem):
        functions = {"ours": ours.prepare(case, case.tol), "dsyrk": dsyrk.prepare(case, case.tol)}
        checks = {"ours": certified(case)}
        rows += versus(f"{case.loss}, {case.kind}", functions, [("ours", "dsyrk")], settings, checks)
    return rows
