"""Moments from sums that are not centred.

    S = sum w z z' - s s' / n,      z = [x, y],      s = sum w z

Of several outputs the products y_j y_k are not given; S_yy is completed as if their residuals were uncorrelated,

    S_yy = S_yx S_xx^+ S_xy off the diagonal,

which no least squares fit sees.
"""

import numpy as np

from sktransfer._designs import Moments
from sktransfer.sources._moment_statistics import MomentStatistics
from sktransfer.sources._penalty import Penalty
from sktransfer.sources._precision import semidefinite_inverse, symmetrise

_EPS = np.finfo(np.float64).eps


def statistics_from_sums(gram, xty, x_sum, y_sum, y_sq, n_samples, alpha):
    """The statistics of checked sums; see :meth:`Source.from_statistics`.

    Returns
    -------
    MomentStatistics
    """
    gram, x_sum = (np.asarray(each, dtype=np.float64) for each in (gram, x_sum))
    xty, y_sum, y_sq = (np.asarray(each, dtype=np.float64) for each in (xty, y_sum, y_sq))
    sums = np.concatenate([x_sum, np.atleast_1d(y_sum)])
    products = np.atleast_2d(xty)
    p, K, total = len(x_sum), len(products), float(n_samples)
    scatter = np.zeros((p + K, p + K))
    scatter[:p, :p] = symmetrise(gram)
    scatter[p:, :p], scatter[:p, p:] = products, products.T
    scatter[range(p, p + K), range(p, p + K)] = y_sq
    squares = scatter.diagonal().copy()
    scatter -= np.outer(sums, sums) / total
    gone = scatter.diagonal() <= 16 * _EPS * squares
    scatter[gone] = 0.0
    scatter[:, gone] = 0.0
    explained = scatter[p:, :p] @ semidefinite_inverse(scatter[:p, :p]) @ scatter[:p, p:]
    spread = scatter.diagonal()[p:].copy()
    scatter[p:, p:] = symmetrise(explained)
    scatter[range(p, p + K), range(p, p + K)] = spread
    moments = Moments(total, sums / total, scatter, K, max(round(total), 1))
    penalty = Penalty(np.concatenate([np.full(K * p, float(alpha)), np.zeros(K)]))
    return MomentStatistics(moments, penalty, one_dimensional=xty.ndim == 1)
