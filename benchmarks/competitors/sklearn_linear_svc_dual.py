"""scikit-learn's LinearSVC(dual=True): liblinear's coordinate descent over rows, on one thread."""

from benchmarks.competitors import _sklearn_linear_svc

LOSSES = _sklearn_linear_svc.LOSSES


def accepts(problem):
    """No source."""
    return _sklearn_linear_svc.refuses(problem)


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_linear_svc.prepare(problem, tol, dual=True)
