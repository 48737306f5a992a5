"""SourceData: rows by reference, immutable, compared by content."""

import copy
import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone

from sktransfer.sources import SourceData

X = np.arange(6.0).reshape(3, 2)
Y = np.array([0, 1, 0])
FRAME = pd.DataFrame(X, columns=["a", "b"])
FORMS = [X, FRAME, sparse.csr_array(X), X.tolist(), pd.DataFrame(X)]


@pytest.mark.parametrize("rows", FORMS)
def test_holds_the_very_objects(rows):
    weight = np.ones(3)
    data = SourceData(rows, Y, weight, name="s")
    assert data.X is rows
    assert data.y is Y
    assert data.sample_weight is weight
    assert (data.n_samples, data.n_features, data.name) == (3, 2, "s")
    assert data.feature_names == (("a", "b") if rows is FRAME else None)
    assert weight.flags.writeable


@pytest.mark.parametrize("rows", FORMS)
def test_equal_by_content(rows):
    data, same = SourceData(rows, Y), SourceData(copy.deepcopy(rows), Y.tolist())
    assert data == same
    assert hash(data) == hash(same)
    changed = X + 1
    assert data != SourceData(type(rows)(changed) if not isinstance(rows, (np.ndarray, list)) else changed, Y)


@pytest.mark.parametrize(
    "other",
    [
        SourceData(FRAME, Y),
        SourceData(sparse.csr_array(X), Y),
        SourceData(X, 1 - Y),
        SourceData(X, Y, [1, 1, 1]),
        SourceData(X, Y, name="s"),
        SourceData(X[:2], Y[:2]),
        3,
    ],
)
def test_unequal(other):
    assert SourceData(X, Y) != other


def test_missing_values_equal_themselves():
    hole = np.array([[np.nan, 1.0]])
    assert SourceData(hole, [1]) == SourceData(hole.copy(), [1])


def test_immutable_and_its_own_copy():
    data = SourceData(X, Y)
    for made in (copy.copy(data), copy.deepcopy(data), clone(data, safe=False)):
        assert made is data
    with pytest.raises(AttributeError, match="a SourceData is immutable"):
        data.X = X
    with pytest.raises(AttributeError, match="cannot delete 'y'"):
        del data.y


@pytest.mark.parametrize("rows", FORMS)
def test_pickles(rows):
    data = SourceData(rows, Y, [1.0, 2.0, 3.0], name="s")
    buffer = io.BytesIO()
    joblib.dump(data, buffer)
    buffer.seek(0)
    assert joblib.load(buffer) == pickle.loads(pickle.dumps(data)) == data


def test_repr():
    assert repr(SourceData(X, Y, [1, 2, 3], name="s")) == "SourceData('s', n_samples=3, n_features=2, weighted)"
    assert repr(SourceData(["some text", "more"], [0, 1])) == "SourceData(n_samples=2, n_features=None)"
    assert SourceData(np.array(["some text", "more"]), [0, 1]).n_features is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, Y[:2]), "y must have one entry per row of X: X has 3 rows, y 2"),
        ((X, Y, [1.0]), "sample_weight must have one entry per row"),
        ((X, None), "y must hold one entry per row, got NoneType"),
        ((3.0, Y), "X must hold one entry per row, got float"),
        (("abc", Y), "X must hold one entry per row, got str"),
        ((np.float64(3), Y), "X must hold one entry per row"),
        ((X[:0], Y[:0]), "at least one row"),
    ],
)
def test_bad_inputs_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SourceData(*arguments)


def test_a_bad_name_is_refused():
    with pytest.raises(ValueError, match="name must be"):
        SourceData(X, Y, name=3)


class Lazy:
    """As Dask collections are: columns are known, rows perhaps not."""

    def __init__(self, rows, length):
        self.shape, self._length = (rows, 2), length

    def __len__(self):
        return self._length


def test_lengths_that_are_known_when_asked_for():
    assert SourceData(Lazy(object(), 3), [0, 1, 2]).n_samples == 3
    assert SourceData(Lazy(float("nan"), 3), [0, 1, 2]).n_samples is None
