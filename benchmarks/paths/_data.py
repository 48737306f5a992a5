"""Target rows and a fitted scikit-learn source for the paths: correlated features of unit variance."""

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from benchmarks.problem import Problem
from benchmarks.problems._draw import correlated, labels, parameters, source_rows

MOST_SOURCE_ROWS = 20_000


def classification(n_samples, n_features, seed=0):
    """(X, y, fitted LogisticRegression)."""
    rng = np.random.default_rng(seed)
    coef_source, coef = parameters(rng, (n_features,))
    X_source = correlated(rng, source_rows(n_features, MOST_SOURCE_ROWS), n_features)
    source = LogisticRegression(max_iter=1000).fit(X_source, labels(rng, X_source @ coef_source))
    X = correlated(rng, n_samples, n_features)
    return X, labels(rng, X @ coef + 0.5), source


def regression(n_samples, n_features, seed=0):
    """(X, y, fitted Ridge)."""
    rng = np.random.default_rng(seed)
    coef_source, coef = parameters(rng, (n_features,))
    X_source = correlated(rng, source_rows(n_features, MOST_SOURCE_ROWS), n_features)
    source = Ridge().fit(X_source, X_source @ coef_source + rng.standard_normal(len(X_source)))
    X = correlated(rng, n_samples, n_features)
    return X, X @ coef + 0.5 + rng.standard_normal(n_samples), source


DRAWS = {"binomial": classification, "squared": regression}


def problem(loss, size, tol):
    """The problem of these rows with strength 1.

    Parameters
    ----------
    loss : {"binomial", "squared"}
    size : (int, int)
    tol : float

    Returns
    -------
    Problem
        With a source without a precision.
    """
    X, y, source = DRAWS[loss](*size)
    return Problem(loss, loss, X, y, 1.0, tol, source.coef_.ravel(), float(np.ravel(source.intercept_)[0]))
