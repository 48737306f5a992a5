"""Eigenvectors of symmetric, positive semidefinite matrices: all that are not rounding, or the leading few."""

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from sktransfer._designs import as_design

_EPS, _TINY = np.finfo(np.float64).eps, np.finfo(np.float64).tiny
_LEAST_SIZE = 200  # below it Lanczos' method is no faster than LAPACK
_LEAST_RATIO = 10
_SOME_SIZE, _SOME_RATIO = 50, 4  # below it all eigenvectors together are cheaper than some


def spectrum(matrix, count=None):
    """Eigenvalues and eigenvectors in falling order, those of no spread left out.

    Parameters
    ----------
    matrix : ndarray or LinearOperator of shape (n, n)
    count : int or None, default=None
        The leading ones that are asked for; few of many are found by Lanczos' method.

    Returns
    -------
    values : ndarray of shape (r,)
    vectors : ndarray of shape (n, r)
    """
    values, vectors = _few(matrix, count) if few(len_of(matrix), count) else _dense(matrix, count)
    none = max(10 * len_of(matrix) * _EPS * values.max(initial=0.0), _TINY)
    first = np.searchsorted(values, none, side="right")
    return values[first:][::-1], vectors[:, first:][:, ::-1]


def few(size, count):
    """Whether ``count`` eigenvectors of so many are found without the others."""
    return count is not None and size >= _LEAST_SIZE and count * _LEAST_RATIO <= size


def len_of(matrix):
    """Rows of a matrix or an operator."""
    return matrix.shape[0]


def _few(matrix, count):
    """By ARPACK, from a start that is the same each time; clusters that it cannot part cost all of them."""
    start = np.random.RandomState(0).uniform(-1, 1, len_of(matrix))
    try:
        values, vectors = eigsh(matrix, count, which="LA", v0=start)
    except ArpackError:
        return _dense(matrix, None)
    order = np.argsort(values)
    return values[order], vectors[:, order]


def _dense(matrix, count):
    """By LAPACK: all, or, where that is cheaper, the leading ones."""
    size = len_of(matrix)
    if isinstance(matrix, LinearOperator):
        matrix = matrix @ np.eye(size)
    if count is None or size < _SOME_SIZE or count * _SOME_RATIO > size:
        return np.linalg.eigh(matrix)
    return linalg.eigh(matrix, subset_by_index=(size - count, size - 1), check_finite=False)


def of_root(root, count=None):
    """The same of ``root.T @ root``, from the products of the root's rows: for fewer rows than columns."""
    values, vectors = spectrum(as_design(root).outer(np.ones(root.shape[1])), count)
    return values, (root.T @ vectors) / np.sqrt(values)
