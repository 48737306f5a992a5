"""scikit-learn's LogisticRegression(solver="newton-cg")."""

from benchmarks.competitors import _sklearn_logistic


def accepts(problem):
    """Log-losses without a source."""
    return _sklearn_logistic.refuses(problem)


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_logistic.prepare(problem, tol, "newton-cg")
