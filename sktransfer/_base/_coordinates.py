"""The coordinates a problem is posed in: the user's features, or standardised ones (metric="scale" or "source").

    z = (x - mean) / scale      coef_z = coef * scale      intercept_z = intercept + coef . mean

Standardised, the intercept is the level at the features' means, and that is what ``intercept_penalty`` pulls.
"""

import numpy as np


class RawCoordinates:
    """The user's own features."""

    units = None  # what features are shifted and divided by, (2, n_features)

    def design(self, design):
        """The rows in these coordinates."""
        return design

    def into(self, coef, intercept):
        """Parameters in these coordinates."""
        return coef, intercept

    def back(self, coef, intercept):
        """Parameters on the user's features."""
        return coef, intercept

    def unchanged(self, equal):
        """Which of the user's coefficients are the source's to the bit, given which are so in these coordinates."""
        return equal

    def precision_back(self, precision, layout):
        """A precision over [coef; intercepts] on the user's features."""
        return precision

    def guess(self, source, layout):
        """The source's information as a guess at the target's, up to a factor; None where it does not know all."""
        precision = source.precision
        if precision is None or not np.all(precision.diagonal() > 0):
            return None
        return precision[: layout.n_params, : layout.n_params]


class StandardCoordinates(RawCoordinates):
    """Features shifted (when an intercept is fitted) and divided.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_features,)
        ``scale`` is positive.
    centre : bool
        Whether to shift, too.
    """

    def __init__(self, mean, scale, centre):
        self.mean = mean if centre else np.zeros_like(mean)
        self.scale = scale

    @property
    def units(self):
        """What features are shifted and divided by: (2, n_features)."""
        return np.array([self.mean, self.scale])

    @classmethod
    def of_rows(cls, design, weight, centre):
        """By the rows' own mean and standard deviation; 1 where a feature is constant."""
        mean, variance = design.mean_and_variance(weight)
        return cls(mean, np.sqrt(np.where(variance > 0, variance, 1.0)), centre)

    @classmethod
    def of_source(cls, units, design, weight, centre):
        """By the source's units, and by the rows' own of a feature that the source lacks."""
        mean, scale = np.ascontiguousarray(units)
        if not np.all(scale > 0):
            own = cls.of_rows(design, weight, True)
            mean, scale = np.where(scale > 0, mean, own.mean), np.where(scale > 0, scale, own.scale)
        return cls(mean, scale, centre)

    def design(self, design):
        """The rows in these coordinates."""
        return design.scaled(self.mean, self.scale)

    def into(self, coef, intercept):
        """Parameters in these coordinates."""
        return coef * self.scale, intercept + coef @ self.mean

    def back(self, coef, intercept):
        """Parameters on the user's features."""
        raw = coef / self.scale
        return raw, intercept - raw @ self.mean

    def guess(self, source, layout):
        """None: the source's information is about the user's features."""
        return None

    def precision_back(self, precision, layout):
        """``J' P J`` with J the Jacobian of :meth:`into`."""
        jacobian = np.eye(layout.n_params)
        jacobian[: layout.n_coefs] *= np.tile(self.scale, layout.n_outputs)[:, np.newaxis]
        if layout.fit_intercept:
            for k in range(layout.n_outputs):
                *slopes, intercept = layout.output(k)
                jacobian[intercept, slopes] = self.mean
        return jacobian.T @ precision @ jacobian
