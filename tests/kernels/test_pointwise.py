"""Fused losses equal the NumPy lines in their docstrings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logsumexp, softmax

from sktransfer._kernels import binomial_gradient, binomial_value, multinomial_gradient, multinomial_value

THREADS = [1, 2, 5]
ETA = st.floats(-800, 800, allow_subnormal=False)


def binomial(eta, y, w, threads=1):
    gradient, curvature = np.empty(len(eta)), np.empty(len(eta))
    return binomial_gradient(y, eta, w, gradient, curvature, threads), gradient, curvature


def multinomial(eta, y, w, threads=1):
    gradient, p = np.empty_like(eta), np.empty_like(eta)
    return multinomial_gradient(y, eta, w, gradient, p, threads), gradient, p


@pytest.mark.parametrize("threads", THREADS)
def test_binomial_equals_numpy(threads):
    rng = np.random.default_rng(0)
    eta, y, w = 5 * rng.normal(size=501), rng.integers(0, 2, 501).astype(float), rng.uniform(0, 3, 501)
    value, gradient, curvature = binomial(eta, y, w, threads)
    mu, nu = expit(eta), expit(-eta)
    expected = np.sum(w * (np.logaddexp(0, eta) - y * eta))
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(binomial_value(y, eta, w, threads), expected, rtol=1e-13)
    np.testing.assert_allclose(gradient, w * (mu - y), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(curvature, w * mu * nu, rtol=1e-12)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("n_outputs", [2, 3, 7])
def test_multinomial_equals_numpy(n_outputs, threads):
    rng = np.random.default_rng(1)
    eta, w = 3 * rng.normal(size=(301, n_outputs)), rng.uniform(0, 3, 301)
    y = rng.integers(0, n_outputs, 301)
    value, gradient, p = multinomial(eta, y, w, threads)
    expected = np.sum(w * (logsumexp(eta, axis=1) - eta[np.arange(301), y]))
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(multinomial_value(y, eta, w, threads), expected, rtol=1e-13)
    np.testing.assert_allclose(p, softmax(eta, axis=1), rtol=1e-13)
    np.testing.assert_allclose(gradient, w[:, None] * (p - np.eye(n_outputs)[y]), rtol=1e-10, atol=1e-14)


@given(eta=arrays(float, 6, elements=ETA), y=arrays(float, 6, elements=st.sampled_from([0.0, 1.0])))
def test_binomial_is_finite_and_exact_at_the_extremes(eta, y):
    w = np.ones(6)
    value, gradient, curvature = binomial(eta, y, w)
    np.testing.assert_allclose(value, np.sum(np.logaddexp(0, np.where(y == 1, -eta, eta))), rtol=1e-12, atol=1e-300)
    # y = 1: mu - 1 = -expit(-eta), to all digits however small
    np.testing.assert_allclose(gradient, np.where(y == 1, -expit(-eta), expit(eta)), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(curvature, expit(eta) * expit(-eta), rtol=1e-12, atol=1e-300)


@given(eta=arrays(float, (4, 3), elements=ETA), y=arrays(np.intp, 4, elements=st.integers(0, 2)))
def test_multinomial_is_finite_and_exact_at_the_extremes(eta, y):
    w = np.ones(4)
    value, gradient, p = multinomial(eta, y, w)
    shown = eta[np.arange(4), y]
    np.testing.assert_allclose(value, np.sum(logsumexp(eta, axis=1) - shown), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(p, softmax(eta, axis=1), rtol=1e-10, atol=1e-300)
    # the shown class: -(sum of the other probabilities), to all digits however small
    others = np.where(np.eye(3)[y] == 1, 0.0, p)
    np.testing.assert_allclose(gradient[np.arange(4), y], -others.sum(1), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("extreme", [800.0, -800.0, 1e300, -1e300])
def test_rows_of_weight_zero_add_nothing_whatever_they_hold(extreme):
    y, eta, w = np.array([1.0, 0.0]), np.array([0.3, extreme]), np.array([2.0, 0.0])
    value, gradient, curvature = binomial(eta, y, w)
    np.testing.assert_allclose(value, 2 * (np.logaddexp(0, 0.3) - 0.3), rtol=1e-14)
    assert (gradient[1], curvature[1]) == (0.0, 0.0)
    assert binomial_value(y, eta, w, 1) == value
    both = np.array([[0.1, 0.5], [extreme, -extreme]])
    value, gradient, _ = multinomial(both, np.array([0, 0]), w)
    np.testing.assert_allclose(value, 2 * (logsumexp(both[0]) - 0.1), rtol=1e-14)
    np.testing.assert_array_equal(gradient[1], 0.0)
    assert multinomial_value(np.array([0, 0]), both, w, 1) == value


def test_no_rows():
    none = np.zeros(0)
    assert binomial_value(none, none, none, 1) == 0.0
    assert binomial(none, none, none)[0] == 0.0
    assert multinomial_value(np.zeros(0, np.intp), np.zeros((0, 3)), none, 1) == 0.0


def test_inputs_may_be_read_only_and_are_left_alone():
    rng = np.random.default_rng(2)
    eta, y, w = rng.normal(size=(9, 3)), rng.integers(0, 3, 9), rng.uniform(size=9)
    kept = [a.copy() for a in (eta, y, w)]
    for array in (eta, y, w):
        array.flags.writeable = False
    multinomial(eta, y, w)
    binomial(np.ascontiguousarray(eta[:, 0]), (y > 0).astype(float), w)
    for array, before in zip((eta, y, w), kept, strict=True):
        np.testing.assert_array_equal(array, before)
