"""TransferCV around the L1 twins: five folds, strengths up to a copy, no pooling."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LassoCV, LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    transfer_path,
)
from sktransfer.model_selection import TransferCV

COEF = np.array([1.0, -2.0, 0.5, 0.0, 3.0])


def _rows(n, coef, seed=0, noise=0.3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    return X, X @ coef + noise * rng.normal(size=n)


X_SOURCE, Y_SOURCE = _rows(500, COEF, seed=1)
MODEL = Ridge().fit(X_SOURCE, Y_SOURCE)
PRECISE = Source.from_estimator(MODEL, X=X_SOURCE)


@pytest.mark.parametrize("twin", [TransferLasso(), TransferElasticNet(l1_ratio=0.3)])
def test_the_grid_reaches_from_a_thousandth_of_a_copy_to_a_copy(twin):
    X, y = _rows(40, COEF)
    twin.set_params(source=PRECISE)
    search = TransferCV(twin).fit(X, y)
    names = search.table_["candidate"]
    assert list(dict.fromkeys(names)) == ["target", "source", "recalibrated", "transfer"]
    pairs = zip(names, search.table_["params"], strict=True)
    free = [params["alpha"] for name, params in pairs if name == "transfer" and params["intercept_penalty"] == 0]
    largest = transfer_path(X, y, source=PRECISE, l1_ratio=getattr(twin, "l1_ratio", 1.0), alphas=1)[0][0]
    assert_allclose([min(free), max(free)], [1e-3 * largest, largest], rtol=1e-9)
    assert not np.any(twin.set_params(alpha=1.0001 * largest).fit(X, y).delta_)


def test_it_finds_the_one_coefficient_that_changed():
    changed = COEF + np.array([0, 0, 2.0, 0, 0])
    X, y = _rows(30, changed)
    search = TransferCV(TransferLasso(source=MODEL)).fit(X, y)
    assert search.choice_ == "transfer"
    assert np.argmax(np.abs(search.best_estimator_.delta_)) == 2
    X_new, y_new = _rows(2000, changed, seed=5, noise=0.0)
    alone = LassoCV(cv=5).fit(X, y)
    assert np.mean((search.predict(X_new) - y_new) ** 2) < np.mean((alone.predict(X_new) - y_new) ** 2)


def test_a_good_source_is_copied_and_a_bad_one_is_ignored():
    X, y = _rows(30, COEF)
    assert TransferCV(TransferLasso(source=MODEL)).fit(X, y).choice_ in ("source", "recalibrated")
    X, y = _rows(60, -COEF)
    search = TransferCV(TransferLasso(source=MODEL), rule="min").fit(X, y)
    assert search.score(X, y) > 0.95
    assert "source" not in (search.choice_, "pooled")


def test_leave_one_out_refits():
    X, y = _rows(8, COEF)
    losses = TransferCV(TransferLasso(source=MODEL), grid=[0.1], cv="loo", candidates=["transfer"]).fit(X, y)
    params = losses.table_["params"][0]
    by_hand = []
    for i in range(8):
        keep = np.arange(8) != i
        model = TransferLasso(source=MODEL, **params).fit(X[keep], y[keep])
        by_hand.append((model.predict(X[[i]])[0] - y[i]) ** 2)
    assert_allclose(-losses.table_["score"][0], np.mean(by_hand), rtol=1e-9)


def _labels(n, coef, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    return X, (X @ coef.T + rng.gumbel(size=(n, len(coef)))).argmax(axis=1)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_classifier_finds_what_changed(n_classes):
    coef = np.random.default_rng(3).normal(size=(n_classes, 5))
    X_source, y_source = _labels(800, coef, 1)
    model = LogisticRegression().fit(X_source, y_source)
    changed = coef.copy()
    changed[0, 2] += 5.0
    X, y = _labels(60, changed, 2)
    search = TransferCV(TransferLogisticRegression(source=model, l1_ratio=1.0), rule="min").fit(X, y)
    names = search.table_["candidate"]
    assert list(dict.fromkeys(names)) == ["target", "source", "recalibrated", "transfer"]
    assert search.choice_ == "transfer"
    assert (
        np.unravel_index(np.argmax(np.abs(search.best_estimator_.delta_)), search.best_estimator_.coef_.shape)[1] == 2
    )
    assert np.any(search.best_estimator_.delta_ == 0)


@pytest.mark.parametrize("twin", [TransferLogisticRegression(l1_ratio=0.5), TransferPoissonRegressor(l1_ratio=0.5)])
def test_the_grid_of_losses_that_are_not_squared_reaches_a_copy(twin):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    logistic = isinstance(twin, TransferLogisticRegression)
    y = (X @ COEF + rng.logistic(size=60) > 0).astype(int) if logistic else rng.poisson(np.exp(0.3 * X[:, 0]))
    twin.set_params(source=Source(0.1 * COEF, classes=[0, 1] if logistic else None), tol=1e-10)
    name, inverse = ("C", True) if logistic else ("alpha", False)
    search = TransferCV(twin, candidates=["transfer"]).fit(X, y)
    free = [params[name] for params in search.table_["params"] if params["intercept_penalty"] == 0]
    strengths = [1 / value if inverse else value for value in free]
    largest = max(strengths)
    assert_allclose(min(strengths), 1e-3 * largest, rtol=1e-9)
    value = 1.0001 * largest
    assert not np.any(twin.set_params(**{name: 1 / value if inverse else value}).fit(X, y).delta_)
    value = 0.99 * largest
    assert np.any(twin.set_params(**{name: 1 / value if inverse else value}).fit(X, y).delta_)


def test_a_class_without_rows_has_a_grid_too():
    coef = np.random.default_rng(3).normal(size=(3, 5))
    X_source, y_source = _labels(800, coef, 1)
    X, y = _labels(60, coef, 2)
    keep = y != 1
    twin = TransferLogisticRegression(source=LogisticRegression().fit(X_source, y_source), l1_ratio=1.0)
    search = TransferCV(twin, grid="auto").fit(X[keep], y[keep])
    pairs = zip(search.table_["candidate"], search.table_["params"], strict=True)
    smallest = min(p["C"] for n, p in pairs if n == "transfer" and p["intercept_penalty"] == 0)
    assert np.all(np.isfinite(search.table_["score"]))
    twin.set_params(tol=1e-10)
    assert not np.any(twin.set_params(C=smallest * 0.99999).fit(X[keep], y[keep]).delta_)
    assert np.any(twin.set_params(C=smallest * 1.01).fit(X[keep], y[keep]).delta_)
