"""The alpha-weighted fit: its ends and its middle, independent optima, rows by name, and what it refuses."""

import copy
import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, LinearSVR

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)
from sktransfer.sources import SourceData
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

HERE = Path(__file__).parent.parent / "reference"
N_SOURCE, N, P = 90, 40, 4


def rows(seed, n, shift):
    """Rows of a linear model; the response as numbers, and as three, two labels and counts."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, P))
    y = X @ np.linspace(-1, 1 + shift, P) + shift + 0.5 * rng.normal(size=n)
    return X, {"y": y, "three": np.digitize(y, [-1, 1]), "two": np.array(["no", "yes"])[(y > 0).astype(int)],
               "positive": np.exp(y / 2), "counts": rng.poisson(np.exp(y / 2)).astype(float)}  # fmt: skip


X_SOURCE, Y_SOURCE = rows(0, N_SOURCE, 0.0)
X, Y = rows(1, N, 0.7)
W_SOURCE, W = np.random.default_rng(2).uniform(0.2, 2, N_SOURCE), np.random.default_rng(3).uniform(0.2, 2, N)
W[3] = W_SOURCE[5] = 0.0
SMOOTH = {"tol": 1e-12, "max_iter": 5000}
L1 = {"tol": 1e-13, "max_iter": 100_000}
MARGIN = {"tol": 1e-12, "max_iter": 1_000_000}
PRIMAL = {"dual": False, "tol": 1e-9, "max_iter": 10_000}
NEWTON = {"solver": "newton-cholesky", "tol": 1e-12}

# our twin, scikit-learn's, the response, the parameter that half weights change and to what
TWINS = {
    "ridge": (TransferRidge(0.7, **SMOOTH), Ridge(0.7), "y", {"alpha": 1.4}),
    "lasso": (TransferLasso(0.05, **L1), Lasso(0.05, **L1), "y", {}),
    "elastic net": (TransferElasticNet(0.05, **L1), ElasticNet(0.05, **L1), "y", {}),
    "logistic": (TransferLogisticRegression(C=0.7, **SMOOTH), LogisticRegression(C=0.7, **NEWTON), "two", {"C": 0.35}),
    "softmax": (TransferLogisticRegression(C=0.7, **SMOOTH), LogisticRegression(C=0.7, **NEWTON), "three", {"C": 0.35}),
    "poisson": (TransferPoissonRegressor(alpha=0.1, **SMOOTH), PoissonRegressor(alpha=0.1, **NEWTON), "counts", {}),
    "gamma": (TransferGammaRegressor(alpha=0.1, **SMOOTH), GammaRegressor(alpha=0.1, **NEWTON), "positive", {}),
    "tweedie": (
        TransferTweedieRegressor(power=1.5, alpha=0.1, **SMOOTH),
        TweedieRegressor(power=1.5, alpha=0.1, **NEWTON),
        "counts",
        {},
    ),
    "signs": (TransferRidgeClassifier(0.7, **SMOOTH), RidgeClassifier(0.7), "three", {"alpha": 1.4}),
    "svc": (
        TransferLinearSVC(C=0.7, **MARGIN),
        LinearSVC(C=0.7, **PRIMAL),
        "two",
        {"C": 0.35},
    ),
    "svr": (
        TransferLinearSVR(epsilon=0.1, C=0.7, **MARGIN),
        LinearSVR(epsilon=0.1, C=0.7, **MARGIN),
        "y",
        {"C": 0.35},
    ),
}


def weighted(estimator, *args, **kwargs):
    kind = AlphaWeightedClassifier if estimator.__sklearn_tags__().classifier_tags else AlphaWeightedRegressor
    return kind(estimator, *args, **kwargs)


def parameters(model):
    return np.append(np.ravel(model.coef_), np.ravel(model.intercept_))


def assert_same(actual, expected, rtol=1e-6):
    assert_allclose(parameters(actual), parameters(expected), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("with_weights", [False, True])
@pytest.mark.parametrize("name", TWINS)
def test_the_ends_are_scikit_learns_fits_of_one_side(name, with_weights):
    ours, twin, response, _ = TWINS[name]
    w_source, w = (W_SOURCE, W) if with_weights else (None, None)
    source = SourceData(X_SOURCE, Y_SOURCE[response], w_source)
    at_target = weighted(ours, source, alpha=0.0).fit(X, Y[response], w)
    assert_same(at_target, clone(twin).fit(X, Y[response], w))
    at_source = weighted(ours, source, alpha=1.0).fit(X, Y[response], w)
    assert_same(at_source, clone(twin).fit(X_SOURCE, Y_SOURCE[response], w_source))


@pytest.mark.parametrize("with_weights", [False, True])
@pytest.mark.parametrize("name", TWINS)
def test_the_middle_is_the_pooled_fit_against_half_the_weight(name, with_weights):
    """At 1/2: C/2 or twice Ridge's alpha; nothing changes where the loss is a mean."""
    ours, twin, response, half = TWINS[name]
    w_source, w = (W_SOURCE, W) if with_weights else (None, None)
    model = weighted(ours, SourceData(X_SOURCE, Y_SOURCE[response], w_source)).fit(X, Y[response], w)
    pooled = clone(twin).set_params(**half)
    pooled.fit(np.vstack([X, X_SOURCE]), np.append(Y[response], Y_SOURCE[response]),
               np.append(W, W_SOURCE) if with_weights else None)  # fmt: skip
    assert_same(model, pooled)


@pytest.mark.parametrize("alpha", [0.1, 0.8])
@pytest.mark.parametrize("name", TWINS)
def test_in_between_rows_weigh_exactly_alpha_and_the_rest(name, alpha):
    ours, twin, response, _ = TWINS[name]
    model = weighted(ours, SourceData(X_SOURCE, Y_SOURCE[response], W_SOURCE), alpha).fit(X, Y[response], W)
    by_hand = clone(twin).fit(
        np.vstack([X, X_SOURCE]),
        np.append(Y[response], Y_SOURCE[response]),
        np.append((1 - alpha) * W, alpha * W_SOURCE),
    )
    assert_same(model, by_hand)


@pytest.mark.parametrize("name", ["logistic", "softmax", "poisson", "ridge", "elastic net"])
def test_sparse_and_float32_rows_and_both_together(name):
    ours, _, response, _ = TWINS[name]
    dense = weighted(ours, SourceData(X_SOURCE, Y_SOURCE[response]), 0.3).fit(X, Y[response])
    for source, target in [(sp.csr_array, sp.csc_array), (np.asarray, sp.csr_matrix), (sp.csr_array, np.asarray)]:
        model = weighted(ours, SourceData(source(X_SOURCE), Y_SOURCE[response]), 0.3)
        assert_same(model.fit(target(X), Y[response]), dense, rtol=1e-7)
    single = weighted(ours, SourceData(X_SOURCE.astype(np.float32), Y_SOURCE[response]), 0.3)
    single.fit(X.astype(np.float32), Y[response])
    assert single.coef_.dtype == np.float32
    assert_same(single, dense, rtol=2e-5)


FORESTS = {
    "boosted numbers": (HistGradientBoostingRegressor(max_iter=20, random_state=0), "y"),
    "boosted labels": (HistGradientBoostingClassifier(max_iter=20, random_state=0), "three"),
    "forest of numbers": (RandomForestRegressor(20, random_state=0), "y"),
    "forest of labels": (RandomForestClassifier(20, random_state=0), "two"),
}


@pytest.mark.parametrize("with_weights", [False, True])
@pytest.mark.parametrize("name", FORESTS)
def test_trees_at_the_ends_are_fits_of_one_side_to_the_bit(name, with_weights):
    estimator, response = FORESTS[name]
    w_source, w = (W_SOURCE, W) if with_weights else (None, None)
    source = SourceData(X_SOURCE, Y_SOURCE[response], w_source)
    predict = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"
    for alpha, side in [(0.0, (X, Y[response], w)), (1.0, (X_SOURCE, Y_SOURCE[response], w_source))]:
        model = weighted(estimator, source, alpha).fit(X, Y[response], w)
        assert_array_equal(getattr(model, predict)(X), getattr(clone(estimator).fit(*side), predict)(X))


def test_trees_in_between_see_both():
    model = AlphaWeightedClassifier(SVC(C=2.0), SourceData(X_SOURCE, Y_SOURCE["three"]), 0.3).fit(X, Y["three"])
    weight = np.append(np.full(N, 0.7), np.full(N_SOURCE, 0.3))
    by_hand = SVC(C=2.0).fit(np.vstack([X, X_SOURCE]), np.append(Y["three"], Y_SOURCE["three"]), weight)
    assert_allclose(model.decision_function(X), by_hand.decision_function(X), rtol=1e-12)


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_independent_optima(family):
    """See tests/reference/README.md: 56 fits of each family, 50 digits."""
    case = np.load(HERE / f"joint_{family}.npz")
    for k, alpha in enumerate(case["alpha"]):
        lam, w_source, w = case["lam"][k], case["w_source"], case["w_target"]
        if not case["weighted"][k]:
            w_source, w = np.ones_like(w_source), np.ones_like(w)
        if case["mean"][k]:
            w_source, w = w_source / w_source.sum(), w / w.sum()
        twin = TransferRidge(lam, tol=1e-14) if family == "gaussian" else None
        twin = twin or TransferLogisticRegression(C=1 / lam if lam else np.inf, tol=1e-11, max_iter=1000)
        model = weighted(twin, SourceData(case["X_source"], case["y_source"], w_source), float(alpha))
        model.fit(case["X_target"], case["y_target"], w)
        assert_allclose(np.ravel(model.coef_), case["coef"][k], rtol=1e-7, atol=1e-8)
        assert_allclose(np.ravel(model.intercept_), case["intercept"][k], rtol=1e-7, atol=1e-8)


def test_a_source_model_pulls_the_joint_fit():
    """Two terms and a prior of its own: the inner twin's source."""
    teacher = Ridge().fit(X_SOURCE[:50], Y_SOURCE["y"][:50])
    model = AlphaWeightedRegressor(TransferRidge(5.0, source=teacher), SourceData(X_SOURCE, Y_SOURCE["y"]), 0.2)
    model.fit(X, Y["y"])
    weight = np.append(np.full(N, 0.8), np.full(N_SOURCE, 0.2))
    by_hand = TransferRidge(5.0, source=teacher)
    by_hand.fit(np.vstack([X, X_SOURCE]), np.append(Y["y"], Y_SOURCE["y"]), weight)
    assert_same(model, by_hand, rtol=1e-12)
    held = clone(model).set_params(estimator__alpha=np.inf).fit(X, Y["y"])
    assert_array_equal(held.coef_, teacher.coef_)


def test_several_sources_each_with_a_weight():
    halves = [(SourceData(X_SOURCE[:40], Y_SOURCE["y"][:40]), 3.0), SourceData(X_SOURCE[40:], Y_SOURCE["y"][40:])]
    weight = np.append(np.full(40, 3.0), np.ones(50))
    whole = SourceData(X_SOURCE, Y_SOURCE["y"], weight)
    for estimator in (TransferRidge(), Ridge()):
        for alpha in (0.0, 0.3, 1.0):
            expected = AlphaWeightedRegressor(estimator, whole, alpha).fit(X, Y["y"])
            for order in (halves, halves[::-1]):
                assert_same(AlphaWeightedRegressor(estimator, order, alpha).fit(X, Y["y"]), expected, rtol=1e-12)


def test_without_a_source_it_is_its_estimator():
    for estimator in (Ridge(), TransferRidge(), LinearRegression()):
        model = AlphaWeightedRegressor(estimator, alpha=0.9).fit(X, Y["y"], W)
        assert_array_equal(parameters(model), parameters(clone(estimator).fit(X, Y["y"], W)))


def test_labels_of_either_side_are_known():
    only_two = Y_SOURCE["three"] < 2
    source = SourceData(X_SOURCE[only_two], Y_SOURCE["three"][only_two])
    model = AlphaWeightedClassifier(TransferLogisticRegression(), source, 0.4).fit(X, Y["three"])
    assert_array_equal(model.classes_, [0, 1, 2])
    one = Y["three"] == 1
    model = AlphaWeightedClassifier(TransferLogisticRegression(), source, 0.4).fit(X[one], Y["three"][one])
    assert_array_equal(model.classes_, [0, 1])
    assert model.predict_proba(X).shape == (N, 2)
    assert model.predict_log_proba(X).shape == (N, 2)


@pytest.mark.parametrize("estimator", [Ridge(), TransferRidge(), HistGradientBoostingRegressor(max_iter=5)])
def test_columns_go_by_name(estimator):
    names = ["a", "b", "c", "d"]
    target, frame = pd.DataFrame(X, columns=names), pd.DataFrame(X_SOURCE, columns=names)
    expected = AlphaWeightedRegressor(estimator, SourceData(X_SOURCE, Y_SOURCE["y"]), 0.3).fit(X, Y["y"]).predict(X)
    shuffled = frame[["c", "a", "d", "b"]].assign(more=1.0)
    for rows_of_source in (shuffled, X_SOURCE):
        for alpha in (0.3, 1.0):
            model = AlphaWeightedRegressor(estimator, SourceData(rows_of_source, Y_SOURCE["y"]), alpha)
            model.fit(target, Y["y"])
            assert_array_equal(model.feature_names_in_, names)
            assert model.n_features_in_ == 4
            found = model.predict(target)
        assert_allclose(model.set_params(alpha=0.3).fit(target, Y["y"]).predict(target), expected, rtol=1e-12)
    assert found.shape == (N,)
    plain = AlphaWeightedRegressor(estimator, SourceData(frame, Y_SOURCE["y"]), 0.3).fit(X, Y["y"])
    assert_allclose(plain.predict(X), expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"the source 'north' lacks the target's columns \['d'\]"):
        AlphaWeightedRegressor(estimator, SourceData(frame[names[:3]], Y_SOURCE["y"], name="north")).fit(target, Y["y"])


@pytest.mark.parametrize("estimator", [Ridge(), TransferRidge()])
def test_nothing_of_the_users_is_changed_and_it_goes_everywhere(estimator):
    source = SourceData(X_SOURCE.copy(), Y_SOURCE["y"].copy(), W_SOURCE.copy())
    kept = copy.deepcopy((source.X, source.y, source.sample_weight, X, Y["y"], W))
    for array in (source.X, source.y, source.sample_weight):
        array.flags.writeable = False
    model = AlphaWeightedRegressor(estimator, source, 0.3).fit(X, Y["y"], W)
    for before, after in zip(kept, (source.X, source.y, source.sample_weight, X, Y["y"], W), strict=True):
        assert_array_equal(before, after)
    assert clone(model).source is source
    assert not hasattr(model.estimator, "coef_")
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    search = GridSearchCV(AlphaWeightedRegressor(estimator, source), {"alpha": [0.0, 0.5], "estimator__alpha": [1, 2]})
    assert search.fit(X, Y["y"]).best_estimator_.source is source
    scores = cross_val_score(make_pipeline(StandardScaler(), AlphaWeightedRegressor(estimator, source)), X, Y["y"])
    assert scores.shape == (5,)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda s: AlphaWeightedRegressor(KNeighborsRegressor(), s), TypeError, "takes sample_weight.*KNeighborsRegr"),
        (lambda s: AlphaWeightedRegressor(make_pipeline(Ridge()), s), TypeError, "Pipeline does not.*last step"),
        (lambda s: AlphaWeightedRegressor(SVC(), s), TypeError, "needs a regressor, got SVC.*AlphaWeightedClassifier"),
        (lambda s: AlphaWeightedClassifier(Ridge(), s), TypeError, "needs a classifier, got Ridge"),
        (lambda s: AlphaWeightedRegressor(Ridge, s), TypeError, "needs an estimator, such as a regressor"),
        (lambda s: AlphaWeightedRegressor(Ridge(), X_SOURCE), TypeError, "got ndarray.*SourceData"),
        (lambda s: AlphaWeightedRegressor(Ridge(), Ridge()), TypeError, "got Ridge.*TransferRidge"),
        (lambda s: AlphaWeightedRegressor(Ridge(), []), ValueError, "empty list"),
        (lambda s: AlphaWeightedRegressor(Ridge(), [(s, 0.0)]), ValueError, "positive and finite, got 0.0"),
        (lambda s: AlphaWeightedRegressor(Ridge(), [(s, np.nan)]), ValueError, "positive and finite, got nan"),
        (lambda s: AlphaWeightedRegressor(Ridge(), s, alpha=1.1), ValueError, "'alpha' parameter"),
        (lambda s: AlphaWeightedRegressor(Ridge(), s, alpha="half"), ValueError, "'alpha' parameter"),
        (
            lambda s: AlphaWeightedRegressor(Ridge(), SourceData(X_SOURCE[:, :3], s.y)),
            ValueError,
            "X of the source 0 has 3 features, the target's 4",
        ),
        (
            lambda s: AlphaWeightedRegressor(TransferRidge(), SourceData(X_SOURCE[:, :3], s.y, name="south")),
            ValueError,
            "X of the source 'south' has 3 features, the target's 4",
        ),
        (
            lambda s: AlphaWeightedRegressor(TransferRidge(), SourceData(np.full_like(X_SOURCE, np.nan), s.y)),
            ValueError,
            "rows of the source 0 cannot be used: Input X contains NaN",
        ),
        (
            lambda s: AlphaWeightedRegressor(TransferRidge(), SourceData(X_SOURCE, np.stack([s.y] * 2, axis=1))),
            ValueError,
            "y of the source 0 has shape",
        ),
        (
            lambda s: AlphaWeightedRegressor(TransferRidge(), SourceData(X_SOURCE, s.y, -W_SOURCE)),
            ValueError,
            "rows of the source 0 cannot be used: sample_weight must not be negative",
        ),
        (
            lambda s: AlphaWeightedRegressor(TransferPoissonRegressor(), SourceData(X_SOURCE, s.y)),
            ValueError,
            "Poisson loss takes y of 0 or more, its smallest entry is",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(make, error, message):
    model = make(SourceData(X_SOURCE, Y_SOURCE["y"]))
    with pytest.raises(error, match=message):
        model.fit(X, np.abs(Y["y"]))


def test_labels_and_numbers_do_not_mix():
    source = SourceData(X_SOURCE, Y_SOURCE["two"])
    for estimator in (TransferLogisticRegression(), LogisticRegression()):
        with pytest.raises(ValueError, match="cannot be told apart or matched"):
            AlphaWeightedClassifier(estimator, source).fit(X, Y["three"])


def test_before_the_fit():
    model = AlphaWeightedRegressor(Ridge())
    for name in ("coef_", "intercept_", "n_features_in_"):
        with pytest.raises(AttributeError, match=f"no {name!r} before it is fitted"):
            getattr(model, name)
    assert not hasattr(model, "predict_proba")
    with pytest.raises(ValueError, match="requires y"):
        model.fit(X, None)


def test_callbacks_of_the_linear_twins_see_each_iteration_and_the_targets_rows():
    class Watcher:
        def __init__(self):
            self.seen = []

        def setup(self, estimator, context):
            pass

        teardown = setup

        def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
            self.seen.append(X is TARGET and y is LABELS)

        def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
            assert fitted_estimator.score(X, y) > 0.5

    TARGET, LABELS = X, Y["two"]
    twin, source = TransferLogisticRegression(solver="newton-cholesky"), SourceData(X_SOURCE, Y_SOURCE["two"])
    if importlib.util.find_spec("sklearn.callback") is None:
        assert not hasattr(twin, "set_callbacks")
        return
    watcher = Watcher()
    model = AlphaWeightedClassifier(twin.set_callbacks(watcher), source, 0.3).fit(TARGET, LABELS)
    assert len(watcher.seen) == model.estimator_.n_iter_[0] + 1
    assert all(watcher.seen)
