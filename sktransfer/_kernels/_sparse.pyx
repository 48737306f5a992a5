# cython: freethreading_compatible=True
"""One visit to the rows of a sparse matrix: each row is gathered, and scattered back while it is still in the cache.

Conventions: X has n rows and p columns in compressed rows (data, indices, indptr), float32 or float64; entries stored
twice count as their sum; results are float64. Rows are shared out among threads so that each has as many entries; each
thread keeps sums of its own, added up at the end. What is gathered and what is scattered to one column stand side by
side: the second finds the cache line that the first has fetched.
"""

import numpy as np

from cython cimport floating
from cython.parallel import parallel, prange

cdef extern from "_rows.h" nogil:
    double rows_pointwise(
        int, double, Py_ssize_t, const double*, const double*, const double*, double*, double*) noexcept

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_thread_num() 0
    #endif
    """
    int omp_get_thread_num() noexcept nogil

cdef enum:
    ROWS = 32

ctypedef fused index_t:
    int
    long long


cdef struct Pair:
    double value  # what rows gather
    double total  # what rows scatter into


cdef inline double gathered(
    const floating* data, const index_t* columns, Py_ssize_t size, const Pair* pairs
) noexcept nogil:
    """``data @ value[columns]``, in two sums that do not wait for each other."""
    cdef Py_ssize_t k
    cdef double even = 0.0, odd = 0.0
    for k in range(0, size - 1, 2):
        even = even + data[k] * pairs[columns[k]].value
        odd = odd + data[k + 1] * pairs[columns[k + 1]].value
    if size % 2:
        even = even + data[size - 1] * pairs[columns[size - 1]].value
    return even + odd


cdef inline void scattered(
    const floating* data, const index_t* columns, Py_ssize_t size, double factor, Pair* pairs
) noexcept nogil:
    """``total[columns] += factor * data``."""
    cdef Py_ssize_t k
    for k in range(size):
        pairs[columns[k]].total += factor * data[k]


cdef shares(const index_t[::1] indptr, int n_threads):
    """Where each thread's rows start: (n_threads + 1,), as many entries to each."""
    entries = np.asarray(indptr)
    starts = np.searchsorted(entries, np.linspace(0, entries[len(entries) - 1], n_threads + 1))
    starts[0], starts[n_threads] = 0, len(entries) - 1
    return starts.astype(np.intp)


cdef void start(Pair[:, ::1] pairs, int thread, const double[::1] values) noexcept nogil:
    """A thread's own copy of what is gathered, beside sums of zero."""
    cdef Py_ssize_t j
    for j in range(values.shape[0]):
        pairs[thread, j].value = values[j]
        pairs[thread, j].total = 0.0


cdef summed(Pair[:, ::1] pairs, Py_ssize_t p, int n_threads):
    """All threads' sums: (p,)."""
    cdef Py_ssize_t j
    cdef int t
    cdef double[::1] result = np.empty(p)
    cdef double total
    for j in prange(p, nogil=True, schedule="static", num_threads=n_threads):
        total = 0.0
        for t in range(n_threads):
            total = total + pairs[t, j].total
        result[j] = total
    return np.asarray(result)


cdef values_summed(Pair[:, ::1] pairs, Py_ssize_t p, int n_threads):
    """All threads' sums where rows scatter into both places: (p,)."""
    return np.asarray(pairs)["value"][:n_threads, :p].sum(axis=0)


cdef Pair[:, ::1] room(int n_threads, Py_ssize_t p):
    return np.empty((n_threads, max(p, 1)), dtype=[("value", np.float64), ("total", np.float64)])


def sparse_visit(
    int loss,
    double power,
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[::1] y,           # in
    const double[::1] w,           # in
    const double[::1] offset,      # in: one number per row, or empty
    double intercept,
    const double[::1] coef,        # in
    int n_threads,
):
    """(sum of losses, ``X.T @ r``, ``sum(r)``): r the weighted loss's derivative at ``X @ coef + offset + intercept``.

    A few rows at a time: gathered, their losses, and scattered while they are still in the cache.
    """
    cdef Py_ssize_t i, k, at, low, high, p = coef.shape[0]
    cdef Py_ssize_t[::1] first = shares(indptr, n_threads)
    cdef Pair[:, ::1] pairs = room(n_threads, p)
    cdef double[:, ::1] totals = np.zeros((n_threads, 16)), own = np.empty((n_threads, 3 * (ROWS + 8)))
    cdef bint has_offset = offset.shape[0] > 0
    cdef double* eta
    cdef double* residual
    cdef double* curvature
    cdef int t
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        start(pairs, t, coef)
        eta = &own[t, 0]
        residual = &own[t, ROWS + 8]
        curvature = &own[t, 2 * (ROWS + 8)]
        low = first[t]
        while low < first[t + 1]:
            high = min(low + ROWS, first[t + 1])
            for i in range(low, high):
                at = indptr[i]
                eta[i - low] = intercept + (offset[i] if has_offset else 0.0) + gathered(
                    &data[at], &indices[at], indptr[i + 1] - at, &pairs[t, 0])
            totals[t, 0] += rows_pointwise(loss, power, high - low, &y[low], &w[low], eta, residual, curvature)
            for i in range(low, high):
                at = indptr[i]
                totals[t, 1] += residual[i - low]
                if residual[i - low] != 0.0:
                    scattered(&data[at], &indices[at], indptr[i + 1] - at, residual[i - low], &pairs[t, 0])
            low = high
    value, total = np.asarray(totals).sum(axis=0)[:2]
    return float(value), summed(pairs, p, n_threads), float(total)


def sparse_hessian_product(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[::1] c,           # in
    const double[::1] v,           # in
    double shift,
    int n_threads,
):
    """``r = c * (X @ v + shift)``; returns (``X.T @ r``, ``r.sum()``)."""
    cdef Py_ssize_t i, at, size, p = v.shape[0]
    cdef Py_ssize_t[::1] first = shares(indptr, n_threads)
    cdef Pair[:, ::1] pairs = room(n_threads, p)
    cdef double[::1] sums = np.zeros(8 * n_threads)
    cdef double factor, total
    cdef int t
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        start(pairs, t, v)
        total = 0.0
        for i in range(first[t], first[t + 1]):
            if c[i] != 0.0:
                at = indptr[i]
                size = indptr[i + 1] - at
                factor = c[i] * (shift + gathered(&data[at], &indices[at], size, &pairs[t, 0]))
                scattered(&data[at], &indices[at], size, factor, &pairs[t, 0])
                total = total + factor
        sums[8 * t] = total
    return summed(pairs, p, n_threads), float(np.sum(sums))


def sparse_moments(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[::1] w,           # in
    Py_ssize_t p,
    int n_threads,
):
    """Returns (``X.T @ w``, ``(X ** 2).T @ w``) for columns stored once."""
    cdef Py_ssize_t i, at
    cdef Py_ssize_t[::1] first = shares(indptr, n_threads)
    cdef Pair[:, ::1] pairs = room(n_threads, p)
    cdef double[::1] nothing = np.zeros(p)
    cdef double part
    cdef int t
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        start(pairs, t, nothing)
        for i in range(first[t], first[t + 1]):
            for at in range(indptr[i], indptr[i + 1]):
                part = w[i] * data[at]
                pairs[t, indices[at]].value += part
                pairs[t, indices[at]].total += part * data[at]
    return values_summed(pairs, p, n_threads), summed(pairs, p, n_threads)


def sparse_centred_squares(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[::1] w,           # in
    const double[::1] mean,        # in
    int n_threads,
):
    """Returns (``((X - mean) ** 2 * stored).T @ w``, ``stored.T @ w``): stored is one where X has an entry."""
    cdef Py_ssize_t i, at, p = mean.shape[0]
    cdef Py_ssize_t[::1] first = shares(indptr, n_threads)
    cdef Pair[:, ::1] pairs = room(n_threads, p)
    cdef double[::1] nothing = np.zeros(p)
    cdef double deviation
    cdef int t
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        start(pairs, t, nothing)
        for i in range(first[t], first[t + 1]):
            for at in range(indptr[i], indptr[i + 1]):
                deviation = data[at] - mean[indices[at]]
                pairs[t, indices[at]].value += w[i]
                pairs[t, indices[at]].total += w[i] * deviation * deviation
    return summed(pairs, p, n_threads), values_summed(pairs, p, n_threads)
