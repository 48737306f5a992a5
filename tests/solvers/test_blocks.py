"""One Hessian block per class: what the approximate inverse is, and that the optimum does not depend on it."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._designs import ScaledDesign, as_design
from sktransfer._losses import Binomial, Multinomial
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import block_preconditioner, choose_solver, conjugate_gradients
from sktransfer._solvers._block_factor import BlockFactor, Blocks, RidgedFactor


def ridge(K, p, strength=1.0, centre=0.0, intercept=0.0):
    diagonal = np.append(np.full(K * p, strength), np.full(K, intercept))
    return GaussianPrior(np.zeros(K * (p + 1)) + centre, DiagonalPrecision(diagonal))


def softmax_rows(n=300, p=6, K=4, seed=0, noise=1.0):
    random = np.random.default_rng(seed)
    X, coef = random.normal(size=(n, p)), random.normal(size=(K, p))
    return X, np.argmax(X @ coef.T + noise * random.gumbel(size=(n, K)), axis=1)


def problem(X, y, K, prior=None, **options):
    term = LossTerm(X, Multinomial(K), y)
    return Objective([term], [prior or ridge(K, X.shape[1])], **options)


def matrix_of(factor, size):
    return np.column_stack([factor.solve(column) for column in np.eye(size)])


def some_theta(objective, seed=3):
    return np.random.default_rng(seed).normal(size=objective.layout.n_params)


# The approximate inverse


@pytest.mark.parametrize("prior", ["ridge", "dense"])
def test_its_parts_are_what_the_formula_says(prior):
    X, y = softmax_rows()
    root = np.random.default_rng(5).normal(size=(28, 28))
    dense = GaussianPrior(np.zeros(28), DensePrecision(root @ root.T))
    objective = problem(X, y, 4, dense if prior == "dense" else ridge(4, 6, intercept=0.3))
    theta = some_theta(objective)
    hessian, blocks = objective.at(theta).hessian(), Blocks.of(objective)
    B = matrix_of(BlockFactor(objective, blocks, theta), 28)
    inner, shifts = np.zeros((28, 28)), np.zeros((28, 7))
    for k in range(4):
        at = objective.layout.output(k)
        inner[np.ix_(at, at)] = np.linalg.inv(hessian[np.ix_(at, at)])
        shifts[at, np.arange(7)] = 0.5
    Q = np.eye(28) - shifts @ shifts.T
    expected = Q @ inner @ Q + shifts @ np.linalg.inv(shifts.T @ hessian @ shifts) @ shifts.T
    np.testing.assert_allclose(B, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


def test_curvature_is_at_most_twice_what_the_blocks_say():
    X, y = softmax_rows()
    objective = problem(X, y, 4, ridge(4, 6, intercept=0.3))
    for theta in (np.zeros(28), some_theta(objective), 20 * some_theta(objective)):
        B = matrix_of(BlockFactor(objective, Blocks.of(objective), theta), 28)
        values = np.linalg.eigvals(B @ objective.at(theta).hessian())
        assert np.abs(values.imag).max() < 1e-8
        assert values.real.min() > 0
        assert values.real.max() < 2 + 1e-6


def test_classes_that_look_alike_share_a_factor():
    X, y = softmax_rows()
    for prior, n_factors in ((ridge(4, 6), 1), (ridge(4, 6, np.repeat(np.arange(1.0, 5), 6)), 4)):
        objective = problem(X, y, 4, prior)
        blocks = Blocks.of(objective)
        shared = BlockFactor(objective, blocks, np.zeros(28), shared=True)
        assert shared.shared
        assert len(shared._factors) == n_factors
        np.testing.assert_allclose(
            matrix_of(shared, 28), matrix_of(BlockFactor(objective, blocks, np.zeros(28)), 28), rtol=1e-7, atol=1e-12
        )
    assert not BlockFactor(objective, blocks, some_theta(objective), shared=True).shared


@pytest.mark.parametrize("tied", [False, True])
def test_classes_that_are_held_have_no_block(tied):
    """Classes 1 and 3 are held; their intercepts may follow the mean of the others."""
    X, y = softmax_rows()
    layout = problem(X, y, 4).layout
    held = np.zeros(28, dtype=bool)
    held[np.concatenate([layout.output(1), layout.output(3)])] = True
    basis = Held.at(np.zeros(28), held).basis.toarray()
    if tied:
        basis[np.ix_([25, 27], [12, 13])] = 0.5
    objective = Objective([LossTerm(X, Multinomial(4), y)], [ridge(4, 6), Held(np.zeros(28), basis)])
    blocks = Blocks.of(objective)
    np.testing.assert_array_equal(blocks.classes, [0, 2])
    np.testing.assert_array_equal(blocks.columns, np.arange(7))
    np.testing.assert_array_equal(blocks.at, [[0, 1, 2, 3, 4, 5, 12], [6, 7, 8, 9, 10, 11, 13]])
    theta = objective.theta(np.random.default_rng(2).normal(size=14))
    B = matrix_of(BlockFactor(objective, blocks, theta), 14)
    np.testing.assert_allclose(B, B.T, rtol=1e-9, atol=1e-12)
    assert np.linalg.eigvalsh(B)[0] > 0
    if not tied:
        shifts = np.zeros((14, 7))
        shifts[blocks.at, np.arange(7)] = np.sqrt(0.5)
        seen = shifts.T @ np.linalg.inv(B) @ shifts
        np.testing.assert_allclose(seen, shifts.T @ objective.at(theta).hessian() @ shifts, rtol=1e-6, atol=1e-8)


def test_a_ridged_factor_of_a_singular_matrix():
    column = np.array([[1.0], [1e-6], [1e6], [0.0]])
    for dtype, rtol in ((np.float32, 1e-3), (np.float64, 1e-6)):
        factor = RidgedFactor(column @ column.T, dtype)
        solution = factor.solve(column[:, 0])
        assert np.all(np.isfinite(solution))
        np.testing.assert_allclose(column @ (column.T @ solution), column[:, 0], rtol=rtol)
    with pytest.raises(FloatingPointError, match="the Hessian is not finite: features or weights are too large"):
        RidgedFactor(np.array([[np.inf]]), np.float32)


def test_thinned_terms_stand_for_all_rows():
    X, y = softmax_rows(n=9)
    weight, offset = np.arange(9.0), np.arange(36.0).reshape(9, 4)
    for design in (X, sp.csr_array(X), ScaledDesign(as_design(X), np.ones(6), np.full(6, 2.0))):
        thin = LossTerm(design, Multinomial(4), y, weight, offset).every(3)
        whole = as_design(design).matvec(np.eye(6))
        np.testing.assert_allclose(thin.design.matvec(np.eye(6)), whole[::3], rtol=1e-14)
        np.testing.assert_allclose(thin.weight, 4 * weight[::3], rtol=1e-14)
        np.testing.assert_array_equal(thin.y, y[::3])
        np.testing.assert_array_equal(thin.offset, offset[::3])
    np.testing.assert_allclose(thin.weight.sum(), weight.sum())


# The solver


def separable():
    X, y = softmax_rows(400, 20, noise=0.0)
    return problem(X, y, 4, ridge(4, 20, 1e-4))


def odd_units():
    X, y = softmax_rows(400, 20)
    return problem(X * np.geomspace(1e-3, 1e3, 20), y, 4)


def odd_units_and_levels():
    X, y = softmax_rows(400, 20)
    units = np.geomspace(1e-3, 1e3, 20)
    return problem(X * units + 5 * units[::-1], y, 4)


def class_of_one_row():
    X, y = softmax_rows(400, 20, K=3)
    y[0] = 3
    return problem(X, y, 4)


def class_without_rows():
    X, y = softmax_rows(400, 20, K=3)
    return problem(X, y, 4, ridge(4, 20, 1.0, np.random.default_rng(1).normal(size=84), intercept=0.5))


def wide():
    return problem(*softmax_rows(30, 60), 4, ridge(4, 60, 0.1))


def far_from_the_start():
    return problem(*softmax_rows(400, 20), 4, ridge(4, 20, centre=10 * np.random.default_rng(1).normal(size=84)))


def sparse():
    X, y = softmax_rows(400, 20)
    return problem(sp.csr_array(np.where(np.abs(X) > 1, X, 0.0)), y, 4)


def dense_prior():
    root = np.random.default_rng(5).normal(size=(84, 84))
    return problem(*softmax_rows(400, 20), 4, GaussianPrior(np.ones(84), DensePrecision(root @ root.T / 84)))


def no_prior():
    return problem(*softmax_rows(400, 20), 4, GaussianPrior(np.zeros(84), DiagonalPrecision(np.zeros(84))))


def rows_in_threes():
    """Features and classes take turns, so that every third row is unlike the others."""
    X, _ = softmax_rows(7000, 40, K=3)
    return problem(X * np.geomspace(1, 0.01, 40) + np.arange(7000)[:, np.newaxis] % 3, np.arange(7000) // 2 % 3, 3)


REGULAR = [odd_units, class_of_one_row, class_without_rows, wide, far_from_the_start, sparse, dense_prior, no_prior]


@pytest.mark.parametrize("make", REGULAR)
def test_the_same_optimum_as_newton(make):
    objective = make()
    start = objective.priors[0].centre
    result, newton = (
        choose_solver(name, objective).solve(objective, start, tol=1e-12) for name in ("blocks", "newton-cholesky")
    )
    assert result.converged
    assert newton.converged
    np.testing.assert_allclose(result.theta, newton.theta, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("make", [separable, odd_units_and_levels])
def test_the_certificate_is_met_where_the_objective_is_all_but_flat(make):
    objective = make()
    start = objective.priors[0].centre
    result, newton = (
        choose_solver(name, objective).solve(objective, start, tol=1e-9) for name in ("blocks", "newton-cholesky")
    )
    assert result.converged
    assert newton.converged
    np.testing.assert_allclose(result.value, newton.value, rtol=1e-8)


def test_blocks_from_some_of_the_rows_find_the_optimum_of_all(monkeypatch):
    steps = []
    plain = LossTerm.every
    monkeypatch.setattr(LossTerm, "every", lambda term, step: (steps.append(step), plain(term, step))[1])
    objective = rows_in_threes()
    result = choose_solver("blocks", objective).solve(objective, np.zeros(123), tol=1e-11)
    assert result.converged
    assert set(steps) == {3}
    newton = choose_solver("newton-cholesky", objective).solve(objective, np.zeros(123), tol=1e-11)
    np.testing.assert_allclose(result.theta, newton.theta, rtol=0, atol=1e-7)


@pytest.mark.parametrize("K", [2, 3, 7])
def test_blocks_end_level_with_their_start(K):
    X, y = softmax_rows(K=K)
    objective, start = problem(X, y, K), np.random.default_rng(4).normal(size=7 * K)
    result = choose_solver("blocks", objective).solve(objective, start)
    np.testing.assert_allclose(np.sum((result.theta - start)[6 * K :]), 0.0, atol=1e-12)


REFUSALS = [
    (lambda X, y: Objective([LossTerm(X, Binomial(), y > 1)], []), "blocks by class are for several classes"),
    (
        lambda X, y: problem(X, y, 4, lower=np.zeros(28)),
        "coefficients with bounds are not for Newton steps",
    ),
    (
        lambda X, y: Objective([LossTerm(X, Multinomial(4), y)], [Held.at(np.zeros(28), np.arange(28) == 3)]),
        "what is held cuts across classes",
    ),
    (
        lambda X, y: Objective([LossTerm(X, Multinomial(4), y)], [Held(np.zeros(28), 2 * np.eye(28))]),
        "what is held cuts across classes",
    ),
]


@pytest.mark.parametrize("make, reason", REFUSALS)
def test_blocks_refuse_with_their_reason(make, reason):
    objective = make(*softmax_rows())
    with pytest.raises(ValueError) as refused:
        choose_solver("blocks", objective)
    assert str(refused.value) == f"solver='blocks' cannot be used here: {reason}. Use solver='auto'."
    assert block_preconditioner(objective.at(np.zeros(objective.layout.n_params))) is None


def test_auto_takes_blocks_for_many_features_and_rows():
    X, y = softmax_rows(5000, 100, noise=3.0)
    assert choose_solver("auto", problem(X, y, 4)).name == "blocks"


def test_blocks_as_a_preconditioner_change_the_road_only():
    X, y = softmax_rows(400, 20)
    objective = problem(X, y, 4, ridge(4, 20, intercept=0.5))
    point, right = objective.at(some_theta(objective)), np.arange(84.0)
    precondition = block_preconditioner(point)
    assert precondition is not None
    found = conjugate_gradients(point, 1e-12, right, precondition)
    np.testing.assert_allclose(found, np.linalg.solve(point.hessian(), right), rtol=1e-8)
