"""Two classes, dense correlated features, log-loss; C = 1."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.problem import Problem
from benchmarks.problems._draw import correlated, labels, parameters, source_rows

SIZES = ((30, 20), (200, 20), (100_000, 100), (1_000_000, 50), (20_000, 1_000))
SMOKE = (60, 5)


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
    coef_source, coef = parameters(rng, (n_features,))
    X_source = correlated(rng, source_rows(n_features), n_features)
    source = LogisticRegression(max_iter=1000).fit(X_source, labels(rng, X_source @ coef_source))
    X = correlated(rng, n_samples, n_features)
    y = labels(rng, X @ coef + 0.5)
    return Problem("logistic_dense", "binomial", X, y, 1.0, 1e-6, source.coef_[0], float(source.intercept_[0]))
