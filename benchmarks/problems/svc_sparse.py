"""The rows of ``logistic_sparse`` for a support vector machine: squared hinge, penalised intercept; C = 1."""

from dataclasses import replace

from benchmarks.problems.logistic_sparse import SIZES, SMOKE, logistic_sparse

__all__ = ["SIZES", "SMOKE", "svc_sparse"]


def svc_sparse(n_samples, n_features, seed=0):
    """Parameters and returns as for ``logistic_sparse``."""
    problem = logistic_sparse(n_samples, n_features, seed)
    return replace(problem, name="svc_sparse", loss="squared_hinge", tol=1e-6)
