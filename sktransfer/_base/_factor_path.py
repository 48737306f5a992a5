"""Squared loss around several sources, each row held out: exact, on every face, without a refit.

With E = y - level - Z b what equal shares or any factors b leave to be fitted (Z the sources' predictions), H the hat
matrix of what is free around them, e = (I - H) E and h its leverages, the fit without row i loses a known square,

    phi(b)    = E' W (I - H) E / 2 + (b - 1/K)' C (b - 1/K) / 2
    phi_-i(b) = phi(b) - g_i (e_i(b))^2 / 2,        g_i = w_i / (1 - h_i)

so the factors without row i minimise a quadratic of K numbers, whose Hessian differs by one rank from that of all rows,
and y_i is missed by e_i(b) / (1 - h_i).

    1. b of all rows on the face found by non-negative least squares
    2. all rows at once: b_-i on that face, by Sherman and Morrison
    3. rows whose b_-i leaves the face, or wants to: non-negative least squares of their own

H costs one eigendecomposition for all strengths, as in :mod:`sktransfer._base._spectrum`.

References: Allen (1974), The relationship between variable selection and data augmentation and a method for prediction.
"""

import copy

import numpy as np

from sktransfer._base._faces import found_factors, lowest
from sktransfer._base._levelled import Levelled, simultaneous
from sktransfer._base._scales import Face
from sktransfer._solvers import Reduction, dual_refuses
from sktransfer.sources._source import changed

_NEGATIVE, _GROWS = 1e-11, 1e-9


def held_out_around_several(twin, source, rows, strengths):
    """Each row's predictor by the fit without it.

    Parameters
    ----------
    twin : LinearTransfer
        Of squared loss, without bounds on its coefficients: at strength one, or an infinite one.
    source : Source
        Aligned, with its members.
    rows : Rows
    strengths : ndarray of shape (n_strengths,)
        What the prior is multiplied with: positive and finite.

    Returns
    -------
    ndarray of shape (n_strengths, n_samples, n_outputs)
        Not finite where a row cannot be left out.

    Where the prior ties outputs to each other, or neither rows nor prior see some direction, rows are refitted.
    """
    light = twin._factors_light(rows, source, twin._loss(rows), 1.0)
    try:
        return _held_out(twin, rows, source, strengths, light)
    except np.linalg.LinAlgError:
        return np.stack([_refitted(twin, rows, source, strength, light) for strength in strengths])


def _held_out(twin, rows, source, strengths, light):
    problem = twin._pose(rows, changed(source, members=None))
    objective, term, layout = problem.objective, problem.objective.terms[0], problem.objective.layout
    slopes = [problem.coordinates.into(member.coef, member.intercept)[0] for member in source.members]
    scores = np.stack([term.design.matvec(coef) for coef in slopes], axis=2)
    level = term.predict(layout, problem.join(source.coef, source.intercept)) - scores.mean(axis=2)
    hats, rule = _Hats(objective, strengths), twin._weights_rule(source)
    found = np.empty((len(strengths), *term.y.shape))
    for k in range(layout.n_outputs):
        y, z = term.y[:, k] - level[:, k], scores[:, k] if rows.shown[k] else scores[:, k].mean(axis=1, keepdims=True)
        pull = light[k] if rows.shown[k] else np.zeros((1, 1))
        fits = _Fits(rule if rows.shown[k] else "simplex", term.weight, pull)
        for place, hat in enumerate(hats.of_output(k)):
            found[place, :, k] = term.y[:, k] - fits.missed(hat, y, z)
    return found


def _refitted(twin, rows, source, strength, light):
    """The same at one strength, by as many fits as there are rows."""
    parameter, twin = twin._strength_parameter, copy.copy(twin)
    setattr(twin, parameter.name, parameter.of(strength * parameter.to(getattr(twin, parameter.name))))
    found = []
    for row in range(len(rows.weight)):
        weight = rows.weight.copy()
        weight[row] = 0.0
        rest = rows._replace(weight=weight)
        problem = twin._pose(rest, source, found_factors(twin._weights_rule(source), light, twin, rest, source))
        theta = twin._solve(problem, None)[0].theta
        found.append(problem.objective.terms[0].predict(problem.objective.layout, theta)[row])
    return np.array(found)


class _Hats:
    """H = Z diag(d_s) Z' W of each output and strength, Z what is free in coordinates that suit all strengths."""

    def __init__(self, objective, strengths):
        if objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None:
            objective = Reduction.of(objective).objective
        self._objective, self._strengths, self._known = objective, np.asarray(strengths, dtype=np.float64), {}

    def of_output(self, k):
        """One (Z (n_samples, m), d (m,)) a strength."""
        objective, layout = self._objective, self._objective.layout
        free = np.ones(layout.n_params, dtype=bool)
        if objective.held is not None:
            free = np.diff(objective.held.basis.tocsr().indptr) > 0
        free = free[layout.output(k)]
        fits_level = layout.fit_intercept and free[-1]
        if not free[: layout.n_features].any():
            return self._level_only(fits_level)
        cut = objective.priors[0].cut(layout.output(k))
        if cut is None:
            raise np.linalg.LinAlgError("the prior ties outputs to each other")
        return self._spectrum(cut.precision.dense()[np.ix_(free, free)], layout._replace(fit_intercept=fits_level))

    def _level_only(self, fits_level):
        weight = self._objective.terms[0].weight
        columns = np.full((len(weight), int(fits_level)), 1 / np.sqrt(weight.sum()))
        return [(columns, np.ones(columns.shape[1]))] * len(self._strengths)

    def _spectrum(self, precision, layout):
        key = precision.tobytes()
        if key not in self._known:
            term, middle = self._objective.terms[0], float(np.median(self._strengths))
            mean = term.design.rmatvec(term.weight[:, np.newaxis])[0] / term.weight.sum()
            levelled = Levelled(layout, mean)
            directions, beta = simultaneous(levelled.information(term), middle * levelled.precision(precision))
            factors = 1 / (1 - beta + np.multiply.outer(self._strengths / middle, beta))
            columns = levelled.images(term.design, directions)
            self._known[key] = [(columns, d) for d in factors]
        return self._known[key]


class _Fits:
    """The factors of one output with and without each row.

    Parameters
    ----------
    rule : {"free", "nonnegative", "simplex"}
    weight : ndarray of shape (n_samples,)
    light : ndarray of shape (n_sources, n_sources)
        C.
    """

    def __init__(self, rule, weight, light):
        self._rule, self._weight, self._light = rule, weight, light

    def missed(self, hat, y, z):
        """By how much the fit without a row misses it: (n_samples,), not finite where a row cannot be left out."""
        columns, d = hat
        every = np.column_stack([z, y])
        residuals = every - columns @ (d[:, np.newaxis] * (columns.T @ (self._weight[:, np.newaxis] * every)))
        e_z, e_y = residuals[:, :-1], residuals[:, -1]
        hessian = (self._weight * z.T) @ e_z
        hessian = (hessian + hessian.T) / 2 + self._light
        gradient = -(self._weight * e_y) @ z - self._light.mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = 1 - self._weight * ((columns * columns) @ d)
            g = self._weight / rest
            beta = self._left_out(hessian, gradient, e_z, e_y, g)
            return (e_y - np.einsum("ik,ik->i", e_z, beta)) / rest

    def _left_out(self, hessian, gradient, e_z, e_y, g):
        """The factors of the fits without each row: (n_samples, n_sources)."""
        whole = self._lowest(hessian, gradient)
        basis = self._basis((whole > 0) | (self._rule == "free"))
        inverse = np.linalg.pinv(basis.T @ hessian @ basis, hermitian=True)
        along = e_z @ basis
        moved = along @ inverse
        share = g * (e_y - e_z @ whole) / (1 - g * np.einsum("ij,ij->i", moved, along))
        beta = whole - share[:, np.newaxis] * (moved @ basis.T)
        if self._rule == "free":
            return beta
        for row in np.flatnonzero(~self._stays(beta, whole > 0, hessian, gradient, e_z, e_y, g)):
            if np.isfinite(g[row]):
                downdated = hessian - g[row] * np.outer(e_z[row], e_z[row])
                beta[row] = self._lowest(downdated, gradient + g[row] * e_y[row] * e_z[row])
        return beta

    def _stays(self, beta, support, hessian, gradient, e_z, e_y, g):
        """Whether no factor is negative and none that is zero would grow, row by row."""
        slope = beta @ hessian + gradient + (g * (e_y - np.einsum("ik,ik->i", e_z, beta)))[:, np.newaxis] * e_z
        if self._rule == "simplex":
            slope = slope - slope[:, support].mean(axis=1, keepdims=True)
        grows = (slope < -_GROWS * hessian.diagonal().max()) & ~support
        return np.all(beta >= -_NEGATIVE, axis=1) & ~np.any(grows, axis=1)

    def _lowest(self, hessian, gradient):
        """The minimiser over what is allowed, its face solved once more by itself."""
        if self._rule == "free":
            return -np.linalg.pinv(hessian, hermitian=True) @ gradient
        found = lowest(hessian, gradient, self._rule)
        basis = self._basis(found > 0)
        inner = basis.T @ hessian @ basis
        step = np.linalg.pinv(inner, hermitian=True) @ (basis.T @ (hessian @ found + gradient))
        polished = found - basis @ step
        return np.where(found > 0, polished, 0.0) if np.all(polished[found > 0] > 0) else found

    def _basis(self, support):
        return Face.of(self._rule, support, self._light).basis
