"""What all linear twins share. ``fit`` is the house in one sentence: a Source becomes a Prior; the Prior joins
the loss terms in an Objective; a Solver returns a Result; the estimator publishes it.
"""

import copy
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from sktransfer._base import _joined_blocks  # noqa: F401 (a kind of blocks)
from sktransfer._base._block_rows import require_blocks, surveyed
from sktransfer._base._coordinates import RawCoordinates, StandardCoordinates
from sktransfer._base._evidence import log_evidence
from sktransfer._base._faces import RULES, found_factors
from sktransfer._base._joined import own_rows
from sktransfer._base._kinks import require_factors, shared_out
from sktransfer._base._known_model import KnownLinearModel
from sktransfer._base._light import light_on
from sktransfer._base._linear_borrowing import LinearBorrowing
from sktransfer._base._metric import NAMES as METRICS
from sktransfer._base._path import times
from sktransfer._base._prior import BeliefBuilder
from sktransfer._base._rescale import fitted_factor
from sktransfer._base._scales import Scales, of_outputs
from sktransfer._base._source_parameter import SourceParameterMixin
from sktransfer._base._start import start_from
from sktransfer._base._sums import priors_of, shown_by, sums_of
from sktransfer._base._worth import effective_sample_size
from sktransfer._designs import as_blocks
from sktransfer._objective import Objective, loss_term
from sktransfer._solvers import choose_solver, solver_names
from sktransfer._utils._compat import (
    CallbackSupportMixin,
    Interval,
    IterationReport,
    StrOptions,
    fit_context,
    with_callbacks,
)
from sktransfer.sources import resolve
from sktransfer.sources._rescale import rescaled, taken_as
from sktransfer.sources._several import combined
from sktransfer.sources._source import changed

ALIASES = {"svd": "cholesky", "lsqr": "newton-cg", "sparse_cg": "newton-cg", "sag": "lbfgs", "saga": "lbfgs"}
TAKES_KINKS = ("saga",)
_LEAST_TOL = 1e-11


class Problem(NamedTuple):
    """A posed problem: the objective, the aligned source it came from, and the coordinates it is posed in."""

    objective: Objective
    source: object
    coordinates: RawCoordinates
    scales: object = None
    given_weights: object = None
    begin: object = None  # where a solver is to start, if not from the source

    def times(self, strength):
        """The problem with its priors ``strength`` times as strong."""
        objective = times(self.objective, strength)
        scales = None if self.scales is None else self.scales.times(objective.priors)
        return self._replace(objective=objective, scales=scales)

    def join(self, coef, intercept):
        """Flat parameters of a model on the user's features."""
        return self.objective.layout.join(*self.coordinates.into(coef, intercept))

    def split(self, theta):
        """(coef (K, p), intercept (K,)) on the user's features; an intercept not fitted is the source's."""
        coef, intercept = self.objective.layout.split(theta)
        source, level = self.coordinates.into(self.source.coef, self.source.intercept)
        raw, intercept = self.coordinates.back(coef, level if intercept is None else intercept)
        return np.where(self.coordinates.unchanged(coef == source), self.source.coef, raw), intercept

    def weights(self, theta):
        """Fitted factors of the sources; None where each stands for itself."""
        if self.scales is None:
            return self.given_weights
        return self.scales.weights(theta - self.join(self.source.coef, self.source.intercept))

    def source_at(self, theta):
        """The source, its members combined by their fitted factors."""
        return self.source_of(self.weights(theta))

    def source_of(self, weights):
        """The same for given factors."""
        if self.scales is None:
            return self.source
        level = self.coordinates.into(self.source.coef, self.source.intercept)[1]
        coef, intercept = self.coordinates.back(self.scales.coef(weights), level)
        return changed(self.source, coef=coef, intercept=intercept, members=None)

    @property
    def start(self):
        """Flat parameters of the source, at the level of the rows where the loss says it; or where to begin."""
        if self.begin is not None:
            return self.begin
        return start_from(self.objective, self.join(self.source.coef, self.source.intercept))


class LinearTransfer(CallbackSupportMixin, SourceParameterMixin, KnownLinearModel, BaseEstimator, ABC):
    """Base of the linear twins.

    A twin says its loss, its strength and how it reads y; everything else is here.
    """

    _light = 16.0  # precision of the factors' sum, on the twin's own scale: near one, give or take a quarter
    _takes_joined = True  # rows of several origins in the place of X
    l1_ratio = 0.0  # share of absolute values in the penalty, of twins without such a parameter
    source_probability = 1.0  # that the source is right, of twins without such a parameter
    _shares = (1.0, 1.0)  # of absolute values and of squares: what pulls to the source, not to zero

    _parameter_constraints: dict = {
        "source": "no_validation",
        "source_weights": [StrOptions({"auto", *RULES})],
        "metric": [StrOptions(set(METRICS)), "array-like"],
        "intercept_penalty": [Interval(Real, 0, None, closed="both")],
        "fit_intercept": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "solver": [StrOptions({"auto", *solver_names(), *ALIASES})],
    }

    _quadratic = False  # whether its loss is a square, so that moments of the rows are all there is to know
    _curved = True  # whether the loss's second derivative is continuous, as leave-one-out without refitting needs

    @abstractmethod
    def _loss(self, rows):
        """The loss of the rows."""

    def _strength(self, shape):
        """Penalty of each slope, ``shape`` being (n_outputs, n_features); may be infinite.

        Times :meth:`_unit` it meets a plain sum of losses.
        """
        parameter = self._strength_parameter
        return parameter.each(getattr(self, parameter.name), shape)

    def _unit(self, rows):
        """What the twin's strength is multiplied with: 1, or the rows' weight where its loss is a mean over rows."""
        return 1.0

    @abstractmethod
    def _validate(self, X, y, sample_weight, source):
        """Check the user's rows against the resolved source: Rows."""

    def _validate_blocks(self, blocks, source):
        """The same of rows in blocks, which nobody has been to but for labels: Rows with the blocks as design."""
        return self._lay_out(blocks)

    @abstractmethod
    def _lay_out(self, blocks):
        """Rows with the blocks as design, as the fitted model sees them."""

    @abstractmethod
    def _publish_model(self, coef, intercept, source):
        """Set ``coef_``, ``intercept_``, ``delta_``, ``source_coef_`` in the twin's shapes; return them as a dict."""

    @abstractmethod
    def _row_losses(self, X, y):
        """The loss of each row under the fitted model, without weights: (n_samples,)."""

    _likelihood = None  # what the mean of its row losses says of a model: see `Borrowing.likelihood`
    _rescaled_links = ()  # of sources on another scale, which are taken times a fitted factor

    @property
    def _seed(self):
        """Of the solver's random numbers, where it draws any."""
        return 0

    @property
    def _borrowing(self):
        """The protocol of the house: how this estimator borrows."""
        return LinearBorrowing(self)

    @property
    def _has_kinks(self):
        """Whether the penalty is other than smooth."""
        return self.l1_ratio > 0

    @property
    def _shares_are_weights(self):
        """Whether weighing lots of rows anew changes nothing but weights and, for means over rows, the strength."""
        by_name = self.metric if isinstance(self.metric, str) else None
        source, of_means = resolve(self.source), type(self)._unit is not LinearTransfer._unit
        return not (
            by_name in ("scale", "source")
            or isinstance(getattr(self, "class_weight", None), str)
            or self._rescales(source)
            or (of_means and (by_name == "fisher" or source.members is not None))
            or (source.members is not None and (len(source.members) > 1 or self._bounds_factors(source)))
        )

    def _lower(self, layout, coef):
        """Lower bounds of the parameters, given the source's coefficients (K, p): None for none."""
        return None

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the target's rows, pulled towards the source.

        Parameters
        ----------
        X : {array-like, sparse matrix, Dask array or data frame} of shape (n_samples, n_features)
            A large memory map, or a Dask collection, is read block by block: only sums over rows are kept.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative; a weight of 2 is a row that stands there twice.

        Returns
        -------
        self
        """
        problem, rows = self._posed(X, y, sample_weight)
        self._dtype = rows.dtype
        report = IterationReport(self, own_rows(X), y, lambda theta: self._attributes(theta, problem))
        result, point = self._solve(problem, report if report.watched else None)
        self._publish(result, point, problem, rows)
        report.close(self.result_.theta)
        return self

    def _rescales(self, source):
        """Whether a source is on another scale, which a fitted factor and nothing else is to bring to the twin's."""
        return source.link in self._rescaled_links

    def _align(self, source, rows):
        """The source laid out for the target's features and classes; of several each, and their mean."""
        if source.members is not None:
            return combined([self._align(member, rows) for member in source.members])
        loss = self._loss(rows)
        other_scale = self._rescales(source)
        if other_scale:
            source = taken_as(source, loss.link)
        source.require_link(loss.link, type(self).__name__)
        aligned = source.align(
            n_features=rows.design.n_features,
            feature_names=getattr(self, "feature_names_in_", None),
            classes=rows.classes,
            n_outputs=loss.n_outputs,
        )
        return rescaled(aligned, fitted_factor(aligned, rows, loss, self.fit_intercept)) if other_scale else aligned

    def _problem(self, X, y, sample_weight=None):
        """The protocol of the house: (terms, priors), for rooms that add terms or walk paths."""
        objective = self._posed(X, y, sample_weight)[0].objective
        held = [] if objective.held is None else [objective.held]
        return objective.terms, objective.priors + held

    def _aligned(self, X, y, sample_weight):
        """(aligned source, Rows) of the user's data."""
        source = resolve(self.source)
        blocks = self._in_blocks(X, y, sample_weight, source)
        if blocks is None:
            rows = self._validate(X, y, sample_weight, source)
        else:
            rows = self._validate_blocks(blocks, source)
            rows = surveyed(self, rows, self._loss(rows))
        sums = sums_of(X, rows, self)
        rows = rows._replace(sums=sums, shown=shown_by(sums, rows.shown))
        return self._align(source, rows), rows

    def _in_blocks(self, X, y, sample_weight, source):
        """The user's rows as Blocks; None where they are ordinary rows, or can be taken as such."""
        blocks = as_blocks(X, y, sample_weight)
        if blocks is None:
            return None
        reason = self._against_blocks(source)
        if reason is not None and blocks.array:
            return None
        require_blocks(self, blocks, reason)
        return blocks

    def _against_blocks(self, source):
        """Why rows cannot be summed up block by block; None where they can."""
        if self._quadratic:
            return None
        if self._has_kinks:
            return "but for squared loss, a penalty of absolute values (l1_ratio above 0) is fitted feature by feature"
        if source.members is None and self._rescales(source):
            return f"the factor of a source of link {source.link!r} is fitted on its scores of all rows"
        return None

    def _posed(self, X, y, sample_weight):
        """(Problem, Rows) of the user's data: everything of a fit but its solution."""
        source, rows = self._aligned(X, y, sample_weight)
        return self._pose(rows, source), rows

    def _reads_alike(self, source, rows):
        """Whether rows that are validated already would be the same with another source."""
        return False

    def _minimiser(self, source, rows):
        """(objective, theta) for rows that are validated already; nothing is published."""
        problem = self._pose(rows, source)
        return problem.objective, self._solve(problem, None)[0].theta

    def _log_evidence(self, source, rows):
        """Logarithm of the rows' likelihood, the parameters integrated out."""
        return self._evidence_of(self._pose(rows, source))

    def _evidence_of(self, problem):
        """The same of a posed problem; minus infinity where means overflow. Stopped early, it is a lower bound."""
        objective, start = problem.objective, problem.start
        if not np.isfinite(objective.at(start).value):
            return -np.inf
        try:
            solver = choose_solver(self._solver_name, objective)
            theta = solver.solve(objective, start, tol=self.tol, max_iter=self.max_iter).theta
        except FloatingPointError:
            return -np.inf
        return log_evidence(objective, theta)

    def _pose(self, rows, source, factors=None):
        """A Source becomes a Prior; the Prior joins the loss term in an Objective.

        Of several sources the factors move on faces, which are found first.
        """
        weights = None
        if source.members is not None and self._calibrates_first(source.coef.shape):
            source, weights = self._calibrated(rows, source)
        coordinates = self._coordinates(rows, source)
        loss, unit = self._loss(rows), self._unit(rows)
        if source.members is not None:
            factors = factors or self._factors(rows, source, loss, unit)
            if factors.moved:
                source = self._weighed(source, of_outputs(factors.origin, rows.shown), coordinates)
        scales = self._scales(source, coordinates, factors, rows.shown)
        belief = self._belief(rows, source, coordinates, self._strength(source.coef.shape) * unit, scales)
        term = loss_term(coordinates.design(rows.design), loss, rows.y, rows.weight, belief.offset)
        objective = Objective(
            [term],
            belief.priors + priors_of(rows.sums, belief.layout, source.intercept),
            fit_intercept=belief.layout.fit_intercept,
            lower=self._lower(belief.layout, source.coef),
            guess=coordinates.guess(source, belief.layout),
        )
        return Problem(objective, source, coordinates, belief.scales, weights)

    def _weights_rule(self, source):
        """What factors of the sources are allowed: "free", "nonnegative" or "simplex"."""
        if self.source_weights != "auto":
            return self.source_weights
        return "free" if len(source.members) == 1 else "simplex"

    def _bounds_factors(self, source):
        """Whether factors of the sources, or of this one in a list, may meet bounds."""
        if source.is_null or (source.members is None and self.source_weights != "nonnegative"):
            return False
        return self.source_weights == "nonnegative" or (
            len(source.members) > 1 and self._weights_rule(source) == "simplex"
        )

    def _weighed(self, source, weights, coordinates):
        """The members added up at these factors of their slopes, (n_outputs, n_sources), at the level of their mean."""
        level = coordinates.into(source.coef, source.intercept)[1]
        at = combined(source.members, weights)
        return changed(at, intercept=coordinates.back(coordinates.into(at.coef, at.intercept)[0], level)[1])

    def _calibrates_first(self, shape):
        """Whether the sources' factors are fitted before the rest: where kinks or bounds keep them from that."""
        bent = self._has_kinks or (self.source_weights != "free" and getattr(self, "positive", False))
        return bent and not np.all(np.isinf(self._strength(shape)))

    def _calibrated(self, rows, source):
        """(the source at the factors that fit best with slopes held along its members, these factors)."""
        parameter = self._strength_parameter
        held = copy.copy(self)
        setattr(held, parameter.name, parameter.of(np.inf))
        if hasattr(held, "positive"):
            held.positive = False
        problem, tol = held._pose(rows, source), max(self.tol, _LEAST_TOL)  # of a gap, as a rule; here a gradient's
        solver = choose_solver(self._solver_name, problem.objective).seeded(self._seed)
        result = solver.solve(problem.objective, problem.start, tol=tol, max_iter=self.max_iter)
        result.warn_unless_converged(type(self).__name__)
        return problem.source_at(result.theta), problem.weights(result.theta)

    def _belief(self, rows, source, coordinates, strength, scales=None):
        """The priors, and what they leave to be fitted; ``strength`` is on the scale of a plain sum of losses."""
        if self._has_kinks:
            require_factors(self.metric, type(self).__name__, "l1_ratio=0")
        belief = BeliefBuilder(
            source,
            *coordinates.into(source.coef, source.intercept),
            strength,
            self.metric,
            self.intercept_penalty,
            self.fit_intercept,
            rows.shown,
            self._unit(rows),
            scales,
        ).build()
        if not self._has_kinks and self._shares == (1.0, 1.0):
            return belief
        return shared_out(belief, self.l1_ratio, rows.shown, self._shares)

    def _factors(self, rows, source, loss, unit):
        """How the factors of the sources may move."""
        light = self._factors_light(rows, source, loss, unit)
        return found_factors(self._weights_rule(source), light, self, rows, source)

    def _factors_light(self, rows, source, loss, unit):
        """The pull on factors of the sources; squared loss has no scale of its own to hold their sum on."""
        light = 0.0 if loss.quadratic else self._light * unit
        return light_on(source.members, rows, loss, light, self.fit_intercept)

    def _scales(self, source, coordinates, factors, shown):
        """Factors of the sources to be fitted, or None."""
        if source.members is None:
            return None
        slopes = [coordinates.into(member.coef, member.intercept)[0] for member in source.members]
        return Scales(slopes, factors, shown)

    def _coordinates(self, rows, source):
        by_name, of = self.metric if isinstance(self.metric, str) else None, (rows.design, rows.sample_weight)
        if by_name == "scale" or (by_name == "source" and source.is_null):
            return StandardCoordinates.of_rows(*of, centre=self.fit_intercept)
        if by_name != "source":
            return RawCoordinates()
        if source.units is None:
            raise ValueError(
                "metric='source' measures changes in the source's own units, but this source has none. Read it from a "
                "fitted Pipeline with a scaler, give Source(..., units=[means, scales]), or use metric='scale'."
            )
        return StandardCoordinates.of_source(source.units, *of, centre=self.fit_intercept)

    def _solve(self, problem, report):
        """(SolverResult, the point where it ended)."""
        solver = choose_solver(self._solver_name, problem.objective).seeded(self._seed)
        init = self._warm(problem) if getattr(self, "warm_start", False) else problem.start
        ended = solver.solve_to_point(problem.objective, init, tol=self.tol, max_iter=self.max_iter, report=report)
        ended[0].warn_unless_converged(type(self).__name__)
        return ended

    @property
    def _solver_name(self):
        """Ours for a name of the twin's; its solvers for kinks mean ours for kinks."""
        if self._has_kinks and self.solver in TAKES_KINKS:
            return "auto"
        return ALIASES.get(self.solver, self.solver)

    def _warm(self, problem):
        """The last fit's parameters where they still have the right shape, else the source's."""
        coef, intercept = getattr(self, "coef_", None), getattr(self, "intercept_", None)
        layout = problem.objective.layout
        if coef is None or np.size(coef) != layout.n_coefs:
            return problem.start
        coef = np.asarray(coef, dtype=np.float64).reshape(layout.n_outputs, layout.n_features)
        return problem.join(coef, np.broadcast_to(np.ravel(intercept), layout.n_outputs))

    def _attributes(self, theta, problem):
        return self._publish_model(*problem.split(theta), problem.source_at(theta))

    def _publish(self, result, point, problem, rows):
        """Set the fitted attributes."""
        self._n_rows = float(rows.sample_weight.sum())
        self._publish_parameters(result, problem)
        self._publish_worth(point, problem, rows)

    def _publish_parameters(self, result, problem):
        """Set what the solution says."""
        weights = problem.weights(result.theta)
        self.source_ = problem.source_of(weights)
        vars(self).update(self._publish_model(*problem.split(result.theta), self.source_))
        if weights is not None:
            self.source_weights_ = weights
        self.result_ = result
        self._prior = (problem.objective.priors, problem.coordinates)
        self._copied = problem.objective.held is not None

    def _publish_worth(self, point, problem, rows):
        """Set ``effective_sample_size_``."""
        self.effective_sample_size_ = 0.0
        if problem.scales is not None and np.all(np.isinf(self._strength(problem.source.coef.shape))):
            self.effective_sample_size_ = np.inf
        elif not problem.source.is_null:
            smooth = problem.objective.smooth and all(term.loss.smooth for term in problem.objective.terms)
            self.effective_sample_size_ = effective_sample_size(point, self._n_rows) if smooth else np.nan
