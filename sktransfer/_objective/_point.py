"""The objective seen from one point: everything is computed when first asked for, and once.

Where designs and losses have a fused kernel, value, gradient and (see :meth:`Point.expand`) second derivative come
from one visit to the rows, and nothing as long as the rows is kept. Elsewhere, and where the linear predictors are
known already, they come from predictors, residuals and curvatures.
"""

from functools import cached_property

import numpy as np


class Point:
    """One point of the free coordinates.

    Parameters
    ----------
    objective : Objective
    u : ndarray of shape (n_free,)
    etas : list of ndarray, default=None
        The terms' linear predictors, when they are known already.
    """

    measure = "max |gradient| / sum of weights"

    def __init__(self, objective, u, etas=None):
        self.objective = objective
        self.u = u
        self.theta = objective.theta(u)
        self._etas = etas
        self._seen = None
        self._second, self._single = None, False
        self.information = None  # tr[F H^-1] where it is known, F the losses' second derivative, H with the priors'

    @classmethod
    def known(cls, objective, u, value, gradient, hessian):
        """A point where somebody has been: the losses' value, gradient and second derivative by theta."""
        point = cls(objective, u)
        point._seen, point._second = (value, gradient), hessian
        return point

    @classmethod
    def certified(cls, objective, theta, certificate, measure, rounding=0.0):
        """A point of which somebody knows by another measure how near it is to the optimum, up to its rounding."""
        point = cls(objective, objective.free(theta))
        point.certificate, point.measure, point.rounding = certificate, measure, rounding
        return point

    @property
    def etas(self):
        """Linear predictors, one array (n_samples, n_outputs) per term."""
        if self._etas is None:
            layout = self.objective.layout
            self._etas = [term.predict(layout, self.theta) for term in self.objective.terms]
        return self._etas

    @cached_property
    def _losses(self):
        """(value, gradient, curvature) of each term with respect to its linear predictor."""
        return [
            term.loss.gradient(term.y, eta, term.weight)
            for term, eta in zip(self.objective.terms, self.etas, strict=True)
        ]

    @property
    def curvatures(self):
        """Second derivatives of the terms' losses with respect to their linear predictors."""
        return [curvature for _, _, curvature in self._losses]

    @property
    def residuals(self):
        """First derivatives of the terms' losses with respect to their linear predictors."""
        return [gradient for _, gradient, _ in self._losses]

    def _visit(self, second=None):
        """Sum of losses, gradient and second derivative by theta, by one visit to the rows; False where impossible."""
        layout, terms = self.objective.layout, self.objective.terms
        visits = [None if self._etas is not None else term.visit(layout, self.theta, second) for term in terms]
        if any(visit is None for visit in visits):
            return False
        self._seen = sum(value for value, _, _ in visits), sum(gradient for _, gradient, _ in visits)
        if second is not None:
            self._second, self._single = sum(hessian for _, _, hessian in visits), second == "single"
        return True

    def expand(self, single=False):
        """Compute the second derivative together with value and gradient, where one visit gives them all.

        Parameters
        ----------
        single : bool, default=False
            Float32's precision will do, if that is faster.
        """
        if self.objective.constant_hessian is None and self._second is None:
            self._visit("single" if single else "double")

    @cached_property
    def value(self):
        """The objective."""
        if self._seen is None and "_losses" not in self.__dict__ and not self._visit():
            pairs = zip(self.objective.terms, self.etas, strict=True)
            losses = sum(term.loss.value(term.y, eta, term.weight) for term, eta in pairs)
        else:
            losses = self._seen[0] if self._seen else sum(value for value, _, _ in self._losses)
        return losses + sum(prior.value(self.theta) for prior in self.objective.priors)

    @cached_property
    def theta_gradient(self):
        """Gradient with respect to theta: (n_params,)."""
        if self._seen is None and not self._visit():
            layout = self.objective.layout
            pairs = zip(self.objective.terms, self.residuals, strict=True)
            total = sum(term.pull_back(layout, residual) for term, residual in pairs)
        else:
            total = self._seen[1]
        return total + sum(prior.gradient(self.theta) for prior in self.objective.priors)

    @property
    def gradient(self):
        """Gradient with respect to the free coordinates: (n_free,)."""
        return self.objective.drop(self.theta_gradient)

    @cached_property
    def certificate(self):
        """``max |gradient| / total weight``: zero at a stationary point.

        At a lower bound only a gradient that points inwards counts.
        """
        gradient = self.gradient
        if self.objective.lower is not None:
            bound = (self.theta <= self.objective.lower) & (gradient > 0)
            gradient = np.where(bound, 0.0, gradient)
        return float(np.max(np.abs(gradient), initial=0.0)) / self.objective.total_weight

    @cached_property
    def rounding(self):
        """How small :attr:`certificate` can be told from zero: what the gradient's sums lose to rounding.

        Of a prior that is its largest curvature times the largest parameter. Of a loss term it is, by Cauchy and
        Schwarz, ``sqrt(sum_i w_i x_ij^2 * sum_i s_i^2 / w_i)``, s_i the size of what row i's slope is made of.
        """
        objective = self.objective
        lost = np.zeros(objective.layout.n_params)
        for term in objective.terms:
            squares, sizes = term.magnitudes(objective.layout, self.theta)
            lost += np.sqrt(squares * sizes)
        lost = lost if objective.held is None else abs(objective.held.basis).T @ lost
        prior = np.max(objective.prior_diagonal(), initial=0.0) * np.max(np.abs(self.theta), initial=0.0)
        return 16 * np.finfo(np.float64).eps * float(prior + np.max(lost, initial=0.0)) / objective.total_weight

    def loss_hessian(self, single=False):
        """Second derivative of the loss terms with respect to theta: (n_params, n_params), the caller's own.

        ``single``: float32's precision will do, if that is faster; such a one is not kept.
        """
        objective, layout = self.objective, self.objective.layout
        if objective.constant_hessian is not None:
            return objective.constant_hessian.copy()
        if "_losses" not in self.__dict__ and (self._second is None or (self._single and not single)):
            self._visit("single" if single else "double")
        if self._second is None or (self._single and not single):
            total = np.zeros((layout.n_params, layout.n_params))
            for term, curvature in zip(objective.terms, self.curvatures, strict=True):
                term.add_hessian(layout, curvature, total, single)
            self._second, self._single = total, single
        if objective.quadratic and not self._single:
            objective.constant_hessian = self._second
        if not self._single:
            return self._second.copy()
        handed, self._second = self._second, None
        return handed

    def hessian(self, single=False):
        """Second derivative with respect to the free coordinates: (n_free, n_free), the caller's own."""
        total = self.loss_hessian(single)
        for prior in self.objective.priors:
            prior.add_to(total)
        return self.objective.reduce(total)

    def product(self, direction):
        """Hessian times ``direction``, both in free coordinates, without the Hessian."""
        objective, layout = self.objective, self.objective.layout
        along = objective.lift(direction)
        total = np.zeros(layout.n_params)
        for term, curvature in zip(objective.terms, self.curvatures, strict=True):
            total += term.product(layout, curvature, along)
        for prior in objective.priors:
            total += prior.product(along)
        return objective.drop(total)

    @cached_property
    def hessian_moments(self):
        """What each output's curvature c sees of the features alone, as if they did not meet in a row.

        A list of (``X'c`` (n_features,), ``(X^2)'c`` (n_features,), ``sum(c)``), one for each output.
        """
        result = []
        for k in range(self.objective.layout.n_outputs):
            sums = squares = total = 0.0
            for term, curvature in zip(self.objective.terms, self.curvatures, strict=True):
                entry = curvature.block(k, k)
                of_term = term.design.moments(entry)
                sums, squares, total = sums + of_term[0], squares + of_term[1], total + float(entry.sum())
            result.append((sums, squares, total))
        return result

    @cached_property
    def hessian_diagonal(self):
        """Diagonal of the Hessian with respect to theta: (n_params,)."""
        coef, intercept = [], []
        for _, squares, total in self.hessian_moments:
            coef.append(squares)
            intercept.append(total)
        return self.objective.prior_diagonal() + self.objective.layout.join(np.stack(coef), intercept)

    def along(self, direction):
        """A function ``t -> Point`` on the line from here along ``direction``; X is visited once, if not in blocks."""
        objective = self.objective
        if objective.in_blocks:
            return lambda t: objective.at_free(self.u + t * direction)
        lifted = objective.lift(direction)
        changes = [term.direction(objective.layout, lifted) for term in objective.terms]

        def point(t):
            etas = [eta + t * change for eta, change in zip(self.etas, changes, strict=True)]
            return Point(objective, self.u + t * direction, etas)

        return point
