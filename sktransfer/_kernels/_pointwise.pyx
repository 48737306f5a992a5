# cython: freethreading_compatible=True
"""Losses row by row: value, gradient and curvature in one pass over the linear predictor.

Conventions: n rows, K outputs; ``eta`` is the linear predictor, ``w`` the weights (>= 0); gradients are with
respect to eta and hold the weight already. Sums are taken over all rows. Everything is float64.
"""

from cython.parallel import prange
from libc.math cimport exp, log, log1p


cdef inline double log1pexp(double x) noexcept nogil:
    """log(1 + exp(x)) without overflow, to the last bits at both ends (Maechler 2012)."""
    if x <= -37.0:
        return exp(x)
    if x <= 18.0:
        return log1p(exp(x))
    if x <= 33.3:
        return x + exp(-x)
    return x


cdef inline double binomial_row(double y, double eta) noexcept nogil:
    """log(1 + exp(eta)) - y * eta as a sum of two terms of one sign: nothing cancels where y is 0 or 1."""
    cdef double value = 0.0
    if y < 1.0:
        value = (1.0 - y) * log1pexp(eta)
    if y > 0.0:
        value = value + y * log1pexp(-eta)
    return value


def binomial_value(const double[::1] y, const double[::1] eta, const double[::1] w, int n_threads):
    """``sum(w * (logaddexp(0, eta) - y * eta))``."""
    cdef Py_ssize_t i, n = eta.shape[0]
    cdef double total = 0.0
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        if w[i] > 0.0:
            total += w[i] * binomial_row(y[i], eta[i])
    return total


def binomial_gradient(
    const double[::1] y,     # in
    const double[::1] eta,   # in
    const double[::1] w,     # in
    double[::1] gradient,    # out
    double[::1] curvature,   # out
    int n_threads,
):
    """Value; ``gradient = w * (mu - y)``, ``curvature = w * mu * (1 - mu)`` with ``mu = expit(eta)``."""
    cdef Py_ssize_t i, n = eta.shape[0]
    cdef double total = 0.0, e, mu, nu
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        if eta[i] >= 0.0:
            e = exp(-eta[i])
            nu = e / (1.0 + e)
            mu = 1.0 / (1.0 + e)
        else:
            e = exp(eta[i])
            mu = e / (1.0 + e)
            nu = 1.0 / (1.0 + e)
        # mu - y, written so that nothing cancels when y is 0 or 1
        gradient[i] = w[i] * ((1.0 - y[i]) * mu - y[i] * nu)
        curvature[i] = w[i] * mu * nu
        if w[i] > 0.0:
            total += w[i] * binomial_row(y[i], eta[i])
    return total


cdef inline double softmax_row(
    const double[:, ::1] eta, double[:, ::1] p, Py_ssize_t i, Py_ssize_t n_outputs
) noexcept nogil:
    """p[i] = softmax(eta[i]); returns logsumexp(eta[i])."""
    cdef Py_ssize_t k
    cdef double top = eta[i, 0], total = 0.0
    for k in range(1, n_outputs):
        if eta[i, k] > top:
            top = eta[i, k]
    for k in range(n_outputs):
        p[i, k] = exp(eta[i, k] - top)
        total = total + p[i, k]
    for k in range(n_outputs):
        p[i, k] = p[i, k] / total
    return top + log(total)


def multinomial_value(
    const Py_ssize_t[::1] y, const double[:, ::1] eta, const double[::1] w, int n_threads
):
    """``sum(w * (logsumexp(eta, axis=1) - eta[arange(n), y]))``."""
    cdef Py_ssize_t i, k, n = eta.shape[0], n_outputs = eta.shape[1]
    cdef double total = 0.0, top, s
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        if w[i] > 0.0:
            top = eta[i, 0]
            for k in range(1, n_outputs):
                if eta[i, k] > top:
                    top = eta[i, k]
            s = 0.0
            for k in range(n_outputs):
                s = s + exp(eta[i, k] - top)
            total += w[i] * (top + log(s) - eta[i, y[i]])
    return total


def multinomial_gradient(
    const Py_ssize_t[::1] y,      # in
    const double[:, ::1] eta,     # in
    const double[::1] w,          # in
    double[:, ::1] gradient,      # out
    double[:, ::1] probability,   # out
    int n_threads,
):
    """Value; ``probability = softmax(eta)``, ``gradient = w[:, None] * (probability - onehot(y))``."""
    cdef Py_ssize_t i, k, n = eta.shape[0], n_outputs = eta.shape[1]
    cdef double total = 0.0, lse, rest
    for i in prange(n, nogil=True, schedule="static", num_threads=n_threads):
        lse = softmax_row(eta, probability, i, n_outputs)
        rest = 0.0
        for k in range(n_outputs):
            gradient[i, k] = w[i] * probability[i, k]
            if k != y[i]:
                rest = rest + probability[i, k]
        gradient[i, y[i]] = -w[i] * rest
        if w[i] > 0.0:
            total += w[i] * (lse - eta[i, y[i]])
    return total
