"""Slow, obvious twins of the objective: explicit (n, K, d) NumPy formulas, plain Newton steps.

Parameters stand as in the library: ``theta = [coef class by class; intercepts]``.
"""

import numpy as np

LOSSES = ("squared", "binomial", "multinomial")


def n_outputs_of(loss, y):
    """Columns of the linear predictor: y's for squared loss, the number of classes for the multinomial."""
    return {"squared": np.size(y) // len(y), "binomial": 1, "multinomial": int(np.max(y)) + 1}[loss]


def jacobian(X, n_outputs, fit_intercept=True):
    """d eta[i, k] / d theta[d], as a dense (n, K, d) array."""
    X = np.asarray(X, dtype=np.float64)
    n, p = X.shape
    J = np.zeros((n, n_outputs, n_outputs * (p + fit_intercept)))
    for k in range(n_outputs):
        J[:, k, k * p : (k + 1) * p] = X
        if fit_intercept:
            J[:, k, n_outputs * p + k] = 1.0
    return J


def pointwise(loss, y, eta):
    """(loss (n,), gradient (n, K), curvature (n, K, K)) of every row, with respect to eta."""
    n, K = eta.shape
    if loss == "squared":
        y = np.reshape(y, (n, K))
        return ((eta - y) ** 2).sum(1) / 2, eta - y, np.tile(np.eye(K), (n, 1, 1))
    if loss == "binomial":
        mu = 1 / (1 + np.exp(-eta[:, 0]))
        value = np.log1p(np.exp(eta[:, 0])) - y * eta[:, 0]
        return value, (mu - y)[:, None], (mu * (1 - mu))[:, None, None]
    p = np.exp(eta - eta.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    onehot = np.eye(K)[np.asarray(y, dtype=int)]
    curvature = np.array([np.diag(row) - np.outer(row, row) for row in p])
    return -np.log((p * onehot).sum(1)), p - onehot, curvature


def evaluate(theta, X, y, w, offset, loss, prior_mean, prior_precision, fit_intercept=True, n_outputs=None):
    """(value, gradient, Hessian) of ``sum w loss + (theta - m)' P (theta - m) / 2``."""
    K = n_outputs or n_outputs_of(loss, y)
    J = jacobian(X, K, fit_intercept)
    eta = J @ theta + np.broadcast_to(0.0 if offset is None else offset, (len(J), K))
    value, gradient, curvature = pointwise(loss, y, eta)
    delta = theta - prior_mean
    return (
        w @ value + delta @ prior_precision @ delta / 2,
        np.einsum("nkd,nk,n->d", J, gradient, w) + prior_precision @ delta,
        np.einsum("nkd,nkm,nme,n->de", J, curvature, J, w, optimize=True) + prior_precision,
    )


def newton(function, start):
    """The minimiser of ``function(x) -> (value, gradient, Hessian)``: plain steps, halved until the value falls."""
    x = np.array(start, dtype=np.float64)
    for _ in range(100):
        value, gradient, hessian = function(x)
        step = -np.linalg.lstsq(hessian, gradient, rcond=1e-13)[0]
        length = 1.0
        while function(x + length * step)[0] > value + 1e-12 * abs(value) and length > 1e-8:
            length /= 2
        x = x + length * step
        if np.abs(step).max(initial=0.0) <= 1e-14 * (1 + np.abs(x).max(initial=0.0)):
            break
    return x


def minimise(X, y, w, offset, loss, prior_mean, prior_precision, fit_intercept=True, n_outputs=None):
    """The minimiser of :func:`evaluate`, from the prior's mean."""
    problem = (X, y, w, offset, loss, prior_mean, prior_precision, fit_intercept, n_outputs)
    return newton(lambda theta: evaluate(theta, *problem), prior_mean)
