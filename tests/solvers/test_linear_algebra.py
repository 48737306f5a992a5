"""Factorised matrices, conjugate gradients and the line search, each against NumPy."""

import numpy as np
import pytest

from sktransfer._losses import Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._solvers import Factor, conjugate_gradients
from sktransfer._solvers._line_search import search
from tests.oracles.problems import FAMILIES, Problem

D = 6


def root(rank, seed=0):
    return np.random.default_rng(seed).normal(size=(D, rank))


RIGHTS = {"vector": root(1, 9)[:, 0], "several": root(4, 9)}


@pytest.fixture(params=list(RIGHTS))
def right(request):
    return RIGHTS[request.param]


def test_factor_of_a_regular_matrix(right):
    matrix = root(D) @ root(D).T + np.eye(D)
    kept, given = matrix.copy(), right.copy()
    factor = Factor(matrix)
    assert not factor.singular
    np.testing.assert_allclose(factor.solve(right), np.linalg.solve(matrix, right), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(factor.inverse(), np.linalg.inv(matrix), rtol=1e-11, atol=1e-13)
    np.testing.assert_array_equal(factor.inverse(), factor.inverse().T)
    np.testing.assert_array_equal(matrix, kept)
    np.testing.assert_array_equal(right, given)


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_factor_of_a_singular_matrix_gives_the_least_norm_solution(right, rank):
    matrix = root(rank) @ root(rank).T
    factor = Factor(matrix)
    assert factor.singular
    inside = matrix @ right
    np.testing.assert_allclose(factor.solve(inside), np.linalg.pinv(root(rank).T) @ root(rank).T @ right, atol=1e-10)
    np.testing.assert_allclose(factor.solve(right), np.linalg.pinv(matrix) @ right, rtol=1e-7, atol=1e-8)


def test_factor_of_zero_moves_nothing(right):
    factor = Factor(np.zeros((D, D)))
    assert factor.singular
    np.testing.assert_array_equal(factor.solve(right), np.zeros_like(right))


def test_factor_does_not_mind_units(right):
    units = np.geomspace(1e-12, 1e12, D)
    plain = root(D) @ root(D).T + np.eye(D)
    factor = Factor(plain * units * units[:, None])
    assert not factor.singular
    expected = (np.linalg.solve(plain, (right.T / units).T).T / units).T
    np.testing.assert_allclose(factor.solve(right), expected, rtol=1e-10)


def test_factor_of_a_singular_matrix_in_odd_units_still_solves():
    """A feature that is zero everywhere must not cost a feature measured in small units its coefficient."""
    units = np.array([1.0, 1e-9, 1e-7, 1e3, 1e6, 0.0])
    plain = root(D) @ root(D).T + np.eye(D)
    matrix = plain * units * units[:, None]
    expected = np.append(1 / units[:5], 0.0)
    factor = Factor(matrix)
    assert factor.singular
    np.testing.assert_allclose(factor.solve(matrix @ expected), expected, rtol=1e-8, atol=1e-12)


def test_factor_of_two_equal_columns_in_odd_units_shares_between_them():
    units = np.array([1.0, 1.0, 1e-8, 1e5])
    J = np.random.default_rng(3).normal(size=(20, 3))[:, [0, 0, 1, 2]] * units
    expected = np.array([0.5, 0.5, 3e8, -2e-5])
    np.testing.assert_allclose(Factor(J.T @ J).solve(J.T @ (J @ expected)), expected, rtol=1e-7)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("at", [(0, 0), (1, 0)])
def test_factor_refuses_what_is_not_finite(at, bad):
    matrix = np.eye(3)
    matrix[at] = matrix[at[::-1]] = bad
    with pytest.raises(FloatingPointError, match="the Hessian is not finite: features or weights are too large"):
        Factor(matrix)


@pytest.mark.parametrize("held", [None, "oblique"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_conjugate_gradients_solve_with_the_hessian(family, held):
    problem = Problem(family, "dense", held=held)
    point = problem.objective.at(problem.start)
    hessian = point.hessian()
    solution = conjugate_gradients(point, 1e-12)
    np.testing.assert_allclose(solution, np.linalg.solve(hessian, -point.gradient), rtol=1e-8, atol=1e-10)
    right = np.random.default_rng(1).normal(size=len(hessian))
    kept = right.copy()
    solution = conjugate_gradients(point, 1e-12, right)
    np.testing.assert_allclose(solution, np.linalg.solve(hessian, right), rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(right, kept)
    rough = conjugate_gradients(point, 0.1, right)
    assert np.linalg.norm(hessian @ rough - right) <= 0.1 * np.linalg.norm(right)


def test_conjugate_gradients_stop_where_there_is_no_curvature():
    objective = Objective([LossTerm(np.zeros((3, 2)), Squared(), np.ones(3))], [], fit_intercept=False)
    point, right = objective.at(np.zeros(2)), np.array([1.0, -2.0])
    np.testing.assert_array_equal(conjugate_gradients(point, 1e-10, right), right)
    np.testing.assert_array_equal(conjugate_gradients(point, 1e-10), np.zeros(2))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_line_search_takes_the_first_step_that_lowers_the_objective_enough(family):
    problem = Problem(family)
    point = problem.objective.at(problem.start)
    direction = -point.gradient
    found = search(point, direction)
    slope, t = point.gradient @ direction, 1.0
    while problem.whole(problem.start + t * direction)[0] > point.value + 1e-4 * t * slope:
        t /= 2
    assert t < 1
    np.testing.assert_allclose(found.theta, problem.start + t * direction, rtol=1e-12)
    assert found.value < point.value


def test_line_search_takes_nothing_where_the_way_leads_up_or_nowhere():
    problem = Problem("binomial")
    point = problem.objective.at(problem.start)
    assert search(point, point.gradient) is None
    assert search(point, np.zeros_like(point.gradient)) is None
    assert search(point, np.full_like(point.gradient, np.nan)) is None


def test_line_search_gives_up_where_the_objective_rises_along_a_wrong_descent():
    """A step so long that thirty halvings do not bring it back."""
    problem = Problem("squared")
    point = problem.objective.at(problem.start)
    assert search(point, -1e20 * point.gradient) is None


def test_line_search_near_the_optimum_looks_at_the_gradient():
    """y is so large that the objective cannot show a step's gain any more; the gradient can."""
    term = LossTerm(np.ones((1, 1)), Squared(), np.array([0.0]))
    far = LossTerm(np.zeros((1, 1)), Squared(), np.array([1e9]))
    objective = Objective([term, far], [], fit_intercept=False)
    point = objective.at(np.array([1e-3]))
    found = search(point, -point.gradient)
    assert found.value == point.value
    np.testing.assert_array_equal(found.theta, [0.0])


def test_a_shift_of_all_classes_is_singular_whatever_the_rounding():
    """The Hessian of softmax intercepts and a slope, from rows: its null direction is known."""
    rng = np.random.default_rng(0)
    shift = np.array([1.0, 1.0, 1.0, 0.0]) / np.sqrt(3)
    for _ in range(300):
        chances = rng.dirichlet([1.0, 1.0, 1.0], size=40)
        score = rng.normal(size=(40, 3))
        jacobian = np.concatenate([np.tile(np.eye(3), (40, 1, 1)), score[:, :, np.newaxis]], axis=2)
        curvature = chances[:, :, np.newaxis] * np.eye(3) - chances[:, :, np.newaxis] * chances[:, np.newaxis]
        hessian = np.einsum("ika,ikm,imb->ab", jacobian, curvature, jacobian)
        inverse = Factor((hessian + hessian.T) / 2).inverse()
        np.testing.assert_allclose(inverse @ shift, 0.0, atol=1e-12)
        np.testing.assert_allclose(inverse, np.linalg.pinv(hessian, rcond=1e-10, hermitian=True), atol=1e-10)
