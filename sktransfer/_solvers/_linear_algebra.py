"""Solve with a positive semidefinite matrix: Cholesky where it is safe, the least-norm solution where not."""

from contextlib import nullcontext

import numpy as np
from scipy.linalg import eigh, get_lapack_funcs

from sktransfer._kernels import single_threaded_blas

_EPS = np.finfo(np.float64).eps


def regularise(hessian, shifts):
    """Make a Hessian regular along directions that nothing depends on, in place.

    Each shift (n, r) gets as much curvature as its parameters have, in their own units.
    """
    if shifts.shape[1]:
        hessian += (shifts * (hessian.diagonal() @ shifts**2)) @ shifts.T


def threads_for_rows(objective):
    """A context for solvers without matrices: sparse rows keep the threads, BLAS sees vectors only and takes one."""
    return single_threaded_blas() if objective.sparse else nullcontext()


class Factor:
    """A factorised positive semidefinite matrix H; :meth:`solve` gives ``H^-1 b`` or the least-norm solution.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Kept as it is. It is scaled to a unit diagonal before it is factorised, so that features measured in
        different units do not make a regular problem look singular.
    """

    def __init__(self, matrix):
        if not np.all(np.isfinite(matrix)):
            raise FloatingPointError("the Hessian is not finite: features or weights are too large")
        self._scale = 1 / np.sqrt(np.where(matrix.diagonal() > 0, matrix.diagonal(), 1.0))
        scaled = matrix * self._scale * self._scale[:, np.newaxis]
        self._cholesky = self._regular(scaled)
        self.singular = self._cholesky is None
        if self.singular:
            values, vectors = eigh(scaled)
            keep = values > len(matrix) * _EPS * max(values[-1], 0.0)
            self._values, self._vectors = values[keep], vectors[:, keep]
            # Directions without curvature, in the matrix's own units: the least-norm solution has no part in them.
            flat = np.where(np.abs(vectors[:, ~keep]) > 10 * len(matrix) * _EPS, vectors[:, ~keep], 0.0)
            self._flat = np.linalg.qr(self._scale[:, np.newaxis] * flat)[0]

    @staticmethod
    def _regular(matrix):
        """The lower Cholesky factor, or None when the matrix is singular to working precision."""
        potrf, pocon = get_lapack_funcs(("potrf", "pocon"), (matrix,))
        factor, info = potrf(matrix, lower=1, clean=1)
        if info != 0:
            return None
        reciprocal_condition, _ = pocon(factor, np.linalg.norm(matrix, 1), uplo="L")
        return factor if reciprocal_condition > 4 * len(matrix) * _EPS else None

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

    def _without_flat(self, vector):
        return vector - self._flat @ (self._flat.T @ vector)
