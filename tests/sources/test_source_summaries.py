"""A source's rows as sums: what is kept of them, merged, taken away, saved."""

import copy
import json
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    TweedieRegressor,
)

from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)
from sktransfer.sources import Source, SourceData
from sktransfer.svm import TransferLinearSVC

N, P = 80, 3


def numbers(seed=0, n=N):
    random = np.random.default_rng(seed)
    X = random.normal([0.0, 2.0, -1.0], size=(n, P))
    return X, X @ [0.5, -1.0, 0.7] / 2 + random.normal(size=n), random.uniform(0.2, 2.0, n)


def response(kind, X, y):
    random = np.random.default_rng(7)
    if kind == "labels":
        return np.where(random.random(len(y)) < expit(y), "yes", "no")
    if kind == "three":
        chances = softmax(np.outer(y, [0.0, 1.0, -1.0]), axis=1).cumsum(axis=1)
        return np.array(["a", "b", "c"])[(chances < random.random((len(y), 1))).sum(axis=1)]
    if kind == "outputs":
        return np.column_stack([y, X[:, 0] - y])
    return {"numbers": y, "counts": random.poisson(np.exp(y / 2)).astype(float), "amounts": np.exp(y / 2)}[kind]


L1 = {"l1_ratio": 1.0} if LogisticRegression().penalty == "deprecated" else {"penalty": "l1"}
TIGHT = {"tol": 1e-12, "max_iter": 10_000}
MODELS = {
    "least squares": (LinearRegression(), "numbers"),
    "ridge": (Ridge(alpha=3.0), "numbers"),
    "ridge through zero": (Ridge(alpha=3.0, fit_intercept=False), "numbers"),
    "ridge of outputs": (Ridge(alpha=3.0), "outputs"),
    "logistic": (LogisticRegression(C=0.3, solver="newton-cholesky", **TIGHT), "labels"),
    "logistic, weighted": (LogisticRegression(class_weight={"yes": 2.0, "no": 0.5}, **TIGHT), "labels"),
    "softmax": (LogisticRegression(C=0.3, solver="newton-cg", **TIGHT), "three"),
    "poisson": (PoissonRegressor(alpha=0.1, solver="newton-cholesky", **TIGHT), "counts"),
    "gamma": (GammaRegressor(alpha=0.1, solver="newton-cholesky", **TIGHT), "amounts"),
    "tweedie": (TweedieRegressor(power=1.5, alpha=0.1, solver="newton-cholesky", **TIGHT), "counts"),
    "normal": (TweedieRegressor(power=0, alpha=0.1, solver="newton-cholesky", **TIGHT), "numbers"),
    "our ridge": (TransferRidge(alpha=3.0), "outputs"),
    "our ridge through zero": (TransferRidge(alpha=3.0, fit_intercept=False), "numbers"),
    "our ridge towards a source": (
        TransferRidge(alpha=3.0, source=Source([1.0, 2.0, 3.0], 4.0), intercept_penalty=0.5),
        "numbers",
    ),
    "our logistic": (TransferLogisticRegression(C=0.3, tol=1e-12), "labels"),
    "our softmax": (TransferLogisticRegression(C=0.3, tol=1e-12), "three"),
    "our poisson": (TransferPoissonRegressor(alpha=0.1, tol=1e-12), "counts"),
    "our poisson through zero": (TransferPoissonRegressor(alpha=0.1, fit_intercept=False, tol=1e-12), "counts"),
    "our gamma": (TransferGammaRegressor(alpha=0.1, tol=1e-12), "amounts"),
    "our tweedie": (TransferTweedieRegressor(power=1.5, alpha=0.1, tol=1e-12), "counts"),
}
SQUARED = [name for name in MODELS if "ridge" in name or name in ("least squares", "normal")]
CURVED = [name for name in MODELS if name not in SQUARED]


def data(case, at=slice(None), **fields):
    X, y, weight = numbers()
    y = response(MODELS[case][1], X, y)
    return SourceData(X[at], y[at], weight[at], feature_names=["one", "two", "three"], **fields)


def same(source, other, rtol=1e-10, skip=()):
    for name in ("coef", "intercept", "precision", "n_samples"):
        if name not in skip:
            found, expected = (np.asarray(getattr(each, name), dtype=float) for each in (source, other))
            atol = rtol * np.abs(expected).max()
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=name)
    assert source.feature_names == other.feature_names
    assert source.statistics.n_rows == other.statistics.n_rows


@pytest.mark.parametrize("name", MODELS)
def test_the_fitted_model_with_names_precision_and_sums(name):
    rows, model = data(name, name="north"), MODELS[name][0]
    source = rows.summarize(model)
    fitted = clone(model).fit(rows.X, rows.y, sample_weight=rows.sample_weight)
    read = Source.from_estimator(fitted, rows.X, rows.y, rows.sample_weight)
    np.testing.assert_array_equal(source.coef, read.coef)
    np.testing.assert_array_equal(source.intercept, read.intercept)
    if "gamma" not in name and "tweedie" not in name:  # of these the sums hold the observed information
        np.testing.assert_allclose(
            source.precision, read.precision, rtol=1e-9, atol=1e-9 * np.abs(read.precision).max()
        )
    assert source.feature_names == ("one", "two", "three")
    assert (source.name, source.link) == ("north", read.link)
    assert source.n_samples == pytest.approx(rows.sample_weight.sum())
    assert source.statistics.kind == ("moments" if name in SQUARED else "curvature")
    assert source.statistics.shape == np.atleast_2d(source.coef).shape
    assert not hasattr(model, "coef_")


@pytest.mark.parametrize("name", CURVED)
def test_gradient_and_curvature_are_the_losses_own(name):
    """By differences of the loss; with the penalty's the gradient vanishes."""
    rows = data(name)
    statistics = rows.summarize(MODELS[name][0]).statistics
    matrix, pull = statistics.penalty.at(statistics.weight)
    total = statistics.gradient + matrix @ statistics.theta - pull
    free = total[: -statistics.shape[0]] if not statistics.fit_intercept else total
    assert np.abs(free).max() <= 1e-7 * statistics.weight
    assert np.abs(statistics.gradient).max() > 1e-3
    steps = np.eye(len(statistics.theta)) * 1e-5
    slopes = [(_loss(rows, name, statistics, d) - _loss(rows, name, statistics, -d)) / 2e-5 for d in steps]
    np.testing.assert_allclose(slopes, statistics.gradient, rtol=1e-5, atol=1e-6)
    zero = _loss(rows, name, statistics, 0 * steps[0])
    seconds = [
        (_loss(rows, name, statistics, d) + _loss(rows, name, statistics, -d) - 2 * zero) / 1e-6 for d in 100 * steps
    ]
    np.testing.assert_allclose(seconds, statistics.hessian.diagonal(), rtol=1e-4)


def _loss(rows, name, statistics, step):
    """The weighted loss at theta + step, plainly."""
    K, p = statistics.shape
    theta = statistics.theta + step
    eta = rows.X @ theta[: K * p].reshape(K, p).T + theta[K * p :]
    weight, y, power = rows.sample_weight, rows.y, statistics.family.power
    if name == "logistic, weighted":
        weight = weight * np.where(y == "yes", 2.0, 0.5)
    if statistics.family.name == "multinomial":
        return -weight @ np.log(softmax(eta, axis=1)[np.arange(len(y)), np.searchsorted(["a", "b", "c"], y)])
    eta = eta[:, 0]
    if statistics.family.name == "binomial":
        return -weight @ np.log(expit(np.where(y == "yes", eta, -eta)))
    if power == 1 or statistics.family.name == "poisson":
        return weight @ (np.exp(eta) - y * eta)
    if statistics.family.name == "gamma":
        return weight @ (eta + y * np.exp(-eta))
    return weight @ (np.exp((2 - power) * eta) / (2 - power) - y * np.exp((1 - power) * eta) / (1 - power))


@pytest.mark.parametrize("name", SQUARED)
def test_squared_loss_merges_exactly(name):
    model = MODELS[name][0]
    first, second = (data(name, at).summarize(model) for at in (slice(0, 30), slice(30, None)))
    whole = data(name).summarize(model)
    both = first + second
    same(both, whole)
    same(second + first, whole)
    same(both - second, first, 1e-9)
    same(both - first, second, 1e-9)
    assert both.name == first.name


@pytest.mark.parametrize("name", CURVED)
def test_other_losses_merge_their_quadratics(name):
    model = MODELS[name][0]
    first, second = (data(name, at).summarize(model) for at in (slice(0, 40), slice(40, None)))
    both = first + second
    mine, theirs = first.statistics, second.statistics
    matrix, pull = both.statistics.penalty.at(mine.weight + theirs.weight)
    slope = sum(each.gradient + each.hessian @ (both.statistics.theta - each.theta) for each in (mine, theirs))
    slope = (slope + matrix @ both.statistics.theta - pull)[: None if mine.fit_intercept else -mine.shape[0]]
    assert np.abs(slope).max() <= 1e-9 * both.statistics.weight
    np.testing.assert_allclose(both.precision, mine.hessian + theirs.hessian + matrix, rtol=1e-12, atol=1e-12)
    same(both - second, first, 1e-6)
    values = [each.around(both.statistics.theta).value for each in (mine, theirs)]
    assert both.statistics.value == pytest.approx(sum(values), rel=1e-12)


def test_merged_curvature_is_near_the_pooled_fit():
    """Of two halves of the same rows it is nearly that, and of the same rows twice exactly."""
    model = MODELS["our logistic"][0]
    first, second = (data("our logistic", at).summarize(model) for at in (slice(0, 40), slice(40, None)))
    whole = data("our logistic").summarize(model)
    np.testing.assert_allclose((first + second).coef, whole.coef, atol=0.1)
    rows = data("our poisson")
    once = rows.summarize(TransferPoissonRegressor(alpha=0.1, tol=1e-12))
    np.testing.assert_allclose((once + once).coef, once.coef, rtol=1e-8)


def test_features_and_classes_are_matched_by_name():
    rows, model = data("our softmax"), TransferLogisticRegression(C=0.3, tol=1e-12)
    first, other = (data("our softmax", at).summarize(model) for at in (slice(0, 40), slice(40, None)))
    order = [2, 0, 1]
    turned = SourceData(
        rows.X[40:][:, order], rows.y[40:], rows.sample_weight[40:], feature_names=["three", "one", "two"]
    ).summarize(model)
    same(first + turned, first + other, 1e-8)
    squared, ridge = data("ridge"), Ridge(alpha=3.0)
    turned = SourceData(squared.X[:, order], squared.y, feature_names=["three", "one", "two"]).summarize(ridge)
    straight = SourceData(squared.X, squared.y, feature_names=["one", "two", "three"]).summarize(ridge)
    same(straight + turned, straight + straight)


def test_the_other_order_of_two_classes():
    rows = data("our logistic")
    source = rows.summarize(TransferLogisticRegression(tol=1e-12))
    from sktransfer.sources._merge import arranged

    turned = arranged(source, source.feature_names, P, np.array(["yes", "no"]), "these")
    np.testing.assert_allclose(turned.theta, -source.statistics.theta)
    np.testing.assert_allclose(turned.gradient, -source.statistics.gradient)
    np.testing.assert_allclose(turned.hessian, source.statistics.hessian)


def test_weights_are_repeats_and_sparse_rows_are_rows():
    X, y, _ = numbers()
    times = np.arange(N) % 3
    model = Ridge(alpha=2.0)
    weighted = SourceData(X, y, times.astype(float)).summarize(model)
    repeated = SourceData(np.repeat(X, times, axis=0), np.repeat(y, times)).summarize(model)
    np.testing.assert_allclose(weighted.coef, repeated.coef, rtol=1e-10)
    np.testing.assert_allclose(weighted.statistics.moments.scatter, repeated.statistics.moments.scatter, rtol=1e-11)
    for name in ("our ridge", "our logistic"):
        rows, model = data(name), MODELS[name][0]
        sparse = SourceData(sp.csr_array(rows.X), rows.y, rows.sample_weight, feature_names=rows.feature_names)
        same(sparse.summarize(model), rows.summarize(model), 1e-8)


def test_a_fitted_estimator_is_taken_as_it_is():
    rows = data("ridge")
    model = Ridge(alpha=3.0).fit(rows.X[:20], rows.y[:20])
    source = rows.summarize(model)
    np.testing.assert_array_equal(source.coef, model.coef_)
    assert source.statistics.n_rows == N
    np.testing.assert_array_equal(rows.summarize(Ridge(alpha=3.0), name="all").name, "all")


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(),
        RidgeClassifier(),
        TransferRidgeClassifier(),
        TransferLinearSVC(),
        TweedieRegressor(power=1, link="identity"),
        Ridge,
        3,
    ],
)
def test_other_models_are_refused_by_name(model):
    X, y, _ = numbers()
    kind = (
        type(model).__name__ if hasattr(model, "get_params") and not isinstance(model, type) else "needs an estimator"
    )
    y = y > 0 if "Class" in kind or "SVC" in kind else np.exp(y)
    X = X / 100 if kind == "TweedieRegressor" else X
    with pytest.raises(TypeError, match=rf"{kind}.*Accepted are LinearRegression, Ridge"):
        SourceData(X, y).summarize(model)


def test_absolute_values_are_summed_but_not_merged():
    for model, kind in (
        (TransferLasso(alpha=0.01), "numbers"),
        (TransferElasticNet(alpha=0.01), "numbers"),
        (TransferLogisticRegression(l1_ratio=0.5), "labels"),
        (TransferRidge(alpha=np.inf, source=Source([1.0, 2.0, 3.0])), "numbers"),
        (TransferRidge(positive=True), "numbers"),
        (LinearRegression(positive=True), "numbers"),
        (LogisticRegression(solver="saga", max_iter=10_000, **L1), "labels"),
    ):
        X, y, _ = numbers()
        source = SourceData(X, response(kind, X, y)).summarize(model)
        assert source.statistics.penalty is None
        np.testing.assert_array_equal(source.precision, source.statistics.hessian)
        with pytest.raises(ValueError, match="not both summarised with a quadratic penalty"):
            source + source


def merge_cases():
    X, y, _ = numbers()
    labels, counts = response("labels", X, y), response("counts", X, y)
    ridge = SourceData(X, y).summarize(Ridge(alpha=3.0))
    logistic = SourceData(X, labels).summarize(LogisticRegression())
    named = SourceData(X, y, feature_names=["a", "b", "c"]).summarize(Ridge(alpha=3.0))
    zero, levels = TransferPoissonRegressor(fit_intercept=False), [Source([0.1] * 3, level) for level in (0.0, 1.0)]
    return {
        "no statistics": (Source([1.0, 2.0, 3.0]), ridge, "has no statistics, so it cannot be added"),
        "loss": (ridge, SourceData(X, counts).summarize(PoissonRegressor()), "have different losses"),
        "classifier": (ridge, logistic, "only one is a classifier"),
        "labels": (
            logistic,
            SourceData(X, labels == "yes").summarize(LogisticRegression()),
            "do not have the same classes",
        ),
        "width": (ridge, SourceData(X[:, :2], y).summarize(Ridge()), "have 3 and 2 features"),
        "names": (
            named,
            SourceData(X, y, feature_names=["a", "b", "d"]).summarize(Ridge()),
            r"do not have the same features; only one has \['c', 'd'\]",
        ),
        "outputs": (
            ridge,
            SourceData(X, np.column_stack([y, y])).summarize(Ridge()),
            "coefficients of different shapes",
        ),
        "penalty": (ridge, SourceData(X, y).summarize(Ridge(alpha=2.0)), "with different penalties or intercepts"),
        "per weight": (
            SourceData(X, counts).summarize(PoissonRegressor()),
            SourceData(X, counts).summarize(TransferPoissonRegressor(metric=np.eye(P) * 2)),
            "with different penalties",
        ),
        "intercept": (
            ridge,
            SourceData(X, y).summarize(Ridge(alpha=3.0, fit_intercept=False)),
            "with different penalties or intercepts",
        ),
        "held intercepts": (
            *(SourceData(X, counts).summarize(zero.set_params(source=level)) for level in levels),
            "hold different intercepts",
        ),
    }


@pytest.mark.parametrize("name", merge_cases())
def test_what_does_not_belong_together_is_refused(name):
    first, second, message = merge_cases()[name]
    with pytest.raises(ValueError, match=message):
        first + second
    if name not in ("no statistics", "held intercepts"):
        with pytest.raises(ValueError, match=message):
            second - first if name in ("penalty", "intercept") else first - second


def test_only_sources_are_added():
    source = data("ridge").summarize(Ridge())
    with pytest.raises(TypeError):
        source + 1
    with pytest.raises(TypeError):
        source - 1


@pytest.mark.parametrize("name", ["ridge", "our logistic"])
def test_more_than_was_added_cannot_be_taken_away(name):
    model = MODELS[name][0]
    few, many = (data(name, at).summarize(model) for at in (slice(0, 30), slice(0, None)))
    with pytest.raises(ValueError, match="cannot take away 80 rows from 30: nothing would be left"):
        few - many
    with pytest.raises(ValueError, match="nothing would be left"):
        few - few
    rows = data(name, slice(40, 60))
    others = SourceData(50 * rows.X, rows.y, rows.sample_weight / 10, feature_names=rows.feature_names)
    far = others.summarize(model if name == "ridge" else clone(model).set_params(C=1e-6))
    if name != "ridge":
        far = others.summarize(clone(model).fit(rows.X / 50, rows.y))
    with pytest.raises(ValueError, match="Take away only what was added"):
        few - far


@pytest.mark.parametrize("n_outputs", [None, 2])
def test_from_statistics_holds_the_moments(n_outputs):
    X, y, weight = numbers()
    y = y if n_outputs is None else np.column_stack([y, X[:, 0] - y])
    W = np.diag(weight)
    sums = X.T @ W @ X, y.T @ W @ X, weight @ X, weight @ y, weight @ y**2, weight.sum()
    source = Source.from_statistics(*sums, alpha=3.0, feature_names=["a", "b", "c"])
    whole = SourceData(X, y, weight, feature_names=["a", "b", "c"]).summarize(Ridge(alpha=3.0))
    half = SourceData(X[:9], y[:9], weight[:9], feature_names=["a", "b", "c"]).summarize(Ridge(alpha=3.0))
    for found, expected in ((source, whole), (source - half, whole - half)):
        np.testing.assert_allclose(found.coef, expected.coef, rtol=1e-9)
        np.testing.assert_allclose(found.intercept, expected.intercept, rtol=1e-9)
        np.testing.assert_allclose(found.precision, expected.precision, rtol=1e-10, atol=1e-10)
    rows = source.statistics.data()
    np.testing.assert_allclose(
        Ridge(alpha=5.0).fit(rows.X, rows.y, rows.sample_weight).coef_,
        Ridge(alpha=5.0).fit(X, y, weight).coef_,
        rtol=1e-9,
    )
    assert np.ndim(rows.y) == np.ndim(y)


@pytest.mark.parametrize("name", MODELS)
def test_saved_pickled_and_copied(name, tmp_path):
    source = data(name, name="north").summarize(MODELS[name][0])
    source.save(tmp_path / "source.npz")
    loaded = Source.load(tmp_path / "source.npz")
    assert loaded == source
    assert hash(loaded) == hash(source)
    assert pickle.loads(pickle.dumps(source)) == source
    assert copy.deepcopy(source) is source
    assert clone(source) is source
    same(loaded + source, source + source)
    assert f"statistics='{source.statistics.kind}'" in repr(source)
    assert "n_rows=80" in repr(source.statistics)
    other = data(name, slice(0, 50), name="north").summarize(MODELS[name][0])
    assert source.statistics != other.statistics
    assert source.statistics != 1
    with pytest.raises(AttributeError, match="immutable"):
        source.statistics.weight = 1.0
    assert source.align(n_features=P, classes=source.classes).statistics is None


def test_sums_are_as_small_as_promised(tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(size=(2000, 50))
    SourceData(X, X[:, 0]).summarize(Ridge()).save(tmp_path / "source.npz")
    assert (tmp_path / "source.npz").stat().st_size < 3 * 8 * 52**2


def test_a_moving_window_of_days_does_not_drift():
    """Two hundred days come and go; five are left."""
    random, model = np.random.default_rng(0), Ridge(alpha=1.0)
    X = random.normal([1e3, 0.0, -5.0], [1.0, 1e-3, 1.0], size=(1000, P))
    y = X @ [1.0, 500.0, -1.0] + random.normal(size=1000)
    days = [SourceData(X[5 * day : 5 * day + 5], y[5 * day : 5 * day + 5]).summarize(model) for day in range(200)]
    window = days[0]
    for day in range(1, 200):
        window = window + days[day]
        window = window - days[day - 5] if day >= 5 else window
    last = SourceData(X[-25:], y[-25:]).summarize(model)
    np.testing.assert_allclose(window.coef, last.coef, rtol=1e-9)
    assert window.n_samples == window.statistics.n_rows == 25


def test_no_row_is_kept():
    X, y, _ = numbers()
    rows = SourceData(X, y).summarize(Ridge()).statistics.data()
    assert len(rows.y) == 2 * (P + 1)
    assert not np.isin(rows.X, X).any()


def damaged(tmp_path, name, change_header=None, **arrays):
    """A file of Source.save with other contents."""
    path = tmp_path / "source.npz"
    data(name).summarize(MODELS[name][0]).save(path)
    with np.load(path) as stored:
        contents = dict(stored)
    header = json.loads(contents["header"].tobytes().decode())
    if change_header is not None:
        change_header(header)
    contents["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    contents |= arrays
    with open(path, "wb") as file:
        np.savez(file, **{name: array for name, array in contents.items() if array is not None})
    return path


def into(*keys, value):
    """A change of a header: one entry, however deep."""

    def change(header):
        for key in keys[:-1]:
            header = header[key]
        header[keys[-1]] = value

    return change


BAD = {
    "kind": ("ridge", into("statistics", "kind", value="rows"), {}, "damaged"),
    "kind unhashable": ("ridge", into("statistics", "kind", value=[]), {}, "damaged"),
    "no dict": ("ridge", into("statistics", value=3), {}, "lists the statistics"),
    "none": ("ridge", into("statistics", value=None), {}, "lists the statistics"),
    "arrays": ("ridge", into("statistics_arrays", value=["mean"]), {}, "lists the statistics"),
    "foreign array": ("ridge", into("statistics_arrays", value=["mean", "scatter", "x"]), {}, "lists the statistics"),
    "weight": ("ridge", into("statistics", "weight", value="1"), {}, "no number"),
    "negative weight": ("ridge", into("statistics", "weight", value=-1.0), {}, "at least 0"),
    "count": ("ridge", into("statistics", "n_outputs", value=2), {}, "damaged"),
    "mean": ("ridge", None, {"statistics.mean": np.zeros(3)}, "damaged"),
    "not finite": ("ridge", None, {"statistics.mean": np.full(4, np.nan)}, "finite"),
    "not symmetric": ("ridge", None, {"statistics.scatter": np.triu(np.ones((4, 4)))}, "not symmetric"),
    "impossible": ("ridge", None, {"statistics.scatter": 2 * np.ones((4, 4)) - np.eye(4)}, "no rows have these"),
    "objects": ("ridge", None, {"statistics.mean": np.array([None] * 4, dtype=object)}, "damaged"),
    "integers": ("ridge", None, {"statistics.mean": np.zeros(4, dtype=int)}, "dtype"),
    "missing": ("ridge", None, {"statistics.mean": None}, "lacks the array"),
    "penalty": ("ridge", None, {"statistics.penalty": -np.ones(4)}, "semidefinite"),
    "penalty's length": (
        "ridge",
        None,
        {"statistics.penalty": np.ones(5), "statistics.pull": np.ones(5)},
        "another number of coefficients",
    ),
    "pull": ("ridge", None, {"statistics.pull": np.ones(5)}, "do not fit"),
    "family": ("our logistic", into("statistics", "family", value=["poisson", 1.0, "log"]), {}, "the source is not"),
    "family's parts": ("our logistic", into("statistics", "family", value=["x"]), {}, "damaged"),
    "shape": ("our logistic", into("statistics", "shape", value=[1, 2]), {}, "shapes that 1 x 2"),
    "value": ("our logistic", into("statistics", "value", value=None), {}, "no number"),
    "no rows": ("our logistic", into("statistics", "n_rows", value=0), {}, "no weight"),
    "theta": ("our logistic", None, {"statistics.theta": np.full(4, np.inf)}, "finite"),
    "negative hessian": ("our logistic", None, {"statistics.hessian": -np.eye(4)}, "no rows have these sums"),
    "lopsided hessian": ("our logistic", None, {"statistics.hessian": np.triu(np.ones((4, 4)))}, "not symmetric"),
    "not there": ("our logistic", lambda header: header.pop("statistics_arrays"), {}, "damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_hostile_files_are_refused(case, tmp_path):
    name, change, arrays, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        Source.load(damaged(tmp_path, name, change, **arrays))


def test_intact_files_are_read(tmp_path):
    assert Source.load(damaged(tmp_path, "ridge")).statistics.kind == "moments"


def test_files_without_statistics_stay_of_version_one(tmp_path):
    Source([1.0]).save(tmp_path / "source.npz")
    with np.load(tmp_path / "source.npz") as stored:
        header = json.loads(stored["header"].tobytes().decode())
    assert header["version"] == 1
    assert "statistics" not in header


def test_feature_names_of_arrays():
    X, y, _ = numbers()
    rows = SourceData(X, y, feature_names=["a", "b", "c"])
    assert rows.feature_names == ("a", "b", "c")
    assert pickle.loads(pickle.dumps(rows)) == rows
    assert rows != SourceData(X, y)
    with pytest.raises(ValueError, match="one name per feature"):
        SourceData(X, y, feature_names=["a"])
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    assert SourceData(frame, y, feature_names=["a", "b", "c"]).feature_names == ("a", "b", "c")
    with pytest.raises(ValueError, match="must be the columns of X"):
        SourceData(frame, y, feature_names=["a", "c", "b"])


def test_labels_the_model_does_not_know():
    rows = data("logistic")
    model = LogisticRegression().fit(rows.X, rows.y)
    with pytest.raises(ValueError, match="y has labels that the fitted model does not know"):
        SourceData(rows.X, np.where(rows.y == "no", "never", "yes")).summarize(model)


@pytest.mark.parametrize("model", [Ridge(), LogisticRegression(), TransferRidge()])
def test_weights_below_zero(model):
    X, y, weight = numbers()
    with pytest.raises(ValueError, match="sample_weight must"):
        SourceData(X, y > 0, -weight).summarize(model)


def test_y_that_is_no_number():
    rows = data("ridge")
    model = Ridge().fit(rows.X, rows.y)
    with pytest.raises(ValueError, match="y must be finite"):
        SourceData(rows.X, np.where(rows.y > 0, np.nan, rows.y)).summarize(model)
