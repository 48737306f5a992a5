"""A quadratic about any point: ``gradient . d + d' M d / 2`` with ``d = theta - point``.

The same as a Gaussian prior about ``point - M^-1 gradient``, where M has an inverse; here none is taken. It is what is
known of rows that are not here, so the twin's strength does not scale it.
"""

import numpy as np

from sktransfer._priors._gaussian import Quadratic


class QuadraticPrior(Quadratic):
    """Rows that are not here, to second order.

    Parameters
    ----------
    point, gradient : ndarray of shape (n_params,)
    precision : Precision
        M, on the scale of a plain sum of losses.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._priors import DiagonalPrecision, QuadraticPrior
    >>> prior = QuadraticPrior(np.zeros(2), np.array([1.0, 0.0]), DiagonalPrecision([2.0, 0.0]))
    >>> prior.value(np.array([-0.5, 7.0])), prior.gradient(np.array([-0.5, 7.0]))
    (-0.25, array([0., 0.]))
    """

    linear = False
    of_rows = True

    def __init__(self, point, gradient, precision):
        self.centre, self._gradient = np.array(point, dtype=np.float64), np.array(gradient, dtype=np.float64)
        self.precision = precision

    def value(self, theta):
        """``gradient . d + d' M d / 2``: 0 at the point."""
        step = theta - self.centre
        return float(step @ (self._gradient + self.precision.product(step) / 2))

    def gradient(self, theta):
        """``gradient + M d``."""
        return self._gradient + self.precision.product(theta - self.centre)

    def times(self, factor):
        """Itself: rows stay what they are, whatever the strength of the twin's own pull."""
        return self
