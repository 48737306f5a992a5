"""The elastic net around a centre: ``sum_j [l1_j |theta_j - centre_j| + l2_j (theta_j - l2_centre_j)^2 / 2]``."""

import numpy as np

from sktransfer._priors._base import Prior


class ElasticNetPrior(Prior):
    """Most parameters equal the centre's, exactly; the others are pulled towards ``l2_centre``.

    Parameters
    ----------
    centre : ndarray of shape (n_params,)
        Where the absolute values have their kink.
    l1, l2 : ndarray of shape (n_params,)
        Strengths on the scale of a plain sum of losses, not negative; where both are zero a parameter is free.
    l2_centre : ndarray of shape (n_params,), default=None
        Centre of the squares; ``centre`` when None.

    References
    ----------
    Zou & Hastie (2005), Regularization and variable selection via the elastic net.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._priors import ElasticNetPrior
    >>> prior = ElasticNetPrior([1.0, 0.0], l1=[2.0, 0.0], l2=[1.0, 0.0])
    >>> prior.value(np.array([3.0, 7.0]))
    6.0
    >>> prior.prox(np.array([4.0, 7.0]), 1.0)
    array([1.5, 7. ])
    """

    def __init__(self, centre, l1, l2, l2_centre=None):
        self.centre = np.array(centre, dtype=np.float64)
        self.l1, self.l2 = np.array(l1, dtype=np.float64), np.array(l2, dtype=np.float64)
        self.l2_centre = self.centre if l2_centre is None else np.array(l2_centre, dtype=np.float64)

    @property
    def smooth(self):
        """Whether no parameter has a kink."""
        return not np.any(self.l1)

    def value(self, theta):
        """Weighted absolute and half squared distances."""
        absolute, squared = np.abs(theta - self.centre), (theta - self.l2_centre) ** 2
        return float(self.l1 @ absolute + 0.5 * self.l2 @ squared)

    def gradient(self, theta):
        """The subgradient that is zero at the kink: ``l1 sign(theta - centre) + l2 (theta - l2_centre)``."""
        return self.l1 * np.sign(theta - self.centre) + self.l2 * (theta - self.l2_centre)

    def prox(self, theta, step):
        """``argmin_z step * value(z) + ||z - theta||^2 / 2``: (n_params,)."""
        pull = step * self.l2
        delta = theta - self.centre + pull * (self.l2_centre - self.centre)
        return self.centre + np.sign(delta) * np.maximum(np.abs(delta) - step * self.l1, 0.0) / (1.0 + pull)

    def product(self, direction):
        """The squares' second derivative times ``direction``; a kink has none."""
        return self.l2 * direction

    def add_to(self, hessian):
        """Add the squares' second derivative in place."""
        hessian.flat[:: len(hessian) + 1] += self.l2

    def diagonal(self):
        """The squares' second derivative."""
        return self.l2

    def times(self, factor):
        """This prior, ``factor`` times as strong."""
        return ElasticNetPrior(self.centre, factor * self.l1, factor * self.l2, self.l2_centre)
