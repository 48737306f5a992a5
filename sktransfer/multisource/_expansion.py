"""Losses of rows about a point, to second order: what is left to ask of many rows once they have been visited.

    S(theta) ~ S(c) + g . (theta - c) + (theta - c)' H (theta - c) / 2

g is S's gradient at c. H is its second derivative there, or not far from there: it is taken anew only where the gradient
has changed by clearly more or less than H foretold.
"""

import copy

import numpy as np

_BENT = 1.25  # gradients may change by so much more, or less, than H foretold
_SEEN = 1e-9  # of a unit of weight: below, the change of a gradient is rounding


class Expansion:
    """A sum of losses about a point.

    Parameters
    ----------
    losses : Objective
        Loss terms, no priors.
    point : ndarray of shape (n_params,)
    hessian : ndarray of shape (n_params, n_params), default=None
        Their second derivative near the point, as far as it is known; None is the one at the point.
    gradient : ndarray of shape (n_params,), default=None
        Theirs at the point, where it is known.
    bent : float, default=1.25
        H is taken anew where gradients change by this factor more, or less, than it foretells.

    Attributes
    ----------
    point, gradient, hessian
    """

    def __init__(self, losses, point, hessian=None, gradient=None, bent=_BENT):
        self._losses, self.point, self.hessian, self.gradient = losses, point, hessian, gradient
        self._bent = bent
        if hessian is None:
            self.renew(point)
        elif gradient is None:
            self.gradient = losses.at(point).theta_gradient

    @classmethod
    def joined(cls, expansions, point, bent=_BENT):
        """Of the losses of all, at a common point: squared losses are known everywhere, others are visited there."""
        losses = copy.copy(expansions[0]._losses)
        losses.terms = [term for each in expansions for term in each._losses.terms]
        losses.__dict__.pop("total_weight", None)
        hessian = sum((each.hessian for each in expansions[1:]), expansions[0].hessian)
        known = sum(each.slope(point) for each in expansions) if losses.quadratic else None
        return cls(losses, point, hessian, known, bent)

    def slope(self, theta):
        """Gradient of the quadratic at each of some parameters: (n_params,) or (n_fits, n_params)."""
        return self.gradient + (theta - self.point) @ self.hessian

    def move(self, theta):
        """Expand about another point: gradients are exact there, H is kept while it foretells them."""
        step, foretold = theta - self.point, self.slope(theta)
        if self._losses.quadratic:
            self.point, self.gradient = theta, foretold
            return
        point = self._losses.at(theta)
        expected, found = step @ (foretold - self.gradient), step @ (point.theta_gradient - self.gradient)
        self.point, self.gradient = theta, point.theta_gradient
        if expected > _SEEN * self._losses.total_weight and not expected / self._bent <= found <= expected * self._bent:
            self.hessian = point.loss_hessian(single=True)

    def renew(self, theta):
        """Expand about another point, with its own second derivative."""
        point = self._losses.at(theta)
        point.expand(single=not self._losses.quadratic)
        self.point, self.gradient = theta, point.theta_gradient
        self.hessian = point.loss_hessian(single=not self._losses.quadratic)
