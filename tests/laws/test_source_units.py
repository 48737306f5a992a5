"""metric="source": on raw features the same model as the twin behind the source's own, frozen scaler."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC

from sktransfer import Source, make_transfer
from sktransfer.linear_model import TransferRidge
from sktransfer.sources import SourceData

RNG = np.random.default_rng(3)
X_SOURCE = RNG.normal(size=(200, 4)) * [1, 10, 0.1, 3] + [5, 0, 1, -2]
X = 1.5 * RNG.normal(size=(40, 4)) * [1, 10, 0.1, 3] + [4, 1, 1, -2]
ETA_SOURCE, ETA = X_SOURCE @ [0.5, 0.05, 4, 0.1], X @ [0.4, 0.05, 5, 0.0]
LEVEL = ETA_SOURCE.mean()
KINDS = {
    "numbers": lambda eta: eta + RNG.normal(size=len(eta)),
    "labels": lambda eta: np.where(eta + RNG.logistic(size=len(eta)) > LEVEL, "yes", "no"),
    "classes": lambda eta: np.digitize(eta + RNG.logistic(size=len(eta)) - LEVEL, [-1, 1]),
    "counts": lambda eta: RNG.poisson(np.exp(np.clip(eta - LEVEL, -3, 2))).astype(float),
}
MODELS = {
    "ridge": (Ridge(alpha=2.0), "numbers"),
    "lasso": (Lasso(alpha=0.1), "numbers"),
    "logistic": (LogisticRegression(max_iter=10000), "labels"),
    "multinomial": (LogisticRegression(max_iter=10000), "classes"),
    "counts": (PoissonRegressor(max_iter=10000), "counts"),
    "margins": (LinearSVC(random_state=0, max_iter=100000), "labels"),
}


@pytest.mark.parametrize("pull", [0.0, 2.0, np.inf])
@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), StandardScaler(with_mean=False)])
@pytest.mark.parametrize("name", MODELS)
def test_it_is_the_twin_behind_the_frozen_scaler(name, scaler, pull):
    model, kind = MODELS[name]
    y_source, y = KINDS[kind](ETA_SOURCE), KINDS[kind](ETA)
    pipeline = make_pipeline(scaler, model).fit(X_SOURCE, y_source)
    params = {"intercept_penalty": pull, "tol": 1e-12}
    raw = make_transfer(pipeline, borrow=0.7, params=params).fit(X, y)
    assert raw.metric == "source"
    behind = make_transfer(pipeline[-1], borrow=0.7, params=params).fit(pipeline[0].transform(X), y)
    scale = pipeline[0].scale_ if isinstance(scaler, StandardScaler) else 1 / pipeline[0].scale_
    assert_allclose(raw.coef_ * scale, behind.coef_, rtol=1e-6, atol=1e-7)


def test_a_feature_the_source_lacks_counts_in_the_rows_own_standard_deviation():
    names = ["a", "b", "c", "d"]
    frame_source, frame = pd.DataFrame(X_SOURCE, columns=names), pd.DataFrame(X, columns=names)
    y_source, y = KINDS["numbers"](ETA_SOURCE), KINDS["numbers"](ETA)
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(frame_source[["c", "a", "b"]], y_source)
    fitted = TransferRidge(source=pipeline, metric="source").fit(frame, y)
    own = np.array([*pipeline[0].scale_[[1, 2, 0]], X[:, 3].std()])
    by_hand = TransferRidge(source=pipeline, metric=own**2).fit(frame, y)
    assert_allclose(fitted.coef_, by_hand.coef_, rtol=1e-10)
    assert_array_equal(fitted.source_.units[:, 3], 0)


def test_without_a_source_it_is_scale():
    y = KINDS["numbers"](ETA)
    assert_array_equal(TransferRidge(metric="source").fit(X, y).coef_, TransferRidge(metric="scale").fit(X, y).coef_)


def test_several_sources_meet_in_the_mean_of_their_units():
    y = KINDS["numbers"](ETA)
    units = np.array([[1.0, 2, 3, 4], [1, 2, 4, 8]])
    two = [Source([1.0, 2, 3, 4], units=units), Source([0.0, 1, 0, 1], units=3 * units)]
    fitted = TransferRidge(source=two, metric="source").fit(X, y)
    by_hand = TransferRidge(source=two, metric=(2 * units[1]) ** 2).fit(X, y)
    assert_allclose(fitted.coef_, by_hand.coef_, rtol=1e-8)
    with pytest.raises(ValueError, match="in the source's own units, but this source has none"):
        TransferRidge(source=[two[0], Source([1.0] * 4)], metric="source").fit(X, y)


def test_units_are_read_where_steps_shift_and_divide():
    y = KINDS["numbers"](ETA_SOURCE)
    source = Source.from_estimator(make_pipeline(StandardScaler(), MinMaxScaler(), Ridge()).fit(X_SOURCE, y))
    assert_allclose(source.units, [X_SOURCE.min(axis=0), np.ptp(X_SOURCE, axis=0)])
    assert Source.from_estimator(Ridge().fit(X_SOURCE, y)).units is None
    mixed = make_pipeline(StandardScaler(), PCA(2), Ridge()).fit(X_SOURCE, y)
    assert Source.from_estimator(mixed).units is None
    assert make_transfer(mixed).estimator.metric == "scale"


def test_units_are_kept_and_compared(tmp_path):
    units = [[0.0, 1], [2, 3]]
    source = Source([1.0, 2], units=units, feature_names=["a", "b"])
    source.save(tmp_path / "source.npz")
    assert Source.load(tmp_path / "source.npz") == source != Source([1.0, 2], feature_names=["a", "b"])
    assert_array_equal(source.align(n_features=2, feature_names=["b", "c"]).units, [[1, 0], [3, 0]])
    assert make_transfer(Source([1.0, 2], units=units, link="identity")).estimator.metric == "source"


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ([1.0, 2], r"units must have shape \(2, 2\).*got shape \(2,\)"),
        ([[0.0, 0], [1, -1]], "must not divide by a negative number, got -1"),
        ([[0.0, np.nan], [1, 1]], "units must be finite"),
    ],
)
def test_wrong_units(units, message):
    with pytest.raises(ValueError, match=message):
        Source([1.0, 2], units=units)


@pytest.mark.parametrize("metric", ["source", "scale"])
def test_a_chain_hands_on_the_units_of_its_penalty(metric):
    y_source, y = KINDS["numbers"](ETA_SOURCE), KINDS["numbers"](ETA)
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(X_SOURCE, y_source)
    first = TransferRidge(source=pipeline, metric=metric).fit(X, y)
    seen = X_SOURCE if metric == "source" else X
    assert_allclose(Source.from_estimator(first).units, [seen.mean(axis=0), seen.std(axis=0)])
    assert make_transfer(first, borrow=1.0).metric == "source"
    assert Source.from_estimator(TransferRidge(source=pipeline).fit(X, y)).units is None


def test_it_needs_units():
    y = KINDS["numbers"](ETA)
    with pytest.raises(ValueError, match=r"metric='source'.*this source has none.*use metric='scale'"):
        TransferRidge(source=Source([1.0] * 4), metric="source").fit(X, y)


def test_rows_of_sources_join_without_changing_the_units():
    from sktransfer.joint import AlphaWeightedRegressor

    y_source, y = KINDS["numbers"](ETA_SOURCE), KINDS["numbers"](ETA)
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(X_SOURCE, y_source)
    data = SourceData(X_SOURCE, y_source)
    both = AlphaWeightedRegressor(TransferRidge(source=pipeline, metric="source"), data, alpha=0.3).fit(X, y)
    by_hand = TransferRidge(source=pipeline, metric=pipeline[0].scale_ ** 2)
    assert_allclose(both.coef_, AlphaWeightedRegressor(by_hand, data, alpha=0.3).fit(X, y).coef_, rtol=1e-8)
