"""Newton's method in thirty lines of NumPy, from the source, with halved steps: what a careful user writes."""

import numpy as np
from scipy.linalg import solve
from scipy.special import expit

BLOCK = 4096
MAX_ITER = 50
MEANS = {
    "squared": lambda eta: (eta, np.ones_like(eta)),
    "binomial": lambda eta: (expit(eta), expit(eta) * expit(-eta)),
    "poisson": lambda eta: (np.exp(eta), np.exp(eta)),
}


def accepts(problem):
    """Dense rows, squared loss, two classes or counts, a Hessian that is not too wide."""
    if problem.sparse or problem.loss == "multinomial":
        return "dense rows, squared loss, two classes or counts only"
    return "too wide for its Hessian" if problem.X.shape[1] > 2 * problem.X.shape[0] else None


def prepare(problem, tol):
    """Nothing to build."""
    return lambda: _newton(problem, tol)


def _newton(problem, tol):
    theta = np.append(problem.centre, problem.source_intercept or 0.0)
    gradient, hessian = _derivatives(problem, theta)
    for _ in range(MAX_ITER):
        if np.abs(gradient).max() <= tol * len(problem.y):
            break
        step, before = solve(hessian, gradient, assume_a="pos", check_finite=False), np.linalg.norm(gradient)
        for size in 0.5 ** np.arange(10):
            gradient, hessian = _derivatives(problem, theta - size * step)
            if np.linalg.norm(gradient) < before:
                break
        theta = theta - size * step
    return theta[:-1], theta[-1]


def _derivatives(problem, theta):
    coef, p = theta[:-1], len(theta) - 1
    gradient, hessian = np.append(problem.pull(coef - problem.centre), 0.0), np.zeros((p + 1, p + 1))
    hessian[:p, :p] = problem.strength * (problem.metric_matrix if problem.metric == "fisher" else np.eye(p))
    for start in range(0, len(problem.y), BLOCK):
        X, y = problem.X[start : start + BLOCK], problem.y[start : start + BLOCK]
        eta = X @ coef + theta[-1]
        mean, curvature = MEANS[problem.loss](eta)
        root = np.sqrt(curvature)
        weighted = np.column_stack([X * root[:, None], root])
        hessian += weighted.T @ weighted
        gradient += np.append(X.T @ (mean - y), (mean - y).sum())
    if not problem.fit_intercept:
        gradient[p], hessian[p, :p], hessian[:p, p] = 0.0, 0.0, 0.0
    return gradient, hessian
