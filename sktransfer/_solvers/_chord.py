"""One Hessian, then cheap exact gradients.

    1. H = second derivative at the start, in float32 (X'WX once), factorised
    2. d = -B gradient, B the inverse Hessian by L-BFGS with H^-1 as its first guess
    3. u <- u + d, or a part of it until the objective falls           (one visit to the rows each)
    4. where slow steps have cost as much as a Hessian: H anew, here; where no step helps: H + ||gradient|| I
    stop: max |gradient| / sum of weights <= tol

The start is the source, so H is nearly right from the first step on, and its error costs iterations, not accuracy:
gradients are in float64.
"""

import numpy as np

from sktransfer._solvers._base import VECTOR, Solver
from sktransfer._solvers._line_search import ARMIJO, ROUNDING, search
from sktransfer._solvers._linear_algebra import Factor, regularise

_SLOW = 0.5
_MEMORY = 20


class Chord(Solver):
    """L-BFGS around a factorised Hessian: best for many rows.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, algorithms 7.4 and 7.5.
    """

    name = "chord"

    def refuses(self, objective):
        """It has no bounds."""
        return "coefficients with bounds are not for Newton steps" if objective.lower is not None else None

    def cost(self, objective):
        """One Hessian and factorisation, about eight gradients, and more bookkeeping than a small problem is worth."""
        p, K = objective.layout.n_features, objective.layout.n_outputs
        blocks = 1 if all(term.loss.separable for term in objective.terms) else max(K * (K - 1) / 2, 1)
        gradients = 8 * VECTOR * objective.work * K
        return objective.work * p * blocks + (K * p) ** 3 / 3 + gradients + 3e7

    def _iterate(self, objective, point, tol, max_iter, report):
        memory, patience = None, max(3.0, objective.layout.n_features / (2 * VECTOR))
        for n_iter in range(1, max_iter + 1):
            if point.certificate <= tol:
                return point, n_iter - 1
            if memory is None:
                memory, slow, damping = Memory(_factor(objective, point)), 0, 0.0
            following = _step(objective, point, memory.direction(point.gradient))
            if following is None and damping:
                return point, n_iter
            if following is None:
                # All but flat here, or the memory misleads: a fresh Hessian that no step can outrun.
                damping = np.linalg.norm(point.gradient)
                memory = Memory(_factor(objective, point, damping))
                continue
            slow += following.certificate > _SLOW * point.certificate
            memory.learn(following.u - point.u, following.gradient - point.gradient)
            point = following
            report(point)
            if slow > patience:
                memory = None
        return point, max_iter


def _factor(objective, point, damping=0.0):
    hessian = point.hessian(single=True)
    hessian.flat[:: len(hessian) + 1] += damping
    regularise(hessian, objective.drop(objective.gauge))
    return Factor(hessian)


def _step(objective, point, direction):
    """The whole step, by one visit to the rows; where it does not help, a part of it along the line."""
    slope = float(point.gradient @ direction)
    trial = objective.at(objective.theta(point.u + direction))
    certificate = trial.certificate
    change = trial.value - point.value
    level = abs(change) <= ROUNDING * abs(point.value)
    if slope < 0 and (change <= ARMIJO * slope or (level and certificate < point.certificate)):
        return trial
    return search(point, direction)


class Memory:
    """Approximate inverse Hessian: a factorised one, corrected by the last steps.

    Parameters
    ----------
    factor : Factor
    """

    def __init__(self, factor):
        self._factor, self._pairs = factor, []

    def learn(self, step, change):
        """Take in one step and the change of the gradient along it."""
        curvature = float(step @ change)
        if curvature > 1e-14 * np.linalg.norm(step) * np.linalg.norm(change):
            self._pairs = [*self._pairs, (step, change, 1 / curvature)][-_MEMORY:]

    def direction(self, gradient):
        """``-B gradient`` by the two-loop recursion."""
        right, weights = gradient.copy(), []
        for step, change, rho in reversed(self._pairs):
            weights.append(rho * float(step @ right))
            right -= weights[-1] * change
        result = self._factor.solve(right)
        for (step, change, rho), weight in zip(self._pairs, reversed(weights), strict=True):
            result += step * (weight - rho * float(change @ result))
        return -result
