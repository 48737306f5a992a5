"""The sources' terms of an alpha-weighted objective, on a path of parameters: few Hessians, some gradients.

At some anchors the Hessian is known. Between two of them, with t the place of theta on the line from one to the other,
it is taken for ``(1 - t) H_a + t H_b``, and from a point where the gradient is known, for small moves,

    g(theta) = g_0 + (H(theta_0) + H(theta)) (theta - theta_0) / 2.
"""

from typing import NamedTuple

import numpy as np

from sktransfer._objective import Objective


class Anchor(NamedTuple):
    """What is known of the sources' losses at one theta.

    Attributes
    ----------
    theta, gradient : ndarray of shape (n_params,)
    hessian : ndarray of shape (n_params, n_params)
    """

    theta: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray


class SourceTerms:
    """Loss terms that share parameters with the target's.

    Parameters
    ----------
    terms : list of LossTerm
    layout : Layout
    """

    def __init__(self, terms, layout):
        self._losses = Objective(terms, [], fit_intercept=layout.fit_intercept)

    def anchor(self, theta):
        """Gradient and, in single precision where that is faster, Hessian by one visit to the rows."""
        with self._losses.threads:
            point = self._losses.at(theta)
            point.expand(single=True)
            return Anchor(theta, point.theta_gradient, point.loss_hessian(single=True))

    def gradient(self, theta):
        """The gradient by one visit to the rows."""
        with self._losses.threads:
            return self._losses.at(theta).theta_gradient


class Between:
    """The Hessian between two anchors.

    Parameters
    ----------
    first, second : Anchor
    """

    def __init__(self, first, second):
        self._first, self._second = first, second
        self._line = second.theta - first.theta
        self._length = float(self._line @ self._line)

    def hessian(self, theta):
        """(n_params, n_params)."""
        if self._length == 0:
            return self._first.hessian
        t = min(max(float((theta - self._first.theta) @ self._line) / self._length, 0.0), 1.0)
        return (1 - t) * self._first.hessian + t * self._second.hessian

    def known(self, theta, gradient):
        """What one gradient tells: an Anchor with the Hessian in between."""
        return Anchor(theta, gradient, self.hessian(theta))

    def guess(self, known, theta):
        """What an anchor nearby tells of ``theta``: an Anchor."""
        hessian, delta = self.hessian(theta), theta - known.theta
        return Anchor(theta, known.gradient + 0.5 * (known.hessian @ delta + hessian @ delta), hessian)
