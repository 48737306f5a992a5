"""The certificate, computed from the definition: independent of every competitor, the library included.

gradient_coef      = sum_i residual_i x_i + strength * (coef - source_coef)
gradient_intercept = sum_i residual_i,       residual_i = d loss(y_i, eta_i) / d eta_i = mean(eta_i) - y_i
certificate        = max |gradient| / n_samples
"""

import numpy as np
from scipy.special import expit, softmax

SLACK = 1.0 + 1e-9  # a solver that sums in another order may differ in the last digits


def certificate(problem, coef, intercept):
    """``max |gradient| / n_samples`` of the objective at a solution.

    Parameters
    ----------
    problem : Problem
    coef : array-like
        scikit-learn's shapes: (1, n_features) is read as (n_features,).
    intercept : float or array-like

    Returns
    -------
    float
    """
    coef = np.asarray(coef, dtype=np.float64).reshape(problem.coef_shape)
    intercept = np.asarray(intercept, dtype=np.float64).reshape(problem.coef_shape[:-1])
    residual = _MEANS[problem.loss](problem.X @ coef.T + intercept) - _observed(problem)
    slopes = (problem.X.T @ residual).T + problem.strength * (coef - problem.centre)
    largest = max(np.abs(slopes).max(), np.abs(residual.sum(axis=0)).max())
    return float(largest / problem.X.shape[0])


def is_met(problem, value):
    """Whether a certificate is good enough; NaN is not."""
    return bool(value <= problem.tol * SLACK)


def _observed(problem):
    """y, as one column of zeros and ones per class for the multinomial."""
    return np.eye(problem.coef_shape[0])[problem.y] if problem.loss == "multinomial" else problem.y


def _softmax(eta):
    return softmax(eta, axis=1)


_MEANS = {"squared": np.asarray, "binomial": expit, "multinomial": _softmax}
