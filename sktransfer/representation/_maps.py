"""Maps of the target's rows to where the source's lie: ``map(X)`` is an array of X's shape and dtype."""

from typing import NamedTuple

import numpy as np

from sktransfer._designs import as_design
from sktransfer.representation._spectra import of_root

_BLOCK_BYTES = 1 << 20


def about(X, mean, matrix):
    """``(X - mean) @ matrix``, some rows at a time; the mean is taken off first, so that its size costs no digits."""
    mean, matrix = (part.astype(X.dtype, copy=False) for part in (mean, matrix))
    found = np.empty((X.shape[0], matrix.shape[1]), dtype=X.dtype)
    step = max(1, _BLOCK_BYTES // (X.itemsize * X.shape[1]))
    for start in range(0, len(X), step):
        rows = slice(start, start + step)
        np.matmul(X[rows] - mean, matrix, out=found[rows])
    return found


class Identity(NamedTuple):
    """Nothing is known of a source: rows stay where they are."""

    def __call__(self, X):
        return X.copy()

    def matrix(self, n_features):
        """As ``coef_``."""
        return np.eye(n_features)


class Linear(NamedTuple):
    """``x -> source_mean + (x - mean) A``, A the product of factors, beside the identity where nothing was seen.

    Attributes
    ----------
    mean, source_mean : ndarray of shape (n_features,)
    factors : tuple of ndarray
        One of shape (n_features, n_features), or two with fewer columns and rows between them.
    seen : ndarray of shape (n_features, q) or None
        Orthonormal: what is orthogonal to it stays as it is. None is all.
    """

    mean: np.ndarray
    source_mean: np.ndarray
    factors: tuple
    seen: np.ndarray | None

    def __call__(self, X):
        found = self._product(X - self.mean.astype(X.dtype, copy=False))
        found += self.source_mean.astype(X.dtype, copy=False)
        return found

    def matrix(self, n_features):
        """As ``coef_``."""
        return self._product(np.eye(n_features))

    def _product(self, centred):
        found = centred
        for factor in self.factors:
            found = found @ factor.astype(centred.dtype, copy=False)
        if self.seen is not None:
            seen = self.seen.astype(centred.dtype, copy=False)
            found += centred
            found -= (centred @ seen) @ seen.T
        return found


class Scaled(NamedTuple):
    """``x -> source_mean + (x - mean) * scale``."""

    mean: np.ndarray
    source_mean: np.ndarray
    scale: np.ndarray

    def __call__(self, X):
        mean, source_mean, scale = (part.astype(X.dtype, copy=False) for part in self)
        found = X - mean
        found *= scale
        found += source_mean
        return found

    def matrix(self, n_features):
        """As ``coef_``."""
        return np.diag(self.scale)


def colouring(both):
    """The Linear map ``C^-1/2 C_source^1/2`` of two domains laid out :class:`Together`.

    Roots are symmetric, of directions with spread; what spreads in neither domain stays as it is.
    """
    values, vectors = both.spread.leading()
    source_values, source_vectors = both.source_spread.leading()
    p = len(both.mean)
    if len(values) == len(source_values) == p:
        whole = _power(values, vectors, -0.5) @ _power(source_values, source_vectors, 0.5)
        return Linear(both.mean, both.source_mean, (whole,), None)
    left = (vectors / np.sqrt(values)) @ ((vectors.T @ source_vectors) * np.sqrt(source_values))
    seen = None if len(values) == p else _span(vectors, source_vectors, both.shrinkage)
    if len(values) + len(source_values) < p:
        return Linear(both.mean, both.source_mean, (left, source_vectors.T), seen)
    whole = left @ source_vectors.T
    if seen is not None:
        whole += np.eye(p) - seen @ seen.T
    return Linear(both.mean, both.source_mean, (whole,), None)


def _power(values, vectors, exponent):
    """``V diag(values ** exponent) V'``; eigenvectors in rising order, in which they lie in memory."""
    return as_design(vectors[:, ::-1]).outer(values[::-1] ** exponent)


def _span(vectors, source_vectors, shrinkage):
    """Orthonormal directions in which either domain spreads; shrunk, the target has the source's already."""
    return vectors if shrinkage > 0 else of_root(np.concatenate([vectors, source_vectors], axis=1).T)[1]


def scaling(mean, source_mean, variance, source_variance):
    """The Scaled map ``sd_source / sd``; what spreads in neither domain keeps its scale."""
    spreads = variance > 0
    ratio = np.divide(source_variance, variance, out=np.ones_like(variance), where=spreads)
    return Scaled(mean, source_mean, np.sqrt(ratio))
