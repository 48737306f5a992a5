"""Real: heart disease in one hospital, the source fitted on three others, features in natural units; C = 1."""

import numpy as np

from benchmarks.problems._fitted import binomial, taken
from sktransfer.datasets import load_heart_disease

SIZES = ((293, 19),)
SMOKE = (80, 6)
TARGET = "Hungary"


def real_heart(n_samples, n_features, seed=0):
    """Logistic regression on the target hospital's patients.

    Parameters
    ----------
    n_samples, n_features : int
        Patients, drawn without replacement, and the first features.
    seed : int, default=0

    Returns
    -------
    Problem
    """
    heart = load_heart_disease()
    here = heart.hospital == TARGET
    X, y = heart.data[:, :n_features], heart.target
    rows = taken(np.random.default_rng(seed), X[here], y[here], n_samples, n_features)
    return binomial("real_heart", (X[~here], y[~here]), rows, 1e-7)
