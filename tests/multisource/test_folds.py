"""Folds are of what is in the rows: their order, repeats, weights of zero and storage change nothing."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktransfer._designs import as_design
from sktransfer.linear_model import TransferLasso, TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor, detect_sources
from sktransfer.multisource._detect import check_sources
from sktransfer.multisource._folds import keys_of, splits_of
from sktransfer.multisource._held_out import HeldOut
from sktransfer.multisource._pools import Pools
from sktransfer.sources import SourceData

N, P = 40, 6
COEF = np.repeat([1.0, 0.0], [2, P - 2])
TWINS = {
    "lasso": TransferLasso(tol=1e-12),
    "ridge": TransferRidge(),
    "labels": TransferLogisticRegression(l1_ratio=1, tol=1e-12),
    "poisson": TransferPoissonRegressor(tol=1e-12),
}
RNG = np.random.default_rng(1)
REPEATS, ORDER = RNG.integers(0, 4, size=N), RNG.permutation(N)


def draw(family, rng, coef, n):
    X = rng.normal(size=(n, P)) * (rng.random((n, P)) < 0.7)
    eta = X @ coef
    if family == "labels":
        return X, np.array(["a", "b", "c"])[np.digitize(eta + rng.logistic(size=n), [-0.7, 0.7])]
    return X, rng.poisson(np.exp(eta)) if family == "poisson" else eta + rng.normal(size=n)


def problem(family):
    """(X, y, sources): one alike, one flipped."""
    rng = np.random.default_rng(0)
    X, y = draw(family, rng, COEF, N)
    return X, y, [SourceData(*draw(family, rng, sign * COEF, 60), name=str(sign)) for sign in (1, -1)]


def fitted(family, X, y, sources, weight=None):
    kind = PooledTransferClassifier if family == "labels" else PooledTransferRegressor
    return kind(clone(TWINS[family]), sources).fit(X, y, sample_weight=weight)


def assert_same(model, other):
    assert model.detected_ == other.detected_
    assert_allclose(model.weights_, other.weights_, rtol=1e-6)
    assert_allclose(model.evidence_["se"], other.evidence_["se"], rtol=1e-6)
    assert_allclose(model.coef_, other.coef_, atol=1e-9)
    assert_allclose(model.intercept_, other.intercept_, atol=1e-9)


@pytest.mark.parametrize("family", TWINS)
def test_weights_are_repeats(family):
    X, y, sources = problem(family)
    repeated = fitted(family, np.repeat(X, REPEATS, axis=0), np.repeat(y, REPEATS), sources)
    assert_same(fitted(family, X, y, sources, REPEATS), repeated)


@pytest.mark.parametrize("family", TWINS)
def test_weights_are_repeats_in_sources_too(family):
    X, y, _ = problem(family)
    X_more, y_more = np.repeat(X, REPEATS, axis=0), np.repeat(y, REPEATS)
    weighed = fitted(family, X, y, [SourceData(X, y, REPEATS), SourceData(-X, y, REPEATS)], REPEATS)
    assert_same(weighed, fitted(family, X_more, y_more, [SourceData(X_more, y_more), SourceData(-X_more, y_more)]))


@pytest.mark.parametrize("family", TWINS)
def test_the_order_of_rows_does_not_matter(family):
    X, y, sources = problem(family)
    assert_same(fitted(family, X, y, sources), fitted(family, X[ORDER], y[ORDER], sources))


@pytest.mark.parametrize("family", TWINS)
def test_weights_of_all_rows_times_a_number_change_nothing(family):
    X, y, sources = problem(family)
    times = [fitted(family, X, y, [(s, factor) for s in sources], factor * (1.0 + REPEATS)) for factor in (1, 4)]
    assert_allclose(times[0].pooled_.coef_, times[1].pooled_.coef_, atol=1e-6)
    assert_allclose(times[0].evidence_["se"], times[1].evidence_["se"], rtol=1e-5)
    assert_allclose(times[0].evidence_["weight"], times[1].evidence_["weight"], rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("family", TWINS)
def test_rows_of_weight_zero_are_no_rows(family):
    X, y, sources = problem(family)
    kept = REPEATS > 0
    assert_same(fitted(family, X, y, sources, kept), fitted(family, X[kept], y[kept], sources))


@pytest.mark.parametrize("storage", [sp.csr_array, sp.csc_matrix, lambda X: X.astype(np.float32).astype(np.float64)])
def test_storage_does_not_matter(storage):
    X, y, sources = problem("lasso")
    X = X.astype(np.float32).astype(np.float64)
    other = fitted("lasso", storage(X), y, [SourceData(storage(s.X), s.y, name=s.name) for s in sources])
    model = fitted("lasso", X, y, sources)
    assert other.detected_ == model.detected_
    assert_allclose(other.coef_, model.coef_, atol=1e-6)


def _twice(X):
    """Each entry is stored as two halves, and a zero beside them."""
    coo = sp.coo_array(X)
    parts = [coo.data / 2, coo.data / 2, [0.0]], [coo.row, coo.row, [0]], [coo.col, coo.col, [int(np.argmin(X[0]))]]
    data, row, column = (np.concatenate(part) for part in parts)
    place = np.argsort(row, kind="stable")
    indptr = np.r_[0, np.cumsum(np.bincount(row, minlength=len(X)))]
    return sp.csr_matrix((data[place], column[place], indptr), shape=X.shape)


@pytest.mark.parametrize(
    "store",
    [
        np.asfortranarray,
        sp.csr_array,
        sp.csc_array,
        _twice,
        lambda X: X.astype(np.float32),
        lambda X: np.where(X == 0, -0.0, X),
    ],
)
def test_keys_are_of_values(store):
    X = np.round(4 * problem("lasso")[0]) / 4
    assert (X == 0).any(axis=1).sum() > 5
    stored = store(X)
    assert_array_equal(keys_of(as_design(stored)), keys_of(as_design(X)))


def test_rows_have_one_key_if_they_are_equal():
    X = np.array([[0.0, 1.0], [1.0, 0.0], [-0.0, 1.0], [0.0, 2.0], [0.0, 0.0], [0.0, 1.0]])
    keys = keys_of(as_design(X))
    assert_array_equal(keys[:, np.newaxis] == keys, (X[:, np.newaxis] == X).all(axis=2))


def test_copies_lie_in_one_fold_and_folds_are_even():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 2**63, size=53).astype(np.uint64)
    copy = np.r_[np.arange(53), rng.integers(0, 53, size=40)]
    labels = np.repeat([0, 1, 2], [29, 22, 2])
    weight = np.ones(93)
    weight[[3, 50]] = 0.0
    weight[53:][copy[53:] == 3] = 0.0
    weight[53:][copy[53:] == 50] = 0.0
    splits = splits_of("auto", None, labels[copy], keys[copy], weight)
    held = np.array([np.isin(np.arange(93), test) for _, test in splits])
    assert_array_equal(held.sum(axis=0), weight)
    assert_array_equal(held[:, 53:][:, weight[53:] > 0], held[:, copy[53:]][:, weight[53:] > 0])
    for train, test in splits:
        assert_array_equal(np.sort(np.r_[train, test]), np.arange(93))
    counts = np.array([[held[k, :53][labels == label].sum() for label in range(3)] for k in range(5)])
    assert np.ptp(counts, axis=0).max() <= 1
    assert np.ptp(counts.sum(axis=1)) <= 1


def test_standard_errors_are_of_clusters_of_equal_rows():
    X, y, sources = problem("ridge")
    X[10:20], weight = X[:10], 1.0 + REPEATS
    held_out = HeldOut(Pools(TWINS["ridge"], check_sources(sources), X, y, weight), 3, y)
    losses = np.random.default_rng(2).normal(size=(2, N))
    mean, error = held_out.compare(*losses)
    difference, cluster = losses[0] - losses[1], np.r_[:10, :10, 20:N]
    assert_allclose(mean, weight @ difference / weight.sum(), rtol=1e-12)
    sums = [np.sum((weight * (difference - mean))[cluster == g]) for g in np.unique(cluster)]
    assert_allclose(error, np.sqrt(30 / 29 * np.sum(np.square(sums))) / weight.sum(), rtol=1e-12)


def test_equal_rows_cannot_be_held_out_from_one_another():
    X, y, sources = problem("ridge")
    X[:] = X[0]
    with pytest.raises(ValueError, match=r"got n_samples = 40, of which 1 differ in their features and have a weight"):
        detect_sources(sources, X, y, TWINS["ridge"])
    assert len(detect_sources(sources, X, y, TWINS["ridge"], cv=5).evidence["rank"]) == 2
