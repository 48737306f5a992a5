"""Competitors: one file each, found by their names.

A file ``NAME.py`` has ``accepts(problem)``, which returns None or the reason why it cannot solve the problem, and
``prepare(problem)``, which returns the function without arguments that is timed; that function solves the problem to
``problem.tol`` and returns (coef, intercept). A file with ``UNIT = True`` is no competitor but a yardstick: its
function does one piece of work that a solver cannot avoid, and returns None.
"""

from benchmarks._discover import modules_of

OURS = "ours"


def all_competitors():
    """The competitor files by name, ours first.

    Returns
    -------
    dict of str to module
    """
    found = modules_of(__name__)
    return {OURS: found.pop(OURS), **found}


def is_unit(competitor):
    """Whether a competitor file is a yardstick."""
    return getattr(competitor, "UNIT", False)
