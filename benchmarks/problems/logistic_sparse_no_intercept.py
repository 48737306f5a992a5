"""``logistic_sparse`` without an intercept, which liblinear would penalise: so it faces the same objective."""

from dataclasses import replace

from benchmarks.problems.logistic_sparse import SIZES, SMOKE, logistic_sparse

__all__ = ["SIZES", "SMOKE", "logistic_sparse_no_intercept"]


def logistic_sparse_no_intercept(n_samples, n_features, seed=0):
    """Parameters and returns as for ``logistic_sparse``."""
    problem = logistic_sparse(n_samples, n_features, seed)
    return replace(problem, name="logistic_sparse_no_intercept", fit_intercept=False)
