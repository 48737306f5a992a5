"""Draws that the problems share. All of them depend on their generator only."""

import numpy as np

SIGNAL = 2.0  # standard deviation of the linear predictor, whatever the number of features
SHIFT = 0.3  # of it, that the source does not know


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


def source_rows(n_features, most=100_000):
    """Rows a source is fitted on: twenty per feature, at least 500, at most ``most``."""
    return min(max(500, 20 * n_features), most)
