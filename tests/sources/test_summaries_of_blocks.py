"""Summaries of memory maps and Dask collections are those of the same rows in memory."""

import numpy as np
import pytest

from sktransfer._designs import _mapped
from sktransfer.joint import AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.sources import SourceData

N, P = 900, 4

CASES = {
    "ridge": (TransferRidge(alpha=3.0), "numbers"),
    "ridge, scaled": (TransferRidge(alpha=3.0, metric="scale"), "numbers"),
    "elastic net": (TransferElasticNet(alpha=0.1, tol=1e-13), "numbers"),
    "logistic": (TransferLogisticRegression(tol=1e-12), "labels"),
    "logistic, balanced": (TransferLogisticRegression(class_weight="balanced", tol=1e-12), "labels"),
    "softmax": (TransferLogisticRegression(tol=1e-12), "three"),
    "poisson": (TransferPoissonRegressor(alpha=0.1, tol=1e-12), "counts"),
}


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(_mapped, "LARGE", 1)
    monkeypatch.setattr(_mapped, "BLOCK_BYTES", 5_000)


def rows(kind):
    random = np.random.default_rng(0)
    X = random.normal(2.0, 1.0, size=(N, P))
    eta = (X - 2.0) @ np.linspace(-0.6, 0.6, P)
    noisy = eta + random.normal(size=N)
    y = {
        "numbers": noisy,
        "labels": np.where(noisy > 0.5, "yes", "no"),
        "three": np.array(["a", "b", "c"])[np.digitize(noisy, [-0.5, 1.0])],
        "counts": random.poisson(np.exp(eta)),
    }[kind]
    return X, y, random.random(N) * (random.random(N) > 0.1)


def same(found, expected):
    for name in ("coef", "intercept", "precision"):
        mine, theirs = (np.asarray(getattr(source, name)) for source in (found, expected))
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-9 * np.abs(theirs).max())
    assert found.statistics.n_rows == expected.statistics.n_rows
    assert found.statistics.weight == pytest.approx(expected.statistics.weight, rel=1e-12)
    assert found.n_samples == pytest.approx(expected.n_samples, rel=1e-12)
    assert (found.classes is None) == (expected.classes is None)


@pytest.mark.parametrize("name", CASES)
def test_memory_maps(name, tmp_path, small_blocks):
    model, kind = CASES[name]
    X, y, weight = rows(kind)
    mapped = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[:] = X
    same(SourceData(mapped, y, weight).summarize(model), SourceData(X, y, weight).summarize(model))


@pytest.mark.parametrize("name", CASES)
def test_dask_arrays(name):
    arrays = pytest.importorskip("dask.array")
    model, kind = CASES[name]
    X, y, weight = rows(kind)
    lazy = (arrays.from_array(part, chunks=(130, *part.shape[1:])) for part in (X, y, weight))
    found = SourceData(*lazy).summarize(model)
    same(found, SourceData(X, y, weight).summarize(model))
    if model.__class__ is not TransferElasticNet:
        same(found + found, SourceData(X, y, weight).summarize(model) + found)


def test_dask_frames():
    frames, pandas = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    X, y, _ = rows("counts")
    frame, y = pandas.DataFrame(X, columns=["a", "b", "c", "d"]), pandas.Series(y)
    lazy = SourceData(frames.from_pandas(frame, npartitions=4), frames.from_pandas(y, npartitions=4))
    model = CASES["poisson"][0]
    found = lazy.summarize(model)
    same(found, SourceData(frame, y).summarize(model))
    assert found.feature_names == ("a", "b", "c", "d")


def test_a_fitted_model_is_not_changed(tmp_path, small_blocks):
    model = TransferLogisticRegression()
    X, y, weight = rows("three")
    model.fit(X, y, sample_weight=weight)
    mapped = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[:] = X
    before = dict(vars(model))
    SourceData(mapped, y, weight).summarize(model)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())


def test_a_summary_of_blocks_beside_a_target(tmp_path, small_blocks):
    X, y, weight = rows("numbers")
    mapped = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[:] = X
    target, y_target, _ = (part[:20] + 0.1 for part in rows("numbers"))
    fits = [
        AlphaWeightedRegressor(TransferRidge(), source, 0.1).fit(target, y_target)
        for source in (SourceData(mapped, y, weight).summarize(TransferRidge()), SourceData(X, y, weight))
    ]
    np.testing.assert_allclose(fits[0].coef_, fits[1].coef_, rtol=1e-9)
