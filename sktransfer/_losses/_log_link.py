"""What Poisson, gamma and Tweedie losses share: the logarithm as link, a variance that is a power of the mean.

With mu = exp(eta) and variance mu^q, the first derivative by eta and its expected curvature are

    mu^(2 - q) - y mu^(1 - q),      mu^(2 - q)

so the shift t of all predictors that lowers a weighted sum of losses most is exp(t) = c / a,

    a = sum_i w_i mu_i^(2 - q),     c = sum_i w_i y_i mu_i^(1 - q)

Values count up to what depends on y alone; :meth:`Loss.pointwise` is half the deviance, which is zero at mu = y. Where
predictors overflow, values are infinite or NaN, without a warning: line searches step back from there.
"""

from abc import abstractmethod

import numpy as np

from sktransfer._losses._base import DiagonalCurvature, Loss


class LogLink(Loss):
    """Base of the losses with logarithmic link.

    Attributes
    ----------
    power : float
        q in ``variance = mu ** q``.
    """

    link = "log"
    power: float

    @abstractmethod
    def _rows(self, y, eta):
        """(value, first derivative, curvature) of each row, three arrays of shape (n_samples,)."""

    @abstractmethod
    def _lowest(self, y):
        """The value at mu = y of each row: (n_samples,)."""

    def value(self, y, eta, weight):
        """Weighted sum of the rows' values."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.sum(_weighted(weight, self._rows(y, eta[:, 0])[0])))

    def gradient(self, y, eta, weight):
        """Value; ``weight * slope``; curvature ``weight * curvature``."""
        with np.errstate(over="ignore", invalid="ignore"):
            value, slope, curvature = (_weighted(weight, part) for part in self._rows(y, eta[:, 0]))
            return float(np.sum(value)), slope[:, np.newaxis], DiagonalCurvature(curvature)

    def pointwise(self, y, eta):
        """Half the deviance of each row: infinite where predictors overflow."""
        with np.errstate(over="ignore", invalid="ignore"):
            half_deviance = self._rows(y, eta[:, 0])[0] - self._lowest(y)
        return np.where(np.isnan(half_deviance), np.inf, np.maximum(half_deviance, 0.0))

    def mean(self, eta):
        """``exp(eta)``."""
        return np.exp(eta)

    def level(self, y, eta, weight):
        """The shift of all predictors that lowers the weighted sum most; 0 where there is none."""
        total = _log_sum((2 - self.power) * eta[:, 0], weight)
        shift = _log_sum((1 - self.power) * eta[:, 0], weight * y) - total
        return float(shift) if np.isfinite(shift) else 0.0


def _log_sum(exponent, factor):
    """``log(factor @ exp(exponent))``, not finite where that is not positive."""
    counted = exponent[factor != 0]
    top = counted.max(initial=-np.inf)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return top + np.log(factor[factor != 0] @ np.exp(counted - top))


def _weighted(weight, values):
    """``weight * values``; rows of weight zero count for nothing, whatever stands in them."""
    return np.where(weight > 0, weight * values, 0.0)
