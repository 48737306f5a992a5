"""What stands for a loss near a point: ``slope . d + d' M d / 2``, ``d = theta - centre``."""

from sktransfer._priors._base import Prior


class TangentPrior(Prior):
    """A loss to second order: a Gaussian prior with a slope at its centre.

    Parameters
    ----------
    centre, slope : ndarray of shape (n_params,)
    hessian : ndarray of shape (n_params, n_params)
        Positive semidefinite.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._priors import TangentPrior
    >>> prior = TangentPrior(np.array([1.0, 0.0]), np.array([0.5, 0.0]), np.diag([2.0, 0.0]))
    >>> prior.value(np.array([3.0, 7.0]))
    5.0
    """

    def __init__(self, centre, slope, hessian):
        self.centre, self._slope, self._hessian = centre, slope, hessian

    def value(self, theta):
        """How much more than at the centre."""
        delta = theta - self.centre
        return float(self._slope @ delta + 0.5 * delta @ (self._hessian @ delta))

    def gradient(self, theta):
        """``slope + M (theta - centre)``."""
        return self._slope + self._hessian @ (theta - self.centre)

    def product(self, direction):
        """``M direction``."""
        return self._hessian @ direction

    def add_to(self, hessian):
        """Add M in place."""
        hessian += self._hessian

    def diagonal(self):
        """The diagonal of M."""
        return self._hessian.diagonal()

    def times(self, factor):
        """This prior, ``factor`` times as strong."""
        return TangentPrior(self.centre, factor * self._slope, factor * self._hessian)
