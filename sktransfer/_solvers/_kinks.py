"""A penalty with kinks in a solver's free coordinates, and the minimum of a quadratic model with it.

h(d) = sum_j [a_j |d_j| + b_j (d_j - m_j)^2 / 2],      d = u - kink,      a_j = b_j = 0: free
"""

from typing import NamedTuple

import numpy as np

from sktransfer._kernels import column_descent, model_descent
from sktransfer._solvers._linear_algebra import Factor

_SHARE = 1e-10
_EPOCHS = 2000
_NEAR = 0.5
_NO_INDEX = np.zeros(1, dtype=np.intc)


class Kinks(NamedTuple):
    """The penalty: arrays of shape (n_free,).

    Attributes
    ----------
    own : ndarray of int
        The parameter that a free coordinate moves and that its penalty is about.
    kink : ndarray
        Where the absolute values are zero.
    a, b, m : ndarray
    """

    own: np.ndarray
    kink: np.ndarray
    a: np.ndarray
    b: np.ndarray
    m: np.ndarray

    @classmethod
    def of(cls, objective):
        """The penalty of an objective with one ElasticNetPrior; None where it is not a sum over free coordinates."""
        prior = objective.priors[0]
        own, origin = np.arange(objective.layout.n_params), 0.0
        if objective.held is not None:
            own = _own(objective.held.basis.tocsc(), prior.l1 + prior.l2 > 0)
            if own is None:
                return None
            origin = objective.held.centre[own]
        parts = (prior.centre, prior.l1, prior.l2, prior.l2_centre - prior.centre)
        centre, a, b, m = (part[own] for part in parts)
        return cls(own, centre - origin, a, b, m)

    def at(self, columns):
        """Of some coordinates."""
        return Kinks(*(part[columns] for part in self))

    @property
    def free(self):
        """Coordinates without a penalty: (n_free,) of bool."""
        return (self.a == 0) & (self.b == 0)

    def value(self, d):
        """h(d)."""
        return float(self.a @ np.abs(d) + 0.5 * self.b @ (d - self.m) ** 2)

    def change(self, d, new):
        """h(new) - h(d), nothing cancelled."""
        squares = self.b * (new - d) * (0.5 * (new + d) - self.m)
        return float(np.sum(self.a * (np.abs(new) - np.abs(d)) + squares))

    def violation(self, d, gradient):
        """How far zero is from the subdifferential of loss and penalty: (n_free,), not negative."""
        slope = gradient + self.b * (d - self.m)
        return np.where(d == 0, np.maximum(np.abs(slope) - self.a, 0.0), np.abs(slope + self.a * np.sign(d)))

    def divergence(self, d, pull):
        """``h(d) + h*(pull) - pull . d`` of each coordinate with a penalty, 0 of the others.

        Infinite where there is no square and the pull is stronger than the absolute value.
        """
        total = pull + self.b * self.m
        held = np.clip(total, -self.a, self.a)
        free = total - held
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = np.where(self.b > 0, 0.5 * (self.b * d - free) ** 2 / self.b, np.where(free == 0, 0.0, np.inf))
        return np.where(self.free, 0.0, squares + np.maximum(self.a * np.abs(d) - held * d, 0.0))


def _own(basis, penalised):
    """For each column of a basis the parameter that it moves one by one; None where that is not one with a penalty."""
    entries = basis.tocoo()
    rows, columns = entries.coords
    of_penalty = penalised[rows] & (entries.data != 0)
    count = np.bincount(columns[of_penalty], minlength=basis.shape[1])
    unit = entries.data == 1.0
    if np.any(count > 1) or np.any(of_penalty & ~unit):
        return None
    own = np.full(basis.shape[1], -1)
    own[columns[unit]] = rows[unit]
    own[columns[of_penalty]] = rows[of_penalty]
    return None if np.any(own < 0) else own


def model_minimum(hessian, gradient, kinks, d):
    """``argmin_new  gradient . z + z' hessian z / 2 + h(new),  z = new - d``.

    What is free is solved for exactly and leaves a Schur complement of the others. What stands at its kink and is
    pulled by less than half of what would move it is left there.

    Parameters
    ----------
    hessian : ndarray of shape (n, n)
    gradient, d : ndarray of shape (n,)
    kinks : Kinks

    Returns
    -------
    ndarray of shape (n,)
    """
    free, new = kinks.free, d.copy()
    near = np.abs(gradient - kinks.b * kinks.m) > _NEAR * kinks.a
    bound = np.flatnonzero(~free & (near | (d != 0)))
    reduced, slope = hessian[np.ix_(bound, bound)], gradient[bound]
    if free.any():
        at = np.flatnonzero(free)
        factor, cross = Factor(hessian[np.ix_(at, at)]), hessian[np.ix_(at, bound)]
        reduced -= cross.T @ factor.solve(cross)
        slope -= cross.T @ factor.solve(gradient[at])
    part, moved = kinks.at(bound), new[bound]
    model_descent(np.ascontiguousarray(reduced), part.a, part.b, part.m, moved, slope, _SHARE, _EPOCHS)
    if free.any():
        new[at] -= factor.solve(gradient[at] + cross @ (moved - d[bound]))
    new[bound] = moved
    return new


def minimum_by_columns(columns, shift, curvature, gradient, kinks, d):
    """As :func:`model_minimum`, the Hessian being ``[Z, 1]' diag(curvature) [Z, 1]``, ``Z = columns - shift``.

    What is free is at most the intercept, the last coordinate. Steps of it are those of the mean.

    Parameters
    ----------
    columns : ndarray of shape (n_samples, k), or csc_array
    shift : ndarray of shape (k,)
        Zero where there is no intercept.
    curvature : ndarray of shape (n_samples,)
    gradient, d : ndarray of shape (k,) or (k + 1,)
    kinks : Kinks

    Returns
    -------
    ndarray, shape of ``d``
    """
    k = columns.shape[1]
    total = float(curvature.sum())
    intercept, level = len(d) > k, 0.0
    mean = curvature @ columns / total if intercept else np.zeros(k)
    slope = gradient[:k]
    if intercept:
        level = gradient[k] / total
        slope = slope - (mean - shift) * gradient[k]
    squares = curvature @ (columns * columns)
    bend = np.maximum(squares - total * mean**2, 0.0)
    bend = np.where(bend > 1e-14 * squares, bend, 0.0)
    part, moved = kinks.at(np.arange(k)), d[:k].copy()
    column_descent(*_stored(columns), curvature, mean, bend, (part.a, part.b, part.m), slope, moved, _SHARE, _EPOCHS)
    return np.append(moved, d[k] - level - (mean - shift) @ (moved - d[:k])) if intercept else moved


def _stored(columns):
    """(dense, entries, rows, starts) as the kernel takes them."""
    if isinstance(columns, np.ndarray):
        return True, columns.ravel(order="F"), _NO_INDEX, _NO_INDEX
    return False, columns.data, columns.indices.astype(np.intc), columns.indptr.astype(np.intc)
