"""Maps of the target's rows to where the source's lie: ``map(X)`` is an array of X's shape and dtype."""

from typing import NamedTuple

import numpy as np

from sktransfer.representation._together import spectrum


class Identity(NamedTuple):
    """Nothing is known of a source: rows stay where they are."""

    def __call__(self, X):
        return X.copy()

    def matrix(self, n_features):
        """As ``coef_``."""
        return np.eye(n_features)


class Linear(NamedTuple):
    """``x -> source_mean + (x - mean) (I + Q (inner - I) Q')``: what lies outside the basis Q stays as it is.

    Attributes
    ----------
    mean, source_mean : ndarray of shape (n_features,)
    inner : ndarray of shape (r, r)
    basis : ndarray of shape (n_features, r) or None
        None is the identity.
    """

    mean: np.ndarray
    source_mean: np.ndarray
    inner: np.ndarray
    basis: np.ndarray | None

    def __call__(self, X):
        mean, source_mean, inner = (part.astype(X.dtype, copy=False) for part in self[:3])
        centred = X - mean
        if self.basis is None:
            found = centred @ inner
        else:
            basis = self.basis.astype(X.dtype, copy=False)
            within = centred @ basis
            found = centred
            found += (within @ inner - within) @ basis.T
        found += source_mean
        return found

    def matrix(self, n_features):
        """As ``coef_``."""
        if self.basis is None:
            return self.inner.copy()
        return np.eye(n_features) + self.basis @ (self.inner - np.eye(len(self.inner))) @ self.basis.T


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
    values, vectors = spectrum(both.covariance)
    source_values, source_vectors = spectrum(both.source_covariance)
    left = vectors / np.sqrt(values)
    right = source_vectors * np.sqrt(source_values)
    inner = left @ ((vectors.T @ source_vectors) @ right.T)
    if len(values) < len(inner):
        _, seen = spectrum(both.covariance + both.source_covariance)
        inner += np.eye(len(inner)) - seen @ seen.T
    return Linear(both.mean, both.source_mean, inner, both.basis)


def scaling(mean, source_mean, variance, source_variance):
    """The Scaled map ``sd_source / sd``; what spreads in neither domain keeps its scale."""
    spreads = variance > 0
    ratio = np.divide(source_variance, variance, out=np.ones_like(variance), where=spreads)
    return Scaled(mean, source_mean, np.sqrt(ratio))
