"""Compiled loops. They know arrays, not objects; every compiled name is reached through this file.

Conventions
-----------
n rows, p features, K outputs. ``eta`` (n, K) C-ordered float64; ``w`` (n,) float64, not negative. Inputs are
``const``: nothing a caller owns is written to, except arguments marked ``# out``. The first line of each
docstring is the NumPy expression that the loop replaces; ``tests/oracles`` holds them as slow twins.
"""

from functools import cache

import joblib

from sktransfer._kernels._fused import (
    BINOMIAL,
    SQUARED,
    dense_sandwich,
    dense_sandwich_single,
    fused_gradient,
)
from sktransfer._kernels._pointwise import (
    binomial_gradient,
    binomial_value,
    multinomial_gradient,
    multinomial_value,
)
from sktransfer._kernels._products import compressed_sandwich, gather, scatter
from sktransfer._kernels._sparse import (
    sparse_centred_squares,
    sparse_gradient,
    sparse_hessian_product,
    sparse_moments,
)
from sktransfer._kernels._threads import max_threads, openmp_enabled
from sktransfer._kernels._vectors import add_and_dot

__all__ = [
    "BINOMIAL",
    "SQUARED",
    "add_and_dot",
    "binomial_gradient",
    "binomial_value",
    "compressed_sandwich",
    "dense_sandwich",
    "dense_sandwich_single",
    "fused_gradient",
    "gather",
    "multinomial_gradient",
    "multinomial_value",
    "openmp_enabled",
    "scatter",
    "single_threaded_blas",
    "sparse_centred_squares",
    "sparse_gradient",
    "sparse_hessian_product",
    "sparse_moments",
    "threads_for",
]

_WORK_PER_THREAD = 50_000


def threads_for(work):
    """Threads worth starting for ``work`` inner steps: one on small problems, never more than allowed."""
    if work < 2 * _WORK_PER_THREAD:
        return 1
    return int(max(1, min(max_threads(), joblib.cpu_count(), work // _WORK_PER_THREAD)))


@cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def single_threaded_blas():
    """A context in which BLAS starts no threads of its own: for kernels that share rows out among theirs."""
    return _controller().limit(limits=1, user_api="blas")
