"""From a fitted source model to the estimator for the target: each row of make_transfer's docstring."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    ElasticNet,
    ElasticNetCV,
    Lars,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeCV,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, PolynomialFeatures, SplineTransformer, StandardScaler
from sklearn.svm import LinearSVC

from sktransfer import Source, make_transfer
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.model_selection import TransferCV

RNG = np.random.default_rng(11)
X_SOURCE = RNG.normal(size=(200, 3)) * [1.0, 20.0, 0.1] + [0.0, 50.0, 1.0]
Y_SOURCE = X_SOURCE @ [1.0, 0.1, -10.0] + 0.3 * RNG.normal(size=200)
C_SOURCE = (np.median(Y_SOURCE) < Y_SOURCE).astype(int)
X = RNG.normal(size=(30, 3)) * [1.0, 20.0, 0.1] + [0.5, 40.0, 1.0]
Y = X @ [1.2, 0.1, -9.0] + 0.3 * RNG.normal(size=30)
C = (np.median(Y) < Y).astype(int)


def l1_spelling(share):
    """How this scikit-learn's LogisticRegression is told of absolute values in its penalty: before 1.8, by name."""
    if "penalty" in inspect.signature(LogisticRegression).parameters and LogisticRegression().penalty != "deprecated":
        return {"penalty": "l1"} if share == 1 else {"penalty": "elasticnet", "l1_ratio": share}
    return {"l1_ratio": share}


def _fit(model):
    counts = isinstance(model, TransferPoissonRegressor)
    return model.fit(X_SOURCE, C_SOURCE if counts or _classifies(model) else Y_SOURCE)


def _classifies(model):
    return is_classifier(model[-1] if isinstance(model, Pipeline) else model)


# Models --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, twin, carried",
    [
        (Ridge(alpha=3.0, fit_intercept=False), TransferRidge, {"fit_intercept": False}),
        (Ridge(alpha=3.0, positive=True), TransferRidge, {"positive": True}),
        (RidgeCV(fit_intercept=False), TransferRidge, {"fit_intercept": False}),
        (LinearRegression(positive=True), TransferRidge, {"positive": True}),
        (
            LogisticRegression(class_weight="balanced", fit_intercept=False, max_iter=2000),
            TransferLogisticRegression,
            {"class_weight": "balanced", "fit_intercept": False},
        ),
        (TransferRidge(alpha=3.0, metric="scale", fit_intercept=False), TransferRidge, {"fit_intercept": False}),
        (
            TransferLogisticRegression(C=3.0, class_weight={0: 2, 1: 1}),
            TransferLogisticRegression,
            {"class_weight": {0: 2, 1: 1}},
        ),
        (Lasso(0.01, positive=True), TransferLasso, {"positive": True}),
        (LassoCV(cv=2, fit_intercept=False), TransferLasso, {"fit_intercept": False}),
        (ElasticNet(0.01, l1_ratio=0.3), TransferElasticNet, {"l1_ratio": 0.3}),
        (ElasticNetCV(cv=2, l1_ratio=[0.2]), TransferElasticNet, {"l1_ratio": 0.2}),
        (TransferLasso(0.01), TransferLasso, {}),
        (
            LogisticRegression(**l1_spelling(1.0), solver="liblinear"),
            TransferLogisticRegression,
            {"l1_ratio": 1.0},
        ),
        (
            LogisticRegression(**l1_spelling(0.3), solver="saga", tol=0.1, max_iter=2000),
            TransferLogisticRegression,
            {"l1_ratio": 0.3},
        ),
        (TransferLogisticRegression(l1_ratio=0.7), TransferLogisticRegression, {"l1_ratio": 0.7}),
        (TransferPoissonRegressor(l1_ratio=0.7), TransferPoissonRegressor, {"l1_ratio": 0.7}),
        (TransferElasticNet(0.01, l1_ratio=0.9), TransferElasticNet, {"l1_ratio": 0.9}),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else "",
)
def test_each_model_has_its_twin(model, twin, carried):
    before = pickle.dumps(_fit(model))
    target = make_transfer(model, borrow=2.0)
    assert type(target) is twin
    assert isinstance(target.source, Source)
    assert_array_equal(np.ravel(target.source.coef), np.ravel(model.coef_))
    assert_allclose(target.source.intercept, model.intercept_, rtol=1e-15)
    strength = {"C": 0.5} if twin is TransferLogisticRegression else {"alpha": 2.0}
    expected = twin(**strength, **carried).get_params()
    assert {**target.get_params(), "source": None} == expected
    assert pickle.dumps(model) == before


@pytest.mark.filterwarnings("ignore:'penalty' was deprecated")
def test_the_old_names_of_penalties():
    """penalty="l1" says it, as it did before scikit-learn 1.8; l1_ratio only where penalty is "elasticnet"."""
    shares = {}
    for penalty, l1_ratio in [("l1", 0.0), ("l2", 0.3), ("elasticnet", 0.3), (None, 0.3)]:
        solver = "liblinear" if penalty == "l1" else "saga"
        model = LogisticRegression(C=0.01, solver=solver, tol=1.0).fit(X_SOURCE / [1, 20, 0.1], C_SOURCE)
        shares[penalty] = make_transfer(model.set_params(penalty=penalty, l1_ratio=l1_ratio), borrow=1.0).l1_ratio
    assert shares == {"l1": 1.0, "l2": 0.0, "elasticnet": 0.3, None: 0.0}


def test_logistic_regression_cv():
    model = LogisticRegressionCV(Cs=2, cv=2, class_weight="balanced", scoring="neg_log_loss")
    if "use_legacy_attributes" in model.get_params():  # from scikit-learn 1.8 on it asks for these
        model.set_params(use_legacy_attributes=False, l1_ratios=(0,))
    target = make_transfer(model.fit(StandardScaler().fit_transform(X_SOURCE), C_SOURCE), borrow=1.0)
    assert type(target) is TransferLogisticRegression
    assert target.class_weight == "balanced"
    assert_array_equal(np.ravel(target.source.coef), np.ravel(model.coef_))


@pytest.mark.parametrize(
    "model",
    [Ridge(), LogisticRegression(max_iter=3000), Lasso(0.01), ElasticNet(0.01)],
    ids=["ridge", "logistic", "lasso", "elastic net"],
)
def test_by_default_the_strength_is_searched(model):
    target = make_transfer(_fit(model))
    assert isinstance(target, TransferCV)
    assert target.get_params(deep=False).keys() == TransferCV(None).get_params(deep=False).keys()
    assert {**target.get_params(deep=False), "estimator": None} == TransferCV(None).get_params(deep=False)
    assert not hasattr(target, "best_estimator_")
    y = C if _classifies(model) else Y
    assert target.fit(X, y).score(X, y) > 0.8
    assert target.gain_ is not None


def test_an_array_of_coefficients_speaks_by_its_link():
    for source, twin in (
        (Source([1.0, 2.0, 3.0], link="identity"), TransferRidge),
        (Source([1.0, 2.0, 3.0], classes=[0, 1]), TransferLogisticRegression),
    ):
        target = make_transfer(source, borrow=1.0)
        assert type(target) is twin
        assert target.source is source
        assert target.metric == "scale"
        assert isinstance(make_transfer(source), TransferCV)


def test_a_source_without_a_link_is_refused():
    with pytest.raises(TypeError, match=r"of a Source with link None; it takes links \['identity', 'log', 'logit'\]"):
        make_transfer(Source([1.0]))


def test_a_source_with_precision_is_pooled():
    source = Source.from_estimator(Ridge().fit(X_SOURCE, Y_SOURCE), X=X_SOURCE)
    assert "pooled" in make_transfer(source).fit(X, Y).table_["candidate"]


# Chains --------------------------------------------------------------------------------------------------------


def test_chains_of_twins_and_searches():
    first = make_transfer(Ridge().fit(X_SOURCE, Y_SOURCE)).fit(X, Y)
    second = make_transfer(first, borrow=np.inf, params={"intercept_penalty": np.inf})
    assert_array_equal(second.source.coef, first.best_estimator_.coef_)
    assert_allclose(second.fit(X[:5], Y[:5]).predict(X), first.predict(X), rtol=1e-12)
    third = make_transfer(second)
    assert_array_equal(third.estimator.source.coef, second.coef_)


def test_a_chain_in_a_pipeline():
    first = make_pipeline(StandardScaler(), TransferCV(TransferRidge())).fit(X_SOURCE, Y_SOURCE)
    second = make_transfer(first, borrow=np.inf, params={"intercept_penalty": np.inf}).fit(X, Y)
    assert_allclose(second.predict(X), first.predict(X), rtol=1e-10)


# Pipelines that fold -------------------------------------------------------------------------------------------

FOLDS = {
    "standard": lambda: [StandardScaler()],
    "min max": lambda: [MinMaxScaler()],
    "pca": lambda: [StandardScaler(), PCA(2)],
    "columns": lambda: [make_column_transformer((StandardScaler(), [0, 2]), remainder="passthrough")],
    "none": lambda: ["passthrough"],
}


@pytest.mark.parametrize(
    "model", [Ridge(alpha=0.3), LogisticRegression(class_weight="balanced", max_iter=5000)], ids=["ridge", "logistic"]
)
@pytest.mark.parametrize("steps", FOLDS)
def test_the_copy_limit_of_a_folded_twin_predicts_as_the_pipeline(steps, model):
    pipeline = _fit(make_pipeline(*FOLDS[steps](), clone(model)))
    before = pickle.dumps(pipeline)
    target = make_transfer(pipeline, borrow=np.inf, params={"intercept_penalty": np.inf})
    assert target.metric == "scale"
    assert getattr(target, "class_weight", None) == getattr(model, "class_weight", None)
    assert target.source.coef.shape[-1] == 3
    target.fit(X, C if _classifies(model) else Y)
    method = "decision_function" if _classifies(model) else "predict"
    assert_allclose(getattr(target, method)(X), getattr(pipeline, method)(X), rtol=1e-10, atol=1e-10)
    assert pickle.dumps(pipeline) == before


def test_an_infinite_borrow_copies_the_slopes_and_frees_the_intercept():
    pipeline = _fit(make_pipeline(StandardScaler(), Ridge()))
    target = make_transfer(pipeline, borrow=np.inf).fit(X, Y)
    assert_allclose(target.coef_, pipeline[-1].coef_ / pipeline[0].scale_, rtol=1e-13)
    assert_allclose(target.predict(X).mean(), Y.mean(), rtol=1e-12)


def test_folded_pipelines_keep_feature_names():
    frame = pd.DataFrame(X_SOURCE, columns=["a", "b", "c"])
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(frame, Y_SOURCE)
    target = make_transfer(pipeline, borrow=np.inf, params={"intercept_penalty": np.inf})
    rows = pd.DataFrame(X, columns=["a", "b", "c"])
    assert_allclose(
        target.fit(rows[["c", "a", "b"]], Y).predict(rows[["c", "a", "b"]]), pipeline.predict(rows), rtol=1e-10
    )


# Pipelines that do not -----------------------------------------------------------------------------------------


def _assert_frozen(pipeline, X, y, fixed):
    """The transformers are the same objects, frozen; the copy limit predicts as the pipeline."""
    before = pickle.dumps(pipeline)
    target = make_transfer(pipeline)
    assert isinstance(target, Pipeline)
    assert [name for name, _ in target.steps] == [name for name, _ in pipeline.steps]
    for (_, frozen), (_, step) in zip(target.steps[:-1], pipeline.steps[:-1], strict=True):
        assert isinstance(frozen, FrozenEstimator)
        assert frozen.estimator is step
    assert isinstance(target[-1], TransferCV)
    target.fit(X, y)
    assert target.predict(X).shape == y.shape
    assert_array_equal(fixed(clone(target).fit(X, y)[:-1]), fixed(pipeline[:-1]))
    copy = make_transfer(pipeline, borrow=np.inf, params={"intercept_penalty": np.inf}).fit(X, y)
    method = "decision_function" if hasattr(pipeline, "decision_function") else "predict"
    assert_allclose(getattr(copy, method)(X), getattr(pipeline, method)(X), rtol=1e-10, atol=1e-10)
    assert pickle.dumps(pipeline) == before


@pytest.mark.parametrize("model", [Ridge(), LogisticRegression(class_weight="balanced")], ids=["ridge", "logistic"])
def test_one_hot_encoding_is_frozen(model):
    rng = np.random.default_rng(0)
    towns, target_towns = (rng.choice(list("abcd"[:k]), size=(n, 1)) for k, n in ((4, 100), (2, 30)))
    y, y_target = (rng.normal(size=n) + (rows[:, 0] == "a") for n, rows in ((100, towns), (30, target_towns)))
    if _classifies(model):
        y, y_target = y > 0.2, y_target > 0.2
    encoder = OneHotEncoder(handle_unknown="ignore")
    pipeline = make_pipeline(encoder, model).fit(towns, y)
    _assert_frozen(
        pipeline, target_towns, y_target, lambda part: getattr(part[-1], "estimator", part[-1]).categories_[0]
    )
    assert encoder.categories_[0].tolist() == list("abcd")
    assert make_transfer(pipeline, borrow=1.0).fit(target_towns, y_target)[-1].n_features_in_ == 4


@pytest.mark.parametrize("model", [Ridge(), LogisticRegression()], ids=["ridge", "logistic"])
def test_splines_are_frozen(model):
    pipeline = _fit(make_pipeline(StandardScaler(), SplineTransformer(n_knots=4), model))
    y = C if _classifies(model) else Y
    _assert_frozen(pipeline, X, y, lambda part: part.transform(X_SOURCE))


@pytest.mark.parametrize("model", [Ridge(), LogisticRegression()], ids=["ridge", "logistic"])
def test_text_is_frozen(model):
    words = np.array(["red", "green", "blue", "gold", "grey"])
    rng = np.random.default_rng(0)
    texts, target_texts = ([" ".join(rng.choice(words[:k], size=6)) for _ in range(n)] for k, n in ((5, 80), (3, 25)))
    y, y_target = (
        np.array([text.count("red") - text.count("blue") for text in rows]) for rows in (texts, target_texts)
    )
    if _classifies(model):
        y, y_target = y > 0, y_target > 0
    pipeline = make_pipeline(TfidfVectorizer(), model).fit(texts, y)
    assert sparse.issparse(pipeline[:-1].transform(texts))
    _assert_frozen(pipeline, target_texts, y_target, lambda part: part.transform(texts).toarray())


def test_steps_that_do_nothing_stay():
    pipeline = Pipeline([("a", "passthrough"), ("b", PolynomialFeatures()), ("c", None), ("d", Ridge())]).fit(
        X_SOURCE, Y_SOURCE
    )
    target = make_transfer(pipeline, borrow=1.0)
    assert [target.steps[0][1], target.steps[2][1]] == ["passthrough", None]
    assert target.fit(X, Y).predict(X).shape == (30,)


def test_a_pipeline_within_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), make_pipeline(PolynomialFeatures(), Ridge())).fit(X_SOURCE, Y_SOURCE)
    target = make_transfer(pipeline, borrow=np.inf, params={"intercept_penalty": np.inf}).fit(X, Y)
    assert_allclose(target.predict(X), pipeline.predict(X), rtol=1e-10)


# Searches and wrappers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [GridSearchCV, RandomizedSearchCV])
def test_a_search_is_its_best_estimator(kind):
    options = {"n_iter": 2, "random_state": 0} if kind is RandomizedSearchCV else {}
    search = kind(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 10.0]}, cv=3, **options)
    search.fit(X_SOURCE, Y_SOURCE)
    before = pickle.dumps(search)
    target = make_transfer(search, borrow=np.inf, params={"intercept_penalty": np.inf}).fit(X, Y)
    assert type(target) is TransferRidge
    assert_allclose(target.predict(X), search.predict(X), rtol=1e-10)
    assert pickle.dumps(search) == before


def test_a_search_at_the_end_of_a_pipeline():
    search = GridSearchCV(Ridge(fit_intercept=False), {"alpha": [0.1, 10.0]}, cv=3)
    for steps, kind in ((StandardScaler(), TransferRidge), (SplineTransformer(), Pipeline)):
        pipeline = make_pipeline(steps, search).fit(X_SOURCE, Y_SOURCE)
        target = make_transfer(pipeline, borrow=1.0)
        assert type(target) is kind
        assert (target if kind is TransferRidge else target[-1]).fit_intercept is False


@pytest.mark.parametrize("wrap", [FrozenEstimator, lambda model: FrozenEstimator(FrozenEstimator(model))])
def test_a_frozen_model_is_the_model(wrap):
    model = Ridge().fit(X_SOURCE, Y_SOURCE)
    target, expected = make_transfer(wrap(model), borrow=1.0), make_transfer(model, borrow=1.0)
    assert target.source == expected.source
    pipeline = FrozenEstimator(make_pipeline(StandardScaler(), Ridge()).fit(X_SOURCE, Y_SOURCE))
    assert make_transfer(pipeline, borrow=1.0).metric == "scale"


# How much ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "borrow, alpha, C",
    [(0.1, 0.1, 10.0), (2, 2.0, 0.5), (0, 0.0, np.inf), (np.inf, np.inf, 0.0), (np.float64(4.0), 4.0, 0.25)],
)
def test_a_number_is_a_strength(borrow, alpha, C):
    assert make_transfer(Source([1.0], link="identity"), borrow=borrow).alpha == alpha
    assert make_transfer(Source([1.0], classes=[0, 1]), borrow=borrow).C == C


@pytest.mark.parametrize("borrow", [-1, -0.1, np.nan, "much", None, True, [1.0]])
def test_another_borrow_is_refused(borrow):
    with pytest.raises(ValueError, match="borrow must be 'auto' or a strength of 0 or more, got"):
        make_transfer(Source([1.0], link="identity"), borrow=borrow)


def test_params_go_before_what_is_carried_over():
    params = {"positive": False, "metric": "identity", "tol": 1e-9}
    pipeline = make_pipeline(StandardScaler(), Ridge(positive=True)).fit(X_SOURCE, Y_SOURCE)
    target = make_transfer(pipeline, borrow=1.0, params=params)
    assert (target.positive, target.metric, target.tol) == (False, "identity", 1e-9)
    assert params == {"positive": False, "metric": "identity", "tol": 1e-9}
    searched = make_transfer(pipeline, params=params)
    assert (searched.estimator.positive, searched.estimator.tol) == (False, 1e-9)
    frozen = make_transfer(make_pipeline(SplineTransformer(), Ridge()).fit(X_SOURCE, Y_SOURCE), params={"tol": 1e-9})
    assert frozen[-1].estimator.tol == 1e-9


def test_unknown_params_are_refused():
    with pytest.raises(TypeError, match="strength"):
        make_transfer(Source([1.0], link="identity"), params={"strength": 1.0})


# What is refused -----------------------------------------------------------------------------------------------


class RidgeOfMyOwn(Ridge):
    """May mean something else by its parameters."""


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(n_estimators=2),
        RandomForestRegressor(n_estimators=2),
        LinearSVC(),
        Lars(),
        RidgeOfMyOwn(),
        make_pipeline(StandardScaler(), RandomForestRegressor(n_estimators=2)),
        make_pipeline(SplineTransformer(), Lars()),
        GridSearchCV(Lars(), {"n_nonzero_coefs": [1, 2]}, cv=2),
    ],
    ids=repr,
)
def test_models_without_a_twin_are_refused_with_the_list(model):
    y = C_SOURCE if "Classifier" in repr(model) or "SVC" in repr(model) else Y_SOURCE
    model.fit(StandardScaler().fit_transform(X_SOURCE), y)
    taken = "ElasticNet, ElasticNetCV, GammaRegressor, Lasso, LassoCV, LinearRegression, LogisticRegression, "
    with pytest.raises(TypeError, match=f"make_transfer knows no twin of .*It takes a fitted {taken}"):
        make_transfer(model)


@pytest.mark.parametrize(
    "model",
    [
        Ridge(),
        LogisticRegression(),
        TransferRidge(),
        TransferCV(TransferRidge()),
        make_pipeline(StandardScaler(), Ridge()),
        make_pipeline(SplineTransformer(), Ridge()),
        GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}),
        FrozenEstimator(Ridge()),
    ],
    ids=repr,
)
@pytest.mark.parametrize("borrow", ["auto", 1.0])
def test_models_that_are_not_fitted_are_refused(model, borrow):
    with pytest.raises(NotFittedError, match="is not fitted"):
        make_transfer(model, borrow=borrow)


@pytest.mark.parametrize("model", [None, Ridge, "ridge", np.ones(3)], ids=["None", "class", "name", "array"])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError):
        make_transfer(model)


def test_the_result_is_a_scikit_learn_estimator():
    target = make_transfer(_fit(make_pipeline(StandardScaler(), Ridge())))
    twin = clone(target)
    assert twin.estimator.source is target.estimator.source
    assert_array_equal(twin.fit(X, Y).predict(X), pickle.loads(pickle.dumps(target)).fit(X, Y).predict(X))
