"""Laws: weights are repeats; the order of rows, columns and classes does not matter; every form of X is the same."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

P, N = 4, 40
NAMES = np.array(["age", "bmi", "dose", "income"])


def problem(kind, seed=0):
    """(model with a Fisher-bearing source, X, y)."""
    random = np.random.default_rng(seed)
    X_s, X = random.normal(size=(150, P)) + 1.0, random.normal(size=(N, P)) * [1, 2, 3, 0.5]
    eta_s, eta = X_s @ [1.0, -1.0, 0.5, 0.0], X @ [1.0, -0.5, 0.5, 0.5] + random.normal(size=N)
    if kind == "ridge":
        source = Source.from_estimator(Ridge().fit(X_s, eta_s + random.normal(size=150)), X=X_s)
        return TransferRidge(alpha=2.0, source=source), X, eta
    cuts = [0.0] if kind == "binary" else [-1.0, 1.0]
    y_s = np.digitize(eta_s + random.normal(size=150), cuts)
    source = Source.from_estimator(LogisticRegression().fit(X_s, y_s), X=X_s)
    return TransferLogisticRegression(C=0.5, source=source, tol=1e-11, max_iter=300), X, np.digitize(eta, cuts)


KINDS = ["ridge", "binary", "multinomial"]
SETTINGS = [
    {},
    {"metric": "scale", "intercept_penalty": 2.0},
    {"metric": "fisher"},
    {"metric": "fisher", "intercept_penalty": 1.0},
    {"metric": [1.0, 2.0, 0.5, 3.0], "intercept_penalty": np.inf},
    {"fit_intercept": False},
]


def assert_equal_models(a, b, rtol=1e-7, order=slice(None)):
    scale = np.abs(b.coef_).max()
    np.testing.assert_allclose(a.coef_, b.coef_[..., order], rtol=rtol, atol=rtol * scale)
    np.testing.assert_allclose(a.intercept_, b.intercept_, rtol=rtol, atol=rtol * scale)
    np.testing.assert_allclose(a.effective_sample_size_, b.effective_sample_size_, rtol=1e-5)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repeats(kind, settings):
    model, X, y = problem(kind)
    model.set_params(**settings)
    weight = np.random.default_rng(1).integers(0, 4, size=N)
    weighted = model.fit(X, y, sample_weight=weight)
    attributes = (weighted.coef_.copy(), np.array(weighted.intercept_), weighted.effective_sample_size_)
    repeated = model.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(attributes[0], repeated.coef_, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(attributes[1], repeated.intercept_, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(attributes[2], repeated.effective_sample_size_, rtol=1e-6)


def test_balanced_class_weights_count_weights_as_repeats():
    """scikit-learn >= 1.9 counts weights in "balanced"; a dict means the same in every version."""
    model, X, y = problem("multinomial")
    model.set_params(class_weight={0: 1.0, 1: 2.0, 2: 0.5})
    weight = np.random.default_rng(1).integers(0, 4, size=N)
    a = model.fit(X, y, sample_weight=weight).coef_
    b = model.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).coef_
    np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_order_of_rows(kind, settings):
    model, X, y = problem(kind)
    order = np.random.default_rng(2).permutation(N)
    a, b = (type(model)(**{**model.get_params(), **settings}) for _ in range(2))
    assert_equal_models(a.fit(X[order], y[order]), b.fit(X, y))


@pytest.mark.parametrize("settings", [s for s in SETTINGS if not isinstance(s.get("metric"), list)])
@pytest.mark.parametrize("kind", KINDS)
def test_order_of_columns_goes_by_name(kind, settings):
    model, X, y = problem(kind)
    s = model.source
    source = Source(
        s.coef, s.intercept, precision=s.precision, classes=s.classes, feature_names=NAMES, n_samples=150, link=s.link
    )
    model.set_params(source=source, **settings)
    order = [2, 0, 3, 1]
    a, b = type(model)(**model.get_params()), type(model)(**model.get_params())
    frame = pd.DataFrame(X, columns=NAMES)
    assert_equal_models(a.fit(frame[NAMES[order]], y), b.fit(frame, y), order=order)
    np.testing.assert_allclose(a.delta_, b.delta_[..., order], atol=1e-7)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", ["binary", "multinomial"])
def test_names_of_classes(kind, settings):
    """Renaming the classes, in an order that turns them round, changes nothing but their places."""
    model, X, y = problem(kind)
    K = len(np.unique(y))
    names = np.array(["c", "b", "a"][:K])
    s = model.source
    a = type(model)(**{**model.get_params(), **settings}).fit(X, y)
    turned = s.align(n_features=P, classes=s.classes)
    renamed = Source(turned.coef, turned.intercept, precision=turned.precision, classes=names, link="logit")
    b = type(model)(**{**model.get_params(), **settings, "source": renamed}).fit(X, names[y])
    np.testing.assert_array_equal(b.classes_, np.sort(names))
    np.testing.assert_allclose(b.predict_proba(X)[:, ::-1], a.predict_proba(X), atol=1e-7)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_form_of_the_rows(kind, settings, tmp_path):
    model, X, y = problem(kind)
    model.set_params(**settings)
    plain = type(model)(**model.get_params()).fit(X, y)
    mapped = np.memmap(tmp_path / "X.bin", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[:] = X
    frozen = X.copy()
    frozen.flags.writeable = False
    forms = [np.asfortranarray(X), mapped, frozen, np.repeat(X, 2, axis=0)[::2], sp.csr_array(X), sp.csc_matrix(X)]
    for form in forms:
        assert_equal_models(type(model)(**model.get_params()).fit(form, y), plain)
    single = X.astype(np.float32)
    wide = type(model)(**model.get_params()).fit(single.astype(np.float64), y)
    narrow = type(model)(**model.get_params()).fit(single, y)
    assert narrow.coef_.dtype == np.float32
    np.testing.assert_allclose(narrow.coef_, wide.coef_, rtol=1e-5, atol=1e-6)


def test_worth_of_a_source():
    """A source with k copies of the target's rows is worth k n rows; c times the strength, c times the rows."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(30, 3)) + 2.0, random.normal(size=30)
    rows = np.repeat(X, 7, axis=0)
    precision = np.column_stack([rows, np.ones(210)]).T @ np.column_stack([rows, np.ones(210)])
    source = Source(np.ones(3), 1.0, precision=precision)
    for strength in (0.1, 1.0, 10.0):
        for pull in (0.0, 1.0):
            model = TransferRidge(alpha=strength, source=source, metric="fisher", intercept_penalty=pull).fit(X, y)
            np.testing.assert_allclose(model.effective_sample_size_, strength * 210, rtol=1e-7)
    assert TransferRidge(alpha=np.inf, source=source).fit(X, y).effective_sample_size_ == np.inf
    assert TransferRidge(alpha=5.0).fit(X, y).effective_sample_size_ == 0.0


def test_worth_in_many_dimensions_is_estimated_well():
    """Above 1,500 parameters the traces are estimated; against the closed form for orthogonal rows."""
    n, p = 40, 2000
    random = np.random.default_rng(0)
    X = random.normal(size=(n, p)) / np.sqrt(p)
    X -= X.mean(axis=0)
    model = TransferRidge(alpha=1.0, source=Source(np.zeros(p), 0.0)).fit(X, random.normal(size=n))
    s = np.linalg.svd(X, compute_uv=False) ** 2
    target = np.sum(s / (s + 1))
    np.testing.assert_allclose(model.effective_sample_size_, n * (p - target) / target, rtol=0.3)
