# cython: freethreading_compatible=True
"""What the slopes ``x_j'v`` of all columns say: who may move, the duality gap, who rests, who moves next.

With u_j = x_j'v - b_j (d_j - m_j), and low_j <= 0. A slope may be old: it is then known up to
``age_j = ||x_j|| (path of v since)``, and a column at d = 0 is *quiet* if it rests for all slopes so near.
A column is *out* if it was shown to rest at the optimum and does rest now: it takes no part.
"""

from libc.math cimport INFINITY, fmin, sqrt

from sktransfer._kernels._penalty cimport (
    Penalty, feasible_scale, gap_term, is_free, penalty_of, pull, rest_above, rest_below,
)


def columns_to_watch(
    const int[::1] among,          # in: columns that are not constant
    const double[::1] slopes,      # in, of all columns
    const double[::1] norms,       # in: ||x_j||
    const double[::1] seen,        # in: the path of v when the slope was computed
    double path,                   # the path of v up to now
    const double[::1] d,           # in
    tuple rest,                    # in: (below, above, b m), each one number per column, at strength one
    double strength,
    double reserve,
    int[::1] found,                # out
):
    """(how many columns are not at zero or not quiet for ``reserve`` more of v's path, how far all others are).

    The first places of ``found`` hold them. The others are quiet at larger strengths, too.
    """
    cdef const double[::1] below = rest[0], above = rest[1], shift = rest[2]
    cdef Py_ssize_t at, j, count = 0
    cdef double u, slack, room = INFINITY
    with nogil:
        for at in range(among.shape[0]):
            j = among[at]
            if d[j] == 0 and below[j] <= shift[j] <= above[j]:
                u = slopes[j] + strength * shift[j]
                slack = fmin(strength * above[j] - u, u - strength * below[j]) / norms[j] - (path - seen[j])
                if slack > reserve:
                    room = fmin(room, slack)
                    continue
            found[count] = <int> j
            count += 1
    return count, room


def doubtful_slopes(
    const double[::1] slopes,      # in
    const double[::1] norms,       # in
    const double[::1] seen,        # in
    double path,
    const double[::1] d,           # in
    tuple penalty,                 # in: (a, b, m, low, c, k)
    const unsigned char[::1] out,  # in
    int[::1] found,                # out
):
    """``np.flatnonzero(old & (d != 0 | ~quiet) & ~out)``: how many; the first places of ``found`` hold them."""
    cdef Penalty h = penalty_of(penalty)
    cdef Py_ssize_t j, count = 0
    with nogil:
        for j in range(slopes.shape[0]):
            if seen[j] == path or (out[j] and d[j] == 0):
                continue
            if d[j] == 0 and rests(&h, j, pull(&h, j, slopes[j], 0.0), norms[j] * (path - seen[j])):
                continue
            found[count] = <int> j
            count += 1
    return count


cdef inline bint rests(const Penalty* h, Py_ssize_t j, double u, double by) noexcept nogil:
    """Whether d = 0 is the best at all pulls within ``by`` of u."""
    return u + by < rest_above(h, j) and u - by > rest_below(h, j)


def survey_gap(
    const double[::1] slopes,      # in
    const double[::1] d,           # in
    tuple penalty,                 # in
    const unsigned char[::1] out,  # in
):
    """(s, the sum of the kinks' terms at s)."""
    cdef Penalty h = penalty_of(penalty)
    cdef Py_ssize_t j
    cdef double s = 1.0, terms = 0.0
    with nogil:
        for j in range(d.shape[0]):
            if not (out[j] and d[j] == 0):
                s = fmin(s, feasible_scale(&h, j, pull(&h, j, slopes[j], d[j])))
        for j in range(d.shape[0]):
            if not (out[j] and d[j] == 0) and not is_free(&h, j):
                terms += gap_term(&h, j, s * pull(&h, j, slopes[j], d[j]), d[j])
    return s, terms


def survey_rest(
    const double[::1] slopes,      # in
    const double[::1] norms,       # in
    const double[::1] seen,        # in
    double path,
    const double[::1] d,           # in
    tuple penalty,                 # in
    double s,
    double gap,
    unsigned char[::1] out,        # in, out
    double[::1] distance,          # out: infinite where d != 0 or the column is out
):
    """Screen by the gap, and say how far v must go before each column at rest moves."""
    cdef Penalty h = penalty_of(penalty)
    cdef Py_ssize_t j
    cdef double u, reach
    with nogil:
        for j in range(d.shape[0]):
            distance[j] = INFINITY
            if out[j] and d[j] == 0:
                continue
            u = pull(&h, j, slopes[j], d[j])
            reach = sqrt(2 * gap * (norms[j] * norms[j] + h.b[j]))
            if rests(&h, j, s * u, s * norms[j] * (path - seen[j]) + reach):
                out[j] = True
            if d[j] == 0 and not out[j]:
                distance[j] = fmin(rest_above(&h, j) - u, u - rest_below(&h, j)) / norms[j]
