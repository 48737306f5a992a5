"""One Newton step among the columns that stand on no kink and no bound, each stopped at the next one.

    H delta = x'r - b (d - m) - a sign(d) - c sign(d - k),      H = X'X + diag(b) of these columns

Where the signs are those of the minimum this ends there, however the columns are correlated; coordinate descent, which
runs before and after it, is what finds the signs.

References
----------
Osborne, Presnell & Turlach (2000), A new approach to variable selection in least squares problems.
"""

import numpy as np
from scipy.linalg.lapack import dposv

_RIDGE = 1e-13


def step_on_support(penalty, order, d, slopes, products):
    """(columns, step) that is lower, or None where there is none.

    Parameters
    ----------
    penalty : tuple of ndarray of shape (k,)
        (a, b, m, low, c, k).
    order : ndarray of int
        The working set.
    d : ndarray of shape (k,)
        Changed in place: a column that is stopped stands exactly there.
    slopes, products : callable
        ``x_j'r`` and ``x_i'x_j`` of given columns.

    Returns
    -------
    (ndarray of int, ndarray) or None
    """
    at = order[_stands_free(penalty, order, d)]
    if len(at) == 0:
        return None
    here, gram, slope, (a, b, m, low, c, k) = d[at], products(at), slopes(at), (values[at] for values in penalty)
    step = _solved(gram, b, slope - b * (here - m) - a * np.sign(here) - c * np.sign(here - k))
    if step is None:
        return None
    there = np.where(a > 0, stop_at(0.0, here, here + step), here + step)
    there = np.maximum(np.where(c > 0, stop_at(k, here, there), there), low)
    step = there - here
    gain = step @ slope - 0.5 * step @ (gram @ step) + 0.5 * b @ ((here - m) ** 2 - (there - m) ** 2)
    gain += np.sum(a * (np.abs(here) - np.abs(there)) + c * (np.abs(here - k) - np.abs(there - k)))
    if not gain > 0:
        return None
    d[at] = there
    return at, step


def stop_at(kink, start, end):
    """``end``, or the kink where it stands in the way from ``start``."""
    return np.where(np.sign(end - kink) == np.sign(start - kink), end, kink)


def _stands_free(penalty, order, d):
    """Which columns of ``order`` the penalty is smooth at."""
    a, _, _, low, c, k = (values[order] for values in penalty)
    here = d[order]
    return ((here != 0) | (a == 0)) & ((here != k) | (c == 0)) & (here > low)


def _solved(gram, b, pull):
    """``(gram + diag(b))^-1 pull``; None where that is singular."""
    hessian = np.array(gram, order="F")
    hessian.flat[:: len(pull) + 1] += b + _RIDGE * gram.diagonal().max()
    _, step, failed = dposv(hessian, pull, lower=True, overwrite_a=True)
    return None if failed else step
