"""Newton's method for one output and few parameters, whole, along a path of strengths, with leave-one-out.

    minimise over theta   sum_i w_i loss(y_i, a_i . theta + offset_i) + s (theta - c)' P (theta - c) / 2
    for s = s_1, s_2, ..., with one P, or one for each s
    1. H = A' diag(curvature) A + s P,   H d = -gradient          (Cholesky; curvature and gradient of the last visit)
    2. theta <- theta + t d, t = 1, 1/2, 1/4, ... until the objective falls
    stop: max |gradient| <= goal, or <= goal max |gradient at the start|; then go on while a step halves the gradient,
          down to `polish` times that: a step more costs little, and one result is then all solvers' result

Each strength starts where the last one ended. Where rows are left out, H has been factorised at the end: some more
steps with that factor, `POLISHES` at most, while each halves the gradient, bring what is published down to rounding. No
Python in the loop: for problems where calls cost more than arithmetic.
Conventions: A (n, m) C-ordered float64; P, H (m, m) symmetric; all counts small enough for one thread.
"""

from libc.math cimport INFINITY, NAN, fabs, sqrt
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from scipy.linalg.cython_blas cimport dsyrk, dtrsm
from scipy.linalg.cython_lapack cimport dpotrf, dpotrs

cdef extern from "_rows.h" nogil:
    int LOSS_SQUARED, LOSS_BINOMIAL
    double rows_pointwise(
        int, double, Py_ssize_t, const double*, const double*, const double*, double*, double*) noexcept
    void rows_predict_double(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_pull_double(const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, double*) noexcept
    void rows_scale_double_double(
        const double*, Py_ssize_t, Py_ssize_t, Py_ssize_t, const double*, const double*, int, double*) noexcept

cdef double ARMIJO = 1e-4
cdef double LEVEL = 1e-13
cdef int HALVINGS = 30
cdef int MORE_STEPS = 4
cdef int REFIT_STEPS = 300
cdef int POLISHES = 4
cdef double REST = 1e-7        # of the goal: what is left of a gradient that no step is worth


cdef struct Rows:
    int loss
    double power
    Py_ssize_t n
    Py_ssize_t m
    const double* A
    const double* y
    const double* w
    const double* offset       # NULL: none
    const double* P
    const double* centre
    double strength
    const double* zeros        # m of them


cdef struct State:
    double* theta
    double* eta
    double* residual           # padded to whole groups of eight
    double* curvature
    double* gradient           # of the losses
    double value               # of the losses and the prior
    double slope_max           # max |gradient of the objective|


cdef struct Refit:
    State state                # room for a second point
    double* gradient
    double* root
    double* scaled             # (n, m)
    double* F                  # (m, m), as H
    double* H


cdef void predict(Rows* rows, const double* theta, double* eta) noexcept nogil:
    """``eta = A @ theta + offset``."""
    cdef Py_ssize_t i
    for i in range(rows.n):
        eta[i] = rows.offset[i] if rows.offset != NULL else 0.0
    rows_predict_double(rows.A, rows.m, rows.n, rows.m, theta, eta)


cdef double pull_of_prior(Rows* rows, const double* theta, double* gradient) noexcept nogil:
    """``gradient += s P (theta - c)``; returns the prior's value."""
    cdef Py_ssize_t i, j, m = rows.m
    cdef double along, value = 0.0
    for i in range(m):
        along = 0.0
        for j in range(m):
            along += rows.P[i * m + j] * (theta[j] - rows.centre[j])
        value += 0.5 * rows.strength * along * (theta[i] - rows.centre[i])
        gradient[i] += rows.strength * along
    return value


cdef void visit(Rows* rows, State* state) noexcept nogil:
    """Predictor, losses, their derivatives and their gradient at ``state.theta``."""
    cdef Py_ssize_t j
    predict(rows, state.theta, state.eta)
    state.value = rows_pointwise(
        rows.loss, rows.power, rows.n, rows.y, rows.w, state.eta, state.residual, state.curvature)
    for j in range(rows.m):
        state.gradient[j] = 0.0
    rows_pull_double(rows.A, rows.m, rows.n, rows.m, state.residual, state.gradient)


cdef void whole_gradient(Rows* rows, State* state, double* gradient) noexcept nogil:
    """Gradient of the objective; sets its largest entry."""
    cdef Py_ssize_t j
    memcpy(gradient, state.gradient, rows.m * sizeof(double))
    pull_of_prior(rows, state.theta, gradient)
    state.slope_max = 0.0
    for j in range(rows.m):
        # written so that NaN is not passed over
        if not fabs(gradient[j]) <= state.slope_max:
            state.slope_max = fabs(gradient[j])


cdef double prior_value(Rows* rows, const double* theta) noexcept nogil:
    cdef Py_ssize_t i, j, m = rows.m
    cdef double along, value = 0.0
    for i in range(m):
        along = 0.0
        for j in range(m):
            along += rows.P[i * m + j] * (theta[j] - rows.centre[j])
        value += 0.5 * rows.strength * along * (theta[i] - rows.centre[i])
    return value


cdef void curvature_product(Rows* rows, State* state, double* root, double* scaled, double* F) noexcept nogil:
    """``F = A.T @ (curvature[:, None] * A)``, BLAS's lower triangle."""
    cdef Py_ssize_t i
    cdef int m = <int> rows.m, n = <int> rows.n
    cdef double one = 1.0, zero = 0.0
    cdef char lower = b"L", plain = b"N"
    for i in range(rows.n):
        root[i] = sqrt(state.curvature[i]) if state.curvature[i] > 0.0 else 0.0
    rows_scale_double_double(rows.A, rows.m, rows.n, rows.m, root, rows.zeros, 0, scaled)
    dsyrk(&lower, &plain, &m, &n, &one, scaled, &m, &zero, F, &m)


cdef bint factorise(Rows* rows, const double* F, double* H) noexcept nogil:
    """H = Cholesky factor of ``F + s P``; False where that is singular to working precision."""
    cdef Py_ssize_t j
    cdef int m = <int> rows.m, info = 0
    cdef char lower = b"L"
    for j in range(rows.m * rows.m):
        H[j] = F[j] + rows.strength * rows.P[j]
    dpotrf(&lower, &m, H, &m, &info)
    if info != 0:
        return False
    for j in range(rows.m):
        # what is left of an entry of the diagonal, against what it was
        if not H[j * m + j] * H[j * m + j] > 1e-11 * (F[j * m + j] + rows.strength * rows.P[j * m + j]):
            return False
    return True


cdef void solve(Rows* rows, double* H, double* right, int n_right) noexcept nogil:
    cdef int m = <int> rows.m, info = 0
    cdef char lower = b"L"
    dpotrs(&lower, &m, &n_right, H, &m, right, &m, &info)


cdef bint advance(Rows* rows, State* state, State* trial, const double* step, double* gradient) noexcept nogil:
    """Part of the step that lowers the objective: from ``state`` to ``trial``; False where none does."""
    cdef Py_ssize_t j
    cdef int halving
    cdef double t = 1.0, slope = 0.0, change, before = state.value + prior_value(rows, state.theta)
    cdef double old = state.slope_max
    for j in range(rows.m):
        slope += gradient[j] * step[j]
    if not slope < 0.0:
        return False
    for halving in range(HALVINGS):
        for j in range(rows.m):
            trial.theta[j] = state.theta[j] + t * step[j]
        visit(rows, trial)
        change = trial.value + prior_value(rows, trial.theta) - before
        if change <= ARMIJO * t * slope:
            return True
        if fabs(change) <= LEVEL * fabs(before):
            whole_gradient(rows, trial, gradient)
            if trial.slope_max < old:
                return True
            whole_gradient(rows, state, gradient)
            if rows.loss == LOSS_SQUARED:
                return False           # the step was exact: no part of it is better
        t *= 0.5
    return False


cdef double leave_out(
    Rows* rows, State* state, State* work, double* H, double* Z, double* step, double* weights, bint more,
    Refit* refit, double goal, double* held_out
) noexcept nogil:
    """Each row's predictor by the fit without it: one Newton step from all rows, and some more where `more`.

        h = a_i' H^-1 a_i,   eta_i + h r_i / (1 - c_i h)                       r, c the losses' derivatives
        delta <- delta - (H - c_i a_i a_i')^-1 gradient_i(theta + delta)       Sherman-Morrison

    Where curvatures have no bound, H is no guide to the fit without a row that pulled much: there the fits are made
    anew, each with Hessians of its own.

    Returns tr[F H^-1], F being the losses' second derivative.
    """
    cdef Py_ssize_t i, j, m = rows.m
    cdef double h, share, first, along, one = 1.0, trace = 0.0
    cdef double* reach
    cdef const double* other
    cdef int order = <int> m, n = <int> rows.n
    cdef char left = b"L", plain = b"N"
    memcpy(Z, rows.A, rows.n * m * sizeof(double))
    if more:
        solve(rows, H, Z, n)                                                                       # H^-1 a_i
    else:
        dtrsm(&left, &left, &plain, &plain, &order, &n, &one, H, &order, Z, &order)                # L^-1 a_i, H = L L'
    for i in range(rows.n):
        reach = Z + i * m
        other = rows.A + i * m if more else reach
        h = 0.0
        for j in range(m):
            h += reach[j] * other[j]
        share = 1.0 - state.curvature[i] * h
        if state.curvature[i] > 0.0:
            trace += state.curvature[i] * h
        first = state.eta[i] + h * state.residual[i] / share if share != 0.0 else NAN
        held_out[i] = first
        if more and rows.loss > LOSS_BINOMIAL:
            along = fit_without(rows, state, work, refit, reach, i, state.residual[i] / share, step, weights, goal)
            if along == along:
                held_out[i] = along
        elif more and share > 0.0:
            along = more_steps(rows, state, work, H, reach, i, state.residual[i] / share, state.curvature[i] / share,
                               step, weights, REST * goal)
            if along == along and fabs(along) < 1e300:
                held_out[i] = along
    return trace


cdef void polished(
    Rows* rows, State* state, State* work, double* H, double* gradient, double* theta, double* facts
) noexcept nogil:
    """Steps with the factor at hand, while they halve the gradient, to ``theta``; facts: max |gradient|, value."""
    cdef Py_ssize_t j
    cdef int it
    cdef double before
    whole_gradient(rows, state, gradient)
    facts[0], facts[1] = state.slope_max, state.value + prior_value(rows, state.theta)
    memcpy(work.theta, state.theta, rows.m * sizeof(double))
    for it in range(POLISHES):
        solve(rows, H, gradient, 1)
        for j in range(rows.m):
            work.theta[j] -= gradient[j]
        visit(rows, work)
        whole_gradient(rows, work, gradient)
        if not work.slope_max < facts[0]:
            break
        before = facts[0]
        facts[0], facts[1] = work.slope_max, work.value + prior_value(rows, work.theta)
        memcpy(theta, work.theta, rows.m * sizeof(double))
        if not work.slope_max <= 0.5 * before:
            break


cdef double more_steps(
    Rows* rows, State* state, State* work, double* H, const double* reach, Py_ssize_t i, double start, double bend,
    double* step, double* weights, double rest
) noexcept nogil:
    """The predictor of row i after some steps of the fit without it."""
    cdef Py_ssize_t j, m = rows.m
    cdef int k
    cdef double along, largest, eta = state.eta[i]
    cdef Rows without = rows[0]
    memcpy(weights, rows.w, rows.n * sizeof(double))
    weights[i] = 0.0
    without.w = weights
    for j in range(m):
        work.theta[j] = state.theta[j] + start * reach[j]
    for k in range(MORE_STEPS):
        visit(&without, work)
        memcpy(step, work.gradient, m * sizeof(double))
        pull_of_prior(&without, work.theta, step)
        largest = 0.0
        for j in range(m):
            if not fabs(step[j]) <= largest:
                largest = fabs(step[j])
        if largest <= rest:
            break
        solve(&without, H, step, 1)
        along = 0.0
        for j in range(m):
            along += rows.A[i * m + j] * step[j]
        for j in range(m):
            work.theta[j] -= step[j] + bend * along * reach[j]
    eta = rows.offset[i] if rows.offset != NULL else 0.0
    for j in range(m):
        eta += rows.A[i * m + j] * work.theta[j]
    return eta


cdef double fit_without(
    Rows* rows, State* state, State* work, Refit* refit, const double* reach, Py_ssize_t i, double start, double* step,
    double* weights, double goal
) noexcept nogil:
    """The predictor of row i by the fit without it, from the fit of all rows; NaN where Newton's method fails.

    The Hessian of the first step is H - c_i a_i a_i': that step is along H^-1 a_i.
    """
    cdef Py_ssize_t j, m = rows.m
    cdef int it
    cdef double eta = rows.offset[i] if rows.offset != NULL else 0.0
    cdef State now = work[0], trial = refit.state, spare
    cdef Rows without = rows[0]
    memcpy(weights, rows.w, rows.n * sizeof(double))
    weights[i] = 0.0
    without.w = weights
    memcpy(now.theta, state.theta, m * sizeof(double))
    visit(&without, &now)
    whole_gradient(&without, &now, refit.gradient)
    for it in range(REFIT_STEPS):
        if now.slope_max <= goal:
            break
        if it == 0 and state.curvature[i] >= 0.0 and fabs(start) < 1e300:
            for j in range(m):
                step[j] = start * reach[j]
        else:
            curvature_product(&without, &now, refit.root, refit.scaled, refit.F)
            if not factorise(&without, refit.F, refit.H):
                return NAN
            for j in range(m):
                step[j] = -refit.gradient[j]
            solve(&without, refit.H, step, 1)
        if not advance(&without, &now, &trial, step, refit.gradient):
            return NAN
        spare = now
        now = trial
        trial = spare
        whole_gradient(&without, &now, refit.gradient)
    for j in range(m):
        eta += rows.A[i * m + j] * now.theta[j]
    return eta if now.slope_max <= goal else NAN


cdef double* open_state(State* state, Py_ssize_t n, Py_ssize_t m, double* memory) noexcept nogil:
    state.theta = memory
    state.gradient = memory + m
    state.eta = memory + 2 * m
    state.residual = memory + 2 * m + n + 8
    state.curvature = memory + 2 * m + 2 * (n + 8)
    return memory + 2 * m + 3 * (n + 8)


def newton_path(
    int loss,
    double power,
    const double[:, ::1] A,          # in
    const double[::1] y,             # in
    const double[::1] w,             # in
    const double[::1] offset,        # in: one number per row, or empty
    const double[:, :, ::1] P,       # in: one matrix, or one for each strength
    const double[::1] centre,        # in
    const double[::1] strengths,     # in
    const double[::1] start,         # in
    double goal,
    bint relative,                   # whether the goal is a share of the first gradient
    double polish,                   # 1: stop at the goal
    int max_iter,
    bint more,                       # whether left-out fits take more than one step
    double[:, ::1] thetas,           # out: one row per strength
    double[:, ::1] held_out,         # out: one row per strength; no columns: not wanted
    long[::1] iterations,            # out
    double[:, ::1] facts,            # out, where rows are left out: max |gradient|, objective, tr[F H^-1]
    double[::1] gradient_out,        # out: of the losses, at the last theta
    double[:, ::1] hessian_out,      # out: of the losses, at the last theta
):
    """(strengths done, sum of losses at the last theta).

    Fewer are done than asked for where a Hessian is singular or a fit does not reach `goal`.

    ``thetas[k] = argmin sum(w * loss(y, A @ theta + offset)) + s_k * (theta - c) @ P_k @ (theta - c) / 2``.
    """
    cdef Py_ssize_t n = A.shape[0], m = A.shape[1], k, j
    cdef Py_ssize_t size = 3 * (2 * m + 3 * (n + 8)) + 4 * m + 2 * (n + 8) + 2 * n * m + 4 * m * m + 8
    cdef double* memory
    cdef double* gradient
    cdef double* step
    cdef double* root
    cdef double* weights
    cdef double* scaled
    cdef double* Z
    cdef double* F
    cdef double* H
    cdef double* zeros
    cdef State state, trial, spare
    cdef Refit refit
    cdef Rows rows
    cdef int it
    cdef double before
    cdef bint ok, met
    if n == 0 or m == 0:
        return 0, 0.0
    rows.loss, rows.power, rows.n, rows.m = loss, power, n, m
    rows.A, rows.y, rows.w = &A[0, 0], &y[0], &w[0]
    rows.offset = &offset[0] if offset.shape[0] else NULL
    rows.centre = &centre[0]
    k = 0
    with nogil:
        memory = <double*> malloc(size * sizeof(double))
        gradient = open_state(&refit.state, n, m, open_state(&trial, n, m, open_state(&state, n, m, memory)))
        step = gradient + m
        zeros = step + m
        root = zeros + m
        weights = root + n + 8
        scaled = weights + n + 8
        Z = scaled + n * m
        F = Z + n * m
        H = F + m * m
        refit.F, refit.H, refit.root, refit.scaled, refit.gradient = H + m * m, H + 2 * m * m, root, scaled, gradient
        for j in range(m):
            zeros[j] = 0.0
            state.theta[j] = start[j]
        for j in range(m * m):
            F[j] = 0.0
        rows.zeros = zeros
        visit(&rows, &state)
        curvature_product(&rows, &state, root, scaled, F)
        while k < strengths.shape[0]:
            rows.strength, rows.P = strengths[k], &P[k if P.shape[0] > 1 else 0, 0, 0]
            ok = True
            it = 0
            whole_gradient(&rows, &state, gradient)
            if relative and k == 0:
                goal = goal * state.slope_max
            before = INFINITY
            while True:
                met = state.slope_max <= goal
                if met and (it == 0 or state.slope_max <= polish * goal or state.slope_max > 0.5 * before):
                    break
                before = state.slope_max
                ok = it < max_iter and factorise(&rows, F, H)
                if ok:
                    for j in range(m):
                        step[j] = -gradient[j]
                    solve(&rows, H, step, 1)
                    ok = advance(&rows, &state, &trial, step, gradient)
                if not ok:
                    ok = met
                    break
                spare = state
                state = trial
                trial = spare
                it += 1
                curvature_product(&rows, &state, root, scaled, F)
                whole_gradient(&rows, &state, gradient)
            for j in range(m):
                thetas[k, j] = state.theta[j]
            iterations[k] = it
            if ok and held_out.shape[1] > 0:
                ok = factorise(&rows, F, H)
                if ok:
                    facts[k, 2] = leave_out(
                        &rows, &state, &trial, H, Z, step, weights, more, &refit, goal, &held_out[k, 0])
                    polished(&rows, &state, &trial, H, gradient, &thetas[k, 0], &facts[k, 0])
            if not ok:
                break
            k += 1
        for j in range(m):
            gradient_out[j] = state.gradient[j]
            for it in range(j + 1):
                hessian_out[it, j] = hessian_out[j, it] = F[it * m + j]
        free(memory)
    return k, state.value
