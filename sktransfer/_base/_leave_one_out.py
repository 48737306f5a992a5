"""Held-out linear predictors of every row, from one fit.

Leaving out row i with its weight, one Newton step from the full fit gives

    eta_loo_i = eta_i + H_i (I - W_i H_i)^-1 g_i,      H_i = x_i' H^-1 x_i  (K x K)

with g_i and W_i the first and second derivative of row i's weighted loss and H the objective's Hessian. Exact for
squared loss; the approximate leave-one-out of Rad & Maleki (2020) for others. Priors, standardisation and class
weights stay as they are on all rows.
"""

import numpy as np

from sktransfer._solvers import Factor, Reduction, dual_refuses


def held_out_predictions(objective, theta):
    """Linear predictor of each row of the first term by a fit without that row.

    Parameters
    ----------
    objective : Objective
    theta : ndarray of shape (n_params,)
        Its minimiser.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        Not finite where a row cannot be left out (leverage one).
    """
    if objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None:
        reduction = Reduction(objective)
        objective, theta = reduction.objective, reduction.start(theta)
    point = objective.at(theta)
    eta, gradient = point.etas[0], point.residuals[0]
    n, K = eta.shape
    leverage = _leverages(point)
    curvature = point.curvatures[0].rows(n, K)
    rest = np.eye(K) - curvature @ leverage
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if K == 1:
            return eta + leverage[:, 0] * gradient / rest[:, 0]
        step = np.linalg.solve(rest, gradient[:, :, np.newaxis])
        return eta + (leverage @ step)[:, :, 0]


def _leverages(point):
    """``x_i' H^-1 x_i`` of each row: (n_samples, n_outputs, n_outputs)."""
    objective, layout = point.objective, point.objective.layout
    design, K = objective.terms[0].design, layout.n_outputs
    result = np.zeros((design.n_samples, K, K))
    if objective.n_free == 0:
        return result
    inverse = _inverse_hessian(point)
    quadratic = design.quadratic_with_ones if layout.fit_intercept else design.quadratic
    for k in range(K):
        for m in range(k + 1):
            block = inverse[np.ix_(layout.output(k), layout.output(m))]
            if np.any(block):
                result[:, k, m] = result[:, m, k] = quadratic(block)
    return result


def _inverse_hessian(point):
    """The Hessian's (pseudo-)inverse as a matrix on theta: what is held has no variance."""
    objective = point.objective
    inverse = Factor(point.hessian()).solve(np.eye(objective.n_free))
    if objective.held is None:
        return inverse
    basis = objective.held.basis
    return np.asarray(basis @ (basis @ inverse.T).T)
