"""Factors of several sources that must not be negative, or are shares of one, under a loss with kinks.

    minimise   f(beta) + light |beta - mean|^2 / 2      over   beta >= 0   (simplex: and sum_k beta_k = 1)

f is convex and has no curvature to follow, but the pull has, so the dual is smooth: multipliers m >= 0 of beta >= 0, and
one, s, of the sum, only move what beta is pulled to,

    D(m, s) = min over beta   f(beta) + light |beta - centre|^2 / 2   + rest,     centre = mean + (m + s) / light
    grad D = (-beta, 1 - sum_k beta_k)

so each step of L-BFGS-B on -D is one fit without constraints, of K numbers. Outputs have factors of their own.
"""

import numpy as np
from scipy.optimize import minimize

_TOL = 1e-12


def constrained(rule, fitted, mean, light):
    """The factors: (n_outputs, n_sources).

    Parameters
    ----------
    rule : {"nonnegative", "simplex"}
    fitted : callable
        From what each factor is pulled to, (n_outputs, n_sources), and a tolerance to the least value and the factors.
    mean : ndarray of shape (n_outputs, n_sources)
    light : float
    """
    n_outputs, n_sources = mean.shape
    sums = rule == "simplex"

    def negative_dual(multipliers):
        moved = multipliers.reshape(n_outputs, n_sources + sums)
        shift = moved[:, :n_sources] + (moved[:, n_sources:] if sums else 0.0)
        value, beta = fitted(mean + shift, _TOL)
        value -= light * (np.sum(shift**2) / 2 + np.sum(shift * mean) - sums * np.sum(moved[:, n_sources:]))
        slope = np.hstack([-beta, 1 - beta.sum(axis=1, keepdims=True)]) if sums else -beta
        return -value / light, -slope.ravel()

    bounds = ([(0, None)] * n_sources + [(None, None)] * sums) * n_outputs
    found = minimize(
        negative_dual,
        np.zeros(len(bounds)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"gtol": 1e-9, "ftol": 1e-15, "maxiter": 500, "maxcor": 20},
    ).x.reshape(n_outputs, n_sources + sums)
    shift = found[:, :n_sources] + (found[:, n_sources:] if sums else 0.0)
    beta = np.maximum(fitted(mean + shift, _TOL)[1], 0.0)
    beta[found[:, :n_sources] > 0] = 0.0
    return beta / beta.sum(axis=1, keepdims=True) if sums else beta
