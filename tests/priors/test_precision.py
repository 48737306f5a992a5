"""Each structure of a precision equals its dense form."""

import numpy as np
import pytest

from sktransfer._priors import DensePrecision, DiagonalPrecision, LowRankPrecision

D = 6


def structures():
    """name -> (precision, the matrix itself); positions 0..2 are tied to 3..5 only in the last two."""
    rng = np.random.default_rng(0)
    root, block = rng.normal(size=(D, D)), np.zeros((D, D))
    block[:3, :3], block[3:, 3:] = root[:3] @ root[:3].T, root[3:] @ root[3:].T
    apart = np.zeros((D, 2))
    apart[:3, 0], apart[3:, 1] = root[:3, 0], root[3:, 1]
    diagonal = rng.uniform(0.5, 2, D)
    return {
        "diagonal": (DiagonalPrecision(diagonal), np.diag(diagonal)),
        "block": (DensePrecision(block), block),
        "low rank, apart": (LowRankPrecision(apart), apart @ apart.T),
        "dense": (DensePrecision(root @ root.T), root @ root.T),
        "low rank": (LowRankPrecision(root[:, :2]), root[:, :2] @ root[:, :2].T),
    }


@pytest.fixture(params=list(structures()))
def name(request):
    return request.param


def test_product_diagonal_and_dense(name):
    precision, matrix = structures()[name]
    direction = np.random.default_rng(1).normal(size=D)
    np.testing.assert_allclose(precision.product(direction), matrix @ direction, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(precision.diagonal(), matrix.diagonal(), rtol=1e-14)
    np.testing.assert_allclose(precision.dense(), matrix, rtol=1e-14, atol=1e-15)


def test_add_to_works_in_place_in_any_order_and_on_a_view(name):
    precision, matrix = structures()[name]
    for order in ("C", "F"):
        into = np.full((D, D), 0.5, order=order)
        assert precision.add_to(into) is None
        np.testing.assert_allclose(into, matrix + 0.5, rtol=1e-14)
    whole = np.full((D + 3, D + 4), 0.25)
    precision.add_to(whole[2 : D + 2, 1 : D + 1])
    expected = np.full((D + 3, D + 4), 0.25)
    expected[2 : D + 2, 1 : D + 1] += matrix
    np.testing.assert_allclose(whole, expected, rtol=1e-14)
    sparse_view = np.zeros((2 * D, 3 * D))
    precision.add_to(sparse_view[::2, ::3])
    np.testing.assert_allclose(sparse_view[::2, ::3], matrix, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(sparse_view[1::2], 0.0)


@pytest.mark.parametrize("positions", [np.arange(3), np.array([5, 3, 4])])
def test_cut_is_the_block_or_none_when_tied(name, positions):
    precision, matrix = structures()[name]
    cut = precision.cut(positions)
    if name in ("dense", "low rank"):
        assert cut is None
    else:
        np.testing.assert_allclose(cut.dense(), matrix[np.ix_(positions, positions)], rtol=1e-14, atol=1e-15)


def test_cut_to_everything_is_the_whole_in_that_order(name):
    precision, matrix = structures()[name]
    order = np.array([2, 0, 1, 5, 4, 3])
    np.testing.assert_allclose(precision.cut(order).dense(), matrix[np.ix_(order, order)], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("right", ["vector", "several"])
def test_solve_is_the_inverse(right):
    rng = np.random.default_rng(2)
    right = rng.normal(size=D) if right == "vector" else rng.normal(size=(D, 3))
    root = rng.normal(size=(D, D))
    regular = {**structures(), "full rank": (LowRankPrecision(root), root @ root.T)}
    for name in ("diagonal", "block", "dense", "full rank"):
        precision, matrix = regular[name]
        np.testing.assert_allclose(precision.solve(right), np.linalg.solve(matrix, right), rtol=1e-9, atol=1e-12)


def test_solve_does_not_mind_units():
    units = np.geomspace(1e-9, 1e9, D)
    matrix = structures()["dense"][1] * units * units[:, None]
    right = np.ones(D)
    solution = DensePrecision(matrix).solve(right)
    expected = np.linalg.solve(structures()["dense"][1], right / units) / units
    np.testing.assert_allclose(solution, expected, rtol=1e-8)


@pytest.mark.parametrize("seed", range(8))
def test_solve_refuses_what_is_singular(seed):
    factor = np.random.default_rng(seed).normal(size=(D, D - 2))
    free = np.ones(D)
    free[seed % D] = 0.0
    for precision in (LowRankPrecision(factor), DensePrecision(factor @ factor.T), DiagonalPrecision(free)):
        with pytest.raises(np.linalg.LinAlgError, match=r"the precision is singular|not positive definite"):
            precision.solve(np.ones(D))


def test_a_precision_keeps_its_own_copy():
    given = np.ones(3)
    for kind, array in [(DiagonalPrecision, given), (DensePrecision, np.eye(3)), (LowRankPrecision, np.ones((3, 1)))]:
        precision = kind(array)
        before = precision.dense()
        array *= 7.0
        np.testing.assert_array_equal(precision.dense(), before)


def test_times_and_trace(name):
    precision, matrix = structures()[name]
    root = np.random.default_rng(2).normal(size=(D, D))
    np.testing.assert_allclose(precision.times(2.5).dense(), 2.5 * matrix, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(precision.along([2.5, 0.5])[1], 0.5 * matrix, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(precision.trace_with(root @ root.T), np.trace(matrix @ root @ root.T), rtol=1e-12)
