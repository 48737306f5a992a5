"""Real: scikit-learn's digits; C = 1. They stand in the order of their writers: source the first, target the last."""

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.problems._fitted import multinomial, taken

SIZES = ((597, 64),)
SMOKE = (100, 12)
N_SOURCE = 1_200


def real_digits(n_samples, n_features, seed=0):
    """Multinomial logistic regression on the digits of other writers than the source's.

    Parameters
    ----------
    n_samples, n_features : int
        Images, drawn without replacement, and the first pixels.
    seed : int, default=0

    Returns
    -------
    Problem
    """
    X, y = load_digits(return_X_y=True)
    source = (X[:N_SOURCE, :n_features], y[:N_SOURCE])
    rows = taken(np.random.default_rng(seed), X[N_SOURCE:], y[N_SOURCE:], n_samples, n_features)
    return multinomial("real_digits", source, rows, 1e-7)
