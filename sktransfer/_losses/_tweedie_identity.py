"""Tweedie loss with the identity as link, mu = eta, variance mu^q: defined for eta > 0, infinite elsewhere.

    mu^(2 - q) / (2 - q)  -  y mu^(1 - q) / (1 - q)            mu - y log(mu) for q = 1,   log(mu) + y / mu for q = 2

Newton's method takes the expected curvature, mu^-q.
"""

import numpy as np
from scipy.special import xlogy

from sktransfer._losses._base import DiagonalCurvature, Loss
from sktransfer._losses._tweedie import require_range


class TweedieIdentity(Loss):
    """Half the deviance of the Tweedie family with identity link, up to what depends on y alone.

    Parameters
    ----------
    power : float
        q, not 0 (which is squared loss) and not between 0 and 1.
    """

    name = "tweedie"
    title = "half Tweedie deviance"
    link = "identity"

    def __init__(self, power):
        if 0 <= power < 1:
            raise ValueError(f"Tweedie loss with identity link takes a power below 0 or of 1 or more; got {power}")
        self.power = float(power)
        self.dispersed = self.power != 1

    def encode(self, y):
        """``y`` as float64 of shape (n_samples,), in the range of the power."""
        return require_range(np.ascontiguousarray(y, dtype=np.float64).ravel(), self.power)

    def _values(self, y, mu):
        q = self.power
        safe = np.where(mu > 0, mu, 1.0)
        if q == 1:
            value = safe - xlogy(y, safe)
        elif q == 2:
            value = np.log(safe) + y / safe
        else:
            value = safe ** (2 - q) / (2 - q) - y * safe ** (1 - q) / (1 - q)
        return np.where(mu > 0, value, np.inf)

    def value(self, y, eta, weight):
        """Weighted sum of the rows' values: infinite where a row with a weight has eta <= 0."""
        seen = weight > 0
        return float(weight[seen] @ self._values(y, eta[:, 0])[seen])

    def gradient(self, y, eta, weight):
        """Value; ``weight * (mu - y) / mu^q``; ``weight / mu^q``."""
        mu = np.where(eta[:, 0] > 0, eta[:, 0], 1.0)
        curvature = weight * mu**-self.power
        return self.value(y, eta, weight), (curvature * (mu - y))[:, np.newaxis], DiagonalCurvature(curvature)

    def pointwise(self, y, eta):
        """Half the deviance of each row: infinite where eta <= 0."""
        q = self.power
        if q in (1, 2):
            lowest = self._values(y, np.where(y > 0, y, 1.0)) - (y == 0)
        else:
            lowest = -(np.maximum(y, 0.0) ** (2 - q)) / ((1 - q) * (2 - q))
        return np.maximum(self._values(y, eta[:, 0]) - lowest, 0.0)

    def mean(self, eta):
        """``eta`` itself."""
        return eta

    def level(self, y, eta, weight):
        """From equal predictors to the mean of y; otherwise 0, as there is no formula."""
        return float(np.average(y, weights=weight) - eta[0, 0]) if np.ptp(eta) == 0 else 0.0
