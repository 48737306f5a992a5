"""Squared loss along a path of strengths, by one eigendecomposition.

    minimise over theta   sum_i w_i (y_i - a_i . theta)^2 / 2 + s (theta - c)' P (theta - c) / 2,   a = [x - mean, 1]

With F = A' W A and G = F + s_0 P = L L', let U diag(beta) U' = L^-1 P L^-T and T = L^-T U. Then for every s

    (F + s P)^-1 = T diag(d_s) T',   d_s = 1 / (1 + (s - s_0) beta)
    eta_s = eta_c + Z (d_s * T' A' W (y - eta_c)),   Z = A T          predictors
    h_s   = Z^2 d_s                                                   leverages
    eta_s + h_s w (eta_s - y) / (1 - w h_s)                           by the fit without that row, exactly

so a strength costs O(n m) after one A' W A, one m x m eigendecomposition and one A T. Rows are taken a block at a time.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.linalg import cho_factor, eigh, solve_triangular

from sktransfer._kernels import threads_for
from sktransfer._priors import GaussianPrior

_BLOCK_ENTRIES = 1 << 18


class Spectrum:
    """A squared-loss objective, ready for any strength of its prior.

    Parameters
    ----------
    objective : Objective
        One that :meth:`accepts`.
    reference : float
        s_0: a strength in the middle of those that will be asked for.

    Raises
    ------
    numpy.linalg.LinAlgError
        If neither rows nor prior see some direction.

    References
    ----------
    Golub & Van Loan (2013), Matrix Computations, chapter 8.7. Allen (1974), The relationship between variable selection
    and data augmentation and a method for prediction: exact leave-one-out.
    """

    @staticmethod
    def accepts(objective):
        """Whether it is squared loss of one term, free, with one Gaussian prior that is the same for each output."""
        return (
            objective.quadratic
            and len(objective.terms) == len(objective.priors) == 1
            and objective.held is None
            and objective.lower is None
            and _prior_of_outputs(objective) is not None
        )

    def __init__(self, objective, reference):
        self._term, self._layout = objective.terms[0], objective.layout
        self._reference, self._objective = float(reference), objective
        design, weight = self._term.design, self._term.weight
        self._mean = np.zeros(design.n_features)
        if self._layout.fit_intercept:
            self._mean = design.rmatvec(weight[:, np.newaxis])[0] / weight.sum()
        self._eta = self._term.predict(self._layout, objective.priors[0].centre)
        residual = weight[:, np.newaxis] * (self._term.y - self._eta)
        with objective.threads:
            precision = self._shift(_prior_of_outputs(objective))
            self._directions, self._beta = self._decompose(self._information(), precision)
        self._pulled = self._directions.T @ self._gradient(residual)

    def _information(self):
        """F over [features about their mean; level]."""
        design, weight, p = self._term.design, self._term.weight, self._layout.n_features
        inner = design.sandwich(weight, self._mean)
        if not self._layout.fit_intercept:
            return inner
        whole = np.zeros((p + 1, p + 1))
        whole[:p, :p], whole[p, p] = inner, weight.sum()
        return whole

    def _shift(self, precision):
        """The prior's precision over [slopes; intercept] -> over [slopes; level at the mean]."""
        if not self._layout.fit_intercept:
            return precision
        p = self._layout.n_features
        back = np.eye(p + 1)
        back[p, :p] = -self._mean
        return back.T @ precision @ back

    def _gradient(self, residual):
        """``A' residual``: (m, n_outputs)."""
        slopes = self._term.design.rmatvec(residual).T
        if not self._layout.fit_intercept:
            return slopes
        total = residual.sum(axis=0)
        return np.vstack([slopes - np.outer(self._mean, total), total])

    def _decompose(self, information, precision):
        """T and beta; in units in which G has a unit diagonal, so that features' units cost no digits."""
        whole = information + self._reference * precision
        scale = 1 / np.sqrt(np.where(whole.diagonal() > 0, whole.diagonal(), 1.0))
        lower, _ = cho_factor(_with_unit_diagonal(whole * np.outer(scale, scale)), lower=True)
        if not np.all(lower.diagonal() ** 2 > 8 * len(lower) * np.finfo(np.float64).eps):
            raise np.linalg.LinAlgError("some direction is seen neither by the rows nor by the prior")
        inner = precision * np.outer(scale, scale)
        half = solve_triangular(lower, inner, lower=True)
        beta, vectors = eigh(solve_triangular(lower, half.T, lower=True))
        return scale[:, np.newaxis] * solve_triangular(lower, vectors, lower=True, trans="T"), beta

    def held_out(self, strengths):
        """Each row's predictor by the fit without it: an iterator of (n_samples, n_outputs), one per strength."""
        factors = 1 / (1 + np.multiply.outer(np.asarray(strengths) - self._reference, self._beta))
        moves = np.einsum("sj,jk->jks", factors, self._pulled).reshape(len(self._beta), -1)
        p, n = self._layout.n_features, len(self._term.y)
        slopes = np.ascontiguousarray(self._directions[:p].T)
        level = self._directions[p] - self._mean @ self._directions[:p] if self._layout.fit_intercept else 0.0
        found = np.empty((len(strengths), n, self._layout.n_outputs))

        def fill(rows):
            Z = self._term.design.rows(rows).matvec(slopes) + level
            found[:, rows] = self._left_out(rows, Z, moves, factors)

        step = max(256, _BLOCK_ENTRIES // max(len(self._beta), 1))
        blocks = [slice(low, min(low + step, n)) for low in range(0, n, step)]
        with self._objective.threads, ThreadPoolExecutor(threads_for(n * len(moves))) as pool:
            list(pool.map(fill, blocks) if len(blocks) > 1 else map(fill, blocks))
        return iter(found)

    def _left_out(self, rows, Z, moves, factors):
        """A block's predictors, each by the fits without its row: (n_strengths, n_rows, n_outputs)."""
        y = self._term.y[rows, :, np.newaxis]
        eta = (Z @ moves).reshape(*y.shape[:2], -1) + self._eta[rows, :, np.newaxis]
        leverage = self._term.weight[rows, np.newaxis] * ((Z * Z) @ factors.T)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (leverage / (1 - leverage))[:, np.newaxis]
            return np.moveaxis(eta + share * (eta - y), 2, 0)


def _prior_of_outputs(objective):
    """The prior's precision over one output's [slopes; intercept], alike for all; None where outputs differ."""
    layout = objective.layout
    if not isinstance(objective.priors[0], GaussianPrior):
        return None
    cuts = [objective.priors[0].cut(layout.output(k)) for k in range(layout.n_outputs)]
    if any(cut is None for cut in cuts):
        return None
    first, *others = (cut.precision.dense() for cut in cuts)
    return first if all(np.array_equal(first, other) for other in others) else None


def _with_unit_diagonal(matrix):
    """Directions that nothing depends on (a constant feature without a prior) get some curvature."""
    matrix.flat[:: len(matrix) + 1] = np.where(matrix.diagonal() > 0, matrix.diagonal(), 1.0)
    return matrix
