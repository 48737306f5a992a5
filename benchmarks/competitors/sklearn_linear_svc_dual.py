"""scikit-learn's LinearSVC(dual=True): liblinear's coordinate descent over rows, on one thread."""

from benchmarks.competitors import _sklearn_linear_svc

LOSSES = _sklearn_linear_svc.LOSSES


def accepts(problem):
    """No source."""
    return _sklearn_linear_svc.refuses(problem)


def first_tol(problem):
    """It stops at a range of the dual's gradient; of the squared hinge the gap is as its square."""
    return problem.tol**0.5 if problem.loss == "squared_hinge" else problem.tol


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_linear_svc.prepare(problem, tol, dual=True)
