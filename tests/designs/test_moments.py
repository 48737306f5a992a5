"""Moments: of any design as of the rows, in any order, and as an ordinary data set."""

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import Lasso, LinearRegression, Ridge

from sktransfer._designs import Moments, ScaledDesign, as_design
from sktransfer._designs import _moments as module
from sktransfer.linear_model import TransferRidge

N, P, Q = 61, 4, 2
UNITS = np.array([1e-6, 1.0, 1e5, 3.0])


def numbers(seed=0, n=N, mean=1e4):
    """Columns of four units, far from zero for their spread, with two outputs, and weights, some zero."""
    random = np.random.default_rng(seed)
    X = (random.normal(size=(n, P)) + mean) * UNITS
    y = (X - mean * UNITS) / UNITS @ random.normal(size=(P, Q)) + random.normal(size=(n, Q)) + 7.0
    weight = random.uniform(0.1, 3, n)
    weight[::5] = 0.0
    return X, y, weight


def brute(X, y, weight):
    z = np.hstack([X, y]).astype(np.longdouble)
    mean = weight @ z / weight.sum()
    return mean.astype(float), ((z - mean).T @ (weight[:, None] * (z - mean))).astype(float)


def close(moments, expected, rtol=1e-12):
    """Means and covariances to ``rtol`` of each column's own size."""
    mean, scatter = expected
    units = np.sqrt(scatter.diagonal())
    np.testing.assert_allclose(moments.mean, mean, rtol=rtol)
    np.testing.assert_allclose(moments.scatter / np.outer(units, units), scatter / np.outer(units, units), atol=rtol)


def same(first, second, rtol=1e-12):
    assert (first.n_rows, first.n_outputs) == (second.n_rows, second.n_outputs)
    np.testing.assert_allclose(first.weight, second.weight, rtol=1e-14)
    close(first, (second.mean, second.scatter), rtol)


DESIGNS = {
    "C": as_design,
    "F": lambda X: as_design(np.asfortranarray(X)),
    "CSR": lambda X: as_design(sp.csr_array(X)),
    "CSC": lambda X: as_design(sp.csc_array(X)),
    "scaled": lambda X: ScaledDesign(as_design(X * 2.0 + 1.0), np.full(P, 1.0), np.full(P, 2.0)),
}


@pytest.mark.parametrize("block_bytes", [1 << 21, 1])
@pytest.mark.parametrize("kind", DESIGNS)
def test_as_brute_force(kind, block_bytes, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", block_bytes)
    X, y, weight = numbers()
    moments = Moments.of(DESIGNS[kind](X), y, weight)
    rtol = 1e-10 if kind == "scaled" else 1e-12  # there 2 X + 1 is rounded
    close(moments, brute(X, y, weight), rtol)
    assert moments.weight == pytest.approx(weight.sum(), rel=1e-14)
    assert moments.n_rows == np.count_nonzero(weight)
    assert (moments.n_features, moments.n_outputs) == (P, Q)


@pytest.mark.parametrize("block_bytes", [1 << 21, 1])
@pytest.mark.parametrize("kind", DESIGNS)
def test_rows_alone(kind, block_bytes, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", block_bytes)
    X, _, weight = numbers()
    moments = Moments.of(DESIGNS[kind](X), np.zeros((N, 0)), weight)
    close(moments, brute(X, np.zeros((N, 0)), weight), 1e-10 if kind == "scaled" else 1e-12)
    assert (moments.n_rows, moments.n_outputs) == (np.count_nonzero(weight), 0)


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array])
def test_sparse_with_full_and_with_thin_columns(kind):
    X, y, weight = numbers()
    X[np.random.default_rng(1).uniform(size=N) < 0.8, 1] = 0.0
    X[:, 2] = np.random.default_rng(2).uniform(size=N) < 0.1
    close(Moments.of(as_design(kind(X)), y, weight), brute(X, y, weight))


def test_float32_rows_are_summed_as_float64():
    X, y, weight = numbers()
    X = X.astype(np.float32)
    close(Moments.of(as_design(X), y.astype(np.float32), weight), brute(X, y.astype(np.float32), weight))


def test_weights_are_repeats():
    X, y, _ = numbers()
    times = np.arange(N) % 4
    weighted = Moments.of(as_design(X), y, times.astype(float))
    repeated = Moments.of(as_design(np.repeat(X, times, axis=0)), np.repeat(y, times, axis=0))
    close(weighted, (repeated.mean, repeated.scatter))
    assert weighted.weight == repeated.weight == repeated.n_rows


def lots():
    return [Moments.of(as_design(X), y, weight) for X, y, weight in (numbers(seed, 20 + seed) for seed in range(5))]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 2, 0, 3, 1]])
def test_merged_in_any_order(order):
    parts, empty = lots(), Moments.none(P, Q)
    data = [numbers(seed, 20 + seed) for seed in range(5)]
    whole = brute(*(np.concatenate(column) for column in zip(*data, strict=True)))
    close(sum((parts[i] for i in order), empty), whole)
    pairs = (parts[order[0]] + parts[order[1]]) + (parts[order[2]] + (parts[order[3]] + parts[order[4]]))
    close(pairs, whole)
    assert parts[0] + empty == parts[0] == empty + parts[0]


def test_taken_away_as_if_never_added():
    first, second, third, *_ = lots()
    same(first + second + third - second, first + third, 1e-11)
    same(first + second - second, first, 1e-11)
    assert first + second - first - second == Moments.none(P, Q)
    assert first - Moments.none(P, Q) == first


def test_what_was_never_added_cannot_be_taken_away():
    first, second, *_ = lots()
    with pytest.raises(ValueError, match="cannot take away 32 rows of weight"):
        first - (first + second)
    with pytest.raises(ValueError, match="cannot take away 16 rows that are not the 16 rows added"):
        first - second
    with pytest.raises(ValueError, match="cannot take away 16 rows that are not the 16 rows added"):
        first - Moments(first.weight, first.mean, first.scatter / 2, Q, first.n_rows)
    spread = Moments(first.weight / 2, first.mean, 9 * first.scatter, Q, first.n_rows - 1)
    with pytest.raises(ValueError, match="more spread than all rows together"):
        first - spread
    tilted = first.scatter / 2
    tilted[0, 1] = tilted[1, 0] = -2 * tilted[0, 1] - 0.9 * np.sqrt(tilted[0, 0] * tilted[1, 1])
    with pytest.raises(ValueError, match="negative eigenvalue"):
        first - Moments(first.weight / 2, first.mean, tilted, Q, first.n_rows - 1)


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="4 features and 2 outputs do not go with those of 3 and 2"):
        Moments.none(4, 2) + Moments.none(3, 2)
    with pytest.raises(TypeError):
        Moments.none(4, 2) + 1
    with pytest.raises(TypeError):
        Moments.none(4, 2) - 1


@pytest.mark.parametrize("weight", [-np.ones(N), np.full(N, np.nan)])
def test_weights_that_are_none(weight):
    X, y, _ = numbers()
    with pytest.raises(ValueError, match="weights must be finite and at least 0"):
        Moments.of(as_design(X), y, weight)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros(3)}, "got shapes"),
        ({"n_outputs": 9}, "9 outputs need"),
        ({"mean": [np.nan, 0.0]}, "must be finite"),
        ({"weight": np.inf}, "must be finite"),
        ({"weight": -1.0}, "at least 0"),
        ({"n_rows": -1}, "at least 0"),
        ({"scatter": [[-1.0, 0.0], [0.0, 1.0]]}, "at least 0"),
    ],
)
def test_numbers_that_are_no_moments(change, message):
    fields = {"weight": 1.0, "mean": np.zeros(2), "scatter": np.eye(2), "n_outputs": 1, "n_rows": 1}
    with pytest.raises(ValueError, match=message):
        Moments(**(fields | change))


def test_require_possible():
    assert Moments(1.0, np.zeros(2), np.ones((2, 2)), 1, 3).require_possible().weight == 1.0
    for impossible in ([[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.1], [0.1, 0.0]]):
        with pytest.raises(ValueError, match="no rows have these moments"):
            Moments(1.0, np.zeros(2), impossible, 1, 3).require_possible()


def test_rows_have_the_same_moments():
    X, y, weight = numbers()
    moments = Moments.of(as_design(X), y, weight)
    rows, outputs, weights = moments.rows()
    assert rows.shape == (2 * (P + Q), P)
    np.testing.assert_allclose(weights.sum(), weight.sum(), rtol=1e-14)
    close(Moments.of(as_design(rows), outputs, weights), (moments.mean, moments.scatter), 1e-11)


def test_null_directions_leave_no_rows_and_constants_stay_constant():
    X, y, weight = numbers()
    X = np.column_stack([X, X[:, 0] * 1e7, np.full(N, 0.1)])
    moments = sum((Moments.of(as_design(X[i::3]), y[i::3], weight[i::3]) for i in range(3)), Moments.none(P + 2, Q))
    rows, _, _ = moments.rows()
    assert rows.shape == (2 * (P + Q), P + 2)
    assert np.all(rows[:, -1] == 0.1)
    assert np.all((moments - Moments.of(as_design(X[::3]), y[::3], weight[::3])).rows()[0][:, -1] == 0.1)


def test_a_column_that_is_constant_without_the_rows_taken_away():
    X, y, _ = numbers(n=20)
    X[4:, 1] = 0.3
    moments = Moments.of(as_design(X), y) - Moments.of(as_design(X[:4]), y[:4])
    assert np.all(moments.scatter[1] == 0.0)


def test_rows_without_spread_are_one_row():
    rows, outputs, weight = Moments.of(as_design(np.full((5, 2), 0.1)), np.full(5, 3.0)).rows()
    np.testing.assert_array_equal(np.hstack([rows, outputs]), [[0.1, 0.1, 3.0]])
    np.testing.assert_array_equal(weight, [5.0])
    with pytest.raises(ValueError, match="no data set"):
        Moments.none(2, 1).rows()


MODELS = {
    "least squares": LinearRegression(),
    "ridge": Ridge(alpha=3.0, solver="cholesky"),
    "ridge without intercept": Ridge(alpha=3.0, fit_intercept=False, solver="cholesky"),
    "lasso": Lasso(alpha=0.1, tol=1e-14, max_iter=100_000),
    "our ridge": TransferRidge(alpha=3.0),
}


@pytest.mark.parametrize("name", MODELS)
def test_fits_to_the_rows_are_fits_to_all_rows(name):
    X, y, weight = numbers(mean=2.0)
    X /= UNITS
    rows, outputs, weights = Moments.of(as_design(X), y, weight).rows()
    expected, model = MODELS[name].fit(X, y, sample_weight=weight), copy.deepcopy(MODELS[name])
    model.fit(rows, outputs, sample_weight=weights)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, expected.intercept_, rtol=1e-9)


def test_immutable_compared_by_content_and_pickled():
    first, second, *_ = lots()
    again = pickle.loads(pickle.dumps(first))
    assert again == first
    assert hash(again) == hash(first)
    assert first != second
    assert first != 1
    assert "n_rows=16" in repr(first)
    for moments in (first, again):
        with pytest.raises(AttributeError, match="immutable"):
            moments.weight = 2.0
        with pytest.raises(AttributeError, match="immutable"):
            del moments.weight
        with pytest.raises(ValueError, match="read-only"):
            moments.mean[0] = 1.0
