"""Two classes, dense features whose scales span six decades, log-loss; C = 1."""

import numpy as np

from benchmarks.problems._draw import correlated, labels, parameters, source_rows
from benchmarks.problems._fitted import binomial

SIZES = ((200, 20), (20_000, 50))
SMOKE = (60, 5)
DECADES = 6


def logistic_scaled(n_samples, n_features, seed=0):
    """Logistic regression on raw features, with a source fitted on a related population.

    Parameters
    ----------
    n_samples, n_features : int
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    scale = rng.permutation(np.logspace(-DECADES / 2, DECADES / 2, n_features))
    coef_source, coef = parameters(rng, (n_features,))
    X_source = correlated(rng, source_rows(n_features), n_features)
    y_source = labels(rng, X_source @ coef_source)
    X = correlated(rng, n_samples, n_features)
    y = labels(rng, X @ coef + 0.5)
    return binomial("logistic_scaled", (X_source * scale, y_source), (X * scale, y), 1e-7)
