"""Small dense problems of one output, handed to a kernel whole: no Python between the steps.

See ``_kernels/_newton.pyx`` for the method. What the kernel does not finish (a singular Hessian, a fit that does not
reach its goal) is left to the caller.
"""

import numpy as np

from sktransfer._kernels import newton_path
from sktransfer._objective import Point
from sktransfer._priors import GaussianPrior

_ENTRIES = 100_000
_PARAMETERS = 300
_NOTHING = np.zeros(0)


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
        self._precision, self._centre = objective.prior_hessian(), objective.priors[0].centre
        offset = self._term.offset
        self._offset = _NOTHING if offset is None else np.ascontiguousarray(offset[:, 0])

    def minimise(self, start, tol, max_iter, *, relative=False, polish=1.0):
        """(last point, iterations) of the objective itself.

        ``relative``: tol is a share of the first gradient. ``polish``: share of tol to go on to where that is cheap.
        """
        thetas, _, iterations, _, known = self._walk(np.ones(1), start, tol, max_iter, 0, False, relative, polish)
        return Point.known(self._objective, thetas[0], *known), int(iterations[0])

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
        thetas : ndarray of shape (n_done, n_params)
        held_out : ndarray of shape (n_done, n_samples)
            As far as the kernel came.
        """
        thetas, held_out, _, done, _ = self._walk(strengths, start, tol, max_iter, len(self._rows), more)
        return thetas[:done], held_out[:done]

    def _walk(self, strengths, start, tol, max_iter, n_held_out, more, relative=False, polish=1.0):
        thetas = np.empty((len(strengths), self._rows.shape[1]))
        held_out = np.empty((len(strengths), n_held_out))
        iterations = np.zeros(len(strengths), dtype=np.int_)
        gradient, hessian = np.empty_like(self._centre), np.empty_like(self._precision)
        done, value = newton_path(
            *self._term.loss.fused_kernel,
            self._rows,
            self._term.y.ravel(),
            self._term.weight,
            self._offset,
            self._precision,
            self._centre,
            np.ascontiguousarray(strengths, dtype=np.float64),
            np.ascontiguousarray(start, dtype=np.float64),
            tol if relative else tol * self._objective.total_weight,
            relative,
            polish,
            max_iter,
            more,
            thetas,
            held_out,
            iterations,
            gradient,
            hessian,
        )
        return thetas, held_out, iterations, done, (value, gradient, hessian)
