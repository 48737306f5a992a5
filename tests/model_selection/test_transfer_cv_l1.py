"""TransferCV around the L1 twins: five folds, strengths up to a copy, no pooling."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LassoCV, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferElasticNet, TransferLasso, transfer_path
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
