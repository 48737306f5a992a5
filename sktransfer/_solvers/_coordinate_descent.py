"""Coordinate descent with working sets, for squared loss and a penalty with kinks.

For each output, with P, d and v as in :mod:`sktransfer._solvers._shrinkage`:

    1. r = y - X d, v = r without what free columns explain, X'v where it may matter            (_survey.py)
    2. gap = P(d) - D(s v); columns that the gap shows to be at rest leave for this strength
    3. working set: columns that have moved, free ones, and those that are nearest to moving
    4. minimise over the working set: epochs in a kernel, Anderson acceleration, and, on dense rows, Newton steps on the
       support where epochs alone take long                                                     (_support.py)
stop: gap <= tol * ||y||^2

Along a path of strengths the stored columns, and their products, are shared, and each descent starts on the straight
line through the last two minima.

References
----------
Massias, Gramfort & Salmon (2018), Celer: a fast solver for the Lasso with dual extrapolation.
Bertrand & Massias (2021), Anderson acceleration of coordinate descent.
Rosset & Zhu (2007), Piecewise linear regularized solution paths.
"""

from dataclasses import dataclass, field

import numpy as np

from sktransfer._priors import ElasticNetPrior
from sktransfer._solvers._base import VECTOR, Solver, SolverResult
from sktransfer._solvers._column_store import column_store
from sktransfer._solvers._shrinkage import Shrinkage
from sktransfer._solvers._support import stop_at
from sktransfer._solvers._survey import Survey

_FIRST = 64
_INNER = 0.3


@dataclass(frozen=True)
class GapResult(SolverResult):
    """The certificate of coordinate descent.

    Attributes
    ----------
    gaps : ndarray of shape (n_outputs,)
        Duality gap of each output's summed objective: it is at most this far above its minimum.
    epochs : ndarray of shape (n_outputs,) of int
        Visits to the coefficients of the working set.
    """

    gaps: object = field(default=None, repr=False)
    epochs: object = field(default=None, repr=False)

    measure: str = "duality gap / sum of squared targets"


class CoordinateDescent(Solver):
    """The road for sparse changes: it visits few columns, and says how far from the minimum it is."""

    name = "coordinate-descent"
    default_max_iter = 1000
    takes_kinked_priors = True

    def refuses(self, objective):
        """It takes one squared loss and one elastic net."""
        if not objective.quadratic or len(objective.terms) != 1:
            return "it takes one loss term, of squared loss"
        if len(objective.priors) != 1 or not isinstance(objective.priors[0], ElasticNetPrior):
            return "it is for a penalty of absolute values (L1)"
        if objective.held is not None:
            return "parameters with a penalty of absolute values cannot also be held"
        if objective.lower is not None and np.any((objective.lower > -np.inf) & objective.priors[0].free):
            return "coefficients with bounds all need a penalty"
        return None

    def cost(self, objective):
        """Some twenty passes over the rows for each output."""
        return 20 * VECTOR * objective.work * objective.layout.n_outputs

    def _iterate(self, objective, point, tol, max_iter, report):
        result = next(self.path(objective, [1.0], point.theta, tol=tol, max_iter=max_iter, report=report))
        return objective.at(result.theta), result.n_iter

    def solve_to_point(self, objective, init, *, tol=1e-8, max_iter=None, report=None):
        """As :meth:`Solver.solve_to_point`; ``tol`` is on the duality gap relative to ``||y||^2``."""
        result = next(self.path(objective, [1.0], init, tol=tol, max_iter=max_iter, report=report))
        return result, objective.at(result.theta)

    def path(self, objective, strengths, init, *, tol=1e-8, max_iter=None, report=None):
        """Minima for the prior times each strength, each started from the last.

        Parameters
        ----------
        objective : Objective
            One that is not refused.
        strengths : iterable of float
        init : ndarray of shape (n_params,)
        tol : float
        max_iter : int, default=None
            Epochs for each strength.
        report : callable, default=None

        Yields
        ------
        GapResult
        """
        max_iter = self.default_max_iter if max_iter is None else max_iter
        walks = [Walk(Shrinkage(objective, k), init, tol, max_iter) for k in range(objective.layout.n_outputs)]
        for strength in strengths:
            theta = np.empty(objective.layout.n_params)
            steps = [walk.minimise(strength, theta) for walk in walks]
            if report is not None:
                report(objective.at(theta))
            yield self._result(theta, steps, tol)

    def _result(self, theta, steps, tol):
        epochs = np.array([step.epochs for step in steps])
        return GapResult(
            theta,
            value=sum(step.value for step in steps),
            certificate=max(step.relative for step in steps),
            tol=tol,
            converged=all(step.converged for step in steps),
            n_iter=max(1, int(epochs.max(initial=0))),
            solver=self.name,
            gaps=np.array([step.gap for step in steps]),
            epochs=np.maximum(epochs, 1),
        )


@dataclass(frozen=True)
class Stop:
    """Where one output's descent ended: objective, gap (and relative to ||y||^2), epochs."""

    value: float
    gap: float
    relative: float
    converged: bool
    epochs: int


class Walk:
    """One output, one strength after the other.

    Parameters
    ----------
    problem : Shrinkage
        At strength one.
    init : ndarray of shape (n_params,)
    tol : float
        On the gap relative to ``||y||^2``.
    max_iter : int
        Epochs for each strength.
    """

    def __init__(self, problem, init, tol, max_iter):
        self.problem = problem
        self._d = problem.start(init)
        rounding = 16 * np.finfo(np.float64).eps
        self._tol = max(tol, rounding) * problem.y_squared
        self._max_iter = max_iter
        self._store = column_store(problem.design, problem.root, problem.mean)
        self._store.places(np.union1d(np.flatnonzero(self._d), problem.free))
        self._survey, self._residual = Survey(problem), self._residuals()
        self._knots = []

    def minimise(self, strength, theta):
        """The Stop for the penalty times ``strength``; this output's parameters are written into ``theta``."""
        problem, survey, size, inner_tol, epochs = self.problem, self._survey, _FIRST, _INNER * self._tol, 0
        problem.strength = strength
        survey.begin(self._d, self._residual[1])
        while True:
            residual, v = self._residual
            gap, s = survey.gap(self._d, residual, v)
            if gap <= self._tol or epochs >= self._max_iter:
                break
            working = self._working_set(s, gap, size)
            if epochs == 0:
                residual = self._foresee(residual)
            done, inner_gap = self._descend(working, residual, inner_tol, self._max_iter - epochs)
            self._residual = self._residuals()
            epochs += done
            size = 2 * max(size, len(working))
            if inner_gap <= inner_tol and gap <= 10 * self._tol:
                inner_tol *= 0.1
        problem.write(self._d, self._store.features, theta)
        self._knots = [*self._knots[-1:], (strength, self._d[self._store.features])]
        return self._stop(residual, gap, epochs)

    def _foresee(self, residual):
        """Go on along the straight line through the last two minima, up to the next kink, if that is lower: r there.

        Between two strengths at which a column begins or ends to move, minima of absolute values lie on such a line.
        """
        if len(self._knots) < 2:
            return residual
        problem, at, (before, last) = self.problem, self._store.features, self._knots
        here = self._d[at]
        moved = here - _longer(before[1], len(at))
        share = (problem.strength - last[0]) / (last[0] - before[0]) if last[0] != before[0] else 0.0
        _, _, _, low, _, k = problem.penalty(at)
        there = stop_at(0.0, here, here + share * moved)
        there = np.maximum(stop_at(k, here, there), low)
        d = self._d.copy()
        d[at] = there
        ahead = self._store.residual(problem.y, there)
        if problem.primal(d, at, ahead) >= problem.primal(self._d, at, residual):
            return residual
        self._d = d
        return ahead

    def _residuals(self):
        """r, and r without what the free columns explain."""
        residual = self._store.residual(self.problem.y, self._d[self._store.features])
        if len(self.problem.free) == 0:
            return residual, residual
        return residual, self._store.orthogonal(residual, self._store.places(self.problem.free))

    def _working_set(self, s, gap, size):
        """What has moved, what is free, and of the others at most ``size`` that are nearest to moving."""
        problem, stored = self.problem, self._store.features
        moved = stored[(self._d[stored] != 0) & (problem.norms[stored] > 0)]
        nearest = self._survey.nearest(self._d, s, gap, size)
        return np.unique(np.concatenate([moved, problem.free, nearest]))

    def _descend(self, working, residual, tol, max_epochs):
        """Minimise over the working set: (epochs, gap there)."""
        problem, store = self.problem, self._store
        places = store.places(working)
        at = store.features
        delta = self._d[at]
        done = store.descend(problem.norms[at], problem.penalty(at), places, delta, residual, tol, max_epochs)
        self._d[at] = delta
        return done

    def _stop(self, residual, gap, epochs):
        problem = self.problem
        relative = gap / problem.y_squared if problem.y_squared > 0 else 0.0
        value = problem.primal(self._d, self._store.features, residual)
        return Stop(value, gap, relative, gap <= self._tol, epochs)


def _longer(array, size):
    """``array`` with zeros behind it."""
    return np.append(array, np.zeros(size - len(array)))
