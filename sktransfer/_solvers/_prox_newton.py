"""Proximal Newton steps on working sets, for smooth losses and a penalty with kinks.

    minimise   F(u) + h(d),      F a sum of losses, h as in :mod:`sktransfer._solvers._kinks`, d = u - kink

    1. gradient of F                                   (one pass over the rows)
    2. gap; columns that it shows to be at rest leave  (:mod:`sktransfer._solvers._fenchel`)
    3. working set: features that have moved, free ones, and those that want to move most
    4. on the working set, until it has gained what the gap lets expect:
           z = argmin  gradient . z + z' H z / 2 + h(d + z)        (:func:`model_minimum`)
           d <- d + t z                                            (t = 1, halved until F + h falls)
stop: gap <= tol * (sum of losses, counted from a perfect fit, + h), or that is itself next to nothing

Losses that are not convex have no gap: there, and only there, the stop is at max |subgradient| / sum of weights <= tol.

References
----------
Lee, Sun & Saunders (2014), Proximal Newton-Type Methods for Minimizing Composite Functions.
Friedman, Hastie & Tibshirani (2010), Regularization Paths for Generalized Linear Models via Coordinate Descent.
Massias, Gramfort & Salmon (2018), Celer: a fast solver for the Lasso with dual extrapolation.
"""

import numpy as np

from sktransfer._objective import Objective, Point
from sktransfer._priors import ElasticNetPrior
from sktransfer._solvers._base import VECTOR, Solver, SolverResult
from sktransfer._solvers._common_shift import without_common_shifts
from sktransfer._solvers._fenchel import duality_gap
from sktransfer._solvers._kinks import Kinks, minimum_by_columns, model_minimum
from sktransfer._solvers._line_search import ARMIJO, ROUNDING
from sktransfer._solvers._working_view import WorkingView, middle

_ALL_UP_TO = 200
_MOST = 2500
_FIRST = 64
_INNER = 0.1
_HALVINGS = 40
_LEAST = 1e-6
_IN_VAIN = 3
_EPS = np.finfo(np.float64).eps


class ProxNewton(Solver):
    """Few looks at the rows: quadratic convergence once the signs are found."""

    name = "prox-newton"
    default_max_iter = 100
    takes_kinked_priors = True

    def refuses(self, objective):
        """It takes one elastic net, without bounds."""
        if len(objective.priors) != 1 or not isinstance(objective.priors[0], ElasticNetPrior):
            return "it is for a penalty of absolute values (L1)"
        if np.any(objective.priors[0].other_l1):
            return "it takes one kink a parameter"
        if objective.lower is not None:
            return "it takes no bounds on the coefficients"
        if Kinks.of(objective) is None:
            return "what is held must leave each penalised parameter to move by itself"
        return None

    def cost(self, objective):
        """Some hundred passes over the rows for each output."""
        return 100 * VECTOR * objective.work * objective.layout.n_outputs

    def _iterate(self, objective, point, tol, max_iter, report):
        walk = Walk(objective, point.theta, tol, max_iter, report).run()
        return walk.point(), walk.n_iter

    def solve_to_point(self, objective, init, *, tol=1e-8, max_iter=None, report=None):
        """As :meth:`Solver.solve_to_point`; ``tol`` is on the relative duality gap."""
        max_iter = self.default_max_iter if max_iter is None else max_iter
        with objective.threads:
            walk = Walk(objective, init, tol, max_iter, report).run()
        return walk.result(self.name), walk.point()


class Walk:
    """The way from a start to the optimum.

    Parameters
    ----------
    objective : Objective
    init : ndarray of shape (n_params,)
    tol : float
    max_iter : int
        Newton steps.
    report : callable or None
    """

    def __init__(self, objective, init, tol, max_iter, report):
        self.objective, self._init, self._tol, self._max_iter = objective, init, tol, max_iter
        self._report = report
        held = [] if objective.held is None else [objective.held]
        self.losses = Objective(objective.terms, held, fit_intercept=objective.layout.fit_intercept)
        self.kinks = Kinks.of(objective)
        origin = 0.0 if objective.held is None else objective.held.centre[self.kinks.own]
        self.d = init[self.kinks.own] - origin - self.kinks.kink
        self.convex = all(term.loss.divergence is not None for term in objective.terms)
        self.mean, self.norms = middle(objective, self.kinks)
        self.n_iter, self._at_rest = 0, np.zeros(len(self.d), dtype=bool)

    def run(self):
        """Steps 1 to 4."""
        size, in_vain, lowest = _FIRST, 0, np.inf
        if not np.isfinite(self._seen().value):
            raise FloatingPointError("the objective is not finite where the descent starts")
        while True:
            point = self._seen()
            self._certify(point)
            in_vain, lowest = (0, self.certificate) if self.certificate < lowest / 2 else (in_vain, lowest)
            if self.certificate <= self._goal or self.n_iter >= self._max_iter or in_vain == _IN_VAIN:
                return self
            features = self._working_set(point.gradient, size)
            in_vain = 0 if self._descend(point, features) else in_vain + 1
            size = max(size, np.count_nonzero(self.d))
            if self._report is not None:
                self._report(self.point())

    def _seen(self):
        """The losses at d."""
        return Point(self.losses, self.kinks.kink + self.d)

    @property
    def theta(self):
        """The parameters at d."""
        return self.objective.theta(self.kinks.kink + self.d)

    def _certify(self, point):
        """Set ``certificate``, and what is known to stay at rest."""
        penalty = self.kinks.value(self.d)
        self.value = point.value + penalty
        losses = zip(self.objective.terms, point.etas, strict=True)
        fit = sum(float(term.weight @ term.loss.pointwise(term.y, eta)) for term, eta in losses)
        self._scale = max(fit + penalty, _LEAST * self.objective.total_weight)
        self._goal = max(self._tol, 16 * _EPS)
        if not self.convex:
            self.certificate = _worst(point, self.kinks, self.d) / self.objective.total_weight
            return
        gap = duality_gap(point, self.kinks, self.d)
        self.certificate = gap.value / self._scale
        self._screen(gap)

    def _screen(self, gap):
        """Coefficients whose pull cannot be as strong as their kink at the optimum."""
        steepest = max(term.loss.steepest for term in self.objective.terms)
        if np.isfinite(steepest) and np.isfinite(gap.value):
            reach = np.sqrt(2 * steepest * gap.value * self.norms)
            self._at_rest |= np.abs(gap.pull + self.kinks.b * self.kinks.m) + reach < self.kinks.a

    def _working_set(self, gradient, size):
        """Features to work on; None for all of them."""
        layout, kinks = self.objective.layout, self.kinks
        if layout.n_coefs <= _ALL_UP_TO:
            return None
        slopes = kinks.own < layout.n_coefs
        feature = kinks.own[slopes] % layout.n_features
        moved = ((self.d != 0) | kinks.free)[slopes]
        violation = kinks.violation(self.d, gradient)[slopes]
        norms = np.sqrt(self.norms[slopes])
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (kinks.a - np.abs(gradient - kinks.b * kinks.m))[slopes] / norms
            urgency = np.where(norms > 0, violation / norms, 0.0)
        distance[self._at_rest[slopes] | ~(norms > 0)] = np.inf
        distance[moved] = -np.inf
        nearest = np.full(layout.n_features, np.inf)
        np.minimum.at(nearest, feature, distance)
        return self._nearest(nearest, urgency, feature, size)

    def _nearest(self, nearest, urgency, feature, size):
        """What has moved and as many others as ``size`` lets; if that is too much, what wants to move most."""
        layout = self.objective.layout
        most = max(1, _MOST // layout.n_outputs) if layout.n_outputs > 1 else layout.n_features
        has_moved = nearest == -np.inf
        count = np.count_nonzero(has_moved) + max(1, size // layout.n_outputs)
        if count > most:
            urgent = np.zeros(layout.n_features)
            np.maximum.at(urgent, feature, urgency)
            nearest = np.where(urgent > 0, -urgent, nearest)
        count = min(count, most, np.count_nonzero(nearest < np.inf))
        if count >= layout.n_features:
            return None
        return np.sort(np.argpartition(nearest, count - 1)[:count]) if count else np.zeros(0, dtype=np.intp)

    def _descend(self, point, features):
        """Step 4: whether it gained more than rounding."""
        view = WorkingView(self, point, features)
        goal = self._scale * self._goal
        enough = _INNER * max(goal, 0.0 if features is None else min(self.certificate, 1.0) * self._scale * _INNER)
        at, d, gained = Point(view.losses, view.kinks.kink + view.d), view.d, False
        while self.n_iter < self._max_iter:
            new = self._minimum(view, at, d)
            slope = float(at.gradient @ (new - d)) + view.kinks.change(d, new)
            step = _search(at, view.kinks, d, new, slope) if slope < 0 else None
            self.n_iter += 1
            if step is None:
                break
            at, d = step
            gained |= -slope > _EPS * self._scale
            if -slope <= enough or -slope <= _EPS * self._scale:
                break
        self.d = view.into(self.d, d)
        return gained

    def _minimum(self, view, at, d):
        """Where the quadratic model of the losses at a point, and the penalty, are lowest."""
        if view.by_columns:
            curvature = np.ascontiguousarray(at.curvatures[0].block(0, 0))
            return minimum_by_columns(view.columns, view.shift, curvature, at.gradient, view.kinks, d)
        at.expand()
        return model_minimum(at.hessian(), at.gradient, view.kinks, d)

    def point(self):
        """The objective where the walk is, with its certificate."""
        point = self.objective.at_free(self.kinks.kink + self.d)
        point.theta = self.theta
        point.certificate, point.measure = self.certificate, self._measure
        return point

    @property
    def _measure(self):
        return "the relative duality gap" if self.convex else "max |subgradient| / sum of weights"

    def result(self, solver):
        """The certificate of the fit."""
        theta = without_common_shifts(self.objective, self.kinks, self.theta, self._init)
        met = bool(self.certificate <= self._goal)
        n_iter = max(self.n_iter, 1)
        return SolverResult(theta, self.value, self.certificate, self._tol, met, n_iter, solver, self._measure)


def _search(point, kinks, d, new, slope):
    """(Point, d) after the first of t = 1, 1/2, ... that lowers losses and penalty enough; None where none does.

    Where these are level in floating point, a step is good when it brings subgradients closer to zero.
    """
    objective, t = point.objective, 1.0
    lifted = objective.lift(new - d)
    changes = [term.direction(objective.layout, lifted) for term in objective.terms]
    scale = abs(point.value) + kinks.value(d)
    for _ in range(_HALVINGS):
        there = new if t == 1.0 else d + t * (new - d)
        etas = [eta + t * change for eta, change in zip(point.etas, changes, strict=True)]
        trial = Point(objective, kinks.kink + there, etas)
        fall = trial.value - point.value + kinks.change(d, there)
        if fall <= ARMIJO * t * slope:
            return trial, there
        if abs(fall) <= ROUNDING * scale and _worst(trial, kinks, there) < _worst(point, kinks, d):
            return trial, there
        t /= 2
    return None


def _worst(point, kinks, d):
    """The largest distance of zero from a subdifferential."""
    return float(np.max(kinks.violation(d, point.gradient), initial=0.0))
