"""scikit-learn's LogisticRegression and PoissonRegressor, solver="newton-cholesky"."""

from math import prod

from benchmarks.competitors import _sklearn_logistic

LARGEST = 5_000


def accepts(problem):
    """Log-losses and counts without a source and with a Hessian that fits in memory."""
    if prod(problem.coef_shape) > LARGEST:
        return f"a Hessian of more than {LARGEST} rows"
    return _sklearn_logistic.refuses(problem, poisson=True)


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_logistic.prepare(problem, tol, "newton-cholesky")
