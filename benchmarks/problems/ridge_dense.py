"""Squared loss, dense correlated features, tall and wide; alpha = 1."""

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.problem import Problem
from benchmarks.problems._draw import correlated, parameters, source_rows

SIZES = ((30, 20), (200, 20), (100_000, 100), (1_000_000, 50), (500, 5_000))
SMOKE = (60, 5)


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
    coef_source, coef = parameters(rng, (n_features,))
    n_source = source_rows(n_features, most=2_000)
    X_source = correlated(rng, n_source, n_features)
    source = Ridge().fit(X_source, X_source @ coef_source + rng.standard_normal(n_source))
    X = correlated(rng, n_samples, n_features)
    y = X @ coef + 0.5 + rng.standard_normal(n_samples)
    return Problem("ridge_dense", "squared", X, y, 1.0, 1e-8, source.coef_, float(source.intercept_))
