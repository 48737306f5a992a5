"""Five classes, dense correlated features, log-loss; C = 1."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.problem import Problem
from benchmarks.problems._draw import correlated, labels, parameters, source_rows

SIZES = ((200, 20), (100_000, 50))
SMOKE = (80, 4)
N_CLASSES = 5


def multinomial(n_samples, n_features, seed=0):
    """Multinomial logistic regression, with a source fitted on a related population.

    Parameters
    ----------
    n_samples, n_features : int
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    coef_source, coef = parameters(rng, (N_CLASSES, n_features))
    X_source = correlated(rng, source_rows(n_features), n_features)
    source = LogisticRegression(max_iter=1000).fit(X_source, labels(rng, X_source @ coef_source.T))
    centred = source.coef_ - source.coef_.mean(axis=0)
    X = correlated(rng, n_samples, n_features)
    y = labels(rng, X @ coef.T)
    intercept = source.intercept_ - source.intercept_.mean()
    return Problem("multinomial", "multinomial", X, y, 1.0, 1e-6, centred, intercept)
