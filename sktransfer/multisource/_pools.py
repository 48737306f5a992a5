"""Fits of the target's rows together with some sources': everything is posed once, rows come and go by weight.

    F(S, w, s) = argmin_theta  sum_{i in target} w_i loss_i + sum_{k in S} sum_{i in source k} w_ki loss_ki
                               + s W prior(theta - centre),        W the sum of all these weights

A fold of the target is left out by weights of zero. Strengths ``s`` count against a mean over rows, so that they mean
the same of few rows and of many. Each path is walked from the largest strength down, each fit started from the last.
"""

import copy
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sktransfer._base import copying_strength
from sktransfer._base._borrowing import natural_strength
from sktransfer._base._joined import Joined
from sktransfer._base._start import start_from
from sktransfer._designs import StackedDesign
from sktransfer._solvers import CoordinateDescent, choose_solver
from sktransfer.joint._lots import lots
from sktransfer.sources import Source

SHARES = np.logspace(0, -2, 25)  # of the strength that copies the centre, where the penalty has kinks
KAPPAS = np.logspace(2, -3, 16)  # of the natural strength, where it is smooth
_TOL = 1e-3


class Model(NamedTuple):
    """A linear model on the user's features.

    Attributes
    ----------
    coef : ndarray of shape (n_outputs, n_features)
    intercept : ndarray of shape (n_outputs,)
    """

    coef: np.ndarray
    intercept: np.ndarray


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
        parameter = twin._strength_parameter
        tol = max(twin.tol, _TOL)
        self._twin = clone(twin).set_params(**{parameter.name: parameter.of(1.0), "tol": tol})
        source, self._rows = self._twin._aligned(Joined(lots_of(members, X, y, sample_weight)), y, None)
        design = self._rows.design
        if design.in_blocks:
            raise TypeError("rows are held out one by one, which takes rows in memory: give arrays or DataFrames.")
        self._problem = self._twin._pose(self._rows, source)
        self._term = self._problem.objective.terms[0]
        self._parts, self._places = self._term.design.parts, self._term.design.places
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
        problem, term = self._problem, copy.copy(self._term)
        chosen = [0, *(place + 1 for place in members)]
        places, parts = [self._places[lot] for lot in chosen], [self._parts[lot] for lot in chosen]
        term.design = parts[0] if len(parts) == 1 else StackedDesign(parts, self._term.design.dtype)
        term.y = np.concatenate([self._term.y[place] for place in places])
        others = [self._term.weight[place] for place in places[1:]]
        term.weight = np.concatenate([weight * self._of_class, *others])
        if term.offset is not None:
            term.offset = np.concatenate([self._term.offset[place] for place in places])
        return self._walked(problem, _with(problem.objective, term, self._twin._unit(self._rows)), strengths)

    def around(self, model, weight, strengths=None):
        """Fits of the target's rows, pulled towards a model: a Walk."""
        coef, intercept = (part if len(part) > 1 else part[0] for part in model)
        source = Source(coef, intercept, classes=self.classes, link=self._twin._loss(self.target).link)
        problem = self._twin._pose(self.target, self._twin._align(source, self.target))
        term = copy.copy(problem.objective.terms[0])
        term.weight = weight * self._of_class
        return self._walked(problem, _with(problem.objective, term, self._twin._unit(self.target)), strengths)

    def _walked(self, problem, objective, strengths):
        start = start_from(objective, problem.start)
        if strengths is None and objective.smooth:
            strengths = natural_strength(objective, start) * KAPPAS
        elif strengths is None:
            strengths = copying_strength(objective, start) * SHARES
        return Walk(strengths, (Model(*problem.split(theta)) for theta in self._walk(objective, start, strengths)))

    def _walk(self, objective, theta, strengths):
        """The minimisers, one after the other."""
        descent, tol = CoordinateDescent(), self._twin.tol
        if descent.reason_against(objective) is None:
            yield from (result.theta for result in descent.path(objective, strengths, theta, tol=tol))
            return
        for strength in strengths:
            stronger = copy.copy(objective)
            stronger.priors = [prior.times(strength) for prior in objective.priors]
            theta = choose_solver("auto", stronger).solve(stronger, theta, tol=tol).theta
            yield theta

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
        return self._twin._strength_parameter.of(strength * rows.weight.sum() / self._twin._unit(rows))


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
