"""One visit to the rows: linear predictor, loss, residual, curvature, gradient and, where asked for, X'WX.

Conventions: X has n rows and p columns, float32 or float64, C- or Fortran-ordered or strided, and is never copied
as a whole: a block of rows that fits the cache is copied only where its columns do not stand side by side. Blocks are
shared out among threads, each with sums of its own; the caller keeps BLAS to one thread meanwhile. What is done to the
rows of a block is written in ``_rows.h``.
"""

import numpy as np

from cython cimport floating
from cython.parallel import parallel, prange
from libc.math cimport sqrt
from libc.stdlib cimport free, malloc
from scipy.linalg.cython_blas cimport dsyrk, ssyrk

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_thread_num() 0
    #endif
    """
    int omp_get_thread_num() noexcept nogil

cdef extern from "_rows.h" nogil:
    int LOSS_SQUARED, LOSS_BINOMIAL, LOSS_POISSON, LOSS_GAMMA, LOSS_TWEEDIE
    double rows_pointwise(
        int loss, double power, Py_ssize_t n, const double* y, const double* w, const double* eta, double* residual,
        double* curvature) noexcept
    void rows_predict_double(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_predict_float(const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_pull_double(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_pull_float(const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_predict_columns_double(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_predict_columns_float(const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_pull_columns_double(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_pull_columns_float(const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_scale_double_double(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, double*) noexcept
    void rows_scale_double_float(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, float*) noexcept
    void rows_scale_float_double(
        const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, double*) noexcept
    void rows_scale_float_float(
        const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, float*) noexcept
    void rows_scale_columns_double_double(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, double*) noexcept
    void rows_scale_columns_double_float(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, float*) noexcept
    void rows_scale_columns_float_double(
        const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, double*) noexcept
    void rows_scale_columns_float_float(
        const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, float*) noexcept

    void rows_strips_double(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int,
        double*) noexcept
    void rows_strips_float(
        const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int,
        double*) noexcept
    void rows_add_gram(
        Py_ssize_t n, Py_ssize_t m, const double* A, double* sums, const char* next, Py_ssize_t bytes) noexcept
    int rows_has_tiles() noexcept

SQUARED = LOSS_SQUARED
BINOMIAL = LOSS_BINOMIAL
POISSON = LOSS_POISSON
GAMMA = LOSS_GAMMA
TWEEDIE = LOSS_TWEEDIE


# ---- one block of rows -----------------------------------------------------------------------------------------------


cdef struct Block:
    Py_ssize_t n           # rows
    Py_ssize_t stride      # numbers between rows, or between columns
    bint by_columns


cdef enum Order:
    ROWS, COLUMNS, STRIDED


cdef inline Order order_of(const floating[:, :] X) noexcept nogil:
    """How X stands: the numbers of a row side by side, those of a column, or neither."""
    cdef Py_ssize_t size = sizeof(floating)
    if X.shape[1] > 0 and X.strides[1] == size and X.strides[0] % size == 0:
        return ROWS
    if X.shape[1] > 0 and X.strides[0] == size and X.strides[1] % size == 0:
        return COLUMNS
    return STRIDED


cdef inline const floating* block_of(
    const floating[:, :] X, Py_ssize_t low, Py_ssize_t high, Order order, floating* buffer, Block* shape
) noexcept nogil:
    """Rows low..high: X's own memory where rows or columns stand side by side, else a copy in the buffer."""
    cdef Py_ssize_t i, j, p = X.shape[1], size = sizeof(floating)
    shape.n, shape.by_columns = high - low, order == COLUMNS
    if order != STRIDED:
        shape.stride = X.strides[1 if order == COLUMNS else 0] // size
        return &X[low, 0]
    for j in range(p):
        for i in range(low, high):
            buffer[(i - low) * p + j] = X[i, j]
    shape.stride = p
    return buffer


cdef inline void predict(const floating* X, Block* b, Py_ssize_t p, const double* coef, double* eta) noexcept nogil:
    """``eta += X @ coef``."""
    if floating is double:
        (rows_predict_columns_double if b.by_columns else rows_predict_double)(X, b.stride, b.n, p, coef, eta)
    else:
        (rows_predict_columns_float if b.by_columns else rows_predict_float)(X, b.stride, b.n, p, coef, eta)


cdef inline void pull(const floating* X, Block* b, Py_ssize_t p, const double* residual, double* sums) noexcept nogil:
    """``sums += X.T @ residual``."""
    if floating is double:
        (rows_pull_columns_double if b.by_columns else rows_pull_double)(X, b.stride, b.n, p, residual, sums)
    else:
        (rows_pull_columns_float if b.by_columns else rows_pull_float)(X, b.stride, b.n, p, residual, sums)


cdef inline void scale_double(
    const floating* X, Block* b, Py_ssize_t p, const double* root, const double* mean, int ones, double* out
) noexcept nogil:
    """``out = root[:, None] * [X - mean, 1]``, in the order in which X stands."""
    if floating is double:
        (rows_scale_columns_double_double if b.by_columns else rows_scale_double_double)(
            X, b.stride, b.n, p, root, mean, ones, out)
    else:
        (rows_scale_columns_float_double if b.by_columns else rows_scale_float_double)(
            X, b.stride, b.n, p, root, mean, ones, out)


cdef inline void scale_single(
    const floating* X, Block* b, Py_ssize_t p, const double* root, const double* mean, int ones, float* out
) noexcept nogil:
    """As ``scale_double``, in float32."""
    if floating is double:
        (rows_scale_columns_double_float if b.by_columns else rows_scale_double_float)(
            X, b.stride, b.n, p, root, mean, ones, out)
    else:
        (rows_scale_columns_float_float if b.by_columns else rows_scale_float_float)(
            X, b.stride, b.n, p, root, mean, ones, out)


cdef inline void strips(
    const floating* X, Block* b, Py_ssize_t p, const double* root, const double* mean, int ones, double* out
) noexcept nogil:
    """As ``scale_double``, in strips of eight columns."""
    cdef Py_ssize_t down = 1 if b.by_columns else b.stride, across = b.stride if b.by_columns else 1
    if floating is double:
        rows_strips_double(X, down, across, b.n, p, root, mean, ones, out)
    else:
        rows_strips_float(X, down, across, b.n, p, root, mean, ones, out)


cdef enum:
    CACHE_LINE = 64
    STRIP = 8


cdef struct Product:
    int order              # rows and columns of the product
    int ones               # 1: the last of them is a column of ones
    bint single            # whether blocks are multiplied in float32
    bint tiled             # whether by tiles, from strips of columns; else by BLAS
    double* root           # square roots of a block's weights
    void* memory           # what is to be freed
    void* scaled           # the block, shifted and scaled: in it, from a cache line's start
    double* sums           # upper triangle of the product
    float* single_sums     # the same in float32


cdef inline void open_product(
    Product* product, Py_ssize_t p, int ones, bint single, Py_ssize_t block_rows, double* sums, float* single_sums
) noexcept nogil:
    cdef Py_ssize_t m = p + ones
    product.order, product.ones, product.single = <int> m, ones, single
    product.sums, product.single_sums = sums, single_sums
    product.root = <double*> malloc(block_rows * sizeof(double))
    product.tiled = not single and rows_has_tiles()
    m = (m + STRIP - 1) // STRIP * STRIP
    product.memory = malloc(block_rows * m * (sizeof(float) if single else sizeof(double)) + CACHE_LINE)
    product.scaled = <void*> ((<size_t> product.memory + CACHE_LINE) // CACHE_LINE * CACHE_LINE)


cdef inline void close_product(Product* product) noexcept nogil:
    free(product.root)
    free(product.memory)


cdef inline void add_product(
    Product* product, const floating* X, Block* b, const double* w, const double* mean
) noexcept nogil:
    """``sums += S.T @ S`` with S = sqrt(w)[:, None] * [X - mean, 1]; rows of zero weight count for nothing."""
    cdef Py_ssize_t i, size, p = product.order - product.ones
    cdef int depth = <int> b.n, leading = depth if b.by_columns else product.order
    cdef char lower = b"L", trans = b"T" if b.by_columns else b"N"
    cdef double one = 1.0
    cdef float one_single = 1.0
    for i in range(b.n):
        product.root[i] = sqrt(w[i]) if w[i] > 0.0 else 0.0
    # BLAS reads a C-ordered block as its transpose, and our upper triangle as its lower one.
    if product.single:
        scale_single(X, b, p, product.root, mean, product.ones, <float*> product.scaled)
        ssyrk(&lower, &trans, &product.order, &depth, &one_single, <float*> product.scaled, &leading, &one_single,
              product.single_sums, &product.order)
    elif product.tiled:
        strips(X, b, p, product.root, mean, product.ones, <double*> product.scaled)
        size = 0 if b.by_columns else b.n * b.stride * <Py_ssize_t> sizeof(floating)
        rows_add_gram(b.n, product.order, <double*> product.scaled, product.sums, <const char*> X + size, size)
    else:
        scale_double(X, b, p, product.root, mean, product.ones, <double*> product.scaled)
        dsyrk(&lower, &trans, &product.order, &depth, &one, <double*> product.scaled, &leading, &one,
              product.sums, &product.order)


cdef inline void add_plain(double* sums, const double* X, Block* b, int order, double weight) noexcept nogil:
    """``sums += weight * X.T @ X``, X where it stands."""
    cdef int depth = <int> b.n, leading = <int> b.stride
    cdef char lower = b"L", trans = b"T" if b.by_columns else b"N"
    cdef double one = 1.0
    dsyrk(&lower, &trans, &order, &depth, &weight, <double*> X, &leading, &one, sums, &order)


# ---- all rows --------------------------------------------------------------------------------------------------------


def fused_visit(
    int loss,
    double power,
    const floating[:, :] X,        # in
    const double[::1] y,           # in
    const double[::1] w,           # in
    const double[::1] offset,      # in: one number per row, or empty
    double intercept,
    const double[::1] coef,        # in
    const double[::1] mean,        # in
    int second,                    # 0: no second derivative, 1: in float64, 2: in float32
    int ones,                      # 1: of the intercept, too
    Py_ssize_t block_rows,
    int n_threads,
):
    """(sum of losses, ``X.T @ r``, ``sum(r)``, ``A.T @ (c[:, None] * A)``) with A = [X - mean, 1].

    r and c are the weighted loss's derivatives at ``eta = X @ coef + offset + intercept``. Nothing as long as X is
    kept. The last of the four is None where `second` is 0.
    """
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], m = p + ones, n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t k, i, low, high, padded = block_rows + 8
    cdef double[:, ::1] gradients = np.zeros((n_threads, p + 9))
    cdef double[::1] values = np.zeros(8 * n_threads), nothing = np.zeros(1)
    cdef double[:, :, ::1] sums = np.zeros((n_threads if second == 1 else 0, m, m))
    cdef float[:, :, ::1] single_sums = np.zeros((n_threads if second == 2 else 0, m, m), dtype=np.float32)
    cdef const double[::1] slopes = coef if p else nothing, shift = mean if p else nothing
    cdef bint has_offset = offset.shape[0] > 0, wanted = second > 0 and m > 0
    cdef Order order = order_of(X)
    cdef double total
    cdef int t
    cdef double* eta
    cdef double* residual
    cdef double* curvature
    cdef floating* buffer
    cdef const floating* block
    cdef Block* shape
    cdef Product* product
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        eta = <double*> malloc(3 * padded * sizeof(double))
        residual = eta + padded
        curvature = eta + 2 * padded
        buffer = <floating*> malloc((block_rows * p + 1) * sizeof(floating)) if order == STRIDED else NULL
        shape = <Block*> malloc(sizeof(Block))
        product = <Product*> malloc(sizeof(Product))
        if wanted:
            open_product(
                product, p, ones, second == 2, block_rows, &sums[t, 0, 0] if second == 1 else NULL,
                &single_sums[t, 0, 0] if second == 2 else NULL)
        for k in prange(n_blocks, schedule="static"):
            low = k * block_rows
            high = min(low + block_rows, n)
            block = block_of(X, low, high, order, buffer, shape)
            for i in range(high - low):
                eta[i] = intercept + (offset[low + i] if has_offset else 0.0)
            predict(block, shape, p, &slopes[0], eta)
            total = rows_pointwise(loss, power, high - low, &y[low], &w[low], eta, residual, curvature)
            values[8 * t] += total
            pull(block, shape, p, residual, &gradients[t, 0])
            for i in range(high - low):
                gradients[t, p] += residual[i]
            if wanted:
                add_product(product, block, shape, curvature, &shift[0])
        if wanted:
            close_product(product)
        free(eta)
        free(buffer)
        free(shape)
        free(product)
    gradient = np.asarray(gradients).sum(axis=0)
    hessian = None
    if second:
        hessian = whole(sums) if second == 1 else whole_of_single(single_sums)
    return float(np.sum(values)), gradient[:p], float(gradient[p]), hessian


def dense_sandwich(
    const floating[:, :] X,   # in
    const double[::1] w,      # in
    const double[::1] mean,   # in
    Py_ssize_t block_rows,
    int n_threads=1,
    bint single=False,
    int ones=0,
):
    """``A.T @ (w[:, None] * A)`` with A = X - mean, and a column of ones after it where `ones`.

    ``single``: products and sums of each thread in float32.
    """
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], m = p + ones, n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t k, low, high
    cdef double[:, :, ::1] sums = np.zeros((0 if single else n_threads, m, m))
    cdef float[:, :, ::1] single_sums = np.zeros((n_threads if single else 0, m, m), dtype=np.float32)
    cdef const double[::1] shift = mean if p else np.zeros(1)
    cdef Order order = order_of(X)
    cdef int t
    cdef floating* buffer
    cdef const floating* block
    cdef Block* shape
    cdef Product* product
    if m == 0:
        return np.zeros((0, 0))
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        buffer = <floating*> malloc((block_rows * p + 1) * sizeof(floating)) if order == STRIDED else NULL
        shape = <Block*> malloc(sizeof(Block))
        product = <Product*> malloc(sizeof(Product))
        open_product(
            product, p, ones, single, block_rows, NULL if single else &sums[t, 0, 0],
            &single_sums[t, 0, 0] if single else NULL)
        for k in prange(n_blocks, schedule="static"):
            low = k * block_rows
            high = min(low + block_rows, n)
            block = block_of(X, low, high, order, buffer, shape)
            add_product(product, block, shape, &w[low], &shift[0])
        close_product(product)
        free(buffer)
        free(shape)
        free(product)
    return whole_of_single(single_sums) if single else whole(sums)


def dense_gram(const double[:, :] X, double weight, Py_ssize_t block_rows, int n_threads):  # in
    """``weight * X.T @ X`` where rows or columns stand side by side; BLAS copies no block of X."""
    cdef Py_ssize_t n = X.shape[0], p = X.shape[1], n_blocks = (n + block_rows - 1) // block_rows
    cdef Py_ssize_t k, low
    cdef double[:, :, ::1] sums = np.zeros((n_threads, p, p))
    cdef Order order = order_of(X)
    cdef const double* block
    cdef Block* shape
    cdef int t
    if order == STRIDED or n == 0 or (p > STRIP and rows_has_tiles()):
        return dense_sandwich(X, np.full(n, weight), np.zeros(p), block_rows, n_threads)
    with nogil, parallel(num_threads=n_threads):
        t = omp_get_thread_num()
        shape = <Block*> malloc(sizeof(Block))
        for k in prange(n_blocks, schedule="static"):
            low = k * block_rows
            block = block_of(X, low, min(low + block_rows, n), order, NULL, shape)
            add_plain(&sums[t, 0, 0], block, shape, <int> p, weight)
        free(shape)
    return whole(sums)


cdef whole(double[:, :, ::1] sums):
    """All threads' sums, of which BLAS filled one triangle: a symmetric matrix, in the first one's place."""
    cdef Py_ssize_t i, j, m = sums.shape[1]
    cdef int t
    for i in range(m):
        for j in range(i, m):
            for t in range(1, sums.shape[0]):
                sums[0, i, j] += sums[t, i, j]
            sums[0, j, i] = sums[0, i, j]
    return np.asarray(sums[0]) if sums.shape[0] == 1 else np.array(sums[0])


cdef whole_of_single(float[:, :, ::1] sums):
    """The same of sums in float32, as float64."""
    cdef Py_ssize_t i, j, m = sums.shape[1]
    cdef int t
    cdef double[:, ::1] result = np.empty((m, m))
    for i in range(m):
        for j in range(i, m):
            result[i, j] = 0.0
            for t in range(sums.shape[0]):
                result[i, j] += sums[t, i, j]
            result[j, i] = result[i, j]
    return np.asarray(result)
