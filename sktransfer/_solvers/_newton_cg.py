"""Newton's method without the Hessian.

1. d ~ -H^-1 gradient by conjugate gradients, preconditioned by the centred Hessian's diagonal,
   until ||H d + gradient|| <= eta ||gradient||,  eta = min(0.1, sqrt(relative gradient))
2. u <- u + t d                        (t = 1, halved until the objective falls)
stop: max |gradient| / sum of weights <= tol
"""

import numpy as np

from sktransfer._solvers._base import VECTOR, Solver
from sktransfer._solvers._line_search import search
from sktransfer._solvers._preconditioner import CentredDiagonal


class NewtonCG(Solver):
    """Many cheap products with X: best for sparse rows and for many parameters.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, algorithm 7.1.
    """

    name = "newton-cg"

    def refuses(self, objective):
        """It has no bounds."""
        return "coefficients with bounds are not for Newton steps" if objective.lower is not None else None

    def cost(self, objective):
        """About seven steps of twenty products each, and the same few dozen calls however small the data."""
        return 7 * 20 * (2 * VECTOR * objective.work * objective.layout.n_outputs + 5e5)

    def _iterate(self, objective, point, tol, max_iter, report):
        with objective.threads:
            return self._steps(point, tol, max_iter, report)

    def _steps(self, point, tol, max_iter, report):
        start = np.linalg.norm(point.gradient) or 1.0
        for n_iter in range(1, max_iter + 1):
            if point.certificate <= tol:
                return point, n_iter - 1
            relative = np.linalg.norm(point.gradient) / start
            direction = conjugate_gradients(point, min(0.1, np.sqrt(relative)))
            following = search(point, direction) or search(point, -point.gradient)
            if following is None:
                return point, n_iter
            point = following
            report(point)
        return point, max_iter


def conjugate_gradients(point, accuracy, right=None, precondition=None):
    """Solve ``H d = right`` to a relative accuracy; stops early where H has no curvature.

    Parameters
    ----------
    point : Point
        Where H is taken.
    accuracy : float
    right : ndarray of shape (n_free,), default=None
        The negative gradient by default.
    precondition : callable, default=None
        Multiplies by an approximate inverse of H; that of its diagonal by default.
    """
    right = -point.gradient if right is None else right
    with point.objective.threads:
        return _conjugate_gradients(point, accuracy, right.copy(), precondition or CentredDiagonal(point).solve)


def _conjugate_gradients(point, accuracy, residual, precondition):
    """As above; ``residual`` is the right-hand side and is overwritten."""
    goal = accuracy * np.linalg.norm(residual)
    solution = np.zeros_like(residual)
    z = precondition(residual)
    direction, rho = z.copy(), float(residual @ z)
    for _ in range(20 + 2 * len(residual)):
        product = point.product(direction)
        curvature = float(direction @ product)
        if not curvature > 1e-16 * float(direction @ direction):
            break
        length = rho / curvature
        solution += length * direction
        residual -= length * product
        if np.linalg.norm(residual) <= goal:
            break
        z = precondition(residual)
        rho, previous = float(residual @ z), rho
        direction = z + (rho / previous) * direction
    return solution if np.any(solution) else z
