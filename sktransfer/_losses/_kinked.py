"""What losses with a kink share: hinge and tube losses and their squares, output by output.

Outputs do not interact. Row i weighs c_ik in output k, and the loss L_ik has, for every slope beta that it can take,

    L_ik*(-beta) = -target_ik beta + epsilon |beta| + ridge_ik beta^2 / 2,     lower_ik <= beta <= upper_ik

its convex conjugate. Hinges have epsilon = 0 and one side only; squares have no outer bound and ridge = 1 / (2 c).
"""

from abc import abstractmethod
from typing import NamedTuple

import numpy as np

from sktransfer._losses._base import Curvature, Loss


class DualForm(NamedTuple):
    """The conjugates of one output's losses: arrays of shape (n_samples,), and epsilon.

    Attributes
    ----------
    weight, target, lower, upper, ridge : ndarray of shape (n_samples,)
        ``lower <= 0 <= upper``; rows without weight have both zero.
    epsilon : float
    """

    weight: np.ndarray
    target: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    ridge: np.ndarray
    epsilon: float

    def conjugate(self, beta):
        """``L*(-beta)`` of each row, for beta within the bounds."""
        return self.epsilon * np.abs(beta) + beta * (0.5 * self.ridge * beta - self.target)


class SeparateCurvature(Curvature):
    """Outputs that do not interact, each with its own curvature: ``diagonal`` is (n_samples, n_outputs)."""

    def __init__(self, diagonal):
        self.diagonal = diagonal

    def block(self, k, m):
        """Entry (k, m): column k of the diagonal, or None off it."""
        return np.ascontiguousarray(self.diagonal[:, k]) if k == m else None

    def apply(self, direction):
        """Entries times the diagonal."""
        return self.diagonal * direction


class KinkedLoss(Loss):
    """Base of hinge and tube losses.

    ``y`` is encoded as (n_samples, n_outputs).
    """

    by_gap = True
    sides = 2  # of the kink, that cost something

    @property
    def single(self):
        """The same loss of one output, weights aside."""
        return self

    @abstractmethod
    def elementwise(self, y, eta):
        """(value, first and second derivative by eta) of each entry: arrays of the shape of ``eta``.

        At a kink any slope between those of its sides; the second derivative is that beside it.
        """

    @abstractmethod
    def dual(self, y, weight, k):
        """Output k's :class:`DualForm`, without the rows' predictors."""

    def weights(self, y, weight):
        """What each row weighs in each output: broadcasts with (n_samples, n_outputs)."""
        return weight[:, np.newaxis]

    def value(self, y, eta, weight):
        """Sum over rows and outputs."""
        return float(np.sum(self.weights(y, weight) * self.elementwise(y, eta)[0]))

    def gradient(self, y, eta, weight):
        """Value, slopes and curvature."""
        value, slope, bend = self.elementwise(y, eta)
        weights = self.weights(y, weight)
        return float(np.sum(weights * value)), weights * slope, SeparateCurvature(weights * bend)

    def blunted(self, y, eta, weight):
        """What stands in for the curvature of a kink: that of the parabola that touches the loss at the mean distance.

        ``|u| <= u^2 / (2 s) + s / 2`` has curvature 1 / s, the mean distance s; a hinge is half of that.
        """
        weights = np.broadcast_to(self.weights(y, weight), eta.shape)
        distance = (weights * np.abs(y - eta)).sum(axis=0) / np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
        return SeparateCurvature(weights * (0.5 * self.sides / np.maximum(distance, np.finfo(float).tiny)))

    def pointwise(self, y, eta):
        """The loss of each row, summed over outputs."""
        return self.elementwise(y, eta)[0].sum(axis=1)

    def mean(self, eta):
        """``eta`` itself: there is no likelihood."""
        return eta
