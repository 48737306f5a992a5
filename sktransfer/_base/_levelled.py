"""Squared loss in features about a mean: what rows and priors are over [slopes; level at the mean].

    a = [x - mean, 1],     theta = [slopes; intercept]  ->  [slopes; intercept + mean . slopes]

Far from zero, features and their level would cost each other digits.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.linalg import cho_factor, eigh, solve_triangular

from sktransfer._kernels import threads_for
from sktransfer._priors import GaussianPrior

_BLOCK_ENTRIES = 1 << 18


class Levelled:
    """The coordinates of one output; without an intercept they are the slopes alone, about zero.

    Parameters
    ----------
    layout : Layout
    mean : ndarray of shape (n_features,)
    """

    def __init__(self, layout, mean):
        self._layout, self.mean = layout, mean if layout.fit_intercept else np.zeros(layout.n_features)

    @classmethod
    def of(cls, objective, shares):
        """About the mean of all terms' rows, a term's weights times its share."""
        weights = [share * term.weight for share, term in zip(shares, objective.terms, strict=True)]
        pairs = zip(objective.terms, weights, strict=True)
        total = sum(term.design.rmatvec(weight[:, np.newaxis])[0] for term, weight in pairs)
        return cls(objective.layout, total / sum(weight.sum() for weight in weights))

    def information(self, term):
        """``A' W A``."""
        inner = term.design.sandwich(term.weight, self.mean)
        if not self._layout.fit_intercept:
            return inner
        p, total = self._layout.n_features, term.weight.sum()
        whole = np.empty((p + 1, p + 1))
        whole[:p, :p], whole[p, p] = inner, total
        whole[:p, p] = whole[p, :p] = term.design.rmatvec(term.weight[:, np.newaxis])[0] - total * self.mean
        return whole

    def precision(self, matrix):
        """A prior's precision over [slopes; intercept], in these coordinates."""
        if not self._layout.fit_intercept:
            return matrix
        p = self._layout.n_features
        back = np.eye(p + 1)
        back[p, :p] = -self.mean
        return back.T @ matrix @ back

    def residuals(self, objective):
        """The first term's predictors at the prior's centre, then of each term ``A' W (y - eta)``: (m, n_outputs)."""
        etas = [term.predict(self._layout, objective.priors[0].centre) for term in objective.terms]
        pairs = zip(objective.terms, etas, strict=True)
        return etas[0], *(self.pulled_back(term, term.weight[:, np.newaxis] * (term.y - eta)) for term, eta in pairs)

    def pulled_back(self, term, residual):
        """``A' residual`` of (n_rows, n_columns)."""
        slopes = term.design.rmatvec(residual).T
        if not self._layout.fit_intercept:
            return slopes
        total = residual.sum(axis=0)
        return np.vstack([slopes - np.outer(self.mean, total), total])

    def images(self, design, directions):
        """``A directions`` (n_rows, n_directions) of a design's rows."""
        p = self._layout.n_features
        level = directions[p] - self.mean @ directions[:p] if self._layout.fit_intercept else 0.0
        return design.matvec(np.ascontiguousarray(directions[:p].T)) + level


def common_precision(objective):
    """The one prior's precision over one output's [slopes; intercept], alike for all; None where outputs differ."""
    layout = objective.layout
    if not isinstance(objective.priors[0], GaussianPrior):
        return None
    cuts = [objective.priors[0].cut(layout.output(k)) for k in range(layout.n_outputs)]
    if any(cut is None for cut in cuts):
        return None
    first, *others = (cut.precision.dense() for cut in cuts)
    return first if all(np.array_equal(first, other) for other in others) else None


def quadratic_and_free(objective):
    """Whether it is squared loss with one Gaussian prior that is the same for each output, and nothing else."""
    return (
        objective.quadratic
        and len(objective.priors) == 1
        and objective.held is None
        and objective.lower is None
        and common_precision(objective) is not None
    )


def simultaneous(first, second):
    """T and beta, between 0 and 1: ``T' first T = diag(1 - beta)`` and ``T' second T = diag(beta)``.

    With first + second = L L' and L^-1 second L^-T = U diag(beta) U', T is L^-T U; in units in which the sum has a
    unit diagonal, so that features' units cost no digits.

    Raises
    ------
    numpy.linalg.LinAlgError
        If neither sees some direction.

    References
    ----------
    Golub & Van Loan (2013), Matrix Computations, chapter 8.7.
    """
    whole = first + second
    scale = 1 / np.sqrt(np.where(whole.diagonal() > 0, whole.diagonal(), 1.0))
    lower, _ = cho_factor(_with_unit_diagonal(whole * np.outer(scale, scale)), lower=True, check_finite=False)
    if not np.all(lower.diagonal() ** 2 > 8 * len(lower) * np.finfo(np.float64).eps):
        raise np.linalg.LinAlgError("some direction is seen neither by the rows nor by the prior")
    half = solve_triangular(lower, second * np.outer(scale, scale), lower=True, check_finite=False)
    beta, vectors = eigh(
        solve_triangular(lower, half.T, lower=True, check_finite=False), check_finite=False, overwrite_a=True
    )
    directions = solve_triangular(lower, vectors, lower=True, trans="T", check_finite=False)
    return scale[:, np.newaxis] * directions, np.clip(beta, 0.0, 1.0)


def _with_unit_diagonal(matrix):
    """Directions that nothing depends on (a constant feature without a prior) get some curvature."""
    matrix.flat[:: len(matrix) + 1] = np.where(matrix.diagonal() > 0, matrix.diagonal(), 1.0)
    return matrix


def left_out(term, levelled, directions, eta, factors, moves, scales):
    """Each row's predictor by the fit without it, for several inverse Hessians ``T diag(d) T'``.

    Parameters
    ----------
    term : LossTerm
        Of squared loss.
    levelled : Levelled
    directions : ndarray of shape (m, m)
        T.
    eta : ndarray of shape (n_samples, n_outputs)
        Predictors where the moves start.
    factors : ndarray of shape (n_fits, m)
        d of each.
    moves : ndarray of shape (n_fits, m, n_outputs)
        Of the fits, along T.
    scales : ndarray of shape (n_fits,)
        What the term's weights are multiplied with in each.

    Returns
    -------
    ndarray of shape (n_fits, n_samples, n_outputs)
        Not finite where a row cannot be left out.

    References
    ----------
    Allen (1974), The relationship between variable selection and data augmentation and a method for prediction.
    """
    (n_fits, m, K), n = moves.shape, len(term.y)
    flat, found = np.ascontiguousarray(moves.transpose(1, 2, 0)).reshape(m, K * n_fits), np.empty((n_fits, n, K))

    def fill(rows):
        Z = levelled.images(term.design.rows(rows), directions)
        moved = (Z @ flat).reshape(-1, K, n_fits) + eta[rows, :, np.newaxis]
        leverage = np.multiply.outer(term.weight[rows], scales) * ((Z * Z) @ factors.T)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (leverage / (1 - leverage))[:, np.newaxis]
            found[:, rows] = np.moveaxis(moved + share * (moved - term.y[rows, :, np.newaxis]), 2, 0)

    step = max(256, _BLOCK_ENTRIES // max(m, 1))
    blocks = [slice(low, min(low + step, n)) for low in range(0, n, step)]
    if len(blocks) == 1:
        fill(blocks[0])
        return found
    with ThreadPoolExecutor(threads_for(n * m * n_fits)) as pool:
        list(pool.map(fill, blocks))
    return found
