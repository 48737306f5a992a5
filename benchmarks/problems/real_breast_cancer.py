"""Real: scikit-learn's breast_cancer, raw features; C = 1. Source: cells of less texture. Target: of more."""

import numpy as np
from sklearn.datasets import load_breast_cancer

from benchmarks.problems._fitted import binomial, taken

SIZES = ((284, 30),)
SMOKE = (80, 6)
TEXTURE = 1  # the feature that parts source and target


def real_breast_cancer(n_samples, n_features, seed=0):
    """Logistic regression on tumours unlike those the source was fitted on.

    Parameters
    ----------
    n_samples, n_features : int
        Tumours, drawn without replacement, and the first features.
    seed : int, default=0

    Returns
    -------
    Problem
    """
    X, y = load_breast_cancer(return_X_y=True)
    here = X[:, TEXTURE] > np.median(X[:, TEXTURE])
    X = X[:, :n_features]
    rows = taken(np.random.default_rng(seed), X[here], y[here], n_samples, n_features)
    return binomial("real_breast_cancer", (X[~here], y[~here]), rows, 1e-7)
