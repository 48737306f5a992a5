"""Standardised features as a design: ``(X - mean) / scale``, without a standardised copy of X."""

import numpy as np
import scipy.sparse as sp

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
    def dense(self):
        """All standardised entries, where the inner design has them."""
        return None if self._inner.dense is None else lambda: (self._inner.dense() - self._mean) / self._scale

    def rows(self, at):
        """The inner design's rows in the same units."""
        rows = self._inner.rows(at)
        return None if rows is None else ScaledDesign(rows, self._mean, self._scale)

    def columns(self, at):
        """The inner design's columns, scaled; the shift is not carried out."""
        block, shift = self._inner.columns(at)
        scaled = block @ sp.diags_array(1 / self._scale[at]) if self.sparse else block / self._scale[at]
        return scaled, (shift + self._mean[at]) / self._scale[at]

    @property
    def by_row(self):
        """As the inner design's."""
        return self._inner.by_row

    def ascend(self, ascent, spread, level, order, margin, tol, max_epochs, mean=None):
        """The inner design's ascent about the means, in its units."""
        mean = self._mean if mean is None else self._mean + mean * self._scale
        return self._inner.ascend(ascent, spread / self._scale**2, level, order, margin, tol, max_epochs, mean)

    def row_squares(self, spread):
        """``(Z ** 2) @ spread`` with Z the standardised rows, from those of X and X itself."""
        spread = spread / self._scale**2
        crossed = self._inner.matvec((spread * self._mean)[np.newaxis])[:, 0]
        squares = self._inner.row_squares(spread) - 2 * crossed + self._mean @ (spread * self._mean)
        return np.maximum(squares, 0.0)

    @property
    def work(self):
        """As the inner design's."""
        return self._inner.work

    def matvec(self, coef):
        """``((X - mean) / scale) @ coef.T``."""
        raw = coef / self._scale
        return self._inner.matvec(raw) - raw @ self._mean

    def visit(self, loss, y, weight, offset, intercept, coef, *, second=None, ones=True, mean=None):
        """The inner design's visit, its derivatives shifted and scaled."""
        raw = coef / self._scale
        shift = self._mean if mean is None else self._mean + mean * self._scale
        level = intercept - float(raw @ self._mean)
        visit = self._inner.visit(loss, y, weight, offset, level, raw, second=second, ones=ones, mean=shift)
        if visit is None:
            return None
        value, gradient, total, hessian = visit
        if hessian is not None:
            scale = np.append(self._scale, 1.0) if ones else self._scale
            hessian /= np.outer(scale, scale)
        return value, (gradient - total * self._mean) / self._scale, total, hessian

    def joint_gradient(self, kernel, y, weight, coef, intercept, offset):
        """The inner design's visit, its gradient shifted and scaled."""
        raw = coef / self._scale
        visit = self._inner.joint_gradient(kernel, y, weight, raw, intercept - raw @ self._mean, offset)
        if visit is None:
            return None
        value, gradient, sums = visit
        return value, (gradient - np.outer(sums, self._mean)) / self._scale, sums

    def hessian_product(self, curvature, coef, shift=0.0):
        """The inner design's product, shifted and scaled on both sides."""
        raw = coef / self._scale
        product, total = self._inner.hessian_product(curvature, raw, shift - float(raw @ self._mean))
        return (product - total * self._mean) / self._scale, total

    def rmatvec(self, residual):
        """``residual.T @ ((X - mean) / scale)``."""
        shift = np.outer(residual.sum(axis=0), self._mean)
        return (self._inner.rmatvec(residual) - shift) / self._scale

    def chosen_products(self, vector, at):
        """``(Z.T @ vector)[at]`` with Z the standardised rows."""
        return (self._inner.chosen_products(vector, at) - vector.sum() * self._mean[at]) / self._scale[at]

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
