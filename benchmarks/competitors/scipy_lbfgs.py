"""SciPy's L-BFGS-B on the change from the source, the source as an offset: what a careful user writes first."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logsumexp


def accepts(problem):
    """All of them."""
    return None


def prepare(problem, tol):
    """Nothing to build."""
    return lambda: _fit(problem, tol)


def _fit(problem, tol):
    X, n, shape = problem.X, len(problem.y), problem.coef_shape
    n_outputs = int(np.prod(shape[:-1], dtype=int))
    offset = X @ problem.centre.T
    one_hot = np.eye(n_outputs)[problem.y] if problem.loss == "multinomial" else problem.y

    def objective(theta):
        delta, intercept = theta[:-n_outputs].reshape(shape), theta[-n_outputs:].reshape(shape[:-1])
        value, residual = _loss(problem.loss, one_hot, X @ delta.T + offset + intercept)
        pull = problem.pull(delta)
        free = float(problem.fit_intercept)
        gradient = np.append((X.T @ residual).T + pull, free * residual.sum(axis=0))
        return (value + np.sum(delta * pull) / 2) / n, gradient / n

    options = {"gtol": tol, "ftol": 0.0, "maxiter": 10_000, "maxfun": 15_000, "maxls": 50}
    start = np.append(np.zeros(problem.centre.size), np.zeros(n_outputs))
    found = minimize(objective, start, method="L-BFGS-B", jac=True, options=options)
    return found.x[:-n_outputs].reshape(shape) + problem.centre, found.x[-n_outputs:].reshape(shape[:-1])


def _loss(loss, y, eta):
    """(sum of losses, derivative by eta)."""
    if loss == "squared":
        return np.sum((eta - y) ** 2) / 2, eta - y
    if loss == "binomial":
        return np.sum(np.logaddexp(0.0, eta) - y * eta), expit(eta) - y
    if loss == "poisson":
        return np.sum(np.exp(eta) - y * eta), np.exp(eta) - y
    total = logsumexp(eta, axis=1, keepdims=True)
    return np.sum(total) - np.sum(y * eta), np.exp(eta - total) - y
