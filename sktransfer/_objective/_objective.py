"""The one formula.

    objective(theta) = sum_k a_k sum_i w_ki loss(y_ki, x_ki . theta + offset_ki)
                     + sum_m prior_m(theta - centre_m)

Solvers move in free coordinates ``u`` (theta itself, unless a :class:`~sktransfer._priors.Held` prior holds
some directions) and see the objective one :class:`Point` at a time.
"""

import copy
from contextlib import nullcontext
from functools import cached_property

import numpy as np

from sktransfer._kernels import single_threaded_blas, threads_for
from sktransfer._objective._point import Point
from sktransfer._priors import Held, Layout

_LARGE_MATRIX = 1500


class Objective:
    """A list of loss terms and a list of priors.

    Parameters
    ----------
    terms : list of LossTerm
        They share one theta: all have the same number of features and outputs.
    priors : list of Prior and at most one Held
    fit_intercept : bool, default=True
        Whether theta holds one intercept per output.
    lower : ndarray of shape (n_params,), default=None
        Lower bounds of theta (``-inf`` where free), for non-negative coefficients.
    guess : ndarray of shape (n_params, n_params), default=None
        The second derivative of the loss terms as somebody guesses it, up to a factor: a source's information. It
        changes how soon a solver is done, not where it ends.

    Raises
    ------
    ValueError
        If terms do not share a shape, or directions are held twice.
    """

    def __init__(self, terms, priors, *, fit_intercept=True, lower=None, guess=None):
        self.terms = list(terms)
        self.priors = [prior for prior in priors if not isinstance(prior, Held)]
        held = [prior for prior in priors if isinstance(prior, Held)]
        shapes = {(term.loss.n_outputs, term.design.n_features) for term in self.terms}
        if len(shapes) != 1:
            raise ValueError(f"loss terms must share (n_outputs, n_features), got {sorted(shapes)}")
        if len(held) > 1:
            raise ValueError("directions can be held by one prior only; join them into one basis")
        self.layout = Layout(*shapes.pop(), fit_intercept)
        self.held = held[0] if held else None
        self.lower = lower
        self.guess = guess
        self.constant_hessian = None
        self.reduction = None

    @property
    def n_free(self):
        """Number of free coordinates."""
        return self.layout.n_params if self.held is None else self.held.n_free

    @property
    def n_samples(self):
        """Rows of all terms."""
        return sum(term.design.n_samples for term in self.terms)

    @property
    def work(self):
        """Multiplications in one product of all rows with one vector."""
        return sum(term.design.work for term in self.terms)

    @property
    def sparse(self):
        """Whether any term's rows are sparse."""
        return any(term.design.sparse for term in self.terms)

    @property
    def in_blocks(self):
        """Whether only sums over some term's rows are known."""
        return any(term.design.in_blocks for term in self.terms)

    @property
    def quadratic(self):
        """Whether one Newton step solves it."""
        return all(term.loss.quadratic for term in self.terms)

    @property
    def smooth(self):
        """Whether no prior has a kink."""
        return all(prior.smooth for prior in self.priors)

    @cached_property
    def total_weight(self):
        """Sum of all rows' weights: what the certificate is relative to."""
        return sum(term.total_weight for term in self.terms) or 1.0

    def every(self, step):
        """The objective on every ``step``-th row, weighing as much as all rows; None where that is not cheap."""
        terms = [term.every(step) for term in self.terms]
        if any(term is None for term in terms):
            return None
        part = copy.copy(self)
        part.terms = terms
        part.constant_hessian = part.reduction = None
        part.__dict__.pop("total_weight", None)
        return part

    @property
    def threads(self):
        """A context for loops over this objective: kernels share the rows out, BLAS keeps to one thread.

        Where matrices are large against the rows, or there is nothing to share out, BLAS is left alone.
        """
        large = min(self.n_free, self.n_samples) > _LARGE_MATRIX and not self.sparse
        alone = large or threads_for(self.work) == 1
        return nullcontext() if alone else single_threaded_blas()

    def theta(self, u):
        """Parameters at free coordinates ``u``."""
        return u if self.held is None else self.held.theta(u)

    def free(self, theta):
        """Free coordinates nearest to ``theta``."""
        return np.array(theta, dtype=np.float64) if self.held is None else self.held.coordinates(theta)

    def lift(self, direction):
        """How theta moves along ``direction`` in free coordinates."""
        return direction if self.held is None else self.held.lift(direction)

    def drop(self, gradient):
        """Gradient with respect to theta -> with respect to free coordinates."""
        return gradient if self.held is None else self.held.drop(gradient)

    def reduce(self, matrix):
        """Second derivative with respect to theta -> with respect to free coordinates."""
        return matrix if self.held is None else self.held.reduce(matrix)

    def at(self, theta):
        """The objective seen from ``theta`` (projected on what is free)."""
        return Point(self, self.free(theta))

    def at_free(self, u):
        """The objective seen from free coordinates ``u``."""
        return Point(self, u)

    def prior_hessian(self):
        """Second derivative of the priors with respect to theta: (n_params, n_params)."""
        result = np.zeros((self.layout.n_params, self.layout.n_params))
        for prior in self.priors:
            prior.add_to(result)
        return result

    def prior_diagonal(self):
        """Diagonal of the priors' second derivative: (n_params,)."""
        return sum((prior.diagonal() for prior in self.priors), np.zeros(self.layout.n_params))

    @cached_property
    def gauge(self):
        """Unit directions (n_params, r) along which nothing changes: shifts common to all classes.

        A symmetric softmax does not see a constant added to all classes. Where no prior does either, a solver
        needs these directions to make the Hessian regular; the gradient has no part along them.
        """
        layout, K = self.layout, self.layout.n_outputs
        none = np.zeros((layout.n_params, 0))
        if not all(term.loss.shift_invariant for term in self.terms):
            return none
        columns = np.arange(layout.n_params // K)
        if layout.n_features > 0 and np.any(self.prior_diagonal()[: layout.n_coefs]):
            columns = columns[layout.n_features :]
        shifts = np.zeros((layout.n_params, len(columns)))
        for k in range(K):
            shifts[layout.output(k)[columns], np.arange(len(columns))] = 1 / np.sqrt(K)
        seen = sum((np.abs(prior.product(shift)) for prior in self.priors for shift in shifts.T), 0.0)
        return none if np.any(seen) or not self._feasible(shifts) else shifts

    def _feasible(self, directions):
        """Whether all directions (n_params, r) are left free by what is held."""
        if self.held is None or directions.shape[1] == 0:
            return True
        origin = self.held.centre[:, np.newaxis]
        nearest = np.column_stack([self.held.theta(self.held.coordinates(d)) for d in (origin + directions).T])
        return np.allclose(nearest - origin, directions, rtol=0, atol=1e-12)

    def fix_gauge(self, theta, init):
        """``theta`` moved along the gauge so that it stands level with ``init``: predictions do not change."""
        return theta - self.gauge @ (self.gauge.T @ (theta - init))
