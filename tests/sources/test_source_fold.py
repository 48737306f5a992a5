"""Folding: the coefficients on raw features predict what the pipeline predicts."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    f_regression,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from sktransfer.sources import Source, can_fold

RNG = np.random.default_rng(5)
NAMES = ["a", "b", "c", "d", "e"]
X = RNG.normal(size=(80, 5)) * [1.0, 2.0, 0.5, 3.0, 1.5] + [5.0, 0.0, -1.0, 2.0, 0.3]
FRAME = pd.DataFrame(X, columns=NAMES)
y = X @ [1.0, -0.5, 2.0, 0.1, 0.0] + RNG.normal(size=80)
CLASSES = np.digitize(y, np.quantile(y, [0.3, 0.6]))

STEPS = {
    "standard": [StandardScaler()],
    "standard without mean": [StandardScaler(with_mean=False)],
    "standard without std": [StandardScaler(with_std=False)],
    "standard with nothing": [StandardScaler(with_mean=False, with_std=False)],
    "robust": [RobustScaler()],
    "robust with nothing": [RobustScaler(with_centering=False, with_scaling=False)],
    "min max": [MinMaxScaler((-1, 3))],
    "max abs": [MaxAbsScaler()],
    "pca": [PCA(3)],
    "whitened pca": [StandardScaler(), PCA(4, whiten=True)],
    "svd": [TruncatedSVD(3)],
    "k best": [SelectKBest(f_regression, k=2)],
    "percentile": [SelectPercentile(f_regression, percentile=40)],
    "variance": [VarianceThreshold(1.0)],
    "from model": [SelectFromModel(Ridge())],
    "rfe": [StandardScaler(), RFE(Ridge(), n_features_to_select=2)],
    "passthrough and None": ["passthrough", StandardScaler(), None],
    "only passthrough": ["passthrough"],
    "identity function": [FunctionTransformer(), MaxAbsScaler()],
    "nested": [make_pipeline(StandardScaler(), make_pipeline(None, PCA(3))), MinMaxScaler()],
    "frozen": [FrozenEstimator(StandardScaler().fit(X))],
    "long": [StandardScaler(), SelectKBest(f_regression, k=4), PCA(3), MinMaxScaler()],
    "columns": [
        make_column_transformer(
            (StandardScaler(), [2, 0]), (make_pipeline(MinMaxScaler(), PCA(1)), [1, 3, 4]), remainder="drop"
        )
    ],
    "columns by mask and slice": [
        make_column_transformer(
            ("passthrough", [True, False, False, False, True]),
            (StandardScaler(), slice(1, 3)),
            ("drop", [-2]),
            remainder=MaxAbsScaler(),
        )
    ],
    "columns in between": [
        StandardScaler(),
        make_column_transformer((PCA(1), [0, 1]), remainder="passthrough"),
    ],
    "columns with weights": [
        ColumnTransformer(
            [("twice", MinMaxScaler(), [3, 1]), ("half", "passthrough", [0])],
            transformer_weights={"twice": 2.0, "half": 0.5},
        )
    ],
    "columns of nothing": [make_column_transformer((PCA(1), []), (StandardScaler(), [0, 1]), remainder="passthrough")],
}


def pick(frame):
    return ["e", "b"]


class Mine(StandardScaler):
    """Only the name is new."""


def frame_steps():
    by_name = [("two", StandardScaler(), ["c", "a"]), ("range", MinMaxScaler(), slice("d", "e"))]
    yield "names", [ColumnTransformer(by_name, remainder="passthrough")]
    yield "names dropped", [ColumnTransformer([*by_name, ("gone", "drop", ["b"])])]
    yield "one name", [ColumnTransformer([("one", "passthrough", ["b"]), ("a", StandardScaler(), ["a"])])]
    yield (
        "callable",
        [ColumnTransformer([("s", StandardScaler(), pick)], remainder="passthrough")],
    )
    yield "positions", [ColumnTransformer([("s", StandardScaler(), [4, 1])], remainder=PCA(2))]
    yield "mask", [ColumnTransformer([("s", StandardScaler(), np.array([1, 0, 1, 0, 0], bool))])]
    yield (
        "frames between",
        [
            StandardScaler().set_output(transform="pandas"),
            ColumnTransformer([("p", PCA(1), ["a", "b"]), ("k", "passthrough", ["c"])]),
        ],
    )


def check(pipeline, rows, target):
    pipeline.fit(rows, target)
    before = pickle.dumps((pipeline, rows))
    source = Source.from_estimator(pipeline)
    assert pickle.dumps((pipeline, rows)) == before
    score = pipeline.predict(rows) if target is y else pipeline.decision_function(rows)
    folded = np.asarray(rows) @ source.coef.T + source.intercept
    np.testing.assert_allclose(folded, score, rtol=1e-10, atol=1e-10)
    assert can_fold(pipeline)
    return source


UNIVARIATE = {name for name, steps in STEPS.items() if any("Select" in type(step).__name__ for step in steps)}


@pytest.mark.parametrize("name", [name for name in STEPS if name not in UNIVARIATE])
def test_folding_predicts_the_same_two_outputs(name):
    target = np.column_stack([y, -2 * y + X[:, 0]])
    pipeline = make_pipeline(*STEPS[name], Ridge()).fit(X, target)
    source = Source.from_estimator(pipeline)
    np.testing.assert_allclose(X @ source.coef.T + source.intercept, pipeline.predict(X), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("last", "target"), [(Ridge(), y), (LogisticRegression(), CLASSES)])
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_folding_predicts_the_same(steps, last, target):
    source = check(make_pipeline(*steps, last), X, target)
    assert source.feature_names is None
    assert (source.classes is None) == (target is y)


@pytest.mark.parametrize("steps", [s for _, s in frame_steps()], ids=[n for n, _ in frame_steps()])
@pytest.mark.parametrize(("last", "target"), [(Ridge(), y), (LogisticRegression(), CLASSES)])
def test_folding_data_frames(steps, last, target):
    source = check(make_pipeline(*steps, last), FRAME, target)
    assert source.feature_names == tuple(NAMES)


def test_names_come_from_the_first_step_that_does_something():
    for first in (None, FunctionTransformer()):
        pipeline = make_pipeline(first, StandardScaler(), Ridge())
        assert check(pipeline, FRAME, y).feature_names == tuple(NAMES)
    scaler = StandardScaler().set_output(transform="pandas")
    assert check(make_pipeline(scaler, MinMaxScaler(), Ridge()), X, y).feature_names is None


def test_sparse_rows_and_binary_classes():
    rows = sparse.csr_array(X * (np.abs(X) > 1.0))
    pipeline = make_pipeline(MaxAbsScaler(), TruncatedSVD(3), LogisticRegression()).fit(rows, CLASSES > 0)
    source = Source.from_estimator(pipeline, rows)
    folded = (rows @ source.coef.T + source.intercept)[:, 0]
    np.testing.assert_allclose(folded, pipeline.decision_function(rows), rtol=1e-10, atol=1e-12)
    assert source.classes.tolist() == [False, True]


def test_a_search_over_a_pipeline_of_a_pipeline():
    inner = make_pipeline(StandardScaler(), FrozenEstimator(Ridge().fit(StandardScaler().fit_transform(X), y)))
    search = GridSearchCV(make_pipeline(MinMaxScaler(), inner), {"minmaxscaler__feature_range": [(0, 1)]}, cv=2)
    search.fit(X, y)
    source = Source.from_estimator(search)
    np.testing.assert_allclose(X @ source.coef + source.intercept, search.predict(X), rtol=1e-10)


def test_the_link_passes_through():
    assert (
        Source.from_estimator(make_pipeline(StandardScaler(), PoissonRegressor()).fit(X, np.exp(y / 9))).link == "log"
    )


def test_precision_on_raw_features_of_a_scaled_ridge():
    pipeline = make_pipeline(StandardScaler(), Ridge(3.0)).fit(X, y)
    source = Source.from_estimator(pipeline, X)
    scale = pipeline[0].scale_
    ones = np.column_stack([X, np.ones(80)])
    expected = ones.T @ ones + np.diag([*(3.0 * scale**2), 0.0])
    np.testing.assert_allclose(source.precision, expected, rtol=1e-12)
    # so the source's parameters are the posterior mode: P theta = Z' y
    theta = np.array([*source.coef, source.intercept])
    np.testing.assert_allclose(source.precision @ theta, ones.T @ y, rtol=1e-9)


@pytest.mark.parametrize("steps", [[StandardScaler(), PCA(5)], [MinMaxScaler()], [PCA(5, whiten=True)]])
def test_precision_makes_the_source_the_mode_of_its_own_objective(steps):
    pipeline = make_pipeline(*steps, Ridge(3.0)).fit(X, y)
    source = Source.from_estimator(pipeline, X)
    ones = np.column_stack([X, np.ones(80)])
    theta = np.array([*source.coef, source.intercept])
    np.testing.assert_allclose(source.precision @ theta, ones.T @ y, rtol=1e-8)


def test_the_penalty_of_a_projection_is_that_of_the_least_norm_coefficients():
    pipeline = make_pipeline(StandardScaler(), PCA(2), Ridge(3.0)).fit(X, y)
    source = Source.from_estimator(pipeline, X)
    A = pipeline[1].components_ / pipeline[0].scale_
    ones = np.column_stack([X, np.ones(80)])
    expected = ones.T @ ones
    expected[:5, :5] += 3.0 * np.linalg.pinv(A) @ np.linalg.pinv(A).T
    np.testing.assert_allclose(source.precision, expected, rtol=1e-9, atol=1e-9)
    quadratic = source.coef @ (source.precision - ones.T @ ones)[:5, :5] @ source.coef
    np.testing.assert_allclose(quadratic, 3.0 * np.sum(pipeline[-1].coef_ ** 2), rtol=1e-9)


def test_liblinears_intercept_penalty_is_pulled_back_too():
    last = LogisticRegression(solver="liblinear", C=0.5)
    pipeline = make_pipeline(StandardScaler(), last).fit(X, CLASSES > 0)
    source = Source.from_estimator(pipeline, X)
    mean, scale = pipeline[0].mean_, pipeline[0].scale_
    mu = 1 / (1 + np.exp(-pipeline.decision_function(X)))
    ones = np.column_stack([X, np.ones(80)])
    ground = np.array([*mean, 1.0])  # intercept_z = intercept_raw + coef_raw . mean
    expected = (ones.T * (mu * (1 - mu))) @ ones + np.diag([*(2.0 * scale**2), 0.0]) + 2.0 * np.outer(ground, ground)
    np.testing.assert_allclose(source.precision, expected, rtol=1e-9)


class Own(BaseEstimator):
    """A model of ours at the end of a pipeline."""

    def fit(self, X, y):
        self.inner_ = (LogisticRegression() if np.ndim(y) == 1 and len(set(y)) < 4 else Ridge()).fit(X, y)
        return self

    def _as_source(self, X=None, y=None, sample_weight=None, name=None):
        return Source.from_estimator(self.inner_, X, y, sample_weight, name=name)


@pytest.mark.parametrize("target", [y, CLASSES, CLASSES > 0, np.column_stack([y, -y])])
def test_our_own_models_fold_too(target):
    twin = LogisticRegression() if target.ndim == 1 and target is not y else Ridge()
    own, plain = (make_pipeline(StandardScaler(), last).fit(FRAME, target) for last in (Own(), twin))
    expected = Source.from_estimator(plain, FRAME, name="s")
    source = Source.from_estimator(own, FRAME, name="s")
    np.testing.assert_allclose(source.coef, expected.coef, rtol=1e-12)
    np.testing.assert_allclose(source.intercept, expected.intercept, rtol=1e-12)
    np.testing.assert_allclose(source.precision, expected.precision, rtol=1e-8, atol=1e-9)
    assert (source.feature_names, source.name, source.link) == (tuple(NAMES), "s", expected.link)
    assert Source.from_estimator(own).precision is None
    alone = Source.from_estimator(make_pipeline("passthrough", Own()).fit(X, target))
    assert alone.feature_names is None


class Doubler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return 2 * X


class Odd(StandardScaler):
    """Not a StandardScaler any more."""

    def transform(self, X, copy=None):
        return super().transform(X) ** 3


@pytest.mark.parametrize(
    ("step", "name", "reason"),
    [
        (SplineTransformer(), "splinetransformer", "not one of the linear steps"),
        (Doubler(), "doubler", "not one of the linear steps"),
        (Odd(), "odd", "not one of the linear steps"),
        (MinMaxScaler(clip=True), "minmaxscaler", "clip=True"),
        (FunctionTransformer(np.log1p), "functiontransformer", "func=None"),
        (
            make_column_transformer((SplineTransformer(), [0])),
            "columntransformer__splinetransformer",
            "not one of",
        ),
        (make_pipeline(SplineTransformer()), "pipeline__splinetransformer", "not one of"),
    ],
)
def test_what_does_not_fold_is_named_with_the_way_out(step, name, reason):
    pipeline = make_pipeline(step, Ridge()).fit(np.abs(X), y)
    message = rf"step '{name}' \(\w+\) cannot be folded .*{reason}.*make_transfer\(pipeline\).*feature_names="
    with pytest.raises(ValueError, match=message):
        Source.from_estimator(pipeline)
    assert not can_fold(pipeline)


def test_a_subclass_that_keeps_transform_folds():
    check(Pipeline([("s", Mine()), ("r", Ridge())]), X, y)


def test_can_fold_is_false_for_what_is_no_fitted_pipeline():
    assert not can_fold(Ridge().fit(X, y))
    assert not can_fold(make_pipeline(StandardScaler(), Ridge()))
    assert not can_fold(make_pipeline(StandardScaler(), Ridge().fit(X, y)))
    assert not can_fold(None)


def test_a_step_that_is_not_fitted_is_named():
    pipeline = make_pipeline(StandardScaler(), Ridge().fit(X, y))
    with pytest.raises(NotFittedError, match="step 'standardscaler'"):
        Source.from_estimator(pipeline)
