"""Counts, dense correlated features whose matrix has condition number 1000, Poisson loss; alpha = 1 / n."""

import numpy as np

from benchmarks.problems._draw import mixing, parameters, source_rows
from benchmarks.problems._fitted import poisson

SIZES = ((100, 20), (100_000, 100), (1_000_000, 50))
SMOKE = (60, 5)
CONDITION = 1e3
SIGNAL = 0.7  # standard deviation of the logarithm of the mean
LEVEL = 0.5


def poisson_dense(n_samples, n_features, seed=0):
    """Poisson regression, with a source fitted on a related population.

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
    X_source = rng.standard_normal((source_rows(n_features), n_features)) @ mix
    y_source = rng.poisson(np.exp(X_source @ coef_source)).astype(float)
    X = rng.standard_normal((n_samples, n_features)) @ mix
    y = rng.poisson(np.exp(X @ coef + LEVEL)).astype(float)
    return poisson("poisson_dense", (X_source, y_source), (X, y), 1e-7)
