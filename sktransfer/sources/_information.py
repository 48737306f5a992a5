"""Fisher information of a fitted linear model, over [coefficients class by class; then intercepts].

The scale is that of a plain weighted sum of losses: ``w * r^2 / 2`` for squared loss, ``w * log-loss`` for
logistic and multinomial. With ``Z = [X, 1]`` every block of rows k, l is ``Z' diag(v_kl) Z`` where

    squared      v_kk = w,                 v_kl = 0
    logistic     v    = w mu (1 - mu)
    multinomial  v_kl = w p_k (delta_kl - p_l)
    tweedie      v    = w mu^(2 - q),      mu = exp(eta), variance mu^q: 1 Poisson, 2 gamma; the expected curvature
"""

import numpy as np
from scipy.special import expit, softmax

from sktransfer.sources._precision import indices

__all__ = ["information"]


def information(design, weight, coef, intercept, loss, power=0.0):
    """Fisher information of a linear model at its parameters.

    Parameters
    ----------
    design : Design
        The rows of the source, p features.
    weight : ndarray of shape (n_samples,)
        Weights, not negative.
    coef : ndarray of shape (K, p)
    intercept : ndarray of shape (K,)
    loss : {"squared", "logistic", "multinomial", "tweedie"}
    power : float, default=0.0
        q of "tweedie".

    Returns
    -------
    ndarray of shape (K * p + K, K * p + K)

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, chapter 2.
    """
    if loss == "tweedie":
        return _tweedie(design, weight, coef, intercept, power)
    return _LOSSES[loss](design, weight, coef, intercept)


def _squared(design, weight, coef, intercept):
    n_rows, p = coef.shape
    block = design.sandwich_with_ones(weight)
    total = np.zeros((n_rows * (p + 1), n_rows * (p + 1)))
    for k in range(n_rows):
        where = indices(n_rows, p, [k], range(p))
        total[np.ix_(where, where)] = block
    return total


def _logistic(design, weight, coef, intercept):
    mean = expit(design.matvec(coef)[:, 0] + intercept[0])
    return design.sandwich_with_ones(weight * mean * (1.0 - mean))


def _multinomial(design, weight, coef, intercept):
    n_rows, p = coef.shape
    probability = softmax(design.matvec(coef) + intercept, axis=1)
    total = np.empty((n_rows * (p + 1), n_rows * (p + 1)))
    for k in range(n_rows):
        row = indices(n_rows, p, [k], range(p))
        scaled = weight * probability[:, k]
        total[np.ix_(row, row)] = design.sandwich_with_ones(scaled * (1.0 - probability[:, k]))
        for other in range(k):
            column = indices(n_rows, p, [other], range(p))
            block = -design.sandwich_with_ones(scaled * probability[:, other])
            total[np.ix_(row, column)] = total[np.ix_(column, row)] = block
    return total


def _tweedie(design, weight, coef, intercept, power):
    eta = design.matvec(coef)[:, 0] + intercept[0]
    return design.sandwich_with_ones(weight * np.exp((2.0 - power) * eta))


_LOSSES = {"squared": _squared, "logistic": _logistic, "multinomial": _multinomial}
