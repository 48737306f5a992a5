"""sktransfer, told how sure the source is: the objective stays the same, the knowledge may only make it faster."""

from benchmarks.competitors import _sktransfer


def accepts(problem):
    """Sources of known precision, where the objective does not need it anyway."""
    if problem.precision is None:
        return "no source of known precision"
    return None if problem.metric == "identity" else "the objective holds the precision: see ours"


def prepare(problem, tol):
    """The source with its precision."""
    return _sktransfer.prepare(problem, tol, problem.precision)
