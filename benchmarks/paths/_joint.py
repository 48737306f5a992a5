"""A large source and a small target for the alpha-weighted paths, and what a user would write to search alpha."""

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, clone

from benchmarks.problems._draw import correlated, parameters

ROOM = 1e-3, 10.0  # least and most weight of the source against the target's, in times of what pooling gives


def rows(n_source, n_target, n_features, binary, seed=0):
    """((X, y) of the source, (X, y) of the target): correlated features of unit variance."""
    rng = np.random.default_rng(seed)
    coef_source, coef = parameters(rng, (n_features,))
    found = []
    for n, truth, level in ((n_source, coef_source, 0.0), (n_target, coef, 0.5)):
        X = correlated(rng, n, n_features)
        eta = X @ truth + level
        found.append((X, (rng.random(n) < expit(eta)).astype(float) if binary else eta + rng.standard_normal(n)))
    return found


def alphas(n, n_source, n_target):
    """``n`` of them, with 0, 0.5 and 1: the rest in equal steps of log-odds."""
    pooled = n_source / n_target
    shares = np.geomspace(ROOM[0], ROOM[1] * pooled, n - 3)
    return np.sort(np.append(shares / (shares + pooled), [0.0, 0.5, 1.0]))


class Kept:
    """Rows that clones share."""

    def __init__(self, X, y):
        self.X, self.y = X, y

    def __deepcopy__(self, memo):
        return self


class Weighed(BaseEstimator):
    """What one writes without this library: any estimator on both sets of rows, with ``sample_weight``.

    Parameters
    ----------
    estimator : estimator
    source : Kept
    share : float
        The source's, from 0 to 1.
    """

    def __init__(self, estimator, source, share=0.5):
        self.estimator = estimator
        self.source = source
        self.share = share

    def fit(self, X, y):
        """Fit both together."""
        weight = np.repeat([1 - self.share, self.share], [len(X), len(self.source.X)])
        X, y = np.concatenate([X, self.source.X]), np.append(y, self.source.y)
        self.estimator_ = clone(self.estimator).fit(X, y, sample_weight=weight)
        return self

    def score(self, X, y):
        """The estimator's own."""
        return self.estimator_.score(X, y)
