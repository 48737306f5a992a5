"""Real: scikit-learn's diabetes, features in natural units; alpha = 1. Source: one sex. Target: the other."""

import numpy as np
from sklearn.datasets import load_diabetes

from benchmarks.problems._fitted import squared, taken

SIZES = ((207, 9),)
SMOKE = (80, 6)
SEX = 1


def real_diabetes(n_samples, n_features, seed=0):
    """Ridge regression on patients of the sex that is rarer in the data.

    Parameters
    ----------
    n_samples, n_features : int
        Patients, drawn without replacement, and the first features, sex left out.
    seed : int, default=0

    Returns
    -------
    Problem
    """
    X, y = load_diabetes(return_X_y=True, scaled=False)
    here = X[:, SEX] == X[:, SEX].max()
    X = np.delete(X, SEX, axis=1)[:, :n_features]
    rows = taken(np.random.default_rng(seed), X[here], y[here], n_samples, n_features)
    return squared("real_diabetes", (X[~here], y[~here]), rows, 1e-8)
