"""Compiled loops. They know arrays, not objects; every compiled name is reached through this file.

Conventions
-----------
n rows, p features, K outputs. ``eta`` (n, K) C-ordered float64; ``w`` (n,) float64, not negative. Inputs are
``const``: nothing a caller owns is written to, except arguments marked ``# out``. The first line of each
docstring is the NumPy expression that the loop replaces; ``tests/oracles`` holds them as slow twins.
"""

from contextlib import contextmanager
from functools import cache
from threading import local

import joblib

from sktransfer._kernels._column_descent import column_descent
from sktransfer._kernels._descent import DENSE, GRAM, SPARSE, descend
from sktransfer._kernels._dual_ascent import dual_ascent
from sktransfer._kernels._fused import (
    BINOMIAL,
    GAMMA,
    POISSON,
    SQUARED,
    TWEEDIE,
    dense_gram,
    dense_sandwich,
    fused_visit,
)
from sktransfer._kernels._model_descent import model_descent
from sktransfer._kernels._newton import newton_path
from sktransfer._kernels._pointwise import (
    binomial_gradient,
    binomial_value,
    multinomial_gradient,
    multinomial_value,
)
from sktransfer._kernels._products import chosen_dots, chosen_gathers, compressed_sandwich, gather, scatter
from sktransfer._kernels._softmax import softmax_gradient
from sktransfer._kernels._sparse import (
    sparse_centred_squares,
    sparse_hessian_product,
    sparse_moments,
    sparse_visit,
)
from sktransfer._kernels._survey import columns_to_watch, doubtful_slopes, survey_gap, survey_rest
from sktransfer._kernels._threads import max_threads, openmp_enabled
from sktransfer._kernels._vectors import add_and_dot

__all__ = [
    "BINOMIAL",
    "DENSE",
    "GAMMA",
    "GRAM",
    "POISSON",
    "SPARSE",
    "SQUARED",
    "TWEEDIE",
    "add_and_dot",
    "binomial_gradient",
    "binomial_value",
    "chosen_dots",
    "chosen_gathers",
    "columns_to_watch",
    "column_descent",
    "compressed_sandwich",
    "dense_gram",
    "dense_sandwich",
    "descend",
    "doubtful_slopes",
    "dual_ascent",
    "fused_visit",
    "gather",
    "model_descent",
    "multinomial_gradient",
    "multinomial_value",
    "newton_path",
    "one_thread",
    "openmp_enabled",
    "scatter",
    "single_threaded_blas",
    "softmax_gradient",
    "sparse_centred_squares",
    "sparse_hessian_product",
    "sparse_moments",
    "sparse_visit",
    "survey_gap",
    "survey_rest",
    "threads_for",
]

_WORK_PER_THREAD = 50_000
_HOLDING = local()


def threads_for(work):
    """Threads worth starting for ``work`` inner steps: one on small problems, never more than allowed."""
    if work < 2 * _WORK_PER_THREAD or getattr(_HOLDING, "alone", False):
        return 1
    return int(max(1, min(max_threads(), _cpu_count(), work // _WORK_PER_THREAD)))


@cache
def _cpu_count():
    return joblib.cpu_count()


@cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_thread():
    """A context in which kernels called by this thread start no others: for threads that share blocks of rows out."""
    before, _HOLDING.alone = getattr(_HOLDING, "alone", False), True
    try:
        yield
    finally:
        _HOLDING.alone = before


@contextmanager
def single_threaded_blas():
    """A context in which BLAS starts no threads of its own: for kernels that share rows out among theirs.

    Threads of both kinds wait actively for a while, so that they would fight over the cores even when they take turns:
    hold it around a whole loop. Within itself it does nothing.
    """
    if getattr(_HOLDING, "held", False):
        yield
        return
    _HOLDING.held = True
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _HOLDING.held = False
