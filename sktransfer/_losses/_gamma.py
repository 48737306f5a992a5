"""Gamma loss with logarithmic link: ``eta + y * exp(-eta)`` for y > 0.

Its curvature ``y exp(-eta)`` is positive, so it is convex though the link is not its canonical one.
"""

import numpy as np

from sktransfer._kernels import GAMMA
from sktransfer._losses._divergence import relative_entropy
from sktransfer._losses._log_link import LogLink


class Gamma(LogLink):
    """Negative log-likelihood of a positive amount; ``eta`` is the logarithm of its mean."""

    name = "gamma"
    title = "half gamma deviance"
    power = 2.0
    dispersed = True
    fused_kernel = (GAMMA, 0.0)

    def encode(self, y):
        """``y`` as float64 of shape (n_samples,), positive."""
        y = np.ascontiguousarray(y, dtype=np.float64).ravel()
        if not np.all(y > 0):
            raise ValueError(f"gamma loss takes y above 0, its smallest entry is {y.min()}")
        return y

    def _rows(self, y, eta):
        ratio = y * np.exp(-eta)
        return eta + ratio, 1 - ratio, ratio

    def _lowest(self, y):
        return 1 + np.log(y)

    def divergence(self, y, eta, change):
        """Relative entropy of the ratios ``y exp(-eta)``."""
        return relative_entropy(y * np.exp(-eta[:, 0]), -change[:, 0])
