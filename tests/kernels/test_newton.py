"""The compiled path: each strength's minimiser and each row's left-out predictor, against slow twins."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sktransfer._kernels import BINOMIAL, POISSON, SQUARED, newton_path

N, M = 23, 4
STRENGTHS = np.array([30.0, 3.0, 0.5])
LOSSES = {
    SQUARED: (lambda y, e: (e - y) ** 2 / 2, lambda y, e: e - y),
    BINOMIAL: (lambda y, e: np.logaddexp(0, e) - y * e, lambda y, e: 1 / (1 + np.exp(-e)) - y),
    POISSON: (lambda y, e: np.exp(e) - y * e, lambda y, e: np.exp(e) - y),
}


class Case:
    """Random rows with an offset and weights, one of them zero, and a prior that ties parameters together."""

    def __init__(self, loss, seed=0):
        random = np.random.default_rng(seed)
        self.loss = loss
        self.A, self.y = random.normal(size=(N, M)), (random.random(N) < 0.5).astype(float)
        self.w, self.offset = random.uniform(0.5, 2, size=N), random.normal(size=N) / 2
        self.w[3] = 0.0
        root = random.normal(size=(M, M))
        self.P, self.centre = root @ root.T, random.normal(size=M) / 2

    def fit(self, strength, w):
        """The minimiser by scipy, on the definition."""
        value, slope = LOSSES[self.loss]

        def objective(theta):
            eta, pull = self.A @ theta + self.offset, strength * self.P @ (theta - self.centre)
            total = w @ value(self.y, eta) + pull @ (theta - self.centre) / 2
            return total, self.A.T @ (w * slope(self.y, eta)) + pull

        return minimize(objective, self.centre, jac=True, method="BFGS", options={"gtol": 1e-11}).x

    def path(self, strengths=STRENGTHS, more=False, held_out=True, goal=1e-10, relative=False, polish=1.0, max_iter=50):
        S = len(strengths)
        thetas, left, iterations = (
            np.full((S, M), np.nan),
            np.full((S, N * held_out), np.nan),
            np.zeros(S, dtype=np.int_),
        )
        gradient, hessian, self.facts = np.empty(M), np.empty((M, M)), np.full((S, 3), np.nan)
        arrays = (
            self.A,
            self.y,
            self.w,
            self.offset,
            self.P if self.P.ndim == 3 else self.P[np.newaxis],
            self.centre,
            np.asarray(strengths),
            self.centre,
        )
        for array in arrays:
            array.flags.writeable = False
        done, total = newton_path(
            self.loss,
            0.0,
            *arrays,
            goal,
            relative,
            polish,
            max_iter,
            more,
            thetas,
            left,
            iterations,
            self.facts,
            gradient,
            hessian,
        )
        return done, thetas, left, iterations, (total, gradient, hessian)


@pytest.mark.parametrize("loss", LOSSES)
def test_minimisers(loss):
    case = Case(loss)
    done, thetas, _, iterations, _ = case.path(held_out=False)
    assert done == len(STRENGTHS)
    assert np.all(iterations >= 1)
    for strength, theta in zip(STRENGTHS, thetas, strict=True):
        np.testing.assert_allclose(theta, case.fit(strength, case.w), atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_known_at_the_end(loss):
    case = Case(loss)
    _, thetas, _, _, (total, gradient, hessian) = case.path()
    value, slope = LOSSES[loss]
    eta = case.A @ thetas[-1] + case.offset
    np.testing.assert_allclose(total, case.w @ value(case.y, eta), rtol=1e-12)
    np.testing.assert_allclose(gradient, case.A.T @ (case.w * slope(case.y, eta)), atol=1e-12)
    step = 1e-6
    curvature = (slope(case.y, eta + step) - slope(case.y, eta - step)) / (2 * step)
    np.testing.assert_allclose(hessian, case.A.T @ ((case.w * curvature)[:, np.newaxis] * case.A), rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("more", [False, True])
def test_left_out_predictors(loss, more):
    case = Case(loss)
    _, _, left, _, _ = case.path(more=more)
    exact = np.empty_like(left)
    for k, strength in enumerate(STRENGTHS):
        for i in range(N):
            without = np.where(np.arange(N) == i, 0.0, case.w)
            exact[k, i] = case.A[i] @ case.fit(strength, without) + case.offset[i]
    if loss == SQUARED:
        np.testing.assert_allclose(left, exact, atol=1e-7)
    error = np.abs(left - exact).max(axis=1)
    assert np.all(error < (1e-3 if more else 0.3))


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_facts_where_rows_are_left_out(loss, more):
    """From a rough goal the minimiser is polished; its gradient, objective and tr[F H^-1] are the definitions'."""
    case = Case(loss)
    _, thetas, _, _, _ = case.path(more=more, goal=1e-3)
    value, slope = LOSSES[loss]
    for theta, strength, facts in zip(thetas, STRENGTHS, case.facts, strict=True):
        np.testing.assert_allclose(theta, case.fit(strength, case.w), atol=1e-8)
        eta, pull = case.A @ theta + case.offset, strength * case.P @ (theta - case.centre)
        assert facts[0] <= 1e-9
        assert np.abs(case.A.T @ (case.w * slope(case.y, eta)) + pull).max() <= 1e-9
        np.testing.assert_allclose(facts[1], case.w @ value(case.y, eta) + pull @ (theta - case.centre) / 2, rtol=1e-12)
        curvature = (slope(case.y, eta + 1e-6) - slope(case.y, eta - 1e-6)) / 2e-6
        F = case.A.T @ ((case.w * curvature)[:, np.newaxis] * case.A)
        np.testing.assert_allclose(facts[2], np.trace(np.linalg.solve(F + strength * case.P, F)), rtol=1e-3)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_precision_for_each_strength(loss):
    case = Case(loss)
    _, expected, left, _, _ = case.path(more=True)
    case.P = STRENGTHS[:, np.newaxis, np.newaxis] * case.P
    _, thetas, held_out, _, _ = case.path(np.ones(3), more=True)
    np.testing.assert_allclose(thetas, expected, atol=1e-12)
    np.testing.assert_allclose(held_out, left, atol=1e-8)


def test_a_goal_relative_to_the_start():
    case = Case(BINOMIAL)
    done, thetas, _, _, _ = case.path(STRENGTHS[:1], held_out=False, goal=1e-9, relative=True)
    assert done == 1
    np.testing.assert_allclose(thetas[0], case.fit(STRENGTHS[0], case.w), atol=1e-7)


@pytest.mark.parametrize("loss", [BINOMIAL, POISSON])
def test_polish_goes_on_from_the_goal_to_the_end(loss):
    case = Case(loss)
    _, rough, _, few, _ = case.path(STRENGTHS[:1], held_out=False, goal=1e-1)
    done, fine, _, more, (_, gradient, _) = case.path(STRENGTHS[:1], held_out=False, goal=1e-1, polish=1e-10)
    assert done == 1
    assert more[0] > few[0]
    whole = gradient + STRENGTHS[0] * case.P @ (fine[0] - case.centre)
    assert np.abs(whole).max() <= 1e-11
    assert np.abs(fine - rough).max() > 1e-9


def test_polish_does_not_move_a_start_that_meets_the_goal():
    done, thetas, _, iterations, _ = Case(POISSON).path(held_out=False, goal=1e6, polish=1e-12)
    assert done == len(STRENGTHS)
    np.testing.assert_array_equal(iterations, 0)
    np.testing.assert_array_equal(thetas, np.tile(Case(POISSON).centre, (len(STRENGTHS), 1)))


def test_polish_ends_where_it_can_get_no_further():
    done, _, _, iterations, _ = Case(POISSON).path(STRENGTHS[:1], held_out=False, goal=1e-3, polish=0.0)
    assert done == 1
    assert iterations[0] < 20


def test_it_stops_where_a_hessian_is_singular():
    case = Case(BINOMIAL)
    case.A[:, 1] = case.A[:, 0]
    done, *_ = case.path([1.0, 0.0])
    assert done == 1


def test_it_stops_where_the_goal_is_not_reached():
    done, thetas, _, iterations, _ = Case(POISSON).path(goal=1e-10, max_iter=1)
    assert done == 0
    assert iterations[0] == 1
    assert np.isfinite(thetas[0]).all()


def test_nothing_to_fit():
    case = Case(SQUARED)
    case.A, case.y = case.A[:0], case.y[:0]
    done, *_ = case.path()
    assert done == 0
