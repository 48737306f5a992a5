"""A point's value and derivatives: against the slow formulas, finite differences, and each other."""

import numpy as np
import pytest

from sktransfer._losses import Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
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
    term = LossTerm(np.eye(2), Squared(), np.zeros(2))
    theta, eps = np.array([-3.0, 1.0]), np.finfo(float).eps
    for strength in (0.0, 1.0, 1e12):
        prior = GaussianPrior(np.zeros(2), DiagonalPrecision([strength, strength / 2]))
        point = Objective([term], [prior], fit_intercept=False).at(theta)
        np.testing.assert_allclose(point.rounding, 16 * eps * 3 * strength / 2, rtol=1e-14)
