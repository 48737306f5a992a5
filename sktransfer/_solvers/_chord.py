"""One Hessian, then cheap exact gradients.

    1. H = second derivative at the start, factorised: of every s-th row where rows are many (which then also gives a
       better start: their own optimum, to the accuracy that their number is worth), the source's information times
       a factor where it is known, else of all rows, in float32 (X'WX once)
    2. d = -B gradient, B the inverse Hessian by L-BFGS with H^-1 as its first guess
    3. u <- u + d, or a part of it until the objective falls           (one visit to the rows each)
    4. where slow steps have cost as much as a Hessian: H of all rows, here; where no step helps: H + ||gradient|| I
    stop: max |gradient| / sum of weights <= tol; small problems go on while a step halves the gradient

The start is the source, so H is nearly right from the first step on, and its error costs iterations, not accuracy:
gradients are those of all rows, in float64.
"""

import numpy as np

from sktransfer._solvers._base import VECTOR, Solver, finished, polish_of
from sktransfer._solvers._line_search import step as step_along
from sktransfer._solvers._linear_algebra import Factor, regularise
from sktransfer._solvers._memory import Memory

_SLOW = 0.5
_ROWS_PER_PARAMETER = 200
_LEAST_STEP = 4
_STEP = 1e7
_ROWS_FOR_A_TRACE = 500


class Chord(Solver):
    """L-BFGS around a factorised Hessian: best for many rows.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, algorithms 7.4 and 7.5. Byrd, Chin, Neveitt & Nocedal (2011), On
    the use of stochastic Hessian information in optimization methods for machine learning: the Hessian of some rows.
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
        with objective.threads:
            point, memory = _begin(objective, point, tol, max_iter)
            return _descend(objective, point, memory, tol, max_iter, report, polish_of(objective))


def _begin(objective, point, tol, max_iter):
    """(a start, a memory): from some rows, from what is known of the source, or from all rows."""
    step = objective.n_samples // (_ROWS_PER_PARAMETER * max(objective.n_free, 1))
    part = objective.every(step) if step >= _LEAST_STEP else None
    if part is not None:
        start, memory = part.at_free(point.u), _memory(part, part.at_free(point.u))
        noise = np.sqrt(step * memory.guess.diagonal.max()) / objective.total_weight
        best, _ = _descend(part, start, memory, max(tol, 0.1 * noise), max_iter, lambda point: None)
        return objective.at_free(best.u), memory
    if objective.guess is not None:
        hessian = objective.reduce(_scaled_guess(objective, point) + objective.prior_hessian())
        return point, _remember(objective, hessian)
    return point, _memory(objective, point)


def _scaled_guess(objective, point):
    """The guess times the factor that gives it the trace of the true second derivative, taken from some rows."""
    part = objective.every(max(1, objective.n_samples // _ROWS_FOR_A_TRACE)) or objective
    diagonal = part.at_free(point.u).hessian_diagonal - objective.prior_diagonal()
    guessed = objective.guess.diagonal()
    known = guessed > 0
    return objective.guess * np.exp(np.mean(np.log(np.maximum(diagonal[known], 1e-300) / guessed[known])))


def _descend(objective, point, memory, tol, max_iter, report, polish=1.0):
    """Steps from ``point`` until the certificate is met: (last point, steps)."""
    slow, patience, damping, before = 0, _patience(objective), 0.0, np.inf
    for n_iter in range(1, max_iter + 1):
        if finished(point.certificate, before, tol, polish * tol):
            return point, n_iter - 1
        if slow > patience:
            memory = _memory(objective, point)
            slow, damping = 0, 0.0
        following = step_along(point, memory.direction(point.gradient))
        if following is None and damping:
            return point, n_iter
        if following is None:
            # All but flat here, or the memory misleads: a fresh Hessian that no step can outrun.
            damping = np.linalg.norm(point.gradient)
            memory = _memory(objective, point, damping)
            continue
        slow += following.certificate > _SLOW * point.certificate
        before = point.certificate
        memory.learn(following.u - point.u, following.gradient - point.gradient)
        point = following
        report(point)
    return point, max_iter


def _patience(objective):
    """Slow steps that cost as much as half a Hessian and its factor."""
    p = objective.layout.n_features
    hessian = objective.work * p / 2 + p**3 / 3
    return max(3.0, hessian / (2 * (VECTOR * objective.work + _STEP)))


def _memory(objective, point, damping=0.0):
    """A memory around the second derivative at ``point``, in float32."""
    point.expand(single=True)
    hessian = point.hessian(single=True)
    hessian.flat[:: len(hessian) + 1] += damping
    return _remember(objective, hessian)


def _remember(objective, hessian):
    regularise(hessian, objective.drop(objective.gauge))
    return Memory(Factor(hessian, overwrite=True))
