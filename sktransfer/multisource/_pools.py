"""Fits of the target's rows together with some sources': everything is posed once, rows come and go by weight.

    F(S, w, s) = argmin_theta  sum_{i in target} w_i loss_i + sum_{k in S} sum_{i in source k} w_ki loss_ki
                               + s W prior(theta - centre),        W the sum of all these weights

A fold of the target is left out by weights of zero. Strengths ``s`` count against a mean over rows, so that they mean
the same of few rows and of many. Each path is walked from the largest strength down, each fit started from the last.

Of squared loss the sources' moments say all: they are summed once, and a pool's rows are a few with the same moments.
Folds are held out side by side, smooth losses of the sources taken to second order (``_side_by_side.py``).
"""

import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sktransfer._base import copying_strength
from sktransfer._base._joined import Joined
from sktransfer._base._start import start_from
from sktransfer._base._strength_grid import natural_strength
from sktransfer._designs import Moments, StackedDesign, as_design
from sktransfer._solvers import CoordinateDescent, choose_solver
from sktransfer.joint._lots import lots
from sktransfer.multisource._expansions import Expansions
from sktransfer.multisource._side_by_side import SideBySide
from sktransfer.sources import Source, SourceData, resolve

SHARES = np.logspace(0, -2, 25)  # of the strength that copies the centre, where the penalty has kinks
KAPPAS = np.logspace(2, -3, 16)  # of the natural strength, where it is smooth
_LOOSE = 10.0  # times the tolerance of a fit that is kept
_MOST, _ENTRIES = 1000, 1 << 26  # parameters of a second derivative; entries of those of all sources


class Model(NamedTuple):
    """A linear model on the user's features.

    Attributes
    ----------
    coef : ndarray of shape (n_outputs, n_features)
    intercept : ndarray of shape (n_outputs,)
    """

    coef: np.ndarray
    intercept: np.ndarray


class Rows(NamedTuple):
    """Rows as a posed problem has them.

    Attributes
    ----------
    design : Design
    y : ndarray of shape (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,)
    """

    design: object
    y: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, term):
        """Those of a loss term."""
        return cls(term.design, term.y, term.weight)


class Walk(NamedTuple):
    """Fits along strengths, made as they are asked for.

    Attributes
    ----------
    strengths : ndarray of shape (n_strengths,)
        From the largest to the smallest.
    models : iterator of Model
    """

    strengths: np.ndarray
    models: object


class Pools:
    """The target's rows and all sources', posed once.

    Parameters
    ----------
    twin : LinearTransfer
        Its own strength does not count.
    members : list of Weighed
    X, y, sample_weight : the target's rows
    """

    def __init__(self, twin, members, X, y, sample_weight):
        self._strength = parameter = twin._strength_parameter
        tol = _LOOSE * twin.tol
        self._twin = clone(twin).set_params(**{parameter.name: parameter.of(1.0), "tol": tol})
        source, self._rows = self._twin._aligned(Joined(lots_of(members, X, y, sample_weight)), y, None)
        design, self._one_dimensional = self._rows.design, np.ndim(y) == 1
        if design.in_blocks:
            raise TypeError("rows are held out one by one, which takes rows in memory: give arrays or DataFrames.")
        self._problem = self._twin._pose(self._rows, source)
        self._term = self._problem.objective.terms[0]
        self._parts = [self._problem.coordinates.design(part) for part in design.parts]
        self._places, self._moments = design.places, {}
        sources = [self._of_lot(lot) for lot in range(1, len(self._parts))]
        self._expansions = Expansions(sources, self._problem.objective.layout)
        self.target = self._part(0, design)
        self.weight = self.target.sample_weight
        self._of_class = np.divide(
            self.target.weight, self.weight, out=np.zeros_like(self.weight), where=self.weight > 0
        )

    def _part(self, place, design):
        """The checked rows of one lot."""
        at = self._places[place]
        own = {name: getattr(self._rows, name)[at] for name in ("y", "weight", "sample_weight")}
        return self._rows._replace(design=design.parts[place], **own)

    @cached_property
    def _start(self):
        """Where the walks of pools start: one look at all rows."""
        return self._problem.start

    @property
    def classes(self):
        """All labels; None of numbers."""
        return self._rows.classes

    def pooled(self, members, weight, strengths=None):
        """Fits of the target's rows and some sources'.

        Parameters
        ----------
        members : list of int
        weight : ndarray of shape (n_samples,)
            Of the target's rows.
        strengths : ndarray of shape (n_strengths,), default=None
            From large to small; None is a path that starts at the strength which copies the centre.

        Returns
        -------
        Walk
        """
        return self._walked(self._problem, self._start, self._objective(members, weight), strengths)

    def side_by_side(self, members, weights):
        """The same for several weights of the target's rows, to choose by: see ``_side_by_side.py``.

        Parameters
        ----------
        members : list of int
        weights : list of ndarray of shape (n_samples,)
            For each fold.

        Returns
        -------
        Walk
            Its models are lists, one model a fold. Strengths are those of all the target's rows.
        """
        if not self._expands(members):
            strengths = self.pooled(members, self.weight).strengths
            walks = [self.pooled(members, weight, strengths) for weight in weights]
            return Walk(strengths, map(list, zip(*(walk.models for walk in walks), strict=True)))
        objective = self._objective(members, self.weight, some=True)
        theta = start_from(objective, self._start)
        strengths = self._strengths(objective, theta)
        expansion = self._expansion(members, objective, theta, strengths[len(strengths) // 2])
        weights = np.array([weight * self._of_class for weight in weights])
        fits = SideBySide(objective, self._of_lot(0), expansion, weights, self._twin.tol)
        split = self._problem.split
        return Walk(strengths, ([Model(*split(fold)) for fold in thetas] for thetas in fits.walk(strengths, theta)))

    def _expands(self, members):
        """Whether sources' losses can be taken to second order: smooth ones of more rows than parameters."""
        objective, loss = self._problem.objective, self._term.loss
        n_rows = sum(self._parts[place + 1].n_samples for place in members)
        return (
            objective.layout.n_params <= min(n_rows, _MOST)
            and len(self._parts) * objective.layout.n_params**2 <= _ENTRIES
            and objective.held is None
            and objective.lower is None
            and loss.smooth
            and not loss.by_gap
            and (objective.smooth or not np.any(objective.priors[0].other_l1))
        )

    def _expansion(self, members, objective, theta, strength):
        """Losses of some sources about a point, ``objective`` being the pool's."""
        share = self.target.weight.sum() / objective.total_weight
        if len(members) > 1:
            for place in members:
                if place not in self._expansions:
                    self._expansion([place], self._objective([place], self.weight, some=True), theta, strength)
            return self._expansions.joined(members, theta, share)
        return self._expansions.of(members[0], theta, lambda: self._fit(objective, theta, strength), share)

    def _of_lot(self, lot):
        """The loss term of one lot."""
        term, place = copy.copy(self._term), self._places[lot]
        term.design, term.y, term.weight = self._parts[lot], self._term.y[place], self._term.weight[place]
        term.offset = None if term.offset is None else term.offset[place]
        return term

    def _objective(self, members, weight, some=False):
        """The target's rows and sources', or some of these where they are very many, the priors at strength one."""
        term = copy.copy(self._term)
        target = self._lot(0)._replace(weight=weight * self._of_class)
        parts, y, weights = zip(target, *(self._some_of(members) if some else self._of(members)), strict=True)
        term.design = parts[0] if len(parts) == 1 else StackedDesign(parts, self._rows.design.dtype)
        term.y, term.weight = np.concatenate(y), np.concatenate(weights)
        if term.offset is not None:  # intercepts that are not fitted: the same of all rows
            term.offset = np.broadcast_to(self._term.offset[0], (len(term.y), len(self._term.offset[0])))
        return _with(self._problem.objective, term, self._twin._unit(self._rows))

    def _lot(self, lot):
        """The rows of one lot, as the problem has them."""
        return Rows.of(self._of_lot(lot))

    def _some_of(self, members):
        """Rows of some sources, fewer where they are very many: list of Rows."""
        if self._twin._quadratic:
            return self._of(members)
        return [Rows.of(self._expansions.some(place)) for place in members]

    def _of(self, members):
        """Rows of some sources, or fewer with the same moments where these say all: list of Rows."""
        moments = self._sum(members)
        if moments is None:
            return [self._lot(place + 1) for place in members]
        X, y, weight = moments.rows()
        return [Rows(as_design(X), y, weight)]

    def few(self, members):
        """Few rows in the place of some sources' for a regressor of the user's features: SourceData, None if not so."""
        raw = self.classes is None and self._parts[0] is self.target.design
        moments = self._sum(members) if raw else None
        if moments is None:
            return None
        X, y, weight = moments.rows()
        return SourceData(X, y[:, 0] if self._one_dimensional else y, weight)

    def _sum(self, members):
        """Moments of some sources' rows; None where they do not say all, or as many rows would be needed."""
        found = [self._lot(place + 1) for place in members]
        if not self._twin._quadratic or any(rows.design.sparse for rows in found):
            return None
        if sum(len(rows.y) for rows in found) <= 2 * (self._term.design.n_features + self._term.y.shape[1]):
            return None
        for place, rows in zip(members, found, strict=True):
            if place not in self._moments:
                self._moments[place] = Moments.of(*rows)
        return sum((self._moments[place] for place in members[1:]), self._moments[members[0]])

    def rescaled(self, model, weight):
        """A model times the factor that fits the target's rows best: a Model."""
        rows, parameter = self.target._replace(weight=weight * self._of_class, sample_weight=weight), self._strength
        twin = clone(self._twin).set_params(**{parameter.name: parameter.of(np.inf)})
        problem = twin._pose(rows, twin._align(resolve([self._source(model)]), rows))
        return Model(*problem.split(twin._solve(problem, None)[0].theta))

    def _source(self, model):
        coef, intercept = (part if len(part) > 1 else part[0] for part in model)
        return Source(coef, intercept, classes=self.classes, link=self._twin._loss(self.target).link)

    def around(self, model, weight, strengths=None):
        """Fits of the target's rows, pulled towards a model: a Walk."""
        problem = self._twin._pose(self.target, self._twin._align(self._source(model), self.target))
        term = copy.copy(problem.objective.terms[0])
        term.weight = weight * self._of_class
        objective = _with(problem.objective, term, self._twin._unit(self.target))
        return self._walked(problem, problem.start, objective, strengths)

    def _walked(self, problem, start, objective, strengths):
        start = start_from(objective, start)
        strengths = self._strengths(objective, start) if strengths is None else strengths
        return Walk(strengths, (Model(*problem.split(theta)) for theta in self._walk(objective, start, strengths)))

    def _strengths(self, objective, start):
        """From the one that copies the centre, where there is one, to next to none."""
        if objective.smooth:
            return natural_strength(objective, start) * KAPPAS
        return copying_strength(objective, start) * SHARES

    def _walk(self, objective, theta, strengths):
        """The minimisers, one after the other."""
        descent, tol = CoordinateDescent(), self._twin.tol
        if descent.reason_against(objective) is None:
            yield from (result.theta for result in descent.path(objective, strengths, theta, tol=tol))
            return
        for strength in strengths:
            theta = self._fit(objective, theta, strength)
            yield theta

    def _fit(self, objective, theta, strength):
        """The minimiser."""
        objective = copy.copy(objective)
        objective.priors = [prior.times(strength) for prior in objective.priors]
        return choose_solver("auto", objective).solve(objective, theta, tol=self._twin.tol).theta

    def losses(self, models):
        """Loss of each of the target's rows under each model: (n_samples, n_models)."""
        loss, y = self._twin._loss(self.target), self._term.y[self._places[0]]
        etas = [self.target.design.matvec(coef) + intercept for coef, intercept in models]
        return np.column_stack([loss.pointwise(y, eta) for eta in etas])

    def parameter(self, strength, members, fitted_to_target=False):
        """The value of the twin's own strength parameter (alpha, C) in a fit of these rows."""
        keep = np.zeros(len(self._rows.weight))
        for lot in [0] if fitted_to_target else [0, *(place + 1 for place in members)]:
            keep[self._places[lot]] = 1.0
        own = {name: getattr(self._rows, name) * keep for name in ("weight", "sample_weight")}
        rows = self._rows._replace(**own)
        return self._strength.of(strength * rows.weight.sum() / self._twin._unit(rows))


def _with(objective, term, unit):
    """The objective of another term, its priors at strength one against the mean over that term's rows."""
    result = copy.copy(objective)
    result.terms = [term]
    result.priors = [prior.times(term.weight.sum() / unit) for prior in objective.priors]
    result.constant_hessian = result.reduction = result.guess = None
    for name in ("total_weight", "gauge"):
        result.__dict__.pop(name, None)
    return result


def lots_of(members, X, y, sample_weight):
    """The target's rows and the sources', each at its full weight: list of Lot."""
    found = lots(members, X, y, sample_weight, 0.5)
    return [lot._replace(factor=2 * lot.factor if members else 1.0) for lot in found]
