"""Tweedie loss with logarithmic link, variance mu^q:

    exp((2 - q) eta) / (2 - q)  -  y exp((1 - q) eta) / (1 - q),      q neither 1 (Poisson) nor 2 (gamma)

Its curvature is positive for 1 < q < 2. Elsewhere the observed one may be negative, and Newton's method takes the
expected one, exp((2 - q) eta): the steps differ, where they end does not.
"""

import numpy as np

from sktransfer._kernels import TWEEDIE
from sktransfer._losses._divergence import exponential_gap
from sktransfer._losses._log_link import LogLink

_NEWTON_STEPS = 100
_NEWTON_TOL = 1e-14


class Tweedie(LogLink):
    """Half the deviance of the Tweedie family, up to what depends on y alone.

    Parameters
    ----------
    power : float
        q: at most 0 (y any number), between 1 and 2 (y of 0 or more; a compound of Poisson and gamma), above 2 (y
        positive; 3 is the inverse Gaussian).
    """

    name = "tweedie"
    title = "half Tweedie deviance"
    dispersed = True

    def __init__(self, power):
        if 0 < power <= 1 or power == 2:
            raise ValueError(f"Tweedie loss takes a power of at most 0, or above 1 and not 2; got {power}")
        self.power = float(power)
        self.fused_kernel = (TWEEDIE, self.power)
        self.divergence = self._divergence if 1 < self.power < 2 else None

    def encode(self, y):
        """``y`` as float64 of shape (n_samples,), in the range of the power."""
        y = np.ascontiguousarray(y, dtype=np.float64).ravel()
        return require_range(y, self.power)

    def _rows(self, y, eta):
        q = self.power
        a, b = np.exp((2 - q) * eta), y * np.exp((1 - q) * eta)
        curvature = (2 - q) * a - (1 - q) * b if 1 < q < 2 else a
        return a / (2 - q) - b / (1 - q), a - b, curvature

    def _divergence(self, y, eta, change):
        """``f(eta) - f(there) - f'(there) (eta - there)``, ``there`` being where the slope is the changed one."""
        q, eta = self.power, eta[:, 0]
        there = self._predictor(y, eta, change[:, 0])
        gap = eta - there
        up = np.exp((2 - q) * there) / (2 - q) * exponential_gap((2 - q) * gap)
        down = y * np.exp((1 - q) * there) / (q - 1) * exponential_gap((1 - q) * gap)
        return np.where(np.isfinite(there), up + down, np.inf)

    def _predictor(self, y, eta, change):
        """Where the slope is ``f'(eta) + change``, by Newton's method; NaN where it is nowhere."""
        q, at = self.power, eta.copy()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            slope = np.exp((2 - q) * eta) - y * np.exp((1 - q) * eta)
            reach = (y > 0) | (slope + change > 0)
            for _ in range(_NEWTON_STEPS):
                a, b = np.exp((2 - q) * at), y * np.exp((1 - q) * at)
                step = (change + slope - (a - b)) / ((2 - q) * a + (q - 1) * b)
                at = at + np.clip(step, -1.0, 1.0)
                if not np.any(np.abs(step[reach]) > _NEWTON_TOL):
                    break
        return np.where(reach & (np.abs(step) <= 1e-6), at, np.nan)

    def _lowest(self, y):
        q = self.power
        return -(y**2) / 2 if q == 0 else -(np.maximum(y, 0.0) ** (2 - q)) / ((1 - q) * (2 - q))


def require_range(y, power):
    """``y``, if the Tweedie family of this power takes it.

    Raises
    ------
    ValueError
        If it does not.
    """
    if power > 0 and not np.all(y >= 0 if power < 2 else y > 0):
        bound = "of 0 or more" if power < 2 else "above 0"
        raise ValueError(f"Tweedie loss of power {power:g} takes y {bound}, its smallest entry is {y.min()}")
    return y
