"""Linear algebra of precisions: marginalise, embed, and change between two rows and one.

Conventions
-----------
A precision is a symmetric positive semidefinite float64 array of shape ``(d, d)`` with ``d = K * p + K``,
over ``[coefficients class by class; then intercepts]``: coefficient ``j`` of row ``k`` stands at ``k * p +
j``, the intercept of row ``k`` at ``K * p + k``. K is the number of rows of ``coef`` (1 for a regressor with
one output and for a binary classifier), p the number of features.

What is dropped is *marginalised*, never deleted: the precision of what is kept is the Schur complement

    P_kk - P_kd P_dd^+ P_dk .
"""

import numpy as np
from scipy import linalg

EPS = np.finfo(np.float64).eps


def indices(n_rows, n_features, rows, columns):
    """Flat positions of some rows and columns of the coefficients, then of these rows' intercepts.

    Parameters
    ----------
    n_rows, n_features : int
        K and p of the whole layout.
    rows, columns : array-like of int
        What is kept, in the order wanted.

    Returns
    -------
    ndarray of int, shape (len(rows) * len(columns) + len(rows),)
        The kept part is laid out by the same convention.
    """
    rows = np.asarray(rows, dtype=np.intp)
    columns = np.asarray(columns, dtype=np.intp)
    slopes = (rows[:, None] * n_features + columns).ravel()
    return np.concatenate([slopes, n_rows * n_features + rows])


def semidefinite_inverse(matrix):
    """A symmetric generalised inverse of a positive semidefinite matrix, by ``eigh`` at unit diagonal.

    Scaling to a unit diagonal first makes the rank decision independent of the units of the features. It is
    not the Moore-Penrose inverse of a singular matrix, but Schur complements do not depend on which one is
    taken.
    """
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    inverse_scale = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    values, vectors = linalg.eigh(matrix * np.outer(inverse_scale, inverse_scale))
    keep = values > 10 * EPS * len(values) * max(values[-1], 1.0)
    root = inverse_scale[:, None] * vectors[:, keep] / np.sqrt(values[keep])
    return root @ root.T


def marginalise(precision, keep):
    """Precision of the parameters ``keep`` once nothing is said about the others.

    Parameters
    ----------
    precision : ndarray of shape (d, d)
        Positive semidefinite.
    keep : array-like of int
        Positions kept, in the order wanted.

    Returns
    -------
    ndarray of shape (len(keep), len(keep))
        The Schur complement; for an invertible precision the inverse of the sub-block of its inverse.
    """
    keep = np.asarray(keep, dtype=np.intp)
    kept = precision[np.ix_(keep, keep)]
    dropped = np.ones(len(precision), dtype=bool)
    dropped[keep] = False
    if not dropped.any():
        return kept
    cross = precision[np.ix_(dropped, keep)]
    inverse = semidefinite_inverse(precision[np.ix_(dropped, dropped)])
    return symmetrise(kept - cross.T @ inverse @ cross)


def embed(precision, n_rows, n_features, rows, columns):
    """Place a precision over some rows and columns into a larger layout; the others get zeros.

    Returns
    -------
    ndarray of shape (d, d), d = n_rows * n_features + n_rows
    """
    size = n_rows * n_features + n_rows
    where = indices(n_rows, n_features, rows, columns)
    embedded = np.zeros((size, size))
    embedded[np.ix_(where, where)] = precision
    return embedded


def binary_to_symmetric(precision, *, common):
    """Precision over a binary model's one row as one over two rows, first class then second.

    With ``delta = theta_2 - theta_1`` the quadratic form of ``delta`` is [[P, -P], [-P, P]].

    Parameters
    ----------
    precision : ndarray of shape (p + 1, p + 1)
    common : bool
        Add 1/2 [[I, I], [I, I]] on the slopes: the two classes moving together is free between
        themselves, but not against a third class.

    Returns
    -------
    ndarray of shape (2 * p + 2, 2 * p + 2)
    """
    p = len(precision) - 1
    first, second = indices(2, p, [0], range(p)), indices(2, p, [1], range(p))
    symmetric = np.empty((2 * p + 2, 2 * p + 2))
    for a, b, sign in ((first, first, 1), (second, second, 1), (first, second, -1), (second, first, -1)):
        symmetric[np.ix_(a, b)] = sign * precision
    if common:
        slopes = np.arange(p)
        for a in (slopes, slopes + p):
            for b in (slopes, slopes + p):
                symmetric[a, b] += 0.5
    return symmetric


def symmetric_to_binary(precision):
    """Precision over two rows as one over their difference, second minus first.

    Change of variables ``theta_1 = m - delta / 2``, ``theta_2 = m + delta / 2``; then m is marginalised.

    Parameters
    ----------
    precision : ndarray of shape (2 * p + 2, 2 * p + 2)

    Returns
    -------
    ndarray of shape (p + 1, p + 1)
    """
    size = len(precision) // 2
    first, second = indices(2, size - 1, [0], range(size - 1)), indices(2, size - 1, [1], range(size - 1))
    transform = np.zeros((2 * size, 2 * size))  # (delta, m) -> (theta_1, theta_2)
    delta, common = np.arange(size), size + np.arange(size)
    transform[first, delta], transform[first, common] = -0.5, 1.0
    transform[second, delta], transform[second, common] = 0.5, 1.0
    return marginalise(transform.T @ precision @ transform, delta)


def symmetrise(matrix):
    """(M + M') / 2: what rounding broke."""
    return (matrix + matrix.T) / 2.0


def is_semidefinite(matrix, tolerance=1e-8):
    """Whether a symmetric matrix has no eigenvalue below ``-tolerance`` times its largest diagonal entry."""
    diagonal = np.diag(matrix)
    largest = float(np.max(np.abs(diagonal), initial=0.0))
    if largest == 0.0:
        return not np.any(matrix)
    try:
        linalg.cholesky(matrix / largest + tolerance * np.eye(len(matrix)), lower=True)
    except linalg.LinAlgError:
        return False
    return True
