"""Least squares from sums.

With n the total weight and means taken over it, the centred problem is

    G = gram - x_sum x_sum' / n,        b = xty - y_sum x_sum' / n,
    (G + alpha I) coef = b,             intercept = (y_sum - coef . x_sum) / n,

whose precision over [coef, intercept] is [[gram + alpha I, x_sum], [x_sum', n]] (squared loss r^2 / 2, so
that Ridge's sum of squares + alpha ||coef||^2 is twice this objective).
"""

import numpy as np
from scipy import linalg

from sktransfer.sources._check import check_finite, check_n_samples
from sktransfer.sources._precision import EPS, indices, is_semidefinite, symmetrise


def fit_statistics(gram, xty, x_sum, y_sum, y_sq, n_samples, alpha):
    """Coefficients, intercept, precision and weight of the source that these sums describe.

    Returns
    -------
    dict
        ``coef``, ``intercept``, ``precision``, ``n_samples``: arguments of Source.
    """
    alpha = _check_alpha(alpha)
    gram, xty, x_sum, y_sum, y_sq, total = _check_sums(gram, xty, x_sum, y_sum, y_sq, n_samples)
    _check_possible(gram, np.atleast_2d(xty), x_sum, np.atleast_1d(y_sum), np.atleast_1d(y_sq), total)
    centred = symmetrise(gram - np.outer(x_sum, x_sum) / total)
    right = xty - np.multiply.outer(y_sum, x_sum) / total
    coef = _least_norm(centred, right.T, np.diag(gram), alpha).T
    return {
        "coef": coef,
        "intercept": (y_sum - coef @ x_sum) / total,
        "precision": _precision(gram, x_sum, total, alpha, n_rows=y_sum.size),
        "n_samples": total,
    }


def _check_alpha(alpha):
    alpha = check_finite(alpha, "alpha")
    if alpha.ndim != 0 or alpha < 0:
        raise ValueError(f"alpha must be one number, at least 0; got {alpha}.")
    return float(alpha)


def _check_sums(gram, xty, x_sum, y_sum, y_sq, n_samples):
    total = check_n_samples(n_samples)
    if total is None:
        raise ValueError("n_samples must be the total weight of the rows, got None.")
    named = {"gram": gram, "xty": xty, "x_sum": x_sum, "y_sum": y_sum, "y_sq": y_sq}
    gram, xty, x_sum, y_sum, y_sq = (check_finite(value, name) for name, value in named.items())
    p, outputs = x_sum.size, xty.shape[:-1]
    expected = {"gram": (p, p), "xty": (*outputs, p), "x_sum": (p,), "y_sum": outputs, "y_sq": outputs}
    for (name, shape), value in zip(expected.items(), (gram, xty, x_sum, y_sum, y_sq), strict=True):
        if value.shape != shape or xty.ndim not in (1, 2) or p == 0:
            raise ValueError(
                f"{name} must have shape {shape} beside x_sum of shape {x_sum.shape} and xty of shape "
                f"{xty.shape}; got shape {value.shape}."
            )
    if np.max(np.abs(gram - gram.T)) > 1e-8 * np.max(np.abs(gram)):
        raise ValueError("gram must be symmetric, but it differs from its transpose. Give X.T @ diag(w) @ X.")
    return symmetrise(gram), xty, x_sum, y_sum, y_sq, total


def _check_possible(gram, xty, x_sum, y_sum, y_sq, total):
    """The moments of [X, 1, y] are positive semidefinite, whatever the data."""
    p = len(x_sum)
    moments = np.empty((p + 2, p + 2))
    moments[:p, :p], moments[p, p] = gram, total
    moments[:p, p] = moments[p, :p] = x_sum
    if not _all_possible(moments[: p + 1, : p + 1]):
        raise ValueError(
            "gram, x_sum and n_samples fit no data: [[gram, x_sum], [x_sum', n_samples]] must be positive "
            "semidefinite. Give sums that are not centred, all over the same rows and weights."
        )
    for k in range(len(xty)):
        squares, least = y_sq[k] * total, y_sum[k] ** 2
        if squares < least * (1 - 1e-10):
            raise ValueError(
                f"y_sq * n_samples must be at least y_sum ** 2, got {squares:.6g} < {least:.6g}. "
                "Give the sum of squares of y, not centred."
            )
        moments[p + 1, :] = moments[:, p + 1] = [*xty[k], y_sum[k], y_sq[k]]
        if not _all_possible(moments):
            raise ValueError(
                "xty, y_sum and y_sq fit no data beside gram and x_sum: the moments of [X, 1, y] must be "
                "positive semidefinite. Give sums that are not centred, all over the same rows and weights."
            )


def _all_possible(moments):
    """Positive semidefinite at unit diagonal, so that no unit hides another."""
    scale = np.sqrt(np.maximum(np.diag(moments), 0.0))
    if (np.diag(moments) < 0).any() or np.any(moments[scale == 0]):
        return False
    scale[scale == 0] = 1.0
    return is_semidefinite(moments / np.outer(scale, scale))


def _least_norm(centred, right, square_sums, alpha):
    """Solve ``(centred + alpha I) coef = right``, (p, p) and (p,) or (p, K), with the least norm.

    The rank is decided where every feature has unit mean square, the size of rounding in ``centred``. With
    S that scaling, R = S (G + alpha I) S, phi = R^+ S b and theta = S phi solves the system; its null space
    is S null(R), and what theta has in it is projected out.
    """
    scale = 1.0 / np.sqrt(np.where(square_sums + alpha > 0, square_sums + alpha, 1.0))
    system = centred + alpha * np.eye(len(centred))
    values, vectors = linalg.eigh(system * np.outer(scale, scale))
    keep = values > 20 * EPS * len(values) * max(values[-1], 1.0)
    scaled = vectors.T @ (scale * right.T).T
    coef = vectors[:, keep] @ (scaled[keep].T / values[keep]).T
    coef = (scale * coef.T).T
    if not keep.all():
        null, _ = linalg.qr(scale[:, None] * vectors[:, ~keep], mode="economic")
        coef -= null @ (null.T @ coef)
    return coef


def _precision(gram, x_sum, total, alpha, n_rows):
    p = len(x_sum)
    block = np.empty((p + 1, p + 1))
    block[:p, :p], block[p, p] = gram + alpha * np.eye(p), total
    block[:p, p] = block[p, :p] = x_sum
    precision = np.zeros((n_rows * (p + 1), n_rows * (p + 1)))
    for k in range(n_rows):
        where = indices(n_rows, p, [k], range(p))
        precision[np.ix_(where, where)] = block
    return precision
