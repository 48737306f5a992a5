"""Limited-memory BFGS: the road that takes everything smooth, bounds included.

stop: max |projected gradient| / sum of weights <= tol

A line search on values sees about half of the digits; where the gradient is to be smaller than that, Newton-CG takes
the last steps: with bounds, among the parameters that stand on none.
"""

import numpy as np
from scipy.optimize import Bounds, minimize

from sktransfer._objective import Objective
from sktransfer._priors import Held
from sktransfer._solvers._base import VECTOR, Solver
from sktransfer._solvers._newton_cg import NewtonCG


class LBFGS(Solver):
    """scipy's L-BFGS-B on the objective in free coordinates.

    References
    ----------
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
        """Two hundred gradients."""
        return 200 * (2 * VECTOR * objective.work * objective.layout.n_outputs + 5e5)

    def _iterate(self, objective, point, tol, max_iter, report):
        bounds, start = None, point.u
        # Units in which the diagonal of the Hessian is one: badly scaled features cost no iterations.
        scale = np.ones_like(start)
        if objective.held is None:
            diagonal = point.hessian_diagonal
            scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, objective.total_weight))
        if objective.lower is not None:
            start, bounds = np.maximum(start, objective.lower), Bounds(objective.lower / scale)
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
            u = scale * scaled
            # A bound that is scaled and scaled back is not the bound: put it in its place.
            return objective.at_free(u if bounds is None else np.where(scaled > bounds.lb, u, objective.lower))

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


def _last_digits(objective, point, tol, max_iter, report):
    """Newton-CG from ``point``; with bounds only where they do not bind, and only as far as they are kept."""
    if objective.lower is None:
        return NewtonCG()._iterate(objective, point, tol, max_iter, report)
    binding = (point.theta <= objective.lower) & (point.gradient > 0)
    held = Held.at(np.maximum(point.theta, objective.lower), binding)
    free = Objective(objective.terms, [*objective.priors, held], fit_intercept=objective.layout.fit_intercept)
    last, n_iter = NewtonCG()._iterate(free, free.at(point.theta), tol, max_iter, lambda point: None)
    polished = objective.at(np.maximum(last.theta, objective.lower))
    if not polished.certificate < point.certificate:
        return point, 0
    report(polished)
    return polished, n_iter
