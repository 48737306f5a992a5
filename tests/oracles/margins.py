"""Slow, obvious twins of support vector machines: the primal by smooth constrained optimisation, plain NumPy values."""

import numpy as np
from scipy.optimize import minimize

LOSSES = {
    "hinge": lambda y, eta, epsilon: np.maximum(0, 1 - y * eta),
    "squared_hinge": lambda y, eta, epsilon: np.maximum(0, 1 - y * eta) ** 2,
    "epsilon_insensitive": lambda y, eta, epsilon: np.maximum(0, np.abs(y - eta) - epsilon),
    "squared_epsilon_insensitive": lambda y, eta, epsilon: np.maximum(0, np.abs(y - eta) - epsilon) ** 2,
}


def primal(loss, X, y, weight, coef, intercept, centre, precision, epsilon=0.0):
    """``sum w loss + (theta - centre)' precision (theta - centre) / 2``, theta = [coef, intercept]."""
    delta = np.append(coef, intercept) - centre
    return weight @ LOSSES[loss](y, X @ coef + intercept, epsilon) + delta @ _times(precision, delta) / 2


def _times(precision, delta):
    """A diagonal or a matrix times a vector."""
    return precision @ delta if np.ndim(precision) == 2 else precision * delta


def minimise(loss, X, y, weight, centre, precision, epsilon=0.0):
    """theta that minimises :func:`primal`: a quadratic program in theta and one slack per row, by SLSQP.

    slack_i >= 0 and slack_i >= 1 - y_i eta_i (hinge), or slack_i >= |y_i - eta_i| - epsilon; its square where squared.
    """
    n, d = len(y), len(centre)
    A = np.column_stack([X, np.ones(n)])
    sides = [y] if "hinge" in loss else [np.ones(n), -np.ones(n)]
    levels = [np.ones(n)] if "hinge" in loss else [y - epsilon, -y - epsilon]
    G = np.vstack([np.column_stack([side[:, None] * A, np.eye(n)]) for side in sides])
    h = np.concatenate(levels)
    squared = loss.startswith("squared")

    def value(z):
        delta, slack = z[:d] - centre, z[d:]
        return delta @ _times(precision, delta) / 2 + weight @ (slack**2 if squared else slack)

    def slope(z):
        return np.concatenate([_times(precision, z[:d] - centre), weight * (2 * z[d:] if squared else 1.0)])

    needed = [level - side * (A @ centre) for side, level in zip(sides, levels, strict=True)]
    start = np.append(centre, np.maximum(0, np.max(needed, axis=0)))
    constraint = {"type": "ineq", "fun": lambda z: G @ z - h, "jac": lambda z: G}
    bounds = [(None, None)] * d + [(0, None)] * n
    options = {"maxiter": 1000, "ftol": 1e-15}
    return minimize(
        value, start, jac=slope, bounds=bounds, constraints=[constraint], method="SLSQP", options=options
    ).x[:d]
