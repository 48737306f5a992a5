"""A precision that leaves some directions (almost) free.

    min over b of   (v - T b)' A (v - T b) + b'C b     =   v' M v
    M = A - A T (T'A T + C)^-1 T'A,                  b = (T'A T + C)^-1 T'A v

It is what remains of K more columns, the lightly penalised coefficients of T, when they are minimised over: a Gaussian
prior whose centre may move along T.
"""

import numpy as np

from sktransfer._priors._precision import Precision

_ROUNDING = 64 * np.finfo(np.float64).eps


class FreedPrecision(Precision):
    """``base`` without the directions ``T``.

    Parameters
    ----------
    base : Precision
        A.
    directions : ndarray of shape (n_params, n_directions)
        T; columns may depend on each other, or be zero.
    light : float or ndarray of shape (n_directions, n_directions)
        C, positive semidefinite; a number stands for that multiple of the identity.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._priors import DiagonalPrecision, FreedPrecision
    >>> freed = FreedPrecision(DiagonalPrecision([1.0, 1.0]), np.array([[1.0], [1.0]]), 0.0)
    >>> freed.dense()
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    >>> freed.moved(np.array([2.0, 4.0]))
    array([3.])
    """

    def __init__(self, base, directions, light):
        self._base = base
        self._directions = np.array(directions, dtype=np.float64)
        self._light = np.array(light, dtype=np.float64) if np.ndim(light) else light * np.eye(self._directions.shape[1])
        products = [base.product(direction) for direction in self._directions.T]
        self._pulled = np.column_stack(products) if products else self._directions
        self._inverse = _inverse(self._directions.T @ self._pulled + self._light)

    @property
    def linear(self):
        """Whether ``times`` multiplies the matrix."""
        return not np.any(self._light)

    def moved(self, delta):
        """b, how far the centre has moved along each direction: (n_directions,)."""
        return self._inverse @ (self._pulled.T @ delta)

    def product(self, direction):
        """Matrix times vector."""
        return self._base.product(direction) - self._pulled @ self.moved(direction)

    def diagonal(self):
        """The diagonal; what is left by rounding alone is 0."""
        freed, base = np.einsum("ij,ij->i", self._pulled @ self._inverse, self._pulled), self._base.diagonal()
        return np.where(base - freed > _ROUNDING * base, base - freed, 0.0)

    def magnitude(self):
        """The diagonal before directions are freed."""
        return self._base.magnitude()

    def add_to(self, matrix):
        """Add to a dense matrix in place."""
        self._base.add_to(matrix)
        matrix -= self._pulled @ self._inverse @ self._pulled.T

    def trace_with(self, matrix):
        """``tr[M matrix]`` for a symmetric matrix."""
        freed = np.vdot(self._pulled @ self._inverse, matrix @ self._pulled)
        return self._base.trace_with(matrix) - float(freed)

    def times(self, factor):
        """``factor * A`` without T; C stays as it is."""
        return FreedPrecision(self._base.times(factor), self._directions, self._light)

    def along(self, factors):
        """The matrices of :meth:`times` several numbers: (n_factors, n_params, n_params)."""
        factors = np.asarray(factors, dtype=np.float64)[:, np.newaxis, np.newaxis]
        inverse = _inverse(factors * (self._directions.T @ self._pulled) + self._light)
        pulled = factors * self._pulled
        return factors * self._base.dense() - pulled @ inverse @ pulled.transpose(0, 2, 1)

    def cut(self, positions):
        """The precision on some positions, or None if these are tied to others."""
        base = self._base.cut(positions)
        rest = np.ones(len(self._directions), dtype=bool)
        rest[positions] = False
        tied = self._pulled[positions] @ self._inverse @ self._pulled[rest].T
        if base is None or np.any(tied):
            return None
        return FreedPrecision(base, self._directions[positions], self._light)


def _inverse(gram):
    """The pseudo-inverse of one matrix or several, (..., n, n), in units in which their diagonals are one."""
    if gram.shape[-1] == 1:
        return np.divide(1.0, gram, out=np.zeros_like(gram), where=gram > 0)
    diagonal = np.diagonal(gram, axis1=-2, axis2=-1)
    unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    both = unit[..., np.newaxis] * unit[..., np.newaxis, :]
    return both * np.linalg.pinv(gram * both, hermitian=True)
