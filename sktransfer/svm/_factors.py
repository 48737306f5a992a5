"""Factors of several sources under a loss with kinks: each output on its sources' predictions z as features.

    minimise   sum_i w_i loss(y_i, z_i . beta + intercept) + (beta - 1/K)' C (beta - 1/K) / 2
               + light (intercept - intercept_s)^2 / (2 intercept_scaling^2)

C is that of :mod:`sktransfer._base._light`, with one for the curvature of a row's loss; in coordinates u = Q' beta, the
first column of Q being 1 / sqrt(K), it is diagonal.

Under constraints (beta >= 0; of a simplex sum_k beta_k = 1, too) the loss has no curvature to follow, but the pull has,
so the dual is smooth: multipliers m >= 0 and s only move what beta is pulled to,

    D(m, s) = min over beta and intercept of the above with C^-1 (m + s) added to 1/K,  less what that added
    grad D = (-beta, 1 - sum_k beta_k)

and each step of L-BFGS-B on -D is one fit without constraints, of K numbers.
"""

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import minimize

from sktransfer._designs import as_design
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior, Held, Layout
from sktransfer._solvers import choose_solver

_TOL = 1e-12


class FactorFits:
    """Fits of the factors of all outputs.

    Parameters
    ----------
    scores : ndarray of shape (n_sources, n_samples, n_outputs)
    loss : Loss
    rows : Rows
    intercept : ndarray of shape (n_outputs,)
        The source's.
    twin : estimator
        Its ``_light``, ``fit_intercept`` and ``intercept_scaling``.
    options : dict
        Of the solver: ``tol``, ``max_iter``.
    """

    def __init__(self, scores, loss, rows, intercept, twin, options):
        self._n_sources, _, self._n_outputs = scores.shape
        self._options, self._intercept = options, intercept
        size, outputs = self._n_sources, self._n_outputs
        self._layout = Layout(outputs, outputs * size, bool(twin.fit_intercept))
        self._turn = _turned(size)
        self._pulls = _pulls(scores, rows, twin)
        features = np.hstack([scores[:, :, k].T @ self._turn for k in range(outputs)])
        offset = None if twin.fit_intercept else intercept
        self._term = LossTerm(as_design(features), loss, rows.y, rows.weight, offset)
        own = np.kron(np.eye(outputs), np.ones(size))
        level = twin._light / float(twin.intercept_scaling) ** 2
        self._precision = DiagonalPrecision(self._layout.join(own * self._pulls.ravel() + (own == 0), level))
        self._held = Held.at(self._layout.join(0 * own, intercept), self._layout.join(own == 0, False) > 0)

    def weights(self, rule):
        """The factors: (n_outputs, n_sources)."""
        mean = np.full((self._n_outputs, self._n_sources), 1 / self._n_sources)
        return self._fitted(mean)[1] if rule == "free" else self._constrained(mean, rule == "simplex")

    def _fitted(self, pulled_to, **options):
        """(least value, factors) where they are pulled to other than equal shares."""
        moved = block_diag(*(pulled_to @ self._turn)[:, np.newaxis])
        prior = GaussianPrior(self._layout.join(moved, self._intercept), self._precision)
        objective = Objective([self._term], [prior, self._held], fit_intercept=self._layout.fit_intercept)
        result = choose_solver("auto", objective).solve(objective, prior.centre, **{**self._options, **options})
        turned = self._layout.split(result.theta)[0].reshape(self._n_outputs, self._n_outputs, self._n_sources)
        return result.value, turned[np.arange(self._n_outputs), np.arange(self._n_outputs)] @ self._turn.T

    def _constrained(self, mean, sums):
        """The same over factors that are not negative, or shares of one."""
        n_outputs, size = mean.shape
        unit = self._pulls.mean()

        def shift_of(moved):
            against = unit * (moved[:, :size] + (moved[:, size:] if sums else 0.0))
            return against, ((against @ self._turn) / self._pulls) @ self._turn.T

        def negative_dual(multipliers):
            moved = multipliers.reshape(n_outputs, size + sums)
            against, shift = shift_of(moved)
            value, beta = self._fitted(mean + shift, tol=_TOL)
            value -= np.vdot(against, shift) / 2 + np.vdot(against, mean) - sums * unit * np.sum(moved[:, size:])
            slope = np.hstack([-beta, 1 - beta.sum(axis=1, keepdims=True)]) if sums else -beta
            return -value / unit, -slope.ravel()

        bounds = ([(0, None)] * size + [(None, None)] * sums) * n_outputs
        options = {"gtol": 1e-8, "ftol": 1e-15, "maxiter": 1000, "maxcor": 50}
        start = np.zeros(len(bounds))
        found = minimize(negative_dual, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        found = found.reshape(n_outputs, size + sums)
        beta = np.maximum(self._fitted(mean + shift_of(found)[1], tol=_TOL)[1], 0.0)
        beta[found[:, :size] > 0] = 0.0
        return beta / beta.sum(axis=1, keepdims=True) if sums else beta


def _turned(size):
    """An orthogonal matrix whose first column is the same for all sources: (n_sources, n_sources)."""
    basis = np.linalg.qr(np.column_stack([np.ones(size), np.eye(size)[:, 1:]]))[0]
    return basis * np.sign(basis[0, 0])


def _pulls(scores, rows, twin):
    """C in turned coordinates, its diagonal: (n_outputs, n_sources)."""
    weight = rows.weight / rows.weight.sum()
    about = scores - (np.einsum("i,kic->kc", weight, scores)[:, np.newaxis] if twin.fit_intercept else 0.0)
    one_row = np.einsum("i,kic->c", weight, about**2) / len(scores)
    pulls = np.repeat(np.where(one_row > 0, one_row, 1.0)[:, np.newaxis], len(scores), axis=1)
    pulls[:, 0] = len(scores) * twin._light
    return pulls
