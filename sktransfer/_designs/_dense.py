"""A NumPy array (or memory map) as a design: C or Fortran order, float32 or float64, never copied whole."""

from contextlib import contextmanager, nullcontext

import numpy as np

from sktransfer._designs._base import Design
from sktransfer._kernels import (
    chosen_dots,
    dense_gram,
    dense_sandwich,
    fused_visit,
    single_threaded_blas,
    threads_for,
)

_BLOCK_BYTES = 1 << 20
_CACHE_BYTES = 1 << 18
_PLAIN_ROWS = 512
_FIRST_ROWS = 256
_HIDDEN = 100.0  # a distance to the mean so many times the spread, squared, costs two digits where it is taken off
_GATHER = 8  # a column out of rows costs as much as so many read in order
_NONE = np.zeros(0)
_NO_INDEX = np.zeros(0, dtype=np.intc)
_SECOND = {None: 0, "double": 1, "single": 2}


class DenseDesign(Design):
    """An ndarray of shape (n_samples, n_features).

    Parameters
    ----------
    X : ndarray of float32 or float64
        Kept by reference and only read. float64 products go straight to BLAS; float32 is widened one
        cache-sized block of rows at a time.
    """

    by_row = True

    def __init__(self, X):
        self._X = X
        self._in_rows = None
        self.n_samples, self.n_features = X.shape

    @classmethod
    def accepts(cls, X):
        """Whether ``X`` is a two-dimensional float array."""
        return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype in (np.float32, np.float64)

    def dense(self):
        """All entries."""
        return self._X

    stored = dense

    def rows(self, at):
        """The rows of a slice: a view; of Fortran order, where rows are left out, a copy."""
        rows = self._X[at]
        by_columns = self._X.flags.f_contiguous and not self._X.flags.c_contiguous
        whole = isinstance(at, slice) and at.step in (None, 1)
        return DenseDesign(np.ascontiguousarray(rows) if by_columns and not whole else rows)

    def ascend(self, ascent, spread, level, order, margin, tol, max_epochs, mean=None):
        """Coordinate ascent over rows; columns, or rows with gaps, are copied into rows once."""
        if self._in_rows is None:
            self._in_rows = np.ascontiguousarray(self._X).reshape(-1)
        parts = (self._in_rows, _NO_INDEX, _NO_INDEX, self.n_features)
        return ascent.run(self, parts, spread, level, mean, order, margin, tol, max_epochs)

    def row_squares(self, spread):
        """``(X ** 2) @ spread``, a block of rows at a time."""
        result = np.empty(self.n_samples)
        step = self._rows_per_block()
        for start in range(0, self.n_samples, step):
            block = self._X[start : start + step]
            np.einsum("ij,j,ij->i", block, spread, block, out=result[start : start + step])
        return result

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

    def chosen_products(self, vector, at):
        """``(X.T @ vector)[at]``: column by column where columns are in one piece, else all or a copy."""
        if self._X.flags.f_contiguous and self._X.size:
            result, threads = np.empty(len(at)), threads_for(len(at) * self.n_samples)
            with single_threaded_blas() if threads > 1 else nullcontext():
                chosen_dots(self._X.T, at, np.ascontiguousarray(vector), result, threads)
            return result
        if len(at) * _GATHER < self.n_features:
            return vector @ self._X[:, at]
        return super().chosen_products(vector, at)

    def columns(self, at):
        """A float64 copy of some columns."""
        return self._X[:, at].astype(np.float64, order="F"), np.zeros(len(at))

    def sandwich(self, weight, mean=None, single=False):
        """``(X - mean).T @ diag(weight) @ (X - mean)``."""
        weight = np.ascontiguousarray(weight, dtype=np.float64)
        if mean is None and not single and self._X.dtype == np.float64 and self.n_features and _constant(weight):
            with self._shared_out(self.n_features) as (rows, threads):
                return dense_gram(self._X, weight[0], max(rows, _PLAIN_ROWS), threads)
        mean = np.zeros(self.n_features) if mean is None else np.ascontiguousarray(mean, dtype=np.float64)
        with self._shared_out(self.n_features) as (rows, threads):
            return dense_sandwich(self._X, weight, mean, rows, threads, single)

    def sandwich_with_ones(self, weight, single=False):
        """``[X, 1].T @ diag(weight) @ [X, 1]``."""
        weight = np.ascontiguousarray(weight, dtype=np.float64)
        with self._shared_out(self.n_features) as (rows, threads):
            return dense_sandwich(self._X, weight, np.zeros(self.n_features), rows, threads, single, ones=1)

    def centred_sandwich(self, weight):
        """(mean, ``(X - mean).T @ diag(weight) @ (X - mean)``), in one visit to the rows where they allow it.

        About a guess g it is ``(X - g).T @ diag(weight) @ (X - g) - W d d'``, with W the total weight, d = mean - g.
        The guess is the mean of the first rows; where d hides a column's spread, the mean is a better one. A constant
        column has exactly no spread.

        Parameters
        ----------
        weight : ndarray of shape (n_samples,)
            Not all zero.

        Returns
        -------
        mean : ndarray of shape (n_features,)
        scatter : ndarray of shape (n_features, n_features)
        """
        mean = self._mean_of_some(weight)
        for _ in range(2):
            guess = mean
            with self._shared_out(self.n_features) as (rows, threads):
                sums = dense_sandwich(self._X, weight, guess, rows, threads, ones=1)
            apart = sums[-1, :-1] / sums[-1, -1]
            mean, scatter = guess + apart, sums[:-1, :-1] - np.outer(sums[-1, :-1], apart)
            if not (sums[-1, -1] * apart**2 > _HIDDEN * scatter.diagonal()).any():
                break
        return mean, scatter

    def _mean_of_some(self, weight):
        """Of the first rows that weigh something, taken about the first of them."""
        first = (weight > 0).argmax()
        rows, weight = self._X[first : first + _FIRST_ROWS], weight[first : first + _FIRST_ROWS]
        start = rows[0].astype(np.float64)
        return start + weight @ (rows - start) / weight.sum()

    def visit(self, loss, y, weight, offset, intercept, coef, *, second=None, ones=True, mean=None):
        """One visit to the rows, block by block."""
        offset = _NONE if offset is None else offset
        mean = np.zeros(self.n_features) if mean is None else mean
        with self._shared_out(self.n_features if second else 4) as (rows, threads):
            return fused_visit(
                *loss.fused_kernel,
                self._X,
                y,
                weight,
                offset,
                intercept,
                coef,
                mean,
                _SECOND[second],
                ones,
                rows,
                threads,
            )

    def joint_gradient(self, kernel, y, weight, coef, intercept, offset):
        """One visit to the rows, block by block."""
        if self._X.size == 0:
            return None
        with self._shared_out(4 * len(coef)) as (rows, threads):
            return kernel(self._X, y, weight, np.ascontiguousarray(coef), intercept, offset, rows, threads)

    @contextmanager
    def _shared_out(self, work_per_entry):
        """(rows of a block that fits the cache, threads), BLAS kept to one thread where there are several."""
        fewest = 128 if work_per_entry > 4 else 16
        rows = max(fewest, _CACHE_BYTES // (8 * max(self.n_features, 1)))
        rows = min(rows, max(self.n_samples, 1))
        threads = min(threads_for(self.work * work_per_entry // 8), max(1, self.n_samples // rows))
        with single_threaded_blas() if threads > 1 else nullcontext():
            yield rows, threads

    def outer(self, scale, mean=None):
        """``(X - mean) @ diag(scale) @ (X - mean).T``, one block of columns at a time."""
        if mean is None:
            return DenseDesign(self._X.T).sandwich(scale)
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


def _constant(weight):
    """Whether all rows weigh the same, and something."""
    return len(weight) > 0 and weight[0] > 0 and weight.min() == weight.max()
