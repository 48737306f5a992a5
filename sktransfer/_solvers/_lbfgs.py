"""Limited-memory BFGS: the road that takes everything smooth, bounds included.

    1. M = the centred Hessian's diagonal at the start         (one visit to the rows)
    2. d = -B gradient, B the inverse Hessian by L-BFGS around gamma M^-1
    3. u <- u + t d, t = 1, or where the slopes at both ends of the last trial say
       that the objective is lowest, until it falls            (one visit to the rows each)
    4. where no step helps: 1 anew, then Newton-CG
    stop: max |projected gradient| / sum of weights <= tol

Bounds take scipy's L-BFGS-B, in units in which the diagonal of the Hessian is one. A line search on values sees about
half of the digits; where the gradient is to be smaller than that, Newton-CG takes the last steps among the parameters
that stand on no bound.
"""

import numpy as np
from scipy.optimize import Bounds, minimize

from sktransfer._objective import Objective
from sktransfer._priors import Held
from sktransfer._solvers._base import VECTOR, Solver
from sktransfer._solvers._line_search import helps
from sktransfer._solvers._memory import Memory
from sktransfer._solvers._newton_cg import NewtonCG
from sktransfer._solvers._preconditioner import CentredDiagonal

_TRIALS = 12


class LBFGS(Solver):
    """Few visits to the rows, a few vectors kept: best for sparse rows.

    References
    ----------
    Liu & Nocedal (1989), On the limited memory BFGS method for large scale optimization.
    Byrd, Lu, Nocedal & Zhu (1995), A limited memory algorithm for bound constrained optimization.
    """

    name = "lbfgs"
    default_max_iter = 15_000

    def refuses(self, objective):
        """Bounds and held directions do not go together."""
        if objective.lower is not None and objective.held is not None:
            return "coefficients with bounds cannot also be held at the source's"
        return None

    def cost(self, objective):
        """Sixty visits to sparse rows; dense ones correlate more, and bounds take two hundred gradients."""
        visits = 60 if objective.sparse and objective.lower is None else 200
        return visits * (2 * VECTOR * objective.work * objective.layout.n_outputs + 5e5)

    def _iterate(self, objective, point, tol, max_iter, report):
        if objective.lower is not None:
            return self._within_bounds(objective, point, tol, max_iter, report)
        with objective.threads:
            return self._freely(objective, point, tol, max_iter, report)

    def _freely(self, objective, point, tol, max_iter, report):
        memory, helpless = None, False
        for n_iter in range(1, max_iter + 1):
            if point.certificate <= tol:
                return point, n_iter - 1
            if memory is None:
                memory = Memory(CentredDiagonal(point), scaled=True, size=10)
            following = _step(objective, point, memory.direction(point.gradient))
            if following is None and helpless:
                last, steps = NewtonCG()._iterate(objective, point, tol, max_iter - n_iter, report)
                return last, n_iter + steps
            helpless = following is None
            if helpless:
                memory = None
                continue
            memory.learn(following.u - point.u, following.gradient - point.gradient)
            point = following
            report(point)
        return point, max_iter

    def _within_bounds(self, objective, point, tol, max_iter, report):
        scale = 1 / np.sqrt(np.where(point.hessian_diagonal > 0, point.hessian_diagonal, objective.total_weight))
        start, bounds = np.maximum(point.u, objective.lower), Bounds(objective.lower / scale)
        last, n_iter = point, 0
        for _ in range(5):
            last, steps = self._run(objective, start, scale, bounds, tol, max_iter - n_iter, report)
            n_iter += steps
            if last.certificate <= tol or n_iter >= max_iter or np.array_equal(last.u, start):
                break
            start = last.u
        if last.certificate > tol and n_iter < max_iter:
            last, steps = _last_digits(objective, last, tol, max_iter - n_iter, report)
            n_iter += steps
        return last, n_iter

    def _run(self, objective, start, scale, bounds, tol, max_iter, report):
        seen = {}

        def point_at(scaled):
            # A bound that is scaled and scaled back is not the bound: put it in its place.
            return objective.at_free(np.where(scaled > bounds.lb, scale * scaled, objective.lower))

        def value_and_gradient(scaled):
            seen["point"] = point_at(scaled)
            return seen["point"].value, scale * seen["point"].gradient

        def after_each(scaled):
            report(seen["point"])

        result = minimize(
            value_and_gradient,
            start / scale,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            callback=after_each,
            options={
                "maxiter": max(max_iter, 1),
                "maxfun": 20 * max(max_iter, 1),
                "gtol": tol * objective.total_weight * float(scale.min()),
                "ftol": 1e-3 * np.finfo(np.float64).eps,
                "maxcor": 20,
            },
        )
        return point_at(result.x), int(result.nit)


def _step(objective, point, direction):
    """The first trial on the line that lowers the objective enough; None where no trial does."""
    slope, t = float(point.gradient @ direction), 1.0
    for _ in range(_TRIALS if slope < 0 else 0):
        trial = objective.at_free(point.u + t * direction)
        if helps(point, trial, t * slope):
            return trial
        # The slope is a straight line between both ends, as far as they tell.
        t *= min(0.9, max(0.1, slope / (slope - float(trial.gradient @ direction))))
    return None


def _last_digits(objective, point, tol, max_iter, report):
    """Newton-CG from ``point`` where bounds do not bind, and only as far as they are kept."""
    binding = (point.theta <= objective.lower) & (point.gradient > 0)
    held = Held.at(np.maximum(point.theta, objective.lower), binding)
    free = Objective(objective.terms, [*objective.priors, held], fit_intercept=objective.layout.fit_intercept)
    last, n_iter = NewtonCG()._iterate(free, free.at(point.theta), tol, max_iter, lambda point: None)
    polished = objective.at(np.maximum(last.theta, objective.lower))
    if not polished.certificate < point.certificate:
        return point, 0
    report(polished)
    return polished, n_iter
