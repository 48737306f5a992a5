"""Hinge and tube losses, output by output, through the variables of the rows.

    primal   P(v) = sum_i L_i(o_i + a_i . v) + v' M v / 2          o: what the source predicts,  v: the change from it
    dual     D(beta) = -sum_i (L_i*(-beta_i) + beta_i o_i) - beta' Q beta / 2,     Q = A M^-1 A',   v = M^-1 A' beta

with a = [x, 1] and M diagonal. The gap is a sum of terms that are never negative, so that nothing cancels in it:

    P - D = sum_i (L_i(eta_i) + L_i*(-beta_i) + beta_i eta_i)

1. v, eta, gap from beta                                   (one product with X', one with X)
2. where few rows are between their bounds: these exactly  (a linear system)
3. epochs of coordinate ascent                             (until the largest violation is a tenth of what it was)
   once, where features are few: beta from Newton's method on P, or, of losses with kinks, from inside the box
stop: (P - D) / P <= tol; of few rows the optimum itself, where step 2 finds it soon
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from sktransfer._designs import Ascent
from sktransfer._objective import Point
from sktransfer._solvers._base import VECTOR, Solver
from sktransfer._solvers._between import MOST, settle
from sktransfer._solvers._interior import interior
from sktransfer._solvers._level import best_level
from sktransfer._solvers._primal import newton

_EPOCHS = 40
_MANY_ROWS, _MUCH = 60, 100_000
_SHARPER = 0.1
_EXACT = 1e-14
_ROUNDING = 8 * np.finfo(np.float64).eps


class DualAscent(Solver):
    """Coordinate ascent on the dual, one row at a time.

    Parameters
    ----------
    seed : int, default=0
        Of the order in which rows are visited.

    References
    ----------
    Hsieh, Chang, Lin, Keerthi & Sundararajan (2008), A Dual Coordinate Descent Method for Large-scale Linear SVM.
    Ho & Lin (2012), Large-scale Linear Support Vector Regression. Yang, Yan & Hauptmann (2007), Cross-Domain Video
    Concept Detection Using Adaptive SVMs: the source as an offset.
    """

    name = "dual-ascent"
    takes_kinked_losses = True
    default_max_iter = 1000

    def __init__(self, seed=0):
        self._seed = seed

    def seeded(self, seed):
        """The same solver with another order of rows."""
        return DualAscent(seed)

    def refuses(self, objective):
        """It is for one term of hinge or tube losses with a positive diagonal prior and rows that can be visited."""
        if len(objective.terms) != 1 or not objective.terms[0].loss.by_gap:
            return "coordinate ascent over rows is for one term of hinge or tube losses"
        if objective.lower is not None:
            return "coordinate ascent over rows takes no bounds on the coefficients"
        if not objective.terms[0].design.by_row:
            return "these rows cannot be visited one by one"
        if _spread(objective) is None:
            return "coordinate ascent over rows needs a positive diagonal prior"
        return None

    def cost(self, objective):
        """Some hundred visits to the rows."""
        return 100 * VECTOR * objective.work * objective.layout.n_outputs

    def _iterate(self, objective, point, tol, max_iter, report):
        term, layout = objective.terms[0], objective.layout
        spread, start = _spread(objective), _start(objective)
        eta = term.predict(layout, start)
        theta, ends, n_iter = start.copy(), [(0.0, 0.0)], 1
        for k in range(layout.n_outputs):
            output = Output(term, k, np.ascontiguousarray(eta[:, [k]]), spread[layout.output(k)])
            with objective.threads:
                end = output.solve(tol, max_iter, self._seed)
            theta[layout.output(k)] += end.change[: len(layout.output(k))]
            ends.append((end.gap, end.rounding))
            n_iter = max(n_iter, end.epochs)
            report(objective.at(theta))
        gap, rounding = max(ends, key=lambda end: end[0] - max(tol, end[1]))
        return Point.certified(objective, theta, gap, "the relative duality gap", rounding), n_iter


class End(NamedTuple):
    """Where one output's problem was left.

    Attributes
    ----------
    change : ndarray of shape (n_features + 1,)
        Of the coefficients, then of the intercept.
    gap, rounding : float
        The relative gap, and what of it may be rounding.
    epochs : int
    dual : ndarray of shape (n_samples,) or None
        The dual variables that prove it; None where slopes are held and only a level was sought.
    """

    change: np.ndarray
    gap: float
    rounding: float
    epochs: int
    dual: np.ndarray | None


class Output:
    """One output's problem.

    Parameters
    ----------
    term : LossTerm
    k : int
    eta : ndarray of shape (n_samples, 1)
        What the source predicts.
    spread : ndarray of shape (n_features,) or (n_features + 1,)
        M^-1, the intercept's last; infinite for an intercept that is free where all slopes are held.
    """

    def __init__(self, term, k, eta, spread):
        self.design, self.loss, self.eta = term.design, term.loss, eta
        self.y = np.ascontiguousarray(term.y[:, [k]])
        self.form = term.loss.dual(term.y, term.weight, k)
        self.spread, level = spread[: self.design.n_features], spread[self.design.n_features :]
        self.level = float(level[0]) if len(level) else 0.0
        self.offset = self.eta[:, 0]

    @cached_property
    def root_squares(self):
        """``sqrt(Q_ii)``: (n_samples,)."""
        return np.sqrt(self.design.row_squares(self.spread) + self.level)

    def solve(self, tol, max_iter, seed):
        """Steps 1 to 3: End."""
        if np.isinf(self.level):
            shift, violation = best_level(self.loss, self.y, self.eta, self.form)
            return End(np.append(np.zeros(len(self.spread)), shift), violation, 0.0, 1, None)
        ascent = Ascent(self.form.target - self.offset, self.form, seed)
        state, epochs = State(self, ascent.beta), 0
        patience, due, wait = self._patience, 0, _EPOCHS
        order = np.flatnonzero(self.form.weight > 0)
        goal, last = min(tol, _EXACT) if len(order) <= MOST else tol, max_iter
        while True:
            if epochs >= due or state.relative <= tol:
                before, state = state, self._better(ascent, state, settle)
                wait = 2 * wait if state is before else _EPOCHS
                due = epochs + (wait if state is before else 0)
            last = min(last, epochs + 2 * _EPOCHS) if state.relative <= tol else last
            if state.relative <= max(goal, state.rounding) or epochs >= last:
                return End(state.change, state.relative, state.rounding, epochs, state.beta)
            if epochs >= patience:
                patience, due = np.inf, epochs
                for road in (newton, interior):
                    state = self._better(ascent, state, road)
                continue
            worst = state.violation.max()
            most = min(_EPOCHS, last - epochs, patience - epochs)
            limits = (order.copy(), worst, _SHARPER * worst, most)
            epochs += self.design.ascend(ascent, self.spread, self.level, *limits)[0]
            state = State(self, ascent.beta)

    @property
    def _patience(self):
        """Epochs before the roads for few features are tried: a quarter of their cost, or none."""
        n, p = self.design.n_samples, self.design.n_features
        if n <= _MANY_ROWS:
            return _EPOCHS
        return p // 4 if n * p > _MUCH and not self.loss.smooth else 0

    def _better(self, ascent, state, road):
        """The state where another road leads, if it is open and the gap smaller there; else ``state``."""
        beta = road(self, state)
        other = state if beta is None else State(self, beta)
        if other.gap < state.gap:
            ascent.beta[:] = beta
            return other
        return state


class State:
    """Everything that follows from beta.

    Attributes
    ----------
    change : ndarray of shape (n_features + 1,)
        v: that of the coefficients, then of the intercept.
    slope : ndarray of shape (n_samples,)
        Derivative of the dual's smooth part.
    gap, relative : float
        P - D, and that over P.
    rounding : float
        What of the relative gap may be rounding.
    """

    def __init__(self, output, beta):
        form, self.beta = output.form, beta.copy()
        pull, total = output.design.rmatvec(beta[:, np.newaxis])[0], float(beta.sum())
        coef, shift = output.spread * pull, output.level * total
        eta = output.offset + output.design.matvec(coef[np.newaxis])[:, 0] + shift
        loss = form.weight * output.loss.elementwise(output.y, eta[:, np.newaxis])[0][:, 0]
        self.change = np.append(coef, shift)
        self.slope = form.target - eta - form.ridge * beta
        self.gap = float(np.sum(np.maximum(loss + form.conjugate(beta) + beta * eta, 0.0)))
        self.primal = float(loss.sum() + 0.5 * (coef @ pull + shift * total))
        self.relative = self.gap / max(self.primal, np.finfo(np.float64).tiny)
        self.rounding = self._lost(output, eta) / max(self.primal, np.finfo(np.float64).tiny)
        self._form = form

    def _lost(self, output, eta):
        """The gap of this beta as far as rounding in eta makes it up.

        That of ``Q beta`` is as of a sum of independent terms: eps sqrt(Q_ii sum_l beta_l^2 Q_ll) in row i.
        """
        form, roots = output.form, output.root_squares
        size = np.abs(form.target) + np.abs(eta) + form.epsilon + roots * np.linalg.norm(self.beta * roots)
        size *= _ROUNDING
        return float(np.abs(self.beta) @ size + form.weight @ (size**2 if output.loss.smooth else size))

    @property
    def violation(self):
        """How fast the dual still rises along each row's variable: (n_samples,)."""
        form, beta = self._form, self.beta
        right = self.slope - np.where(beta >= 0, form.epsilon, -form.epsilon)
        left = self.slope - np.where(beta > 0, form.epsilon, -form.epsilon)
        up, down = beta < form.upper, beta > form.lower
        return np.maximum(np.where(up, right, 0.0), np.maximum(np.where(down, -left, 0.0), 0.0))


def _start(objective):
    """The centre, with what is held where it is held: (n_params,)."""
    centre = objective.priors[0].centre
    return centre if objective.held is None else np.where(_free(objective), centre, objective.held.centre)


def _free(objective):
    """Parameters that are not held: (n_params,) of bool; None where more than single parameters are held."""
    if objective.held is None:
        return np.ones(objective.layout.n_params, dtype=bool)
    basis = objective.held.basis
    free = np.diff(basis.indptr) > 0
    return free if basis.nnz == np.count_nonzero(free) == basis.shape[1] else None


def _spread(objective):
    """One over the prior's diagonal, zero where held: (n_params,); None where this solver cannot take it.

    An intercept without a prior is infinite; its slopes must all be held.
    """
    layout, free = objective.layout, _free(objective)
    if free is None or len(objective.priors) != 1 or objective.priors[0].cut(np.arange(1)) is None:
        return None
    diagonal = objective.prior_diagonal()
    with np.errstate(divide="ignore"):
        spread = np.where(free, 1 / diagonal, 0.0)
    for k in range(layout.n_outputs):
        own = spread[layout.output(k)]
        if np.any(np.isinf(own[: layout.n_features])) or (np.isinf(own[-1]) and np.any(own[:-1])):
            return None
    return spread
