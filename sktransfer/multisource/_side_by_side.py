"""A pool's fits to the target's folds, side by side: to choose by, the sources' losses are quadratics.

    theta     = argmin  T(theta; w)   + S(theta)   + s W P(theta)         w: weights of all the target's rows
    theta_f   = argmin  T(theta; w_f) + Q(theta)   + s W_f P(theta)       w_f: zero where fold f is held out

T and S are losses of the target's rows and the sources', P is the prior. Q is S about theta to second order: what a
fold holds out of the target moves theta_f by little, so that Q errs to third order in little. For each strength s, from
the largest to the smallest:

    1. theta, by Q about the last theta; the sources' rows are visited there, Q is expanded there; until the gradient of
       the objective itself is at most tol W
    2. A = second derivative of T + Q at theta, once
    3. theta_f <- minimum of its model with A and its own gradient      (all folds at once, see ``_pulls.py``)
       until a step has next to nothing to gain against the first

T is never approximated, and of squared loss Q is S. Where step 1 or 3 does not settle, the objective itself is solved.
"""

import copy

import numpy as np

from sktransfer._objective import Objective
from sktransfer._solvers import choose_solver
from sktransfer.multisource._pulls import pull_of

_SHARE = 1e-4  # of what the first step gains: folds are then 1 % of their way from their fits
_LEAST = 1e-12  # of a unit of weight: nothing is gained
_STEPS, _VISITS = 40, 12


class SideBySide:
    """The walk along strengths.

    Parameters
    ----------
    objective : Objective
        Of all rows: one term, the priors at strength 1.
    target : LossTerm
        The target's rows.
    expansion : Expansion
        The sources' losses.
    weights : ndarray of shape (n_folds, n_samples)
        Of the target's rows, for each fold.
    tol : float
        On max |gradient| / W of the fit to all rows.
    """

    def __init__(self, objective, target, expansion, weights, tol):
        self._objective, self._target, self._expansion, self._tol = objective, target, expansion, tol
        self._whole = Side(target, target.weight[np.newaxis], objective.layout)
        self._folds = Side(target, weights, objective.layout)
        self._factors = 1 + (weights.sum(axis=1) - target.weight.sum()) / objective.total_weight
        self._losses = Objective([target], [], fit_intercept=objective.layout.fit_intercept)

    def walk(self, strengths, theta):
        """For each strength the parameters of all folds: yields (n_folds, n_params)."""
        own = self._curvature(theta)
        for strength in strengths:
            theta, own = self._fit(strength, theta, own)
            pull = pull_of(self._objective, strength * self._factors)
            pull.ready(own + self._expansion.hessian)
            start = np.repeat(theta[np.newaxis], len(self._factors), axis=0)
            thetas, settled = self._settle(start, self._folds, pull)
            for fold in np.flatnonzero(~settled):
                thetas[fold] = self._exact(strength * self._factors[fold], self._folds.weights[fold], theta)
            yield thetas

    def _fit(self, strength, start, own):
        """Step 1: (theta, second derivative of T there), ``own`` being that where it starts."""
        pull, goal = pull_of(self._objective, np.array([strength])), self._tol * self._objective.total_weight
        theta, known = start, None
        for _ in range(_VISITS):
            if known is not self._expansion.hessian:
                known = self._expansion.hessian
                pull.ready(own + known)
            thetas, settled = self._settle(theta[np.newaxis], self._whole, pull)
            if not settled.all():
                break
            theta = thetas[0]
            self._expansion.move(theta)
            worst = pull.worst(thetas, self._whole.gradient(thetas) + self._expansion.gradient)[0]
            if worst <= goal:
                return theta, self._curvature(theta)
            if not np.isfinite(worst):
                break
        theta = self._exact(strength, self._target.weight, start)
        self._expansion.renew(theta)
        return theta, self._curvature(theta)

    def _curvature(self, theta):
        """Second derivative of T."""
        return self._losses.at(theta).loss_hessian()

    def _settle(self, thetas, side, pull):
        """Step 3: (thetas, whether each has settled)."""
        before, goal = np.inf, 0.0
        for step in range(_STEPS):
            thetas_next, gains = pull.steps(thetas, side.gradient(thetas) + self._expansion.slope(thetas))
            if step == 0:
                goal = np.maximum(_SHARE * gains, _LEAST * self._objective.total_weight)
            settled = gains <= goal
            thetas = thetas_next
            if settled.all() or not np.all((gains <= before) | settled):
                break
            before = gains
        return thetas, settled

    def _exact(self, strength, weight, theta):
        """The minimiser of the objective itself."""
        objective, term = copy.copy(self._objective), copy.copy(self._objective.terms[0])
        term.weight = term.weight.copy()
        term.weight[: len(weight)] = weight
        objective.terms, objective.priors = [term], [prior.times(strength) for prior in objective.priors]
        objective.constant_hessian = None
        return choose_solver("auto", objective).solve(objective, theta, tol=self._tol).theta


class Side:
    """Losses of the same rows under several weights, each with parameters of its own.

    Parameters
    ----------
    term : LossTerm
    weights : ndarray of shape (n_fits, n_samples)
    layout : Layout
    """

    def __init__(self, term, weights, layout):
        self.weights, self._term, self._layout, n_fits = weights, term, layout, len(weights)
        self._y = np.concatenate([term.y] * n_fits)
        self._offset = None if term.offset is None else np.tile(term.offset, (1, n_fits))

    def gradient(self, thetas):
        """Of each at its own parameters: (n_fits, n_params)."""
        layout, term, n_fits = self._layout, self._term, len(thetas)
        coefs = np.ascontiguousarray(thetas[:, : layout.n_coefs]).reshape(-1, layout.n_features)
        eta = term.design.matvec(coefs)
        if layout.fit_intercept:
            eta += thetas[:, layout.n_coefs :].ravel()
        if self._offset is not None:
            eta += self._offset
        residual = self._residual(eta.reshape(len(eta), n_fits, layout.n_outputs))
        slopes = term.design.rmatvec(residual).reshape(n_fits, layout.n_coefs)
        if not layout.fit_intercept:
            return slopes
        return np.hstack([slopes, residual.sum(axis=0).reshape(n_fits, layout.n_outputs)])

    def _residual(self, eta):
        """First derivatives by eta (n_samples, n_fits, n_outputs): (n_samples, n_fits * n_outputs)."""
        n_samples, n_fits, n_outputs = eta.shape
        rows = np.ascontiguousarray(eta.transpose(1, 0, 2)).reshape(-1, n_outputs)
        _, residual, _ = self._term.loss.gradient(self._y, rows, self.weights.ravel())
        residual = residual.reshape(n_fits, n_samples, n_outputs).transpose(1, 0, 2)
        return np.ascontiguousarray(residual).reshape(n_samples, n_fits * n_outputs)
