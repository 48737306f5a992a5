"""Competitors: one file each, found by their names.

A file ``NAME.py`` has ``accepts(problem)``, which returns None or the reason why it cannot solve the problem, and
``prepare(problem, tol)``, which returns the function without arguments that is timed; that function solves the problem
with the library's own tolerance ``tol`` and returns (coef, intercept). It may have ``first_tol(problem)``, a guess of
the tolerance that meets ``problem.tol``; calibration starts there; and ``LOSSES``, those that it knows, where they are
not the smooth ones. A file with ``UNIT = True`` is no competitor but a
yardstick: its function does one piece of work that a solver cannot avoid, and returns None.
"""

from benchmarks._discover import modules_of

OURS = "ours"
SMOOTH = ("squared", "binomial", "poisson", "multinomial")


def all_competitors():
    """The competitor files by name, ours first.

    Returns
    -------
    dict of str to module
    """
    found = modules_of(__name__)
    return {OURS: found.pop(OURS), **found}


def refusal(competitor, problem):
    """Why a competitor is not there: its own reason, or its loss; None if it takes part."""
    if not is_unit(competitor) and problem.loss not in getattr(competitor, "LOSSES", SMOOTH):
        return "another loss"
    return competitor.accepts(problem)


def is_unit(competitor):
    """Whether a competitor file is a yardstick."""
    return getattr(competitor, "UNIT", False)


def is_ours(name):
    """Whether a competitor is this library, whatever it is told of the source."""
    return name.startswith(OURS)
