"""The penalty of one column, shared by the kernels that descend and survey.

    h_j(d) = a_j |d| + c_j |d - k_j| + b_j (d - m_j)^2 / 2,      d >= low_j
"""

from libc.math cimport INFINITY, fabs, fmax, fmin


cdef struct Penalty:
    const double* a
    const double* b
    const double* m
    const double* low
    const double* c
    const double* k


cdef inline Penalty penalty_of(tuple parts):
    """The arrays (a, b, m, low, c, k), which the tuple keeps alive."""
    cdef const double[::1] a = parts[0], b = parts[1], m = parts[2], low = parts[3], c = parts[4], k = parts[5]
    cdef Penalty h
    h.a, h.b, h.m, h.low, h.c, h.k = &a[0], &b[0], &m[0], &low[0], &c[0], &k[0]
    return h


cdef inline bint is_free(const Penalty* h, Py_ssize_t j) noexcept nogil:
    return h.a[j] == 0 and h.b[j] == 0 and h.c[j] == 0


cdef inline double kinks(const Penalty* h, Py_ssize_t j, double d) noexcept nogil:
    """``a |d| + c |d - k|``"""
    return h.a[j] * fabs(d) + (h.c[j] * fabs(d - h.k[j]) if h.c[j] != 0 else 0.0)


cdef inline double height(const Penalty* h, Py_ssize_t j, double d) noexcept nogil:
    """``h_j(d)``"""
    return kinks(h, j, d) + 0.5 * h.b[j] * (d - h.m[j]) * (d - h.m[j])


cdef inline double minimiser(const Penalty* h, Py_ssize_t j, double t, double L) noexcept nogil:
    """``argmin_d L d^2 / 2 - t d + h_j(d)`` where L + b > 0.

    Below, between and above the kinks z1 <= z2 the slope is a straight line each: its zero there, or a kink.
    """
    cdef double q = L + h.b[j], a = h.a[j], c = h.c[j], d
    t = t + h.b[j] * h.m[j]
    if c == 0:
        d = (t - a) / q if t > a else ((t + a) / q if t < -a else 0.0)
    elif h.k[j] >= 0:
        d = fmax((t - a - c) / q, fmin(h.k[j], fmax((t - a + c) / q, fmin(0.0, (t + a + c) / q))))
    else:
        d = fmax((t - a - c) / q, fmin(0.0, fmax((t + a - c) / q, fmin(h.k[j], (t + a + c) / q))))
    return fmax(d, h.low[j])


cdef inline double pull(const Penalty* h, Py_ssize_t j, double slope, double d) noexcept nogil:
    """Minus the derivative of all but the kinks: ``slope - b (d - m)``"""
    return slope - h.b[j] * (d - h.m[j]) if h.b[j] != 0 else slope


cdef inline double feasible_scale(const Penalty* h, Py_ssize_t j, double u) noexcept nogil:
    """The largest s up to 1 at which ``sup_d [s u d - kinks(d)]`` is finite"""
    cdef double most = h.a[j] + h.c[j], size = fabs(u) if h.low[j] == -INFINITY else u
    return most / size if size > most and most > 0 else 1.0


cdef inline double gap_term(const Penalty* h, Py_ssize_t j, double u, double d) noexcept nogil:
    """``kinks(d) - u d + sup_z [u z - kinks(z)]``: not negative, and no digits cancel. The best z is a corner."""
    cdef double best = fmax(0.0, h.low[j]), z
    if h.c[j] != 0:
        z = fmax(h.k[j], h.low[j])
        if u * z - kinks(h, j, z) > u * best - kinks(h, j, best):
            best = z
    z = h.low[j]
    if z > -INFINITY and u * z - kinks(h, j, z) > u * best - kinks(h, j, best):
        best = z
    return h.a[j] * (fabs(d) - fabs(best)) + h.c[j] * (fabs(d - h.k[j]) - fabs(best - h.k[j])) - u * (d - best)


cdef inline double rest_above(const Penalty* h, Py_ssize_t j) noexcept nogil:
    """The largest pull at which d = 0 is the best, low <= 0"""
    return h.a[j] + (h.c[j] if h.k[j] <= 0 else -h.c[j])


cdef inline double rest_below(const Penalty* h, Py_ssize_t j) noexcept nogil:
    """The smallest such pull; none where zero is the bound"""
    if h.low[j] == 0:
        return -INFINITY
    return -h.a[j] + (-h.c[j] if h.k[j] >= 0 else h.c[j])
