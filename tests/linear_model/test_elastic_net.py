"""TransferLasso and TransferElasticNet towards a source: KKT conditions, limits, invariances, what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferElasticNet, TransferLasso, TransferRidge, transfer_path
from tests.oracles.elastic_net import descend

REFERENCE = Path(__file__).parent.parent / "reference"
TIGHT = {"tol": 1e-14, "max_iter": 100_000}
COEF = np.array([1.0, -2.0, 0.0, 0.5, 3.0, -1.0])
SOURCE = Source(COEF, 0.7)


def _rows(n_samples=40, n_features=6, seed=0, n_targets=None):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * rng.uniform(0.5, 2, size=n_features) + rng.normal(size=n_features)
    coef = np.resize(COEF, n_features).copy()
    coef[: n_features // 3] += 1.0
    y = X @ coef + rng.normal(size=n_samples) + 2
    if n_targets:
        y = np.column_stack([y + k * X[:, -1] for k in range(n_targets)])
    return X, y, rng.integers(1, 4, size=n_samples).astype(float)


@pytest.mark.parametrize("metric", ["identity", "scale", "array"])
@pytest.mark.parametrize("pull", [0.0, 0.5, np.inf])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
def test_kkt_conditions(form, l1_ratio, positive, pull, metric):
    """Minus the loss's gradient is a subgradient of the penalty: written out on the user's own features."""
    X, y, weight = _rows()
    alpha = 0.2
    factor = {"identity": np.ones(6), "scale": None, "array": np.array([1.0, 0.5, 2.0, 1.0, 3.0, 0.1])}[metric]
    options = {"metric": factor if metric == "array" else metric, "intercept_penalty": pull, "positive": positive}
    model = TransferElasticNet(alpha, source=SOURCE, l1_ratio=l1_ratio, **options, **TIGHT).fit(form(X), y, weight)
    share = weight / weight.sum()
    l1 = l2 = factor
    level = model.intercept_ - SOURCE.intercept
    pull_back = np.zeros(6)
    if metric == "scale":
        mean = share @ X
        l1 = np.sqrt(share @ (X - mean) ** 2)
        l2 = l1**2
        level = level + model.delta_ @ mean
        pull_back = mean
    delta = model.delta_
    gradient = share * (model.predict(X) - y) @ X + alpha * (1 - l1_ratio) * l2 * delta
    total = share @ (model.predict(X) - y)
    if pull == np.inf:
        assert_allclose(level, 0, atol=1e-12)
        assert metric != "scale" or abs(total) > 1e-3
        gradient = gradient - total * pull_back
    else:
        kink = alpha * pull * l1_ratio
        rest = total + alpha * pull * (1 - l1_ratio) * level
        assert abs(rest + kink * np.sign(level)) < 1e-7 if abs(level) > 1e-9 else abs(rest) <= kink + 1e-9
        gradient = gradient - total * pull_back
    kink = alpha * l1_ratio * l1
    moved, bound = np.abs(delta) > 1e-9, positive & (model.coef_ == 0)
    assert np.all(model.coef_ >= 0) or not positive
    assert np.any(moved)
    inside = moved & ~bound
    assert_allclose(gradient[inside], -kink[inside] * np.sign(delta[inside]), atol=1e-7)
    assert np.all(np.abs(gradient[~moved & ~bound]) <= kink[~moved & ~bound] + 1e-9)
    assert np.all((gradient - kink)[bound & (delta < 0)] >= -1e-9)


@pytest.mark.parametrize("shape", [(40, 6), (12, 30)])
@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csc_array])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_source_as_an_offset(l1_ratio, form, shape):
    """Fit what the source leaves over, and add the source back."""
    X, y, weight = _rows(*shape)
    source = Source(np.resize(COEF, shape[1]), 0.7)
    model = TransferElasticNet(0.1, source=source, l1_ratio=l1_ratio, **TIGHT).fit(form(X), y, weight)
    twin = ElasticNet(0.1, l1_ratio=l1_ratio, **TIGHT).fit(X, y - X @ source.coef, weight)
    assert_allclose(model.delta_, twin.coef_, rtol=1e-7, atol=1e-9)
    assert_allclose(model.coef_, source.coef + twin.coef_, rtol=1e-7, atol=1e-9)
    assert_allclose(model.intercept_, twin.intercept_, rtol=1e-7, atol=1e-8)
    assert_array_equal(model.source_coef_, source.coef)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("lower", [-np.inf, 0.0])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.05])
def test_slow_coordinate_descent(l1_ratio, lower, fit_intercept):
    X, y, weight = _rows(15, 9)
    centre = np.resize(COEF, 9)
    positive, total = lower == 0, weight.sum()
    source = Source(centre, 0.0)
    model = TransferElasticNet(
        0.1, source=source, l1_ratio=l1_ratio, positive=positive, fit_intercept=fit_intercept, **TIGHT
    ).fit(X, y, weight)
    l1, l2 = np.full(9, 0.1 * l1_ratio * total), np.full(9, 0.1 * (1 - l1_ratio) * total)
    coef, intercept = descend(X, y, weight, centre, l1, l2, fit_intercept=fit_intercept, lower=lower)
    assert_allclose(model.coef_, coef, rtol=1e-6, atol=1e-7)
    assert_allclose(model.intercept_, intercept, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("variant", ["plain", "weights", "penfac", "nointercept"])
def test_reference(variant):
    """Optima of the lasso and the elastic net with a source as offset, from a high-precision solver."""
    data, optima = np.load(REFERENCE / "offset_gaussian.npz"), np.load(REFERENCE / "offset_gaussian_l1.npz")
    X, y = data["X_target"], data["y_target"]
    factors = data["penalty_factor"]
    source = Source(data["source_coef"][0], data["source_intercept"][0])
    weight = data["weights_target"] if variant == "weights" else None
    chosen = np.flatnonzero(optima["variant"] == variant)
    assert len(chosen) == 32
    for i in chosen:
        model = TransferElasticNet(optima["lam"][i], l1_ratio=optima["l1_ratio"][i], source=source, **TIGHT)
        if variant == "penfac":
            model.set_params(metric=factors * len(factors) / factors.sum())
        if variant == "nointercept":
            model.set_params(fit_intercept=False)
        model.fit(X, y, sample_weight=weight)
        assert_allclose(model.delta_, optima["optimum"][i, 0, 1:], rtol=1e-6, atol=1e-8)
        if variant != "nointercept":
            assert_allclose(model.intercept_ - source.intercept, optima["optimum"][i, 0, 0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_a_strong_pull_copies_exactly(form):
    X, y, weight = _rows()
    alphas, _, _ = transfer_path(X, y, source=SOURCE, sample_weight=weight, alphas=1)
    copied = TransferLasso(1.0001 * alphas[0], source=SOURCE).fit(form(X), y, weight)
    moved = TransferLasso(0.999 * alphas[0], source=SOURCE, tol=1e-12).fit(form(X), y, weight)
    assert_array_equal(copied.delta_, 0)
    assert_array_equal(copied.coef_, COEF)
    assert_allclose(copied.intercept_, np.average(y - X @ COEF, weights=weight), rtol=1e-10)
    assert np.count_nonzero(moved.delta_) == 1
    assert_array_equal(TransferElasticNet(np.inf, source=SOURCE).fit(X, y).coef_, COEF)
    held = TransferElasticNet(np.inf, source=SOURCE, intercept_penalty=np.inf).fit(X, y)
    assert_allclose(held.predict(X), X @ COEF + 0.7, rtol=1e-12)
    assert held.dual_gap_ == 0


@pytest.mark.parametrize("alpha", [0.0, 1e-9])
def test_without_a_pull_the_source_is_ignored(alpha):
    X, y, weight = _rows()
    model = TransferLasso(alpha, source=SOURCE, **TIGHT).fit(X, y, weight)
    assert_allclose(model.coef_, LinearRegression().fit(X, y, weight).coef_, rtol=1e-6)


def test_no_absolute_values_is_ridge():
    X, y, weight = _rows()
    model = TransferElasticNet(0.3, source=SOURCE, l1_ratio=0.0).fit(X, y, weight)
    ridge = TransferRidge(0.3 * weight.sum(), source=SOURCE).fit(X, y, weight)
    assert_allclose(model.coef_, ridge.coef_, rtol=1e-8)
    assert model.dual_gap_ < 1e-15


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_weights_are_repeats(form, l1_ratio):
    X, y, weight = _rows()
    weight[:5] = 0
    times = weight.astype(int)
    model = TransferElasticNet(0.1, source=SOURCE, l1_ratio=l1_ratio, intercept_penalty=0.5, **TIGHT)
    repeated = clone(model).fit(form(X.repeat(times, axis=0)), y.repeat(times))
    model.fit(form(X), y, weight)
    assert_allclose(model.coef_, repeated.coef_, rtol=1e-8, atol=1e-9)
    assert_allclose(model.dual_gap_, repeated.dual_gap_, atol=1e-12)


def test_order_of_columns_and_scale_of_units():
    X, y, _ = _rows()
    order, units = np.array([3, 0, 5, 1, 4, 2]), np.array([0.1, 1.0, 10.0, 2.0, 0.5, 3.0])
    plain = TransferLasso(0.1, source=SOURCE, **TIGHT).fit(X, y)
    permuted = TransferLasso(0.1, source=Source(COEF[order], 0.7), **TIGHT).fit(X[:, order], y)
    assert_allclose(permuted.delta_, plain.delta_[order], rtol=1e-7, atol=1e-9)
    scaled = TransferLasso(0.1, source=SOURCE, metric="scale", **TIGHT).fit(X, y)
    other_units = TransferLasso(0.1, source=Source(COEF / units, 0.7), metric="scale", **TIGHT).fit(X * units, y)
    assert_allclose(other_units.coef_ * units, scaled.coef_, rtol=1e-7, atol=1e-9)


def test_features_by_name():
    """What the source lacks is pulled to zero, what the target lacks is dropped."""
    X, y, _ = _rows()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    source = Source([9.0, 1.0, 2.0], 0.7, feature_names=["gone", "b", "a"])
    model = TransferLasso(0.2, source=source, **TIGHT).fit(frame, y)
    by_hand = TransferLasso(0.2, source=Source([2.0, 1.0, 0, 0, 0, 0], 0.7), **TIGHT).fit(X, y)
    assert_allclose(model.coef_, by_hand.coef_, rtol=1e-8, atol=1e-10)
    assert_array_equal(model.source_coef_, [2.0, 1.0, 0, 0, 0, 0])
    assert "gone" in model.source_.alignment.dropped_features


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("shape", [(40, 6), (20, 30)])
def test_free_and_held_features(shape, form):
    """A factor of 0 sets a feature free; a huge one holds it."""
    X, y, weight = _rows(*shape)
    source = Source(np.resize(COEF, shape[1]), 0.7)
    factor = np.ones(shape[1])
    factor[:2], factor[2] = 0.0, 1e6
    model = TransferLasso(0.3, source=source, metric=factor, **TIGHT).fit(form(X), y, weight)
    residual = weight * (y - model.predict(X))
    assert_allclose(residual @ X[:, :2], 0, atol=1e-6)
    assert model.delta_[2] == 0
    assert np.all(np.abs(residual @ X[:, 3:]) <= 0.3 * weight.sum() * (1 + 1e-7))
    assert model.result_.certificate <= 1e-13


def test_several_targets_are_fitted_apart():
    X, y, weight = _rows(n_targets=2)
    coefs, levels = np.stack([COEF, -COEF]), [0.7, -0.3]
    both = TransferElasticNet(0.1, source=Source(coefs, levels), intercept_penalty=0.2, **TIGHT).fit(X, y, weight)
    for k in range(2):
        one = TransferElasticNet(0.1, source=Source(coefs[k], levels[k]), intercept_penalty=0.2, **TIGHT)
        one.fit(X, y[:, k], weight)
        assert_allclose(both.coef_[k], one.coef_, rtol=1e-8, atol=1e-10)
        assert_allclose(both.intercept_[k], one.intercept_, rtol=1e-8)
    assert both.sparse_coef_.shape == (2, 6)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("tol", [1e-1, 1e-3, 1e-6])
def test_the_gap_bounds_the_distance_to_the_minimum(tol, l1_ratio):
    X, y, weight = _rows(30, 60)
    source = Source(np.resize(COEF, 60), 0.7)
    share = weight / weight.sum()

    def objective(model):
        penalty = l1_ratio * np.abs(model.delta_).sum() + (1 - l1_ratio) / 2 * model.delta_ @ model.delta_
        return share @ (y - model.predict(X)) ** 2 / 2 + 0.05 * penalty

    best = objective(TransferElasticNet(0.05, source=source, l1_ratio=l1_ratio, **TIGHT).fit(X, y, weight))
    model = TransferElasticNet(0.05, source=source, l1_ratio=l1_ratio, tol=tol).fit(X, y, weight)
    target = y - X @ source.coef
    target = share @ (target - share @ target) ** 2
    assert 0 <= objective(model) - best + 1e-13 <= model.dual_gap_ + 2e-13
    assert model.dual_gap_ <= tol * target
    assert_allclose(model.result_.certificate, model.dual_gap_ / target, rtol=1e-9)
    assert_allclose(model.result_.value, objective(model) * weight.sum(), rtol=1e-10)


def test_warm_start_ends_at_the_same_optimum_sooner():
    X, y, _ = _rows(30, 60)
    model = TransferLasso(0.05, tol=1e-10, warm_start=True).fit(X, y)
    cold, coef = model.n_iter_, model.coef_.copy()
    assert model.fit(X, y).n_iter_ < cold
    assert_allclose(model.coef_, coef, rtol=1e-6, atol=1e-7)


def test_stopping_early_says_so_with_the_numbers():
    X, y, _ = _rows(30, 60)
    with pytest.warns(ConvergenceWarning, match=r"TransferLasso: .*'coordinate-descent' stopped after 1 iter.*gap .*="):
        model = TransferLasso(1e-4, tol=1e-12, max_iter=1).fit(X, y)
    assert not model.result_.converged
    assert model.result_.certificate > 1e-12


@pytest.mark.parametrize("metric", ["fisher", np.eye(6) + 0.1])
def test_metrics_that_tie_coefficients_are_refused(metric):
    X, y, _ = _rows()
    with pytest.raises(
        ValueError, match=r"TransferLasso takes metric='identity', 'scale', 'source' or one factor for each"
    ):
        TransferLasso(source=SOURCE, metric=metric).fit(X, y)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"alpha": -1.0}, "'alpha' parameter"),
        ({"l1_ratio": 1.5}, "'l1_ratio' parameter"),
        ({"max_iter": 0}, "'max_iter' parameter"),
        ({"tol": -1.0}, "'tol' parameter"),
        ({"positive": 2}, "'positive' parameter"),
        ({"metric": [1.0, 2.0]}, r"metric has shape \(2,\)"),
        ({"metric": [1.0, -2.0, 1, 1, 1, 1]}, "metric must not be negative"),
        ({"positive": True, "alpha": np.inf}, "cannot copy a source with negative coefficients"),
        ({"positive": True, "metric": [0.0, 1, 1, 1, 1, 1]}, "coefficients with bounds all need a penalty"),
    ],
)
def test_bad_parameters(params, message):
    X, y, _ = _rows()
    with pytest.raises(ValueError, match=message):
        TransferElasticNet(source=SOURCE, **{"l1_ratio": 0.5, **params}).fit(X, y)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"alphas": [1.0, -1.0]}, "alphas must be positive and finite"),
        ({"alphas": []}, "alphas must be positive and finite"),
        ({"l1_ratio": 0.0}, "l1_ratio must be above 0"),
        ({"eps": 0.0}, r"eps must be in \(0, 1\]"),
        ({"alphas": 0}, "number of alphas at least 1"),
        ({"tol": -1.0}, "'tol' parameter"),
    ],
)
def test_bad_paths(params, message):
    X, y, _ = _rows()
    with pytest.raises(ValueError, match=message):
        transfer_path(X, y, **params)


def test_a_path_is_its_fits():
    X, y, weight = _rows(30, 40)
    source = Source(np.resize(COEF, 40), 0.7)
    options = {"l1_ratio": 0.8, "metric": "scale", "intercept_penalty": 0.3, "source": source, **TIGHT}
    alphas, coefs, gaps, n_iters = transfer_path(
        X, y, alphas=6, eps=1e-2, sample_weight=weight, return_n_iter=True, **options
    )
    assert_array_equal(coefs[:, 0], source.coef)
    assert len(n_iters) == 6
    assert np.all(np.diff(alphas) < 0)
    for alpha, coef, gap in zip(alphas, coefs.T, gaps, strict=True):
        model = TransferElasticNet(alpha, **options).fit(X, y, weight)
        assert_allclose(coef, model.coef_, rtol=1e-6, atol=1e-8)
        assert gap <= 1e-12
    backwards = transfer_path(X, y, alphas=alphas[::-1], sample_weight=weight, **options)
    assert_allclose(backwards[1], coefs, rtol=1e-6, atol=1e-8)


def test_nothing_of_the_users_is_changed():
    X, y, weight = _rows()
    source = Lasso(0.1).fit(X[:20], y[:20])
    copies = X.copy(), y.copy(), weight.copy(), source.coef_.copy()
    for array in (X, y, weight):
        array.flags.writeable = False
    for form in (np.asarray, np.asfortranarray, sp.csc_array):
        TransferElasticNet(0.1, source=source).fit(form(X), y, weight)
    for array, copy in zip((X, y, weight, source.coef_), copies, strict=True):
        assert_array_equal(array, copy)


def test_it_is_a_source_in_turn():
    """With rows it also says how sure it is: their information and that of the squares; a kink has none."""
    X, y, weight = _rows()
    model = TransferElasticNet(0.1, source=SOURCE, **TIGHT).fit(X, y, weight)
    known = Source.from_estimator(model, X=X, sample_weight=weight)
    ones = np.column_stack([X, np.ones(len(X))])
    wanted = ones.T @ (weight[:, np.newaxis] * ones)
    wanted[range(6), range(6)] += 0.1 * 0.5 * weight.sum()
    assert_allclose(known.precision, wanted, rtol=1e-9)
    twin = ElasticNet(0.1).fit(X, y, weight)
    assert_allclose(Source.from_estimator(twin, X=X, sample_weight=weight).precision, wanted, rtol=1e-9)
    assert_array_equal(TransferRidge(np.inf, source=model).fit(X, y).coef_, model.coef_)


def test_ridge_models_are_sources_too():
    X, y, _ = _rows(200, seed=3)
    source = Ridge().fit(X, y)
    X, y, _ = _rows(20, seed=4)
    model = TransferLasso(0.05, source=source).fit(X, y)
    assert 0 < np.count_nonzero(model.delta_) < 6
