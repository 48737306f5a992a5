"""Absolute values and squares shared out between the source and zero: `source_share`."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import ElasticNet, Lasso

from sktransfer import Source
from sktransfer.linear_model import TransferElasticNet, TransferLasso, transfer_path
from tests.oracles.elastic_net import proximal_gradient

TIGHT = {"tol": 1e-14, "max_iter": 100_000}
COEF = np.array([1.0, -2.0, 0.0, 0.5, 3.0, -1.0, 0.8, -0.4])
SOURCE = Source(COEF, 0.7)
SHARES = [0.0, 0.3, 0.5, 0.7, 1.0, (1.0, 0.0), (0.0, 1.0), (0.6, 0.2)]


def _rows(n_samples=40, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, len(COEF))) + rng.normal(size=len(COEF))
    coef = COEF * np.array([1, 1, 1, 0, 0.5, 0, 1, -1])
    return X, X @ coef + rng.normal(size=n_samples) + 2, rng.uniform(0.5, 2, size=n_samples)


def _pair(share):
    return share if isinstance(share, tuple) else (share, share)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("form", [np.asarray, sp.csc_array], ids=["dense", "sparse"])
def test_proximal_gradient_ends_there_too(form, fit_intercept, positive, l1_ratio, share):
    X, y, weight = _rows()
    source = SOURCE if fit_intercept else Source(COEF)
    model = TransferElasticNet(
        0.3,
        source=source,
        l1_ratio=l1_ratio,
        source_share=share,
        positive=positive,
        fit_intercept=fit_intercept,
        **TIGHT,
    ).fit(form(X), y, weight)
    strength, (of_l1, of_l2), zero = 0.3 * weight.sum(), _pair(share), np.zeros(len(COEF))
    kinks = [(strength * l1_ratio * of_l1, COEF), (strength * l1_ratio * (1 - of_l1), zero)]
    squares = [(strength * (1 - l1_ratio) * of_l2, COEF), (strength * (1 - l1_ratio) * (1 - of_l2), zero)]
    lower = 0.0 if positive else -np.inf
    coef, intercept = proximal_gradient(X, y, weight, kinks, squares, fit_intercept=fit_intercept, lower=lower)
    assert_allclose(model.coef_, coef, rtol=1e-6, atol=1e-7)
    assert_allclose(model.intercept_, intercept, rtol=1e-6, atol=1e-6)


def test_coefficients_equal_the_sources_or_zero_to_the_last_digit():
    X, y, _ = _rows(200)
    coef = TransferLasso(0.2, source=SOURCE, source_share=0.5, **TIGHT).fit(X, y).coef_
    assert_array_equal(coef[[1, 2, 6]], COEF[[1, 2, 6]])
    assert coef[3] == 0
    assert 0 < coef[4] < COEF[4]


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_a_share_of_zero_is_the_twin_whatever_the_source(l1_ratio):
    X, y, weight = _rows()
    twin = ElasticNet(0.1, l1_ratio=l1_ratio, **TIGHT).fit(X, y, weight)
    model = TransferElasticNet(0.1, source=SOURCE, l1_ratio=l1_ratio, source_share=0.0, **TIGHT).fit(X, y, weight)
    assert_allclose(model.coef_, twin.coef_, rtol=1e-7, atol=1e-9)
    assert_allclose(model.delta_, model.coef_ - COEF, atol=1e-15)


@pytest.mark.parametrize("share", SHARES)
def test_without_a_source_shares_say_nothing(share):
    X, y, weight = _rows()
    model = TransferElasticNet(0.1, l1_ratio=0.7, source_share=share, **TIGHT).fit(X, y, weight)
    assert_allclose(model.coef_, ElasticNet(0.1, l1_ratio=0.7, **TIGHT).fit(X, y, weight).coef_, rtol=1e-7, atol=1e-9)
    lasso = TransferLasso(0.1, source_share=0.4, **TIGHT).fit(X, y, weight)
    assert_allclose(lasso.coef_, Lasso(0.1, **TIGHT).fit(X, y, weight).coef_, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("tol", [1e-1, 1e-3, 1e-6])
def test_the_gap_bounds_the_distance_to_the_minimum(tol, positive, l1_ratio):
    X, y, weight = _rows(15)
    options = {"source": SOURCE, "l1_ratio": l1_ratio, "source_share": (0.6, 0.3), "positive": positive}
    share = weight / weight.sum()

    def objective(model):
        coef = model.coef_
        kinks = 0.6 * np.abs(coef - COEF).sum() + 0.4 * np.abs(coef).sum()
        squares = 0.3 * np.sum((coef - COEF) ** 2) + 0.7 * np.sum(coef**2)
        penalty = l1_ratio * kinks + (1 - l1_ratio) / 2 * squares
        return share @ (y - model.predict(X)) ** 2 / 2 + 0.05 * penalty

    best = objective(TransferElasticNet(0.05, **options, **TIGHT).fit(X, y, weight))
    model = TransferElasticNet(0.05, tol=tol, **options).fit(X, y, weight)
    assert 0 <= objective(model) - best + 1e-13 <= model.dual_gap_ + 2e-13


@pytest.mark.parametrize(
    "share, l1_ratio, limit",
    [
        (0.7, 1.0, COEF),
        (0.3, 1.0, 0 * COEF),
        ((0.0, 0.4), 0.0, 0.4 * COEF),
        ((1.0, 0.0), 0.5, np.clip(COEF, -1, 1)),
        ((0.0, 1.0), 0.5, np.sign(COEF) * np.maximum(np.abs(COEF) - 1, 0)),
    ],
)
def test_an_infinite_pull_ends_where_the_penalty_is_lowest(limit, l1_ratio, share):
    X, y, _ = _rows()
    options = {"source": SOURCE, "l1_ratio": l1_ratio, "source_share": share}
    model = TransferElasticNet(np.inf, **options).fit(X, y)
    assert_allclose(model.coef_, limit, atol=1e-14)
    near = TransferElasticNet(1e4, tol=1e-10, **options).fit(X, y)
    assert_allclose(near.coef_, limit, atol=1e-3)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, (1.0, 0.0)])
def test_a_path_begins_where_the_pull_lets_go_and_is_its_fits(share):
    X, y, weight = _rows()
    options = {"source": SOURCE, "l1_ratio": 1.0 if share == 0.5 else 0.9, "source_share": share, **TIGHT}
    alphas, coefs, _ = transfer_path(X, y, alphas=8, eps=1e-3, sample_weight=weight, **options)
    for alpha, coef in zip(alphas, coefs.T, strict=True):
        assert_allclose(coef, TransferElasticNet(alpha, **options).fit(X, y, weight).coef_, rtol=1e-6, atol=1e-7)
    if share in (0.3, 0.8):
        rest = TransferElasticNet(np.inf, **options).fit(X, y, weight).coef_
        above = TransferElasticNet(1.001 * alphas[0], **options).fit(X, y, weight).coef_
        below = TransferElasticNet(0.99 * alphas[0], **options).fit(X, y, weight).coef_
        assert np.count_nonzero((above != rest) & np.isin(rest, [*COEF, 0])) < np.count_nonzero(below != rest)


def test_the_intercept_is_pulled_to_the_sources_only():
    X, y, weight = _rows()
    options = {"source": SOURCE, "source_share": 0.3, **TIGHT}
    held = TransferLasso(0.1, intercept_penalty=np.inf, **options).fit(X, y, weight)
    near = TransferLasso(0.1, intercept_penalty=1e6, **options).fit(X, y, weight)
    assert held.intercept_ == near.intercept_ == 0.7
    assert_allclose(near.coef_, held.coef_, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("share", [1.5, -0.1, (0.5,), (0.5, 2.0), (0.5, "half"), "half"])
def test_bad_shares(share):
    X, y, _ = _rows()
    with pytest.raises(ValueError, match="source_share"):
        TransferElasticNet(source=SOURCE, source_share=share).fit(X, y)
    with pytest.raises(ValueError, match="source_share"):
        TransferLasso(source=SOURCE, source_share=share).fit(X, y)
