"""``ridge_dense`` without an intercept, for libraries that would pull it towards the source's, too."""

from dataclasses import replace

from benchmarks.problems.ridge_dense import SMOKE, ridge_dense

__all__ = ["SIZES", "SMOKE", "ridge_dense_no_intercept"]

SIZES = ((100, 20), (100_000, 100))


def ridge_dense_no_intercept(n_samples, n_features, seed=0):
    """Parameters and returns as for ``ridge_dense``; the source's precision is left out."""
    problem = ridge_dense(n_samples, n_features, seed)
    name = "ridge_dense_no_intercept"
    return replace(problem, name=name, fit_intercept=False, source_intercept=0.0, precision=None)
