"""Fused kernels equal the NumPy lines they replace, for every form of X and any number of threads."""

import numpy as np
import pytest

from sktransfer._designs import ScaledDesign, as_design
from sktransfer._kernels import BINOMIAL, GAMMA, POISSON, SQUARED, TWEEDIE, dense_sandwich, fused_visit
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


POWERS = {SQUARED: 0.0, BINOMIAL: 0.0, POISSON: 0.0, GAMMA: 0.0, TWEEDIE: 1.4}


def rows(seed=0):
    random = np.random.default_rng(seed)
    weight = random.integers(0, 3, size=N) * 0.7
    return random.normal(size=(N, P)) + 2.0, (random.random(N) < 0.4).astype(float), weight, random.normal(size=P) / 4


def weighted_derivatives(loss, y, w, eta):
    """Value, first and second derivative of the weighted loss."""
    mu, q = np.exp(eta), POWERS[loss]
    if loss == SQUARED:
        parts = (eta - y) ** 2 / 2, eta - y, np.ones_like(eta)
    elif loss == BINOMIAL:
        parts = np.logaddexp(0, eta) - y * eta, mu / (1 + mu) - y, mu / (1 + mu) ** 2
    elif loss == POISSON:
        parts = mu - y * eta, mu - y, mu
    elif loss == GAMMA:
        parts = eta + y / mu, 1 - y / mu, y / mu
    else:
        a, b = mu ** (2 - q), y * mu ** (1 - q)
        parts = a / (2 - q) - b / (1 - q), a - b, (2 - q) * a - (1 - q) * b
    return np.sum(w * parts[0]), w * parts[1], w * parts[2]


def visit(loss, X, y, w, coef, offset, second, *, block=64, threads=1, intercept=0.0, mean=None, ones=1):
    mean = np.zeros(X.shape[1]) if mean is None else mean
    level = {None: 0, "double": 1, "single": 2}[second]
    return fused_visit(loss, POWERS[loss], X, y, w, offset, intercept, coef, mean, level, ones, block, threads)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("block", [1, 64, 403, 1000])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", POWERS)
def test_fused_visit(loss, form, block, threads):
    X, y, w, coef = rows()
    X = FORMS[form](X)
    X.flags.writeable = False
    offset, wide = np.linspace(-1, 1, N), X.astype(np.float64)
    value, residual, curvature = weighted_derivatives(loss, y, w, wide @ coef + offset + 0.3)
    found = visit(loss, X, y, w, coef, offset, "double", block=block, threads=threads, intercept=0.3, mean=coef)
    np.testing.assert_allclose(found[0], value, rtol=1e-12)
    np.testing.assert_allclose(found[1], wide.T @ residual, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(found[2], residual.sum(), rtol=1e-11, atol=1e-11)
    A = np.column_stack([wide - coef, np.ones(N)])
    np.testing.assert_allclose(found[3], A.T @ (curvature[:, np.newaxis] * A), rtol=1e-11, atol=1e-10)
    again = visit(loss, X, y, w, coef, offset, None, block=block, threads=threads, intercept=0.3)
    assert again[3] is None
    np.testing.assert_array_equal(again[1], found[1])


@pytest.mark.parametrize("ones", [0, 1])
@pytest.mark.parametrize("p", [0, 1, 3, 4, 8, 9, 16, 21])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_columns(dtype, order, p, ones):
    """Columns beyond the last whole group of eight, rows beyond the last whole group of four."""
    random = np.random.default_rng(p)
    X = np.asarray(random.normal(size=(N, p)), dtype=dtype, order=order)
    y, w, coef = random.normal(size=N), random.random(N), random.normal(size=p)
    wide = X.astype(np.float64)
    residual, nothing = w * (wide @ coef - y), np.zeros(0)
    A = np.column_stack([wide, np.ones((N, ones))])
    for second, tolerance in (("double", 1e-10), ("single", 1e-4)):
        _, gradient, total, hessian = visit(SQUARED, X, y, w, coef, nothing, second, ones=ones, threads=2)
        np.testing.assert_allclose(gradient, wide.T @ residual, atol=1e-10)
        np.testing.assert_allclose(total, residual.sum(), atol=1e-10)
        np.testing.assert_allclose(hessian, A.T @ (w[:, np.newaxis] * A), atol=tolerance)


@pytest.mark.parametrize("eta", [-800.0, -40.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_binomial_at_the_extremes(eta, label):
    X, nothing = np.zeros((1, 1)), np.zeros(0)
    value, _, residual, _ = visit(BINOMIAL, X, np.array([label]), np.ones(1), np.zeros(1), nothing, None, intercept=eta)
    wrong_way = eta if label == 0 else -eta
    np.testing.assert_allclose(value, np.logaddexp(0.0, wrong_way), rtol=1e-14, atol=1e-300)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(abs(residual), 1 / (1 + np.exp(-wrong_way)), rtol=1e-13, atol=1e-300)


def test_a_predictor_that_is_no_number_is_not_hidden():
    for bad in (np.nan, np.inf):
        X, nothing = np.array([[0.0], [bad]]), np.zeros(0)
        value, gradient, _, _ = visit(BINOMIAL, X, np.zeros(2), np.ones(2), np.zeros(1), nothing, None)
        assert np.isnan(value)
        assert np.isnan(gradient).all()


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("block", [1, 64, 1000])
@pytest.mark.parametrize("form", FORMS)
def test_sandwich(form, block, threads):
    X, _, w, mean = rows()
    X = FORMS[form](X)
    A = np.column_stack([X.astype(np.float64) - mean, np.ones(N)])
    expected = A.T @ (w[:, np.newaxis] * A)
    for ones, kept in ((1, slice(None)), (0, slice(P))):
        exact = dense_sandwich(X, w, mean, block, threads, ones=ones)
        single = dense_sandwich(X, w, mean, block, threads, single=True, ones=ones)
        np.testing.assert_allclose(exact, expected[kept, kept], rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(single, expected[kept, kept], rtol=1e-5, atol=1e-5 * np.abs(expected).max())
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
    np.testing.assert_allclose(fused.loss_hessian(), parts.loss_hessian(), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(fused.etas[0], parts.etas[0], rtol=1e-12, atol=1e-12)
