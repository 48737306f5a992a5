"""The Gaussian prior: ``(theta - centre)' M (theta - centre) / 2``."""

import numpy as np

from sktransfer._priors._base import Prior


class Quadratic(Prior):
    """A prior whose second derivative is a ``precision`` M, everywhere the same."""

    def product(self, direction):
        """``M direction``."""
        return self.precision.product(direction)

    def add_to(self, hessian):
        """Add M in place."""
        self.precision.add_to(hessian)

    def diagonal(self):
        """The diagonal of M."""
        return self.precision.diagonal()

    def trace_with(self, matrix):
        """``tr[M matrix]``."""
        return self.precision.trace_with(matrix)


class GaussianPrior(Quadratic):
    """A normal prior with mean ``centre`` and precision ``M``, which may be semidefinite.

    Parameters
    ----------
    centre : ndarray of shape (n_params,)
    precision : Precision
        On the scale of a plain sum of losses.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._priors import DiagonalPrecision, GaussianPrior
    >>> prior = GaussianPrior(np.array([1.0, 0.0]), DiagonalPrecision([2.0, 0.0]))
    >>> prior.value(np.array([3.0, 7.0]))
    4.0
    """

    def __init__(self, centre, precision):
        self.centre = np.array(centre, dtype=np.float64)
        self.precision = precision

    @property
    def linear(self):
        """Whether :meth:`times` multiplies the precision itself."""
        return self.precision.linear

    def value(self, theta):
        """Half the squared distance from the centre in the metric M."""
        delta = theta - self.centre
        return 0.5 * float(delta @ self.precision.product(delta))

    def gradient(self, theta):
        """``M (theta - centre)``."""
        return self.precision.product(theta - self.centre)

    def solve(self, right):
        """``M^-1 right``; raises where M is singular."""
        return self.precision.solve(right)

    def times(self, factor):
        """This prior, ``factor`` times as strong."""
        return GaussianPrior(self.centre, self.precision.times(factor))

    def cut(self, positions):
        """This prior on some positions only, or None when they are tied to others."""
        precision = self.precision.cut(positions)
        return None if precision is None else GaussianPrior(self.centre[positions], precision)
