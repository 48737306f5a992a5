"""Softmax loss of several classes: value and gradient in one visit to the rows, nothing of size (n, K) kept.

Conventions: X has n > 0 rows and p > 0 columns, float32 or float64, C- or Fortran-ordered or strided; K classes. BLAS reads
X itself where it is float64 and contiguous along rows or columns; other forms are widened one block of rows at a time.
Blocks are shared out among threads, each with sums of its own; the caller keeps BLAS to one thread meanwhile.
"""

import numpy as np

from cython cimport floating
from cython.parallel import parallel, prange
from libc.math cimport exp, log1p
from libc.stdlib cimport free, malloc
from scipy.linalg.cython_blas cimport dgemm

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_thread_num() 0
    #endif
    """
    int omp_get_thread_num() noexcept nogil


cdef inline double softmax_residual(
    double* row,             # in: eta, out: weight * (softmax(eta) - onehot(y))
    Py_ssize_t y,
    double weight,
    Py_ssize_t n_outputs,
) noexcept nogil:
    """``row = w * (softmax(row) - onehot(y))``; returns ``w * (logsumexp(row) - row[y])``."""
    cdef Py_ssize_t k, first = 0
    cdef double top, own = row[y], beyond = 0.0, rest = 0.0, total
    for k in range(1, n_outputs):
        if row[k] > row[first]:
            first = k
    top = row[first]
    for k in range(n_outputs):
        row[k] = exp(row[k] - top)
        if k != first:
            beyond = beyond + row[k]
    total = 1.0 + beyond
    # 1 - p[y] as a sum of the others, log(total) from what is beyond one: nothing cancels in a row all but certain
    for k in range(n_outputs):
        if k != y:
            rest = rest + row[k]
        row[k] = row[k] * (weight / total)
    row[y] = -weight * (rest / total)
    return weight * (log1p(beyond) + (top - own)) if weight > 0.0 else 0.0


cdef void widen(const floating[:, :] X, Py_ssize_t low, Py_ssize_t high, double* buffer) noexcept nogil:
    """``buffer = X[low:high].astype(float)``, in C order."""
    cdef Py_ssize_t i, j, p = X.shape[1]
    cdef const floating* row
    if X.strides[1] == <Py_ssize_t> sizeof(floating):
        for i in range(low, high):
            row = &X[i, 0]
            for j in range(p):
                buffer[(i - low) * p + j] = row[j]
    else:
        for j in range(p):
            for i in range(low, high):
                buffer[(i - low) * p + j] = X[i, j]


cdef enum:
    BY_ROWS
    BY_COLUMNS
    BUFFERED


cdef int layout_of(const floating[:, :] X, int* stride) noexcept nogil:
    """How BLAS can read X: by rows or by columns, ``stride`` entries apart, or only from a buffer."""
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], apart
    if floating is double:
        apart = X.strides[0] // 8
        if X.strides[1] == 8 and apart >= p and 8 * apart == X.strides[0] and apart < 2147483647:
            stride[0] = <int> apart
            return BY_ROWS
        apart = X.strides[1] // 8
        if X.strides[0] == 8 and apart >= n and 8 * apart == X.strides[1] and apart < 2147483647:
            stride[0] = <int> apart
            return BY_COLUMNS
    stride[0] = <int> p
    return BUFFERED


def softmax_gradient(
    const floating[:, :] X,           # in
    const Py_ssize_t[::1] y,          # in: class numbers
    const double[::1] w,              # in
    const double[:, ::1] coef,        # in: K x p
    const double[::1] intercept,      # in: K
    const double[:, :] offset,        # in: n x K
    Py_ssize_t block_rows,
    int n_threads,
):
    """``r = w[:, None] * (softmax(X @ coef.T + intercept + offset) - onehot(y))``; returns (loss, r.T @ X, r.sum(0))."""
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], K = coef.shape[0], n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t b, i, k, low, high, size = p * K + K
    cdef double[:, ::1] sums = np.zeros((n_threads, size + 8))
    cdef double one = 1.0, total
    cdef int t, rows, columns = <int> p, classes = <int> K, stride = <int> p, layout = layout_of(X, &stride)
    cdef char transposed = b"T", as_stored = b"T" if layout == BY_COLUMNS else b"N"
    cdef double* buffer
    cdef double* eta
    cdef double* block
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        buffer = <double*> malloc((block_rows * p if layout == BUFFERED else 1) * sizeof(double))
        eta = <double*> malloc(block_rows * K * sizeof(double))
        for b in prange(n_blocks, schedule="static"):
            low = b * block_rows
            high = min(low + block_rows, n)
            rows = <int> (high - low)
            block = <double*> &X[low, 0]
            if layout == BUFFERED:
                widen(X, low, high, buffer)
                block = buffer
            for i in range(low, high):
                for k in range(K):
                    eta[(i - low) * K + k] = intercept[k] + offset[i, k]
            # In BLAS's columns: eta (K x rows) += coef (p x K)' block, then gradient (p x K) += block eta'.
            dgemm(&transposed, &as_stored, &classes, &rows, &columns, &one, <double*> &coef[0, 0], &columns,
                  block, &stride, &one, eta, &classes)
            total = 0.0
            for i in range(low, high):
                total = total + softmax_residual(eta + (i - low) * K, y[i], w[i], K)
                for k in range(K):
                    sums[t, p * K + k] += eta[(i - low) * K + k]
            sums[t, size] += total
            dgemm(&as_stored, &transposed, &columns, &classes, &rows, &one, block, &stride, eta, &classes,
                  &one, &sums[t, 0], &columns)
        free(buffer)
        free(eta)
    summed = np.asarray(sums).sum(axis=0)
    return float(summed[size]), summed[: p * K].reshape(K, p), summed[p * K : size]
