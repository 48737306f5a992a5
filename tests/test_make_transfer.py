"""From a fitted source model to the estimator for the target: each row of make_transfer's docstring."""

import inspect
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, PolynomialFeatures, SplineTransformer, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR

from sktransfer import Source, make_transfer
from sktransfer._registry import TWINS, Twin
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
from sktransfer.model_selection import TransferCV
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

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
        (
            TransferRidge(alpha=3.0, metric="scale", fit_intercept=False),
            TransferRidge,
            {"fit_intercept": False, "metric": "source"},
        ),
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
            LogisticRegression(**l1_spelling(1.0), solver="liblinear", max_iter=10_000, random_state=0),
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


def _kept(model, twin):
    """(model, its twin, hyper-parameters that the twin has from it)."""
    return model, twin, {"fit_intercept": False} if "fit_intercept" in model.get_params() else {}


MORE = [
    *(_kept(kind(fit_intercept=False), TransferRidge) for kind in (ARDRegression, BayesianRidge, HuberRegressor, Lars)),
    *(_kept(kind(fit_intercept=False), TransferRidge) for kind in (LarsCV, QuantileRegressor)),
    *(
        _kept(kind(fit_intercept=False), TransferRidge)
        for kind in (OrthogonalMatchingPursuit, OrthogonalMatchingPursuitCV)
    ),
    *(_kept(kind(fit_intercept=False), TransferLasso) for kind in (LassoLarsCV, LassoLarsIC)),
    (LassoLars(0.1, positive=True), TransferLasso, {"positive": True}),
    (RANSACRegressor(random_state=0), TransferRidge, {}),
    (TheilSenRegressor(random_state=0, max_subpopulation=100), TransferRidge, {}),
    (SGDRegressor(fit_intercept=False), TransferRidge, {"fit_intercept": False}),
    (SGDRegressor("huber"), TransferRidge, {}),
    (SGDRegressor("epsilon_insensitive", epsilon=0.3), TransferLinearSVR, {"epsilon": 0.3}),
    (
        SGDRegressor("squared_epsilon_insensitive"),
        TransferLinearSVR,
        {"loss": "squared_epsilon_insensitive", "epsilon": 0.1},
    ),
    (LinearSVR(epsilon=0.2, intercept_scaling=3.0), TransferLinearSVR, {"epsilon": 0.2, "intercept_scaling": 3.0}),
    (SVR(kernel="linear", epsilon=0.2), TransferLinearSVR, {"epsilon": 0.2}),
    (NuSVR(kernel="linear"), TransferLinearSVR, {}),
    (TransferLinearSVR(epsilon=0.2), TransferLinearSVR, {"epsilon": 0.2}),
    (PoissonRegressor(fit_intercept=False), TransferPoissonRegressor, {"fit_intercept": False}),
    (GammaRegressor(), TransferGammaRegressor, {}),
    (TweedieRegressor(power=1.5), TransferTweedieRegressor, {"power": 1.5}),
    (
        LinearSVC(loss="hinge", class_weight="balanced"),
        TransferLinearSVC,
        {"loss": "hinge", "class_weight": "balanced"},
    ),
    (SVC(kernel="linear", class_weight={0: 2}), TransferLinearSVC, {"loss": "hinge", "class_weight": {0: 2}}),
    (NuSVC(kernel="linear"), TransferLinearSVC, {"loss": "hinge"}),
    (SGDClassifier("hinge", fit_intercept=False), TransferLinearSVC, {"loss": "hinge", "fit_intercept": False}),
    (SGDClassifier("modified_huber"), TransferLinearSVC, {"loss": "squared_hinge"}),
    (SGDClassifier("log_loss", class_weight="balanced"), TransferLogisticRegression, {"class_weight": "balanced"}),
    (SGDClassifier("squared_error", alpha=10.0), TransferRidgeClassifier, {}),
    (Perceptron(class_weight="balanced"), TransferLogisticRegression, {"class_weight": "balanced"}),
    (LinearDiscriminantAnalysis(), TransferLogisticRegression, {}),
    (CalibratedClassifierCV(LinearSVC(), cv=2), TransferLogisticRegression, {}),
    (MLPClassifier(hidden_layer_sizes=(), random_state=0), TransferLogisticRegression, {}),
    (MLPRegressor(hidden_layer_sizes=(), random_state=0), TransferRidge, {}),
    (RidgeClassifier(class_weight="balanced", positive=True), TransferRidgeClassifier, {"class_weight": "balanced"}),
    (RidgeClassifierCV(fit_intercept=False), TransferRidgeClassifier, {"fit_intercept": False}),
    (TransferRidgeClassifier(), TransferRidgeClassifier, {}),
]


@pytest.mark.parametrize("model, twin, carried", MORE, ids=lambda value: repr(value) if hasattr(value, "fit") else "")
def test_models_of_other_losses_have_their_twins(model, twin, carried):
    """The twin of the nearest loss: its copy of the source orders rows as the model does."""
    scaler = StandardScaler().fit(X_SOURCE)
    y_source = C_SOURCE if is_classifier(model) else np.exp(Y_SOURCE / 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = clone(model).fit(scaler.transform(X_SOURCE), y_source)
    before = pickle.dumps(model)
    target = make_transfer(model, borrow=np.inf, params={"intercept_penalty": np.inf})
    assert type(target) is twin
    default = {**twin().get_params(), **carried}
    own = {name: value for name, value in target.get_params().items() if name in carried or name == "loss"}
    assert own == {name: default[name] for name in own}
    rows, y = scaler.transform(X), C if is_classifier(model) else np.exp(Y / 5)
    target.fit(rows, y)
    if is_classifier(model):
        assert_array_equal(target.predict(rows), model.predict(rows))
    else:
        assert_allclose(target.predict(rows), model.predict(rows), rtol=1e-9)
    assert pickle.dumps(model) == before
    assert isinstance(make_transfer(model), TransferCV)


@pytest.mark.parametrize(
    "model, twin",
    [
        (MultiTaskLasso(0.1), TransferLasso),
        (MultiTaskLassoCV(cv=2), TransferLasso),
        (MultiTaskElasticNet(0.1, l1_ratio=0.3), TransferElasticNet),
        (MultiTaskElasticNetCV(cv=2, l1_ratio=[0.2]), TransferElasticNet),
    ],
    ids=repr,
)
def test_several_outputs_under_one_penalty(model, twin):
    model.fit(X_SOURCE, np.column_stack([Y_SOURCE, -Y_SOURCE + X_SOURCE[:, 0]]))
    target = make_transfer(model, borrow=np.inf, params={"intercept_penalty": np.inf})
    assert type(target) is twin
    if twin is TransferElasticNet:
        assert target.l1_ratio == getattr(model, "l1_ratio_", model.l1_ratio)
    assert_allclose(target.fit(X, np.column_stack([Y, Y])).predict(X), model.predict(X), rtol=1e-9)


def test_every_line_of_the_table_is_a_model_and_makes_its_twin():
    tested = {type(row[0]).__name__ for row in MORE} | {"ElasticNet", "ElasticNetCV", "LinearRegression", "Ridge"}
    tested |= {"MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV"}
    tested |= {"Lasso", "LassoCV", "LogisticRegression", "LogisticRegressionCV", "RidgeCV"}
    ours = {name for name in TWINS if name.startswith("Transfer")}
    passing = {"PassiveAggressiveClassifier", "PassiveAggressiveRegressor"}  # they go with scikit-learn 1.10
    assert set(TWINS) - ours - passing == {name for name in tested if not name.startswith("Transfer")}
    for entry in TWINS.values():
        for twin in [entry] if isinstance(entry, Twin) else entry.values():
            assert set(twin.fixed) <= set(twin.make(None, None, {}).get_params())


def test_passive_aggressive_models():
    import sklearn.linear_model as lm

    for name, twin in (("Classifier", TransferLinearSVC), ("Regressor", TransferLinearSVR)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind = getattr(lm, f"PassiveAggressive{name}", None)
            if kind is None:
                pytest.skip("scikit-learn has them up to 1.9")
            model = _fit(make_pipeline(StandardScaler(), kind(random_state=0)))
        assert type(make_transfer(model, borrow=1.0)) is twin


def test_margins_become_probabilities_where_they_are_asked_for():
    model = _fit(make_pipeline(StandardScaler(), LinearSVC()))
    assert type(make_transfer(model, borrow=1.0)) is TransferLinearSVC
    copied = TransferLogisticRegression(source=model, C=0, intercept_penalty=np.inf).fit(X, C)
    assert_array_equal(copied.predict(X), model.predict(X))
    assert copied.source_.alignment.scale > 0


# A transformed y -----------------------------------------------------------------------------------------------

OF_Y = {
    "functions": {"func": np.arcsinh, "inverse_func": np.sinh, "check_inverse": False},
    "transformer": {"transformer": MinMaxScaler()},
    "nothing": {},
}
AROUND = {
    "model": lambda regressor, options: TransformedTargetRegressor(regressor, **options),
    "folded": lambda regressor, options: make_pipeline(
        StandardScaler(), TransformedTargetRegressor(regressor, **options)
    ),
    "frozen": lambda regressor, options: make_pipeline(
        SplineTransformer(), TransformedTargetRegressor(regressor, **options)
    ),
    "inside": lambda regressor, options: TransformedTargetRegressor(
        make_pipeline(StandardScaler(), regressor), **options
    ),
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("of_y", OF_Y)
def test_the_transformation_of_y_is_kept(of_y, around):
    model = AROUND[around](Ridge(), OF_Y[of_y]).fit(X_SOURCE, Y_SOURCE)
    before = pickle.dumps(model)
    copy = make_transfer(model, borrow=np.inf, params={"intercept_penalty": np.inf}).fit(X, Y)
    assert type(copy) is TransformedTargetRegressor
    assert_allclose(copy.predict(X), model.predict(X), rtol=1e-8, atol=1e-8)
    assert copy.check_inverse is OF_Y[of_y].get("check_inverse", True)
    search = make_transfer(model).fit(X, Y)
    assert search.predict(X).shape == Y.shape
    inner = search.regressor_
    assert isinstance(inner[-1] if isinstance(inner, Pipeline) else inner, TransferCV)
    assert pickle.dumps(model) == before


def test_a_fitted_transformer_of_y_stays_as_it_is():
    model = TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()).fit(X_SOURCE, Y_SOURCE)
    target = clone(make_transfer(model, borrow=1.0)).fit(X, Y)
    assert_allclose(target.transformer_.transform(Y[:, np.newaxis]), model.transformer_.transform(Y[:, np.newaxis]))
    expected = TransferRidge(source=model.regressor_).fit(X, model.transformer_.transform(Y[:, np.newaxis])[:, 0])
    assert_allclose(target.regressor_.coef_, expected.coef_, rtol=1e-12)


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
    with pytest.raises(TypeError, match=r"of a Source with link None; it takes links \[.*'identity', .*'sign'\]"):
        make_transfer(Source([1.0]))


def test_a_source_with_precision_is_pooled():
    source = Source.from_estimator(Ridge().fit(X_SOURCE, Y_SOURCE), X=X_SOURCE)
    assert "pooled" in make_transfer(source).fit(X, Y).table_["candidate"]


# Chains --------------------------------------------------------------------------------------------------------


def test_chains_of_twins_and_searches():
    first = make_transfer(Ridge().fit(X_SOURCE, Y_SOURCE)).fit(X, Y)
    second = make_transfer(first, borrow=np.inf, params={"intercept_penalty": np.inf})
    assert_array_equal(second.source.coef, first.mixture_.coef_)
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
    assert target.metric == ("scale" if target.source.units is None else "source")
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
    assert make_transfer(pipeline, borrow=1.0).metric == "source"


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
        KNeighborsClassifier(),
        PLSRegression(),
        RidgeOfMyOwn(),
        make_pipeline(StandardScaler(), RandomForestRegressor(n_estimators=2)),
        make_pipeline(SplineTransformer(), KNeighborsRegressor()),
        GridSearchCV(KNeighborsRegressor(), {"n_neighbors": [1, 2]}, cv=2),
        TransformedTargetRegressor(KNeighborsRegressor()),
    ],
    ids=repr,
)
def test_models_without_a_twin_are_refused_with_the_list(model):
    y = C_SOURCE if "Classifier" in repr(model) else Y_SOURCE
    model.fit(StandardScaler().fit_transform(X_SOURCE), y)
    taken = (
        "ARDRegression, BayesianRidge, .*, Ridge, .*, TweedieRegressor, a Source, a TransformedTargetRegressor around"
    )
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


@pytest.mark.parametrize("model", [None, Ridge, np.ones(3)], ids=["None", "class", "array"])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError):
        make_transfer(model)


def test_a_name_is_that_of_a_file():
    with pytest.raises(FileNotFoundError, match=r"model='ridge': there is no such file\. A string is the path of"):
        make_transfer("ridge")


def test_the_result_is_a_scikit_learn_estimator():
    target = make_transfer(_fit(make_pipeline(StandardScaler(), Ridge())))
    twin = clone(target)
    assert twin.estimator.source is target.estimator.source
    assert_array_equal(twin.fit(X, Y).predict(X), pickle.loads(pickle.dumps(target)).fit(X, Y).predict(X))


def _three(kind, y, step=None):
    rng = np.random.default_rng(7)
    found = []
    for _ in range(3):
        rows = rng.choice(len(X), size=len(X) // 2, replace=False)
        model = kind if step is None else make_pipeline(step, kind)
        found.append(clone(model).fit(X[rows], y[rows]))
    return found


def test_a_list_of_models_is_one_twin_with_all_of_them():
    models = _three(Ridge(fit_intercept=False), Y)
    twin = make_transfer(models, borrow=2.0)
    assert type(twin) is TransferRidge
    assert (twin.alpha, twin.fit_intercept) == (2.0, False)
    by_hand = TransferRidge(2.0, source=models, fit_intercept=False).fit(X, Y)
    assert_allclose(twin.fit(X, Y).coef_, by_hand.coef_, rtol=1e-12)
    assert twin.source_weights_.shape == (3,)
    assert isinstance(make_transfer(tuple(models)), TransferCV)


def test_a_list_takes_over_what_all_agree_on():
    balanced, plain = LogisticRegression(class_weight="balanced"), LogisticRegression()
    first, second, third = (each.fit(X, C) for each in (balanced, plain, clone(balanced)))
    assert make_transfer([first, third], borrow=1.0).class_weight == "balanced"
    assert make_transfer([first, second], borrow=1.0).class_weight is None
    assert make_transfer([first, second], borrow=1.0, params={"class_weight": {0: 2.0}}).class_weight == {0: 2.0}


def test_sources_and_pipelines_in_a_list_are_about_raw_features():
    piped = _three(Ridge(), Y, StandardScaler())
    named = Source(piped[0][-1].coef_, 0.0, name="named", link="identity")
    twin = make_transfer([named, *piped], borrow=1.0)
    assert twin.metric == "scale"
    assert twin.source[0] is named
    folded = Source.from_estimator(piped[1])
    assert_allclose(twin.source[2].coef, folded.coef)


@pytest.mark.parametrize(
    "models, error, message",
    [
        ([], ValueError, "got an empty list"),
        ([Ridge().fit(X, Y), Lasso().fit(X, Y)], TypeError, "models of one kind: the first becomes a Tr"),
        ([Ridge().fit(X, Y), 3], TypeError, "knows no twin of builtins.int"),
        ([Ridge().fit(X, Y), KNeighborsRegressor().fit(X, Y)], TypeError, "knows no twin"),
        ([make_pipeline(SplineTransformer(), Ridge()).fit(X, Y)], TypeError, "steps of its own that are not"),
        ([TransformedTargetRegressor(Ridge()).fit(X, Y)], TypeError, "models of y as it is"),
        ([Ridge()], NotFittedError, "not fitted"),
    ],
)
def test_lists_that_make_no_twin(models, error, message):
    with pytest.raises(error, match=message):
        make_transfer(models)
