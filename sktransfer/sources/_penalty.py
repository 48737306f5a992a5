"""A quadratic penalty of the model that a source was fitted with, and the minimum of a quadratic loss with it.

    theta' P theta / 2 - pull . theta          (P = penalty, pull = P centre)

over [coef, row by row; intercepts], on the scale of a plain weighted sum of losses. Where the model's loss is a mean
over rows, P and pull are per unit of the rows' total weight, so that they are the same whatever the number of rows.
"""

import numpy as np

from sktransfer.sources._check import check_finite
from sktransfer.sources._immutable import Immutable
from sktransfer.sources._precision import is_semidefinite
from sktransfer.sources._statistics import _least_norm


class Penalty(Immutable):
    """A quadratic penalty.

    Parameters
    ----------
    curvature : ndarray of shape (d,) or (d, d)
        P, or its diagonal where there is nothing else.
    pull : ndarray of shape (d,)
    per_weight : bool
        Whether both are to be multiplied with the rows' total weight.
    """

    __slots__ = ("curvature", "per_weight", "pull")

    def __init__(self, curvature, pull=None, per_weight=False):
        curvature = check_finite(curvature, "the penalty's curvature")
        if curvature.ndim == 2 and not np.any(curvature - np.diag(curvature.diagonal())):
            curvature = curvature.diagonal().copy()
        pull = np.zeros(len(curvature)) if pull is None else check_finite(pull, "the penalty's pull")
        square = curvature.shape[1:] in ((), curvature.shape[:1])
        if curvature.ndim not in (1, 2) or pull.shape != curvature.shape[:1] or not square:
            raise ValueError(f"a penalty's curvature and pull do not fit: {curvature.shape} and {pull.shape}.")
        if not _is_possible(curvature):
            raise ValueError("a penalty's curvature must be symmetric positive semidefinite.")
        for array in (curvature, pull):
            array.flags.writeable = False
        for name, value in (("curvature", curvature), ("pull", pull), ("per_weight", bool(per_weight))):
            object.__setattr__(self, name, value)

    def at(self, weight):
        """(P (d, d), pull (d,)) for rows of a total weight."""
        factor = weight if self.per_weight else 1.0
        matrix = np.diag(self.curvature) if self.curvature.ndim == 1 else self.curvature
        return factor * matrix, factor * self.pull

    def arranged(self, at, signs):
        """The same with parameters in another order, some with their sign turned."""
        curvature = self.curvature[at] if self.curvature.ndim == 1 else self.curvature[np.ix_(at, at)]
        if curvature.ndim == 2:
            curvature = curvature * np.outer(signs, signs)
        return Penalty(curvature, self.pull[at] * signs, self.per_weight)

    def same(self, other):
        """Whether two models had the same penalty, up to rounding."""
        if (self.per_weight, self.curvature.shape) != (other.per_weight, other.curvature.shape):
            return False
        pairs = (self.curvature, other.curvature), (self.pull, other.pull)
        return all(np.allclose(a, b, rtol=1e-9, atol=1e-12 * np.abs(a).max(initial=0.0)) for a, b in pairs)

    def _key(self):
        arrays = ((array + 0.0).tobytes() for array in (self.curvature, self.pull))
        return self.curvature.shape, self.per_weight, *arrays

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, Penalty) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __reduce__(self):
        return Penalty, (self.curvature, self.pull, self.per_weight)


def _is_possible(curvature):
    """Whether a curvature, or its diagonal, is symmetric positive semidefinite."""
    if curvature.ndim == 1:
        return bool((curvature >= 0).all())
    gap = np.abs(curvature - curvature.T).max(initial=0.0)
    return gap <= 1e-8 * np.abs(curvature).max(initial=0.0) and is_semidefinite(curvature)


def step_to_minimum(hessian, gradient, theta, penalty, free):
    """The step from theta to the minimum of ``gradient . d + d' hessian d / 2`` plus a penalty ``(P, pull)``.

    Parameters
    ----------
    hessian, gradient, theta : ndarray of shapes (d, d), (d,), (d,)
    penalty : (ndarray of shape (d, d), ndarray of shape (d,))
    free : ndarray of shape (d,) of bool
        What may move.

    Returns
    -------
    ndarray of shape (d,)
        The shortest, where there are several.
    """
    matrix, pull = penalty
    right = -(gradient + matrix @ theta - pull)[free]
    system = (hessian + matrix)[np.ix_(free, free)]
    step = _least_norm(system, right, system.diagonal(), 0.0)
    step += _least_norm(system, right - system @ step, system.diagonal(), 0.0)
    result = np.zeros(len(theta))
    result[free] = step
    return result
