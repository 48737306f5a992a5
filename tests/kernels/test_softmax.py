"""The fused softmax kernel equals the NumPy lines it replaces, for every form of X and any number of threads."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from sktransfer._designs import ScaledDesign, as_design
from sktransfer._kernels import softmax_gradient
from sktransfer._losses import Multinomial
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior

N, P = 203, 7


def padded(X):
    """Contiguous rows with a gap between them, as BLAS reads them."""
    wide = np.zeros((len(X), X.shape[1] + 3))
    wide[:, : X.shape[1]] = X
    return wide[:, : X.shape[1]]


FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "padded rows": padded,
    "padded columns": lambda X: padded(X.T).T,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "strided": lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "backwards": lambda X: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
    "float32": lambda X: X.astype(np.float32),
    "float32 F": lambda X: np.asfortranarray(X.astype(np.float32)),
}


def rows(K, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(N, P)) + 2.0
    weight = random.integers(0, 3, size=N) * 0.7
    return X, random.integers(0, K, N), weight, random.normal(size=(K, P)), random.normal(size=K)


def oracle(X, y, w, eta):
    residual = w[:, np.newaxis] * (softmax(eta, axis=1) - np.eye(eta.shape[1])[y])
    return w @ (logsumexp(eta, axis=1) - eta[np.arange(len(y)), y]), residual.T @ X, residual.sum(axis=0)


def assert_same(found, expected):
    scale = np.abs(expected[1]).max()
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("block", [1, 64, 203, 1000])
@pytest.mark.parametrize("form", FORMS)
def test_softmax_gradient(form, block, threads):
    X, y, w, coef, intercept = rows(4)
    X = FORMS[form](X)
    for array in (X, y, w, coef, intercept):
        array.flags.writeable = False
    offset = np.random.default_rng(1).normal(size=(4, N)).T
    wide = X.astype(np.float64)
    found = softmax_gradient(X, y, w, coef, intercept, offset, block, threads)
    assert_same(found, oracle(wide, y, w, wide @ coef.T + intercept + offset))


@pytest.mark.parametrize("n_classes", range(2, 11))
def test_any_number_of_classes(n_classes):
    X, y, w, coef, intercept = rows(n_classes)
    found = softmax_gradient(X, y, w, coef, intercept, np.broadcast_to(0.0, (N, n_classes)), 64, 2)
    assert_same(found, oracle(X, y, w, X @ coef.T + intercept))


def test_one_feature_and_one_row():
    found = softmax_gradient(
        np.array([[2.0]]), np.array([1]), np.ones(1), np.array([[0.5], [1.0]]), np.zeros(2), np.zeros((1, 2)), 8, 1
    )
    assert_same(found, oracle(np.array([[2.0]]), np.array([1]), np.ones(1), np.array([[1.0, 2.0]])))


@pytest.mark.parametrize("eta", [-800.0, -40.0, 0.0, 40.0, 800.0])
def test_nothing_overflows_or_cancels(eta):
    """One row of two classes: the loss is log(1 + exp(-margin)) and its slope -1 / (1 + exp(margin))."""
    value, _, sums = softmax_gradient(
        np.zeros((1, 1)), np.array([0]), np.ones(1), np.zeros((2, 1)), np.zeros(2), np.array([[eta, 0.0]]), 1, 1
    )
    np.testing.assert_allclose(value, np.logaddexp(0.0, -eta), rtol=1e-13)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(sums, np.array([-1.0, 1.0]) / (1 + np.exp(eta)), rtol=1e-13)


def test_a_row_without_weight_counts_for_nothing_however_wrong_it_is():
    X, y, _, coef, intercept = rows(3)
    w = np.ones(N)
    w[5] = 0.0
    offset = np.zeros((N, 3))
    offset[5] = [1e300, -1e300, 0.0]
    kept = np.arange(N) != 5
    found = softmax_gradient(X, y, w, coef, intercept, offset, 64, 2)
    rest = softmax_gradient(X[kept], y[kept], w[kept], coef, intercept, offset[kept], 64, 2)
    assert_same(found, rest)


@pytest.mark.parametrize("with_offset", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_visit_is_the_loss_and_its_gradient(scaled, fit_intercept, with_offset):
    """The road of a Point that keeps nothing and the road by parts are the same."""
    X, y, w, coef, intercept = rows(3)
    design = as_design(X)
    if scaled:
        design = ScaledDesign(design, X.mean(axis=0), X.std(axis=0))
    n_params = 3 * (P + fit_intercept)
    prior = GaussianPrior(np.zeros(n_params), DiagonalPrecision(np.ones(n_params)))
    term = LossTerm(design, Multinomial(3), y, w, offset=np.linspace(-1, 1, 3) if with_offset else None)
    objective = Objective([term], [prior], fit_intercept=fit_intercept)
    theta = np.append(coef.ravel(), intercept)[:n_params]
    fused, parts = objective.at(theta), objective.at(theta)
    assert parts.etas[0].shape == (N, 3)
    assert term.visit(objective.layout, theta) is not None
    np.testing.assert_allclose(fused.theta_gradient, parts.theta_gradient, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(fused.value, parts.value, rtol=1e-13)


def test_a_matrix_without_columns_goes_by_parts():
    term = LossTerm(np.zeros((6, 0)), Multinomial(3), [0, 1, 2, 2, 2, 1])
    objective = Objective([term], [])
    point = objective.at(np.zeros(3))
    np.testing.assert_allclose(point.theta_gradient, [1.0, 0.0, -1.0], atol=1e-15)
    np.testing.assert_allclose(point.value, 6 * np.log(3), rtol=1e-15)
