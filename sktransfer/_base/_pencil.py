"""Squared loss on a grid of alphas and strengths, by one generalised eigendecomposition a strength.

    alpha L_s(theta) + (1 - alpha) L_t(theta) + s (alpha u_s + (1 - alpha) u_t) (theta - c)' P (theta - c) / 2
    L_k = sum_i w_ki (y_ki - a_ki . theta)^2 / 2,   a = [x - mean, 1]

With S = A_s' W_s A_s + s u_s P and R = A_t' W_t A_t + s u_t P the Hessian is alpha S + (1 - alpha) R, so T and beta
from :func:`simultaneous` of (alpha_0 S, (1 - alpha_0) R), alpha_0 in the middle of the grid, serve every alpha:

    (alpha S + (1 - alpha) R)^-1 = T diag(1 / d) T',   d = alpha / alpha_0 (1 - beta) + (1 - alpha) / (1 - alpha_0) beta
    theta - c = T (T'(alpha g_s + (1 - alpha) g_t) / d),   g_k = A_k' W_k (y_k - A_k c)

and the target's held-out predictors follow from leverages, as in :mod:`sktransfer._base._spectrum`. Rows of the source
are visited once, for two sums. (u_s, u_t) = (1, 1) where a twin's loss is a sum over rows, the terms' total weights
where it is a mean.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sktransfer._base._levelled import Levelled, common_precision, left_out, quadratic_and_free, simultaneous
from sktransfer._kernels import single_threaded_blas, threads_for

_LEAST = 1e-9


class Pencil:
    """An alpha-weighted objective of squared loss, ready for any alpha and strength.

    Parameters
    ----------
    objective : Objective
        One that :meth:`accepts`: the target's term first, no term multiplied by its share; the prior at strength one.
    middle : float
        alpha_0, between 0 and 1.
    units : (float, float), default=(1.0, 1.0)
        u_t and u_s: what the prior is multiplied with beside the target's and the sources' terms.
    """

    @staticmethod
    def accepts(objective):
        """Whether it is squared loss, free, with one Gaussian prior that is the same for each output."""
        return len(objective.terms) > 1 and quadratic_and_free(objective) and objective.priors[0].linear

    def __init__(self, objective, middle, units=(1.0, 1.0)):
        self._objective, self._middle, self._units = objective, float(middle), units
        shares = np.where(np.arange(len(objective.terms)) == 0, 1 - self._middle, self._middle)
        self._levelled = Levelled.of(objective, shares)
        with objective.threads:
            self._precision = self._levelled.precision(common_precision(objective))
            self._eta, target, *sources = self._levelled.residuals(objective)
            self._gradients = target, sum(sources)
            target, *sources = (self._levelled.information(term) for term in objective.terms)
            self._informations = target, sum(sources)

    def held_out(self, alphas, strengths):
        """Each target row's predictor by the fit without it.

        Parameters
        ----------
        alphas : ndarray of shape (n_alphas,)
            Above 0, at most 1: there the target's rows weigh nothing and the sources' fit predicts.
        strengths : ndarray of shape (n_strengths,)
            Not negative and finite.

        Returns
        -------
        iterator of ndarray of shape (n_alphas, n_samples, n_outputs)
            One per strength. Not finite where a row cannot be left out.

        Raises
        ------
        numpy.linalg.LinAlgError
            If at some strength neither rows nor prior see some direction, or the sources alone do not at alpha = 1.
        """
        m, n, alphas = len(self._precision), len(self._eta), np.asarray(alphas, dtype=np.float64)
        work = len(strengths) * m * m * (10 * m + n)
        with single_threaded_blas(), ThreadPoolExecutor(threads_for(work)) as pool:
            return iter(list(pool.map(lambda strength: self._at(strength, alphas), strengths)))

    def _at(self, strength, alphas):
        """All alphas at one strength: (n_alphas, n_samples, n_outputs)."""
        target, sources = (
            information + strength * unit * self._precision
            for information, unit in zip(self._informations, self._units, strict=True)
        )
        directions, beta = simultaneous(self._middle * sources, (1 - self._middle) * target)
        if np.any(alphas == 1) and not np.all(beta < 1 - _LEAST):
            raise np.linalg.LinAlgError("the sources' rows alone do not see some direction")
        shares = np.multiply.outer(alphas / self._middle, 1 - beta)
        shares += np.multiply.outer((1 - alphas) / (1 - self._middle), beta)
        target, sources = (directions.T @ gradient for gradient in self._gradients)
        pulled = np.multiply.outer(alphas, sources) + np.multiply.outer(1 - alphas, target)
        moves = pulled / shares[:, :, np.newaxis]
        term = self._objective.terms[0]
        return left_out(term, self._levelled, directions, self._eta, 1 / shares, moves, 1 - alphas)
