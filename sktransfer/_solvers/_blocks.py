"""One Hessian block per class, then cheap exact gradients: for a softmax of many features.

    1. B = approximate inverse Hessian at the start: K factors of p x p in float32, from some of the rows
    2. d = -B' gradient, B' = B corrected by the last steps (L-BFGS)
    3. u <- u + d, or a part of it until the objective falls           (one visit to the rows each)
    4. B anew, here, when it has served its time; from all rows and in float64 when that was not enough
    stop: max |gradient| / sum of weights <= tol

Where all classes look alike, as they do at zero, one block serves them all and is cheap: three steps with it, and the
blocks are taken where it led. Rows left out of B and its rounding cost steps, not accuracy: gradients are exact.
"""

import numpy as np

from sktransfer._solvers._base import VECTOR, Solver
from sktransfer._solvers._block_factor import BlockFactor, Blocks
from sktransfer._solvers._line_search import step as step_along
from sktransfer._solvers._memory import Memory
from sktransfer._solvers._newton_cg import NewtonCG

_SHARED_STEPS = 3
_PATIENCE = 6
_RATE = 0.7
_COARSE_ROUNDS = 2
_ROWS_PER_FEATURE = 4
_ROWS = 2000


class ClassBlocks(Solver):
    """L-BFGS around one factorised block per class: best for many rows, features and classes.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, algorithms 7.4 and 7.5.
    Boehning (1992), Multinomial logistic regression algorithm: a block that serves all classes.
    """

    name = "blocks"

    def refuses(self, objective):
        """It is for softmax losses without bounds; what is held must leave whole classes."""
        if not all(term.loss.shift_invariant for term in objective.terms):
            return "blocks by class are for several classes"
        if objective.lower is not None:
            return "coefficients with bounds are not for Newton steps"
        return "what is held cuts across classes" if Blocks.of(objective) is None else None

    def cost(self, objective):
        """A block and a factorisation per class, about twelve gradients, and some bookkeeping."""
        p, K = objective.layout.n_features, objective.layout.n_outputs
        blocks = K * (objective.work / _step_of(objective) * p + p**3 / 3) / 2
        return blocks + 12 * VECTOR * objective.work * K + 3.2e7

    def _iterate(self, objective, point, tol, max_iter, report):
        blocks, factor, damping, rounds = Blocks.of(objective), None, 0.0, 0
        for n_iter in range(1, max_iter + 1):
            if point.certificate <= tol:
                return point, n_iter - 1
            if factor is None:
                factor = _factor(objective, blocks, point, rounds, damping)
                memory, service = Memory(factor), _Service(factor.shared, rounds, point.certificate)
                rounds += not factor.shared
            following = step_along(point, memory.direction(point.gradient))
            if following is None and damping:
                return point, n_iter
            if following is None:
                # All but flat here, or the memory misleads: fresh blocks that no step can outrun.
                factor, damping = None, np.linalg.norm(point.gradient)
                continue
            memory.learn(following.u - point.u, following.gradient - point.gradient)
            point = following
            report(point)
            if service.over(point.certificate):
                factor, damping = None, 0.0
        return point, max_iter


class _Service:
    """How long blocks serve: a few steps where classes share one, else until a spell of slow steps.

    A spell is as long again after each change of blocks, so that a problem that is slow by nature is not charged for
    new ones over and over.
    """

    def __init__(self, shared, rounds, certificate):
        self._shared, self._spell = shared, _SHARED_STEPS if shared else _PATIENCE * 2**rounds
        self._left, self._before = self._spell, certificate

    def over(self, certificate):
        """Whether the blocks have served their time, asked once after each step."""
        self._left -= 1
        if self._left > 0:
            return False
        slow = certificate > self._before * _RATE**self._spell
        self._left, self._before = self._spell, certificate
        return self._shared or slow


def _factor(objective, blocks, point, rounds, damping):
    """The blocks here: from some rows and in float32 the first time, exact ones after that."""
    coarse = rounds < _COARSE_ROUNDS
    step = _step_of(objective) if coarse else 1
    return BlockFactor(objective, blocks, point.theta, step=step, shared=rounds == 0, single=coarse, damping=damping)


def _step_of(objective):
    """Every how manieth row a block is made from.

    Four rows a feature are enough; more are taken where they cost no more than a few gradients, and where the classes'
    probabilities on them stay well under a tenth of the size of X.
    """
    n, p, K = objective.n_samples, max(objective.layout.n_features, 1), objective.layout.n_outputs
    rows = max(_ROWS_PER_FEATURE * p, _ROWS, min(100 * n / p, n * p / (50 * K)))
    step = max(1, int(n / rows))
    # An odd step does not fall in with rows that come in pairs.
    return step - (step % 2 == 0)


def block_preconditioner(point):
    """Multiplication by an approximate inverse Hessian; None where blocks do not fit, or cost more than they save.

    Parameters
    ----------
    point : Point

    Returns
    -------
    callable or None
    """
    objective, solver = point.objective, ClassBlocks()
    if solver.refuses(objective) or solver.cost(objective) > NewtonCG().cost(objective):
        return None
    return _factor(objective, Blocks.of(objective), point, rounds=1, damping=0.0).solve
