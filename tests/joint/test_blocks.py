"""Law: a joint fit does not depend on where the source's rows lie: in memory, in a memory map, in a Dask collection."""

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sktransfer._designs import _mapped
from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData

NAMES = list("abcd")
LETTERS = np.array(["x", "y", "z"])
MODELS = {
    "ridge": (TransferRidge(metric="scale"), lambda eta: eta),
    "logistic": (TransferLogisticRegression(tol=1e-12), lambda eta: eta > 0),
    "multinomial": (
        TransferLogisticRegression(tol=1e-12, class_weight="balanced"),
        lambda eta: LETTERS[np.digitize(eta, [-0.5, 0.5])],
    ),
    "poisson": (TransferPoissonRegressor(tol=1e-12), lambda eta: np.floor(np.exp(eta.clip(-3, 3)))),
}


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    X_source, X = random.normal(size=(900, 4)), random.normal(size=(50, 4))
    noise = random.normal(size=950)
    weight = random.random(900)
    return X_source, X_source @ [1.0, -1.0, 0.5, 0.0] + noise[:900], weight, X, X @ [0.5, 0, 0, 1.0] + noise[900:]


def sources(X, y, weight, folder):
    np.save(folder / "X.npy", X)
    frame = pd.DataFrame(X, columns=NAMES)[NAMES[::-1]].assign(y=y, weight=weight)
    parts = dd.from_pandas(frame, npartitions=3)
    chunks = [da.from_array(values, chunks=250) for values in (X, y, weight)]
    return {
        "map": SourceData(np.load(folder / "X.npy", mmap_mode="r"), y, weight),
        "chunks": SourceData(*chunks),
        "named chunks": SourceData(chunks[0][:, ::-1], *chunks[1:], feature_names=NAMES[::-1]),
        "partitions": SourceData(parts[NAMES[::-1]], parts["y"], parts["weight"]),
    }


@pytest.mark.parametrize("alpha", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("form", ["map", "chunks", "named chunks", "partitions"])
@pytest.mark.parametrize("model", MODELS)
def test_the_same_model(model, form, alpha, rows, tmp_path, monkeypatch):
    monkeypatch.setattr(_mapped, "LARGE", 1)
    monkeypatch.setattr(_mapped, "BLOCK_BYTES", 4_000)
    model, respond = MODELS[model]
    X_source, y_source, weight, X, y = rows
    y_source, y = respond(y_source), respond(y)
    kind = AlphaWeightedClassifier if isinstance(model, TransferLogisticRegression) else AlphaWeightedRegressor
    target = pd.DataFrame(X, columns=NAMES)
    given = sources(X_source, y_source, weight, tmp_path)[form]
    found = kind(clone(model), given, alpha).fit(target, y)
    own = SourceData(pd.DataFrame(X_source, columns=NAMES), y_source, weight)
    expected = kind(clone(model), own, alpha).fit(target, y)
    assert_allclose(found.coef_, expected.coef_, rtol=1e-9, atol=1e-10)
    assert_allclose(found.intercept_, expected.intercept_, rtol=1e-9, atol=1e-10)


def test_several_sources(rows, tmp_path):
    X_source, y_source, weight, X, y = rows
    chunks = SourceData(da.from_array(X_source, chunks=250), y_source)
    own = SourceData(X_source[:300], y_source[:300], weight[:300])
    found = AlphaWeightedRegressor(TransferRidge(), [(own, 2.0), chunks], 0.3).fit(X, y)
    expected = AlphaWeightedRegressor(TransferRidge(), [(own, 2.0), SourceData(X_source, y_source)], 0.3).fit(X, y)
    assert_allclose(found.coef_, expected.coef_, rtol=1e-10)


def test_predictions_are_lazy(rows):
    X_source, y_source, _, X, y = rows
    target = pd.DataFrame(X, columns=NAMES)
    model = AlphaWeightedRegressor(TransferRidge(), SourceData(X_source, y_source)).fit(target, y)
    lazy = model.predict(dd.from_pandas(target, npartitions=2))
    assert isinstance(lazy, da.Array)
    assert_allclose(lazy.compute(), model.predict(target), rtol=1e-12)


def test_bad_sources_are_named(rows):
    X_source, y_source, _, X, y = rows
    lazy = da.from_array(X_source, chunks=250)
    bad = SourceData(lazy.map_blocks(lambda block: np.where(block > 3.0, np.nan, block)), y_source, name="last year")
    with pytest.raises(ValueError, match=r"the rows of the source 'last year' cannot be used: Input X contains NaN"):
        AlphaWeightedRegressor(TransferRidge(), bad).fit(X, y)
    letters = SourceData(lazy, da.from_array(LETTERS[np.digitize(y_source, [-0.5, 0.5])], chunks=250))
    with pytest.raises(ValueError, match="Give both as numbers or both as strings"):
        AlphaWeightedClassifier(TransferLogisticRegression(), letters).fit(X, np.digitize(y, [-0.5, 0.5]))
    wide = SourceData(lazy, da.from_array(np.column_stack([y_source] * 2), chunks=250))
    with pytest.raises(ValueError, match="Give both the same"):
        AlphaWeightedRegressor(TransferRidge(), wide).fit(X, y)


@pytest.mark.parametrize("form", ["map", "chunks", "named chunks", "partitions"])
@pytest.mark.parametrize("twin", [TransferRidge(), TransferRidge(metric="scale"), TransferLogisticRegression()])
def test_the_choice_of_alpha(twin, form, rows, tmp_path, monkeypatch):
    """Of squared loss the moments say all; other fits are made anew on folds."""
    monkeypatch.setattr(_mapped, "LARGE", 1)
    X_source, y_source, weight, X, y = rows
    labels = isinstance(twin, TransferLogisticRegression)
    y_source, y = (y_source > 0, y > 0) if labels else (y_source, y)
    kind = AlphaWeightedClassifier if labels else AlphaWeightedRegressor
    frame = pd.DataFrame(X, columns=NAMES)
    grid = {"alpha": [0.01, 0.1], "estimator__C" if labels else "estimator__alpha": [1.0]}
    source = sources(X_source, y_source, weight, tmp_path)[form]
    in_memory = SourceData(pd.DataFrame(X_source, columns=NAMES), y_source, weight)
    by_path = isinstance(twin, TransferRidge) and twin.metric == "identity"
    cv = "auto" if by_path else 3
    found, expected = (
        TransferCV(kind(twin, s), grid=grid, cv=cv, rule="min").fit(frame, y) for s in (source, in_memory)
    )
    assert found.borrow_ == expected.borrow_
    assert_allclose(found.table_["score"], expected.table_["score"], rtol=1e-4 if labels else 1e-8)
    assert found.estimator._borrowing.has_path is by_path


def test_a_target_in_blocks_is_refused_where_rows_are_held_out(rows):
    *_, X, y = rows
    with pytest.raises(TypeError, match="TransferCV holds out rows in memory, got a Dask"):
        TransferCV(TransferRidge()).fit(da.from_array(X, chunks=25), da.from_array(y, chunks=25))
