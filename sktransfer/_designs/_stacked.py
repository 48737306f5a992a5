"""Rows of several designs, one below the other: a target's and its sources', without a common copy.

Sums over rows are sums over the parts; what has an entry per row is put together.
"""

import numpy as np
import scipy.sparse as sp

from sktransfer._designs._base import Design
from sktransfer._designs._dense import DenseDesign
from sktransfer._designs._sparse import SparseDesign

_BLOCK_ENTRIES = 1 << 17


class StackedDesign(Design):
    """The rows of some designs, in their order.

    Parameters
    ----------
    parts : list of Design
        All with the same features.
    dtype : numpy dtype, default=float64
        Of the users' rows, which fitted attributes have, too.

    Raises
    ------
    ValueError
        If there are no parts, or their numbers of features differ.
    """

    def __init__(self, parts, dtype=np.float64):
        widths = sorted({part.n_features for part in parts})
        if len(widths) != 1:
            raise ValueError(f"stacked designs must have the same number of features, got {widths}")
        self.parts, self.dtype = list(parts), np.dtype(dtype)
        self.n_features = widths[0]
        ends = np.cumsum([part.n_samples for part in parts])
        self.n_samples = int(ends[-1])
        self.places = [slice(int(end) - part.n_samples, int(end)) for part, end in zip(parts, ends, strict=True)]
        self.sparse = all(part.sparse for part in parts)
        self._whole = None

    @classmethod
    def accepts(cls, X):
        """Never: it is built from designs, not from a matrix."""
        return False

    @property
    def shape(self):
        """(n_samples, n_features)."""
        return self.n_samples, self.n_features

    @property
    def work(self):
        """Multiplications in one product with a vector."""
        return sum(part.work for part in self.parts)

    def _pairs(self):
        """(part, the slice of rows where it lies)."""
        return zip(self.parts, self.places, strict=True)

    def matvec(self, coef):
        """``X @ coef.T``."""
        return np.concatenate([part.matvec(coef) for part in self.parts])

    def rmatvec(self, residual):
        """``residual.T @ X``."""
        return sum(part.rmatvec(residual[place]) for part, place in self._pairs())

    def sandwich(self, weight, mean=None, single=False):
        """``(X - mean).T @ diag(weight) @ (X - mean)``."""
        return sum(part.sandwich(weight[place], mean, single) for part, place in self._pairs())

    def sandwich_with_ones(self, weight, single=False):
        """``[X, 1].T @ diag(weight) @ [X, 1]``."""
        return sum(part.sandwich_with_ones(weight[place], single) for part, place in self._pairs())

    def outer(self, scale, mean=None):
        """``(X - mean) @ diag(scale) @ (X - mean).T``, one block of columns at a time."""
        result = np.zeros((self.n_samples, self.n_samples))
        step = max(16, _BLOCK_ENTRIES // max(self.n_samples, 1))
        for low in range(0, self.n_features, step):
            at = np.arange(low, min(low + step, self.n_features))
            block, shift = self.columns(at)
            block = block.toarray() if sp.issparse(block) else block
            block = (block - (shift if mean is None else shift + mean[at])) * np.sqrt(scale[at])
            result += block @ block.T
        return result

    def quadratic(self, matrix, mean=None):
        """``(x - mean)' M (x - mean)`` of each row."""
        return np.concatenate([part.quadratic(matrix, mean) for part in self.parts])

    def quadratic_with_ones(self, matrix):
        """``[x, 1]' M [x, 1]`` of each row."""
        return np.concatenate([part.quadratic_with_ones(matrix) for part in self.parts])

    def centred_squares(self, mean, weight):
        """``((X - mean) ** 2).T @ weight``."""
        return sum(part.centred_squares(mean, weight[place]) for part, place in self._pairs())

    def columns(self, at):
        """Some features' entries, sparse where all parts are."""
        found = [part.columns(at) for part in self.parts]
        shift = found[0][1]
        if self.sparse and all(np.array_equal(shift, other) for _, other in found):
            return sp.vstack([block for block, _ in found], format="csc"), shift
        blocks = [(block.toarray() if sp.issparse(block) else block) - (other - shift) for block, other in found]
        return np.concatenate(blocks), shift

    def chosen_products(self, vector, at):
        """``(X.T @ vector)[at]``."""
        return sum(part.chosen_products(vector[place], at) for part, place in self._pairs())

    def hessian_product(self, curvature, coef, shift=0.0):
        """``r = curvature * (X @ coef + shift)``, ``(X.T @ r, r.sum())``."""
        found = [part.hessian_product(curvature[place], coef, shift) for part, place in self._pairs()]
        return sum(product for product, _ in found), sum(total for _, total in found)

    def visit(self, loss, y, weight, offset, intercept, coef, *, second=None, ones=True, mean=None):
        """One visit to the rows of each part; None where one of them has no such road."""
        total = None
        for part, place in self._pairs():
            shifts = None if offset is None else offset[place]
            rows = (loss, y[place], weight[place], shifts, intercept, coef)
            total = _added(total, part.visit(*rows, second=second, ones=ones, mean=mean))
            if total is None:
                return None
        return total

    def joint_gradient(self, kernel, y, weight, coef, intercept, offset):
        """One visit to the rows of each part; None where one of them has no such road."""
        total = None
        for part, place in self._pairs():
            total = _added(total, part.joint_gradient(kernel, y[place], weight[place], coef, intercept, offset[place]))
            if total is None:
                return None
        return total

    def rows(self, at):
        """The rows of a slice, as a stack of what each part has of them."""
        if not isinstance(at, slice):
            return None
        start, stop, step = at.indices(self.n_samples)
        found = []
        for part, place in self._pairs():
            first = max(start, place.start + (start - place.start) % step)
            last = min(stop, place.stop)
            if first < last:
                found.append(part.rows(slice(first - place.start, last - place.start, step)))
        if not found or any(part is None for part in found):
            return None
        return found[0] if len(found) == 1 else StackedDesign(found, self.dtype)

    @property
    def dense(self):
        """All entries, put together, where all parts have them."""
        if any(part.dense is None for part in self.parts):
            return None
        return lambda: np.concatenate([part.dense() for part in self.parts])

    @property
    def by_row(self):
        """Whether all parts keep rows that can be put together."""
        return all(part.stored is not None for part in self.parts)

    def ascend(self, ascent, spread, level, order, margin, tol, max_epochs, mean=None):
        """Coordinate ascent over rows, which are put together once."""
        return self._together().ascend(ascent, spread, level, order, margin, tol, max_epochs, mean)

    def row_squares(self, spread):
        """``(X ** 2) @ spread``."""
        return self._together().row_squares(spread)

    def _together(self):
        """One design of all rows: a copy."""
        if self._whole is None:
            stored = [part.stored() for part in self.parts]
            if any(sp.issparse(rows) for rows in stored):
                self._whole = SparseDesign(sp.vstack([sp.csr_array(rows) for rows in stored], format="csr"))
            else:
                self._whole = DenseDesign(np.concatenate(stored))
        return self._whole


def _added(total, visit):
    """Sums of what visits return, entry by entry; None where there is a None."""
    if total is None or visit is None:
        return visit
    return tuple(None if new is None else old + new for old, new in zip(total, visit, strict=True))
