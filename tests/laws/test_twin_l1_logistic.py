"""Law: with ``source=None`` and a share of absolute values the logistic twin is scikit-learn's LogisticRegression."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from sktransfer.linear_model import TransferLogisticRegression

FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "csr": sp.csr_array,
    "csc": sp.csc_matrix,
    "float32": lambda X: X.astype(np.float32),
    "csc float32": lambda X: sp.csc_matrix(X.astype(np.float32)),
}


def rows(shape, n_classes, seed=0):
    """Features of unit scale, labels that depend on some of them, weights with a zero; entries float32 can hold."""
    random = np.random.default_rng(seed)
    X = random.normal(size=shape)
    X[random.random(shape) < 0.3] = 0.0
    coef = random.normal(size=(shape[1], n_classes))
    coef[shape[1] // 2 + 1 :] = 0.0
    y = (X @ coef + random.gumbel(size=(shape[0], n_classes))).argmax(axis=1)
    weight = random.integers(1, 4, size=shape[0]).astype(float)
    weight[0] = 0.0
    return X.astype(np.float32).astype(float), np.array(["a", "b", "c", "d"])[y], weight


def twin(l1_ratio, solver, **params):
    """LogisticRegression with this share of absolute values, however its scikit-learn is told."""
    model = LogisticRegression(solver=solver, max_iter=100_000, tol=1e-12 if solver == "liblinear" else 1e-9, **params)
    new = model.get_params().get("penalty") == "deprecated"
    named = {"penalty": "l1"} if l1_ratio == 1 else {"penalty": "elasticnet", "l1_ratio": l1_ratio}
    return model.set_params(**({"l1_ratio": l1_ratio} if new else named), random_state=0)


def fit(model, *data):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning)
        return model.fit(*data)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(60, 5), (20, 40)])
def test_two_classes_without_an_intercept(shape, weighted, form):
    """liblinear, which would penalise an intercept, reaches the optimum by another road."""
    X, y, weight = rows(shape, 2)
    weight = weight if weighted else None
    expected = fit(twin(1.0, "liblinear", C=0.7, fit_intercept=False), X, y, weight)
    ours = TransferLogisticRegression(C=0.7, l1_ratio=1.0, fit_intercept=False, tol=1e-12)
    ours.fit(FORMS[form](X), y, weight)
    rtol = 1e-4 if "float32" in form else 1e-5
    assert np.any(expected.coef_)
    assert not np.all(ours.coef_)
    assert ours.coef_.dtype == (np.float32 if "float32" in form else np.float64)
    assert_allclose(ours.coef_, expected.coef_, rtol=rtol, atol=1e-6)
    assert_allclose(ours.predict_proba(X), expected.predict_proba(X), rtol=rtol)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("shape", [(60, 5), (20, 30)])
def test_saga(shape, n_classes, l1_ratio, fit_intercept):
    X, y, weight = rows(shape, n_classes)
    params = {"C": 0.8, "fit_intercept": fit_intercept, "class_weight": "balanced"}
    expected = fit(twin(l1_ratio, "saga", **params), X, y, weight)
    ours = TransferLogisticRegression(l1_ratio=l1_ratio, tol=1e-12, solver="saga", **params).fit(X, y, weight)
    assert np.any(expected.coef_)
    assert l1_ratio < 1 or not np.all(ours.coef_)
    assert_allclose(ours.predict_proba(X), expected.predict_proba(X), rtol=1e-5, atol=1e-8)
    assert_allclose(ours.coef_, expected.coef_, rtol=1e-5, atol=1e-7)
    shift = ours.intercept_ - expected.intercept_
    assert_allclose(shift, shift.mean() if n_classes > 2 else 0.0, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_share_of_nothing_is_ridge(n_classes):
    X, y, weight = rows((60, 5), n_classes)
    ridge = TransferLogisticRegression(tol=1e-12).fit(X, y, weight)
    nearly = TransferLogisticRegression(tol=1e-13, l1_ratio=1e-9).fit(X, y, weight)
    assert_allclose(nearly.coef_, ridge.coef_, atol=1e-8)
    assert nearly.result_.solver == "prox-newton"
    assert ridge.result_.solver != "prox-newton"
