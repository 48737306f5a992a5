"""Alpha-weighted fits from a source's statistics: as from its rows, exactly or to second order."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferTweedieRegressor,
)
from sktransfer.sources import Source, SourceData
from sktransfer.svm import TransferLinearSVR

P = 4
SLOPES = np.array([0.6, -0.8, 0.4, 0.0])


def rows(seed=0, n=120, apart=0.3):
    """(X, y, weight) of rows whose slopes are ``apart`` from the others'."""
    random = np.random.default_rng(seed)
    X = random.normal([0.0, 1.0, -1.0, 0.0], size=(n, P))
    return X, X @ (SLOPES + apart * np.array([1, 1, -1, 1])) + 0.5 + random.normal(size=n), random.uniform(0.2, 2, n)


SOURCE, TARGET = rows(0, 120, 0.0), rows(1, 25, 0.5)


def alike(found, expected, rtol=1e-9):
    for name in ("coef_", "intercept_"):
        mine, theirs = (np.asarray(getattr(model, name)) for model in (found, expected))
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol)


SQUARED = {
    "ridge": TransferRidge(alpha=2.0),
    "ridge through zero": TransferRidge(alpha=2.0, fit_intercept=False),
    "ridge, standardised": TransferRidge(alpha=2.0, metric="scale"),
    "ridge, positive": TransferRidge(alpha=2.0, positive=True, tol=1e-12),
    "ridge with a source": TransferRidge(alpha=2.0, source=Source([1.0, 0.0, 0.0, 1.0], 2.0), intercept_penalty=1.0),
    "lasso": TransferLasso(alpha=0.05, tol=1e-14),
    "elastic net": TransferElasticNet(alpha=0.05, tol=1e-14),
    "elastic net, standardised": TransferElasticNet(alpha=0.05, metric="scale", tol=1e-14),
    "normal": TransferTweedieRegressor(power=0, alpha=0.1, tol=1e-12),
}


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("name", SQUARED)
def test_squared_loss_from_statistics_is_from_rows(name, alpha):
    X, y, weight = TARGET
    data = SourceData(*SOURCE)
    summary = data.summarize(Ridge(alpha=30.0))  # a penalised source: its sums are the rows' all the same
    expected = AlphaWeightedRegressor(SQUARED[name], data, alpha).fit(X, y, sample_weight=weight)
    alike(AlphaWeightedRegressor(SQUARED[name], summary, alpha).fit(X, y, sample_weight=weight), expected)


@pytest.mark.parametrize("twin", [TransferRidge(alpha=[1.0, 3.0]), TransferRidge(metric="scale")])
def test_several_outputs(twin):
    X, y, weight = TARGET
    X_source, y_source, weight_source = SOURCE
    data = SourceData(X_source, np.column_stack([y_source, -(y_source**2)]), weight_source)
    y = np.column_stack([y, y**2])
    expected = AlphaWeightedRegressor(twin, data, 0.2).fit(X, y, sample_weight=weight)
    alike(AlphaWeightedRegressor(twin, data.summarize(Ridge()), 0.2).fit(X, y, sample_weight=weight), expected)


@pytest.mark.parametrize("alpha", [0.01, 0.5, 0.9])
@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_ridge_is_a_gaussian_prior_at_the_sources_least_squares(alpha, strength):
    """Precision alpha / (1 - alpha) * Gram there, lam / (1 - alpha) at zero: by normal equations and by the twin."""
    X, y, weight = TARGET
    X_source, y_source, weight_source = SOURCE
    data = SourceData(*SOURCE)
    found = AlphaWeightedRegressor(TransferRidge(alpha=strength), data.summarize(TransferRidge(alpha=50.0)), alpha).fit(
        X, y, sample_weight=weight
    )
    least_squares = LinearRegression().fit(X_source, y_source, weight_source)
    centre = np.append(least_squares.coef_, least_squares.intercept_)
    Z, Z_source = (np.column_stack([each, np.ones(len(each))]) for each in (X, X_source))
    gram = alpha / (1 - alpha) * (Z_source.T * weight_source) @ Z_source
    zero = np.diag(np.append(np.full(P, strength / (1 - alpha)), 0.0))
    theta = np.linalg.solve((Z.T * weight) @ Z + gram + zero, (Z.T * weight) @ y + gram @ centre)
    np.testing.assert_allclose(np.append(found.coef_, found.intercept_), theta, rtol=1e-9)
    middle = np.linalg.solve(gram + zero, gram @ centre)
    prior = Source(middle[:-1], middle[-1], precision=gram + zero)
    twin = TransferRidge(alpha=1.0, source=prior, metric="fisher", intercept_penalty=1.0)
    alike(found, twin.fit(X, y, sample_weight=weight))


def test_sums_given_by_hand():
    X_source, y_source, weight = SOURCE
    sums = (X_source.T * weight) @ X_source, (X_source.T * weight) @ y_source, weight @ X_source
    source = Source.from_statistics(*sums, weight @ y_source, weight @ y_source**2, weight.sum(), alpha=7.0)
    X, y, _ = TARGET
    expected = AlphaWeightedRegressor(TransferLasso(alpha=0.1, tol=1e-14), SourceData(*SOURCE), 0.3).fit(X, y)
    alike(AlphaWeightedRegressor(TransferLasso(alpha=0.1, tol=1e-14), source, 0.3).fit(X, y), expected)


def test_a_day_is_taken_away_as_if_it_had_never_been():
    X, y, _ = TARGET
    model, (X_source, y_source, weight) = Ridge(alpha=2.0), SOURCE
    days = [
        SourceData(X_source[at], y_source[at], weight[at]).summarize(model)
        for at in (slice(0, 50), slice(50, 70), slice(70, None))
    ]
    left = days[0] + days[1] + days[2] - days[1]
    kept = np.r_[0:50, 70:120]
    rest = SourceData(X_source[kept], y_source[kept], weight[kept])
    twin = TransferElasticNet(alpha=0.1, tol=1e-14)
    alike(AlphaWeightedRegressor(twin, left, 0.3).fit(X, y), AlphaWeightedRegressor(twin, rest, 0.3).fit(X, y))


def test_saved_and_loaded(tmp_path):
    X, y, _ = TARGET
    summary = SourceData(*SOURCE).summarize(Ridge())
    summary.save(tmp_path / "source.npz")
    first, second = (
        AlphaWeightedRegressor(TransferRidge(), source, 0.3).fit(X, y)
        for source in (summary, Source.load(tmp_path / "source.npz"))
    )
    np.testing.assert_array_equal(first.coef_, second.coef_)


def test_a_list_mixes_rows_and_statistics():
    X, y, _ = TARGET
    first, second, third = (SourceData(*rows(seed, 40, apart=0.1)) for seed in (3, 4, 5))
    twin = TransferRidge(alpha=2.0)
    mixed = [first, (second.summarize(Ridge(alpha=9.0)), 2.0), third.summarize(LinearRegression())]
    plain = [first, (second, 2.0), third]
    alike(AlphaWeightedRegressor(twin, mixed, 0.3).fit(X, y), AlphaWeightedRegressor(twin, plain, 0.3).fit(X, y))


def test_features_by_name():
    pandas = pytest.importorskip("pandas")
    X, y, _ = TARGET
    names = ["a", "b", "c", "d"]
    target = pandas.DataFrame(X, columns=names)[["c", "a", "d"]]
    data = SourceData(*SOURCE, feature_names=names)
    found = AlphaWeightedRegressor(TransferRidge(), data.summarize(Ridge()), 0.3).fit(target, y)
    alike(found, AlphaWeightedRegressor(TransferRidge(), data, 0.3).fit(target, y))
    order = [2, 0, 3]
    alike(
        found,
        AlphaWeightedRegressor(TransferRidge(), SourceData(SOURCE[0][:, order], *SOURCE[1:]), 0.3).fit(X[:, order], y),
    )
    assert list(found.feature_names_in_) == ["c", "a", "d"]


# Other losses


def curved(kind, X, eta, seed=0):
    random = np.random.default_rng(seed)
    if kind == "labels":
        return (random.random(len(eta)) < expit(eta)).astype(int)
    if kind == "three":
        chances = softmax(np.outer(eta, [0.0, 1.0, -1.0]), axis=1).cumsum(axis=1)
        return np.array(["a", "b", "c"])[(chances < random.random((len(eta), 1))).sum(axis=1)]
    return {"counts": random.poisson(np.exp(eta / 2)), "amounts": np.exp(eta / 2)}[kind]


CURVED = {
    "logistic": (TransferLogisticRegression(C=0.5, tol=1e-12), "labels"),
    "logistic through zero": (TransferLogisticRegression(C=0.5, fit_intercept=False, tol=1e-12), "labels"),
    "logistic with a source": (
        TransferLogisticRegression(
            C=0.5, source=Source([1.0, 0, 0, 0], 0.5, classes=[0, 1]), intercept_penalty=1.0, tol=1e-12
        ),
        "labels",
    ),
    "logistic, intercept held": (
        TransferLogisticRegression(
            C=0.5, source=Source([1.0, 0, 0, 0], 0.5, classes=[0, 1]), intercept_penalty=np.inf, tol=1e-12
        ),
        "labels",
    ),
    "softmax": (TransferLogisticRegression(C=0.5, tol=1e-12), "three"),
    "poisson": (TransferPoissonRegressor(alpha=0.1, tol=1e-12), "counts"),
    "poisson through zero": (TransferPoissonRegressor(alpha=0.1, fit_intercept=False, tol=1e-12), "counts"),
    "gamma": (TransferGammaRegressor(alpha=0.1, tol=1e-12), "amounts"),
    "tweedie": (TransferTweedieRegressor(power=1.5, alpha=0.1, tol=1e-12), "counts"),
}


def weighted(name, source, alpha, twin=None):
    twin = CURVED[name][0] if twin is None else twin
    meta = AlphaWeightedClassifier if isinstance(twin, TransferLogisticRegression) else AlphaWeightedRegressor
    return meta(twin, source, alpha)


def problem(name):
    """(the source's rows, X, y of the target, its weights)."""
    X_source, y_source, weight = SOURCE
    X, y, weight_target = rows(1, 60, 0.5)
    kind = CURVED[name][1]
    return SourceData(X_source, curved(kind, X_source, y_source), weight), X, curved(kind, X, y, 1), weight_target


@pytest.mark.parametrize("name", CURVED)
def test_alpha_one_is_the_sources_optimum_and_alpha_zero_the_targets(name):
    data, X, y, weight = problem(name)
    summary = data.summarize(CURVED[name][0])
    for alpha in (0.0, 1.0):
        expected = weighted(name, data, alpha).fit(X, y, sample_weight=weight)
        alike(weighted(name, summary, alpha).fit(X, y, sample_weight=weight), expected, 1e-6 if alpha else 1e-12)


@pytest.mark.parametrize("name", CURVED)
def test_where_both_optima_are_one_it_is_exact(name):
    """The target's rows are the source's: any alpha has the same gradient there."""
    data, *_ = problem(name)
    summary = data.summarize(CURVED[name][0])
    for alpha in (0.2, 0.7):
        expected = weighted(name, data, alpha).fit(data.X, data.y, sample_weight=data.sample_weight)
        found = weighted(name, summary, alpha).fit(data.X, data.y, sample_weight=data.sample_weight)
        alike(found, expected, 1e-6)


@pytest.mark.parametrize("name", [name for name in CURVED if name not in ("softmax", "logistic, intercept held")])
def test_it_is_the_minimum_of_the_quadratic_and_the_rows(name):
    """The gradient of alpha * quadratic + (1 - alpha) * rows + penalty, plainly, is zero at the fit."""
    data, X, y, weight = problem(name)
    twin = CURVED[name][0]
    statistics, alpha = data.summarize(twin).statistics, 0.3
    model = weighted(name, data.summarize(twin), alpha).fit(X, y, sample_weight=weight)
    theta = np.append(model.coef_, model.intercept_)
    Z = np.column_stack([X, np.ones(len(X))])
    eta, power = Z @ theta, statistics.family.power
    mean = expit(eta) if statistics.family.link == "logit" else np.exp(eta)
    power = {"binomial": None, "poisson": 1.0}.get(statistics.family.name, power)
    residual = mean - y if power is None else mean ** (1 - power) * (mean - y)
    slope = (1 - alpha) * Z.T @ (weight * residual)
    slope += alpha * (statistics.gradient + statistics.hessian @ (theta - statistics.theta))
    total = alpha * statistics.weight + (1 - alpha) * weight.sum()
    strength = 1 / twin.C if power is None else twin.alpha * total
    at = np.zeros(P + 1) if twin.source is None else np.append(twin.source.coef, twin.source.intercept)
    slope += strength * np.append(np.ones(P), twin.intercept_penalty) * (theta - at)
    free = slope if twin.fit_intercept else slope[:-1]
    np.testing.assert_allclose(free, 0.0, atol=1e-8 * total)


@pytest.mark.parametrize("name", ["logistic", "softmax", "poisson", "gamma", "tweedie"])
def test_the_error_is_of_second_order(name):
    """Half the distance between the optima, a quarter of the error: the target's y go from the source's to others."""
    data, X, _, _ = problem(name)
    twin = clone(CURVED[name][0])
    twin.set_params(**({"C": 5.0} if "C" in twin.get_params() else {"alpha": 0.01}))
    summary, errors = data.summarize(twin), []
    X, y = data.X, np.asarray(data.y)
    others = curved(CURVED[name][1], X, -SOURCE[1], seed=2)
    for share in (0.02, 0.01, 0.005):
        both = np.concatenate([y, others])
        weight = np.concatenate([(1 - share) * data.sample_weight, share * data.sample_weight])
        fits = [weighted(name, each, 0.5, twin).fit(np.vstack([X, X]), both, weight) for each in (data, summary)]
        errors.append(np.linalg.norm(fits[0].coef_ - fits[1].coef_))
    assert errors[-1] > 1e-9
    ratios = np.divide(errors[:-1], errors[1:])
    np.testing.assert_allclose(ratios, 4.0, atol=0.5)
    assert abs(ratios[1] - 4) < abs(ratios[0] - 4)


def test_classes_that_only_the_source_shows():
    data, X, y, weight = problem("softmax")
    seen = y != "c"
    twin = TransferLogisticRegression(tol=1e-12)
    summary = data.summarize(twin)
    for alpha in (0.5, 0.95):
        found = AlphaWeightedClassifier(twin, summary, alpha).fit(X[seen], y[seen], sample_weight=weight[seen])
        expected = AlphaWeightedClassifier(twin, data, alpha).fit(X[seen], y[seen], sample_weight=weight[seen])
        assert found.classes_.tolist() == ["a", "b", "c"]
        np.testing.assert_allclose(found.coef_, expected.coef_, atol=2 * (1 - alpha))
        np.testing.assert_allclose(found.intercept_, expected.intercept_, atol=2 * (1 - alpha))


def test_curvature_by_name_and_beside_rows():
    pandas = pytest.importorskip("pandas")
    data, X, y, _ = problem("logistic")
    names = ["a", "b", "c", "d"]
    twin = TransferLogisticRegression(tol=1e-12)
    summary = SourceData(data.X, data.y, data.sample_weight, feature_names=names).summarize(twin)
    turned = pandas.DataFrame(X, columns=names)[["d", "b", "a", "c"]]
    for alpha in (0.4, 1.0):
        straight = AlphaWeightedClassifier(twin, summary, alpha).fit(pandas.DataFrame(X, columns=names), y)
        found = AlphaWeightedClassifier(twin, summary, alpha).fit(turned, y)
        np.testing.assert_allclose(found.coef_[:, [2, 1, 3, 0]], straight.coef_, rtol=1e-7)
        assert list(found.feature_names_in_) == ["d", "b", "a", "c"]
    more = SourceData(X[:20], y[:20])
    mixed = AlphaWeightedClassifier(twin, [more, summary, (summary, 2.0)], 0.3).fit(X[20:], y[20:])
    weight = np.r_[np.full(20, 0.3), np.full(40, 0.7)]
    same = AlphaWeightedClassifier(TransferLogisticRegression(C=1.6, tol=1e-12), summary, 0.9 / 1.6)
    # (0.3 rows + 0.7 rows) / 1.6 + 0.9 / 1.6 quadratic: the same objective, divided by 1.6
    found = same.fit(X, y, sample_weight=weight / 1.6 / (1 - 0.9 / 1.6))
    np.testing.assert_allclose(found.coef_, mixed.coef_, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CURVED)
def test_a_list_of_summaries_is_their_sum(name):
    """Quadratics add up, wherever they were taken; and what was added and taken away is as if never added."""
    data, X, y, weight = problem(name)
    twin = CURVED[name][0]
    first, second = (
        SourceData(data.X[at], np.asarray(data.y)[at], data.sample_weight[at]).summarize(twin)
        for at in (slice(0, 60), slice(60, None))
    )
    as_list = weighted(name, [first, second], 0.3).fit(X, y, sample_weight=weight)
    alike(weighted(name, first + second, 0.3).fit(X, y, sample_weight=weight), as_list, 1e-7)
    alone = weighted(name, first, 0.3).fit(X, y, sample_weight=weight)
    alike(weighted(name, first + second - second, 0.3).fit(X, y, sample_weight=weight), alone, 1e-7)


def refusals():
    squared = SourceData(*SOURCE).summarize(Ridge())
    data, *_ = problem("logistic")
    logistic = data.summarize(LogisticRegression())
    poisson = problem("poisson")[0].summarize(TransferPoissonRegressor())
    named = SourceData(*SOURCE, feature_names=["a", "b", "c", "d"])
    counts = SourceData(problem("poisson")[0].X, problem("poisson")[0].y, feature_names=["a", "b", "c", "d"])
    return {
        "no statistics": (
            AlphaWeightedRegressor(TransferRidge(), Source(SLOPES)),
            (TypeError, r"holds no statistics.*summarize\(model\).*TransferRidge\(source=source\)"),
        ),
        "any estimator": (
            AlphaWeightedRegressor(RandomForestRegressor(), squared),
            (TypeError, "RandomForestRegressor learns from rows, and the source 0 is known by sums only"),
        ),
        "scikit-learn's": (AlphaWeightedRegressor(Ridge(), squared, 1.0), (TypeError, "Ridge learns from rows")),
        "loss": (
            AlphaWeightedRegressor(TransferPoissonRegressor(), squared),
            (ValueError, "summarised with squared loss.*TransferPoissonRegressor has poisson loss"),
        ),
        "the reverse": (
            AlphaWeightedRegressor(TransferRidge(), poisson),
            (ValueError, "summarised with poisson loss"),
        ),
        "power": (
            AlphaWeightedRegressor(TransferTweedieRegressor(power=1.5), poisson),
            (ValueError, "has tweedie loss of power 1.5"),
        ),
        "tube": (AlphaWeightedRegressor(TransferLinearSVR(), squared), (ValueError, "TransferLinearSVR has")),
        "classifier's": (
            AlphaWeightedRegressor(TransferRidge(), logistic),
            (ValueError, "statistics of a classifier, and the estimator is a regressor"),
        ),
        "regressor's": (
            AlphaWeightedClassifier(TransferLogisticRegression(), squared),
            (ValueError, "statistics of a regressor, and the estimator is a classifier"),
        ),
        "scale": (
            AlphaWeightedRegressor(TransferPoissonRegressor(metric="scale"), poisson),
            (ValueError, "metric='scale' needs the spread.*Give its rows"),
        ),
        "class weights": (
            AlphaWeightedClassifier(TransferLogisticRegression(class_weight="balanced"), logistic),
            (ValueError, "class_weight needs the labels of all rows"),
        ),
        "absolute values": (
            AlphaWeightedClassifier(TransferLogisticRegression(l1_ratio=0.5), logistic),
            (ValueError, "absolute values"),
        ),
        "fewer columns": (
            AlphaWeightedRegressor(TransferRidge(), SourceData(SOURCE[0][:, :2], SOURCE[1]).summarize(Ridge())),
            (ValueError, "has 2 features, the target's 4"),
        ),
        "fewer columns of a curvature": (
            AlphaWeightedRegressor(
                TransferPoissonRegressor(), SourceData(counts.X[:, :2], counts.y).summarize(TransferPoissonRegressor())
            ),
            (ValueError, "have 4 and 2 features"),
        ),
        "columns the source lacks": (
            AlphaWeightedRegressor(TransferRidge(), named.summarize(Ridge())),
            (ValueError, r"lacks the target's columns \['e'\]"),
        ),
        "columns of a curvature": (
            AlphaWeightedRegressor(TransferPoissonRegressor(), counts.summarize(TransferPoissonRegressor())),
            (ValueError, r"only one has \['d', 'e'\]"),
        ),
    }


@pytest.mark.parametrize("case", refusals())
def test_what_is_refused(case):
    model, (error, message) = refusals()[case]
    X, y, _ = rows(1, 30)
    y = (y > 0) if isinstance(model, AlphaWeightedClassifier) else np.exp(y)
    y = y.astype(int) if y.dtype == bool else y
    if case.startswith("columns"):
        pandas = pytest.importorskip("pandas")
        X = pandas.DataFrame(X, columns=["a", "b", "c", "e"])
    with pytest.raises(error, match=message):
        model.fit(X, y)


def test_two_classes_in_a_model_of_three_are_refused():
    data, X, y, _ = problem("softmax")
    two = SourceData(data.X[data.y != "c"], data.y[data.y != "c"]).summarize(TransferLogisticRegression())
    with pytest.raises(ValueError, match=r"do not have the same classes.*says nothing of others"):
        AlphaWeightedClassifier(TransferLogisticRegression(), two).fit(X, y)


def test_the_fit_has_the_targets_precision():
    X, y, _ = TARGET
    summary = SourceData(*SOURCE).summarize(Ridge())
    model = AlphaWeightedRegressor(TransferRidge(), summary, 0.3).fit(X.astype(np.float32), y.astype(np.float32))
    assert model.coef_.dtype == np.float32


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array])
def test_sparse_targets(kind):
    X, y, _ = TARGET
    summary = SourceData(*SOURCE).summarize(Ridge())
    found = AlphaWeightedRegressor(TransferRidge(), summary, 0.3).fit(kind(X), y)
    alike(found, AlphaWeightedRegressor(TransferRidge(), summary, 0.3).fit(X, y))
    data, X, y, _ = problem("logistic")
    twin = TransferLogisticRegression(tol=1e-12)
    for alpha in (0.3, 1.0):
        model = AlphaWeightedClassifier(twin, data.summarize(twin), alpha)
        alike(clone(model).fit(kind(X), y), clone(model).fit(X, y), 1e-7)


def test_nothing_of_the_source_is_changed():
    data, X, y, _ = problem("logistic")
    summary = data.summarize(TransferLogisticRegression())
    before = hash(summary)
    model = AlphaWeightedClassifier(TransferLogisticRegression(), summary, 0.3)
    assert clone(model).source is summary
    model.fit(X, y)
    assert hash(summary) == before
