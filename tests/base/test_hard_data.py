"""Data that are hard but right: constant, collinear and badly scaled columns, very few rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from tests.oracles.linear import minimise

KINDS = ("ridge", "binary", "three")
LOSS = {"ridge": "squared", "binary": "binomial", "three": "multinomial"}


def _targets(kind, X, seed=0):
    rng = np.random.default_rng(seed)
    eta = X @ rng.normal(size=(X.shape[1], 3)) / np.sqrt(X.shape[1]) + rng.logistic(size=(len(X), 3))
    return {"ridge": eta[:, 0], "binary": (eta[:, 0] > 0).astype(int), "three": eta.argmax(axis=1)}[kind]


def _source(kind, n_features, seed=5):
    rng = np.random.default_rng(seed)
    if kind != "three":
        return Source(rng.normal(size=n_features), 0.4, classes=None if kind == "ridge" else [0, 1])
    coef, intercept = rng.normal(size=(3, n_features)), np.array([0.3, 0.1, -0.4])
    return Source(coef - coef.mean(axis=0), intercept, classes=[0, 1, 2])


def _model(kind, **params):
    if kind == "ridge":
        return TransferRidge(**params)
    return TransferLogisticRegression(**{"tol": 1e-10, **params})


def _assert_is_the_optimum(model, kind, X, y, source, rtol=1e-6):
    K = len(np.atleast_2d(source.coef))
    p = X.shape[1]
    centre = np.append(source.coef, source.intercept)
    precision = np.diag(np.append(np.ones(K * p), np.zeros(K)))
    target = y.astype(float) if kind == "binary" else y
    theta = minimise(X, target, np.ones(len(X)), None, LOSS[kind], centre, precision, True, K)
    assert_allclose(np.ravel(model.coef_), theta[: K * p], rtol=rtol, atol=1e-6)
    levels = np.ravel(model.intercept_)
    shift = (levels - theta[K * p :]).mean() if K > 1 else 0.0
    assert_allclose(levels - shift, theta[K * p :], rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("metric", ["identity", "scale"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_column_keeps_the_source(kind, metric):
    X = np.random.default_rng(0).normal(size=(40, 3))
    X[:, 1] = 3.0
    y, source = _targets(kind, X), _source(kind, 3)
    for rows in (X, sparse.csr_array(X)):
        model = _model(kind, source=source, metric=metric).fit(rows, y)
        assert_allclose(np.atleast_2d(model.delta_)[:, 1], 0, atol=1e-7)
        assert np.all(np.isfinite(model.coef_))


@pytest.mark.parametrize("kind", KINDS)
def test_only_constant_columns(kind):
    X = np.tile([1.0, 0.0, -2.0], (12, 1))
    y = _targets(kind, np.random.default_rng(0).normal(size=(12, 3)))
    source = _source(kind, 3)
    model = _model(kind, source=source).fit(X, y)
    assert_allclose(np.atleast_2d(model.coef_), np.atleast_2d(source.coef), atol=1e-7)
    if kind == "ridge":
        assert_allclose(model.predict(X), y.mean(), rtol=1e-9)
    else:
        share = np.bincount(y, minlength=len(model.classes_)) / len(y)
        assert_allclose(model.predict_proba(X), np.tile(share, (12, 1)), atol=1e-6)


@pytest.mark.parametrize("solver", ["auto", "newton-cg", "lbfgs"])
@pytest.mark.parametrize("kind", KINDS)
def test_more_features_than_rows(kind, solver):
    X = np.random.default_rng(0).normal(size=(12, 30))
    y, source = _targets(kind, X), _source(kind, 30)
    model = _model(kind, source=source, solver=solver, tol=1e-8).fit(X, y)
    _assert_is_the_optimum(model, kind, X, y, source, rtol=1e-5)
    left = np.atleast_2d(model.delta_) @ np.linalg.svd(X - X.mean(axis=0))[2][11:].T
    assert_allclose(left, 0, atol=1e-6)  # what no row shows stays the source's


@pytest.mark.parametrize("source", [None, "some"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_rows(kind, source):
    X = np.array([[1.0, -1.0], [0.0, 2.0]])
    source = None if source is None or kind == "three" else _source(kind, 2)
    y = np.array([0.5, -1.0]) if kind == "ridge" else np.array([0, 1])
    model = _model(kind, source=source).fit(X, y)
    assert np.all(np.isfinite(model.predict(X)))
    if source is not None:
        _assert_is_the_optimum(model, kind, X, y, source)
        return
    twin = Ridge() if kind == "ridge" else LogisticRegression(tol=1e-10)
    assert_allclose(model.coef_, twin.fit(X, y).coef_, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_one_feature(kind):
    X = np.random.default_rng(0).normal(size=(40, 1))
    y, source = _targets(kind, X), _source(kind, 1)
    model = _model(kind, source=source).fit(X, y)
    _assert_is_the_optimum(model, kind, X, y, source)
    if kind == "ridge":
        x = X[:, 0] - X.mean()
        assert_allclose(model.coef_, (x @ y + source.coef) / (x @ x + 1.0), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_collinear_columns_share_the_change(kind):
    X = np.random.default_rng(0).normal(size=(40, 3))
    X = np.column_stack([X, X[:, 0], X[:, 0] + X[:, 1]])
    y, source = _targets(kind, X), _source(kind, 5)
    model = _model(kind, source=source).fit(X, y)
    _assert_is_the_optimum(model, kind, X, y, source)
    delta = np.atleast_2d(model.delta_)
    assert_allclose(delta[:, 3], delta[:, 0], atol=1e-6)
    assert_allclose(delta[:, 4], delta[:, 0] + delta[:, 1], atol=1e-6)


def test_collinear_columns_without_a_penalty_move_as_little_as_they_can():
    X = np.random.default_rng(0).normal(size=(40, 2))
    X = np.column_stack([X, X[:, 0]])
    y, source = _targets("ridge", X), _source("ridge", 3)
    model = TransferRidge(0.0, source=source).fit(X, y)
    centred, residual = X - X.mean(axis=0), y - X @ source.coef
    assert_allclose(model.delta_, np.linalg.pinv(centred) @ (residual - residual.mean()), atol=1e-8)


@pytest.mark.parametrize("size", [[1e8, 1.0, 1e-8], [1e8] * 3, [1e-8] * 3])
@pytest.mark.parametrize("kind", KINDS)
def test_units_do_not_matter_to_scale(kind, size):
    X, size = np.random.default_rng(0).normal(size=(40, 3)) + 0.5, np.array(size)
    y, source = _targets(kind, X), _source(kind, 3)
    changed = Source(source.coef / size, source.intercept, classes=source.classes)
    model = _model(kind, source=source, metric="scale", tol=1e-9).fit(X, y)
    other = _model(kind, source=changed, metric="scale", tol=1e-9).fit(X * size, y)
    assert_allclose(other.coef_ * size, model.coef_, rtol=1e-6, atol=1e-7)
    assert_allclose(other.intercept_, model.intercept_, rtol=1e-6, atol=1e-7)
    assert_allclose(other.effective_sample_size_, model.effective_sample_size_, rtol=1e-5)


@pytest.mark.parametrize("size", [[1e8, 1.0, 1e-8], [1e8] * 3, [1e-8] * 3])
def test_units_do_not_matter_to_ridge_with_a_metric_in_these_units(size):
    X, size = np.random.default_rng(0).normal(size=(40, 3)) + 0.5, np.array(size)
    y, source = _targets("ridge", X), _source("ridge", 3)
    model = TransferRidge(source=source).fit(X, y)
    other = TransferRidge(source=Source(source.coef / size, source.intercept), metric=size**2).fit(X * size, y)
    assert_allclose(other.coef_ * size, model.coef_, rtol=1e-7)
    assert_allclose(other.intercept_, model.intercept_, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_tiny_features_keep_the_source_under_the_identity(kind):
    X = 1e-8 * np.random.default_rng(0).normal(size=(40, 3))
    y, source = _targets(kind, 1e8 * X), _source(kind, 3)
    model = _model(kind, source=source).fit(X, y)
    assert_allclose(model.coef_, np.reshape(source.coef, model.coef_.shape), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_fitted_attributes_have_the_precision_of_the_rows(kind, dtype):
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = _targets(kind, X)
    model = _model(kind, source=_source(kind, 3), tol=1e-6).fit(X.astype(dtype), y)
    for attribute in ("coef_", "intercept_", "delta_", "source_coef_"):
        assert getattr(model, attribute).dtype == dtype
    exact = _model(kind, source=_source(kind, 3), tol=1e-6).fit(X, y)
    assert_allclose(model.coef_, exact.coef_, rtol=1e-3, atol=1e-4)
