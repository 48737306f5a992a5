"""Losses of rows about a point, to second order: what is left to ask of many rows once they have been visited.

    S(theta) ~ S(c) + g . (theta - c) + (theta - c)' H (theta - c) / 2

g is S's gradient at c. H is its second derivative there, or not far from there: it is taken anew only where the
gradient has changed by clearly more or less than H foretold.

Of very many rows all are visited once, at a point o near where fits will be; after that some stand for all of them:

    grad S(theta) ~ grad S_some(theta) + k (a + B (theta - o)),      k = exp(-(theta - o)' H_o (theta - o) / (2 r W))

with a and B such that gradient and second derivative at o are those of all rows. What some rows lack is known there and
forgotten far away, as by a Gaussian process: r is one nat a row.
"""

import copy
from typing import NamedTuple

import numpy as np

_BENT = 1.25
_SEEN = 1e-9  # of a unit of weight: below, the change of a gradient is rounding
_REACH = 1.0


class Lacking(NamedTuple):
    """What some rows lack of the gradient and second derivative of all.

    Attributes
    ----------
    point : ndarray of shape (n_params,)
        o, where that is known.
    gradient : ndarray of shape (n_params,)
    hessian, distance : ndarray of shape (n_params, n_params)
        B; H_o / (r W).
    """

    point: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    distance: np.ndarray

    def at(self, theta):
        """(gradient, second derivative) somewhere."""
        step = theta - self.point
        known = np.exp(-step @ self.distance @ step / 2)
        return known * (self.gradient + self.hessian @ step), known * self.hessian


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
    lacking : list of Lacking, default=()
        Of terms whose rows stand for more.

    Attributes
    ----------
    point, gradient, hessian
    """

    def __init__(self, losses, point, hessian=None, gradient=None, bent=_BENT, lacking=()):
        self._losses, self._bent, self._lacking = losses, bent, lacking
        self.point, self.hessian, self.gradient = point, hessian, gradient
        if hessian is None:
            self.renew(point)
        elif gradient is None:
            self.gradient = self._slope_at(losses.at(point))

    @classmethod
    def corrected(cls, some, everything, point, bent=_BENT):
        """Of some rows that stand for all: Objectives of both.

        ``point``: where they are to have the same gradient and second derivative.
        """
        few, whole = cls(some, point), cls(everything, point)
        distance = whole.hessian / (_REACH * everything.total_weight)
        lacking = Lacking(point, whole.gradient - few.gradient, whole.hessian - few.hessian, distance)
        return cls(some, point, whole.hessian, whole.gradient, bent, [lacking])

    @classmethod
    def joined(cls, expansions, point, bent=_BENT):
        """Of the losses of all, at a common point: squared losses are known everywhere, others are visited there."""
        losses = copy.copy(expansions[0]._losses)
        losses.terms = [term for each in expansions for term in each._losses.terms]
        losses.constant_hessian = None
        losses.__dict__.pop("total_weight", None)
        hessian = sum((each.hessian for each in expansions[1:]), expansions[0].hessian)
        known = sum(each.slope(point) for each in expansions) if losses.quadratic else None
        lacking = [lack for each in expansions for lack in each._lacking]
        return cls(losses, point, hessian, known, bent, lacking)

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
        gradient = self._slope_at(point)
        expected, found = step @ (foretold - self.gradient), step @ (gradient - self.gradient)
        self.point, self.gradient = theta, gradient
        if expected > _SEEN * self._losses.total_weight and not expected / self._bent <= found <= expected * self._bent:
            self.hessian = self._hessian_at(point)

    def renew(self, theta):
        """Expand about another point, with its own second derivative."""
        point = self._losses.at(theta)
        point.expand(single=not self._losses.quadratic)
        self.point, self.gradient, self.hessian = theta, self._slope_at(point), self._hessian_at(point)

    def _slope_at(self, point):
        return sum((lack.at(point.theta)[0] for lack in self._lacking), point.theta_gradient)

    def _hessian_at(self, point):
        hessian = point.loss_hessian(single=not self._losses.quadratic)
        return sum((lack.at(point.theta)[1] for lack in self._lacking), hessian)
