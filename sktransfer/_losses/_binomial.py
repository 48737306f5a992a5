"""Binomial loss: ``log(1 + exp(eta)) - y * eta`` for y in {0, 1}."""

import numpy as np
from scipy.special import expit

from sktransfer._kernels import BINOMIAL, binomial_gradient, binomial_value, threads_for
from sktransfer._losses._base import DiagonalCurvature, Loss
from sktransfer._losses._divergence import relative_entropy


class Binomial(Loss):
    """Negative log-likelihood of a binary label; ``eta`` is the log-odds of the second class."""

    name = "binomial"
    title = "log-loss"
    link = "logit"
    fused_kernel = (BINOMIAL, 0.0)
    steepest = 0.25

    def encode(self, y):
        """``y`` as float64 of 0 and 1, of shape (n_samples,)."""
        y = np.ascontiguousarray(y, dtype=np.float64)
        if not np.all((y >= 0) & (y <= 1)):
            raise ValueError(f"binomial loss takes y between 0 and 1, got values in [{y.min()}, {y.max()}]")
        return y

    def value(self, y, eta, weight):
        """``sum(weight * (log(1 + exp(eta)) - y * eta))``."""
        return binomial_value(y, eta[:, 0], weight, threads_for(10 * len(y)))

    def gradient(self, y, eta, weight):
        """Value; ``weight * (mu - y)``; curvature ``weight * mu * (1 - mu)``."""
        gradient, curvature = np.empty((len(y), 1)), np.empty(len(y))
        value = binomial_gradient(y, eta[:, 0], weight, gradient[:, 0], curvature, threads_for(20 * len(y)))
        return value, gradient, DiagonalCurvature(curvature)

    def pointwise(self, y, eta):
        """Log-loss of each row."""
        return np.logaddexp(0.0, eta[:, 0]) - y * eta[:, 0]

    def divergence(self, y, eta, change):
        """Relative entropy of the two labels' probabilities."""
        up, change = eta[:, 0], change[:, 0]
        return relative_entropy(expit(up), change) + relative_entropy(expit(-up), -change)

    def mean(self, eta):
        """Probability of the second class."""
        return expit(eta)
