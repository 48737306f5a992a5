"""Tube loss ``max(0, |y - eta| - epsilon)`` and its square: residuals up to epsilon cost nothing."""

import numpy as np

from sktransfer._losses._kinked import DualForm, KinkedLoss


class EpsilonInsensitive(KinkedLoss):
    """How far a residual leaves the tube around zero.

    Parameters
    ----------
    epsilon : float, default=0.0
        Half the tube's width, in units of y; zero is the absolute error.
    """

    name = "epsilon-insensitive"
    title = "epsilon-insensitive loss"
    link = "identity"
    smooth = False

    def __init__(self, epsilon=0.0):
        self.epsilon = float(epsilon)

    def encode(self, y):
        """``y`` as float64 of shape (n_samples, 1)."""
        return np.asarray(y, dtype=np.float64).reshape(len(y), 1)

    def _outside(self, y, eta):
        """(how far the residual is outside the tube, the sign of ``eta - y``)."""
        residual = eta - y
        return np.maximum(0.0, np.abs(residual) - self.epsilon), np.sign(residual)

    def elementwise(self, y, eta):
        """``max(0, |y - eta| - epsilon)``, the sign outside the tube, and 0."""
        outside, sign = self._outside(y, eta)
        return outside, np.where(outside > 0, sign, 0.0), np.zeros_like(eta)

    def dual(self, y, weight, k):
        """Slopes up to the row's weight, either way."""
        c = np.array(weight)
        return DualForm(c, np.ascontiguousarray(y[:, k]), -c, c, np.zeros_like(c), self.epsilon)


class SquaredEpsilonInsensitive(EpsilonInsensitive):
    """``max(0, |y - eta| - epsilon) ** 2``: smooth, its second derivative jumps."""

    name = "squared epsilon-insensitive"
    title = "squared epsilon-insensitive loss"
    smooth = True

    def elementwise(self, y, eta):
        """``outside ** 2``, twice what is outside with its sign, and 2 outside the tube."""
        outside, sign = self._outside(y, eta)
        return outside**2, 2.0 * sign * outside, np.where(outside > 0, 2.0, 0.0)

    def dual(self, y, weight, k):
        """Slopes however steep, either way."""
        c = np.array(weight)
        top = np.where(c > 0, np.inf, 0.0)
        ridge = np.divide(0.5, c, out=np.zeros_like(c), where=c > 0)
        return DualForm(c, np.ascontiguousarray(y[:, k]), -top, top, ridge, self.epsilon)
