"""A prior of infinite strength: some directions stay at the centre, the others are free.

    theta = centre + basis @ u,    u free

It has no value and no gradient: the objective is simply taken over u.
"""

from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve


class Held:
    """Keep theta in ``centre + span(basis)``.

    Parameters
    ----------
    centre : ndarray of shape (n_params,)
    basis : ndarray or sparse array of shape (n_params, n_free)
        Linearly independent columns; none at all holds everything.
    """

    def __init__(self, centre, basis):
        self.centre = np.array(centre, dtype=np.float64)
        self.basis = sp.csr_array(basis, dtype=np.float64)
        self._free = None

    @classmethod
    def at(cls, centre, held):
        """Hold the parameters where ``held`` (n_params,) is True at their centre."""
        held = np.asarray(held)
        result = object.__new__(cls)
        result.centre, result._free = np.where(held, np.asarray(centre, dtype=np.float64), 0.0), np.flatnonzero(~held)
        return result

    @cached_property
    def basis(self):
        """How theta moves with u: sparse, (n_params, n_free)."""
        free, shape = self._free, (len(self.centre), len(self._free))
        return sp.csr_array((np.ones(len(free)), (free, np.arange(len(free)))), shape=shape)

    @property
    def n_free(self):
        """Free coordinates."""
        return self.basis.shape[1] if self._free is None else len(self._free)

    def also(self, centre, held):
        """As this, and the parameters where ``held`` (n_params,) is True at ``centre``: each must move by itself."""
        basis = self.basis.tocsc()
        moves = basis[np.flatnonzero(held)]
        dropped = np.diff(moves.indptr) > 0
        steps = moves.T @ (centre - self.centre)[held]
        return Held(self.centre + basis @ np.where(dropped, steps, 0.0), basis[:, ~dropped])

    def coordinates(self, theta):
        """The u nearest to ``theta`` in least squares."""
        if self._free is not None:
            return np.asarray(theta, dtype=np.float64)[self._free]
        if self.basis.shape[1] == 0:
            return np.zeros(0)
        return cho_solve(self._gram, self._transposed @ (theta - self.centre))

    @cached_property
    def _gram(self):
        """Cholesky factor of ``basis.T @ basis``."""
        return cho_factor((self._transposed @ self.basis).toarray())

    @cached_property
    def _transposed(self):
        """``basis.T``."""
        return self.basis.T.tocsr()

    def theta(self, u):
        """The parameters at ``u``."""
        return self.centre + self.lift(u)

    def lift(self, direction):
        """How theta moves along a direction of u."""
        if self._free is None:
            return self.basis @ direction
        result = np.zeros((len(self.centre), *np.shape(direction)[1:]))
        result[self._free] = direction
        return result

    def drop(self, gradient):
        """A gradient by theta as one by u."""
        return self._transposed @ gradient if self._free is None else gradient[self._free]

    def reduce(self, matrix):
        """A second derivative by theta as one by u."""
        if self._free is not None:
            return matrix[np.ix_(self._free, self._free)]
        return np.asarray(self._transposed @ (self._transposed @ matrix.T).T)
