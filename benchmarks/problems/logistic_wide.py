"""Two classes, more features than rows, log-loss; C = 1."""

import numpy as np

from benchmarks.problem import Problem
from benchmarks.problems._draw import correlated, labels, parameters

SIZES = ((50, 500), (500, 20_000))
SMOKE = (20, 60)


def logistic_wide(n_samples, n_features, seed=0):
    """Logistic regression, with the coefficients of a related population as the source.

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
    y = labels(rng, X @ coef + 0.5)
    return Problem("logistic_wide", "binomial", X, y, 1.0, 1e-7, coef_source, 0.0)
