"""Solve with a positive semidefinite matrix: Cholesky where it is safe, the least-norm solution where not."""

import numpy as np
from scipy.linalg import eigh, get_lapack_funcs

_SINGULAR = 4 * np.finfo(np.float64).eps  # times the size: curvature along a direction, over the largest


def regularise(hessian, shifts):
    """Make a Hessian regular along directions that nothing depends on, in place.

    Each shift (n, r) gets as much curvature as its parameters have, in their own units.
    """
    if shifts.shape[1]:
        hessian += (shifts * (hessian.diagonal() @ shifts**2)) @ shifts.T


class Factor:
    """A factorised positive semidefinite matrix H; :meth:`solve` gives ``H^-1 b`` or the least-norm solution.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        It is scaled to a unit diagonal before it is factorised, so that features measured in different units do not
        make a regular problem look singular.
    overwrite : bool, default=False
        Whether the matrix may be lost.

    Attributes
    ----------
    singular : bool
    diagonal : ndarray of shape (n,)
        Of the matrix.
    """

    def __init__(self, matrix, overwrite=False):
        if not np.all(np.isfinite(matrix)):
            raise FloatingPointError("the Hessian is not finite: features or weights are too large")
        self.diagonal = matrix.diagonal().copy()
        self._scale = 1 / np.sqrt(np.where(self.diagonal > 0, self.diagonal, 1.0))
        scaled = matrix if overwrite else matrix.copy()
        scaled *= self._scale
        scaled *= self._scale[:, np.newaxis]
        self._cholesky = self._regular(scaled)
        self.singular = self._cholesky is None
        if self.singular:
            values, vectors = eigh(scaled)
            keep = values > len(matrix) * _SINGULAR * max(values[-1], 0.0)
            self._values, self._vectors = values[keep], vectors[:, keep]
            # Directions without curvature, in the matrix's own units: the least-norm solution has no part in them.
            flat = np.where(np.abs(vectors[:, ~keep]) > 2.5 * len(matrix) * _SINGULAR, vectors[:, ~keep], 0.0)
            self._flat = np.linalg.qr(self._scale[:, np.newaxis] * flat)[0]

    @staticmethod
    def _regular(matrix):
        """The lower Cholesky factor, or None when the matrix is singular to working precision."""
        potrf, pocon, lange = get_lapack_funcs(("potrf", "pocon", "lange"), (matrix,))
        norm = lange("1", matrix.T)
        factor, info = potrf(matrix.T, lower=1, clean=1)
        if info != 0:
            return None
        reciprocal_condition, _ = pocon(factor, norm, uplo="L")
        return factor if reciprocal_condition > len(matrix) * _SINGULAR else None

    def solve(self, right):
        """``H^-1 right`` for a vector (n,) or several (n, m)."""
        if self.singular:
            inner = self._vectors.T @ (self._without_flat(right).T * self._scale).T
            solution = self._vectors @ (inner.T / self._values).T
            return self._without_flat((solution.T * self._scale).T)
        potrs = get_lapack_funcs("potrs", (self._cholesky,))
        scaled = (right.T * self._scale).T
        solution, _ = potrs(self._cholesky, scaled, lower=1)
        return (solution.T * self._scale).T

    def inverse(self):
        """``H^-1``, or the pseudo-inverse that :meth:`solve` applies: (n, n), symmetric."""
        if self.singular:
            return self.solve(np.eye(len(self._scale)))
        potri = get_lapack_funcs("potri", (self._cholesky,))
        inverse, _ = potri(self._cholesky, lower=1)
        inverse *= self._scale
        inverse *= self._scale[:, np.newaxis]
        np.copyto(inverse, inverse.T, where=np.tri(len(inverse), k=-1, dtype=bool).T)
        return inverse

    def _without_flat(self, vector):
        return vector - self._flat @ (self._flat.T @ vector)
