"""A problem from rows: the source is fitted on some of them, the target has the others."""

import numpy as np
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge

from benchmarks.problem import Problem
from benchmarks.problems._draw import precision


def binomial(name, source_rows, rows, tol, **more):
    """Two classes; the source is a LogisticRegression, its precision known.

    Parameters
    ----------
    name : str
    source_rows, rows : (X, y)
        The source's and the target's.
    tol : float
    **more
        Further fields of the problem.

    Returns
    -------
    Problem
        With strength 1: C = 1.
    """
    X_source, y_source = source_rows
    source = LogisticRegression(solver="newton-cholesky", max_iter=1000).fit(X_source, y_source)
    coef, intercept = source.coef_[0], float(source.intercept_[0])
    known = precision("binomial", X_source, coef, intercept, strength=1.0)
    return Problem(name, "binomial", *rows, 1.0, tol, coef, intercept, precision=known, **more)


def squared(name, source_rows, rows, tol, **more):
    """Squared loss; the source is a Ridge, its precision known. Parameters as in :func:`binomial`; alpha = 1."""
    X_source, y_source = source_rows
    source = Ridge().fit(X_source, y_source)
    intercept = float(source.intercept_)
    known = precision("squared", X_source, source.coef_, intercept, strength=1.0)
    return Problem(name, "squared", *rows, 1.0, tol, source.coef_, intercept, precision=known, **more)


def poisson(name, source_rows, rows, tol, **more):
    """Counts; the source is a PoissonRegressor with alpha = 1 / n. Parameters as in :func:`binomial`."""
    X_source, y_source = source_rows
    alpha = 1 / len(y_source)
    source = PoissonRegressor(alpha=alpha, solver="newton-cholesky", tol=1e-8, max_iter=1000).fit(X_source, y_source)
    intercept = float(source.intercept_)
    known = precision("poisson", X_source, source.coef_, intercept, strength=1.0)
    return Problem(name, "poisson", *rows, 1.0, tol, source.coef_, intercept, precision=known, **more)


def multinomial(name, source_rows, rows, tol, **more):
    """Several classes, the source centred over them. Parameters as in :func:`binomial`; C = 1."""
    source = LogisticRegression(solver="newton-cholesky", max_iter=1000).fit(*source_rows)
    coef = source.coef_ - source.coef_.mean(axis=0)
    intercept = source.intercept_ - source.intercept_.mean()
    return Problem(name, "multinomial", *rows, 1.0, tol, coef, intercept, **more)


def taken(rng, X, y, n_samples, n_features):
    """Some rows, drawn without replacement, and the first features of real data: (X, y)."""
    rows = rng.permutation(len(y))[:n_samples]
    return np.ascontiguousarray(X[rows, :n_features], dtype=np.float64), y[rows]
