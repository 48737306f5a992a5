"""A scipy.sparse matrix or array in compressed rows or columns as a design; never densified, never centred."""

import numpy as np
import scipy.sparse as sp

from sktransfer._designs._base import Design
from sktransfer._kernels import (
    chosen_gathers,
    compressed_sandwich,
    gather,
    scatter,
    sparse_centred_squares,
    sparse_hessian_product,
    sparse_moments,
    sparse_visit,
    threads_for,
)

_NONE = np.zeros(0)


class SparseDesign(Design):
    """A CSR or CSC matrix of shape (n_samples, n_features).

    Parameters
    ----------
    X : scipy.sparse CSR or CSC matrix or array, float32 or float64
        Kept by reference and only read. CSC is served as the CSR of its transpose; what visits rows
        turns it into CSR, once.
    """

    sparse = True
    by_row = True

    def __init__(self, X):
        self._X = X
        self._rows = self._columns = None
        self.n_samples, self.n_features = X.shape

    @classmethod
    def accepts(cls, X):
        """Whether ``X`` is in compressed sparse rows or columns, of floats."""
        return sp.issparse(X) and X.format in ("csr", "csc") and X.dtype in (np.float32, np.float64)

    def stored(self):
        """The matrix in compressed rows."""
        return self._by_rows()

    @property
    def work(self):
        """Multiplications in one product with a vector: the stored entries."""
        return self._X.nnz

    def matvec(self, coef):
        """``X @ coef.T``."""
        return self._product(coef.T, self.n_samples, along_rows=self._X.format == "csr")

    def rmatvec(self, residual):
        """``residual.T @ X``."""
        return self._product(residual, self.n_features, along_rows=self._X.format == "csc").T

    def _product(self, right, n_rows, along_rows):
        """X @ right or X.T @ right: a gather along the compressed axis, a scatter across it."""
        right = np.ascontiguousarray(right, dtype=np.float64)
        result = np.zeros((n_rows, right.shape[1]))
        X = self._X
        if along_rows:
            gather(X.data, X.indices, X.indptr, right, result, threads_for(X.nnz * right.shape[1]))
        else:
            scatter(X.data, X.indices, X.indptr, right, result)
        return result

    def columns(self, at):
        """A float64 copy of some columns, compressed; rows are turned into columns once."""
        return sp.csc_array(self._by_columns()[:, at], dtype=np.float64), np.zeros(len(at))

    def chosen_products(self, vector, at):
        """``(X.T @ vector)[at]``; rows are turned into columns once."""
        X, result = self._by_columns(), np.empty(len(at))
        threads = threads_for(self.work * len(at) // max(self.n_features, 1))
        chosen_gathers(X.data, X.indices, X.indptr, at, np.ascontiguousarray(vector), result, threads)
        return result

    def _by_columns(self):
        if self._columns is None:
            self._columns = self._X if self._X.format == "csc" else self._X.tocsc()
        return self._columns

    def visit(self, loss, y, weight, offset, intercept, coef, *, second=None, ones=True, mean=None):
        """One visit to the rows, shared out among threads; no second derivative."""
        if second is not None:
            return None
        X, offset = self._by_rows(), _NONE if offset is None else offset
        rows = (X.data, X.indices, X.indptr, y, weight, offset, intercept, coef)
        return *sparse_visit(*loss.fused_kernel, *rows, self._threads()), None

    def rows(self, at):
        """The rows of a slice, copied; columns are turned into rows once."""
        return SparseDesign(self._by_rows()[at])

    def ascend(self, ascent, spread, level, order, margin, tol, max_epochs, mean=None):
        """Coordinate ascent over rows; columns are turned into rows once."""
        X = self._canonical()
        parts = (X.data, X.indices, X.indptr, 0)
        return ascent.run(self, parts, spread, level, mean, order, margin, tol, max_epochs)

    def row_squares(self, spread):
        """``(X ** 2) @ spread``."""
        X = self._canonical()
        squares = sp.csr_array((np.square(X.data, dtype=np.float64), X.indices, X.indptr), shape=X.shape)
        return squares @ spread

    def hessian_product(self, curvature, coef, shift=0.0):
        """``r = curvature * (X @ coef + shift)``, ``(X.T @ r, r.sum())`` in one visit to the rows."""
        X = self._by_rows()
        curvature, coef = np.ascontiguousarray(curvature), np.ascontiguousarray(coef)
        return sparse_hessian_product(X.data, X.indices, X.indptr, curvature, coef, shift, self._threads())

    def moments(self, weight):
        """``(X.T @ weight, (X ** 2).T @ weight)`` in one visit to the rows."""
        X = self._canonical()
        weight = np.ascontiguousarray(weight)
        return sparse_moments(X.data, X.indices, X.indptr, weight, self.n_features, self._threads())

    def squares(self, weight):
        """``(X ** 2).T @ weight``."""
        return self.moments(weight)[1]

    def _threads(self):
        """Each thread has sums of its own, two numbers per feature: together no more than the stored entries."""
        return min(threads_for(2 * self.work), max(1, self.work // (2 * max(self.n_features, 1))))

    def _canonical(self):
        """Rows in which each column is stored once."""
        X = self._by_rows()
        if not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
            self._rows = X
        return X

    def _by_rows(self):
        if self._rows is None:
            self._rows = self._X if self._X.format == "csr" else self._X.tocsr()
        return self._rows

    def sandwich(self, weight, mean=None, single=False):
        """``(X - mean).T @ diag(weight) @ (X - mean)`` as a dense array."""
        X = self._by_rows()
        result = np.zeros((self.n_features, self.n_features))
        weight = np.ascontiguousarray(weight, dtype=np.float64)
        products = int(np.square(np.diff(X.indptr).astype(np.float64)).sum()) // 2
        # Each thread has a matrix of its own: not worth it where filling it is most of the work.
        threads = min(threads_for(products), max(1, products // (4 * max(result.size, 1))))
        compressed_sandwich(X.data, X.indices, X.indptr, weight, result, threads)
        if mean is not None:
            sums = self.rmatvec(weight[:, np.newaxis])[0]
            shifted = sums - weight.sum() * mean
            result -= np.outer(sums, mean) + np.outer(mean, shifted)
        return result

    def outer(self, scale, mean=None):
        """``(X - mean) @ diag(scale) @ (X - mean).T`` as a dense array."""
        scaled = self._by_rows().astype(np.float64) @ sp.diags_array(np.sqrt(scale))
        result = np.asarray((scaled @ scaled.T).todense())
        if mean is not None:
            along = self.matvec((scale * mean)[np.newaxis])[:, 0]
            result += scale @ mean**2 - along[:, np.newaxis] - along
        return result

    def centred_squares(self, mean, weight):
        """``((X - mean) ** 2).T @ weight``: over stored entries, plus mean^2 for the weight of all others."""
        X = self._canonical()
        weight, mean = np.ascontiguousarray(weight), np.ascontiguousarray(mean)
        squares, stored = sparse_centred_squares(X.data, X.indices, X.indptr, weight, mean, self._threads())
        full = np.bincount(X.indices, minlength=self.n_features) == self.n_samples
        return squares + np.where(full, 0.0, np.maximum(weight.sum() - stored, 0.0)) * mean**2

    def quadratic(self, matrix, mean=None):
        """``(x - mean)' M (x - mean)`` of each row."""
        rows = self._by_rows()
        result = np.asarray(rows.multiply(rows @ matrix).sum(axis=1)).ravel()
        if mean is not None:
            result -= self.matvec(((matrix + matrix.T) @ mean)[np.newaxis])[:, 0]
            result += mean @ matrix @ mean
        return result
