"""Fused kernels equal the NumPy lines they replace, for every form of X and any number of threads."""

import numpy as np
import pytest

from sktransfer._designs import ScaledDesign, as_design
from sktransfer._kernels import BINOMIAL, SQUARED, dense_sandwich, dense_sandwich_single, fused_gradient
from sktransfer._losses import Binomial
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior

N, P = 403, 7
FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "strided": lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "float32": lambda X: X.astype(np.float32),
    "float32 F": lambda X: np.asfortranarray(X.astype(np.float32)),
}


def rows(seed=0):
    random = np.random.default_rng(seed)
    weight = random.integers(0, 3, size=N) * 0.7
    return random.normal(size=(N, P)) + 2.0, (random.random(N) < 0.4).astype(float), weight, random.normal(size=P)


def oracle(loss, X, y, w, eta):
    if loss == SQUARED:
        return np.sum(w * (eta - y) ** 2) / 2, w * (eta - y), w
    mu = 1 / (1 + np.exp(-eta))
    return np.sum(w * (np.logaddexp(0, eta) - y * eta)), w * (mu - y), w * mu * (1 - mu)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("block", [1, 64, 403, 1000])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", [SQUARED, BINOMIAL])
def test_fused_gradient(loss, form, block, threads):
    X, y, w, coef = rows()
    X = FORMS[form](X)
    offset = np.linspace(-1, 1, N)
    eta, residual, curvature = offset.copy(), np.empty(N), np.empty(N)
    value, gradient = fused_gradient(loss, X, y, w, coef, eta, residual, curvature, block, threads)
    wide = X.astype(np.float64)
    np.testing.assert_allclose(eta, wide @ coef + offset, rtol=1e-12, atol=1e-12)
    expected = oracle(loss, wide, y, w, eta)
    np.testing.assert_allclose(value, expected[0], rtol=1e-12)
    np.testing.assert_allclose(residual, expected[1], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(curvature, expected[2], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(gradient, wide.T @ residual, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("eta", [-800.0, -40.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_fused_gradient_at_the_extremes(eta, label):
    predictor, residual, curvature = np.array([eta]), np.empty(1), np.empty(1)
    value, _ = fused_gradient(
        BINOMIAL, np.zeros((1, 1)), np.array([label]), np.ones(1), np.zeros(1), predictor, residual, curvature, 1, 1
    )
    wrong_way = eta if label == 0 else -eta
    np.testing.assert_allclose(value, np.logaddexp(0.0, wrong_way), rtol=1e-14)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(abs(residual[0]), 1 / (1 + np.exp(-wrong_way)), rtol=1e-13)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("block", [1, 64, 1000])
@pytest.mark.parametrize("form", FORMS)
def test_sandwich(form, block, threads):
    X, _, w, mean = rows()
    X = FORMS[form](X)
    centred = X.astype(np.float64) - mean
    expected = centred.T @ (w[:, np.newaxis] * centred)
    exact = dense_sandwich(X, w, mean, block, threads)
    single = dense_sandwich_single(X, w, mean, block, threads)
    np.testing.assert_allclose(exact, expected, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(single, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    for result in (exact, single):
        np.testing.assert_array_equal(result, result.T)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_visit_is_the_loss_and_its_gradient(scaled, fit_intercept):
    """The fused road of a Point and the road by parts are the same."""
    X, y, w, coef = rows()
    design = as_design(X)
    if scaled:
        design = ScaledDesign(design, X.mean(axis=0), X.std(axis=0))
    prior = GaussianPrior(np.zeros(P + fit_intercept), DiagonalPrecision(np.ones(P + fit_intercept)))
    term = LossTerm(design, Binomial(), y, w, offset=np.linspace(-1, 1, N))
    objective = Objective([term], [prior], fit_intercept=fit_intercept)
    theta = np.append(coef, 0.3)[: P + fit_intercept]
    fused, parts = objective.at(theta), objective.at(theta)
    assert parts.etas[0].shape == (N, 1)
    np.testing.assert_allclose(fused.theta_gradient, parts.theta_gradient, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(fused.value, parts.value, rtol=1e-13)
    np.testing.assert_allclose(fused.etas[0], parts.etas[0], rtol=1e-12, atol=1e-12)
