"""A NumPy array (or memory map) as a design: C or Fortran order, float32 or float64, never copied whole."""

from contextlib import contextmanager, nullcontext

import numpy as np

from sktransfer._designs._base import Design
from sktransfer._kernels import (
    dense_sandwich,
    dense_sandwich_single,
    fused_gradient,
    single_threaded_blas,
    threads_for,
)

_BLOCK_BYTES = 1 << 20
_CACHE_BYTES = 1 << 18


class DenseDesign(Design):
    """An ndarray of shape (n_samples, n_features).

    Parameters
    ----------
    X : ndarray of float32 or float64
        Kept by reference and only read. float64 products go straight to BLAS; float32 is widened one
        cache-sized block of rows at a time.
    """

    def __init__(self, X):
        self._X = X
        self.n_samples, self.n_features = X.shape

    @classmethod
    def accepts(cls, X):
        """Whether ``X`` is a two-dimensional float array."""
        return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype in (np.float32, np.float64)

    def _blocks(self):
        """Slices of rows whose float64 copy fits the cache; one slice for float64 input."""
        if self._X.dtype == np.float64 or self.n_samples == 0:
            yield slice(0, self.n_samples), self._X
            return
        step = self._rows_per_block()
        for start in range(0, self.n_samples, step):
            rows = slice(start, start + step)
            yield rows, self._X[rows].astype(np.float64)

    def _rows_per_block(self):
        return max(32, _BLOCK_BYTES // (8 * max(self.n_features, 1)))

    def matvec(self, coef):
        """``X @ coef.T``."""
        result = np.empty((self.n_samples, len(coef)))
        for rows, block in self._blocks():
            np.matmul(block, coef.T, out=result[rows])
        return result

    def rmatvec(self, residual):
        """``residual.T @ X``."""
        result = np.zeros((residual.shape[1], self.n_features))
        for rows, block in self._blocks():
            result += residual[rows].T @ block
        return result

    def sandwich(self, weight, mean=None, single=False):
        """``(X - mean).T @ diag(weight) @ (X - mean)``."""
        weight = np.ascontiguousarray(weight, dtype=np.float64)
        mean = np.zeros(self.n_features) if mean is None else np.ascontiguousarray(mean, dtype=np.float64)
        kernel = dense_sandwich_single if single else dense_sandwich
        with self._shared_out(self.n_features) as (rows, threads):
            return kernel(self._X, weight, mean, rows, threads)

    def fused_gradient(self, kernel, y, weight, coef, eta):
        """One visit to the rows, block by block."""
        residual, curvature = np.empty_like(eta), np.empty_like(eta)
        with self._shared_out(4) as (rows, threads):
            value, gradient = fused_gradient(kernel, self._X, y, weight, coef, eta, residual, curvature, rows, threads)
        return value, residual, curvature, gradient

    def joint_gradient(self, kernel, y, weight, coef, intercept, offset):
        """One visit to the rows, block by block."""
        if self._X.size == 0:
            return None
        with self._shared_out(4 * len(coef)) as (rows, threads):
            return kernel(self._X, y, weight, np.ascontiguousarray(coef), intercept, offset, rows, threads)

    def thinned(self, step):
        """Every ``step``-th row: a view."""
        return DenseDesign(self._X[::step])

    @contextmanager
    def _shared_out(self, work_per_entry):
        """(rows of a block that fits the cache, threads), BLAS kept to one thread where there are several."""
        rows = max(128, _CACHE_BYTES // (8 * max(self.n_features, 1)))
        rows = min(rows, max(self.n_samples, 1))
        threads = min(threads_for(self.work * work_per_entry // 8), max(1, self.n_samples // rows))
        with single_threaded_blas() if threads > 1 else nullcontext():
            yield rows, threads

    def outer(self, scale, mean=None):
        """``(X - mean) @ diag(scale) @ (X - mean).T``, one block of columns at a time."""
        mean = np.zeros(self.n_features) if mean is None else mean
        step = max(32, _BLOCK_BYTES // (8 * max(self.n_samples, 1)))
        root = np.sqrt(scale)
        result = np.zeros((self.n_samples, self.n_samples))
        for start in range(0, self.n_features, step):
            columns = slice(start, start + step)
            block = (self._X[:, columns] - mean[columns]) * root[columns]
            result += block @ block.T
        return result

    def centred_squares(self, mean, weight):
        """``((X - mean) ** 2).T @ weight``."""
        result = np.zeros(self.n_features)
        step = self._rows_per_block()
        for start in range(0, self.n_samples, step):
            block = self._X[start : start + step] - mean
            result += weight[start : start + step] @ (block * block)
        return result

    def quadratic(self, matrix, mean=None):
        """``(x - mean)' M (x - mean)`` of each row."""
        mean = np.zeros(self.n_features) if mean is None else mean
        result = np.empty(self.n_samples)
        step = self._rows_per_block()
        for start in range(0, self.n_samples, step):
            block = self._X[start : start + step] - mean
            np.einsum("ij,ij->i", block @ matrix, block, out=result[start : start + step])
        return result
