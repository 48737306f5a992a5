"""Squared loss, tall dense features whose matrix has condition number 1000; alpha = 1."""

import numpy as np

from benchmarks.problems._draw import SIGNAL, mixing, parameters, source_rows
from benchmarks.problems._fitted import squared

SIZES = ((100, 20), (100_000, 100), (1_000_000, 50))
SMOKE = (60, 5)
CONDITION = 1e3


def ridge_dense(n_samples, n_features, seed=0):
    """Ridge regression, with a source fitted on a related population.

    Parameters
    ----------
    n_samples, n_features : int
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    mix = mixing(rng, n_features, CONDITION)
    coef_source, coef = parameters(rng, (n_features,))
    coef_source, coef = (SIGNAL * one / np.linalg.norm(mix @ one) for one in (coef_source, coef))
    n_source = source_rows(n_features)
    X_source = rng.standard_normal((n_source, n_features)) @ mix
    y_source = X_source @ coef_source + rng.standard_normal(n_source)
    X = rng.standard_normal((n_samples, n_features)) @ mix
    y = X @ coef + 0.5 + rng.standard_normal(n_samples)
    return squared("ridge_dense", (X_source, y_source), (X, y), 1e-8)
