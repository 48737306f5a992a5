"""Losses of counts and amounts: differences, deviances, fused kernels, ranges of y, overflow."""

import numpy as np
import pytest
from sklearn.metrics import mean_tweedie_deviance

from sktransfer._kernels import fused_visit
from sktransfer._losses import Gamma, Poisson, Tweedie, TweedieIdentity
from tests.oracles.differences import derivative

N = 9
RANDOM = np.random.default_rng(0)
AMOUNTS, COUNTS = RANDOM.gamma(2.0, 2.0, N), np.append(RANDOM.poisson(2.0, N - 1), 0).astype(float)
WITH_ZERO = np.where(np.arange(N) % 3 == 0, 0.0, AMOUNTS)
CASES = {
    "poisson": (Poisson(), COUNTS),
    "gamma": (Gamma(), AMOUNTS),
    "-1": (Tweedie(-1.0), AMOUNTS - 2),
    "0": (Tweedie(0.0), AMOUNTS - 2),
    "1.3": (Tweedie(1.3), WITH_ZERO),
    "1.9": (Tweedie(1.9), WITH_ZERO),
    "2.5": (Tweedie(2.5), AMOUNTS),
    "3": (Tweedie(3.0), AMOUNTS),
    "identity -1": (TweedieIdentity(-1.0), AMOUNTS - 2),
    "identity 1": (TweedieIdentity(1.0), WITH_ZERO),
    "identity 1.5": (TweedieIdentity(1.5), WITH_ZERO),
    "identity 2": (TweedieIdentity(2.0), AMOUNTS),
    "identity 3": (TweedieIdentity(3.0), AMOUNTS),
}
LOG = [name for name in CASES if "identity" not in name]
WEIGHT = RANDOM.uniform(0.1, 3.0, N)
WEIGHT[2] = 0.0


def case(name):
    loss, y = CASES[name]
    eta = np.random.default_rng(1).normal(size=(N, 1))
    return loss, loss.encode(y), np.exp(eta) if loss.link == "identity" else eta


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_the_derivative_of_the_value(name):
    loss, y, eta = case(name)
    value, gradient, _ = loss.gradient(y, eta, WEIGHT)
    expected = derivative(lambda flat: loss.value(y, flat.reshape(N, 1), WEIGHT), eta.ravel(), step=1e-4)
    np.testing.assert_allclose(gradient[:, 0], expected, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(value, loss.value(y, eta, WEIGHT), rtol=1e-14)


@pytest.mark.parametrize("name", ["poisson", "gamma", "1.3", "1.9"])
def test_curvature_is_the_derivative_of_the_gradient_where_that_is_positive(name):
    loss, y, eta = case(name)
    found = loss.gradient(y, eta, WEIGHT)[2].diagonal
    slope = derivative(lambda flat: loss.gradient(y, flat.reshape(N, 1), WEIGHT)[1].ravel(), eta.ravel())
    np.testing.assert_allclose(found, slope.diagonal(), rtol=1e-8, atol=1e-9)
    assert np.all(found[WEIGHT > 0] > 0)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("-1", "0", "identity -1")])
def test_at_the_mean_the_curvature_is_the_expected_one(name):
    """Where y = mu the observed curvature is its expectation, and that is what the loss says everywhere else."""
    loss, _, eta = case(name)
    mean = loss.encode(loss.mean(eta)[:, 0])
    slope = derivative(lambda flat: loss.gradient(mean, flat.reshape(N, 1), WEIGHT)[1].ravel(), eta.ravel(), step=1e-4)
    np.testing.assert_allclose(loss.gradient(mean, eta, WEIGHT)[2].diagonal, slope.diagonal(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_rows_are_scored_by_half_the_deviance(name):
    loss, y, eta = case(name)
    twice = mean_tweedie_deviance(y, loss.mean(eta)[:, 0], sample_weight=WEIGHT, power=loss.power)
    np.testing.assert_allclose(2 * np.average(loss.pointwise(y, eta), weights=WEIGHT), twice, rtol=1e-10)
    constant = loss.value(y, eta, WEIGHT) - WEIGHT @ loss.pointwise(y, eta)
    moved = eta + 0.1
    np.testing.assert_allclose(loss.value(y, moved, WEIGHT) - WEIGHT @ loss.pointwise(y, moved), constant, rtol=1e-10)


@pytest.mark.parametrize("name", LOG)
def test_the_fused_kernel_is_the_loss(name):
    loss, y, eta = case(name)
    value, gradient, curvature = loss.gradient(y, eta, WEIGHT)
    X, none = eta.copy(), np.zeros(0)
    found = fused_visit(*loss.fused_kernel, X, y, WEIGHT, none, 0.0, np.ones(1), np.zeros(1), 1, 1, N, 1)
    A = np.column_stack([X, np.ones(N)])
    np.testing.assert_allclose(found[0], value, rtol=1e-12)
    np.testing.assert_allclose([*found[1], found[2]], A.T @ gradient[:, 0], rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(found[3], A.T @ (curvature.diagonal[:, np.newaxis] * A), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("far", [0.0, 700.0, 5000.0, -5000.0])
@pytest.mark.parametrize("name", [name for name in LOG if name not in ("-1", "0")])
def test_level_is_the_best_shift(name, far):
    """At the shifted predictors the weighted gradient adds up to zero, however far off they were."""
    loss, y, eta = case(name)
    shifted = eta + far + loss.level(y, eta + far, WEIGHT)
    _, gradient, curvature = loss.gradient(y, shifted, WEIGHT)
    np.testing.assert_allclose(gradient.sum() / curvature.diagonal.sum(), 0.0, atol=1e-11)


def test_there_is_no_best_shift_for_counts_that_are_all_zero():
    assert Poisson().level(np.zeros(3), np.ones((3, 1)), np.ones(3)) == 0.0
    assert Tweedie(0.0).level(-np.ones(3), np.ones((3, 1)), np.ones(3)) == 0.0


@pytest.mark.parametrize("name", LOG)
def test_overflow_is_infinite_or_nan_and_silent(name):
    loss, y, _ = case(name)
    for far in (-2000.0, 2000.0):
        eta = np.full((N, 1), far)
        with np.errstate(all="raise", under="ignore"):
            value, gradient, _ = loss.gradient(y, eta, WEIGHT)
            scores = loss.pointwise(y, eta)
        # above power 2 an infinite mean has a finite deviance
        assert (loss.power > 2 and far > 0) or not value < loss.value(y, np.zeros((N, 1)), WEIGHT)
        assert gradient[2, 0] == 0.0
        assert not np.any(np.isnan(scores))


def test_a_mean_that_is_not_positive_has_infinite_loss():
    loss, y = TweedieIdentity(1.5), np.array([1.0, 2.0])
    eta = np.array([[-1.0], [2.0]])
    assert loss.value(y, eta, np.ones(2)) == np.inf
    assert np.isfinite(loss.value(y, eta, np.array([0.0, 1.0])))
    np.testing.assert_array_equal(np.isinf(loss.pointwise(y, eta)), [True, False])


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (Poisson(), [1.0, -1.0], "Poisson loss takes y of 0 or more, its smallest entry is -1"),
        (Poisson(), [np.nan, 1.0], "Poisson loss takes y of 0 or more"),
        (Gamma(), [1.0, 0.0], "gamma loss takes y above 0, its smallest entry is 0"),
        (Tweedie(1.5), [-0.5], "Tweedie loss of power 1.5 takes y of 0 or more, its smallest entry is -0.5"),
        (Tweedie(3.0), [0.0], "Tweedie loss of power 3 takes y above 0, its smallest entry is 0"),
        (TweedieIdentity(1.0), [-1.0], "Tweedie loss of power 1 takes y of 0 or more"),
        (TweedieIdentity(2.0), [0.0], "Tweedie loss of power 2 takes y above 0"),
    ],
)
def test_y_out_of_range_is_refused(loss, y, message):
    with pytest.raises(ValueError, match=message):
        loss.encode(y)


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_tweedie_refuses_powers_that_are_not_its_own(power):
    with pytest.raises(ValueError, match=rf"at most 0, or above 1 and not 2; got {power}"):
        Tweedie(power)


@pytest.mark.parametrize("power", [0, 0.5])
def test_tweedie_with_identity_refuses_powers_that_are_not_its_own(power):
    with pytest.raises(ValueError, match=rf"below 0 or of 1 or more; got {power}"):
        TweedieIdentity(power)


@pytest.mark.parametrize("name", CASES)
def test_half_deviances_leave_out_rows_of_no_weight(name):
    loss, y, eta = case(name)
    rest = WEIGHT > 0
    expected = WEIGHT[rest] @ loss.pointwise(y[rest], eta[rest])
    far = eta.copy()
    far[~rest] = 1e5
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(loss.half_deviances(y, far, WEIGHT), [expected], rtol=1e-13)
    assert loss.dispersed is (loss.power != 1)  # the variance of counts is their mean
