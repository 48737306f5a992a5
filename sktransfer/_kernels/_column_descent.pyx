# cython: freethreading_compatible=True
"""Coordinate descent on a quadratic model with a penalty that has kinks, through the columns themselves.

    minimise   g'z + sum_i c_i (sum_j (x_ij - mean_j) z_j)^2 / 2 + sum_j h_j(d_j + z_j)
    h_j(d) = a_j |d| + b_j (d - m_j)^2 / 2

With mean_j = x_j'c / sum(c) this is what is left of a model whose intercept is free; without an intercept the means
are zero. V = c * (X z) and S = sum(V) are kept, and the derivative by z_j is g_j + x_j'V - mean_j S.

    1. an epoch over all columns, then epochs over those that have moved until these gain little
    2. p, what the columns of an epoch over all could still gain, each when it was visited
stop: p is a given share of what it was, or rounding

For columns too many, or too sparse, for a matrix of all their products (``_model_descent.pyx``).
"""

import numpy as np

from libc.math cimport fabs, fmax

cdef double EPS = 1e-15
cdef int FEW = 10

cdef struct Columns:
    Py_ssize_t n             # rows
    bint dense
    const double* data       # dense columns one after the other, or compressed ones
    const int* rows
    const int* starts
    const double* c
    const double* mean
    double total             # sum(c)

cdef struct Penalty:
    const double* a
    const double* b
    const double* m


cdef inline double soft(double t, double a) noexcept nogil:
    """``sign(t) * max(|t| - a, 0)``"""
    return t - a if t > a else (t + a if t < -a else 0.0)


cdef inline double product(const Columns* X, Py_ssize_t j, const double* V) noexcept nogil:
    """``x_j @ V``"""
    cdef double total = 0.0
    cdef Py_ssize_t i
    if X.dense:
        for i in range(X.n):
            total += X.data[j * X.n + i] * V[i]
    else:
        for i in range(X.starts[j], X.starts[j + 1]):
            total += X.data[i] * V[X.rows[i]]
    return total


cdef inline void move(const Columns* X, Py_ssize_t j, double step, double* V) noexcept nogil:
    """``V += step * c * x_j``"""
    cdef Py_ssize_t i
    if X.dense:
        for i in range(X.n):
            V[i] += step * X.c[i] * X.data[j * X.n + i]
    else:
        for i in range(X.starts[j], X.starts[j + 1]):
            V[X.rows[i]] += step * X.c[X.rows[i]] * X.data[i]


cdef double epoch(
    const Columns* X, const Penalty* h, const double* g, const double* L, bint moved_only, Py_ssize_t size,
    double* d, double* V, double* S, double* noise
) noexcept nogil:
    """One visit to each column, or to each that has moved: what they could gain; ``noise`` is what rounding makes"""
    cdef Py_ssize_t j
    cdef double slope, violation, new, bend, gain = 0.0
    noise[0] = 0.0
    for j in range(size):
        bend = L[j] + h.b[j]
        if bend <= 0 or (moved_only and d[j] == 0):
            continue
        slope = g[j] + product(X, j, V) - X.mean[j] * S[0] + h.b[j] * (d[j] - h.m[j])
        if d[j] == 0:
            violation = soft(slope, h.a[j])
        else:
            violation = slope + h.a[j] if d[j] > 0 else slope - h.a[j]
        noise[0] += 0.5 * (EPS * (fabs(slope) + fabs(g[j]) + h.a[j])) ** 2 / bend
        if violation == 0:
            continue
        gain += 0.5 * violation * violation / bend
        new = soft(bend * d[j] - slope, h.a[j]) / bend
        move(X, j, new - d[j], V)
        S[0] += (new - d[j]) * X.mean[j] * X.total
        d[j] = new
    return gain


def column_descent(
    bint dense,
    const double[::1] data,        # in: (n * size,) column by column, or the compressed columns' entries
    const int[::1] rows,           # in
    const int[::1] starts,         # in
    const double[::1] c,           # in
    const double[::1] mean,        # in
    const double[::1] L,           # in: sum_i c_i (x_ij - mean_j)^2
    tuple penalty,                 # in: (a, b, m)
    const double[::1] g,           # in
    double[::1] d,                 # in, out
    double share,
    int max_epochs,
):
    """Steps 1 and 2 until p is ``share`` of what it was, or rounding: (epochs, p)."""
    cdef const double[::1] a = penalty[0], b = penalty[1], m = penalty[2]
    cdef double[::1] V = np.zeros(c.shape[0])
    cdef Py_ssize_t size = d.shape[0], i
    cdef Columns X
    cdef Penalty h
    cdef int n_epochs = 0, inner
    cdef double S = 0.0, first = -1.0, left = 0.0, gain, noise
    if size == 0 or c.shape[0] == 0:
        return 0, 0.0
    X.n, X.dense, X.data, X.rows, X.starts = c.shape[0], dense, &data[0], &rows[0], &starts[0]
    X.c, X.mean, X.total = &c[0], &mean[0], 0.0
    h.a, h.b, h.m = &a[0], &b[0], &m[0]
    with nogil:
        for i in range(X.n):
            X.total += c[i]
        while n_epochs < max_epochs:
            left = epoch(&X, &h, &g[0], &L[0], False, size, &d[0], &V[0], &S, &noise)
            n_epochs += 1
            first = left if first < 0 else first
            if left <= fmax(noise, share * first):
                break
            gain = left
            for inner in range(FEW):
                if n_epochs >= max_epochs or gain <= 0.1 * left:
                    break
                gain = epoch(&X, &h, &g[0], &L[0], True, size, &d[0], &V[0], &S, &noise)
                n_epochs += 1
    return n_epochs, left
