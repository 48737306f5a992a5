# cython: freethreading_compatible=True
"""Coordinate ascent on the dual of a sum of margin or tube losses, one row at a time.

    maximise over beta   sum_i (r_i beta_i - epsilon |beta_i| - ridge_i beta_i^2 / 2) - beta' Q beta / 2
    subject to           lower_i <= beta_i <= upper_i                                (lower <= 0 <= upper)
    Q_il = x_i' E x_l - q_i - q_l + level,   E = diag(spread)

The two corrections of rank one are an intercept (level) and features shifted by their means (q and level), so sparse
rows stay sparse. Kept up to date: u = E X' beta, total = sum(beta), crossed = q . beta; then
(Q beta)_i = x_i . u - q_i total - crossed + level total.

Conventions: rows are compressed (data, indices, indptr) or, where indices is empty, dense with ``width`` entries each;
float32 or float64; columns are stored once.
"""

from libc.math cimport fabs

from cython cimport floating

ctypedef fused index_t:
    int
    long long


cdef extern from *:
    """
    #if defined(__GNUC__)
    #define FETCH(at) __builtin_prefetch(at)
    #else
    #define FETCH(at) ((void) (at))
    #endif
    """
    void FETCH(const void* at) noexcept nogil


cdef enum:
    AHEAD = 3  # rows, whose entries are asked for while another is at work
    MOST = 4096  # bytes asked for at once: what follows them in memory the processor guesses by itself


cdef inline void fetch(const void* at, Py_ssize_t size) noexcept nogil:
    """Ask for ``size`` bytes, 64 at a time, before they are needed: rows in random order are nothing to be guessed."""
    cdef Py_ssize_t k
    for k in range(0, min(size, <Py_ssize_t> MOST), 64):
        FETCH(<const char*> at + k)


cdef inline double dot(
    const floating* data, const index_t* columns, Py_ssize_t size, bint dense, const double* u
) noexcept nogil:
    """``data @ u[columns]``, in four sums that do not wait for each other."""
    cdef Py_ssize_t k, even = size - size % 4
    cdef double a = 0.0, b = 0.0, c = 0.0, d = 0.0
    if dense:
        for k in range(0, even, 4):
            a = a + data[k] * u[k]
            b = b + data[k + 1] * u[k + 1]
            c = c + data[k + 2] * u[k + 2]
            d = d + data[k + 3] * u[k + 3]
        for k in range(even, size):
            a = a + data[k] * u[k]
    else:
        for k in range(0, even, 4):
            a = a + data[k] * u[columns[k]]
            b = b + data[k + 1] * u[columns[k + 1]]
            c = c + data[k + 2] * u[columns[k + 2]]
            d = d + data[k + 3] * u[columns[k + 3]]
        for k in range(even, size):
            a = a + data[k] * u[columns[k]]
    return (a + b) + (c + d)


cdef inline void add(
    double step,
    const floating* data,
    const index_t* columns,
    Py_ssize_t size,
    bint dense,
    const double* spread,
    double* u,
) noexcept nogil:
    """``u[columns] += step * spread[columns] * data``; spread is one where it is NULL."""
    cdef Py_ssize_t k
    if dense and spread == NULL:
        for k in range(size):
            u[k] += step * data[k]
    elif dense:
        for k in range(size):
            u[k] += step * spread[k] * data[k]
    elif spread == NULL:
        for k in range(size):
            u[columns[k]] += step * data[k]
    else:
        for k in range(size):
            u[columns[k]] += step * spread[columns[k]] * data[k]


cdef inline unsigned long long draw(unsigned long long* state) noexcept nogil:
    """The next number of Marsaglia's 64-bit xorshift (2003)."""
    state[0] ^= state[0] << 13
    state[0] ^= state[0] >> 7
    state[0] ^= state[0] << 17
    return state[0]


cdef inline void shuffle(Py_ssize_t* order, Py_ssize_t size, unsigned long long* state) noexcept nogil:
    """A random permutation in place (Fisher and Yates)."""
    cdef Py_ssize_t k, other, kept
    for k in range(size - 1, 0, -1):
        other = <Py_ssize_t> (draw(state) % <unsigned long long> (k + 1))
        kept = order[k]
        order[k] = order[other]
        order[other] = kept


cdef inline double best(double z, double h, double epsilon, double lower, double upper) noexcept nogil:
    """``argmax z b - epsilon |b| - h b^2 / 2`` over lower <= b <= upper."""
    cdef double size = fabs(z) - epsilon
    cdef double value = 0.0
    if size > 0.0:
        value = (size if z > 0.0 else -size) / h
    return min(max(value, lower), upper)


def dual_ascent(
    const floating[::1] data,      # in
    const index_t[::1] indices,    # in: empty where rows are dense
    const index_t[::1] indptr,     # in: empty where rows are dense
    Py_ssize_t width,
    const double[::1] spread,      # in: (p,), or one number for all
    const double[::1] q,           # in: (n,), or empty for zeros
    double level,
    const double[::1] diagonal,    # in: Q_ii + ridge_i, positive
    const double[::1] r,           # in
    const double[::1] ridge,       # in
    const double[::1] lower,       # in
    const double[::1] upper,       # in
    double epsilon,
    double[::1] beta,              # in, out
    double[::1] u,                 # in, out: (p,)
    double total,
    double crossed,
    Py_ssize_t[::1] order,         # in, out: rows to visit
    double margin,
    double tol,
    int max_epochs,
    unsigned long long[::1] random,  # in, out: not zero
):
    """Epochs of ``beta[i] = argmax(dual with the others fixed)`` over shuffled rows; returns (epochs, rows visited).

    A row's violation is the derivative that could still raise the dual. A row at a kink or bound is set aside where its
    derivatives point back by more than ``margin`` (after an epoch: by more than that epoch's largest violation).
    It ends when the largest violation is at most ``tol``; rows visited are counted over all epochs.
    """
    cdef Py_ssize_t n_active = order.shape[0], at, i, j, start, ahead, length, size = width, visited = 0
    cdef bint dense = indices.shape[0] == 0 and indptr.shape[0] == 0
    cdef bint shifted = q.shape[0] > 0, up, down
    cdef const double* E = &spread[0] if spread.shape[0] != 1 else NULL
    cdef double factor = spread[0] if spread.shape[0] == 1 else 1.0
    cdef const index_t* columns = NULL
    cdef double g, right, left, old, step, crossing = 0.0, worst
    cdef int epoch = 0
    if n_active == 0:
        return 0, 0
    with nogil:
        while epoch < max_epochs:
            epoch += 1
            shuffle(&order[0], n_active, &random[0])
            worst = 0.0
            at = 0
            while at < n_active:
                i = order[at]
                start = i * width
                if not dense:
                    start = indptr[i]
                    size = indptr[i + 1] - start
                    columns = &indices[0] + start
                if at + AHEAD < n_active:
                    j = order[at + AHEAD]
                    ahead, length = j * width, width
                    if not dense:
                        ahead = indptr[j]
                        length = indptr[j + 1] - ahead
                        fetch(&indices[0] + ahead, length * sizeof(index_t))
                    fetch(&data[0] + ahead, length * sizeof(floating))
                    FETCH(&beta[j])
                    FETCH(&r[j])
                    FETCH(&diagonal[j])
                    FETCH(&ridge[j])
                    FETCH(&lower[j])
                    FETCH(&upper[j])
                if shifted:
                    crossing = q[i]
                visited += 1
                old = beta[i]
                # 1. g = d/d beta_i of the smooth part
                g = dot(&data[0] + start, columns, size, dense, &u[0])
                g = r[i] - ridge[i] * old - (g - crossing * total - crossed + level * total)
                # 2. one-sided derivatives: how much a step up or down would gain, or lose
                right = g - (epsilon if old >= 0.0 else -epsilon)
                left = g - (epsilon if old > 0.0 else -epsilon)
                up = old < upper[i]
                down = old > lower[i]
                if (not up or right < -margin) and (not down or left > margin):
                    # 3. set aside
                    n_active -= 1
                    order[at] = order[n_active]
                    order[n_active] = i
                    continue
                at += 1
                if up and right > worst:
                    worst = right
                if down and -left > worst:
                    worst = -left
                # 4. beta_i <- argmax, and what depends on it
                step = best(diagonal[i] * old + g, diagonal[i], epsilon, lower[i], upper[i]) - old
                if step != 0.0:
                    beta[i] = old + step
                    add(factor * step, &data[0] + start, columns, size, dense, E, &u[0])
                    total += step
                    crossed += step * crossing
            if worst <= tol or n_active == 0:
                break
            margin = worst
    return epoch, visited
