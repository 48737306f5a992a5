"""Law: a Dask collection gives the model that the same rows in memory give, however its rows lie."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktransfer.linear_model import (
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
)
from sktransfer.svm import TransferLinearSVC

N, NAMES = 1_500, ["a", "b", "c", "d"]
MODELS = {
    "ridge": (TransferRidge(), "numbers"),
    "lasso": (TransferLasso(alpha=0.1, tol=1e-13), "numbers"),
    "ridge classifier": (TransferRidgeClassifier(class_weight="balanced"), "labels"),
    "logistic": (TransferLogisticRegression(tol=1e-12, metric="scale"), "two labels"),
    "multinomial": (TransferLogisticRegression(tol=1e-12, class_weight="balanced"), "labels"),
    "poisson": (TransferPoissonRegressor(tol=1e-12), "counts"),
}


@pytest.fixture(autouse=True)
def threads():
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    X = random.normal(size=(N, 4)) - 1.0
    eta = (X + 1.0) @ [0.5, -0.3, 0.2, 0.0]
    noisy = eta + random.normal(size=N)
    columns = {
        "numbers": noisy,
        "two labels": noisy > 0.2,
        "labels": np.array(["x", "y", "z"])[np.digitize(noisy, [-0.5, 0.5])],
        "counts": random.poisson(np.exp(eta)),
        "weight": random.random(N),
    }
    return pd.DataFrame(X, columns=NAMES).assign(**columns, order=np.arange(N))


def require_same(one, other, rtol=1e-9):
    for name in ("coef_", "intercept_"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert_allclose(mine, theirs, rtol=rtol, atol=rtol * np.abs(theirs).max(), err_msg=name)
    if hasattr(other, "classes_"):
        assert_array_equal(one.classes_, other.classes_)


def cut(values, chunks):
    return da.from_array(np.asarray(values), chunks=chunks)


def lots(frame, kind):
    """(X, y, weight) as Dask collections of many kinds."""
    X, y, weight = frame[NAMES].to_numpy(), frame[kind].to_numpy(), frame["weight"].to_numpy()
    parts = dd.from_pandas(frame, npartitions=4)
    some = parts[parts["weight"] >= 0]
    return {
        "chunks": (cut(X, (400, 4)), cut(y, 400), cut(weight, 400)),
        "chunks of columns": (cut(X, (700, 3)), cut(y, 100), cut(weight, N)),
        "arrays beside": (cut(X, (400, 4)), y, weight),
        "series beside": (cut(X, (400, 4)), frame[kind], frame["weight"]),
        "partitions": (parts[NAMES], parts[kind], parts["weight"]),
        "arrays beside partitions": (parts[NAMES], y, weight),
        "unknown lengths": (some[NAMES].to_dask_array(), some[kind].to_dask_array(), some["weight"].to_dask_array()),
        "arrays beside unknown lengths": (some[NAMES].to_dask_array(), y, weight),
        "sparse": (cut(X, (400, 4)).map_blocks(sp.csr_array), cut(y, 400), cut(weight, 400)),
        "one block": (cut(X, -1), cut(y, -1), cut(weight, -1)),
        "blocks of one row": (cut(X, ((1, 2, N - 3), (4,))), y, weight),
        "persisted": tuple(part.persist() for part in (cut(X, (400, 4)), cut(y, 400), cut(weight, 400))),
        "empty partition": (parts[NAMES].loc[-9:], y, weight),
    }


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", lots(pd.DataFrame(np.ones((N, 6)), columns=[*NAMES, "y", "weight"]), "y"))
@pytest.mark.parametrize("model", ["ridge", "logistic"])
def test_however_the_rows_lie(model, form, weighted, frame):
    model, kind = MODELS[model]
    X, y, weight = lots(frame, kind)[form]
    weight, own = (weight, frame["weight"]) if weighted else (None, None)
    by_blocks = clone(model).fit(X, y, sample_weight=weight)
    require_same(by_blocks, clone(model).fit(frame[NAMES], frame[kind], sample_weight=own))


@pytest.mark.parametrize("model", MODELS)
def test_every_twin(model, frame):
    model, kind = MODELS[model]
    parts = dd.from_pandas(frame, npartitions=3)
    by_blocks = clone(model).fit(parts[NAMES], parts[kind], sample_weight=parts["weight"])
    in_memory = clone(model).fit(frame[NAMES], frame[kind], sample_weight=frame["weight"])
    require_same(by_blocks, in_memory)
    assert_array_equal(by_blocks.feature_names_in_, NAMES)
    assert by_blocks.n_features_in_ == 4


def test_empty_partitions(frame):
    parts = dd.from_pandas(frame, npartitions=4)
    some, own = parts[parts["order"] < 500], frame[frame["order"] < 500]
    for model, kind in MODELS.values():
        by_blocks = clone(model).fit(some[NAMES], some[kind])
        require_same(by_blocks, clone(model).fit(own[NAMES], own[kind]))


def test_sources_by_name(frame):
    model, kind = MODELS["ridge"]
    source = clone(model).fit(frame[NAMES[::-1]], -frame[kind])
    parts = dd.from_pandas(frame, npartitions=3)
    by_blocks = TransferRidge(source=source, alpha=300.0).fit(parts[NAMES], parts[kind])
    in_memory = TransferRidge(source=source, alpha=300.0).fit(frame[NAMES], frame[kind])
    require_same(by_blocks, in_memory)
    assert_allclose(by_blocks.effective_sample_size_, in_memory.effective_sample_size_, rtol=1e-9)


def test_single_precision(frame):
    X, y = frame[NAMES].to_numpy(np.float32), frame["numbers"].to_numpy()
    model = TransferRidge().fit(cut(X, (400, 4)), y)
    assert model.coef_.dtype == np.float32
    assert_allclose(model.coef_, TransferRidge().fit(X.astype(float), y).coef_, rtol=3e-7)
    mixed = dd.from_pandas(frame.astype({"a": np.float32}), npartitions=2)
    assert TransferRidge().fit(mixed[NAMES], mixed["numbers"]).coef_.dtype == np.float64
    assert TransferRidge().fit(mixed[["a"]], mixed["numbers"]).coef_.dtype == np.float32


def test_nothing_is_computed_more_often_than_it_must(frame):
    visits = []

    def counted(block):
        visits.append(len(block))
        return block

    X = cut(frame[NAMES], (500, 4)).map_blocks(counted, dtype=float, meta=np.empty((0, 0)))
    TransferRidge().fit(X, frame["numbers"].to_numpy())
    assert sorted(visits) == [500, 500, 500]


BAD = {
    "other partitions": (lambda X, y: (X, dd.from_dask_array(y.rechunk(((700, 800),)))), "y has 2 blocks, X has 3"),
    "too few": (lambda X, y: (X, np.zeros(N - 1)), "X has 1500 rows, y 1499"),
    "other lengths": (lambda X, y: (X, y[y > 0].rechunk({0: (np.nan,) * 3})), "must have the same blocks"),
    "NaN": (lambda X, y: (X.map_blocks(lambda b: np.where(b > b.max() - 0.1, np.nan, b)), y), "Input X contains NaN"),
    "one dimension": (lambda X, y: (X[:, 0], y), "with 1 dimension"),
    "no y": (lambda X, y: (X, None), "the target y is None"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_rows(bad, frame):
    spoil, message = BAD[bad]
    X, y = spoil(cut(frame[NAMES], (500, 4)), cut(frame["numbers"], 500))
    with pytest.raises(ValueError, match=message):
        TransferRidge().fit(X, y)


@pytest.mark.parametrize(
    "model", [TransferLinearSVC(), TransferLogisticRegression(l1_ratio=0.5)], ids=["hinge", "absolute values"]
)
def test_what_needs_all_rows_is_refused(model, frame):
    with pytest.raises(ValueError, match=r"cannot be fitted to rows in blocks: .* Load the rows into memory"):
        model.fit(cut(frame[NAMES], (500, 4)), frame["two labels"].to_numpy())


def test_label_matrices_are_refused(frame):
    y = np.column_stack([frame["two labels"], ~frame["two labels"]]).astype(int)
    with pytest.raises(ValueError, match="takes one label a row where rows lie in blocks"):
        TransferRidgeClassifier().fit(cut(frame[NAMES], (500, 4)), y)


def test_no_rows(frame):
    parts = dd.from_pandas(frame, npartitions=2)
    none = parts[parts["weight"] > 2.0]
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        TransferRidge().fit(none[NAMES], none["numbers"])


@pytest.mark.parametrize("model", ["logistic", "ridge"])
def test_more_columns_than_rows(model, frame):
    model, kind = MODELS[model]
    X, y = np.random.default_rng(3).normal(size=(40, 60)), frame[kind].to_numpy()[:40]
    source = clone(model).fit(X, np.roll(y, 1))
    model = clone(model).set_params(source=source, metric="identity")
    by_blocks, in_memory = clone(model).fit(cut(X, (15, 60)), y), clone(model).fit(X, y)
    require_same(by_blocks, in_memory, rtol=1e-8)
    assert_allclose(by_blocks.effective_sample_size_, in_memory.effective_sample_size_, rtol=1e-6)
