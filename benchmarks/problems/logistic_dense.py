"""Two classes, dense correlated features whose matrix has condition number 1000, log-loss; C = 1."""

import numpy as np

from benchmarks.problems._draw import SIGNAL, labels, mixing, parameters, source_rows
from benchmarks.problems._fitted import binomial

SIZES = ((100, 20), (100_000, 100), (1_000_000, 50), (20_000, 1_000))
SMOKE = (60, 5)
CONDITION = 1e3


def logistic_dense(n_samples, n_features, seed=0):
    """Logistic regression, with a source fitted on a related population.

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
    y_source = labels(rng, X_source @ coef_source)
    X = rng.standard_normal((n_samples, n_features)) @ mix
    y = labels(rng, X @ coef + 0.5)
    return binomial("logistic_dense", (X_source, y_source), (X, y), 1e-7)
