"""Law: sums of rows in blocks are the sums of the same rows in memory."""

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.sources import SourceData

N, NAMES = 600, list("abc")
MODELS = {
    "ridge": (TransferRidge(), lambda eta: eta),
    "two outputs": (TransferRidge(), lambda eta: np.column_stack([eta, eta**2])),
    "logistic": (TransferLogisticRegression(tol=1e-12), lambda eta: eta > 0),
    "multinomial": (TransferLogisticRegression(tol=1e-12), lambda eta: np.digitize(eta, [-0.5, 0.5])),
    "poisson": (TransferPoissonRegressor(tol=1e-12), lambda eta: np.floor(np.exp(eta.clip(-3, 3)))),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_summaries(model, weighted):
    model, respond = MODELS[model]
    random = np.random.default_rng(0)
    X = random.normal(size=(N, 3)) + 1.0
    y = respond((X - 1.0) @ [1.0, -1.0, 0.5] + random.normal(size=N))
    weight = random.random(N) if weighted else None
    own = SourceData(pd.DataFrame(X, columns=NAMES), y, weight).summarize(model)
    frame = dd.from_pandas(pd.DataFrame(X, columns=NAMES), npartitions=3)
    for lazy in (SourceData(frame, y, weight), SourceData(da.from_array(X, chunks=150), y, weight)):
        found = lazy.summarize(model)
        assert_allclose(found.coef, own.coef, rtol=1e-9, atol=1e-12)
        assert_allclose(found.precision, own.precision, rtol=1e-9, atol=1e-9 * np.abs(own.precision).max())
        assert found.n_samples == pytest.approx(own.n_samples, rel=1e-12)
        assert found.statistics.n_rows == own.statistics.n_rows == N


def test_lengths_that_nobody_knows():
    frame = dd.from_pandas(pd.DataFrame(np.ones((10, 3)), columns=NAMES), npartitions=2)
    some = frame[frame["a"] > 0]
    source = SourceData(some, some["b"])
    assert source.n_samples is None
    assert source.n_features == 3
    assert source.feature_names == tuple(NAMES)
    assert SourceData(some.to_dask_array(), some["b"].to_dask_array()).n_samples is None
    assert SourceData(da.ones((7, 2)), np.ones(7)).n_samples == 7
    with pytest.raises(ValueError, match="X has 7 rows, y 6"):
        SourceData(da.ones((7, 2)), da.ones(6))
