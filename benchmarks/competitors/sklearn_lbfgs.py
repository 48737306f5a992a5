"""scikit-learn's LogisticRegression and PoissonRegressor with their default solver, L-BFGS."""

from benchmarks.competitors import _sklearn_logistic


def accepts(problem):
    """Log-losses and counts without a source."""
    return _sklearn_logistic.refuses(problem, poisson=True)


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_logistic.prepare(problem, tol, "lbfgs")
