"""One visit to the rows: linear predictor, loss, residual, curvature and gradient; or X'WX.

Conventions: X has n rows and p columns, float32 or float64, C- or Fortran-ordered or strided, and is never copied
as a whole: a block of rows that fits the cache is widened or scaled into a buffer where BLAS cannot read X itself.
Blocks are shared out among threads, each with sums of its own; the caller keeps BLAS to one thread meanwhile.
"""

import numpy as np

from cython cimport floating
from cython.parallel import parallel, prange
from libc.math cimport exp, log1p, sqrt
from libc.stdlib cimport free, malloc
from scipy.linalg.cython_blas cimport dgemv, dsyrk, ssyrk

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_thread_num() 0
    #endif
    """
    int omp_get_thread_num() noexcept nogil

SQUARED = 0
BINOMIAL = 1


cdef inline double one_row(
    int loss, double y, double eta, double w, double* residual, double* curvature
) noexcept nogil:
    """Weighted loss of one row; its first and second derivative by eta."""
    cdef double e, mu, nu, value
    if loss == 0:
        residual[0] = w * (eta - y)
        curvature[0] = w
        return 0.5 * w * (eta - y) * (eta - y)
    # log(1 + exp(eta)) - y * eta, with exp of a negative number only
    if eta >= 0.0:
        e = exp(-eta)
        mu, nu = 1.0 / (1.0 + e), e / (1.0 + e)
        value = (1.0 - y) * eta + log1p(e)
    else:
        e = exp(eta)
        mu, nu = e / (1.0 + e), 1.0 / (1.0 + e)
        value = log1p(e) - y * eta
    residual[0] = w * ((1.0 - y) * mu - y * nu)
    curvature[0] = w * mu * nu
    return w * value if w > 0.0 else 0.0


cdef inline const double* block_of(
    const floating[:, :] X, Py_ssize_t low, Py_ssize_t high, bint direct, double* buffer
) noexcept nogil:
    """Rows low..high as float64 in C order: X's own memory where it is that already, else a copy in the buffer."""
    cdef Py_ssize_t i, j, p = X.shape[1]
    cdef const floating* row
    if direct:
        return <const double*> &X[low, 0]
    if X.strides[1] == <Py_ssize_t> sizeof(floating):
        for i in range(low, high):
            row = &X[i, 0]
            for j in range(p):
                buffer[(i - low) * p + j] = row[j]
    else:
        for j in range(p):
            for i in range(low, high):
                buffer[(i - low) * p + j] = X[i, j]
    return buffer


def fused_gradient(
    int loss,
    const floating[:, :] X,        # in
    const double[::1] y,           # in
    const double[::1] w,           # in
    const double[::1] coef,        # in
    double[::1] eta,               # in: the offset, out: X @ coef + offset
    double[::1] residual,          # out
    double[::1] curvature,         # out
    Py_ssize_t block_rows,
    int n_threads,
):
    """``eta += X @ coef``; returns (sum of losses, ``X.T @ residual``) with residual = w * loss'(eta)."""
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t k, i, low, high
    cdef double[:, ::1] gradients = np.zeros((n_threads, p + 8))
    cdef double[::1] values = np.zeros(8 * n_threads)
    cdef bint direct = floating is double and X.strides[1] == 8 and X.strides[0] == 8 * p
    cdef double one = 1.0, total
    cdef int t, rows, unit = 1, columns = <int> p
    cdef char transposed = b"T", plain = b"N"
    cdef double* buffer
    cdef double* block
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        buffer = NULL if direct else <double*> malloc(block_rows * p * sizeof(double))
        for k in prange(n_blocks, schedule="static"):
            low = k * block_rows
            high = min(low + block_rows, n)
            rows = <int> (high - low)
            block = <double*> block_of(X, low, high, direct, buffer)
            dgemv(&transposed, &columns, &rows, &one, block, &columns, <double*> &coef[0], &unit, &one, &eta[low], &unit)
            total = 0.0
            for i in range(low, high):
                total = total + one_row(loss, y[i], eta[i], w[i], &residual[i], &curvature[i])
            values[8 * t] += total
            dgemv(
                &plain, &columns, &rows, &one, block, &columns, &residual[low], &unit, &one, &gradients[t, 0], &unit
            )
        free(buffer)
    return float(np.sum(values)), np.asarray(gradients)[:, :p].sum(axis=0)


def dense_sandwich(
    const floating[:, :] X,   # in
    const double[::1] w,      # in
    const double[::1] mean,   # in
    Py_ssize_t block_rows,
    int n_threads=1,
):
    """``((X - mean) * w[:, None]).T @ (X - mean)``, one symmetric BLAS update per block of rows.

    A block is written, shifted and scaled by sqrt(w), into a buffer that fits the cache; rows of zero weight are
    left out.
    """
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t k, i, j, low, high, filled
    cdef double[:, :, ::1] sums = np.zeros((n_threads, p, p))
    cdef bint by_rows = X.strides[1] == <Py_ssize_t> sizeof(floating)
    cdef double one = 1.0, root
    cdef int t, depth, order = <int> p
    cdef char lower = b"L", plain = b"N"
    cdef double* block
    cdef double* line
    cdef const floating* row
    if p == 0:
        return np.zeros((0, 0))
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        block = <double*> malloc(block_rows * p * sizeof(double))
        for k in prange(n_blocks, schedule="static"):
            low = k * block_rows
            high = min(low + block_rows, n)
            filled = 0
            for i in range(low, high):
                if w[i] > 0.0:
                    root = sqrt(w[i])
                    line = block + filled * p
                    if by_rows:
                        row = &X[i, 0]
                        for j in range(p):
                            line[j] = root * (row[j] - mean[j])
                    else:
                        for j in range(p):
                            line[j] = root * (X[i, j] - mean[j])
                    filled = filled + 1
            # The C-ordered block is BLAS's p x filled matrix: sums += block' block.
            depth = <int> filled
            if filled > 0:
                dsyrk(&lower, &plain, &order, &depth, &one, block, &order, &one, &sums[t, 0, 0], &order)
        free(block)
    return mirrored(np.asarray(sums).sum(axis=0))


def dense_sandwich_single(
    const floating[:, :] X,   # in
    const double[::1] w,      # in
    const double[::1] mean,   # in
    Py_ssize_t block_rows,
    int n_threads=1,
):
    """As :func:`dense_sandwich` to float32's precision: products of a block in float32, blocks summed in float64."""
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t k, i, j, low, high
    cdef double[:, :, ::1] sums = np.zeros((n_threads, p, p))
    cdef bint by_rows = X.strides[1] == <Py_ssize_t> sizeof(floating)
    cdef float one = 1.0, zero = 0.0, root
    cdef int t, depth, order = <int> p
    cdef char lower = b"L", plain = b"N"
    cdef float* block
    cdef float* product
    cdef float* line
    cdef const floating* row
    if p == 0:
        return np.zeros((0, 0))
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        block = <float*> malloc(block_rows * p * sizeof(float))
        product = <float*> malloc(p * p * sizeof(float))
        for k in prange(n_blocks, schedule="static"):
            low = k * block_rows
            high = min(low + block_rows, n)
            for i in range(low, high):
                root = <float> sqrt(w[i])
                line = block + (i - low) * p
                if by_rows:
                    row = &X[i, 0]
                    for j in range(p):
                        line[j] = root * <float> (row[j] - mean[j])
                else:
                    for j in range(p):
                        line[j] = root * <float> (X[i, j] - mean[j])
            depth = <int> (high - low)
            ssyrk(&lower, &plain, &order, &depth, &one, block, &order, &zero, product, &order)
            for i in range(p):
                for j in range(i, p):
                    sums[t, i, j] += product[i * p + j]
        free(block)
        free(product)
    return mirrored(np.asarray(sums).sum(axis=0))


cdef mirrored(matrix):
    """BLAS's lower triangle is our upper one: copy it down."""
    return np.triu(matrix) + np.triu(matrix, 1).T
