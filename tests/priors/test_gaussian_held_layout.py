"""The Gaussian prior against its formula; held directions; where parameters stand."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held, Layout, LowRankPrecision
from tests.oracles.differences import derivative

D = 5
RNG = np.random.default_rng(0)
ROOT, CENTRE, THETA = RNG.normal(size=(D, D)), RNG.normal(size=D), RNG.normal(size=D)
PRECISIONS = {
    "diagonal": DiagonalPrecision(np.array([0.0, 1.0, 2.0, 0.5, 0.0])),
    "dense": DensePrecision(ROOT @ ROOT.T),
    "low rank": LowRankPrecision(ROOT[:, :2]),
}


@pytest.mark.parametrize("name", list(PRECISIONS))
def test_gaussian_prior_is_its_formula(name):
    precision = PRECISIONS[name]
    prior, matrix, delta = GaussianPrior(CENTRE, precision), precision.dense(), THETA - CENTRE
    np.testing.assert_allclose(prior.value(THETA), delta @ matrix @ delta / 2, rtol=1e-13)
    np.testing.assert_allclose(prior.gradient(THETA), matrix @ delta, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(prior.gradient(THETA), derivative(prior.value, THETA), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(prior.product(THETA), matrix @ THETA, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(prior.diagonal(), matrix.diagonal(), rtol=1e-14)
    into = np.ones((D, D))
    prior.add_to(into)
    np.testing.assert_allclose(into, 1 + matrix, rtol=1e-14)
    assert prior.value(CENTRE) == 0.0


def test_gaussian_prior_solves_and_is_cut():
    prior = GaussianPrior(CENTRE, PRECISIONS["dense"])
    np.testing.assert_allclose(prior.solve(THETA), np.linalg.solve(ROOT @ ROOT.T, THETA), rtol=1e-9)
    assert prior.cut(np.array([0, 1])) is None
    cut = GaussianPrior(CENTRE, PRECISIONS["diagonal"]).cut(np.array([3, 1]))
    np.testing.assert_array_equal(cut.centre, CENTRE[[3, 1]])
    np.testing.assert_array_equal(cut.diagonal(), [0.5, 1.0])


def test_gaussian_prior_keeps_its_own_centre():
    given = np.ones(D)
    prior = GaussianPrior(given, PRECISIONS["dense"])
    given[:] = 9.0
    np.testing.assert_array_equal(prior.centre, 1.0)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array, sp.csc_array])
def test_held_keeps_theta_in_an_affine_space(kind):
    basis = ROOT[:, :3]
    held = Held(CENTRE, kind(basis))
    u = np.array([0.5, -2.0, 1.0])
    np.testing.assert_allclose(held.theta(u), CENTRE + basis @ u, rtol=1e-14)
    np.testing.assert_allclose(held.coordinates(held.theta(u)), u, rtol=1e-11)
    nearest = np.linalg.lstsq(basis, THETA - CENTRE, rcond=None)[0]
    np.testing.assert_allclose(held.coordinates(THETA), nearest, rtol=1e-11)
    projected = held.theta(held.coordinates(THETA))
    np.testing.assert_allclose(basis.T @ (THETA - projected), 0.0, atol=1e-13)


def test_held_at_some_parameters():
    mask = np.array([True, False, False, True, False])
    held = Held.at(CENTRE, mask)
    np.testing.assert_array_equal(held.coordinates(THETA), THETA[~mask])
    np.testing.assert_array_equal(held.theta(THETA[~mask]), np.where(mask, CENTRE, THETA))


def test_held_parameters_are_a_basis_of_unit_vectors():
    """What is done by index is what the basis says."""
    mask = np.array([True, False, False, True, False])
    held, u, matrix = Held.at(CENTRE, mask), np.array([0.5, -2.0, 1.0]), ROOT @ ROOT.T
    basis = held.basis.toarray()
    np.testing.assert_array_equal(basis, np.eye(D)[:, ~mask])
    plain = Held(held.centre, basis)
    assert held.n_free == plain.n_free == 3
    for each in (held, plain):
        np.testing.assert_allclose(each.lift(u), basis @ u, rtol=1e-14)
        np.testing.assert_allclose(each.lift(np.outer(u, u)), basis @ np.outer(u, u), rtol=1e-14)
        np.testing.assert_allclose(each.drop(THETA), basis.T @ THETA, rtol=1e-14)
        np.testing.assert_allclose(each.drop(matrix), basis.T @ matrix, rtol=1e-14)
        np.testing.assert_allclose(each.reduce(matrix), basis.T @ matrix @ basis, rtol=1e-14)
    np.testing.assert_array_equal(held.also(CENTRE, ~mask).theta(np.zeros(0)), CENTRE)


@pytest.mark.parametrize("mask, n_free", [(True, 0), (False, D)])
def test_held_at_all_or_none(mask, n_free):
    held = Held.at(CENTRE, np.full(D, mask))
    u = held.coordinates(THETA)
    assert u.shape == (n_free,)
    np.testing.assert_array_equal(held.theta(u), CENTRE if mask else THETA)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("K, p", [(1, 3), (3, 2), (2, 0)])
def test_layout(K, p, fit_intercept):
    layout = Layout(K, p, fit_intercept)
    assert layout.n_coefs == K * p
    assert layout.n_params == K * p + K * fit_intercept
    coef, intercept = RNG.normal(size=(K, p)), RNG.normal(size=K)
    theta = layout.join(coef, intercept)
    np.testing.assert_array_equal(theta, np.append(coef.ravel(), intercept) if fit_intercept else coef.ravel())
    coef_back, intercept_back = layout.split(theta)
    np.testing.assert_array_equal(coef_back, coef)
    assert coef_back.base is not None
    if fit_intercept:
        np.testing.assert_array_equal(intercept_back, intercept)
    else:
        assert intercept_back is None
    for k in range(K):
        expected = np.append(coef[k], intercept[k]) if fit_intercept else coef[k]
        np.testing.assert_array_equal(theta[layout.output(k)], expected)
    everything = np.concatenate([layout.output(k) for k in range(K)])
    np.testing.assert_array_equal(np.sort(everything), np.arange(layout.n_params))
    assert layout.of_one_output == Layout(1, p, fit_intercept)


def test_split_gives_views_and_join_repeats_one_intercept():
    layout = Layout(2, 3)
    theta = np.zeros(8)
    coef, intercept = layout.split(theta)
    coef[1, 2], intercept[0] = 5.0, 7.0
    np.testing.assert_array_equal(theta, [0, 0, 0, 0, 0, 5, 7, 0])
    np.testing.assert_array_equal(layout.join(np.zeros((2, 3)), 4.0)[6:], [4.0, 4.0])


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_blocks_of_a_matrix_are_its_rows_and_columns_of_two_outputs(fit_intercept):
    layout, rng = Layout(4, 3, fit_intercept), np.random.default_rng(0)
    matrix = rng.normal(size=(layout.n_params, layout.n_params))
    added, before = rng.normal(size=(3 + fit_intercept, 3 + fit_intercept)), matrix.copy()
    for k, m in np.ndindex(4, 4):
        place = np.ix_(layout.output(k), layout.output(m))
        block = layout.block(matrix, k, m)
        np.testing.assert_array_equal(block, before[place])
        block += 1.0  # a copy
        layout.add_block(matrix, k, m, added)
        np.testing.assert_array_equal(matrix[place], before[place] + added)
    np.testing.assert_array_equal(before + _tiled(layout, added), matrix)


def _tiled(layout, block):
    """``block`` at every pair of outputs."""
    whole = np.zeros((layout.n_params, layout.n_params))
    for k, m in np.ndindex(layout.n_outputs, layout.n_outputs):
        whole[np.ix_(layout.output(k), layout.output(m))] = block
    return whole
