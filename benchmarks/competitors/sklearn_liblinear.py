"""scikit-learn's LogisticRegression(solver="liblinear"): a trust region Newton method on one thread."""

import numpy as np

from benchmarks.competitors import _sklearn_logistic


def accepts(problem):
    """Two classes, no intercept (it would be penalised), no source."""
    if problem.loss == "multinomial":
        return "two classes only"
    return _sklearn_logistic.refuses(problem) or ("penalises the intercept" if problem.fit_intercept else None)


def first_tol(problem):
    """It stops at ``|gradient| <= tol * (rarer class / n_samples) * |gradient at zero|`` in the Euclidean norm."""
    at_zero = problem.X.T @ (0.5 - problem.y)
    rarer = min(problem.y.mean(), 1 - problem.y.mean())
    return float(problem.tol * len(problem.y) / (rarer * np.linalg.norm(at_zero)))


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_logistic.prepare(problem, tol, "liblinear")
