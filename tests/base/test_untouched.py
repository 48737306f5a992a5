"""A fit changes nothing of the user's, and nothing of the process."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge


def _rows():
    rng = np.random.default_rng(0)
    X = np.where(rng.uniform(size=(40, 3)) < 0.4, 0.0, rng.normal(size=(40, 3)))
    y = X @ [1.0, -1.0, 0.5] + rng.normal(size=40)
    return X, y, rng.uniform(0.5, 2.0, size=40)


def _shuffled_csr(X, duplicates):
    """The same matrix with unsorted indices and, on demand, entries given in two parts."""
    tidy = sparse.csr_array(X)
    data, indices, indptr = [], [], [0]
    for row in range(len(X)):
        at = slice(tidy.indptr[row], tidy.indptr[row + 1])
        values, columns = tidy.data[at][::-1], tidy.indices[at][::-1]
        if duplicates:
            values, columns = np.append(values / 4, values * 3 / 4), np.append(columns, columns)
        data.append(values)
        indices.append(columns)
        indptr.append(indptr[-1] + len(values))
    parts = (np.concatenate(data), np.concatenate(indices).astype(np.int32), np.array(indptr, dtype=np.int32))
    return sparse.csr_array(parts, shape=X.shape)


FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "strided": lambda X: np.repeat(X, 2, axis=1)[::-1, ::2][::-1],
    "float32": lambda X: X.astype(np.float32),
    "integers": lambda X: np.round(3 * X).astype(np.int64),
    "list": lambda X: X.tolist(),
    "frame": lambda X: pd.DataFrame(X, columns=["a", "b", "c"]),
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_array,
    "coo": sparse.coo_array,
    "unsorted csr": lambda X: _shuffled_csr(X, False),
    "csr with duplicates": lambda X: _shuffled_csr(X, True),
    "csr with long indices": lambda X: _with_long_indices(sparse.csr_array(X)),
}


def _with_long_indices(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def _arrays(thing):
    """Every array a container of rows holds."""
    if isinstance(thing, list):
        return [np.array(thing)]
    if isinstance(thing, pd.DataFrame):
        return [thing[name].to_numpy() for name in thing]
    if sparse.issparse(thing):
        return [getattr(thing, name) for name in ("data", "indices", "indptr", "row", "col") if hasattr(thing, name)]
    return [thing]


def _state(*things):
    arrays = [array for thing in things for array in _arrays(thing)]
    return [(array.tobytes(), array.dtype, array.strides) for array in arrays]


def _flags(*things):
    return [array.flags.writeable for thing in things for array in _arrays(thing)]


def _models(metric):
    X, y, _ = _rows()
    ridge = Source.from_estimator(Ridge().fit(X, y), X=X)
    logistic = Source.from_estimator(LogisticRegression().fit(X, y > 0), X=X)
    return {
        "ridge": TransferRidge(source=ridge, metric=metric),
        "logistic": TransferLogisticRegression(source=logistic, metric=metric, class_weight="balanced"),
    }


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_the_users_arrays(kind, form, metric):
    X, y, weight = _rows()
    X, y = FORMS[form](X), y if kind == "ridge" else (y > 0).astype(int)
    model = _models(metric)[kind]
    before, flags, source = _state(X, y, weight), _flags(X, y, weight), pickle.dumps(model.source)
    model.fit(X, y, sample_weight=weight)
    model.predict(X)
    model.score(X, y, sample_weight=weight)
    model._as_source(X, y, weight)
    assert _state(X, y, weight) == before
    assert _flags(X, y, weight) == flags
    assert pickle.dumps(model.source) == source
    if form != "integers":
        X_plain = _rows()[0]
        plain = _models(metric)[kind].fit(X_plain, y, sample_weight=weight)
        assert_allclose(model.coef_, plain.coef_, rtol=1e-3, atol=1e-4)
        assert_allclose(model.predict(X), plain.predict(X_plain), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_arrays_that_may_not_be_written(kind):
    X, y, weight = _rows()
    y = y if kind == "ridge" else (y > 0).astype(int)
    wanted = _models("scale")[kind].fit(X, y, sample_weight=weight).coef_
    for array in (X, y, weight):
        array.flags.writeable = False
    assert_array_equal(_models("scale")[kind].fit(X, y, sample_weight=weight).coef_, wanted)


@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_a_fitted_model_as_the_source(kind):
    X, y, _ = _rows()
    y = y if kind == "ridge" else np.digitize(y, [-0.5, 0.5])
    model = Ridge() if kind == "ridge" else LogisticRegression()
    fitted = model.fit(X, y)
    before, attributes = pickle.dumps(fitted), sorted(vars(fitted))
    Twin = TransferRidge if kind == "ridge" else TransferLogisticRegression
    transferred = Twin(source=fitted, metric="scale", intercept_penalty=1.0).fit(X[:20], y[:20])
    transferred.coef_ += 1.0
    transferred.source_coef_ += 1.0
    transferred.intercept_ += 1.0
    assert pickle.dumps(fitted) == before
    assert sorted(vars(fitted)) == attributes
    assert fitted.coef_.flags.writeable
    assert fitted.intercept_ is model.intercept_


@pytest.mark.parametrize("solver", ["auto", "newton-cholesky", "newton-cg", "lbfgs", "dual"])
@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_the_process(kind, solver):
    X, y, weight = _rows()
    y = y if kind == "ridge" else (y > 0).astype(int)
    model = _models("identity")[kind].set_params(solver=solver)
    rng = np.random.get_state()  # noqa: NPY002
    errors, filters, options = np.geterr(), list(warnings.filters), np.get_printoptions()
    model.fit(X, y, sample_weight=weight).predict(X)
    repr(model)
    after = np.random.get_state()  # noqa: NPY002
    assert_array_equal(after[1], rng[1])
    assert after[2:] == rng[2:]
    assert np.geterr() == errors
    assert warnings.filters == filters
    assert np.get_printoptions() == options


@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_the_same_fit_twice_is_the_same(kind):
    X, y, weight = _rows()
    y = y if kind == "ridge" else np.digitize(y, [-0.5, 0.5])
    if kind == "ridge":
        models = [TransferRidge(source=Ridge().fit(X, y)) for _ in range(2)]
    else:
        source = LogisticRegression().fit(X, y)
        models = [TransferLogisticRegression(source=source) for _ in range(2)]
    first, second = (model.fit(X, y, sample_weight=weight) for model in models)
    assert_array_equal(first.coef_, second.coef_)
    again = first.fit(X, y, sample_weight=weight)
    assert_array_equal(again.coef_, second.coef_)
    assert again.effective_sample_size_ == second.effective_sample_size_
