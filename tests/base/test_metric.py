"""The metric and the intercept's pull against closed forms, for squared, logistic and multinomial loss.

``strength * (Delta' M Delta + tau * (intercept - intercept_source)^2) / 2`` on top of a plain sum of losses.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.linalg import block_diag
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from tests.oracles.linear import minimise

P = 3
KINDS = {"ridge": ("squared", 1), "two targets": ("squared", 2), "binary": ("binomial", 1), "three": ("multinomial", 3)}
ARRAYS = ("(p,)", "(p, p)", "(K*p,)", "(K*p, K*p)", "zeros", "low rank")
PULLS = (0.0, 0.3, 1.0, 5.0, np.inf)


def _labels(eta):
    return eta.argmax(axis=1)


def _problem(kind):
    """(model, X, y, weight, Source with precision): features off centre and of different scales."""
    rng = np.random.default_rng(11)
    K = KINDS[kind][1]
    draws = []
    for n in (200, 80):
        X = rng.normal(size=(n, P)) * [1.0, 2.0, 0.5] + [1.0, -2.0, 0.5]
        slopes = np.array([[1.0, -0.5, 0.7], [-0.3, 0.4, 1.0], [0.0, 0.5, -1.0]])[:K]
        draws.append((X, X @ slopes.T + rng.logistic(size=(n, K)) + [0.5, 0.2, -0.3][:K]))
    (X_source, eta_source), (X, eta) = draws
    if kind in ("ridge", "two targets"):
        make = np.ravel if K == 1 else np.array
        fitted, model = Ridge(alpha=3.0), TransferRidge()
    else:
        make = (lambda eta: (eta[:, 0] > 0).astype(int)) if K == 1 else _labels
        fitted, model = LogisticRegression(C=0.5, tol=1e-10), TransferLogisticRegression(tol=1e-12)
    source = Source.from_estimator(fitted.fit(X_source, make(eta_source)), X=X_source)
    source = source.align(n_features=P, classes=source.classes, n_outputs=None)  # centred over the classes
    source = Source(source.coef, source.intercept, precision=source.precision, classes=source.classes)
    return model.set_params(source=source), X, make(eta), rng.uniform(0.5, 2.0, size=len(X)), source


def _strengthen(model, strength):
    name = "alpha" if isinstance(model, TransferRidge) else "C"
    return model.set_params(**{name: strength if name == "alpha" else 1 / strength})


def _array(shape, K):
    rng = np.random.default_rng(2)
    roots = {size: rng.normal(size=(size, size)) for size in (P, K * P)}
    return {
        "(p,)": rng.uniform(0.2, 3.0, size=P),
        "(p, p)": roots[P] @ roots[P].T,
        "(K*p,)": rng.uniform(0.2, 3.0, size=K * P),
        "(K*p, K*p)": roots[K * P] @ roots[K * P].T / K,
        "zeros": np.zeros(P),
        "low rank": np.outer([1.0, -1.0, 0.0], [1.0, -1.0, 0.0]),
    }[shape]


def _full(array, K):
    """The metric as a matrix on all slopes."""
    array = np.diag(array) if array.ndim == 1 else array
    return array if len(array) == K * P else block_diag(*[array] * K)


def _oracle(kind, X, y, weight, source, slopes, pull):
    """(coef (K, p), intercept (K,)): ``slopes`` on the slopes, ``pull`` (K,) on the intercepts, infinity holds."""
    loss, K = KINDS[kind]
    coef, intercept = np.atleast_2d(source.coef), np.atleast_1d(source.intercept)
    y = y.astype(float) if loss == "binomial" else y
    if np.isinf(pull).all():
        theta = minimise(X, y, weight, intercept, loss, coef.ravel(), slopes, False, K)
        return theta.reshape(K, P), intercept
    centre, precision = np.append(coef, intercept), block_diag(slopes, np.diag(pull))
    theta = minimise(X, y, weight, None, loss, centre, precision, True, K)
    return theta[: K * P].reshape(K, P), theta[K * P :]


def _assert_fitted(model, coef, intercept, rtol=1e-6):
    K = len(coef)
    fitted, levels = np.reshape(model.coef_, (K, P)), np.ravel(model.intercept_)
    if isinstance(model, TransferLogisticRegression) and K > 1:  # where no prior sees it, a shift is free
        levels, intercept = levels - levels.mean(), intercept - intercept.mean()
        fitted, coef = fitted - fitted.mean(axis=0), coef - coef.mean(axis=0)
    assert_allclose(fitted, coef, rtol=rtol, atol=1e-7)
    assert_allclose(levels, intercept, rtol=rtol, atol=1e-7)


@pytest.mark.parametrize("shape", ARRAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_arrays(kind, shape):
    model, X, y, weight, source = _problem(kind)
    K, strength = KINDS[kind][1], 2.5
    metric = _array(shape, K)
    before = metric.copy()
    wanted = _oracle(kind, X, y, weight, source, strength * _full(metric, K), np.zeros(K))
    _strengthen(model, strength).set_params(metric=metric).fit(X, y, weight)
    _assert_fitted(model, *wanted)
    assert_array_equal(metric, before)
    _assert_fitted(model.set_params(metric=metric.tolist()).fit(sparse.csr_array(X), y, weight), *wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_one_metric_in_all_its_shapes(kind):
    model, X, y, weight, _ = _problem(kind)
    K, diagonal = KINDS[kind][1], np.array([0.5, 1.0, 4.0])
    shapes = [diagonal, np.diag(diagonal), np.tile(diagonal, K), np.diag(np.tile(diagonal, K))]
    fits = [model.set_params(metric=metric).fit(X, y, weight).coef_ for metric in shapes]
    for coef in fits[1:]:
        assert_allclose(coef, fits[0], rtol=1e-7)
    ones = model.set_params(metric=np.ones(P)).fit(X, y, weight).coef_
    assert_allclose(model.set_params(metric="identity").fit(X, y, weight).coef_, ones, rtol=1e-10)


@pytest.mark.parametrize("pull", PULLS)
@pytest.mark.parametrize("kind", KINDS)
def test_intercept_penalty_with_the_identity(kind, pull):
    model, X, y, weight, source = _problem(kind)
    K, strength = KINDS[kind][1], 4.0
    wanted = _oracle(kind, X, y, weight, source, strength * np.eye(K * P), np.full(K, strength * pull))
    _strengthen(model, strength).set_params(intercept_penalty=pull).fit(X, y, weight)
    _assert_fitted(model, *wanted)


@pytest.mark.parametrize("pull", PULLS)
@pytest.mark.parametrize("kind", KINDS)
def test_scale_is_the_identity_on_standardised_features(kind, pull):
    """The intercept that is pulled is the level at the features' means."""
    model, X, y, weight, source = _problem(kind)
    K, strength = KINDS[kind][1], 4.0
    mean = np.average(X, axis=0, weights=weight)
    scale = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weight))
    standard = Source(source.coef * scale, source.intercept + source.coef @ mean, classes=source.classes)
    pulls = np.full(K, strength * pull)
    coef, level = _oracle(kind, (X - mean) / scale, y, weight, standard, strength * np.eye(K * P), pulls)
    coef = coef / scale
    for rows in (X, sparse.csr_array(X)):
        _strengthen(model, strength).set_params(metric="scale", intercept_penalty=pull).fit(rows, y, weight)
        _assert_fitted(model, coef, level - coef @ mean)


@pytest.mark.parametrize("kind", KINDS)
def test_scale_without_an_intercept_divides_by_the_standard_deviation(kind):
    model, X, y, weight, source = _problem(kind)
    K, strength = KINDS[kind][1], 4.0
    variance = np.average((X - np.average(X, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    slopes = strength * np.diag(np.tile(variance, K))
    wanted = _oracle(kind, X, y, weight, source, slopes, np.full(K, np.inf))
    _strengthen(model, strength).set_params(metric="scale", fit_intercept=False).fit(X, y, weight)
    _assert_fitted(model, *wanted)


@pytest.mark.parametrize("pull", PULLS)
@pytest.mark.parametrize("kind", KINDS)
def test_fisher_frees_pulls_and_holds_the_intercept(kind, pull):
    """tau <= 1: S + tau (P - S); tau >= 1: P + (tau - 1) * P's intercept block; infinity: the slopes' block."""
    model, X, y, weight, source = _problem(kind)
    (loss, K), strength, precision = KINDS[kind], 0.2, source.precision
    slopes, levels = slice(0, K * P), slice(K * P, None)
    corner, cross = precision[levels, levels], precision[slopes, levels]
    schur = np.zeros_like(precision)
    schur[slopes, slopes] = precision[slopes, slopes] - cross @ np.linalg.pinv(corner) @ cross.T
    if pull <= 1:
        matrix = schur + pull * (precision - schur)
    else:
        matrix = precision.copy()
        matrix[levels, levels] += (0.0 if np.isinf(pull) else pull - 1) * corner
    coef, intercept = np.atleast_2d(source.coef), np.atleast_1d(source.intercept)
    y_oracle = y.astype(float) if loss == "binomial" else y
    if np.isinf(pull):
        precision = strength * matrix[slopes, slopes]
        theta = minimise(X, y_oracle, weight, intercept, loss, coef.ravel(), precision, False, K)
    else:
        theta = minimise(X, y_oracle, weight, None, loss, np.append(coef, intercept), strength * matrix, True, K)
        intercept = theta[levels]
    _strengthen(model, strength).set_params(metric="fisher", intercept_penalty=pull).fit(X, y, weight)
    _assert_fitted(model, theta[slopes].reshape(K, P), intercept)


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher", "array"])
@pytest.mark.parametrize("kind", KINDS)
def test_without_fitting_the_intercept_it_is_the_sources(kind, metric):
    model, X, y, weight, source = _problem(kind)
    metric = np.array([1.0, 2.0, 0.5]) if metric == "array" else metric
    model.set_params(metric=metric, fit_intercept=False).fit(X, y, weight)
    assert_allclose(np.ravel(model.intercept_), np.ravel(source.intercept), rtol=1e-12)
    held = model.coef_
    model.set_params(fit_intercept=True, intercept_penalty=np.inf).fit(X, y, weight)
    if not isinstance(metric, str) or metric != "scale":  # which holds the level at the means instead
        assert_allclose(model.coef_, held, rtol=1e-8)
        assert_allclose(np.ravel(model.intercept_), np.ravel(source.intercept), rtol=1e-12)
    else:
        level = np.average(X, axis=0, weights=weight)
        at_mean = np.ravel(model.intercept_) + np.atleast_2d(model.coef_) @ level
        assert_allclose(at_mean, np.ravel(source.intercept) + np.atleast_2d(source.coef) @ level, rtol=1e-10)


def test_without_a_source_or_an_intercept_it_is_zero_in_the_twins_form():
    _, X, y, _, _ = _problem("ridge")
    model = TransferRidge(fit_intercept=False).fit(X, y)
    twin = Ridge(fit_intercept=False).fit(X, y)
    assert model.intercept_ == twin.intercept_ == 0.0
    assert_allclose(model.coef_, twin.coef_, rtol=1e-10)
    for kind in ("binary", "three"):
        _, X, y, _, _ = _problem(kind)
        model = TransferLogisticRegression(fit_intercept=False, tol=1e-10).fit(X, y)
        twin = LogisticRegression(fit_intercept=False, tol=1e-10).fit(X, y)
        assert_array_equal(model.intercept_, twin.intercept_)
        assert_allclose(model.coef_, twin.coef_, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("pull", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("metric", ["identity", "scale"])
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_source_the_intercept_has_no_pull(kind, metric, pull):
    model, X, y, weight, _ = _problem(kind)
    model.set_params(source=None, metric=metric)
    free = model.fit(X, y, weight).coef_
    pulled = model.set_params(intercept_penalty=pull).fit(X, y, weight)
    assert_array_equal(pulled.coef_, free)
    assert pulled.effective_sample_size_ == 0
