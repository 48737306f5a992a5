"""Squared loss, more features than rows; alpha = 1."""

import numpy as np

from benchmarks.problem import Problem
from benchmarks.problems._draw import correlated, parameters

SIZES = ((50, 500), (500, 20_000))
SMOKE = (20, 60)


def ridge_wide(n_samples, n_features, seed=0):
    """Ridge regression, with the coefficients of a related population as the source.

    Parameters
    ----------
    n_samples, n_features : int
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    coef_source, coef = parameters(rng, (n_features,))
    X = correlated(rng, n_samples, n_features)
    y = X @ coef + 0.5 + rng.standard_normal(n_samples)
    return Problem("ridge_wide", "squared", X, y, 1.0, 1e-8, coef_source, 0.0)
