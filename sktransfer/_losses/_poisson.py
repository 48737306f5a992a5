"""Poisson loss with logarithmic link: ``exp(eta) - y * eta`` for y >= 0."""

import numpy as np
from scipy.special import xlogy

from sktransfer._kernels import POISSON
from sktransfer._losses._divergence import relative_entropy
from sktransfer._losses._log_link import LogLink


class Poisson(LogLink):
    """Negative log-likelihood of a count; ``eta`` is the logarithm of its mean."""

    name = "poisson"
    title = "half Poisson deviance"
    power = 1.0
    fused_kernel = (POISSON, 0.0)

    def encode(self, y):
        """``y`` as float64 of shape (n_samples,), not negative."""
        y = np.ascontiguousarray(y, dtype=np.float64).ravel()
        if not np.all(y >= 0):
            raise ValueError(f"Poisson loss takes y of 0 or more, its smallest entry is {y.min()}")
        return y

    def _rows(self, y, eta):
        mu = np.exp(eta)
        return mu - y * eta, mu - y, mu

    def _lowest(self, y):
        return y - xlogy(y, y)

    def divergence(self, y, eta, change):
        """Relative entropy of the means."""
        return relative_entropy(np.exp(eta[:, 0]), change[:, 0])
