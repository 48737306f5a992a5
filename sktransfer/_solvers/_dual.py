"""More features than rows: go down to as many dimensions as there are rows, without loss.

With a prior of slopes' precision D (diagonal, positive, the same for each output) the optimum lies at

    coef = centre + D^-1 X' a                                       (representer theorem)

so with ``X D^-1 X' = L L'`` the problem in z, coef = centre + D^-1 X' L^-T z, is

    sum_i w_i loss(y_i, L_i . z + x_i . centre + intercept + offset_i) + ||z||^2 / 2

the same loss with n columns and a prior of precision one, which any other solver takes. One ``X X'``. L is its Cholesky
factor; where rows depend on each other, U S^(1/2) of its eigendecomposition, with L^-T read as U S^(-1/2).
"""

import numpy as np
from scipy.linalg import eigh, lapack, solve_triangular

from sktransfer._designs import as_design
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
from sktransfer._solvers._base import CALL, Solver, nobody
from sktransfer._solvers._chord import Chord
from sktransfer._solvers._closed_form import ClosedForm
from sktransfer._solvers._newton import NewtonCholesky

_FEW = 150
_TIGHTER = 1e-3


class Dual(Solver):
    """Solve in the space of the rows."""

    name = "dual"

    def refuses(self, objective):
        """See :func:`dual_refuses`."""
        return dual_refuses(objective)

    def cost(self, objective):
        """One X X', one eigendecomposition, and the small problem."""
        n, K = objective.n_samples, objective.layout.n_outputs
        small = n**3 + (K * n) ** 3 / 3
        if not objective.quadratic:
            small = 7 * (small + CALL * max(K * (K - 1) / 2, 1))
        return objective.work * n + 10 * n**3 + small

    def _iterate(self, objective, point, tol, max_iter, report):
        with objective.threads:
            return self._through_rows(objective, point, tol, max_iter, report)

    def _through_rows(self, objective, point, tol, max_iter, report):
        reduction = Reduction.of(objective)
        if objective.quadratic:
            inner = ClosedForm()
        else:
            inner = NewtonCholesky() if objective.n_samples < _FEW else Chord()
        result = inner.solve(
            reduction.objective,
            reduction.start(point.theta),
            tol=tol * _TIGHTER,
            max_iter=max_iter,
            report=None if report is nobody else lambda small: report(reduction.point(small)),
        )
        return objective.at(reduction.theta(result.theta)), result.n_iter


class Reduction:
    """An objective and its equal in as many dimensions as there are rows.

    Parameters
    ----------
    objective : Objective
        One that :class:`Dual` accepts.

    Attributes
    ----------
    objective : Objective
        The small one.
    """

    def __init__(self, objective):
        self._whole = objective
        layout, term = objective.layout, objective.terms[0]
        self._precision, self._centre = _common_precision(objective)
        self._factor(term.design.outer(1 / self._precision))
        offset = term.design.matvec(self._centre)
        offset = offset if term.offset is None else offset + term.offset
        small = LossTerm(as_design(self.rows), term.loss, term.y, term.weight, offset)
        priors = [GaussianPrior(*self._prior(layout))]
        self.objective = Objective([small], priors, fit_intercept=layout.fit_intercept)

    @classmethod
    def of(cls, objective):
        """The reduction of an objective, made once."""
        if objective.reduction is None:
            objective.reduction = cls(objective)
        return objective.reduction

    def _factor(self, gram):
        """L and how to divide by its transpose."""
        lower, info = lapack.dpotrf(gram, lower=1, clean=1)
        least = len(gram) * 10 * np.finfo(np.float64).eps
        if info == 0 and np.all(lower.diagonal() ** 2 > least * gram.diagonal()):
            self.rows = np.ascontiguousarray(lower)
            self._divide = lambda z: solve_triangular(lower, z, lower=True, trans="T", check_finite=False)
            self._coordinates = lambda moved: solve_triangular(lower, moved, lower=True, check_finite=False)
            return
        values, vectors = eigh(gram)
        keep = values > len(values) * np.finfo(np.float64).eps * max(values[-1], 0.0)
        root, vectors = np.sqrt(values[keep]), vectors[:, keep]
        self.rows = np.ascontiguousarray(vectors * root)
        self._divide = lambda z: vectors @ (z.T / root).T
        self._coordinates = lambda moved: ((vectors.T @ moved).T / root).T

    def _prior(self, layout):
        """Centre and precision of the small problem: 0 and 1 on z, the whole problem's on the intercept."""
        K, r = layout.n_outputs, self.rows.shape[1]
        if not layout.fit_intercept:
            return np.zeros(K * r), DiagonalPrecision(np.ones(K * r))
        weight = self._whole.prior_diagonal()[layout.n_coefs :]
        pull = sum((p.product(p.centre)[layout.n_coefs :] for p in self._whole.priors), np.zeros(K))
        centre = np.divide(pull, weight, out=np.zeros(K), where=weight > 0)
        return np.append(np.zeros(K * r), centre), DiagonalPrecision(np.append(np.ones(K * r), weight))

    def start(self, theta):
        """Small parameters of a whole start: the source is the origin."""
        coef, intercept = self._whole.layout.split(theta)
        moved = self._whole.terms[0].design.matvec(coef - self._centre)
        return self.objective.layout.join(self._coordinates(moved).T, intercept)

    def theta(self, small):
        """Whole parameters of small ones."""
        z, intercept = self.objective.layout.split(small)
        back = self._whole.terms[0].design.rmatvec(self._divide(z.T))
        return self._whole.layout.join(self._centre + back / self._precision, intercept)

    def point(self, small):
        """The whole objective at a small point."""
        return self._whole.at(self.theta(small.theta))


def dual_refuses(objective):
    """Why an objective cannot be solved in the space of its rows; None if it can.

    It takes one loss term and a diagonal prior that is positive and alike for all outputs.
    """
    if len(objective.terms) != 1:
        return "the road through the rows takes one loss term"
    if objective.held is not None or objective.lower is not None:
        return "the road through the rows takes no held or bounded directions"
    if _common_precision(objective) is None:
        return "the road through the rows needs a positive diagonal prior, the same for all outputs"
    return None


def _common_precision(objective):
    """(precision (p,), centre (K, p)) of the slopes when diagonal, positive and alike for all outputs."""
    layout = objective.layout
    if not all_diagonal(objective.priors):
        return None
    slopes = objective.prior_diagonal()[: layout.n_coefs].reshape(layout.n_outputs, -1)
    if not (np.all(slopes > 0) and np.all(slopes == slopes[0]) and np.all(np.isfinite(slopes))):
        return None
    pull = sum(prior.product(prior.centre) for prior in objective.priors)
    return slopes[0], pull[: layout.n_coefs].reshape(layout.n_outputs, -1) / slopes


def all_diagonal(priors):
    """Whether every prior is Gaussian with a diagonal precision."""
    return bool(priors) and all(
        isinstance(prior, GaussianPrior) and isinstance(prior.precision, DiagonalPrecision) for prior in priors
    )
