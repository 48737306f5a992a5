"""Predictions of Dask collections: lazy, of the right shape and type, and the same."""

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sktransfer.linear_model import (
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
)
from sktransfer.svm import TransferLinearSVC

N, NAMES = 300, list("abc")
MODELS = {
    "ridge": (TransferRidge(), "numbers"),
    "two outputs": (TransferRidge(), "two numbers"),
    "logistic": (TransferLogisticRegression(), "two labels"),
    "multinomial": (TransferLogisticRegression(), "labels"),
    "ridge classifier": (TransferRidgeClassifier(), "labels"),
    "hinge": (TransferLinearSVC(), "two labels"),
    "poisson": (TransferPoissonRegressor(), "counts"),
}
METHODS = ["predict", "decision_function", "predict_proba", "predict_log_proba"]


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    X = random.normal(size=(N, 3))
    eta = X @ [1.0, -0.5, 0.2]
    y = {
        "numbers": eta + random.normal(size=N),
        "two numbers": np.column_stack([eta, -eta]),
        "two labels": np.where(eta + random.normal(size=N) > 0, "yes", "no"),
        "labels": np.digitize(eta, [-0.5, 0.5]),
        "counts": random.poisson(np.exp(eta)),
    }
    return X, y


def never(block):
    raise AssertionError("a block was computed")


def cases():
    fitted = [(model, method) for model in MODELS for method in METHODS if hasattr(MODELS[model][0], method)]
    return [pytest.param(*case, id=", ".join(case)) for case in fitted]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("model", "method"), cases())
def test_arrays(model, method, dtype, data):
    model, kind = MODELS[model]
    X = data[0].astype(dtype)
    tell = getattr(model.fit(X, data[1][kind]), method)
    own = tell(X)
    chunks = da.from_array(X, chunks=(70, 2))
    lazy = tell(chunks)
    assert isinstance(lazy, da.Array)
    assert lazy.dtype == own.dtype
    assert lazy.shape == own.shape
    assert lazy.chunks[0] == (70, 70, 70, 70, 20)
    require_same(lazy.compute(), own)
    assert tell(chunks.map_blocks(never, dtype=dtype, meta=np.empty((0, 0), dtype))).shape == own.shape


@pytest.mark.parametrize(("model", "method"), cases())
def test_data_frames(model, method, data):
    model, kind = MODELS[model]
    frame = pd.DataFrame(data[0], columns=NAMES)
    tell = getattr(model.fit(frame, data[1][kind]), method)
    own = tell(frame)
    parts = dd.from_pandas(frame, npartitions=4)
    lazy = tell(parts[parts["a"] > -100.0])
    assert isinstance(lazy, da.Array)
    assert lazy.dtype == own.dtype
    assert lazy.shape[1:] == own.shape[1:]
    require_same(lazy.compute(), own)
    some = frame["a"].to_numpy() > 1.0
    require_same(tell(parts[parts["a"] > 1.0]).compute(), own[some])
    assert len(tell(parts[parts["a"] > 100.0]).compute()) == 0


def require_same(mine, theirs):
    assert mine.shape == theirs.shape
    assert mine.dtype == theirs.dtype
    if mine.dtype.kind == "f":
        rtol = 1e-4 if mine.dtype == np.float32 else 1e-12
        assert_allclose(mine, theirs, rtol=rtol, atol=rtol / 10)
    else:
        assert_array_equal(mine, theirs)


@pytest.mark.parametrize("model", MODELS)
def test_scores(model, data):
    model, kind = MODELS[model]
    X, y = data[0], data[1][kind]
    model.fit(X, y)
    chunks, parts = da.from_array(X, chunks=(70, 2)), da.from_array(y, chunks=70)
    weight = np.random.default_rng(1).random(N)
    assert model.score(chunks, parts) == pytest.approx(model.score(X, y), rel=1e-12)
    weighted = model.score(chunks, y, sample_weight=da.from_array(weight, chunks=70))
    assert weighted == pytest.approx(model.score(X, y, sample_weight=weight), rel=1e-12)


def test_wrong_features_are_said_before_anything_is_computed(data):
    model = TransferRidge().fit(data[0], data[1]["numbers"])
    with pytest.raises(ValueError, match="X has 2 features, but TransferRidge is expecting 3"):
        model.predict(da.ones((10, 2), chunks=5).map_blocks(never, dtype=float, meta=np.empty((0, 0))))
