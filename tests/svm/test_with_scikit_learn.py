"""Among scikit-learn's tools: TransferCV, grids over sources, calibration, pickles, pipelines."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from sktransfer import Source
from sktransfer.model_selection import TransferCV
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

P = 8
COEF = np.random.default_rng(0).normal(size=P)
SVR = LinearSVR(loss="squared_epsilon_insensitive", dual=False)
TWINS = [
    (TransferLinearSVC("hinge"), LinearSVC()),
    (TransferLinearSVC(), LinearSVC()),
    (TransferLinearSVR(), SVR),
    (
        TransferLinearSVR(loss="squared_epsilon_insensitive", epsilon=0.1),
        LinearSVR(loss="squared_epsilon_insensitive", dual=False),
    ),
]
every_twin = pytest.mark.parametrize("ours, twin", TWINS, ids=["hinge", "squared hinge", "tube", "squared tube"])


def site(n, seed, coef=COEF, labels=False, noise=0.5):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, P))
    y = X @ coef + noise * rng.normal(size=n)
    return X, np.where(y > 0, "yes", "no") if labels else y


def rows(ours, n, seed, coef=COEF):
    return site(n, seed, coef, labels=isinstance(ours, TransferLinearSVC))


@pytest.mark.parametrize("ours, twin", TWINS[::3], ids=["hinge", "squared tube"])
def test_transfer_cv_borrows_from_a_good_source_and_guards_against_a_bad_one(ours, twin):
    X, y = rows(ours, 40, seed=1)
    fresh, truth = rows(ours, 4000, seed=2)
    options = {"grid": [1e-3, 1e-2, 0.1, 1.0, 10.0], "cv": 3}
    alone = TransferCV(clone(ours), **options).fit(X, y).score(fresh, truth)
    for coef, good in ((COEF, True), (-COEF, False)):
        source = clone(twin).fit(*rows(ours, 2000, seed=3, coef=coef))
        search = TransferCV(clone(ours).set_params(source=source), **options).fit(X, y)
        assert {"target", "source", "recalibrated", "transfer"} == set(search.table_["candidate"])
        if good:
            assert search.score(fresh, truth) > alone
            assert search.gain_ > 0
        else:
            assert search.choice_ in ("target", "transfer", "recalibrated")  # by a factor of about minus one
            assert search.score(fresh, truth) >= alone - 0.05
            assert source.score(fresh, truth) < 0.2


@every_twin
def test_a_grid_may_search_over_sources(ours, twin):
    X, y = rows(ours, 60, seed=1)
    good, bad = (clone(twin).fit(*rows(ours, 1000, seed=3, coef=c)) for c in (COEF, -COEF))
    kept = [good.coef_.copy(), bad.coef_.copy()]
    for kind in (Source.from_estimator, FrozenEstimator):
        grid = {"source": [None, kind(bad), kind(good)], "C": [1e-3, 1e-2]}
        search = GridSearchCV(clone(ours), grid, cv=3).fit(X, y)
        assert search.best_params_["source"] is grid["source"][2]
    assert_array_equal(good.coef_, kept[0])
    assert_array_equal(bad.coef_, kept[1])


@every_twin
def test_pickles_and_clones(ours, twin):
    X, y = rows(ours, 60, seed=1)
    model = clone(ours).set_params(source=twin.fit(*rows(ours, 200, seed=3)), C=0.1).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(X), model.predict(X))
    assert_array_equal(again.delta_, model.delta_)
    assert_array_equal(again.fit(X, y).coef_, model.coef_)
    assert len(pickle.dumps(model)) < 20_000
    copy = clone(model)
    assert copy.source is model.source
    assert_array_equal(copy.fit(X, y).coef_, model.coef_)


@every_twin
def test_in_a_pipeline_and_cross_validated(ours, twin):
    X, y = rows(ours, 90, seed=1)
    scaler = StandardScaler().fit(X)
    scaled = clone(twin).fit(scaler.transform(X), y)
    source = make_pipeline(scaler, scaled)
    copied = clone(ours).set_params(source=source, C=0.0, intercept_penalty=np.inf).fit(X, y)
    decide = "decision_function" if isinstance(ours, TransferLinearSVC) else "predict"
    assert_allclose(getattr(copied, decide)(X), getattr(source, decide)(X), rtol=1e-10, atol=1e-10)
    piped = make_pipeline(FrozenEstimator(scaler), clone(ours).set_params(source=scaled, C=0.01))
    assert np.all(cross_val_score(piped, X, y, cv=3) > 0.6)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_calibrated(loss, n_classes):
    X, y = site(150, seed=1, noise=0.1)
    labels = np.array(["a", "b", "c"])[np.argsort(np.argsort(y)) * n_classes // 150]
    source = LinearSVC().fit(X[:75], labels[:75])
    calibrated = CalibratedClassifierCV(TransferLinearSVC(loss, source=source, C=0.1), cv=3).fit(X, labels)
    proba = calibrated.predict_proba(X)
    assert_allclose(proba.sum(axis=1), 1.0)
    assert_array_equal(calibrated.classes_, np.unique(labels))
    assert calibrated.score(X, labels) > 0.8
    scores = TransferLinearSVC(loss, source=source, C=0.1).fit(X, labels).decision_function(X)
    assert scores.shape == ((150,) if n_classes == 2 else (150, 3))
