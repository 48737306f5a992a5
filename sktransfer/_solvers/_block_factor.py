"""An approximate inverse Hessian of a softmax objective: one factor per class, and the shifts common to all.

    B = Q D^-1 Q + S E^-1 S',    D = diag(H_11, .., H_KK),    E = S' H S,    Q = I - S S'

H_kk = X' diag(w p_k (1 - p_k)) X plus the priors is class k's own block of the Hessian: K factors of p x p, never one
of Kp x Kp. The columns of S move one feature's slope by the same amount in all classes. The softmax does not see that,
so E is the priors' alone, while D would take such a move for a dear one: hence the two parts. On moves that change
probabilities, curvature is at most twice what D says, and seldom much less: conjugate directions need few steps.
"""

from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
from scipy.linalg import get_lapack_funcs

from sktransfer._kernels import single_threaded_blas
from sktransfer._solvers._dual import all_diagonal

_RIDGE = {np.float32: 1e-5, np.float64: 1e-12}
_ALIKE = 0.01
_SMALL = 2000
_UNSEEN = 1e-10


class Blocks(NamedTuple):
    """Which free coordinates belong to which class.

    Attributes
    ----------
    at : ndarray of shape (n_classes, n_columns)
        Positions among the free coordinates: one row per class with free slopes.
    classes : ndarray of shape (n_classes,)
    columns : ndarray of shape (n_columns,)
        Of ``[X, 1]``, the same for each class.
    """

    at: np.ndarray
    classes: np.ndarray
    columns: np.ndarray

    @classmethod
    def of(cls, objective):
        """The blocks of what is free; None where it does not fall into the same columns of whole classes."""
        layout = objective.layout
        table = np.array([layout.output(k) for k in range(layout.n_outputs)])
        if objective.held is None:
            return cls(table, *map(np.arange, table.shape))
        owner = _owners(objective.held.basis.tocsc(), layout)
        if owner is None:
            return None
        position = np.full(layout.n_params, -1)
        position[owner] = np.arange(len(owner))
        position = position[table]
        free = position >= 0
        classes, columns = np.flatnonzero(free.any(axis=1)), np.flatnonzero(free.any(axis=0))
        at = position[np.ix_(classes, columns)]
        return cls(at, classes, columns) if np.all(at >= 0) else None


def _owners(basis, layout):
    """The parameter that each free coordinate is; an intercept may pull others along. None where there is no such."""
    column = np.repeat(np.arange(basis.shape[1]), np.diff(basis.indptr))
    rows, ones = basis.indices, basis.data == 1.0
    alone = np.diff(basis.indptr)[column] == 1
    if not np.all(alone | (rows >= layout.n_coefs)) or not np.array_equal(column[ones], np.arange(basis.shape[1])):
        return None
    owner = rows[ones]
    return owner if len(np.unique(owner)) == len(owner) else None


class BlockFactor:
    """``B`` at one theta; :meth:`solve` multiplies by it.

    Parameters
    ----------
    objective : Objective
        Its losses do not see shifts.
    blocks : Blocks
    theta : ndarray of shape (n_params,)
    step : int, default=1
        Curvature is taken from every ``step``-th row.
    shared : bool, default=False
        Whether classes may share one block where their curvatures are nearly alike, as they are at zero.
    single : bool, default=False
        Whether float32's precision will do.
    damping : float, default=0.0
        Added to the diagonal.

    Attributes
    ----------
    shared : bool
        Whether they did.
    """

    def __init__(self, objective, blocks, theta, *, step=1, shared=False, single=False, damping=0.0):
        self._blocks, self._objective = blocks, objective
        self._single, self._damping = single, damping
        self._terms = [term.every(step) or term for term in objective.terms]
        curvatures = [self._curvature(term, theta) for term in self._terms]
        own = [np.column_stack([c.block(k, k) for k in blocks.classes]) for c in curvatures]
        self.shared = shared and all(_alike(columns) for columns in own)
        layout = objective.layout
        priors, of_shifts = _prior_blocks(objective, [layout.output(k)[blocks.columns] for k in blocks.classes])
        self._factors = self._class_factors(own, priors)
        seen = [self._seen_of_shifts(c, w) for c, w in zip(curvatures, own, strict=True)]
        self._shift = self._shift_factor(seen, of_shifts)
        del self._objective, self._terms

    def solve(self, right):
        """``B @ right`` in free coordinates."""
        at = self._blocks.at
        residual = right[at]
        level = residual.mean(axis=0)
        residual = residual - level
        if len(self._factors) == 1:
            moved = self._factors[0].solve(residual.T).T
        else:
            moved = np.array([f.solve(row) for f, row in zip(self._factors, residual, strict=True)])
        result = np.empty_like(right)
        result[at] = moved - moved.mean(axis=0) + self._shift(level)
        return result

    def _curvature(self, term, theta):
        eta = term.predict(self._objective.layout, theta)
        return term.loss.gradient(term.y, eta, term.weight)[2]

    def _seen_of_shifts(self, curvature, own):
        """What the rows say of a shift of all free classes: only those not free can tell. None for nothing."""
        free = np.zeros((len(own), self._objective.layout.n_outputs))
        free[:, self._blocks.classes] = 1.0
        weight = np.maximum(np.sum(curvature.apply(free) * free, axis=1), 0.0) / len(self._blocks.classes)
        return weight if weight.sum() > 1e-10 * own.sum() else None

    def _sandwich(self, weights):
        """``sum over terms of [X, 1]' diag(weight) [X, 1]`` on the free columns; None weighs nothing."""
        columns, layout = self._blocks.columns, self._objective.layout
        total = np.zeros((len(columns), len(columns)))
        for term, weight in zip(self._terms, weights, strict=True):
            if weight is not None:
                product = term.sandwich(layout, np.ascontiguousarray(weight), self._single)
                total += product if product.shape == total.shape else product[np.ix_(columns, columns)]
        return total

    def _class_factors(self, own, priors):
        """A factor per class; a single one where data and priors are the same for all."""
        same = self.shared and all(np.array_equal(prior, priors[0]) for prior in priors)
        data = self._sandwich([columns.mean(axis=1) for columns in own]) if self.shared else None
        factors = []
        for k in range(1 if same else len(priors)):
            block = data.copy() if self.shared else self._sandwich([columns[:, k] for columns in own])
            factors.append(self._factor(_plus(block, priors[k])))
        return factors

    def _shift_factor(self, weights, prior):
        """Multiplication by E^-1: the priors of a shift of all free classes, and what the rows say of it."""
        # What the classes' own curvature drowns in rounding is not seen at all: no step goes there.
        least = _UNSEEN * sum(factor.diagonal for factor in self._factors) / len(self._factors)
        if all(weight is None for weight in weights) and prior.ndim == 1:
            inverse = np.divide(1.0, prior + self._damping, out=np.zeros_like(prior), where=prior > least)
            return lambda level: inverse * level
        matrix = _plus(self._sandwich(weights), prior)
        seen = np.flatnonzero(matrix.diagonal() > least)
        if len(seen) == 0:
            return np.zeros_like
        factor = self._factor(matrix[np.ix_(seen, seen)])

        def solve(level):
            result = np.zeros_like(level)
            result[seen] = factor.solve(level[seen])
            return result

        return solve

    def _factor(self, matrix):
        matrix.flat[:: len(matrix) + 1] += self._damping
        return RidgedFactor(matrix, np.float32 if self._single else np.float64)


class RidgedFactor:
    """Cholesky factor of a positive semidefinite matrix, scaled to a unit diagonal plus a ridge near rounding.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Overwritten.
    dtype : {np.float32, np.float64}
        Of the factor: the smaller one halves time and memory.

    Attributes
    ----------
    diagonal : ndarray of shape (n,)
        Of the matrix.
    """

    def __init__(self, matrix, dtype):
        if not np.all(np.isfinite(matrix)):
            raise FloatingPointError("the Hessian is not finite: features or weights are too large")
        self.diagonal = matrix.diagonal().copy()
        self._scale = 1 / np.sqrt(np.where(self.diagonal > 0, self.diagonal, 1.0))
        matrix *= self._scale
        matrix *= self._scale[:, np.newaxis]
        scaled = matrix.astype(dtype)
        potrf, self._potrs = get_lapack_funcs(("potrf", "potrs"), (scaled,))
        ridge, info = _RIDGE[dtype], 1
        # Threads of BLAS's own cost more than they save on matrices that one core's cache nearly holds.
        with single_threaded_blas() if len(scaled) < _SMALL else nullcontext():
            while info != 0:
                scaled.flat[:: len(scaled) + 1] = 1 + ridge
                self._lower, info = potrf(scaled, lower=1, clean=0)
                ridge *= 10

    def solve(self, right):
        """``(matrix + ridge)^-1 right`` for a vector (n,) or several (n, m), in float64."""
        scaled = (right.T * self._scale).T.astype(self._lower.dtype)
        solution, _ = self._potrs(self._lower, scaled, lower=1)
        return (solution.T * self._scale).T


def _alike(columns):
    """Whether the curvatures of the classes (n_samples, n_classes) are nearly the same, row by row."""
    mean = columns.mean(axis=1, keepdims=True)
    return bool(np.abs(columns - mean).sum() <= _ALIKE * columns.sum())


def _plus(matrix, prior):
    """``matrix`` plus a prior given as a diagonal or as a matrix, in place."""
    if prior.ndim == 1:
        matrix.flat[:: len(matrix) + 1] += prior
    else:
        matrix += prior
    return matrix


def _prior_blocks(objective, places):
    """(the priors' block of each class, their block of a shift of all): diagonals where that is all."""
    if all_diagonal(objective.priors):
        diagonal = objective.prior_diagonal()
        own = [diagonal[place] for place in places]
        return own, sum(own) / len(own)
    hessian = objective.prior_hessian()
    between = sum(hessian[np.ix_(place, other)] for place in places for other in places)
    return [hessian[np.ix_(place, place)] for place in places], between / len(places)
