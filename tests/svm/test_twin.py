"""Law: with ``source=None`` they are scikit-learn's LinearSVC and LinearSVR."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.svm import LinearSVC, LinearSVR

from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "csr": sp.csr_array,
    "csc": sp.csc_matrix,
    "float32": lambda X: X.astype(np.float32),
    "csr float32": lambda X: sp.csr_matrix(X.astype(np.float32)),
}
TIGHT = {"tol": 1e-10, "max_iter": 200_000, "random_state": 0}
SVC_LOSSES = ["hinge", "squared_hinge"]
SVR_LOSSES = ["epsilon_insensitive", "squared_epsilon_insensitive"]


def rows(n=60, p=5, n_classes=None, seed=0):
    """Rows in float32's numbers, so that both precisions see the same; weights with zeros."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p)).astype(np.float32).astype(np.float64)
    X[random.random((n, p)) < 0.3] = 0.0
    y = X @ random.normal(size=p) + random.normal(size=n) + 0.5
    weight = random.integers(0, 4, size=n).astype(float)
    if n_classes:
        y = np.array(["low", "mid", "some", "top"])[np.argsort(np.argsort(y)) * n_classes // n]
    return X, y, weight


def assert_same(ours, twin, rtol=1e-6):
    assert ours.result_.converged
    scale = np.abs(twin.coef_).max()
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=rtol, atol=rtol * scale)
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=rtol, atol=rtol * scale)
    assert np.shape(ours.coef_) == np.shape(twin.coef_)
    assert np.shape(ours.intercept_) == np.shape(twin.intercept_)
    assert ours.effective_sample_size_ == 0.0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(60, 5), (20, 40), (400, 3)])
@pytest.mark.parametrize("loss", SVC_LOSSES)
def test_classifier(loss, shape, form, weighted):
    X, y, weight = rows(*shape, n_classes=2)
    weight = weight if weighted else None
    twin = LinearSVC(loss=loss, C=0.3, dual=True, **TIGHT).fit(X, y, weight)
    ours = TransferLinearSVC(loss, C=0.3, tol=1e-13).fit(FORMS[form](X), y, weight)
    assert ours.coef_.dtype == (np.float32 if "float32" in form else np.float64)
    assert_same(ours, twin, 1e-5)
    if "float32" not in form:
        np.testing.assert_allclose(ours.decision_function(X), twin.decision_function(X), rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(ours.predict(X), twin.predict(X))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(60, 5), (20, 40), (400, 3)])
@pytest.mark.parametrize("epsilon", [0.0, 0.3])
@pytest.mark.parametrize("loss", SVR_LOSSES)
def test_regressor(loss, epsilon, shape, form, weighted):
    X, y, weight = rows(*shape)
    weight = weight if weighted else None
    twin = LinearSVR(loss=loss, epsilon=epsilon, C=0.3, dual=True, **TIGHT).fit(X, y, weight)
    ours = TransferLinearSVR(loss=loss, epsilon=epsilon, C=0.3, tol=1e-13).fit(FORMS[form](X), y, weight)
    assert_same(ours, twin, 1e-5)
    if "float32" not in form:
        np.testing.assert_allclose(ours.predict(X), twin.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("options", [{"fit_intercept": False}, {"intercept_scaling": 1}, {"intercept_scaling": 10.0}])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("loss", SVC_LOSSES)
def test_intercept_of_the_classifier(loss, n_classes, options):
    X, y, weight = rows(n_classes=n_classes)
    twin = LinearSVC(loss=loss, dual=True, C=0.5, **options, **TIGHT).fit(X, y, weight)
    assert_same(TransferLinearSVC(loss, C=0.5, tol=1e-13, **options).fit(X, y, weight), twin)


@pytest.mark.parametrize("options", [{"fit_intercept": False}, {"intercept_scaling": 1}, {"intercept_scaling": 10.0}])
@pytest.mark.parametrize("loss", SVR_LOSSES)
def test_intercept_of_the_regressor(loss, options):
    X, y, weight = rows()
    twin = LinearSVR(loss=loss, dual=True, C=0.5, epsilon=0.1, **options, **TIGHT).fit(X, y, weight)
    assert_same(TransferLinearSVR(loss=loss, C=0.5, epsilon=0.1, tol=1e-13, **options).fit(X, y, weight), twin)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("class_weight", ["balanced", {"low": 2.0, "mid": 0.5}])
@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("loss", SVC_LOSSES)
def test_class_weight(loss, n_classes, class_weight, weighted):
    X, y, weight = rows(n_classes=n_classes)
    y[:15] = "low"
    weight = weight if weighted else None
    twin = LinearSVC(loss=loss, dual=True, class_weight=class_weight, **TIGHT).fit(X, y, weight)
    ours = TransferLinearSVC(loss, class_weight=class_weight, tol=1e-13).fit(X, y, weight)
    assert_same(ours, twin)
    np.testing.assert_array_equal(ours.classes_, twin.classes_)
    scores = twin.decision_function(X)
    np.testing.assert_allclose(ours.decision_function(X), scores, rtol=1e-6, atol=1e-6)
    clear = np.abs(scores) > 1e-5 if n_classes == 2 else np.diff(np.sort(scores), axis=1)[:, -1] > 1e-5
    assert np.mean(clear) > 0.5  # the hinge leaves rows on the margin of two classes at once: there predict is a toss
    np.testing.assert_array_equal(ours.predict(X)[clear], twin.predict(X)[clear])
