"""Draws that the problems share. All of them depend on their generator only."""

import numpy as np
from scipy.special import expit

SIGNAL = 2.0  # standard deviation of the linear predictor, whatever the number of features
SHIFT = 0.3  # of it, that the source does not know
MOST_SOURCE_ROWS = 100_000
CURVATURE = {
    "squared": np.ones_like,
    "binomial": lambda eta: expit(eta) * expit(-eta),
    "poisson": np.exp,
}


def correlated(rng, n_samples, n_features, correlation=0.7):
    """Features in a chain: neighbours correlate, distant ones hardly; unit variance, row-major.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_samples, n_features : int
    correlation : float, default=0.7
        Of neighbours.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    X = rng.standard_normal((n_samples, n_features))
    fresh = np.sqrt(1 - correlation**2)
    for j in range(1, n_features):
        X[:, j] *= fresh
        X[:, j] += correlation * X[:, j - 1]
    return X


def mixing(rng, n_features, condition):
    """A matrix that turns white features into ones of a given condition number: ``white @ mixing``.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_features : int
    condition : float
        The largest singular value over the smallest; those between are spread evenly in the logarithm.

    Returns
    -------
    ndarray of shape (n_features, n_features)
        Features have variance one on average.
    """
    values = np.logspace(0.0, -np.log10(condition), n_features)
    values *= np.sqrt(n_features / np.sum(values**2))
    rotation, _ = np.linalg.qr(rng.standard_normal((n_features, n_features)))
    return values[:, np.newaxis] * rotation


def parameters(rng, shape):
    """Coefficients of a source population and of the target's: related, not equal.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        The last axis counts features.

    Returns
    -------
    (source, target) : ndarrays of that shape
    """
    scale = SIGNAL / np.sqrt(shape[-1])
    source = rng.normal(scale=scale, size=shape)
    return source, source + rng.normal(scale=SHIFT * scale, size=shape)


def labels(rng, eta):
    """Class numbers drawn from the model: two classes for one column of ``eta``, else one class per column.

    Parameters
    ----------
    rng : numpy.random.Generator
    eta : ndarray of shape (n_samples,) or (n_samples, n_classes)

    Returns
    -------
    ndarray of shape (n_samples,) of int
        Every class stands there at least once.
    """
    noisy = eta + (rng.logistic(size=eta.shape) if eta.ndim == 1 else rng.gumbel(size=eta.shape))
    y = (noisy > 0).astype(np.int64) if eta.ndim == 1 else noisy.argmax(axis=1)
    n_classes = 2 if eta.ndim == 1 else eta.shape[1]
    y[:n_classes] = np.arange(n_classes)
    return y


def source_rows(n_features, most=MOST_SOURCE_ROWS):
    """Rows a source is fitted on: twenty per feature, at least 500, at most ``most``."""
    return min(max(500, 20 * n_features), most)


def precision(loss, X, coef, intercept, strength):
    """How sure a fitted model is: curvature of its loss and penalty over [coef, intercept], one output.

    Parameters
    ----------
    loss : {"squared", "binomial", "poisson"}
    X : ndarray of shape (n_samples, n_features)
        The rows it was fitted on.
    coef : ndarray of shape (n_features,)
    intercept, strength : float

    Returns
    -------
    ndarray of shape (n_features + 1, n_features + 1)
    """
    rows = np.column_stack([X, np.ones(len(X))])
    curvature = CURVATURE[loss](X @ coef + intercept)
    return (rows.T * curvature) @ rows + np.diag(np.append(np.full(len(coef), strength), 0.0))
