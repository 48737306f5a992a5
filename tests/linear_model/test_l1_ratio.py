"""``l1_ratio`` of the logistic and generalised linear twins: references, oracles, KKT conditions, invariances."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sktransfer import Source
from sktransfer.linear_model import (
    TransferGammaRegressor,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferTweedieRegressor,
)
from tests.oracles.linear import jacobian
from tests.oracles.proximal import minimise, objective

REFERENCE = Path(__file__).parent.parent / "reference"
FORMS = [np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array]
TIGHT = {"tol": 1e-13}


def case(loss, n=40, p=4, seed=0):
    """(twin, X, y, weight, source, flat centre, number of outputs): rows that a source half knows."""
    random = np.random.default_rng(seed)
    X = (random.normal(size=(n, p)) + 0.3).astype(np.float32).astype(float)
    X[random.random(X.shape) < 0.2] = 0.0
    weight = random.integers(0, 3, n).astype(float)
    coef, level = 0.6 * random.normal(size=p) / np.sqrt(p), 0.3
    eta = X @ coef + level
    if loss == "multinomial":
        coef = 0.3 * random.normal(size=(4, p))
        coef, level = coef - coef.mean(axis=0), np.zeros(4)
        y, source = np.arange(n) % 4, Source(coef, level, classes=range(4))
        return TransferLogisticRegression(), X, y, weight, source, np.append(coef.ravel(), level), 4
    centre = np.append(coef, level)
    if loss == "binomial":
        y, source = (eta + random.logistic(size=n) > 0).astype(int), Source(coef, level, classes=[0, 1])
        return TransferLogisticRegression(), X, y, weight, source, centre, 1
    amount = np.exp(eta + X[:, 0]) * random.gamma(2.0, 0.5, n) + 0.02
    y = {"poisson": random.poisson(amount).astype(float), 1.5: amount * (random.random(n) > 0.3)}.get(loss, amount)
    twins = {"poisson": TransferPoissonRegressor(), "gamma": TransferGammaRegressor()}
    return twins.get(loss, TransferTweedieRegressor(power=loss)), X, y, weight, Source(coef, level), centre, 1


def strengthen(model, strength, weight):
    """Set the strength on the scale of a plain sum of losses."""
    if isinstance(model, TransferLogisticRegression):
        return model.set_params(C=1 / strength)
    return model.set_params(alpha=strength / weight.sum())


def flat(model):
    return np.append(np.ravel(model.coef_), model.intercept_)


def level(theta, K):
    """Symmetric intercepts are known up to a constant."""
    theta = theta.copy()
    theta[-K:] -= theta[-K:].mean() if K > 1 else 0.0
    return theta


def centred(coef):
    """Coefficients (K, p) up to what is common to all classes."""
    return coef - coef.mean(axis=0)


@pytest.mark.parametrize("family", ["binomial", "multinomial", "poisson"])
@pytest.mark.parametrize("variant", ["plain", "weights", "penfac", "nointercept"])
def test_reference(variant, family):
    """Optima of glmnet's documented objective with a source as offset, from a high-precision solver."""
    data, optima = np.load(REFERENCE / f"offset_{family}.npz"), np.load(REFERENCE / f"offset_{family}_l1.npz")
    X, y = data["X_target"], data["y_target"]
    coef, intercept = data["source_coef"], data["source_intercept"]
    counts = family == "poisson"
    source = Source(coef[0], intercept[0]) if counts else Source(coef, intercept, classes=np.unique(y))
    weight = data["weights_target"] if variant == "weights" else np.ones(len(y))
    factors = data["penalty_factor"]
    chosen = np.flatnonzero(optima["variant"] == variant)
    assert len(chosen) == {"multinomial": 0 if variant == "penfac" else 16}.get(family, 32)
    for i in chosen:
        model = TransferPoissonRegressor(**TIGHT) if counts else TransferLogisticRegression(**TIGHT)
        model.set_params(source=source, l1_ratio=optima["l1_ratio"][i], fit_intercept=variant != "nointercept")
        if variant == "penfac":
            model.set_params(metric=factors * len(factors) / factors.sum())
        strengthen(model, weight.sum() * optima["lam"][i], weight).fit(X, y, sample_weight=weight)
        optimum = optima["optimum"][i]
        assert_allclose(np.atleast_2d(model.delta_), optimum[:, 1:], rtol=1e-9, atol=1e-11)
        if variant != "nointercept":
            shift = np.ravel(model.intercept_) - np.ravel(model.source_.intercept)
            assert_allclose(level(shift, len(shift)), level(optimum[:, 0], len(shift)), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson", "gamma", 1.5, 3.0])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
@pytest.mark.parametrize("shape", [(40, 4), (15, 25)])
def test_slow_proximal_gradient(shape, l1_ratio, loss):
    model, X, y, weight, source, centre, K = case(loss, *shape)
    p, strength = shape[1], 2.0
    factor = np.linspace(0.5, 2.0, p)
    model.set_params(source=source, l1_ratio=l1_ratio, metric=factor, intercept_penalty=0.5, **TIGHT)
    model.set_params(max_iter=2000, tol=1e-10 if loss == 3.0 else 1e-13)
    strengthen(model, strength, weight).fit(X, y, sample_weight=weight)
    penalty = strength * np.append(np.tile(factor, K), np.full(K, 0.5))
    best = minimise(X, y, weight, loss, centre, l1_ratio * penalty, (1 - l1_ratio) * penalty, n_outputs=K)
    data = (jacobian(X, K), loss, y, weight, centre, l1_ratio * penalty, (1 - l1_ratio) * penalty)
    assert np.any(model.delta_)
    found = flat(model)
    assert_allclose(model.result_.value, objective(best, *data), rtol=1e-12)
    if K == 4 and l1_ratio == 1:  # an even number of classes leaves the lasso's coefficients a choice
        found[:-K], best[:-K] = (centred(theta[:-K].reshape(K, p)).ravel() for theta in (found, best))
    assert_allclose(level(found, K), level(best, K), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson"])
@pytest.mark.parametrize("metric", ["identity", "scale"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_form_of_the_rows(dtype, metric, loss, form):
    model, X, y, weight, source, _, _ = case(loss, 60, 12)
    model.set_params(source=source, l1_ratio=0.8, metric=metric, **TIGHT)
    strengthen(model, 1.0, weight)
    expected = model.fit(X, y, sample_weight=weight).delta_
    found = model.fit(form(X.astype(dtype)), y, sample_weight=weight)
    assert found.coef_.dtype == dtype
    assert_allclose(found.delta_, expected, rtol=1e-8 if dtype == np.float64 else 1e-4, atol=1e-6)
    assert_array_equal(found.delta_ == 0, expected == 0)


@pytest.mark.parametrize("form", [np.asarray, sp.csc_array])
@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson"])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_kkt_conditions_of_working_sets(l1_ratio, fit_intercept, loss, form):
    """More features than a first working set takes."""
    model, X, y, weight, source, _, K = case(loss, 60, 700)
    model.set_params(source=source, l1_ratio=l1_ratio, fit_intercept=fit_intercept, tol=1e-12)
    strengthen(model, 0.5, weight).fit(form(X), y, sample_weight=weight)
    if hasattr(model, "predict_proba"):
        error = model.predict_proba(X) - (y[:, np.newaxis] == model.classes_)
        error = error[:, 1:] if K == 1 else error
    else:
        error = (model.predict(X) - y)[:, np.newaxis]
    delta = np.atleast_2d(model.delta_)
    gradient = (weight[:, np.newaxis] * error).T @ X + 0.5 * (1 - l1_ratio) * delta
    moved, kink = delta != 0, 0.5 * l1_ratio
    assert 0 < np.count_nonzero(moved) < delta.size
    assert_allclose(gradient[moved], -kink * np.sign(delta[moved]), atol=3e-6)
    assert np.abs(gradient[~moved]).max() <= kink + 3e-6
    if fit_intercept:
        assert_allclose(weight @ error, 0, atol=3e-6)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_many_features_that_move(form, fit_intercept, monkeypatch):
    """Through the columns, or through all their products: the same optimum."""
    model, X, y, weight, source, _, _ = case("binomial", 60, 700)
    model.set_params(source=source, C=50.0, l1_ratio=0.05, fit_intercept=fit_intercept, **TIGHT)
    by_products = model.fit(form(X), y, sample_weight=weight).coef_
    monkeypatch.setattr("sktransfer._solvers._working_view._PRODUCTS_UP_TO", 10)
    by_columns = model.fit(form(X), y, sample_weight=weight).coef_
    assert model.result_.converged
    assert_allclose(by_columns, by_products, rtol=1e-7, atol=1e-9)
    assert np.any(by_columns != by_products)


@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson", "gamma"])
def test_weights_are_repetitions(loss):
    model, X, y, weight, source, _, _ = case(loss)
    model.set_params(source=source, l1_ratio=0.7, metric="scale", **TIGHT)
    strengthen(model, 1.0, weight)
    weighted = flat(model.fit(X, y, sample_weight=weight))
    repeated = flat(model.fit(np.repeat(X, weight.astype(int), axis=0), np.repeat(y, weight.astype(int))))
    assert_allclose(weighted, repeated, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.6])
@pytest.mark.parametrize("n_classes", [3, 4])
def test_names_of_classes_do_not_matter(n_classes, l1_ratio):
    """Also where an even number of classes leaves the lasso's coefficients a choice."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 5)), np.arange(60) % n_classes
    model = TransferLogisticRegression(C=0.5, l1_ratio=l1_ratio, **TIGHT)
    coef = model.fit(X, y).coef_
    order = random.permutation(n_classes)
    assert_allclose(model.fit(X, order[y]).coef_[order], coef, rtol=1e-7, atol=1e-9)
    assert np.any(coef)


@pytest.mark.parametrize("weight", [None, "balanced", {"a": 2.0, "b": 1.0, "c": 0.5}])
def test_class_weights_are_weights(weight):
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 5)), np.array(list("aaabbc") * 10)
    counts = {label: np.sum(y == label) for label in "abc"}
    factors = weight if isinstance(weight, dict) else {k: 20 / v if weight else 1.0 for k, v in counts.items()}
    model = TransferLogisticRegression(l1_ratio=0.8, class_weight=weight, **TIGHT).fit(X, y)
    by_hand = TransferLogisticRegression(l1_ratio=0.8, **TIGHT).fit(X, y, [factors[label] for label in y])
    assert_allclose(model.coef_, by_hand.coef_, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("metric", ["identity", "scale"])
@pytest.mark.parametrize("pull", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_a_class_without_rows_keeps_its_source(l1_ratio, pull, metric):
    _, X, _, _, source, _, _ = case("multinomial", 60, 4)
    y = np.arange(60) % 3
    model = TransferLogisticRegression(
        source=source, C=2.0, l1_ratio=l1_ratio, intercept_penalty=pull, metric=metric, **TIGHT
    ).fit(X, y)
    assert model.result_.converged
    assert_array_equal(model.delta_[3], 0)
    assert np.any(model.delta_[:3])
    centre = X.mean(axis=0) if metric == "scale" else 0.0
    shift = (model.intercept_ - source.intercept) + model.delta_ * centre @ np.ones(4)
    assert_allclose(shift[3], shift[:3].mean(), atol=1e-12)
    if metric == "identity" and pull != 1:
        gradient = (model.predict_proba(X) - (y[:, np.newaxis] == np.arange(4))).T @ X
        gradient += 0.5 * (1 - l1_ratio) * model.delta_
        moved = model.delta_ != 0
        assert_allclose(gradient[moved], -0.5 * l1_ratio * np.sign(model.delta_[moved]), atol=1e-9)
        assert np.abs(gradient[:3][~moved[:3]]).max(initial=0) <= 0.5 * l1_ratio * (1 + 1e-9)


@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson", "gamma", 1.5])
def test_limits(loss):
    model, X, y, weight, source, _, _ = case(loss)
    model.set_params(source=source, l1_ratio=1.0, intercept_penalty=np.inf, **TIGHT)
    copied = strengthen(model, 1e3, weight).fit(X, y, sample_weight=weight)
    assert_array_equal(copied.coef_, copied.source_coef_)
    assert_allclose(copied.intercept_, source.intercept, rtol=1e-14)
    assert np.isnan(copied.effective_sample_size_)
    model.set_params(intercept_penalty=0.0, tol=1e-7)
    weak = strengthen(model, 1e-6, weight).fit(X, y, sample_weight=weight)
    weak = np.array(weak.predict_proba(X) if hasattr(weak, "classes_") else weak.predict(X))
    alone = model.set_params(source=None).fit(X, y, sample_weight=weight)
    alone = alone.predict_proba(X) if hasattr(alone, "classes_") else alone.predict(X)
    assert_allclose(weak, alone, rtol=1e-3)
    held = strengthen(model.set_params(source=source), 1.0, weight)
    held.set_params(**({"C": 0.0} if hasattr(held, "C") else {"alpha": np.inf})).fit(X, y, sample_weight=weight)
    assert_array_equal(held.delta_, 0)


def test_squared_loss_of_tweedie_is_the_elastic_net():
    from sktransfer.linear_model import TransferElasticNet

    model, X, y, weight, source, _, _ = case(0.0)
    model.set_params(source=source, alpha=0.1, l1_ratio=0.5, tol=1e-14, max_iter=100_000).fit(X, y, weight)
    expected = TransferElasticNet(0.1, source=source, l1_ratio=0.5, tol=1e-14, max_iter=100_000).fit(X, y, weight)
    assert_allclose(model.coef_, expected.coef_, rtol=1e-9)
    assert model.result_.solver == "coordinate-descent"


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_identity_link(l1_ratio):
    """A loss that is infinite for means below zero: subgradients at a stationary point."""
    random = np.random.default_rng(0)
    X = random.uniform(size=(50, 4))
    y = random.poisson(2 + 3 * X[:, 0]).astype(float)
    model = TransferTweedieRegressor(power=1.0, link="identity", alpha=0.05, l1_ratio=l1_ratio, tol=1e-10)
    model.set_params(source=Source(np.ones(4), 1.0)).fit(X, y)
    slope = (1 - y / model.predict(X)) @ X / 50 + 0.05 * (1 - l1_ratio) * model.delta_
    moved, kink = model.delta_ != 0, 0.05 * l1_ratio
    assert np.any(moved)
    assert_allclose(slope[moved], -kink * np.sign(model.delta_[moved]), atol=1e-8)
    assert np.all(np.abs(slope[~moved]) <= kink + 1e-8)


@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson"])
def test_a_warm_start_changes_the_way_not_the_end(loss):
    model, X, y, weight, source, _, _ = case(loss)
    model.set_params(source=source, l1_ratio=0.8, warm_start=True, **TIGHT)
    first = flat(strengthen(model, 1.0, weight).fit(X, y, sample_weight=weight))
    again = flat(model.fit(X, y, sample_weight=weight))
    assert_allclose(again, first, rtol=1e-9, atol=1e-11)
    assert np.all(model.n_iter_ == 1)


@pytest.mark.parametrize("metric", ["fisher", np.eye(4)])
@pytest.mark.parametrize("loss", ["binomial", "poisson"])
def test_metrics_that_tie_coefficients_are_refused(loss, metric):
    model, X, y, _, source, _, _ = case(loss)
    with pytest.raises(ValueError, match=r"takes metric='identity', 'scale', 'source' or one factor.*l1_ratio=0"):
        model.set_params(source=source, metric=metric, l1_ratio=0.5).fit(X, y)


@pytest.mark.parametrize("l1_ratio", [-0.1, 1.1, None])
@pytest.mark.parametrize("Twin", [TransferLogisticRegression, TransferGammaRegressor, TransferTweedieRegressor])
def test_shares_out_of_range_are_refused(Twin, l1_ratio):
    with pytest.raises(ValueError, match="The 'l1_ratio' parameter of"):
        Twin(l1_ratio=l1_ratio).fit([[1.0], [2.0]], [1, 2])


def test_solvers_for_smooth_penalties_are_refused_and_the_twins_is_taken():
    model, X, y, *_ = case("binomial")
    with pytest.raises(ValueError, match="solver='lbfgs' cannot be used here: a penalty of absolute values"):
        model.set_params(l1_ratio=0.5, solver="lbfgs").fit(X, y)
    assert model.set_params(solver="saga").fit(X, y).result_.solver == "prox-newton"
    with pytest.raises(ValueError, match="it is for a penalty of absolute values"):
        model.set_params(l1_ratio=0.0, solver="prox-newton").fit(X, y)


def test_it_says_when_it_has_not_converged():
    model, X, y, *_ = case("binomial", 40, 300)
    with pytest.warns(ConvergenceWarning, match="after 1 iterations with the relative duality gap = "):
        model.set_params(l1_ratio=1.0, C=100.0, max_iter=1, **TIGHT).fit(X, y)
    assert not model.result_.converged


def test_a_free_coefficient_has_no_penalty():
    """A factor of zero: its gradient vanishes."""
    model, X, y, weight, source, _, _ = case("binomial")
    factor = np.array([0.0, 1.0, 0.0, 5.0])
    model.set_params(source=source, l1_ratio=1.0, metric=factor, **TIGHT).fit(X, y, sample_weight=weight)
    gradient = (weight * (model.predict_proba(X)[:, 1] - y)) @ X
    assert_allclose(gradient[[0, 2]], 0, atol=1e-10)
    assert np.abs(gradient[3]) <= 5


def test_labels_that_one_class_has_all_to_itself():
    """No minimum exists: the descent ends where next to nothing is left."""
    X, y = np.arange(10.0)[:, np.newaxis], np.arange(10) % 2
    model = TransferLogisticRegression(l1_ratio=1.0).fit(X, y, sample_weight=y)
    assert model.result_.converged
    assert model.predict_proba(X)[:, 1].min() > 1 - 1e-6


def test_a_fit_after_another_share_leaves_nothing_stale():
    model, X, y, _, source, _, _ = case("binomial")
    model.set_params(source=source)
    assert model.fit(X, y).effective_sample_size_ > 0
    assert np.isnan(model.set_params(l1_ratio=0.5).fit(X, y).effective_sample_size_)
