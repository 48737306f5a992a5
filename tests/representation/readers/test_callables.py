"""Functions of the rows: copies in, numbers out, whatever the batches."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sktransfer.representation import FrozenFeatures


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(23, 4))


def squares(rows):
    return rows**2


class Power:
    def __init__(self, exponent):
        self.exponent = exponent

    def __call__(self, rows):
        return rows**self.exponent


@pytest.mark.parametrize("batch_size", ["auto", 1, 7, 100])
@pytest.mark.parametrize(
    ("model", "name"),
    [(squares, "squares"), (np.square, "square"), (lambda rows: rows**2, "lambda"), (Power(2), "power")],
)
def test_functions_of_all_sorts(X, model, name, batch_size):
    features = FrozenFeatures(model, batch_size=batch_size).fit(X)
    assert_array_equal(features.transform(X), X**2)
    assert features.get_feature_names_out().tolist() == [f"{name}_{k}" for k in range(4)]
    assert features.transform(X.astype(np.float32)).dtype == np.float32


def test_one_number_per_row_is_one_column(X):
    features = FrozenFeatures(lambda rows: rows.sum(axis=1)).fit(X)
    assert_array_equal(features.transform(X), X.sum(axis=1)[:, None])


def test_half_precision_is_widened(X):
    assert FrozenFeatures(lambda rows: rows.astype(np.float16)).fit_transform(X).dtype == np.float32


def test_rows_come_in_the_declared_shape(X):
    seen = []
    FrozenFeatures(lambda rows: seen.append(rows.shape) or rows, input_shape=(2, 1, 2), batch_size=10).fit_transform(X)
    assert seen == [(1, 2, 1, 2), (10, 2, 1, 2), (10, 2, 1, 2), (3, 2, 1, 2)]


def test_what_it_does_to_its_rows_nobody_sees(X):
    def writes(rows):
        rows *= 2
        return rows

    before = X.copy()
    Z = FrozenFeatures(writes).fit_transform(X)
    assert_array_equal(Z, 2 * before)
    assert_array_equal(X, before)
    Z += 1
    assert_array_equal(X, before)


def test_batches_of_a_wide_table_are_16_mebibytes():
    seen = []
    FrozenFeatures(lambda rows: seen.append(len(rows)) or rows[:, :1]).fit_transform(np.zeros((10, 2**20)))
    assert seen == [1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda rows: rows.sum(), r"function gives an array of shape \(\) for 1 row"),
        (lambda rows: np.vstack([rows, rows]), r"function gives an array of shape \(2, 4\) for 1 row"),
        (lambda rows: rows.astype(str), "function gives <U32 values, and features are numbers"),
        (lambda rows: rows + 1j, "function gives complex128 values"),
        (lambda rows: [object()], "function gives object values"),
        (
            lambda rows: rows[:, 7],
            r"function does not take rows of 4 columns, in the shape \(4,\): IndexError: index 7",
        ),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(X, model, message):
    with pytest.raises(ValueError, match=message):
        FrozenFeatures(model).fit(X)


def test_a_table_with_holes_or_words_is_refused(X):
    X[3, 0] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        FrozenFeatures(squares).fit(X)
    with pytest.raises(ValueError, match="could not convert string to float"):
        FrozenFeatures(squares).fit([["a", "b"]])
