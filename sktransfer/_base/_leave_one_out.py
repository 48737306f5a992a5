"""Held-out linear predictors of every row, from one fit.

Leaving out row i with its weight, one Newton step from the full fit gives

    eta_loo_i = eta_i + H_i (I - W_i H_i)^-1 g_i,      H_i = x_i' H^-1 x_i  (K x K)

with g_i and W_i the first and second derivative of row i's weighted loss and H the objective's Hessian. Exact for
squared loss; the approximate leave-one-out of Rad & Maleki (2020) for others. With few rows one step is too few: there
all n fits take some more steps together, each with its own Hessian H - x_i W_i x_i',

    u_i <- u_i - (H - x_i W_i x_i')^-1 gradient_i(u_i),

which end at the exact answer. Where curvatures have no bound (log links), H is no guide to the fit without a row that
pulled much: there each fit takes Newton steps with Hessians of its own, cut to a change of `_REACH` in any predictor;
what has not settled by then (expected curvatures, see ``_losses/_tweedie.py``) is fitted anew.
Priors, standardisation and class weights stay as they are on all rows.
"""

import copy

import numpy as np

from sktransfer._base._worth import information_of
from sktransfer._solvers import Factor, Reduction, choose_solver, dual_refuses

_MORE_STEPS = 4
_SMALL = 100_000
_NEWTON_STEPS = 25
_SMALL_FOR_NEWTON = 10_000_000
_REACH = 3.0
_SETTLED = 1e-10
_SINGULAR = 1e-15
_REFIT_STEPS = 500


def held_out_predictions(objective, theta):
    """The linear predictors of :func:`left_out`."""
    return left_out(objective, theta)[0]


def left_out(objective, theta):
    """Linear predictor of each row of the first term by a fit without that row, and what the rows say of theta.

    Parameters
    ----------
    objective : Objective
    theta : ndarray of shape (n_params,)
        Its minimiser.

    Returns
    -------
    predictors : ndarray of shape (n_samples, n_outputs)
        Not finite where a row cannot be left out (leverage one).
    information : float or None
        ``tr[F (F + P)^-1]``, F the losses' second derivative, P the prior's; None where rounding would take it.
    """
    if objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None:
        reduction = Reduction.of(objective)
        objective, theta = reduction.objective, reduction.start(theta)
    point = objective.at(theta)
    eta, gradient = point.etas[0], point.residuals[0]
    inverse = _inverse_hessian(point)
    leverage = _leverages(point, inverse)
    curvature = point.curvatures[0].rows(*eta.shape)
    information = information_of(objective, inverse)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = _inverses(np.eye(eta.shape[1]) - curvature @ leverage)
        step = (rest @ gradient[:, :, np.newaxis])[:, :, 0]
        first = eta + (leverage @ step[:, :, np.newaxis])[:, :, 0]
        if not more_steps(objective):
            return first, information
        fits = _LeftOut(point, inverse, rest @ curvature, step)
        for _ in range(_MORE_STEPS if bounded(objective) else _NEWTON_STEPS):
            fits.step() if bounded(objective) else fits.newton_step()
        exact = fits.held_out()
        for row in fits.unsettled():
            exact[row] = _without(objective, theta, row)
    return np.where(np.isfinite(exact), exact, first), information


def _without(objective, theta, row):
    """Predictors of a row by the fit without it, from the fit of all rows."""
    term, part = copy.copy(objective.terms[0]), copy.copy(objective)
    term.weight = term.weight.copy()
    term.weight[row] = 0.0
    part.terms, part.reduction = [term], None
    found = choose_solver("auto", part).solve(part, theta, tol=_SETTLED, max_iter=_REFIT_STEPS).theta
    return term.predict(part.layout, found)[row]


def more_steps(objective):
    """Whether one step is too few: few rows, and a loss that is not squared."""
    n, d = objective.n_samples, objective.layout.n_params
    small = n * n * d <= _SMALL if bounded(objective) else (n * d) ** 2 <= _SMALL_FOR_NEWTON
    return small and not objective.quadratic and len(objective.terms) == 1


def bounded(objective):
    """Whether the losses' curvatures have a bound, whatever the predictors."""
    return all(term.loss.level is None for term in objective.terms)


def _inverses(blocks):
    """The inverse of each block (K, K): NaN where a row has leverage one."""
    try:
        inverses = np.linalg.inv(blocks)
    except np.linalg.LinAlgError:
        singular = np.linalg.cond(blocks) > 1 / _SINGULAR
        inverses = np.linalg.inv(np.where(singular[:, np.newaxis, np.newaxis], np.nan, blocks))
    condition = np.linalg.norm(blocks, axis=(1, 2)) * np.linalg.norm(inverses, axis=(1, 2))
    return np.where((condition * _SINGULAR < 1)[:, np.newaxis, np.newaxis], inverses, np.nan)


class _LeftOut:
    """The n fits without one row each, as changes of the free coordinates: (n, n_free).

    Parameters
    ----------
    point : Point
        The fit of all rows.
    inverse : ndarray of shape (n_free, n_free)
        Its inverse Hessian.
    middle : ndarray of shape (n, K, K)
        ``(I - W_i H_i)^-1 W_i``, for the inverse of each fit's own Hessian.
    step : ndarray of shape (n, K)
        ``(I - W_i H_i)^-1 g_i``: the first step, in terms of row i.
    """

    def __init__(self, point, inverse, middle, step):
        self._point, self._objective, self._term = point, point.objective, point.objective.terms[0]
        self._inverse, self._middle = inverse, middle
        self._rows = self._row_directions()
        self._prior = self._objective.reduce(self._objective.prior_hessian())
        self._prior_gradient = self._objective.drop(
            sum((prior.gradient(point.theta) for prior in self._objective.priors), np.zeros(len(point.theta)))
        )
        n = len(step)
        left_out = np.repeat(self._term.weight[np.newaxis], n, axis=0)
        np.fill_diagonal(left_out, 0.0)
        self._weight, self._y = left_out.ravel(), np.tile(self._term.y.T, n).T
        self.change = np.einsum("ik,ikd->id", step, self._rows) @ inverse
        if not bounded(self._objective):
            self.change = np.zeros_like(self.change)

    def _row_directions(self):
        """Row i's predictors as functions of the free coordinates: (n, K, n_free)."""
        n, K = self._point.etas[0].shape
        directions = np.eye(self._objective.n_free)
        images = [self._term.direction(self._objective.layout, self._objective.lift(d)) for d in directions]
        return np.stack(images, axis=2) if images else np.zeros((n, K, 0))

    def _etas(self):
        """Predictors of every row (second axis) by every fit (first axis): (n, n, K)."""
        return self._point.etas[0] + np.einsum("rkd,id->irk", self._rows, self.change)

    def held_out(self):
        """Each row's predictors by the fit without it: (n, K)."""
        return self._point.etas[0] + np.einsum("ikd,id->ik", self._rows, self.change)

    def unsettled(self):
        """The fits that Newton steps have not brought to their end; none where curvatures have a bound."""
        if bounded(self._objective):
            return []
        gradient, _ = self._derivatives()
        return np.flatnonzero(~(np.abs(gradient).max(axis=1, initial=0.0) <= _SETTLED * self._objective.total_weight))

    def _derivatives(self):
        """(gradient of every fit's objective (n, n_free), its rows' curvature)."""
        n, K = self._point.etas[0].shape
        etas = np.ascontiguousarray(self._etas().reshape(n * n, K))
        _, residual, curvature = self._term.loss.gradient(self._y, np.clip(etas, -1e6, 1e6), self._weight)
        gradient = np.einsum("irk,rkd->id", residual.reshape(n, n, K), self._rows)
        return gradient + self._prior_gradient + self.change @ self._prior, curvature

    def newton_step(self):
        """One step of every fit with the Hessian at its own predictors: one output."""
        rows, n = self._rows[:, 0], len(self._rows)
        gradient, curvature = self._derivatives()
        weights = curvature.block(0, 0).reshape(n, n)
        hessian = np.einsum("ir,rd,re->ide", weights, rows, rows, optimize=True) + self._prior
        hessian += 1e-12 * np.trace(hessian, axis1=1, axis2=2)[:, np.newaxis, np.newaxis] * np.eye(rows.shape[1])
        step = np.linalg.solve(hessian, gradient[:, :, np.newaxis])[:, :, 0]
        reach = np.abs(step @ rows.T).max(axis=1, keepdims=True)
        self.change = self.change - step * np.minimum(1.0, _REACH / np.maximum(reach, _REACH))

    def step(self):
        """One step of every fit with its own Hessian, taken at the fit of all rows."""
        gradient, _ = self._derivatives()
        towards = gradient @ self._inverse
        along = np.einsum("ikd,id->ik", self._rows, towards)
        correction = np.einsum("ikm,im,ikd->id", self._middle, along, self._rows) @ self._inverse
        self.change = self.change - towards - correction


def _leverages(point, inverse):
    """``x_i' H^-1 x_i`` of each row: (n_samples, n_outputs, n_outputs)."""
    objective, layout = point.objective, point.objective.layout
    design, K = objective.terms[0].design, layout.n_outputs
    result = np.zeros((design.n_samples, K, K))
    if objective.n_free == 0:
        return result
    if objective.held is not None:
        basis = objective.held.basis
        inverse = np.asarray(basis @ (basis @ inverse.T).T)
    for k in range(K):
        blocks = [layout.block(inverse, k, m) for m in range(k + 1)]
        for m, values in enumerate(_quadratics(design, layout, blocks)):
            result[:, k, m] = result[:, m, k] = values
    return result


def _quadratics(design, layout, blocks):
    """``x' M x`` of each row x for each M of some: a sequence of arrays (n_samples,)."""
    if (rows := design.few_rows) is None:
        quadratic = design.quadratic_with_ones if layout.fit_intercept else design.quadratic
        return (quadratic(block) if np.any(block) else 0.0 for block in blocks)
    rows = rows if layout.fit_intercept else rows[:, :-1]
    return np.einsum("mij,ij->mi", rows @ np.array(blocks), rows)


def _inverse_hessian(point):
    """The (pseudo-)inverse of the Hessian in free coordinates.

    With unit directions g along which nothing changes it is ``(H + c g g')^-1 - g g' / c``.
    """
    objective = point.objective
    if objective.n_free == 0:
        return np.zeros((0, 0))
    hessian, gauge = point.hessian(), objective.gauge
    if objective.held is not None or gauge.shape[1] == 0:
        return Factor(hessian, overwrite=True).inverse()
    size = hessian.diagonal().mean()
    along = gauge @ gauge.T
    return Factor(hessian + size * along, overwrite=True).inverse() - along / size
