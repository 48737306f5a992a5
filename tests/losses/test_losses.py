"""Losses: derivatives against differences of the value, domains, links and invariances."""

import numpy as np
import pytest

from sktransfer._losses import Binomial, Multinomial, Squared, SquaredSigns
from tests.oracles.differences import derivative
from tests.oracles.linear import pointwise

RNG = np.random.default_rng(0)
N = 7
CASES = {
    "squared": (Squared(), RNG.normal(size=N)),
    "squared, two outputs": (Squared(2), RNG.normal(size=(N, 2))),
    "signs of two classes": (SquaredSigns(1), RNG.integers(0, 2, N)),
    "signs of three classes": (SquaredSigns(3), RNG.integers(0, 3, N)),
    "binomial": (Binomial(), RNG.integers(0, 2, N)),
    "binomial, fractions": (Binomial(), RNG.uniform(size=N)),
    "multinomial": (Multinomial(3), RNG.integers(0, 3, N)),
    "multinomial, two classes": (Multinomial(2), RNG.integers(0, 2, N)),
}
WEIGHT = RNG.uniform(0.1, 3, N)
WEIGHT[2] = 0.0


@pytest.fixture(params=list(CASES))
def case(request):
    loss, y = CASES[request.param]
    eta = np.random.default_rng(1).normal(size=(N, loss.n_outputs))
    return loss, loss.encode(y), eta


def test_gradient_is_the_derivative_of_the_value(case):
    loss, y, eta = case
    value, gradient, _ = loss.gradient(y, eta, WEIGHT)
    expected = derivative(lambda flat: loss.value(y, flat.reshape(eta.shape), WEIGHT), eta.ravel())
    np.testing.assert_allclose(gradient.ravel(), expected, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(value, loss.value(y, eta, WEIGHT), rtol=1e-14)


def test_curvature_is_the_derivative_of_the_gradient(case):
    loss, y, eta = case
    K = loss.n_outputs
    _, _, curvature = loss.gradient(y, eta, WEIGHT)
    blocks = curvature.rows(N, K)
    full = derivative(lambda flat: loss.gradient(y, flat.reshape(eta.shape), WEIGHT)[1].ravel(), eta.ravel())
    for i in range(N):
        rows = slice(i * K, (i + 1) * K)
        np.testing.assert_allclose(blocks[i], full[rows, rows], rtol=1e-9, atol=1e-10)
        full[rows, rows] = 0.0
    np.testing.assert_allclose(full, 0.0, atol=1e-12)
    direction = np.random.default_rng(2).normal(size=eta.shape)
    np.testing.assert_allclose(
        curvature.apply(direction), np.einsum("nkm,nm->nk", blocks, direction), rtol=1e-12, atol=1e-14
    )


def test_value_is_the_weighted_sum_of_rows(case):
    loss, y, eta = case
    rows = loss.pointwise(y, eta)
    # squared loss is scored as scikit-learn's mean squared error: twice the loss, averaged over outputs
    scale = loss.n_outputs / 2 if loss.name == "squared" else 1.0
    np.testing.assert_allclose(loss.value(y, eta, WEIGHT), WEIGHT @ rows * scale, rtol=1e-13)
    np.testing.assert_allclose(scale * rows, pointwise(loss.name, y, eta)[0], rtol=1e-12)


def test_mean_is_y_minus_the_gradient(case):
    loss, y, eta = case
    _, gradient, _ = loss.gradient(y, eta, np.ones(N))
    shown = np.eye(loss.n_outputs)[y] if loss.name == "multinomial" else np.reshape(y, eta.shape)
    np.testing.assert_allclose(loss.mean(eta) - shown, gradient, rtol=1e-12, atol=1e-15)


def test_what_the_losses_say_of_themselves():
    said = {type(loss): (loss.link, loss.quadratic, loss.separable, loss.shift_invariant) for loss, _ in CASES.values()}
    assert said == {
        Squared: ("identity", True, True, False),
        SquaredSigns: ("sign", True, True, False),
        Binomial: ("logit", False, True, False),
        Multinomial: ("logit", False, False, True),
    }


def test_multinomial_does_not_see_a_shift_of_all_classes():
    loss, y = Multinomial(4), np.array([0, 3, 1])
    eta = RNG.normal(size=(3, 4))
    shifted = eta + np.array([[100.0], [-7.0], [0.5]])
    w = np.ones(3)
    np.testing.assert_allclose(loss.value(y, eta, w), loss.value(y, shifted, w), rtol=1e-12)
    _, gradient, curvature = loss.gradient(y, eta, w)
    np.testing.assert_allclose(gradient, loss.gradient(y, shifted, w)[1], rtol=1e-10)
    np.testing.assert_allclose(gradient.sum(1), 0.0, atol=1e-15)
    np.testing.assert_allclose(curvature.apply(np.ones((3, 4))), 0.0, atol=1e-15)


def test_two_classes_are_one_log_odds():
    eta, w = RNG.normal(size=(N, 1)), np.ones(N)
    y = RNG.integers(0, 2, N)
    pair = np.ascontiguousarray(np.hstack([-eta / 2, eta / 2]))
    one, two = Binomial(), Multinomial(2)
    np.testing.assert_allclose(one.value(one.encode(y), eta, w), two.value(y, pair, w), rtol=1e-13)
    np.testing.assert_allclose(one.pointwise(y, eta), two.pointwise(y, pair), rtol=1e-12)
    np.testing.assert_allclose(one.mean(eta)[:, 0], two.mean(pair)[:, 1], rtol=1e-13)


@pytest.mark.parametrize("y", [[0.0, 1.1], [-0.1, 1.0], [np.nan, 1.0]])
def test_binomial_takes_numbers_between_0_and_1(y):
    with pytest.raises(ValueError, match=r"binomial loss takes y between 0 and 1, got values in \["):
        Binomial().encode(y)


@pytest.mark.parametrize("y", [[0, 3], [-1, 2]])
def test_multinomial_takes_class_numbers(y):
    with pytest.raises(ValueError, match=r"class numbers 0\.\.2, got values in"):
        Multinomial(3).encode(y)


def test_encode_does_not_copy_what_is_right_already():
    y = np.array([0.0, 1.0, 1.0])
    assert np.shares_memory(Binomial().encode(y), y)
    assert np.shares_memory(Squared().encode(y), y)
    numbers = np.array([0, 1, 2])
    assert np.shares_memory(Multinomial(3).encode(numbers), numbers)


def test_numbers_of_classes_are_signs():
    numbers = np.array([1, 0, 2])
    np.testing.assert_array_equal(SquaredSigns(3).encode(numbers), 2.0 * np.eye(3)[numbers] - 1.0)
    np.testing.assert_array_equal(SquaredSigns(1).encode(numbers[:2]), [[1.0], [-1.0]])
    signs = np.array([[1.0, 1.0], [-1.0, 1.0]])  # a matrix of labels
    np.testing.assert_array_equal(SquaredSigns(2).encode(signs), signs)


def test_half_deviances_are_sums_over_the_rows_that_weigh(case):
    loss, y, eta = case
    if loss.dispersed:  # a row's loss is the mean of whole squares; here each output has half its own
        expected = 0.5 * WEIGHT @ (y - eta) ** 2
    else:
        expected = [WEIGHT @ loss.pointwise(y, eta)]
    np.testing.assert_allclose(loss.half_deviances(y, eta, WEIGHT), expected, rtol=1e-13)
