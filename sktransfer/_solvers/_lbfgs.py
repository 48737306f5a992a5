"""Limited-memory BFGS: the road that takes everything smooth, bounds included.

stop: max |projected gradient| / sum of weights <= tol

A line search on values sees about half of the digits; where the gradient is to be smaller than that, Newton-CG takes
the last steps.
"""

import numpy as np
from scipy.optimize import Bounds, minimize

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
        if last.certificate > tol and bounds is None and n_iter < max_iter:
            last, steps = NewtonCG()._iterate(objective, last, tol, max_iter - n_iter, report)
            n_iter += steps
        return last, n_iter

    def _run(self, objective, start, scale, bounds, tol, max_iter, report):
        seen = {}

        def point_at(scaled):
            u = scale * scaled
            if bounds is not None:
                # What stands at a bound stands there exactly, whatever the units round to.
                u = np.where(scaled <= bounds.lb, objective.lower, np.maximum(u, objective.lower))
            return objective.at(objective.theta(u))

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
