"""Small dense problems of one output, handed to a kernel whole: no Python between the steps.

See ``_kernels/_newton.pyx`` for the method. What the kernel does not finish (a singular Hessian, a fit that does not
reach its goal) is left to the caller.
"""

from typing import NamedTuple

import numpy as np

from sktransfer._kernels import newton_path
from sktransfer._objective import Point
from sktransfer._priors import GaussianPrior

_ENTRIES = 200_000
_PARAMETERS = 300
_NOTHING = np.zeros(0)


class Walk(NamedTuple):
    """Where a path of strengths led.

    Attributes
    ----------
    thetas : ndarray of shape (n_strengths, n_params)
    held_out : ndarray of shape (n_strengths, n_samples)
        Each row's predictor by the fit without that row.
    iterations : ndarray of shape (n_strengths,)
    facts : ndarray of shape (n_strengths, 3)
        Where rows are left out: max |gradient| / sum of weights, the objective, ``tr[F (F + s P)^-1]``.
    known : (float, ndarray, ndarray)
        Of the losses, at the last theta: value, gradient, second derivative.
    """

    thetas: np.ndarray
    held_out: np.ndarray
    iterations: np.ndarray
    facts: np.ndarray
    known: tuple = ()

    @classmethod
    def of(cls, size, n_params, n_held_out):
        """Room for it."""
        shapes = (size, n_params), (size, n_held_out)
        return cls(*map(np.empty, shapes), np.zeros(size, dtype=np.int_), np.zeros((size, 3)))


class CompiledProblem:
    """An objective in the form the kernel takes: ``sum of losses + s * prior``.

    Parameters
    ----------
    objective : Objective
        One that :meth:`accepts`.
    """

    @staticmethod
    def accepts(objective):
        """Whether the objective is small, of one term and output with a fused loss, one Gaussian prior and free."""
        term, m = objective.terms[0], objective.layout.n_params
        return (
            len(objective.terms) == len(objective.priors) == 1
            and isinstance(objective.priors[0], GaussianPrior)
            and objective.layout.n_outputs == 1
            and objective.held is None
            and objective.lower is None
            and 0 < m <= _PARAMETERS
            and 0 < term.design.n_samples * m <= _ENTRIES
            and term.loss.fused_kernel is not None
            and term.design.dense is not None
        )

    def __init__(self, objective):
        self._objective, self._term = objective, objective.terms[0]
        rows = self._term.design.dense()
        self._rows = np.empty((len(rows), objective.layout.n_params))
        self._rows[:, : rows.shape[1]] = rows
        self._rows[:, rows.shape[1] :] = 1.0
        self._prior = objective.priors[0]
        offset = self._term.offset
        self._offset = _NOTHING if offset is None else np.ascontiguousarray(offset[:, 0])

    def minimise(self, start, tol, max_iter, *, relative=False, polish=1.0):
        """(last point, iterations) of the objective itself.

        ``relative``: tol is a share of the first gradient. ``polish``: share of tol to go on to where that is cheap.
        """
        walk = self._walk(np.ones(1), start, tol, max_iter, 0, False, relative, polish)
        return Point.known(self._objective, walk.thetas[0], *walk.known), int(walk.iterations[0])

    def path(self, strengths, start, tol, max_iter, more):
        """Minimisers for the prior times each strength, and each row's predictor by the fit without that row.

        Parameters
        ----------
        strengths : ndarray of shape (n_strengths,)
        start : ndarray of shape (n_params,)
        tol : float
            On ``max |gradient| / sum of weights``.
        max_iter : int
        more : bool
            Whether left-out fits take more than one step.

        Returns
        -------
        Walk
            As far as the kernel came.
        """
        return self._walk(strengths, start, tol, max_iter, len(self._rows), more)

    def _walk(self, strengths, start, tol, max_iter, n_held_out, more, relative=False, polish=1.0):
        strengths = np.ascontiguousarray(strengths, dtype=np.float64)
        linear = self._prior.linear or np.all(strengths == 1)
        precision = self._prior.precision.dense()[np.newaxis] if linear else self._prior.precision.along(strengths)
        size, n_params = len(strengths), self._rows.shape[1]
        walk = Walk.of(size, n_params, n_held_out)
        known = np.empty(n_params), np.empty((n_params, n_params))
        done, value = newton_path(
            *self._term.loss.fused_kernel,
            self._rows,
            self._term.y.ravel(),
            self._term.weight,
            self._offset,
            precision,
            self._prior.centre,
            strengths if linear else np.ones(size),
            np.ascontiguousarray(start, dtype=np.float64),
            tol if relative else tol * self._objective.total_weight,
            relative,
            polish,
            max_iter,
            more,
            *walk[:4],
            *known,
        )
        walk.facts[:, 0] /= self._objective.total_weight
        return Walk(*(part[: max(done, 1)] if n_held_out == 0 else part[:done] for part in walk[:4]), (value, *known))
