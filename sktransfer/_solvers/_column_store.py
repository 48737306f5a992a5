"""Copies of the columns that coordinate descent works on: weighted, centred, float64; never all of X.

    x_j = sqrt(w) * (X_j - mean_j)                    dense rows: stored as they are, with their products x_i'x_j
    x_j = sqrt(w) * X_j - shift_j * sqrt(w)           sparse rows: the stored entries, and one number for the rest

Column p, where there is one, is that of a penalised intercept: sqrt(w) itself.
"""

import numpy as np
import scipy.sparse as sp

from sktransfer._kernels import DENSE, GRAM, SPARSE, descend, scatter
from sktransfer._solvers._support import step_on_support

_NO_COLUMNS = np.zeros((1, 1), order="F")
_NO_SPARSE = (np.zeros(1), np.zeros(1, np.int32), np.zeros(2, np.int32), np.zeros(1), np.zeros(1))
_LARGEST_GRAM = 4000
_BURST, _EPOCHS_PER_STEP = 10, 25  # a Newton step of k columns costs as much as k / 25 epochs


def column_store(design, root, mean):
    """The store for a design's kind of rows.

    Parameters
    ----------
    design : Design
    root : ndarray of shape (n_samples,)
        Square roots of the weights.
    mean : ndarray of shape (n_features,)
        Subtracted from each feature: zero where the intercept is not free.

    Returns
    -------
    DenseStore or SparseStore
    """
    return (SparseStore if design.sparse else DenseStore)(design, root, mean)


class DenseStore:
    """Columns side by side, and, while they are few, the products of all pairs.

    Attributes
    ----------
    features : ndarray of int
        Which column stands in which place.
    """

    def __init__(self, design, root, mean):
        self._design, self._root, self._mean = design, root, mean
        self.features = np.zeros(0, dtype=np.intp)
        self._place = np.full(design.n_features + 1, -1, dtype=np.int32)
        self._columns = np.empty((design.n_samples, 0), order="F")
        self._gram = np.empty((0, 0), order="F")

    def places(self, features):
        """Where ``features`` stand; those that are new are stored first."""
        new = features[self._place[features] < 0]
        if len(new):
            self._place[new] = len(self.features) + np.arange(len(new))
            self.features = np.append(self.features, new)
            self._store(new)
        return self._place[features]

    def _store(self, new):
        """Append columns; room is doubled, so that columns that come one by one are not copied each time."""
        count = len(self.features)
        old = count - len(new)
        if count > self._columns.shape[1]:
            self._columns = _grown(self._columns, (len(self._root), 2 * count))
        inner = new[new < self._design.n_features]
        block, shift = self._design.columns(inner)
        block = block - (shift + self._mean[inner])
        self._columns[:, old:count] = self._root[:, np.newaxis]
        self._columns[:, old:count][:, new < self._design.n_features] *= block

    @property
    def _stored(self):
        return self._columns[:, : len(self.features)]

    def _products(self):
        """``x_i @ x_j`` of all columns stored."""
        count, known = len(self.features), self._known
        if known < count:
            if count > self._gram.shape[1]:
                self._gram = _grown(self._gram, (2 * count, 2 * count))
            block = self._stored.T @ self._columns[:, known:count]
            self._gram[:count, known:count] = block
            self._gram[known:count, :known] = block[:known].T
            self._known = count
        return self._gram[:count, :count]

    _known = 0

    def residual(self, y, delta):
        """``y - sum_j delta_j x_j`` over the columns stored."""
        return y - self._stored @ delta

    def orthogonal(self, residual, places):
        """``residual`` without what the columns in ``places`` can explain."""
        basis = np.linalg.qr(self._columns[:, places])[0]
        return residual - basis @ (basis.T @ residual)

    def descend(self, norms, penalty, order, delta, residual, tol, max_epochs):
        """Minimise over the columns in ``order``; ``delta`` is changed in place: (epochs, gap among them).

        After epochs that cost as much as a Newton step on the support does, there is one; where it has not ended the
        descent, the next comes after twice as many.
        """
        loop, state, slopes, products, changes = self._by_products(residual) if self._few else self._by_rows(residual)
        norm2, total = float(residual @ residual), float(self._root @ self._root)
        done, burst = 0, _BURST + np.count_nonzero(delta) // _EPOCHS_PER_STEP
        while True:
            most = min(burst, max_epochs - done)
            epochs, gap = descend(*loop, total, norms, penalty, order, delta, state, norm2, tol, most)
            done, burst = done + epochs, 2 * burst
            if gap <= tol or done >= max_epochs:
                return done, gap
            moved = step_on_support(penalty, order, delta, slopes, products)
            if moved is not None:
                state -= changes(*moved)

    @property
    def _few(self):
        """Whether products of all columns stored are worth it."""
        return len(self.features) <= min(_LARGEST_GRAM, max(2 * len(self._root), 200))

    def _by_products(self, residual):
        """The state is X'r."""
        gram, state = self._products(), self._stored.T @ residual
        parts = lambda at: state[at], lambda at: gram[np.ix_(at, at)], lambda at, step: gram[:, at] @ step
        return (GRAM, gram, _NO_SPARSE), state, *parts

    def _by_rows(self, residual):
        """The state is r."""
        columns, state = self._stored, residual.copy()
        parts = lambda at: columns[:, at].T @ state, lambda at: _gram(columns[:, at]), lambda at, s: columns[:, at] @ s
        return (DENSE, columns, _NO_SPARSE), state, *parts


class SparseStore(DenseStore):
    """Columns in compressed form, each with its sum and what is subtracted from all its entries."""

    def __init__(self, design, root, mean):
        super().__init__(design, root, mean)
        self._data, self._rows, self._starts = np.empty(0), np.empty(0, dtype=np.int32), np.zeros(1, dtype=np.int32)
        self._sums, self._shift = np.zeros(0), np.zeros(0)

    def _store(self, new):
        """Append columns; that of the intercept has no entries, and -1 to subtract."""
        inner = new < self._design.n_features
        block, shift = self._design.columns(new[inner])
        used, size = int(self._starts[-1]), len(block.data)
        if used + size > len(self._data):
            self._data, self._rows = (_longer(array, 2 * (used + size)) for array in (self._data, self._rows))
        self._data[used : used + size] = block.data * self._root[block.indices]
        self._rows[used : used + size] = block.indices
        counts = np.zeros(len(new), dtype=np.int32)
        counts[inner] = np.diff(block.indptr)
        self._starts = np.append(self._starts, self._starts[-1] + np.cumsum(counts, dtype=np.int32))
        shifts = np.full(len(new), -1.0)
        shifts[inner] = shift + self._mean[new[inner]]
        self._shift = np.append(self._shift, shifts)
        sums = np.zeros(len(new))
        sums[inner] = self._root**2 @ block
        self._sums = np.append(self._sums, sums)

    def residual(self, y, delta):
        """``y - sum_j delta_j x_j`` over the columns stored."""
        result = y + float(self._shift @ delta) * self._root
        if len(delta):
            scatter(self._data, self._rows, self._starts, -delta[:, np.newaxis], result[:, np.newaxis])
        return result

    def orthogonal(self, residual, places):
        """``residual`` without what the columns in ``places`` can explain."""
        columns = sp.csc_array((self._data, self._rows, self._starts), shape=(len(self._root), len(self.features)))
        dense = columns[:, places].toarray() - np.outer(self._root, self._shift[places])
        basis = np.linalg.qr(dense)[0]
        return residual - basis @ (basis.T @ residual)

    def descend(self, norms, penalty, order, delta, residual, tol, max_epochs):
        """Minimise over the columns in ``order``; ``delta`` is changed in place: (epochs, gap among them)."""
        norm2, total = float(residual @ residual), float(self._root @ self._root)
        state = np.concatenate([residual, [self._root @ residual, 0.0]])
        rest = (total, norms, penalty, order, delta, state, norm2, tol, max_epochs)
        arrays = self._data, self._rows, self._starts, self._sums, self._shift
        return descend(SPARSE, _NO_COLUMNS, arrays, *rest)


def _gram(columns):
    return columns.T @ columns


def _longer(array, size):
    """``array`` at the beginning of a longer one."""
    longer = np.empty(size, dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def _grown(array, shape):
    """``array`` in the corner of a larger one."""
    larger = np.empty(shape, order="F")
    larger[: array.shape[0], : array.shape[1]] = array
    return larger
