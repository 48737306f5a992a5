# cython: freethreading_compatible=True
"""Coordinate descent on a quadratic model with a penalty that has kinks: the inner loop of proximal Newton steps.

    minimise   g'z + z'Hz / 2 + sum_j h_j(d_j + z_j),      h_j(d) = a_j |d| + b_j (d - m_j)^2 / 2

    1. for each j:  d_j <- argmin along j, and u += H_j times its change, u = g + H z
    2. now and then the minimum with all signs as they are, S = {j: d_j != 0} and s = sign(d_S):
           (H_SS + b) z = -(u_S + b (d - m) + a s)          (Cholesky)
       as far as the first d_j that would change its sign; that one is left at zero
    3. what each j could still gain, v_j^2 / (2 (H_jj + b_j)), v_j the distance of zero from its subdifferential
stop: sum_j v_j^2 / (2 (H_jj + b_j)) is a given share of what it was, or rounding, or no less after a hundred epochs

Step 2 ends the descent in a finite number of steps: plain coordinate descent need only find the signs.

References
----------
Lee, Battle, Raina & Ng (2007), Efficient sparse coding algorithms: signs first, then a linear system.
Friedman, Hastie & Tibshirani (2010), Regularization Paths for Generalized Linear Models via Coordinate Descent.
"""

import numpy as np

from libc.math cimport fabs, fmax, fmin
from scipy.linalg.cython_blas cimport daxpy
from scipy.linalg.cython_lapack cimport dposv

cdef double JITTER = 1e-11
cdef double EPS = 1e-15
cdef int IN_VAIN = 100

cdef struct Model:
    Py_ssize_t size
    const double* H
    const double* a
    const double* b
    const double* m


cdef inline double soft(double t, double a) noexcept nogil:
    """``sign(t) * max(|t| - a, 0)``"""
    return t - a if t > a else (t + a if t < -a else 0.0)


cdef inline void shift(const Model* model, Py_ssize_t j, double step, double* u) noexcept nogil:
    """``u += step * H[j]``"""
    cdef int n = <int> model.size, unit = 1
    daxpy(&n, &step, <double*> model.H + j * model.size, &unit, u, &unit)


cdef inline double violation(const Model* model, Py_ssize_t j, double d, double u) noexcept nogil:
    """How far zero is from the subdifferential along j"""
    cdef double v = u + model.b[j] * (d - model.m[j])
    if d > 0:
        return v + model.a[j]
    return v - model.a[j] if d < 0 else soft(v, model.a[j])


cdef double potential(const Model* model, const double* d, const double* u) noexcept nogil:
    """What the coordinates, each for itself, could still gain"""
    cdef double total = 0.0, v, curvature
    cdef Py_ssize_t j
    for j in range(model.size):
        curvature = model.H[j * model.size + j] + model.b[j]
        if curvature > 0:
            v = violation(model, j, d[j], u[j])
            total += 0.5 * v * v / curvature
    return total


cdef double rounding(const Model* model, const double* d, const double* u) noexcept nogil:
    """What floating point makes of a potential of zero"""
    cdef double total = 0.0, v, curvature
    cdef Py_ssize_t j
    for j in range(model.size):
        curvature = model.H[j * model.size + j] + model.b[j]
        if curvature > 0:
            v = EPS * (fabs(u[j]) + model.a[j] + model.b[j] * fabs(d[j] - model.m[j]))
            total += 0.5 * v * v / curvature
    return total


cdef void epoch(const Model* model, double* d, double* u) noexcept nogil:
    cdef Py_ssize_t j
    cdef double new, pull, L
    for j in range(model.size):
        L = model.H[j * model.size + j]
        pull = soft(L * d[j] - u[j] + model.b[j] * model.m[j], model.a[j])
        if L + model.b[j] > 0:
            new = pull / (L + model.b[j])
        else:
            new = 0.0 if pull == 0 else d[j]
        if new != d[j]:
            shift(model, j, new - d[j], u)
            d[j] = new


cdef double crossing(const Model* model, const double* d, const double* z, const int* support, int count) noexcept nogil:
    """The largest t <= 1 up to which no kink is crossed along z"""
    cdef double t = 1.0, at
    cdef int i
    for i in range(count):
        if model.a[support[i]] > 0 and d[support[i]] * z[i] < 0:
            at = -d[support[i]] / z[i]
            t = at if at < t else t
    return t


cdef bint settle(const Model* model, double* d, double* u, int* support, double* A, double* z) noexcept nogil:
    """Step 2: whether the linear system could be solved and nothing had to stop on the way"""
    cdef int count = 0, one = 1, info = 0, i, k
    cdef Py_ssize_t j
    cdef double t, step
    for j in range(model.size):
        if d[j] != 0 or model.a[j] == 0:
            support[count] = <int> j
            count += 1
    if count == 0:
        return True
    for i in range(count):
        j = support[i]
        for k in range(count):
            A[i * count + k] = model.H[j * model.size + support[k]]
        A[i * count + i] += model.b[j] + JITTER * (model.H[j * model.size + j] + model.b[j])
        z[i] = -violation(model, j, d[j], u[j])
    dposv(<char*> "L", &count, &one, A, &count, z, &count, &info)
    if info != 0:
        return False
    t = crossing(model, d, z, support, count)
    for i in range(count):
        j = support[i]
        step = t * z[i]
        if model.a[j] > 0 and d[j] * (d[j] + step) <= 0:
            step = -d[j]
        shift(model, j, step, u)
        d[j] = 0.0 if step == -d[j] else d[j] + step
    return t == 1.0


def model_descent(
    const double[:, ::1] H,        # in: (size, size), positive semidefinite
    const double[::1] a,           # in
    const double[::1] b,           # in
    const double[::1] m,           # in
    double[::1] d,                 # in, out
    double[::1] u,                 # in, out: the quadratic's gradient
    double share,
    int max_epochs,
):
    """Steps 1 to 3 until the potential is ``share`` of what it was, or rounding: (epochs, potential)."""
    cdef Model model
    cdef Py_ssize_t size = d.shape[0]
    cdef double[::1] A = np.empty(size * size), z = np.empty(size)
    cdef int[::1] support = np.empty(size, dtype=np.intc)
    cdef int n_epochs = 0, next_solve = 2, in_vain = 0
    cdef double left = 0.0, best, tol
    if size == 0:
        return 0, 0.0
    model.size, model.H = size, &H[0, 0]
    model.a, model.b, model.m = &a[0], &b[0], &m[0]
    with nogil:
        left = potential(&model, &d[0], &u[0])
        tol, best = fmax(rounding(&model, &d[0], &u[0]), share * left), left
        while left > tol and n_epochs < max_epochs and in_vain < IN_VAIN:
            epoch(&model, &d[0], &u[0])
            n_epochs += 1
            if n_epochs >= next_solve:
                settle(&model, &d[0], &u[0], &support[0], &A[0], &z[0])
                next_solve = n_epochs + 1 + n_epochs // 4
            left = potential(&model, &d[0], &u[0])
            in_vain = in_vain + 1 if left > 0.99 * best else 0
            best = fmin(best, left)
    return n_epochs, left
