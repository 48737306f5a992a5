"""Products with a design matrix: dense blocks through BLAS, compressed rows or columns by hand.

Conventions: X has n rows and p columns, float32 or float64, and is never copied as a whole; results are
float64. A compressed matrix is (data, indices, indptr): CSR as it stands, CSC read as the CSR of X'.
"""

import numpy as np

from cython cimport floating
from cython.parallel import prange
from libc.math cimport sqrt
from scipy.linalg.cython_blas cimport dsyrk

ctypedef fused index_t:
    int
    long long


def dense_sandwich(
    const floating[:, :] X,   # in
    const double[::1] w,      # in
    const double[::1] mean,   # in
    Py_ssize_t block_rows,
):
    """``((X - mean) * w[:, None]).T @ (X - mean)``, one symmetric BLAS update per block of rows.

    A block is written, shifted and scaled by sqrt(w), into a buffer that fits the cache; rows of zero weight are
    left out.
    """
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], row = 0, i, j, filled
    cdef double[:, ::1] block = np.empty((block_rows, p))
    cdef double[:, ::1] result = np.zeros((p, p))
    cdef double root, one = 1.0
    cdef int order = <int> p, depth
    cdef char lower = b"L"
    cdef char plain = b"N"
    with nogil:
        while row < n and p > 0:
            filled = 0
            while row < n and filled < block_rows:
                if w[row] > 0.0:
                    root = sqrt(w[row])
                    for j in range(p):
                        block[filled, j] = root * (X[row, j] - mean[j])
                    filled += 1
                row += 1
            # The C-ordered block is BLAS's p x filled matrix: result += block' block.
            depth = <int> filled
            if filled > 0:
                dsyrk(&lower, &plain, &order, &depth, &one, &block[0, 0], &order, &one, &result[0, 0], &order)
        # BLAS's lower triangle is our upper one: mirror it.
        for i in range(p):
            for j in range(i + 1, p):
                result[j, i] = result[i, j]
    return np.asarray(result)


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
):
    """``result += A.T @ diag(w) @ A`` for A in compressed rows."""
    cdef Py_ssize_t i, n = indptr.shape[0] - 1
    cdef index_t at, by
    cdef double value
    with nogil:
        for i in range(n):
            for at in range(indptr[i], indptr[i + 1]):
                value = w[i] * data[at]
                for by in range(indptr[i], indptr[i + 1]):
                    result[indices[at], indices[by]] += value * data[by]
