"""sktransfer: the transfer estimators, ``solver="auto"``. The source is a hyper-parameter."""

from benchmarks.competitors import _sktransfer

LOSSES = ("squared", "binomial", "poisson", "multinomial", "hinge", "squared_hinge")


def accepts(problem):
    """All of them."""
    return None


def prepare(problem, tol):
    """The source's coefficients only, but for the objective that needs its precision."""
    return _sktransfer.prepare(problem, tol, problem.precision if problem.metric == "fisher" else None)
