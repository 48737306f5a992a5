"""A point's value and derivatives: against the slow formulas, finite differences, and each other."""

import numpy as np
import pytest

from sktransfer._losses import Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import SolverResult
from tests.oracles.differences import derivative
from tests.oracles.problems import FAMILIES, Problem


@pytest.fixture(params=[True, False], ids=["intercept", "no intercept"])
def fit_intercept(request):
    return request.param


@pytest.fixture(params=[None, "coordinates", "oblique"])
def problem(request, family, fit_intercept):
    """Two terms with scales, weights and offsets, a dense prior, and directions held in three ways."""
    return Problem(family, "dense", fit_intercept=fit_intercept, held=request.param, two_terms=True, n=30, p=3)


@pytest.fixture(params=list(FAMILIES))
def family(request):
    return request.param


def values_at(problem):
    """Free coordinates that are nobody's optimum, and the point there."""
    u = 0.5 * np.random.default_rng(4).normal(size=problem.basis.shape[1])
    theta = problem.origin + problem.basis @ u
    return u, theta, problem.objective.at(theta)


def test_point_equals_the_slow_formulas(problem):
    u, theta, point = values_at(problem)
    value, gradient, hessian = problem.free(u)
    np.testing.assert_allclose(point.u, u, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(point.theta, theta, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(point.value, value, rtol=1e-12)
    np.testing.assert_allclose(point.gradient, gradient, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(point.hessian(), hessian, rtol=1e-10, atol=1e-11)
    _, whole_gradient, whole_hessian = problem.whole(theta)
    np.testing.assert_allclose(point.theta_gradient, whole_gradient, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(point.loss_hessian(), whole_hessian - problem.precision, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(point.hessian_diagonal, whole_hessian.diagonal(), rtol=1e-11)


def test_derivatives_are_those_of_the_value(problem):
    u, _, point = values_at(problem)
    objective = problem.objective

    def at(u):
        return objective.at(problem.origin + problem.basis @ u)

    np.testing.assert_allclose(point.gradient, derivative(lambda u: at(u).value, u), rtol=1e-7, atol=1e-7)
    hessian = derivative(lambda u: at(u).gradient, u)
    np.testing.assert_allclose(point.hessian(), hessian, rtol=1e-7, atol=1e-7)
    direction = np.random.default_rng(5).normal(size=len(u))
    np.testing.assert_allclose(point.product(direction), point.hessian() @ direction, rtol=1e-10, atol=1e-11)


def test_value_is_the_same_before_and_after_the_gradient(problem):
    _, theta, _ = values_at(problem)
    cold, warm = problem.objective.at(theta), problem.objective.at(theta)
    assert warm.gradient.shape == warm.u.shape
    np.testing.assert_allclose(cold.value, warm.value, rtol=1e-14)


@pytest.mark.parametrize("t", [0.0, 1.0, -0.3, 2.5])
def test_along_a_line_is_at(problem, t):
    u, _, point = values_at(problem)
    direction = np.random.default_rng(6).normal(size=len(u))
    moved = point.along(direction)(t)
    expected = problem.objective.at(problem.objective.theta(point.u + t * direction))
    np.testing.assert_allclose(moved.theta, expected.theta, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(moved.value, expected.value, rtol=1e-12)
    np.testing.assert_allclose(moved.gradient, expected.gradient, rtol=1e-9, atol=1e-10)
    for eta, same in zip(moved.etas, expected.etas, strict=True):
        np.testing.assert_allclose(eta, same, rtol=1e-11, atol=1e-12)


def test_hessians_and_points_do_not_change_each_other(problem):
    _, theta, point = values_at(problem)
    first, value = point.hessian(), point.value
    first += 100.0
    point.loss_hessian()[:] = -1.0
    point.along(point.gradient)(1.0).hessian()
    again = problem.objective.at(theta)
    np.testing.assert_allclose(again.hessian(), first - 100.0, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(again.value, value, rtol=1e-14)


def test_certificate_by_hand(problem):
    u, _, point = values_at(problem)
    total = sum(scale * rows.weight.sum() for rows, scale in problem.rows)
    np.testing.assert_allclose(problem.objective.total_weight, total, rtol=1e-14)
    np.testing.assert_allclose(point.certificate, np.abs(problem.free(u)[1]).max() / total, rtol=1e-10)


def test_certificate_at_a_bound_counts_only_what_points_inwards():
    term = LossTerm(np.eye(3), Squared(), np.array([-5.0, 3.0, -1.0]))
    objective = Objective([term], [], fit_intercept=False, lower=np.array([0.0, 0.0, -np.inf]))
    # gradient theta - y: (5, -3, 1). The first points out of the feasible set at its bound.
    assert objective.at(np.zeros(3)).certificate == 3.0 / 3
    assert objective.at(np.array([1.0, 3.0, -1.0])).certificate == 6.0 / 3
    assert objective.at(np.array([0.0, 3.0, -1.0])).certificate == 0.0
    assert objective.at(np.array([0.0, 3.0, 1.0])).certificate == 2.0 / 3


def test_certificate_without_any_weight_is_not_divided_by_zero():
    term = LossTerm(np.eye(2), Squared(), np.zeros(2), weight=np.zeros(2))
    objective = Objective([term], [GaussianPrior(np.zeros(2), DiagonalPrecision([2.0, 0.0]))], fit_intercept=False)
    assert objective.total_weight == 1.0
    assert objective.at(np.array([3.0, 1.0])).certificate == 6.0


def test_rounding_grows_with_the_prior_and_the_parameters():
    term = LossTerm(np.eye(2), Squared(), np.array([-3.0, 1.0]), scale=1e-30)
    theta, eps = np.array([-3.0, 1.0]), np.finfo(float).eps
    for strength in (0.0, 1.0, 1e12):
        prior = GaussianPrior(np.zeros(2), DiagonalPrecision([strength, strength / 2]))
        point = Objective([term], [prior], fit_intercept=False).at(theta)
        np.testing.assert_allclose(point.rounding * point.objective.total_weight, 16 * eps * 3 * strength, atol=1e-40)


def slow_rounding(X, weight, sizes):
    """Row by row: 16 eps sqrt(sum w x_j^2) sqrt(sum s^2 / w) / sum w, of the largest feature; ones are one of them."""
    squares = sum(w * np.append(x, 1.0) ** 2 for x, w in zip(X, weight, strict=True))
    total = sum(s @ s / w for s, w in zip(sizes, weight, strict=True) if w > 0)
    return 16 * np.finfo(float).eps * np.sqrt(squares.max() * total) / weight.sum()


def test_rounding_of_sums_over_rows():
    rng = np.random.default_rng(0)
    X, y, weight = rng.normal(size=(9, 3)), rng.normal(size=9), np.append(rng.uniform(size=8), 0.0)
    theta, offset = np.array([1.0, -2.0, 3.0, 0.5]), rng.normal(size=9)
    point = Objective([LossTerm(X, Squared(), y, weight, offset)], []).at(theta)
    eta = X @ theta[:3] + 0.5 + offset
    of_eta = np.abs(X @ theta[:3]) + 0.5 + np.abs(offset)
    sizes = (weight * (np.abs(eta - y) + of_eta))[:, np.newaxis]
    np.testing.assert_allclose(point.rounding, slow_rounding(X, weight, sizes), rtol=1e-12)


def test_rounding_of_classes_and_of_rows_in_two_terms():
    rng = np.random.default_rng(1)
    X, y, theta = rng.normal(size=(8, 2)), np.arange(8) % 3, rng.normal(size=9)
    loss = Multinomial(3)
    objective = Objective([LossTerm(X, loss, y)], [])
    eta = objective.at(theta).etas[0]
    exp = np.exp(eta - eta.max(axis=1, keepdims=True))
    p = exp / exp.sum(axis=1, keepdims=True)
    coef, intercept = objective.layout.split(theta)
    sizes = np.abs(p - np.eye(3)[y]) + p * (1 - p) * (np.abs(X @ coef.T) + np.abs(intercept))
    alone = objective.at(theta).rounding
    np.testing.assert_allclose(alone, slow_rounding(X, np.ones(8), sizes), rtol=1e-12)
    twice = Objective([LossTerm(X, loss, y), LossTerm(X, loss, y)], []).at(theta).rounding
    np.testing.assert_allclose(twice, alone, rtol=1e-12)


def test_rounding_where_directions_are_held():
    """One free direction (1, 2): its sums are at most as large as those of the features it is made of."""
    X, y, basis = np.array([[1.0, 0.0], [0.0, 3.0]]), np.array([5.0, -1.0]), np.array([[1.0], [2.0]])
    objective = Objective([LossTerm(X, Squared(), y)], [Held(np.zeros(2), basis)], fit_intercept=False)
    eta = np.array([1.0, 6.0])
    sizes = np.abs(eta - y) + np.abs(eta)
    expected = 16 * np.finfo(float).eps * (1 * 1 + 2 * 3) * np.linalg.norm(sizes) / 2
    np.testing.assert_allclose(objective.at(np.array([1.0, 2.0])).rounding, expected, rtol=1e-12)


def test_a_gradient_that_is_rounding_is_no_failure():
    """y of size 1e8: no gradient can be known to 1e-13, and a step away is told from the optimum all the same."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(50, 3))
    y = 1e8 * rng.normal(size=50)
    objective = Objective([LossTerm(X, Squared(), y)], [])
    best = np.linalg.lstsq(np.column_stack([X, np.ones(50)]), y, rcond=None)[0]
    assert 1e-13 < objective.at(best).certificate <= objective.at(best).rounding
    assert SolverResult.at(objective.at(best), 1e-13, 1, "x").converged
    assert not SolverResult.at(objective.at(best * (1 + 1e-13)), 1e-13, 1, "x").converged
