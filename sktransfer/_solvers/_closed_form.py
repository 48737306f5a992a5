"""Squared loss in one step.

    theta = theta_0 - H^-1 gradient(theta_0),    H = sum_k X_k' W_k X_k + M

The Hessian is constant, so the step is exact up to rounding; up to three more steps with the same factor and a
gradient computed from X itself take that rounding out again (iterative refinement), which is why X need not be
centred. Outputs that do not interact share X'WX and are solved one by one, and those with the same prior
share the factor, too. Where H is singular the step is the shortest one with the slopes' mean taken out, so
the answer is the minimiser nearest to where it started: the source.
"""

import numpy as np

from sktransfer._solvers._base import Solver, nobody
from sktransfer._solvers._compiled import CompiledProblem
from sktransfer._solvers._linear_algebra import Factor

_STEPS = 4
_ENOUGH = 1e-14


class ClosedForm(Solver):
    """Cholesky factorisation of the normal equations.

    References
    ----------
    Bjorck (1996), Numerical Methods for Least Squares Problems, chapter 2.9.
    """

    name = "cholesky"

    def refuses(self, objective):
        """It needs squared loss in all terms and no bounds."""
        if not objective.quadratic:
            return "a closed form exists for squared loss only"
        if objective.lower is not None:
            return "coefficients with bounds have no closed form"
        return None

    def cost(self, objective):
        """One X'WX and one factorisation."""
        p, K = objective.layout.n_features, objective.layout.n_outputs
        return objective.work * p + K * p**3 / 3

    def _iterate(self, objective, point, tol, max_iter, report):
        if report is nobody and CompiledProblem.accepts(objective):
            last, n_iter = CompiledProblem(objective).minimise(point.u, _ENOUGH, _STEPS, relative=True)
            if n_iter > 0:
                return last, n_iter
        with objective.threads:
            return self._refine(objective, point, report)

    def _refine(self, objective, point, report):
        point.expand()
        step = _separate_step(objective, point) or _joint_step(objective, point)
        start = point.certificate
        for n_iter in range(1, _STEPS + 1):
            following = objective.at_free(point.u + step(point.gradient))
            if n_iter > 1 and not following.certificate < point.certificate:
                return point, n_iter - 1
            point = following
            report(point)
            if point.certificate <= _ENOUGH * start:
                break
        return point, n_iter


def _joint_step(objective, point):
    """gradient -> step with one factor for all parameters."""
    layout = objective.layout
    intercepts = np.zeros(0, dtype=int)
    if objective.held is None and layout.fit_intercept:
        intercepts = np.arange(layout.n_coefs, layout.n_params)
    solve = _solver_of(point.hessian(), intercepts)
    return lambda gradient: -solve(gradient)


def _separate_step(objective, point):
    """gradient -> step with one factor per distinct prior; None when the outputs are tied together."""
    layout = objective.layout
    if layout.n_outputs == 1 or objective.held is not None:
        return None
    cuts = [[prior.cut(layout.output(k)) for prior in objective.priors] for k in range(layout.n_outputs)]
    if any(part is None for parts in cuts for part in parts):
        return None
    pairs = zip(objective.terms, point.curvatures, strict=True)
    shared = sum(term.sandwich(layout, curvature.block(0, 0)) for term, curvature in pairs)
    intercept = [layout.n_features] if layout.fit_intercept else []
    factors, of_output = {}, []
    for parts in cuts:
        own = np.zeros_like(shared)
        for part in parts:
            part.add_to(own)
        key = own.tobytes()
        if key not in factors:
            factors[key] = _solver_of(shared + own, np.array(intercept, dtype=int))
        of_output.append(factors[key])

    def step(gradient):
        result = np.empty(layout.n_params)
        for k, solve in enumerate(of_output):
            result[layout.output(k)] = -solve(gradient[layout.output(k)])
        return result

    return step


def _solver_of(hessian, intercepts):
    """b -> H^-1 b; where H is singular, the solution with the shortest slopes (intercepts are not counted)."""
    factor = Factor(hessian)
    if not factor.singular or len(intercepts) == 0:
        return factor.solve
    rest = np.setdiff1d(np.arange(len(hessian)), intercepts)
    cross = hessian[np.ix_(rest, intercepts)]
    corner = Factor(hessian[np.ix_(intercepts, intercepts)])
    slopes = Factor(hessian[np.ix_(rest, rest)] - cross @ corner.solve(cross.T))

    def solve(right):
        result = np.empty_like(right)
        result[rest] = slopes.solve(right[rest] - cross @ corner.solve(right[intercepts]))
        result[intercepts] = corner.solve(right[intercepts] - cross.T @ result[rest])
        return result

    return solve
