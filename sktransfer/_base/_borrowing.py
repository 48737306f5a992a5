"""The protocol by which an estimator says how it can borrow, and what that means for the linear twins.

`TransferCV` asks an estimator for ``_borrowing`` and knows nothing else of it.
"""

import copy
from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer.sources import resolve

KAPPAS = np.logspace(-1, 3, 13)
INTERCEPT_PULLS = (0.0, 1.0, np.inf)
_TOL = 1e-8


class Candidate(NamedTuple):
    """One way to borrow.

    Attributes
    ----------
    name : {"source", "recalibrated", "pooled", "transfer", "target"}
    params : dict
        What to set on the estimator.
    amount : tuple
        How much is borrowed: candidates compare by it, the larger borrows more.
    """

    name: str
    params: dict
    amount: tuple


class Borrowing(ABC):
    """How an estimator borrows."""

    @property
    @abstractmethod
    def has_path(self):
        """Whether :meth:`held_out` gives leave-one-out losses without refitting."""

    @abstractmethod
    def candidates(self, X, y, sample_weight, grid):
        """All ways to borrow that make sense for these rows: list of Candidate."""

    @abstractmethod
    def held_out(self, X, y, sample_weight, candidates):
        """Leave-one-out losses, one array (n_samples,) per candidate."""

    @abstractmethod
    def row_losses(self, fitted, X, y):
        """The estimator's own loss of each row under a fitted clone: (n_samples,)."""


class LinearBorrowing(Borrowing):
    """How a linear twin borrows: by the strength of its penalty and the pull on its intercept.

    Parameters
    ----------
    estimator : LinearTransfer
    """

    def __init__(self, estimator):
        self._estimator = estimator
        self._source = resolve(estimator.source)

    @property
    def has_path(self):
        """Leave-one-out without refitting is for unbounded coefficients."""
        return not getattr(self._estimator, "positive", False)

    def candidates(self, X, y, sample_weight, grid):
        """Target only over strengths; with a source also the source as it is, recalibrated, pooled, transfer.

        Pooling counts as the strongest borrowing: like copying, it takes source and target for one model, but it
        learns from the target's rows, too. ``grid`` is "auto", an array of strengths in the twin's own parameter,
        or a dict from parameter names to values.
        """
        strength = self._estimator._strength_parameter
        ladder = _as_grid(grid, strength)
        own = {"source": None, "metric": "scale", "intercept_penalty": 0.0}
        targets = self._ladder(own, ladder, X, y, sample_weight)
        found = [Candidate("target", params, (0,)) for params in targets]
        if self._source.is_null:
            return found
        copied = {strength.name: strength.of(np.inf)}
        found.append(Candidate("source", {**copied, "intercept_penalty": np.inf}, (4,)))
        found.append(Candidate("recalibrated", {**copied, "intercept_penalty": 0.0}, (3,)))
        if self._source.precision is not None:
            pooled = {strength.name: strength.of(1.0), "metric": "fisher", "intercept_penalty": 1.0}
            found.append(Candidate("pooled", pooled, (5,)))
        for pull in ladder.get("intercept_penalty", INTERCEPT_PULLS):
            for params in self._ladder({"intercept_penalty": pull}, ladder, X, y, sample_weight):
                amount = (1, strength.to(params[strength.name]), pull)
                found.append(Candidate("transfer", params, amount))
        return found

    def _ladder(self, params, ladder, X, y, sample_weight):
        """``params`` with each strength of the grid added."""
        strength = self._estimator._strength_parameter
        values = ladder.get(strength.name)
        if values is None:
            twin = clone(self._estimator).set_params(**params, **{strength.name: strength.of(1.0)})
            values = [strength.of(value) for value in _natural_strength(twin, X, y, sample_weight) * KAPPAS]
        return [{**params, strength.name: value} for value in values]

    def held_out(self, X, y, sample_weight, candidates):
        """Exact for squared loss, approximate for the others; rows are validated once."""
        ready = {}
        losses = []
        for candidate in candidates:
            ignores = "source" in candidate.params
            if ignores not in ready:
                twin = clone(self._estimator).set_params(tol=min(self._estimator.tol, _TOL))
                ready[ignores] = (twin, *_with(twin, candidate.params)._aligned(X, y, sample_weight))
            twin, source, rows = ready[ignores]
            losses.append(_leave_one_out(_with(twin, candidate.params), source, rows))
        return losses

    def row_losses(self, fitted, X, y):
        """The loss that the twin minimises, row by row, without weights."""
        return fitted._row_losses(X, y)


def _with(twin, params):
    """A shallow copy with other parameters, for use within this file."""
    result = copy.copy(twin)
    for name, value in params.items():
        setattr(result, name, value)
    return result


def _leave_one_out(twin, source, rows):
    """The twin's loss of each row under its fit without that row; infinite where a row cannot be left out."""
    objective, theta = twin._minimiser(source, rows)
    eta = held_out_predictions(objective, theta)
    term = objective.terms[0]
    possible = np.isfinite(eta).all(axis=1)
    losses = term.loss.pointwise(term.y, np.where(possible[:, np.newaxis], eta, 0.0))
    return np.where(possible, losses, np.inf)


class StrengthParameter(NamedTuple):
    """A twin's hyper-parameter and what it means as a strength on the scale of a sum of losses.

    Attributes
    ----------
    name : str
    inverse : bool
        Whether the parameter is one over the strength, as C.
    """

    name: str
    inverse: bool

    def of(self, strength):
        """The parameter's value for a strength."""
        return float(strength) if not self.inverse else _reciprocal(strength)

    def to(self, value):
        """The strength for a parameter's value (of several, the mean)."""
        value = float(np.mean(value))
        return value if not self.inverse else _reciprocal(value)


def _reciprocal(value):
    if value == 0:
        return np.inf
    return 0.0 if np.isinf(value) else 1.0 / float(value)


def _as_grid(grid, strength):
    """A dict from parameter names to values."""
    if isinstance(grid, str):
        if grid != "auto":
            raise ValueError(f"grid must be 'auto', an array of values of {strength.name!r}, or a dict; got {grid!r}")
        return {}
    if isinstance(grid, dict):
        unknown = sorted(set(grid) - {strength.name, "intercept_penalty"})
        if unknown:
            raise ValueError(
                f"grid names {unknown[0]!r}, which is no borrowing parameter; they are {strength.name!r} and "
                "'intercept_penalty'"
            )
        return {name: _values(name, values) for name, values in grid.items()}
    return {strength.name: _values(strength.name, grid)}


def _values(name, values):
    """The grid's values of one parameter: a list of floats."""
    values = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if values.size == 0 or not np.all(values >= 0):
        raise ValueError(f"grid must hold one or more values of {name!r}, none negative or NaN; got {values.tolist()}")
    return values.tolist()


def _natural_strength(twin, X, y, sample_weight):
    """The strength at which the prior weighs about as much as the target's rows: tr F / tr M at the source."""
    problem, _ = twin._posed(X, y, sample_weight)
    objective, layout = problem.objective, problem.objective.layout
    term = objective.terms[0]
    curvature = objective.at(problem.start).curvatures[0]
    information = 0.0
    for k in range(layout.n_outputs):
        weight = np.ascontiguousarray(curvature.block(k, k))
        _, variance = term.design.mean_and_variance(weight) if weight.sum() > 0 else (None, np.zeros(1))
        information += float(variance.sum() * weight.sum())
    metric = float(objective.prior_diagonal()[: layout.n_coefs].sum())
    return information / metric if information > 0 and metric > 0 else 1.0
