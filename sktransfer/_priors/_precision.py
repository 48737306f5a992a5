"""Precision matrices by structure. Each can multiply, be added to a Hessian, be cut to one output.

All are positive semidefinite; none is inverted here except where `solve` says so.
"""

from abc import ABC, abstractmethod

import numpy as np
from scipy.linalg import cho_factor, cho_solve


class Precision(ABC):
    """A positive semidefinite matrix on flat parameters (n_params, n_params)."""

    linear = True  # whether ``times`` multiplies the matrix itself

    @abstractmethod
    def product(self, direction):
        """Matrix times vector."""

    @abstractmethod
    def diagonal(self):
        """The diagonal: (n_params,)."""

    def magnitude(self):
        """The diagonal of what the matrix is computed from: what is zero to its rounding is zero: (n_params,)."""
        return self.diagonal()

    @abstractmethod
    def add_to(self, matrix):
        """Add to a dense matrix in place."""

    @abstractmethod
    def trace_with(self, matrix):
        """``tr[M matrix]`` for a symmetric matrix."""

    @abstractmethod
    def times(self, factor):
        """This precision times a number."""

    @abstractmethod
    def cut(self, positions):
        """The precision on some positions, or None if these are tied to others."""

    def dense(self):
        """The matrix itself."""
        size = len(self.diagonal())
        result = np.zeros((size, size))
        self.add_to(result)
        return result

    def along(self, factors):
        """The matrices of :meth:`times` several numbers: (n_factors, n_params, n_params)."""
        return np.stack([self.times(factor).dense() for factor in factors])

    def solve(self, right):
        """``M^-1 right``.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the precision is singular: something is left free.
        """
        matrix = self.dense()
        factor = cho_factor(matrix)
        # What is left of each diagonal entry when the entries before it are known.
        if not np.all(factor[0].diagonal() ** 2 > 4 * len(matrix) * np.finfo(np.float64).eps * matrix.diagonal()):
            raise np.linalg.LinAlgError("the precision is singular: some parameters are free")
        return cho_solve(factor, right)


class DiagonalPrecision(Precision):
    """One number per parameter; zero leaves it free."""

    def __init__(self, diagonal):
        self._diagonal = np.array(diagonal, dtype=np.float64)

    def product(self, direction):
        """Matrix times vector."""
        return self._diagonal * direction

    def diagonal(self):
        """The diagonal."""
        return self._diagonal

    def add_to(self, matrix):
        """Add to a dense matrix in place."""
        matrix.flat[:: len(matrix) + 1] += self._diagonal

    def trace_with(self, matrix):
        """``tr[M matrix]`` for a symmetric matrix."""
        return float(self._diagonal @ matrix.diagonal())

    def times(self, factor):
        """This precision times a number."""
        return DiagonalPrecision(factor * self._diagonal)

    def cut(self, positions):
        """The precision on some positions: never tied to others."""
        return DiagonalPrecision(self._diagonal[positions])

    def solve(self, right):
        """``right / diagonal``."""
        if not np.all(self._diagonal > 0):
            raise np.linalg.LinAlgError("the precision is singular: some parameters are free")
        return (right.T / self._diagonal).T


class DensePrecision(Precision):
    """A full matrix over all parameters."""

    def __init__(self, matrix):
        self._matrix = np.array(matrix, dtype=np.float64)

    def product(self, direction):
        """Matrix times vector."""
        return self._matrix @ direction

    def diagonal(self):
        """The diagonal."""
        return self._matrix.diagonal()

    def add_to(self, matrix):
        """Add to a dense matrix in place."""
        matrix += self._matrix

    def trace_with(self, matrix):
        """``tr[M matrix]`` for a symmetric matrix."""
        return float(np.vdot(self._matrix, matrix))

    def times(self, factor):
        """This precision times a number."""
        return DensePrecision(factor * self._matrix)

    def cut(self, positions):
        """The block on ``positions`` when nothing ties it to the rest, else None."""
        rest = np.ones(len(self._matrix), dtype=bool)
        rest[positions] = False
        if np.any(self._matrix[np.ix_(positions, rest)]):
            return None
        return DensePrecision(self._matrix[np.ix_(positions, positions)])


class LowRankPrecision(Precision):
    """``factor @ factor.T`` with factor (n_params, rank): few directions are held, the rest are free."""

    def __init__(self, factor):
        self._factor = np.array(factor, dtype=np.float64)

    def product(self, direction):
        """Matrix times vector, without the matrix."""
        return self._factor @ (self._factor.T @ direction)

    def diagonal(self):
        """The diagonal."""
        return np.einsum("ij,ij->i", self._factor, self._factor)

    def add_to(self, matrix):
        """Add to a dense matrix in place."""
        matrix += self._factor @ self._factor.T

    def trace_with(self, matrix):
        """``tr[M matrix]`` for a symmetric matrix."""
        return float(np.vdot(self._factor, matrix @ self._factor))

    def times(self, factor):
        """This precision times a number."""
        return LowRankPrecision(np.sqrt(factor) * self._factor)

    def cut(self, positions):
        """The block on ``positions`` when nothing ties it to the rest, else None."""
        rest = np.ones(len(self._factor), dtype=bool)
        rest[positions] = False
        if np.any(self._factor[positions] @ self._factor[rest].T):
            return None
        return LowRankPrecision(self._factor[positions])
