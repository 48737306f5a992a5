"""Factors of several sources that must not be negative, or are shares of one: which of them are zero.

    phi(beta) = min over theta   L(theta) + prior(theta - sum_k beta_k theta_k) + (beta - 1/K)' C (beta - 1/K) / 2
    minimise phi   subject to   beta >= 0   ("nonnegative"),   and sum_k beta_k = 1   ("simplex")

With T the sources as columns, B what is free of theta, F the second derivative of L and P the prior's,

    grad phi = T' grad L(theta) + C (beta - 1/K)                          at the inner minimum (envelope theorem)
    Q        = T'FT - T'FB (B'(F + P)B)^-1 B'FT + C                       the second derivative of phi

    1. theta at beta, by an ordinary fit around one source
    2. the minimiser of the quadratic model of phi, by non-negative least squares: K numbers, no rows
    3. the fit with the factors free on the face where that minimiser lies
    stop: no factor there is negative, no other would grow; else 1. from there, half as far while phi does not fall

For squared loss the model is phi itself and one round is enough: two fits and K right-hand sides, whatever K is.

A simplex is non-negative least squares, too: the minimiser of |R b - r|^2 over it is x / sum(x) with x >= 0 the
minimiser of |(R - r 1') x|^2 + (1'x - 1)^2, because for x = t b the best t leaves |Ab|^2 / (1 + |Ab|^2).

References: Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23. Breiman (1996), Stacked Regressions: why
factors of models that are much alike should not be negative.
"""

import warnings

import numpy as np
from scipy.optimize import nnls
from sklearn.exceptions import ConvergenceWarning

from sktransfer._base._light import columns_of, groups_of, images
from sktransfer._base._scales import Face, Factors, of_outputs
from sktransfer._objective import Objective
from sktransfer._solvers import Factor, choose_solver, conjugate_gradients
from sktransfer.sources._source import changed

RULES = ("free", "nonnegative", "simplex")
_ROUNDS, _HALVINGS = 30, 6
_TOL, _CG_TOL = 1e-10, 1e-8
_NEGATIVE, _GROWS = 1e-10, 1e-8
_DENSE = 1500


def found_factors(rule, light, twin, rows, source):
    """The faces where the factors that fit best lie.

    Parameters
    ----------
    rule : {"free", "nonnegative", "simplex"}
    light : ndarray of shape (n_groups, n_sources, n_sources)
        C of each group.
    twin : LinearTransfer
        It poses problems around the members at given factors, and along faces.
    rows : Rows
    source : Source
        Aligned, with its members.

    Returns
    -------
    Factors
    """
    if rule == "free":
        return Factors.of(rule, np.ones(light.shape[:2], dtype=bool), light)
    return _Search(rule, light, twin, rows, source).run()


def lowest(hessian, gradient, rule):
    """The minimiser of ``b' hessian b / 2 + gradient' b`` over what ``rule`` allows: (n_sources,)."""
    size = len(gradient)
    values, vectors = np.linalg.eigh(hessian)
    if not values[-1] > 0:
        return np.full(size, 1 / size)
    values = np.where(values > size * np.finfo(float).eps * values[-1], values, 0.0)
    root = np.sqrt(values)[:, np.newaxis] * vectors.T
    right = -np.divide(vectors.T @ gradient, np.sqrt(values), out=np.zeros(size), where=values > 0)
    if rule == "nonnegative":
        return nnls(root, right, maxiter=30 * size)[0]
    away = root - right[:, np.newaxis]
    unit = np.linalg.norm(away) / np.sqrt(size)
    rows = np.vstack([away / (unit if unit > 0 else 1.0), np.ones(size)])
    found = nnls(rows, np.eye(size + 1)[size], maxiter=30 * size)[0]
    return found / found.sum()


class _Model:
    """phi near some factors: value, gradient (n_groups, n_sources) and second derivative (all groups' factors)."""

    def __init__(self, search, beta, theta=None):
        self.beta = beta
        problem = search.around(beta)
        objective = problem.objective
        if theta is None:
            solver = choose_solver(search.twin._solver_name, objective)
            self.theta = solver.solve(objective, problem.start, tol=min(search.twin.tol, _TOL)).theta
        else:
            self.theta = theta
        self._objective = objective
        self._columns = search.columns(problem)
        self._bare = Objective(objective.terms, objective.priors[1:], fit_intercept=objective.layout.fit_intercept)
        self._at, self._light = self._bare.at(self.theta), search.light
        lightly = np.einsum("gk,gkm->gm", beta - 1 / beta.shape[1], search.light)
        self.value = objective.at(self.theta).value + 0.5 * float(np.vdot(lightly, beta - 1 / beta.shape[1]))
        self.gradient = (self._columns.T @ self._at.theta_gradient).reshape(beta.shape) + lightly

    def hessian(self):
        """Q: (n_groups, n_sources, n_sources), the blocks of each group."""
        moved = images(self._at, self._columns)
        Q = self._columns.T @ moved
        if self._objective.n_free:
            inside = np.column_stack([self._objective.drop(image) for image in moved.T])
            Q -= inside.T @ self._solved(inside)
        n_groups, size = self.beta.shape
        blocks = Q.reshape(n_groups, size, n_groups, size)
        own = np.stack([blocks[g, :, g] for g in range(n_groups)]) + self._light
        return (own + own.transpose(0, 2, 1)) / 2

    def _solved(self, right):
        """``(B'(F + P)B)^-1 right``."""
        point = self._objective.at(self.theta)
        if self._objective.n_free <= _DENSE:
            return Factor(point.hessian()).solve(right)
        return np.column_stack([conjugate_gradients(point, _CG_TOL, column) for column in right.T])


class _Search:
    """The loop of the module's docstring."""

    def __init__(self, rule, light, twin, rows, source):
        self.rule, self.light, self.twin, self._rows, self._source = rule, light, twin, rows, source

    def run(self):
        """The faces where the minimiser lies: Factors."""
        model = _Model(self, np.full(self.light.shape[:2], 1 / self.light.shape[1]))
        for _ in range(_ROUNDS):
            following = self._lowest(model)
            factors = Factors.of(self.rule, following > 0, self.light)
            joint = self._joint(factors)
            if self._stays(joint, following > 0):
                return factors
            model = self._towards(model, self._allowed(joint.beta))
        warnings.warn(
            f"{type(self.twin).__name__}: the sources' weights have not settled after {_ROUNDS} rounds and are taken "
            "as they are. Scale the features, or strengthen the penalty.",
            ConvergenceWarning,
            stacklevel=6,
        )
        return Factors(self.light, [Face(beta, np.zeros((len(beta), 0))) for beta in model.beta])

    def around(self, beta):
        """The problem around one source: the members at these factors."""
        weights = of_outputs(beta if len(beta) > 1 else beta[0], self._rows.shown)
        at = self.twin._weighed(self._source, weights, self.twin._coordinates(self._rows, self._source))
        return self.twin._pose(self._rows, changed(at, members=None))

    def columns(self, problem):
        """T: the slopes of each group and source, (n_params, n_groups * n_sources)."""
        slopes = [problem.coordinates.into(member.coef, member.intercept)[0] for member in self._source.members]
        groups = groups_of(problem.objective.terms[0].loss, self._rows.shown)
        return columns_of(slopes, groups, problem.objective.layout)

    def _lowest(self, model):
        """The model's minimiser: groups do not interact."""
        hessian = model.hessian()
        slope = model.gradient - np.einsum("gkm,gm->gk", hessian, model.beta)
        return np.array([lowest(H, g, self.rule) for H, g in zip(hessian, slope, strict=True)])

    def _joint(self, factors):
        """The model where the fit with factors free on these faces ends."""
        problem = self.twin._pose(self._rows, self._source, factors)
        objective, tol = problem.objective, min(self.twin.tol, _TOL)
        theta = choose_solver(self.twin._solver_name, objective).solve(objective, problem.start, tol=tol).theta
        return _Model(self, np.atleast_2d(problem.weights(theta)), theta)

    def _stays(self, joint, supports):
        """Whether no factor is negative and none that is zero would grow."""
        if joint.beta.min() < -_NEGATIVE * max(1.0, np.abs(joint.beta).max()):
            return False
        slope = joint.gradient
        if self.rule == "simplex":
            slope = slope - np.array([[g[s].mean()] for g, s in zip(slope, supports, strict=True)])
        curvature = joint.hessian().diagonal(axis1=1, axis2=2)
        return bool(np.all(supports | (slope >= -_GROWS * curvature.max(axis=1, keepdims=True))))

    def _allowed(self, beta):
        """The factors without what is not allowed."""
        beta = np.maximum(beta, 0.0)
        if self.rule == "nonnegative":
            return beta
        return beta / beta.sum(axis=1, keepdims=True)

    def _towards(self, model, beta):
        """A model nearer to the minimiser: at ``beta``, or half as far from the last one, and so on."""
        for _ in range(_HALVINGS):
            following = _Model(self, beta)
            if following.value <= model.value:
                break
            beta = (beta + model.beta) / 2
        return following
