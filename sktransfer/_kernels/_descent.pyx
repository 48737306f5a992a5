# cython: freethreading_compatible=True
"""Coordinate descent on a working set, with Anderson acceleration.

    minimise   ||r||^2 / 2 + sum_j h_j(d_j),      r = y - sum_j d_j x_j
    h_j(d) = a_j |d| + c_j |d - k_j| + b_j (d - m_j)^2 / 2,       d >= low_j

    1. for each j:  d_j <- argmin_d L_j (d - d_j)^2 / 2 - x_j'r (d - d_j) + h_j(d),   L_j = ||x_j||^2
    2. every MEMORY epochs: the iterates' combination sum_i c_i d^i, sum_i c_i = 1, with the smallest sum of changes;
       taken where it lowers the objective
    3. then the duality gap on the working set, with u_j = x_j'r - b_j (d_j - m_j), s <= 1 such that |s u_j| <= a_j + c_j
       and H_j the two kinks:
           (1 - s)^2 (||r||^2 + sum_j b_j (d_j - m_j)^2) / 2 + sum_j [H_j(d_j) - s u_j d_j + sup_z (s u_j z - H_j(z))]
    stop: gap <= tol

The columns x_j are stored in one of three ways, and the loop sees them only through ``slope`` and ``move``:

    GRAM     the state is x_i'r for all i, a column is that of X'X
    DENSE    the state is r, a column is x_j
    SPARSE   a column is D_j - shift_j u with D_j sparse; r = R - kappa u, and the state is [R, u'R, kappa]
"""

import numpy as np

from libc.math cimport INFINITY, fmax, fmin
from libc.string cimport memcpy
from scipy.linalg.cython_blas cimport daxpy, ddot

from sktransfer._kernels._penalty cimport (
    Penalty, feasible_scale, gap_term, height, is_free, minimiser, penalty_of, pull,
)

GRAM, DENSE, SPARSE = 0, 1, 2

cdef enum:
    C_DENSE = 1
    C_SPARSE = 2
    MEMORY = 5

cdef struct Columns:
    int kind
    int length               # of the state, and of a stored dense column
    Py_ssize_t stride        # from one dense column to the next
    const double* dense
    const double* data       # compressed columns
    const int* rows
    const int* starts
    const double* sums       # u'D_j
    const double* shift
    double total             # u'u

cdef struct Memory:
    double* iterates         # (MEMORY + 1, size) of d on the working set
    double* states           # (MEMORY + 1, length)
    Py_ssize_t size


cdef inline double slope(const Columns* X, Py_ssize_t j, const double* state) noexcept nogil:
    """``x_j @ r``"""
    cdef int unit = 1, n = X.length
    cdef Py_ssize_t at
    cdef double total = 0.0
    if X.kind == C_DENSE:
        return ddot(&n, <double*> X.dense + j * X.stride, &unit, <double*> state, &unit)
    if X.kind != C_SPARSE:
        return state[j]
    for at in range(X.starts[j], X.starts[j + 1]):
        total += X.data[at] * state[X.rows[at]]
    return total - state[n - 1] * X.sums[j] - X.shift[j] * (state[n - 2] - state[n - 1] * X.total)


cdef inline void move(const Columns* X, Py_ssize_t j, double step, double* state) noexcept nogil:
    """``r -= step * x_j``"""
    cdef int unit = 1, n = X.length
    cdef Py_ssize_t at
    cdef double factor = -step
    if X.kind != C_SPARSE:
        daxpy(&n, &factor, <double*> X.dense + j * X.stride, &unit, state, &unit)
        return
    for at in range(X.starts[j], X.starts[j + 1]):
        state[X.rows[at]] -= step * X.data[at]
    state[n - 2] -= step * X.sums[j]
    state[n - 1] -= step * X.shift[j]


cdef void epoch(
    const Columns* X, const Penalty* h, const double* L, const int[::1] order, double* d, double* state
) noexcept nogil:
    cdef Py_ssize_t at, j
    cdef double new, step
    for at in range(order.shape[0]):
        j = order[at]
        if L[j] <= 0:
            continue
        new = minimiser(h, j, slope(X, j, state) + L[j] * d[j], L[j])
        step = new - d[j]
        if step != 0:
            move(X, j, step, state)
            d[j] = new


cdef double duality_gap(
    const Columns* X, const Penalty* h, const double* L, const int[::1] order, const double* d,
    const double* state, double norm2, double* u
) noexcept nogil:
    """The gap at s times the residuals; a column without penalty counts by what it would still gain."""
    cdef Py_ssize_t at, j
    cdef double gap, s = 1.0
    for at in range(order.shape[0]):
        j = order[at]
        u[at] = pull(h, j, slope(X, j, state), d[j])
        norm2 += h.b[j] * (d[j] - h.m[j]) * (d[j] - h.m[j])
        s = fmin(s, feasible_scale(h, j, u[at]))
    gap = 0.5 * (1 - s) * (1 - s) * norm2
    for at in range(order.shape[0]):
        j = order[at]
        if is_free(h, j):
            gap += 0.5 * u[at] * u[at] / L[j] if L[j] > 0 else 0.0
        else:
            gap += gap_term(h, j, s * u[at], d[j])
    return gap


cdef bint solve_small(double* A, double* x, int n) noexcept nogil:
    """``A x = 1`` by elimination, A positive semidefinite (n, n); False where it is singular"""
    cdef int i, j, k
    cdef double factor, top = 0.0
    for i in range(n):
        top = fmax(top, A[i * n + i])
        x[i] = 1.0
    for i in range(n):
        A[i * n + i] += 1e-14 * top
    for i in range(n):
        if not A[i * n + i] > 0:
            return False
        for k in range(i + 1, n):
            factor = A[k * n + i] / A[i * n + i]
            for j in range(i, n):
                A[k * n + j] -= factor * A[i * n + j]
            x[k] -= factor * x[i]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i * n + j] * x[j]
        x[i] /= A[i * n + i]
    return True


cdef bint extrapolate(const Memory* memory, int length, double* d_new, double* state_new) noexcept nogil:
    """d_new = sum_i c_i d^i and its state; c = A^-1 1 / (1' A^-1 1), A the products of the iterates' changes"""
    cdef double A[MEMORY * MEMORY]
    cdef double c[MEMORY]
    cdef int i, k
    cdef Py_ssize_t at
    cdef double total = 0.0
    for i in range(MEMORY):
        for k in range(i + 1):
            A[i * MEMORY + k] = change_product(memory, i, k)
            A[k * MEMORY + i] = A[i * MEMORY + k]
    if not solve_small(A, c, MEMORY):
        return False
    for i in range(MEMORY):
        total += c[i]
    if total == 0:
        return False
    for at in range(memory.size):
        d_new[at] = 0.0
    for at in range(length):
        state_new[at] = 0.0
    for i in range(MEMORY):
        for at in range(memory.size):
            d_new[at] += c[i] / total * memory.iterates[(i + 1) * memory.size + at]
        for at in range(length):
            state_new[at] += c[i] / total * memory.states[(i + 1) * length + at]
    keep_what_rests(memory, d_new)
    return True


cdef void keep_what_rests(const Memory* memory, double* d_new) noexcept nogil:
    """What stood still in all iterates, as at a bound, stays there to the last digit"""
    cdef Py_ssize_t at, size = memory.size
    cdef const double* z = memory.iterates
    cdef int i
    for at in range(size):
        for i in range(1, MEMORY):
            if z[i * size + at] != z[MEMORY * size + at]:
                break
        else:
            d_new[at] = z[MEMORY * size + at]


cdef double change_product(const Memory* memory, int i, int k) noexcept nogil:
    """``(d^(i+1) - d^i) @ (d^(k+1) - d^k)``"""
    cdef Py_ssize_t at, size = memory.size
    cdef const double* z = memory.iterates
    cdef double total = 0.0
    for at in range(size):
        total += (z[(i + 1) * size + at] - z[i * size + at]) * (z[(k + 1) * size + at] - z[k * size + at])
    return total


cdef double objective(
    const Columns* X, const Penalty* h, const int[::1] order, const double* d, const double* state, const double* linear
) noexcept nogil:
    """The objective for d given on the working set, up to a constant; infinite below a lower bound"""
    cdef Py_ssize_t at, j
    cdef int unit = 1, n = X.length
    cdef double total = 0.0
    for at in range(order.shape[0]):
        j = order[at]
        if d[at] < h.low[j]:
            return INFINITY
        total += height(h, j, d[at])
        if X.kind != C_DENSE and X.kind != C_SPARSE:
            total -= 0.5 * d[at] * (linear[at] + state[j])
    if X.kind == C_DENSE:
        total += 0.5 * ddot(&n, <double*> state, &unit, <double*> state, &unit)
    elif X.kind == C_SPARSE:
        n -= 2
        total += 0.5 * ddot(&n, <double*> state, &unit, <double*> state, &unit)
        total += state[n + 1] * (0.5 * state[n + 1] * X.total - state[n])
    return total


cdef void remember(
    const Memory* memory, int place, const int[::1] order, const double* d, const double* state, int length
) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(memory.size):
        memory.iterates[place * memory.size + at] = d[order[at]]
    memcpy(memory.states + place * length, state, length * sizeof(double))


cdef void accelerate(
    const Columns* X, const Penalty* h, const Memory* memory, const int[::1] order, const double* linear,
    double* d, double* state, double* d_new, double* state_new
) noexcept nogil:
    """Move to the combination of the iterates remembered, where it is lower than the last of them"""
    cdef Py_ssize_t at
    cdef double* last = memory.iterates + MEMORY * memory.size
    if not extrapolate(memory, X.length, d_new, state_new):
        return
    if objective(X, h, order, d_new, state_new, linear) < objective(X, h, order, last, state, linear):
        for at in range(memory.size):
            d[order[at]] = d_new[at]
        memcpy(state, state_new, X.length * sizeof(double))


def descend(
    int kind,
    const double[:, :] columns,    # in: X'X (GRAM) or X (DENSE), each column in one piece
    tuple sparse,                  # in: (data, rows, starts, sums, shift) of SPARSE
    double total,                  # u'u
    const double[::1] L,           # in: ||x_j||^2
    tuple penalty,                 # in: (a, b, m, low, c, k), each one number per column
    const int[::1] order,          # in: the working set
    double[::1] d,                 # in, out
    double[::1] state,             # in, out
    double norm2,                  # ||r||^2
    double tol,
    int max_epochs,
):
    """Steps 1 to 3 until ``gap <= tol``: (epochs, gap on the working set)."""
    cdef const double[::1] data = sparse[0], sums = sparse[3], shift = sparse[4]
    cdef const int[::1] rows = sparse[1], starts = sparse[2]
    cdef Py_ssize_t size = order.shape[0], length = state.shape[0], at
    cdef double[::1] iterates = np.empty((MEMORY + 1) * size), states = np.empty((MEMORY + 1) * length)
    cdef double[::1] linear = np.empty(size), d_new = np.empty(size), state_new = np.empty(length)
    cdef double[::1] u = np.empty(size)
    cdef Columns X
    cdef Penalty h = penalty_of(penalty)
    cdef Memory memory
    cdef int n_epochs = 0, place
    cdef double gap = INFINITY
    if size == 0:
        return 0, 0.0
    X.kind, X.length, X.total = kind, <int> length, total
    X.dense, X.stride = &columns[0, 0], columns.strides[1] // <Py_ssize_t> sizeof(double)
    X.data, X.rows, X.starts, X.sums, X.shift = &data[0], &rows[0], &starts[0], &sums[0], &shift[0]
    memory.iterates, memory.states, memory.size = &iterates[0], &states[0], size
    with nogil:
        if kind == 0:
            linear_terms(&X, order, &d[0], &state[0], &linear[0])
        while n_epochs < max_epochs:
            remember(&memory, 0, order, &d[0], &state[0], X.length)
            for place in range(1, MEMORY + 1):
                epoch(&X, &h, &L[0], order, &d[0], &state[0])
                n_epochs += 1
                remember(&memory, place, order, &d[0], &state[0], X.length)
                if n_epochs == max_epochs:
                    break
            else:
                accelerate(&X, &h, &memory, order, &linear[0], &d[0], &state[0], &d_new[0], &state_new[0])
            gap = duality_gap(&X, &h, &L[0], order, &d[0], &state[0], norm2, &u[0])
            if gap <= tol:
                break
    return n_epochs, gap


cdef void linear_terms(
    const Columns* X, const int[::1] order, const double* d, const double* state, double* linear
) noexcept nogil:
    """``x_j @ y`` of the working set: ``x_j @ r + sum_i d_i x_i @ x_j``"""
    cdef Py_ssize_t at, by
    for at in range(order.shape[0]):
        linear[at] = state[order[at]]
        for by in range(order.shape[0]):
            if d[order[by]] != 0:
                linear[at] += d[order[by]] * X.dense[order[by] * X.stride + order[at]]
