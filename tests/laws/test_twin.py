"""Law: with ``source=None`` a transfer estimator is its scikit-learn twin."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

SHAPES = [(60, 5), (20, 40), (30, 1), (4, 3)]
FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "csr": sp.csr_array,
    "csc": sp.csc_matrix,
    "float32": lambda X: X.astype(np.float32),
    "csr float32": lambda X: sp.csr_matrix(X.astype(np.float32)),
}


def rows(shape, n_outputs=1, seed=0):
    """Features off centre and of unequal scale, numbers to predict, weights with a zero."""
    random = np.random.default_rng(seed)
    n, p = shape
    X = random.normal(size=shape) * random.uniform(0.5, 2.0, size=p) + random.normal(size=p)
    X[random.random(shape) < 0.3] = 0.0
    y = X @ random.normal(size=(p, n_outputs)) + random.normal(size=(n, n_outputs)) + 3.0
    weight = random.integers(1, 4, size=n).astype(float)
    weight[0] = 0.0
    return X, y[:, 0] if n_outputs == 1 else y, weight


def labels(y, n_classes):
    """Classes of equal size by the order of y."""
    return np.array(["low", "mid", "some", "top", "upper"])[np.argsort(np.argsort(y)) * n_classes // len(y)]


def assert_same(ours, twin, X, rtol):
    scale = np.abs(twin.coef_).max()
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=rtol, atol=rtol * scale)
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=rtol, atol=10 * rtol * scale)
    assert ours.coef_.shape == twin.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(twin.intercept_)
    assert ours.coef_.dtype == twin.coef_.dtype
    assert ours.effective_sample_size_ == 0.0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_ridge(shape, fit_intercept, weighted, form):
    X, y, weight = rows(shape)
    weight = weight if weighted else None
    X_form = FORMS[form](X)
    twin = Ridge(alpha=0.7, fit_intercept=fit_intercept, tol=1e-12).fit(X, y, weight)
    ours = TransferRidge(alpha=0.7, fit_intercept=fit_intercept).fit(X_form, y, weight)
    single = "float32" in form
    if single:
        assert ours.coef_.dtype == np.float32
        twin.coef_ = twin.coef_.astype(np.float32)
    assert_same(ours, twin, X, 1e-3 if single else 1e-6)
    np.testing.assert_allclose(ours.predict(X), twin.predict(X), rtol=1e-3 if single else 1e-6, atol=1e-3)
    if not single:
        np.testing.assert_allclose(ours.score(X, y), twin.score(X, y), rtol=1e-9)


@pytest.mark.parametrize("alpha", [0.7, np.array([0.1, 1.0, 10.0])])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("shape", [(60, 5), (20, 40)])
def test_ridge_of_several_targets(shape, fit_intercept, alpha):
    X, y, weight = rows(shape, n_outputs=3)
    twin = Ridge(alpha=alpha, fit_intercept=fit_intercept).fit(X, y, weight)
    ours = TransferRidge(alpha=alpha, fit_intercept=fit_intercept).fit(X, y, weight)
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.predict(X), twin.predict(X), rtol=1e-6, atol=1e-9)


def test_ridge_of_one_target_in_a_column():
    X, y, _ = rows((30, 4))
    twin, ours = Ridge().fit(X, y[:, np.newaxis]), TransferRidge().fit(X, y[:, np.newaxis])
    np.testing.assert_allclose(ours.coef_.ravel(), twin.coef_.ravel(), rtol=1e-8)


@pytest.mark.parametrize(
    "solver", ["svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs", "newton-cg", "dual"]
)
def test_ridge_by_any_solver(solver):
    X, y, weight = rows((20, 40))
    twin = Ridge(alpha=2.0).fit(X, y, weight)
    ours = TransferRidge(alpha=2.0, solver=solver, tol=1e-7).fit(X, y, weight)
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("shape", [(60, 5), (20, 40), (30, 1)])
def test_logistic(shape, n_classes, fit_intercept, weighted, form):
    X, y, weight = rows(shape)
    y, weight = labels(y, n_classes), weight if weighted else None
    twin = LogisticRegression(C=0.7, fit_intercept=fit_intercept, solver="newton-cholesky", tol=1e-12).fit(X, y, weight)
    ours = TransferLogisticRegression(C=0.7, fit_intercept=fit_intercept, tol=1e-11).fit(FORMS[form](X), y, weight)
    rtol = 1e-6
    if "float32" in form:
        rtol = 1e-3
        twin.coef_ = twin.coef_.astype(np.float32)
    assert_same(ours, twin, X, rtol)
    np.testing.assert_array_equal(ours.classes_, twin.classes_)
    np.testing.assert_allclose(ours.predict_proba(X), twin.predict_proba(X), rtol=100 * rtol, atol=rtol)
    np.testing.assert_allclose(ours.decision_function(X), twin.decision_function(X), rtol=100 * rtol, atol=10 * rtol)
    np.testing.assert_allclose(np.exp(ours.predict_log_proba(X)), ours.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("class_weight", ["balanced", {"low": 1.0, "mid": 3.0, "some": 0.5}])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weight(class_weight, weighted):
    X, y, weight = rows((60, 5))
    y, weight = labels(y, 3), weight if weighted else None
    y[:10] = "low"
    settings = {"class_weight": class_weight, "tol": 1e-11}
    twin = LogisticRegression(solver="newton-cholesky", **settings).fit(X, y, weight)
    ours = TransferLogisticRegression(**settings).fit(X, y, weight)
    assert_same(ours, twin, X, 1e-6)


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("solver", ["newton-cholesky", "newton-cg", "lbfgs", "sag", "saga", "dual"])
def test_logistic_by_any_solver(solver, n_classes):
    X, y, _ = rows((60, 5))
    y = labels(y, n_classes)
    twin = LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(X, y)
    ours = TransferLogisticRegression(solver=solver, tol=1e-8, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=1e-5, atol=1e-6)


def test_without_penalty():
    X, y, weight = rows((200, 4))
    np.testing.assert_allclose(
        TransferRidge(alpha=0.0).fit(X, y, weight).coef_, Ridge(alpha=0.0).fit(X, y, weight).coef_, rtol=1e-8
    )
    noisy = labels(y + 5 * np.random.default_rng(1).normal(size=200), 2)
    twin = LogisticRegression(C=1e12, solver="newton-cholesky", tol=1e-12).fit(X, noisy)
    ours = TransferLogisticRegression(C=np.inf, tol=1e-11).fit(X, noisy)
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-6)


def test_least_norm_without_penalty_in_a_wide_problem():
    """The limit alpha -> 0 of Ridge: the shortest coefficients that fit."""
    X, y, _ = rows((10, 30))
    X_centred = X - X.mean(axis=0)
    ours = TransferRidge(alpha=0.0).fit(X, y)
    np.testing.assert_allclose(ours.coef_, np.linalg.pinv(X_centred) @ (y - y.mean()), rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(ours.coef_, Ridge(alpha=1e-9).fit(X, y).coef_, rtol=1e-5, atol=1e-7)
