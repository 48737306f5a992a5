"""Squared loss: ``(y - eta)^2 / 2``, for one output or several."""

import numpy as np

from sktransfer._kernels import SQUARED
from sktransfer._losses._base import DiagonalCurvature, Loss


class Squared(Loss):
    """Half the squared residual, summed over outputs.

    Parameters
    ----------
    n_outputs : int, default=1
        Columns of y.
    """

    name = "squared"
    title = "mean squared error"
    link = "identity"
    quadratic = True
    steepest = 1.0
    dispersed = True

    def __init__(self, n_outputs=1):
        self.n_outputs = n_outputs
        self.fused_kernel = (SQUARED, 0.0) if n_outputs == 1 else None

    def encode(self, y):
        """``y`` as float64 of shape (n_samples, n_outputs)."""
        return np.asarray(y, dtype=np.float64).reshape(len(y), self.n_outputs)

    def value(self, y, eta, weight):
        """``sum(weight * (y - eta)^2) / 2``."""
        residual = eta - y
        return 0.5 * float(weight @ np.einsum("ij,ij->i", residual, residual))

    def gradient(self, y, eta, weight):
        """Value; ``weight * (eta - y)``; curvature ``weight``."""
        residual = eta - y
        gradient = weight[:, np.newaxis] * residual
        return 0.5 * float(np.vdot(residual, gradient)), gradient, DiagonalCurvature(weight)

    def pointwise(self, y, eta):
        """Squared error of each row, averaged over outputs, as scikit-learn's mean squared error."""
        return np.mean((y - eta) ** 2, axis=1)

    def half_deviances(self, y, eta, weight):
        """Half the weighted sum of squares of each output: (n_outputs,)."""
        return 0.5 * (weight @ (y - eta) ** 2)

    def divergence(self, y, eta, change):
        """Half the squared change."""
        return 0.5 * np.einsum("ij,ij->i", change, change)

    def mean(self, eta):
        """``eta`` itself."""
        return eta


class SquaredSigns(Squared):
    """Squared loss of signs, -1 and 1: a classifier by least squares.

    Parameters
    ----------
    n_outputs : int
        One for two classes, the second's sign; else one for each class, against the rest.
    """

    title = "mean squared error of signs"
    link = "sign"

    def encode(self, y):
        """Numbers of classes as signs, (n_samples, n_outputs); signs of that shape are handed back as they are."""
        y = np.asarray(y)
        if y.ndim == 2:
            return super().encode(y)
        classes = np.array([1]) if self.n_outputs == 1 else np.arange(self.n_outputs)
        return np.where(y[:, np.newaxis] == classes, 1.0, -1.0)
