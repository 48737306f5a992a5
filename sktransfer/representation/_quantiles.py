"""Quantile matching, feature by feature.

With F(v) = (weight below v + half the weight at v) / W at the values v that rows have, straight in between,

    T(x) = (1 - s) F_source^-1(F_target(x)) + s x        at the target's values,

straight in between and parallel to the identity outside. s is the share of noise in the distance of the two
distributions, sum_j int (F_target - F_source)^2 dF_target, whose noise is sum_j int F (1 - F) dF / W.
"""

from typing import NamedTuple

import numpy as np

from sktransfer.representation._together import share

MOST_KNOTS = 1000


class Quantiles(NamedTuple):
    """``x_j -> x_j + interpolated (to_j - at_j)``.

    Attributes
    ----------
    at, to : tuple of ndarray of shape (n_knots_j,)
    """

    at: tuple
    to: tuple

    def __call__(self, X):
        found = X.copy()
        for j, (at, to) in enumerate(zip(self.at, self.to, strict=True)):
            found[:, j] += np.interp(X[:, j], at, to - at)
        return found


def matching(X, weight, X_source, source_weight, shrinkage):
    """(Quantiles, shrinkage)."""
    pairs = [
        (distribution(_column(X, j), weight), distribution(_column(X_source, j), source_weight))
        for j in range(X.shape[1])
    ]
    s = _share(pairs, weight.sum()) if shrinkage == "auto" else shrinkage
    knots = [_knots(mine, theirs, s) for mine, theirs in pairs]
    return Quantiles(*zip(*knots, strict=True)), float(s)


def distribution(values, weight):
    """(values, F at the values, weight of the values): each value once, in rising order."""
    seen = weight > 0
    values, at = np.unique(values[seen].astype(np.float64), return_inverse=True)
    weight = np.bincount(at, weights=weight[seen])
    return values, (np.cumsum(weight) - weight / 2) / weight.sum(), weight


def _knots(mine, theirs, s):
    values, below, _ = mine
    thin = np.unique(np.linspace(0, len(values) - 1, min(len(values), MOST_KNOTS)).round().astype(int))
    at = values[thin]
    return at, (1 - s) * np.interp(below[thin], theirs[1], theirs[0]) + s * at


def _share(pairs, total):
    noise = apart = 0.0
    for (values, below, weight), (source_values, source_below, _) in pairs:
        noise += weight @ (below * (1 - below)) / total
        apart += weight @ (below - np.interp(values, source_values, source_below)) ** 2
    return share(noise, apart)


def _column(X, j):
    column = X[:, [j]]
    return (column.toarray() if hasattr(column, "toarray") else np.asarray(column)).ravel()
