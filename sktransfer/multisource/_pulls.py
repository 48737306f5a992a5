"""What priors do to several fits at once, whose losses have the same second derivative A and gradients of their own.

    smooth     theta_f <- theta_f - (A + P'')^-1 (gradient_f + P_f')
    kinks      theta_f <- argmin of  gradient_f . z + z' A z / 2 + P_f(theta_f + z)

P_f is the prior times a factor of each fit; P'' is that of the first.
"""

import numpy as np

from sktransfer._solvers import Factor
from sktransfer._solvers._kinks import Kinks, model_minimum
from sktransfer._solvers._linear_algebra import regularise


def pull_of(objective, factors):
    """The priors, times a factor for each fit: a SmoothPull or a KinkedPull."""
    return (SmoothPull if objective.smooth else KinkedPull)(objective, factors)


class SmoothPull:
    """Priors without kinks: Newton's steps with one factorised second derivative.

    Parameters
    ----------
    objective : Objective
    factors : ndarray of shape (n_fits,)
    """

    def __init__(self, objective, factors):
        self._priors = [[prior.times(factor) for prior in objective.priors] for factor in factors]
        self._gauge = objective.gauge

    def ready(self, hessian):
        """Take the second derivative of the losses, which is lost."""
        for prior in self._priors[0]:
            prior.add_to(hessian)
        regularise(hessian, self._gauge)
        self._factor = Factor(hessian, overwrite=True)

    def _slopes(self, thetas, gradients):
        pairs = zip(self._priors, thetas, strict=True)
        return gradients + [sum(prior.gradient(theta) for prior in priors) for priors, theta in pairs]

    def steps(self, thetas, gradients):
        """(thetas after a step, what the model gains by it), given the losses' gradients."""
        slopes = self._slopes(thetas, gradients)
        moves = self._factor.solve(slopes.T).T
        return thetas - moves, np.einsum("ij,ij->i", slopes, moves) / 2

    def worst(self, thetas, gradients):
        """max |gradient| of each fit: (n_fits,)."""
        return np.abs(self._slopes(thetas, gradients)).max(axis=1)


class KinkedPull:
    """An elastic net: minima of quadratic models.

    Parameters
    ----------
    objective : Objective
        With one such prior, of one kink a parameter.
    factors : ndarray of shape (n_fits,)
    """

    def __init__(self, objective, factors):
        kinks = Kinks.of(objective)
        self._kinks = [kinks._replace(a=factor * kinks.a, b=factor * kinks.b) for factor in factors]

    def ready(self, hessian):
        """Take the second derivative of the losses."""
        self._hessian = hessian

    def steps(self, thetas, gradients):
        """(thetas after a step, what the model gains by it), given the losses' gradients."""
        found, gains = np.empty_like(thetas), np.empty(len(thetas))
        for place, (kinks, theta, gradient) in enumerate(zip(self._kinks, thetas, gradients, strict=True)):
            d = theta - kinks.kink
            new = model_minimum(self._hessian, gradient, kinks, d)
            found[place] = kinks.kink + new
            gains[place] = -(gradient + self._hessian @ (new - d) / 2) @ (new - d) - kinks.change(d, new)
        return found, gains

    def worst(self, thetas, gradients):
        """The largest distance of zero from a subdifferential, of each fit: (n_fits,)."""
        rows = zip(self._kinks, thetas, gradients, strict=True)
        return np.array([kinks.violation(theta - kinks.kink, gradient).max() for kinks, theta, gradient in rows])
