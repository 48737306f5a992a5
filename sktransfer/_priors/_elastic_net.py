"""The elastic net around one centre or several.

sum_j [l1_j |theta_j - centre_j| + other_l1_j |theta_j - other_centre_j| + l2_j (theta_j - l2_centre_j)^2 / 2]
"""

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
    other_l1, other_centre : ndarray of shape (n_params,), default=None
        A second kink: its strength and where it is; none when None.

    References
    ----------
    Zou & Hastie (2005), Regularization and variable selection via the elastic net. Takada & Fujisawa (2020), Transfer
    Learning via l1 Regularization: two kinks, at the source and at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._priors import ElasticNetPrior
    >>> prior = ElasticNetPrior([1.0, 0.0], l1=[2.0, 0.0], l2=[1.0, 0.0])
    >>> prior.value(np.array([3.0, 7.0]))
    6.0
    >>> prior.prox(np.array([4.0, 7.0]), 1.0)
    array([1.5, 7. ])
    >>> ElasticNetPrior([1.0], l1=[2.0], l2=[0.0], other_l1=[1.0], other_centre=[0.0]).prox(np.array([3.5]), 1.0)
    array([1.])
    """

    def __init__(self, centre, l1, l2, l2_centre=None, other_l1=None, other_centre=None):
        self.centre = np.array(centre, dtype=np.float64)
        self.l1, self.l2 = np.array(l1, dtype=np.float64), np.array(l2, dtype=np.float64)
        self.l2_centre = self.centre if l2_centre is None else np.array(l2_centre, dtype=np.float64)

        self.other_l1 = np.zeros_like(self.l1) if other_l1 is None else np.array(other_l1, dtype=np.float64)
        self.other_centre = self.centre if other_centre is None else np.array(other_centre, dtype=np.float64)

    @property
    def smooth(self):
        """Whether no parameter has a kink."""
        return not (np.any(self.l1) or np.any(self.other_l1))

    @property
    def free(self):
        """Which parameters have no penalty: (n_params,) of bool."""
        return (self.l1 == 0) & (self.l2 == 0) & (self.other_l1 == 0)

    def value(self, theta):
        """Weighted absolute and half squared distances."""
        absolute = self.l1 @ np.abs(theta - self.centre) + self.other_l1 @ np.abs(theta - self.other_centre)
        return float(absolute + 0.5 * self.l2 @ (theta - self.l2_centre) ** 2)

    def gradient(self, theta):
        """The subgradient in which a kink at ``theta`` counts nothing."""
        kinks = self.l1 * np.sign(theta - self.centre) + self.other_l1 * np.sign(theta - self.other_centre)
        return kinks + self.l2 * (theta - self.l2_centre)

    @property
    def kinked(self):
        """Which parameters have a kink: (n_params,) of bool."""
        return (self.l1 > 0) | (self.other_l1 > 0)

    @property
    def resting(self):
        """The parameters that this prior alone would choose; the centre where it does not care: (n_params,)."""
        stronger = np.where(self.other_l1 > self.l1, self.other_centre, self.centre)
        squares = self.l2 > 0
        pull, width = self.l2 * (self.l2_centre - self.centre), self.other_centre - self.centre
        delta = between_kinks(pull, np.where(squares, self.l2, 1.0), self.l1, self.other_l1, width)
        best = np.where(delta == width, self.other_centre, self.centre + delta)
        return np.where(squares, best, stronger)

    def slopes(self, theta):
        """(leftmost, rightmost) derivative at ``theta``: two arrays (n_params,), the same where there is no kink."""
        left, right = (self.l2 * (theta - self.l2_centre) for _ in range(2))
        for strength, centre in ((self.l1, self.centre), (self.other_l1, self.other_centre)):
            left += strength * np.where(theta > centre, 1.0, -1.0)
            right += strength * np.where(theta < centre, -1.0, 1.0)
        return left, right

    def prox(self, theta, step):
        """``argmin_z step * value(z) + ||z - theta||^2 / 2``: (n_params,)."""
        pull = theta - self.centre + step * self.l2 * (self.l2_centre - self.centre)
        gap = self.other_centre - self.centre
        delta = between_kinks(pull, 1 + step * self.l2, step * self.l1, step * self.other_l1, gap)
        return np.where(delta == gap, self.other_centre, self.centre + delta)

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
        l1, l2, other_l1 = factor * self.l1, factor * self.l2, factor * self.other_l1
        return ElasticNetPrior(self.centre, l1, l2, self.l2_centre, other_l1, self.other_centre)


def between_kinks(t, q, a, c, k):
    """``argmin_d q d^2 / 2 - t d + a |d| + c |d - k|``, all arrays of one shape, q > 0.

    Below, between and above the kinks the derivative is a straight line each: its zero there, or a kink.
    """
    first, second = np.minimum(k, 0.0), np.maximum(k, 0.0)
    inner = np.where(k < 0, c - a, a - c)
    below = np.minimum(first, (t + a + c) / q)
    return np.maximum((t - a - c) / q, np.minimum(second, np.maximum((t - inner) / q, below)))
