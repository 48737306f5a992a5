"""An affine map, and how one follows another."""

from typing import NamedTuple

import numpy as np
from scipy import sparse


class Affine(NamedTuple):
    """``z = matrix @ x + offset``.

    Attributes
    ----------
    matrix : ndarray or scipy.sparse array of shape (q, p)
    offset : ndarray of shape (q,)
    """

    matrix: object
    offset: np.ndarray

    @classmethod
    def identity(cls, n_features):
        """The map that changes nothing."""
        return cls.diagonal(np.ones(n_features))

    @classmethod
    def diagonal(cls, scale, offset=None):
        """``z_j = scale_j * x_j + offset_j``."""
        scale = np.asarray(scale, dtype=np.float64)
        offset = np.zeros(len(scale)) if offset is None else np.asarray(offset, dtype=np.float64)
        return cls(sparse.diags_array(scale, format="csr"), offset)

    @classmethod
    def selection(cls, positions, n_features):
        """Some of ``n_features`` features, in the order given."""
        positions = np.asarray(positions, dtype=np.intp)
        rows, ones = np.arange(len(positions)), np.ones(len(positions))
        matrix = sparse.csr_array((ones, (rows, positions)), shape=(len(positions), n_features))
        return cls(matrix, np.zeros(len(positions)))

    @property
    def units(self):
        """What each feature is shifted and divided by, (2, p); None where the map mixes, drops or doubles some."""
        matrix = self.matrix
        if not sparse.issparse(matrix) or matrix.shape[0] != matrix.shape[1]:
            return None
        scale = matrix.diagonal()
        if matrix.count_nonzero() != len(scale) or not np.all(scale > 0):
            return None
        return np.array([-self.offset / scale, 1 / scale])

    def after(self, first):
        """This map applied to what ``first`` returns."""
        return Affine(self.matrix @ first.matrix, self.matrix @ first.offset + self.offset)
