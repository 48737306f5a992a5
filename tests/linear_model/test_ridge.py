"""What only ridge has: several targets, a strength for each, coefficients that are not negative."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferRidge


def _rows(n_samples=40, n_features=5, n_targets=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) + 0.5
    shape = (n_features,) if n_targets is None else (n_features, n_targets)
    slopes = rng.normal(size=shape)
    return X, X @ slopes + rng.normal(size=(n_samples, *shape[1:])) + 1.0


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher", "full"])
def test_one_alpha_for_each_target(metric):
    """Each target is a fit of its own; 0 is least squares, infinity the source."""
    X, y = _rows(n_targets=4)
    X_source, y_source = _rows(n_samples=90, n_targets=4, seed=3)
    alpha = [0.0, 0.5, 30.0, np.inf]
    full = np.diag([1.0, 2.0, 3.0, 4.0, 5.0]) + 0.5
    options = {"metric": full if metric == "full" else metric, "intercept_penalty": 0.5}
    joint = TransferRidge(alpha, source=Source.from_estimator(Ridge().fit(X_source, y_source), X=X_source), **options)
    joint.fit(X, y)
    assert joint.coef_.shape == (4, 5)
    assert joint.intercept_.shape == joint.n_iter_.shape == (4,)
    for k in range(4):
        source = Source.from_estimator(Ridge().fit(X_source, y_source[:, k]), X=X_source)
        single = TransferRidge(alpha[k], source=source, **options).fit(X, y[:, k])
        assert_allclose(joint.coef_[k], single.coef_, rtol=1e-9)
        assert_allclose(joint.intercept_[k], single.intercept_, rtol=1e-9)
    assert_allclose(joint.delta_[3], 0, atol=1e-14)


def test_one_alpha_for_each_target_is_the_twins():
    X, y = _rows(n_targets=3)
    alpha = np.array([0.1, 2.0, 50.0])
    model, twin = TransferRidge(alpha).fit(X, y), Ridge(alpha).fit(X, y)
    assert_allclose(model.coef_, twin.coef_, rtol=1e-10)
    assert_allclose(model.intercept_, twin.intercept_, rtol=1e-10)
    assert_array_equal(alpha, [0.1, 2.0, 50.0])


def test_a_column_of_targets_is_one_target():
    X, y = _rows()
    flat, column = TransferRidge().fit(X, y), TransferRidge().fit(X, y[:, np.newaxis])
    assert column.coef_.shape == Ridge().fit(X, y[:, np.newaxis]).coef_.shape
    assert_array_equal(np.ravel(column.coef_), flat.coef_)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 40.0])
def test_positive_is_the_twins(alpha, fit_intercept):
    X, y = _rows()
    model = TransferRidge(alpha, positive=True, fit_intercept=fit_intercept, tol=1e-7).fit(X, y)
    twin = Ridge(alpha, positive=True, fit_intercept=fit_intercept, tol=1e-14, max_iter=100_000).fit(X, y)
    assert np.any(model.coef_ == 0)
    assert np.any(model.coef_ > 0)
    assert_allclose(model.coef_, twin.coef_, atol=1e-6)
    assert_allclose(model.intercept_, twin.intercept_, atol=1e-6)


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher", "array"])
@pytest.mark.parametrize("alpha", [1.0, 100.0])
def test_positive_towards_a_source_meets_the_kkt_conditions(alpha, metric):
    """gradient = 0 where coef > 0, gradient >= 0 where coef = 0; a source may be negative."""
    X, y = _rows()
    X_source, y_source = _rows(n_samples=90, seed=3)
    source = Source.from_estimator(Ridge().fit(X_source, y_source), X=X_source)
    assert source.coef.min() < 0 < source.coef.max()
    cross, corner = source.precision[:-1, -1], source.precision[-1, -1]
    M = {
        "identity": np.eye(5),
        "scale": np.diag(X.var(axis=0)),
        "fisher": source.precision[:-1, :-1] - np.outer(cross, cross) / corner,
        "array": np.diag([1.0, 2.0, 0.0, 1.0, 0.5]) + 0.1,
    }[metric]
    options = {"metric": M if metric == "array" else metric, "positive": True, "tol": 1e-7}
    model = TransferRidge(alpha, source=source, **options).fit(X, y)
    residual = model.predict(X) - y
    gradient = X.T @ residual + alpha * M @ (model.coef_ - source.coef)
    assert np.all(model.coef_ >= 0)
    assert np.any(model.coef_ == 0)
    assert abs(residual.sum()) < 1e-4
    assert_allclose(gradient[model.coef_ > 0], 0, atol=1e-4)
    assert np.all(gradient[model.coef_ == 0] > -1e-4)
    assert_allclose(model.delta_, model.coef_ - source.coef, atol=1e-14)


def test_positive_copies_a_source_that_is():
    X, y = _rows()
    source = Source([1.0, 0.0, 2.0, 0.5, 0.0], 0.3)
    model = TransferRidge(np.inf, source=source, positive=True).fit(X, y)
    assert_array_equal(model.coef_, source.coef)
    assert_allclose(model.intercept_, (y - X @ source.coef).mean(), rtol=1e-10)


@pytest.mark.parametrize("alias", ["svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs", "dual", "newton-cg"])
@pytest.mark.parametrize("shape", [(40, 5), (6, 12)])
def test_every_solver_finds_the_same_optimum(alias, shape):
    X, y = _rows(*shape)
    source = Source(np.linspace(-1, 1, shape[1]), 0.3)
    wanted = TransferRidge(2.0, source=source).fit(X, y)
    model = TransferRidge(2.0, source=source, solver=alias, tol=1e-8).fit(X, y)
    assert_allclose(model.coef_, wanted.coef_, atol=1e-6)
    assert_allclose(model.intercept_, wanted.intercept_, atol=1e-6)


def test_with_several_targets_each_row_counts_for_all():
    X, y = _rows(n_targets=2)
    weight = np.random.default_rng(1).integers(0, 3, size=len(X))
    source = Source(np.ones((2, 5)), [0.0, 1.0])
    weighted = TransferRidge(source=source).fit(X, y, sample_weight=weight)
    repeated = TransferRidge(source=source).fit(X.repeat(weight, axis=0), y.repeat(weight, axis=0))
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-9)
    assert_allclose(weighted.effective_sample_size_, repeated.effective_sample_size_, rtol=1e-9)
