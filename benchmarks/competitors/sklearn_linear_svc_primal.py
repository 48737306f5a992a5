"""scikit-learn's LinearSVC(dual=False): liblinear's trust region Newton method, on one thread."""

from benchmarks.competitors import _sklearn_linear_svc

LOSSES = ("squared_hinge",)


def accepts(problem):
    """No source."""
    return _sklearn_linear_svc.refuses(problem)


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_linear_svc.prepare(problem, tol, dual=False)
