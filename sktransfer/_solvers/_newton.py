"""Newton's method with the whole Hessian.

1. H = second derivative at u          (X'WX per block of rows, plus the priors)
2. H d = -gradient                     (Cholesky; least-norm where singular)
3. u <- u + t d                        (t = 1, halved until the objective falls)
stop: max |gradient| / sum of weights <= tol; where a Hessian costs no more than a call, go on while a step halves the
      gradient, so that what a small problem's answer is does not depend on how it was come by
"""

import numpy as np

from sktransfer._solvers._base import CALL, Solver, finished, nobody, polish_of
from sktransfer._solvers._compiled import CompiledProblem
from sktransfer._solvers._free_part import free_part
from sktransfer._solvers._line_search import search, step
from sktransfer._solvers._linear_algebra import Factor, regularise


class NewtonCholesky(Solver):
    """Few, dear iterations: best when rows are many and parameters are not.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, chapter 3.
    """

    name = "newton-cholesky"
    takes_blocks = True

    def refuses(self, objective):
        """It has no bounds."""
        return "coefficients with bounds are not for Newton steps" if objective.lower is not None else None

    def cost(self, objective):
        """About seven Hessians and factorisations; each block is a call, however small."""
        p, K = objective.layout.n_features, objective.layout.n_outputs
        separable = all(term.loss.separable for term in objective.terms)
        blocks = 1 if separable else max(K * (K - 1) / 2, 1)
        return 7 * (objective.work * p * blocks + (K * p) ** 3 / 3 + CALL * blocks)

    def _iterate(self, objective, point, tol, max_iter, report):
        point, n_iter = _compiled(objective, point, tol, max_iter, report)
        if point.certificate <= tol:
            return point, n_iter
        with objective.threads:
            point, more = self._loop(objective, point, tol, max_iter - n_iter, report)
        return point, n_iter + more

    def _loop(self, objective, point, tol, max_iter, report):
        shifts = objective.drop(objective.gauge)
        point.expand()
        before, aim = np.inf, polish_of(objective) * tol
        for n_iter in range(1, max_iter + 1):
            if finished(point.certificate, before, tol, aim):
                return point, n_iter - 1
            before = point.certificate
            hessian = point.hessian()
            regularise(hessian, shifts)
            following = step(point, -Factor(hessian).solve(point.gradient), expand=True)
            if following is None:
                # All but flat here: damped, the step is at most of length one.
                hessian.flat[:: len(hessian) + 1] += np.linalg.norm(point.gradient)
                following = search(point, -Factor(hessian).solve(point.gradient))
            if following is None:
                return point, n_iter
            point = following
            report(point)
        return point, max_iter


def _compiled(objective, point, tol, max_iter, report):
    """As far as the compiled loop comes, where it takes the objective; step by step where somebody watches."""
    if report is nobody and (small := free_part(objective)) is not None:
        following, n_iter = _compiled(small, small.at(point.u), tol, max_iter, report)
        return (objective.at_free(following.u), n_iter) if n_iter else (point, 0)
    if not CompiledProblem.accepts(objective):
        return point, 0
    problem, polish = CompiledProblem(objective), polish_of(objective)
    if report is nobody:
        following, n_iter = problem.minimise(point.u, tol, max_iter, polish=polish)
        return (following, n_iter) if n_iter else (point, 0)
    before, n_iter = np.inf, 0
    while n_iter < max_iter and not finished(point.certificate, before, tol, polish * tol):
        following, done = problem.minimise(point.u, polish * tol, 1)
        if done == 0:
            break
        before, point, n_iter = point.certificate, following, n_iter + 1
        report(point)
    return point, n_iter
