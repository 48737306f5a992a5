"""Standardised features as a design: ``(X - mean) / scale``, without a standardised copy of X."""

import numpy as np

from sktransfer._designs._base import Design


class ScaledDesign(Design):
    """The rows of another design, each feature shifted and divided.

    Products are those of the inner design with a correction of rank one, so sparse rows stay sparse; where a
    whole matrix is summed, the shift is taken before the product so that large means cost no digits.

    Parameters
    ----------
    inner : Design
    mean, scale : ndarray of shape (n_features,)
        ``scale`` is positive.
    """

    def __init__(self, inner, mean, scale):
        self._inner, self._mean, self._scale = inner, mean, scale
        self.n_samples, self.n_features = inner.n_samples, inner.n_features
        self.sparse = inner.sparse

    @classmethod
    def accepts(cls, X):
        """Never: it is built from a design, not from a matrix."""
        return False

    @property
    def work(self):
        """As the inner design's."""
        return self._inner.work

    def matvec(self, coef):
        """``((X - mean) / scale) @ coef.T``."""
        raw = coef / self._scale
        return self._inner.matvec(raw) - raw @ self._mean

    def fused_gradient(self, kernel, y, weight, coef, eta):
        """The inner design's visit, its gradient shifted and scaled."""
        raw = coef / self._scale
        eta -= raw @ self._mean
        visit = self._inner.fused_gradient(kernel, y, weight, raw, eta)
        if visit is None:
            eta += raw @ self._mean
            return None
        value, residual, curvature, gradient = visit
        return value, residual, curvature, (gradient - residual.sum() * self._mean) / self._scale

    def hessian_product(self, curvature, coef, shift=0.0):
        """The inner design's product, shifted and scaled on both sides."""
        raw = coef / self._scale
        product, total = self._inner.hessian_product(curvature, raw, shift - float(raw @ self._mean))
        return (product - total * self._mean) / self._scale, total

    def rmatvec(self, residual):
        """``residual.T @ ((X - mean) / scale)``."""
        shift = np.outer(residual.sum(axis=0), self._mean)
        return (self._inner.rmatvec(residual) - shift) / self._scale

    def sandwich(self, weight, mean=None, single=False):
        """``Z.T @ diag(weight) @ Z`` with Z the standardised rows (about ``mean``, if given)."""
        mean = self._mean if mean is None else self._mean + mean * self._scale
        return self._inner.sandwich(weight, mean, single) / np.outer(self._scale, self._scale)

    def outer(self, scale, mean=None):
        """``Z @ diag(scale) @ Z.T`` with Z the standardised rows (about ``mean``, if given)."""
        mean = self._mean if mean is None else self._mean + mean * self._scale
        return self._inner.outer(scale / self._scale**2, mean)

    def squares(self, weight):
        """``(Z ** 2).T @ weight`` with Z the standardised rows."""
        return self._inner.centred_squares(self._mean, weight) / self._scale**2

    def centred_squares(self, mean, weight):
        """``((Z - mean) ** 2).T @ weight`` with Z the standardised rows."""
        return self._inner.centred_squares(self._mean + mean * self._scale, weight) / self._scale**2

    def quadratic(self, matrix, mean=None):
        """``(z - mean)' M (z - mean)`` of each standardised row."""
        mean = self._mean if mean is None else self._mean + mean * self._scale
        return self._inner.quadratic(matrix / np.outer(self._scale, self._scale), mean)
