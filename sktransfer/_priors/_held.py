"""A prior of infinite strength: some directions stay at the centre, the others are free.

    theta = centre + basis @ u,    u free

It has no value and no gradient: the objective is simply taken over u.
"""

import numpy as np
import scipy.sparse as sp


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

    @classmethod
    def at(cls, centre, held):
        """Hold the parameters where ``held`` (n_params,) is True at their centre."""
        free = np.flatnonzero(~np.asarray(held))
        ones = np.ones(len(free))
        basis = sp.csr_array((ones, (free, np.arange(len(free)))), shape=(len(centre), len(free)))
        return cls(np.where(held, centre, 0.0), basis)

    def also(self, centre, held):
        """As this, and the parameters where ``held`` (n_params,) is True at ``centre``: each must move by itself."""
        basis = self.basis.tocsc()
        moves = basis[np.flatnonzero(held)]
        dropped = np.diff(moves.indptr) > 0
        steps = moves.T @ (centre - self.centre)[held]
        return Held(self.centre + basis @ np.where(dropped, steps, 0.0), basis[:, ~dropped])

    def coordinates(self, theta):
        """The u nearest to ``theta`` in least squares."""
        if self.basis.shape[1] == 0:
            return np.zeros(0)
        gram = (self.basis.T @ self.basis).toarray()
        return np.linalg.solve(gram, self.basis.T @ (theta - self.centre))

    def theta(self, u):
        """The parameters at ``u``."""
        return self.centre + self.basis @ u
