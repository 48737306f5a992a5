"""``svc_sparse`` with the hinge, which has a kink."""

from dataclasses import replace

from benchmarks.problems.svc_sparse import SIZES, SMOKE, svc_sparse

__all__ = ["SIZES", "SMOKE", "svc_sparse_hinge"]


def svc_sparse_hinge(n_samples, n_features, seed=0):
    """Parameters and returns as for ``logistic_sparse``."""
    return replace(svc_sparse(n_samples, n_features, seed), name="svc_sparse_hinge", loss="hinge")
