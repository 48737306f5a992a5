"""A prior that lets go of the source: limits, numerical integration, invariances, what is refused."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logit
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source, make_transfer
from sktransfer.joint import AlphaWeightedClassifier
from sktransfer.linear_model import (
    TransferGammaRegressor,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData
from tests.oracles.integration import log_integral, mean

RNG = np.random.default_rng(3)
N, P = 40, 3
X = RNG.normal(size=(N, P)) * [1.0, 2.0, 0.5] + [0.5, -1.0, 0.0]
TRUE = np.array([0.8, -0.4, 0.6])
ETA = X @ TRUE - 0.3
WEIGHT = RNG.integers(0, 4, size=N).astype(float)
THREE = (ETA[:, None] * [1.0, 0.0, -1.0] + RNG.gumbel(size=(N, 3))).argmax(axis=1)
ROWS = {
    "ridge": ETA + 0.5 * RNG.normal(size=N),
    "outputs": np.column_stack([ETA, 3 - ETA]) + 0.5 * RNG.normal(size=(N, 2)),
    "signs": ETA + RNG.logistic(size=N) > 0,
    "binary": ETA + RNG.logistic(size=N) > 0,
    "three": THREE,
    "poisson": RNG.poisson(np.exp(ETA)),
    "gamma": RNG.gamma(4.0, np.exp(ETA) / 4),
    "tweedie": np.array([RNG.gamma(2.0, 0.5, size=k).sum() for k in RNG.poisson(np.exp(ETA))]),
}
TWINS = {
    "ridge": TransferRidge(20.0),
    "outputs": TransferRidge(20.0),
    "signs": TransferRidgeClassifier(20.0),
    "binary": TransferLogisticRegression(C=0.1),
    "three": TransferLogisticRegression(C=0.1),
    "poisson": TransferPoissonRegressor(alpha=0.5),
    "gamma": TransferGammaRegressor(alpha=0.5),
    "tweedie": TransferTweedieRegressor(power=1.5, alpha=0.5),
}
KINDS = list(TWINS)
SPREAD = np.outer([1.0, 0.0, -1.0], TRUE)  # of three classes


def _source(kind, times=1.0):
    """One that is right, ``times`` too large."""
    if kind == "three":
        return Source(times * SPREAD, times * np.array([-0.3, 0.0, 0.3]), classes=[0, 1, 2])
    if kind == "outputs":
        return Source(times * np.vstack([TRUE, -TRUE]), [-0.3, 3.3])
    if kind == "signs":
        return Source(0.35 * times * TRUE, -0.1, classes=[False, True], link="sign")
    if kind == "binary":
        return Source(times * TRUE, -0.3, classes=[False, True])
    return Source(times * TRUE, -0.3, link="identity" if kind == "ridge" else "log")


def _twin(kind, times=1.0, **params):
    return clone(TWINS[kind]).set_params(source=_source(kind, times), tol=1e-11, **params)


def _predictors(model, rows=X):
    """What the model says of each row; of classes up to what is common to all."""
    if hasattr(model, "decision_function"):
        eta = model.decision_function(rows)
        return eta - eta.mean(axis=1, keepdims=True) if eta.ndim > 1 else eta
    return model._linear_predictor(rows) if hasattr(model, "_linear_predictor") else model.predict(rows)


@pytest.mark.parametrize("kind", KINDS)
def test_sure_of_the_source_is_the_gaussian_prior(kind):
    plain, sure = _twin(kind).fit(X, ROWS[kind]), _twin(kind, source_probability=1.0).fit(X, ROWS[kind])
    nearly = _twin(kind, source_probability=1 - 1e-15).fit(X, ROWS[kind])
    for name in ("coef_", "intercept_", "delta_", "n_iter_", "effective_sample_size_"):
        assert_array_equal(getattr(plain, name), getattr(sure, name))
    assert sure.source_probability_ == 1.0
    assert_allclose(_predictors(nearly), _predictors(plain), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_source_it_says_nothing(kind):
    plain, doubting = (clone(TWINS[kind]).set_params(source_probability=w).fit(X, ROWS[kind]) for w in (1.0, 0.3))
    assert_array_equal(doubting.coef_, plain.coef_)
    assert (doubting.source_probability_, doubting.effective_sample_size_) == (0.0, 0.0)


def _one_row(kind):
    """The twin's own strength at which its prior says of a row what the row says itself, in standardised features."""
    if kind in (
        "gamma",
        "tweedie",
    ):  # their curvature depends on y: 1 for gamma's, sqrt(mean) for the other's, on average
        level = np.mean(ROWS[kind])
        curvature = ROWS[kind] / level if kind == "gamma" else 0.5 * np.sqrt(level) * (1 + ROWS[kind] / level)
        variance = np.average((X - np.average(X, axis=0, weights=curvature)) ** 2, axis=0, weights=curvature)
        return {"alpha": np.sum(variance / X.var(axis=0)) * np.mean(curvature) / N}
    return {
        "ridge": {"alpha": P},
        "outputs": {"alpha": P},
        "signs": {"alpha": P},
        "binary": {"C": 4.0 / P},
        "three": {"C": 4.5 / P},
        "poisson": {"alpha": P * np.mean(ROWS[kind]) / N},
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_no_faith_in_the_source_is_the_target_alone_with_a_weak_prior(kind):
    parameter = TWINS[kind]._strength_parameter
    strong = {parameter.name: parameter.of(1e4)}  # the weak prior is never sharper than the source's
    none = _twin(kind, source_probability=0.0, **strong).fit(X, ROWS[kind])
    alone = clone(TWINS[kind]).set_params(metric="scale", tol=1e-11, **_one_row(kind)).fit(X, ROWS[kind])
    assert_allclose(_predictors(none), _predictors(alone), rtol=1e-8, atol=1e-8)
    assert none.source_probability_ == none.effective_sample_size_ == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_is_right_is_kept(kind):
    model, plain = _twin(kind, source_probability=0.5).fit(X, ROWS[kind]), _twin(kind).fit(X, ROWS[kind])
    assert model.source_probability_ > 0.8
    assert 0.5 * plain.effective_sample_size_ < model.effective_sample_size_ < plain.effective_sample_size_


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("copied", [False, True])
def test_a_source_that_is_far_off_is_let_go(kind, copied):
    params = {TWINS[kind]._strength_parameter.name: TWINS[kind]._strength_parameter.of(np.inf)} if copied else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of the source's component, which does not count
        model, none = (_twin(kind, -30.0, source_probability=w, **params).fit(X, ROWS[kind]) for w in (0.99, 0.0))
    assert model.source_probability_ < 1e-10
    assert_allclose(model.coef_, none.coef_, rtol=1e-8, atol=1e-8)
    assert_allclose(model.intercept_, none.intercept_, rtol=1e-8, atol=1e-8)
    assert model.effective_sample_size_ < 1e-6


def test_the_probability_falls_with_the_conflict():
    found = [_twin("binary", t, source_probability=0.5).fit(X, ROWS["binary"]) for t in (1.0, -1.0, -3.0, -9.0)]
    shares = [model.source_probability_ for model in found]
    assert shares[0] > 0.8
    assert np.all(np.diff(np.log(shares)) < -1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_odds_are_the_prior_odds_times_what_the_rows_say(kind):
    found = [_twin(kind, source_probability=w).fit(X, ROWS[kind]).source_probability_ for w in (0.1, 0.6)]
    assert_allclose(logit(found[1]) - logit(found[0]), logit(0.6) - logit(0.1), rtol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fit_is_the_mean_of_both_components(kind):
    plain, none = (_twin(kind, 0.2, source_probability=w).fit(X, ROWS[kind]) for w in (1.0, 0.0))
    model = _twin(kind, 0.2, source_probability=0.5).fit(X, ROWS[kind])
    share = model.source_probability_
    expected = share * _predictors(plain) + (1 - share) * _predictors(none)
    assert_allclose(_predictors(model), expected, rtol=1e-9, atol=1e-9)
    assert_allclose(model.delta_, model.coef_ - model.source_coef_, rtol=1e-12, atol=1e-12)
    assert model.result_.converged
    worth = plain.effective_sample_size_
    pull = share * worth / (worth + N)
    assert_allclose(model.effective_sample_size_, N * pull / (1 - pull), rtol=1e-9)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("times", [1.0, -0.5])
def test_ridge_is_the_posterior_mean_by_numerical_integration(p, times):
    """Over theta, the level, log phi and the component; no library code."""
    rows, y, alpha, w = X[:12, :p], ROWS["ridge"][:12], 5.0, 0.3
    centre, variances = times * TRUE[:p], rows.var(axis=0)
    model = TransferRidge(alpha, source=Source(centre), source_probability=w).fit(rows, y)

    def log_density(precision, middle):
        def of(points):
            theta, level, phi = points[:, :p] * scale[:p] * np.exp(points[:, [-1]] / 2) + at[:p], None, None
            level = points[:, p] * scale[p] * np.exp(points[:, -1] / 2) + at[p]
            phi = np.exp(points[:, -1])
            squares = np.sum((y - theta @ rows.T - level[:, None]) ** 2, axis=1)
            pull = (theta - middle) ** 2 @ precision
            height = 0.5 * np.log(precision).sum() - (p + 1) / 2 * np.log(2 * np.pi * phi)
            jacobian = np.log(scale).sum() + (p + 1) / 2 * np.log(phi)
            return height + jacobian - (squares + pull) / (2 * phi) - len(y) / 2 * np.log(2 * np.pi * phi)

        return of

    A = np.column_stack([rows, np.ones(len(y))])
    found = []
    for precision, middle in (np.full(p, alpha), centre), (p * variances, np.zeros(p)):
        H = A.T @ A + np.diag(np.append(precision, 0.0))
        at = np.linalg.solve(H, A.T @ y + np.append(precision * middle, 0.0))
        scale = np.sqrt(np.linalg.inv(H).diagonal())
        rest = np.sum((y - A @ at) ** 2) + precision @ (at[:p] - middle) ** 2
        box = np.append(np.zeros(p + 1), np.log(rest / len(y))), np.append(np.ones(p + 1), np.sqrt(2 / len(y))), 25
        density = log_density(precision, middle)
        drawn = mean(density, *box)[: p + 1]  # in units of sqrt(phi) about `at`: zero, as the posterior is even there
        assert_allclose(drawn, 0.0, atol=1e-9)
        found.append((log_integral(density, *box), at))
    odds = np.log(w / (1 - w)) + found[0][0] - found[1][0]
    share = 1 / (1 + np.exp(-odds))
    assert_allclose(model.source_probability_, share, rtol=1e-6)
    theta = share * found[0][1] + (1 - share) * found[1][1]
    assert_allclose(np.append(model.coef_, model.intercept_), theta, rtol=1e-6)


def test_logistic_probability_against_numerical_integration():
    """One feature: exact up to Laplace's error, which repeating rows and strength makes small."""
    repeats, x, y = 20, X[:, :1], ROWS["binary"]
    x = (x - x.mean()) / x.std()
    strength = 0.5 * repeats
    model = TransferLogisticRegression(
        C=1 / strength, source=Source([0.4], 0.0, classes=[False, True]), source_probability=0.5, tol=1e-11
    ).fit(x, y, np.full(N, repeats))

    def log_density(precision, middle):
        def of(points):
            eta = points[:, :1] * x[:, 0] + points[:, 1:]
            rows = repeats * np.sum(np.where(y, -np.logaddexp(0, -eta), -np.logaddexp(0, eta)), axis=1)
            return rows + 0.5 * np.log(precision) - precision * (points[:, 0] - middle) ** 2 / 2

        return of

    at = np.array([model.coef_[0, 0], model.intercept_[0]])
    found = [log_integral(log_density(*prior), at, np.full(2, 0.1), 121) for prior in ((strength, 0.4), (0.25, 0.0))]
    assert_allclose(logit(model.source_probability_), found[0] - found[1], atol=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repeated_rows_in_any_order(kind):
    repeats = np.random.default_rng(0).permutation(np.repeat(np.arange(N), WEIGHT.astype(int)))
    y = ROWS[kind]
    weighed = _twin(kind, 0.2, source_probability=0.5).fit(X, y, WEIGHT)
    repeated = _twin(kind, 0.2, source_probability=0.5).fit(X[repeats], y[repeats])
    assert_allclose(repeated.source_probability_, weighed.source_probability_, rtol=1e-6)
    assert_allclose(_predictors(repeated), _predictors(weighed), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["identity", "scale"])
def test_the_order_of_features_does_not_matter(kind, metric):
    model = _twin(kind, 0.2, source_probability=0.5, metric=metric).fit(X, ROWS[kind])
    source, order = _source(kind, 0.2), [2, 0, 1]
    moved = Source(source.coef[..., order], source.intercept, classes=source.classes, link=source.link)
    other = _twin(kind, source_probability=0.5, metric=metric).set_params(source=moved).fit(X[:, order], ROWS[kind])
    assert_allclose(other.source_probability_, model.source_probability_, rtol=1e-7)
    assert_allclose(_predictors(other, X[:, order]), _predictors(model), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_units_and_origins_of_features_do_not_matter(kind):
    """In standardised features, the intercept pulled to the source's level at their mean."""
    scale, shift = np.array([10.0, 0.1, 3.0]), np.array([2.0, -1.0, 5.0])
    params = {"source_probability": 0.5, "metric": "scale", "intercept_penalty": 1.0}
    model = _twin(kind, 0.2, **params).fit(X, ROWS[kind], WEIGHT)
    source = _source(kind, 0.2)
    intercept = source.intercept - (source.coef / scale) @ shift
    moved = Source(source.coef / scale, intercept, classes=source.classes, link=source.link)
    other = _twin(kind, **params).set_params(source=moved).fit(X * scale + shift, ROWS[kind], WEIGHT)
    assert_allclose(other.source_probability_, model.source_probability_, rtol=1e-6)
    assert_allclose(_predictors(other, X * scale + shift), _predictors(model), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ["ridge", "gamma"])
def test_units_of_y_do_not_matter(kind):
    """Amounts: twice as much is a level of log 2; numbers: all of the source twice as large."""
    y, plain = ROWS[kind], _twin(kind, 0.2, source_probability=0.5).fit(X, ROWS[kind])
    source = _source(kind, 0.2) if kind == "gamma" else Source(0.4 * TRUE, -0.6)
    other = _twin(kind, source_probability=0.5).set_params(source=source).fit(X, 2 * y)
    assert_allclose(other.source_probability_, plain.source_probability_, rtol=1e-7)
    expected = _predictors(plain) + np.log(2.0) if kind == "gamma" else 2 * _predictors(plain)
    assert_allclose(_predictors(other), expected, rtol=1e-7, atol=1e-8)


def test_a_pull_of_zero_is_the_target_alone():
    """The second component is never sharper than the source's, so that both are flat."""
    alone = Ridge(0).fit(X, ROWS["ridge"])
    for alpha, rtol in (1e-9, 1e-6), (0.0, 1e-9):
        model = _twin("ridge", source_probability=0.3, alpha=alpha).fit(X, ROWS["ridge"])
        assert_allclose(model.coef_, alone.coef_, rtol=rtol)
    assert_allclose(model.source_probability_, 0.3, rtol=1e-9)


def test_a_class_without_rows_stays_as_the_source_has_it():
    seen = THREE != 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = _twin("three", -30.0, source_probability=0.5).fit(X[seen], THREE[seen])
    assert_array_equal(model.classes_, [0, 1, 2])
    assert_allclose(model.coef_[1], model.source_coef_[1], atol=1e-12)
    two = TransferLogisticRegression(C=4.0 / P, metric="scale", tol=1e-11).fit(X[seen], THREE[seen])
    chances = model.predict_proba(X)[:, [0, 2]]
    assert model.source_probability_ < 1e-10
    assert np.corrcoef(logit(chances[:, 1] / chances.sum(axis=1)), two.decision_function(X))[0, 1] > 0.999


@pytest.mark.parametrize("pull", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("metric", ["fisher", "scale", "array"])
@pytest.mark.parametrize("kind", ["ridge", "outputs", "binary", "three"])
def test_any_metric_and_any_pull_of_the_intercept(kind, metric, pull):
    y_source = ROWS[kind]
    teacher = (Ridge() if kind in ("ridge", "outputs") else LogisticRegression()).fit(X, y_source)
    source = Source.from_estimator(teacher, X=X)
    metric = np.array([1.0, 3.0, 0.5]) if metric == "array" else metric
    twin = clone(TWINS[kind]).set_params(source=source, metric=metric, intercept_penalty=pull, tol=1e-11)
    agreeing = clone(twin).set_params(source_probability=0.5).fit(X, ROWS[kind])
    assert agreeing.source_probability_ > 0.7
    hostile = Source(-30 * source.coef, -source.intercept, classes=source.classes, precision=source.precision)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        far = clone(twin).set_params(source=hostile, source_probability=0.5).fit(X, ROWS[kind])
    assert far.source_probability_ < 1e-4


@pytest.mark.parametrize("kind", ["ridge", "binary", "poisson"])
def test_sources_with_a_fitted_factor(kind):
    """A list: a source that is right up to a factor is kept; of squared loss the factor has no prior of its own."""
    times = -0.5 if kind == "ridge" else 0.8
    model = _twin(kind, source_probability=0.5).set_params(source=[_source(kind, times)]).fit(X, ROWS[kind])
    assert model.source_weights_[0] * times > 0.7
    assert model.source_probability_ > 0.5


@pytest.mark.parametrize("kind", ["ridge", "binary"])
def test_more_features_than_rows(kind):
    wide = np.column_stack([X, np.random.default_rng(1).normal(size=(N, 60))])
    right = np.append(TRUE, np.zeros(60))
    shares = []
    for coef in right, -5 * right:
        source = Source(coef, -0.3, classes=None if kind == "ridge" else [False, True])
        model = clone(TWINS[kind]).set_params(source=source, source_probability=0.5).fit(wide, ROWS[kind])
        shares.append(model.source_probability_)
    assert shares[0] > 0.9
    assert shares[1] < 0.1


@pytest.mark.parametrize("kind", ["ridge", "binary"])
def test_rows_in_a_memory_map(kind, tmp_path):
    """Squared loss by moments; others in memory."""
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    model = _twin(kind, 0.2, source_probability=0.5)
    here, there = clone(model).fit(X, ROWS[kind]), clone(model).fit(mapped, ROWS[kind])
    assert_allclose(there.source_probability_, here.source_probability_, rtol=1e-8)
    assert_allclose(there.coef_, here.coef_, rtol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_sparse_rows(kind):
    dense = _twin(kind, 0.2, source_probability=0.5).fit(X, ROWS[kind], WEIGHT)
    sparse = _twin(kind, 0.2, source_probability=0.5).fit(sp.csr_array(X), ROWS[kind], WEIGHT)
    assert_allclose(sparse.source_probability_, dense.source_probability_, rtol=1e-6)
    assert_allclose(_predictors(sparse), _predictors(dense), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ["signs", "binary", "three"])
def test_class_weights_count_in_both_components(kind):
    factors = {label: float(place + 1) for place, label in enumerate(np.unique(ROWS[kind]))}
    plain, none, model = (
        _twin(kind, 0.2, source_probability=w, class_weight=factors).fit(X, ROWS[kind]) for w in (1.0, 0.0, 0.5)
    )
    unweighted = _twin(kind, 0.2, source_probability=0.0).fit(X, ROWS[kind])
    share = model.source_probability_
    expected = share * _predictors(plain) + (1 - share) * _predictors(none)
    assert_allclose(_predictors(model), expected, rtol=1e-9, atol=1e-9)
    assert np.abs(_predictors(none) - _predictors(unweighted)).max() > 0.01


def test_dask_rows():
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(X, chunks=(10, P))
    here, there = (_twin("ridge", 0.2, source_probability=0.5) for _ in range(2))
    here.fit(X, ROWS["ridge"]), there.fit(lazy, da.from_array(ROWS["ridge"], chunks=10))
    assert_allclose(there.source_probability_, here.source_probability_, rtol=1e-8)
    with pytest.raises(ValueError, match="source_probability below 1 is weighed by losses row by row"):
        _twin("binary", source_probability=0.5).fit(lazy, da.from_array(ROWS["binary"], chunks=10))


def test_as_the_source_of_the_next():
    """Its precision is the components', weighed."""
    model, plain, none = (_twin("binary", 0.2, source_probability=w).fit(X, ROWS["binary"]) for w in (0.5, 1.0, 0.0))
    found, first, second = (Source.from_estimator(each, X=X).precision for each in (model, plain, none))
    share = model.source_probability_
    assert_allclose(found, share * first + (1 - share) * second, rtol=1e-9)
    chained = TransferLogisticRegression(source=model, C=0, intercept_penalty=np.inf).fit(X, ROWS["binary"])
    assert_array_equal(chained.coef_, model.coef_)
    with pytest.raises(ValueError, match="copies"):
        Source.from_estimator(_twin("binary", C=0.0, source_probability=0.5).fit(X, ROWS["binary"]), X=X)


def test_a_refit_forgets_the_last_one():
    model = _twin("ridge", 0.2, source_probability=0.5).fit(X, ROWS["ridge"])
    once = model.coef_.copy()
    model.fit(X[::2], ROWS["ridge"][::2]).fit(X, ROWS["ridge"])
    assert_array_equal(model.coef_, once)
    model.set_params(source_probability=1.0).fit(X, ROWS["ridge"])
    assert_array_equal(model.coef_, _twin("ridge", 0.2).fit(X, ROWS["ridge"]).coef_)
    assert model._posterior_precision(model.coef_[None], np.ravel(model.intercept_), X, None, None)[0].shape == (4, 4)


def test_float32_stays_float32():
    model = _twin("binary", 0.2, source_probability=0.5).fit(X.astype(np.float32), ROWS["binary"])
    assert model.coef_.dtype == model.intercept_.dtype == model.delta_.dtype == np.float32


def test_candidates_that_copy_or_pool_do_not_doubt():
    twin = _twin("binary", source_probability=0.5).set_params(
        source=Source.from_estimator(LogisticRegression().fit(X, ROWS["binary"]), X=X)
    )
    search = TransferCV(twin, cv=2, grid=[0.1], rule="min").fit(X, ROWS["binary"])
    doubts = {
        name: params.get("source_probability", 0.5)
        for name, params in zip(search.table_["candidate"], search.table_["params"], strict=True)
    }
    assert doubts == {"target": 0.5, "source": 1.0, "recalibrated": 1.0, "pooled": 1.0, "transfer": 0.5}
    folds = TransferCV(twin, grid=[0.1], rule="min").fit(X, ROWS["binary"])  # no leave-one-out: rows vote on the source
    five = TransferCV(twin, cv=5, grid=[0.1], rule="min").fit(X, ROWS["binary"])
    assert folds.table_["score"] == five.table_["score"]


def test_make_transfer_and_alpha_weighting_pass_it_on():
    target = make_transfer(_source("ridge"), borrow=1.0, params={"source_probability": 0.5}).fit(X, ROWS["ridge"])
    assert 0 < target.source_probability_ < 1
    inner = _twin("binary", 0.2, source_probability=0.5)
    joined = AlphaWeightedClassifier(inner, SourceData(X, ROWS["binary"]), alpha=0.5).fit(X, ROWS["binary"])
    twice = clone(inner).fit(np.vstack([X, X]), np.tile(ROWS["binary"], 2), np.full(2 * N, 0.5))
    assert_allclose(joined.estimator_.source_probability_, twice.source_probability_, rtol=1e-7)
    assert_allclose(joined.coef_, twice.coef_, rtol=1e-7)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (TransferLogisticRegression(l1_ratio=0.5, tol=1e-3), "take l1_ratio=0"),
        (TransferPoissonRegressor(l1_ratio=1.0, alpha=0.1), "take l1_ratio=0"),
        (TransferRidge(positive=True), "take positive=False"),
    ],
)
def test_what_has_no_gaussian_posterior_is_refused(model, message):
    kind = {"TransferRidge": "ridge", "TransferPoissonRegressor": "poisson"}.get(type(model).__name__, "binary")
    model.set_params(source=_source(kind), source_probability=0.5)
    with pytest.raises(ValueError, match=f"source_probability=0.5.*{message}.*or source_probability=1"):
        model.fit(X, ROWS[kind])
    model.set_params(source=None).fit(X, ROWS[kind])


def test_sums_beside_the_prior_are_refused():
    sums = SourceData(X, ROWS["binary"]).summarize(LogisticRegression())
    model = AlphaWeightedClassifier(_twin("binary", source_probability=0.5), sums)
    with pytest.raises(ValueError, match="sums of a source's rows stand beside its prior"):
        model.fit(X, ROWS["binary"])


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan, "half"])
def test_a_probability_is_a_probability(bad):
    with pytest.raises(ValueError, match="source_probability"):
        _twin("ridge", source_probability=bad).fit(X, ROWS["ridge"])
