"""Products with a sparse design matrix.

Conventions: X has n rows and p columns, float32 or float64; results are float64. A compressed matrix
is (data, indices, indptr): CSR as it stands, CSC read as the CSR of X'.
"""

import numpy as np

from cython cimport floating
from cython.parallel import parallel, prange
from scipy.linalg.cython_blas cimport ddot

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_thread_num() 0
    #endif
    """
    int omp_get_thread_num() noexcept nogil

ctypedef fused index_t:
    int
    long long


def gather(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[:, ::1] B,        # in
    double[:, ::1] result,         # out
    int n_threads,
):
    """``result = A @ B`` for A in compressed rows; rows in parallel."""
    cdef Py_ssize_t i, k, n = indptr.shape[0] - 1, n_outputs = B.shape[1]
    cdef index_t at
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        for k in range(n_outputs):
            result[i, k] = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            for k in range(n_outputs):
                result[i, k] += data[at] * B[indices[at], k]


def chosen_gathers(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const int[::1] chosen,         # in
    const double[::1] v,           # in
    double[::1] result,            # out
    int n_threads,
):
    """``result = (A @ v)[chosen]`` for A in compressed rows; rows in parallel."""
    cdef Py_ssize_t i
    for i in prange(chosen.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        result[i] = one_gather(&data[0], &indices[0], indptr[chosen[i]], indptr[chosen[i] + 1], &v[0])


cdef inline double one_gather(
    const floating* data, const index_t* indices, Py_ssize_t start, Py_ssize_t end, const double* v
) noexcept nogil:
    cdef Py_ssize_t at
    cdef double total = 0.0
    for at in range(start, end):
        total += data[at] * v[indices[at]]
    return total


def chosen_dots(
    const floating[:, ::1] A,      # in
    const int[::1] chosen,         # in
    const double[::1] v,           # in
    double[::1] result,            # out
    int n_threads,
):
    """``result = (A @ v)[chosen]``; rows in parallel."""
    cdef Py_ssize_t i
    for i in prange(chosen.shape[0], nogil=True, schedule="static", num_threads=n_threads):
        result[i] = one_dot(&A[chosen[i], 0], &v[0], A.shape[1])


cdef inline double one_dot(const floating* a, const double* v, Py_ssize_t size) noexcept nogil:
    """``a @ v``; of float32 in eight sums that do not wait for each other."""
    cdef int unit = 1, n = <int> size
    if floating is double:
        return ddot(&n, <double*> a, &unit, <double*> v, &unit)
    cdef double sums[8]
    cdef double total = 0.0
    cdef Py_ssize_t i, k
    for k in range(8):
        sums[k] = 0.0
    for i in range(0, size - 7, 8):
        for k in range(8):
            sums[k] += a[i + k] * v[i + k]
    for i in range(size - size % 8, size):
        total += a[i] * v[i]
    for k in range(8):
        total += sums[k]
    return total


def scatter(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[:, ::1] R,        # in
    double[:, ::1] result,         # in, out
):
    """``result += A.T @ R`` for A in compressed rows."""
    cdef Py_ssize_t i, k, n = indptr.shape[0] - 1, n_outputs = R.shape[1]
    cdef index_t at
    with nogil:
        for i in range(n):
            for at in range(indptr[i], indptr[i + 1]):
                for k in range(n_outputs):
                    result[indices[at], k] += data[at] * R[i, k]


def compressed_sandwich(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in
    const index_t[::1] indptr,     # in
    const double[::1] w,           # in
    double[:, ::1] result,         # in, out: p x p
    int n_threads=1,
):
    """``result += A.T @ diag(w) @ A`` for A in compressed rows.

    Two entries of a row meet once, in either triangle; each thread has a matrix of its own.
    """
    cdef Py_ssize_t i, n = indptr.shape[0] - 1, p = result.shape[0]
    cdef index_t at, by
    cdef double value
    cdef int t
    cdef double[:, :, ::1] pairs = np.zeros((n_threads, p, p))
    cdef double[:, ::1] alone = np.zeros((n_threads, p))
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        for i in prange(n, schedule="static"):
            for at in range(indptr[i], indptr[i + 1]):
                value = w[i] * data[at]
                alone[t, indices[at]] += value * data[at]
                for by in range(at + 1, indptr[i + 1]):
                    pairs[t, indices[at], indices[by]] += value * data[by]
    for matrix, diagonal in zip(np.asarray(pairs), np.asarray(alone), strict=True):
        np.add(result, matrix, out=np.asarray(result))
        np.add(result, matrix.T, out=np.asarray(result))
        np.asarray(result).flat[:: p + 1] += diagonal
