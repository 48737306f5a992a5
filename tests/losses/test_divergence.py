"""Fenchel-Young divergences: what they are by definition, where they are zero, where there are none."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar

from sktransfer._losses import Binomial, Gamma, Multinomial, Poisson, Squared, Tweedie, TweedieIdentity

RANDOM = np.random.default_rng(0)
N = 8
ETA = RANDOM.normal(size=(N, 1))
CASES = {
    "squared": (Squared(), RANDOM.normal(size=N)),
    "binomial": (Binomial(), np.arange(N) % 2),
    "poisson": (Poisson(), RANDOM.poisson(2.0, N)),
    "gamma": (Gamma(), RANDOM.gamma(2.0, size=N)),
    "1.3": (Tweedie(1.3), RANDOM.gamma(2.0, size=N) * (np.arange(N) % 3 > 0)),
    "1.8": (Tweedie(1.8), RANDOM.gamma(2.0, size=N) * (np.arange(N) % 3 > 0)),
}


def rows(name):
    loss, y = CASES[name]
    y = loss.encode(y)
    return loss, y, loss.gradient(y, ETA, np.ones(N))[1]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("share", [0.9, 0.3])
def test_it_is_what_a_tangent_leaves_out(name, share):
    """``f(eta) + f*(r) - r eta``, f*(r) the largest of ``r t - f(t)``."""
    loss, y, slope = rows(name)
    found = loss.divergence(y, ETA, (share - 1) * slope)
    for i in range(N):
        one, r = np.ones(1), share * slope[i, 0]

        def value(t, i=i, one=one, r=r):
            return loss.value(y[i : i + 1], np.array([[t]]), one) - r * t

        lowest = minimize_scalar(value, bounds=(-20, 20), method="bounded", options={"xatol": 1e-12}).fun
        assert_allclose(found[i], value(ETA[i, 0]) - lowest, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_near_zero_it_is_half_a_square_over_the_curvature(name):
    """To relative precision: no digits cancel."""
    loss, y, slope = rows(name)
    change = 1e-7 * (1 + np.abs(slope))
    curvature = loss.gradient(y, ETA, np.ones(N))[2].block(0, 0)
    assert_allclose(loss.divergence(y, ETA, change), change[:, 0] ** 2 / (2 * curvature), rtol=1e-4)
    assert_allclose(loss.divergence(y, ETA, 0 * change), 0, atol=1e-30)


def test_several_classes():
    """Relative entropy of the probabilities, changed over unchanged."""
    loss, eta = Multinomial(3), RANDOM.normal(size=(N, 3))
    y, p = np.arange(N) % 3, loss.mean(eta)
    other = loss.mean(RANDOM.normal(size=(N, 3)))
    expected = np.sum(other * np.log(other / p), axis=1)
    assert_allclose(loss.divergence(y, eta, other - p), expected, rtol=1e-10)
    assert_allclose(loss.divergence(y, eta, np.eye(3)[y] - p), loss.pointwise(y, eta), rtol=1e-10)


@pytest.mark.parametrize(
    "loss, y, change", [(Binomial(), 1, 2.0), (Poisson(), 0, -3.0), (Gamma(), 1.0, 3.0), (Tweedie(1.5), 0.0, -3.0)]
)
def test_slopes_that_the_loss_never_has_are_infinitely_far(loss, y, change):
    assert loss.divergence(loss.encode([y]), np.zeros((1, 1)), np.array([[change]])) == np.inf


@pytest.mark.parametrize("loss", [Tweedie(3.0), Tweedie(-1.0), Tweedie(0.0), TweedieIdentity(1.5)])
def test_losses_that_are_not_convex_have_none(loss):
    assert loss.divergence is None
    assert loss.steepest == np.inf


@pytest.mark.parametrize("loss, K", [(Squared(), 1), (Binomial(), 1), (Multinomial(4), 4)])
def test_no_curvature_is_above_the_steepest(loss, K):
    eta = 3 * np.random.default_rng(1).normal(size=(500, K)) * (np.arange(500) % 2)[:, np.newaxis]
    y = loss.encode(np.arange(500) % 2)
    blocks = loss.gradient(y, eta, np.ones(500))[2].rows(500, K)
    assert np.linalg.eigvalsh(blocks).max() <= loss.steepest * (1 + 1e-12)
