"""CORAL: second moments made equal, by the paper's map; shrinkage; what a source may be; names, weights, units."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer._designs import Moments, as_design
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.representation import CORAL
from sktransfer.representation._together import share
from sktransfer.sources import Source, SourceData
from tests.oracles import aligned

METHODS = ["covariance", "scale", "quantiles"]


def data(X, sample_weight=None, **names):
    return SourceData(X, np.zeros(len(X)), sample_weight, **names)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_source_rows_stay_as_they_are(domains, method):
    _, X = domains()
    model = CORAL(method=method).fit(X)
    found = model.transform(X)
    np.testing.assert_array_equal(found, X)
    assert not np.shares_memory(found, X)
    np.testing.assert_array_equal(model.coef_, np.eye(4))
    assert (model.shrinkage_, model.mean_shrinkage_) == (1.0, 1.0)


def test_the_map_is_the_papers(domains):
    X_source, X = domains()
    model = CORAL(data(X_source), shrinkage=0).fit(X)
    mean, source_mean, matrix = aligned.coral(X, X_source)
    np.testing.assert_allclose(model.coef_, matrix, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(model.mean_, mean, rtol=1e-12)
    np.testing.assert_allclose(model.source_mean_, source_mean, rtol=1e-12)
    np.testing.assert_allclose(model.transform(X), source_mean + (X - mean) @ matrix, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("sizes", [(200, 40, 4), (200, 40, 1), (300, 25, 20)])
def test_mapped_rows_have_the_sources_moments(domains, sizes):
    X_source, X = domains(*sizes)
    found = CORAL(data(X_source), shrinkage=0).fit_transform(X)
    np.testing.assert_allclose(found.mean(axis=0), X_source.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(np.cov(found.T), np.cov(X_source.T), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("sizes", [(6, 5, 8), (5, 6, 40), (60, 5, 8), (5, 60, 8), (7, 7, 14), (8, 7, 14)])
def test_fewer_rows_than_features(domains, sizes):
    X_source, X = domains(*sizes)
    model = CORAL(data(X_source), shrinkage=0).fit(X)
    expected = aligned.low_rank_coral(X, X_source)
    np.testing.assert_allclose(model.coef_, expected, rtol=1e-8, atol=1e-9)
    new = domains(3, 3, sizes[2], seed=1)[1]
    expected = X_source.mean(axis=0) + (new - X.mean(axis=0)) @ expected
    np.testing.assert_allclose(model.transform(new), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("sizes", [(6, 5, 40), (60, 5, 8)])
def test_the_span_of_the_rows_is_enough(domains, sizes):
    X_source, X = domains(*sizes)
    rows = CORAL(data(X_source), shrinkage=0.3).fit(X)
    matrix = CORAL(EmpiricalCovariance(), shrinkage=0.3)
    known = EmpiricalCovariance().fit(X_source)
    known.covariance_ = np.cov(X_source.T)
    matrix = clone(matrix).set_params(source=known).fit(X)
    assert (len(rows._map.factors) == 1) == (sizes[0] > sizes[2])
    np.testing.assert_allclose(rows.transform(X), matrix.transform(X), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(rows.coef_, matrix.coef_, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(200, 40, 4), (6, 5, 40), (60, 5, 8)])
def test_shrunk_all_the_way_rows_stay_as_they_are(domains, method, sizes):
    X_source, X = domains(*sizes)
    model = CORAL(data(X_source), method=method, shrinkage=1.0).fit(X)
    new = domains(*sizes, seed=5)[1]
    np.testing.assert_allclose(model.transform(new), new, rtol=1e-8, atol=1e-8)
    assert (model.shrinkage_, model.mean_shrinkage_) == (1.0, 1.0)


@pytest.mark.parametrize("sizes", [(200, 40, 4), (30, 12, 6), (10, 8, 30), (60, 5, 8)])
def test_shrinkage_by_the_formula(domains, sizes):
    X_source, X = domains(*sizes)
    model = CORAL(data(X_source)).fit(X)
    s, b = aligned.shrinkage(X, X_source)
    np.testing.assert_allclose([model.shrinkage_, model.mean_shrinkage_], [s, b], rtol=1e-9)
    C = (1 - s) * np.cov(X.T) + s * np.cov(X_source.T)
    values, vectors = np.linalg.eigh(C)
    if values[0] > 1e-10:
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        values, vectors = np.linalg.eigh(np.cov(X_source.T))
        expected = root @ vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
        np.testing.assert_allclose(model.coef_, expected, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(model.mean_, (1 - b) * X.mean(axis=0) + b * X_source.mean(axis=0), rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_shrinkage_vanishes_as_one_over_n(domains, method):
    X_source, X = domains(500, 60)
    found = [CORAL(data(X_source), method=method).fit(np.tile(X, (k, 1))).shrinkage_ for k in (1, 10, 1000)]
    assert found[0] < 1
    np.testing.assert_allclose(found[1] / found[2], 100, rtol=0.02)
    np.testing.assert_allclose(found[0] / found[1], 10, rtol=0.25)


def test_shrinkage_does_not_hang_on_units(domains):
    X_source, X = domains()
    units = np.array([1e-2, 1.0, 5.0, 100.0])
    for method in METHODS:
        plain = CORAL(data(X_source), method=method).fit(X)
        scaled = CORAL(data(X_source * units), method=method).fit(X * units)
        np.testing.assert_allclose(plain.shrinkage_, scaled.shrinkage_, rtol=1e-9)
        np.testing.assert_allclose(plain.mean_shrinkage_, scaled.mean_shrinkage_, rtol=1e-9)


@pytest.mark.parametrize("sizes", [(200, 40, 4), (60, 5, 8)])
def test_shrinkage_does_not_hang_on_coordinates(domains, sizes):
    X_source, X = domains(*sizes)
    mixing = np.random.default_rng(9).normal(size=(sizes[2], sizes[2]))
    plain, mixed = CORAL(data(X_source)).fit(X), CORAL(data(X_source @ mixing)).fit(X @ mixing)
    np.testing.assert_allclose(mixed.shrinkage_, plain.shrinkage_, rtol=1e-8)
    np.testing.assert_allclose(mixed.mean_shrinkage_, plain.mean_shrinkage_, rtol=1e-8)


def test_share_of_noise():
    assert share(0.0, 0.0) == 1.0
    assert share(3.0, 2.0) == 1.0
    assert share(1.0, 4.0) == 0.25


def test_scale_is_two_standardisations(domains):
    X_source, X = domains()
    found = CORAL(data(X_source), method="scale", shrinkage=0).fit_transform(X)
    spread = X_source.std(axis=0, ddof=1) / X.std(axis=0, ddof=1)
    np.testing.assert_allclose(found, X_source.mean(axis=0) + (X - X.mean(axis=0)) * spread, rtol=1e-12)


def test_scale_is_covariance_where_there_is_one_feature(domains):
    X_source, X = domains(p=1)
    one, other = (CORAL(data(X_source), method=method).fit(X) for method in ("scale", "covariance"))
    np.testing.assert_allclose(one.transform(X), other.transform(X), rtol=1e-12)
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-12)


def test_scale_from_a_fitted_scaler_is_its_inverse(domains):
    X_source, X = domains()
    scaler = StandardScaler().fit(X_source)
    found = CORAL(scaler, method="scale", shrinkage=0).fit_transform(X)
    standard = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)
    np.testing.assert_allclose(found, scaler.inverse_transform(standard), rtol=1e-12)


def test_quantiles_one_by_one(domains):
    X_source, X = domains(30, 20)
    X_source, X = X_source.round(0), X.round(0)
    model = CORAL(data(X_source), method="quantiles", shrinkage=0).fit(X)
    found = model.transform(X)
    for i in range(20):
        for j in range(4):
            np.testing.assert_allclose(found[i, j], aligned.matched(X[i, j], X[:, j], X_source[:, j]), atol=1e-12)
    half = CORAL(data(X_source), method="quantiles", shrinkage=0.5).fit_transform(X)
    np.testing.assert_allclose(half, (found + X) / 2, rtol=1e-12)
    at, to = model.quantiles_[0]
    np.testing.assert_array_equal(at, np.unique(X[:, 0]))
    beyond = model.transform(X.max(axis=0, keepdims=True) + 7.0)
    np.testing.assert_allclose(beyond[0, 0], to[-1] + 7.0)


def test_quantiles_of_a_monotone_map_are_its_inverse():
    x = np.random.default_rng(0).normal(size=(400, 1))
    model = CORAL(data(x), method="quantiles", shrinkage=0).fit(np.exp(x))
    np.testing.assert_allclose(model.transform(np.exp(x)), x, rtol=1e-12, atol=1e-12)


def test_quantiles_keep_a_thousand_knots():
    x = np.random.default_rng(0).normal(size=(5000, 1))
    model = CORAL(data(x), method="quantiles", shrinkage=0).fit(2 * x + 1)
    assert model.quantiles_[0].shape == (2, 1000)
    np.testing.assert_allclose(model.transform(2 * x + 1), x, atol=1e-12)


def test_quantile_shrinkage_is_the_share_of_noise(domains):
    X_source, X = domains(30, 20, 2)
    noise = apart = 0.0
    for j in range(2):
        for x in X[:, j]:
            below = (np.sum(X[:, j] < x) + 0.5) / 20
            values = np.sort(X_source[:, j])
            theirs = np.interp(x, values, (np.arange(30) + 0.5) / 30)
            noise, apart = noise + below * (1 - below) / 20, apart + (below - theirs) ** 2
    found = CORAL(data(X_source), method="quantiles").fit(X).shrinkage_
    np.testing.assert_allclose(found, min(1.0, noise / apart), rtol=1e-12)


@pytest.mark.parametrize("shrinkage", [0.0, "auto"])
def test_moments_serve_as_rows_do(domains, shrinkage):
    X_source, X = domains()
    y = X_source[:, 0]
    rows = CORAL(data(X_source), shrinkage=shrinkage).fit(X)
    known = [SourceData(X_source, y).summarize(Ridge()), PCA().fit(X_source), Moments.of(as_design(X_source), y)]
    known.append(Source.from_statistics(X_source.T @ X_source, X_source.T @ y, X_source.sum(0), y.sum(), y @ y, 200))
    empirical = EmpiricalCovariance().fit(X_source)
    empirical.covariance_ = empirical.covariance_ * (200 / 199)
    for source in [*known, empirical]:
        found = CORAL(source, shrinkage=shrinkage).fit(X)
        np.testing.assert_allclose(found.coef_, rows.coef_, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(found.transform(X), rows.transform(X), rtol=1e-8, atol=1e-8)
    half = SourceData(X_source[:90], y[:90]).summarize(Ridge()) + SourceData(X_source[90:], y[90:]).summarize(Ridge())
    np.testing.assert_allclose(CORAL(half, shrinkage=shrinkage).fit(X).coef_, rows.coef_, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_sources_of_other_kinds_of_rows(domains, method, tmp_path):
    X_source, X = domains()
    X_source[np.abs(X_source) < 1] = 0.0
    expected = CORAL(data(X_source), method=method).fit_transform(X)
    np.save(tmp_path / "rows.npy", X_source)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    for rows in (
        sp.csr_array(X_source),
        sp.csc_matrix(X_source),
        mapped,
        X_source.tolist(),
        np.asfortranarray(X_source),
    ):
        source = SourceData(rows, np.zeros(200))
        np.testing.assert_allclose(CORAL(source, method=method).fit_transform(X), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_rows_in_blocks(domains, method):
    da = pytest.importorskip("dask.array")
    X_source, X = domains()
    source = SourceData(da.from_array(X_source, chunks=(70, 4)), da.zeros(200, chunks=70))
    expected = CORAL(data(X_source), method=method).fit_transform(X)
    np.testing.assert_allclose(CORAL(source, method=method).fit_transform(X), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(200, 40, 4), (8, 6, 30)])
@pytest.mark.parametrize("shrinkage", [0.0, "auto"])
def test_weights_are_repeats(domains, method, sizes, shrinkage):
    X_source, X = domains(*sizes)
    rng = np.random.default_rng(1)
    counts, source_counts = rng.integers(0, 4, len(X)), rng.integers(0, 4, len(X_source))
    weighed = CORAL(data(X_source, source_counts), method=method, shrinkage=shrinkage).fit(X, sample_weight=counts)
    repeated = CORAL(data(np.repeat(X_source, source_counts, axis=0)), method=method, shrinkage=shrinkage)
    repeated.fit(np.repeat(X, counts, axis=0))
    np.testing.assert_allclose(weighed.transform(X), repeated.transform(X), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(weighed.shrinkage_, repeated.shrinkage_, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(200, 40, 4), (8, 6, 30)])
def test_order_of_rows_and_columns(domains, method, sizes):
    X_source, X = domains(*sizes)
    rng = np.random.default_rng(1)
    columns = rng.permutation(sizes[2])
    expected = CORAL(data(X_source), method=method).fit_transform(X)
    found = CORAL(data(rng.permutation(X_source)[:, columns]), method=method).fit(rng.permutation(X)[:, columns])
    np.testing.assert_allclose(found.transform(X[:, columns]), expected[:, columns], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_columns_go_by_name(domains, method):
    X_source, X = domains()
    source = pd.DataFrame(X_source, columns=list("abcd")).assign(e=1.0)[list("debca")]
    target = pd.DataFrame(X, columns=list("abcd"))
    expected = CORAL(data(X_source), method=method).fit_transform(X)
    model = CORAL(data(source), method=method).set_output(transform="pandas").fit(target)
    found = model.transform(target)
    assert list(found.columns) == list("abcd") == list(model.get_feature_names_out())
    np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-9)
    named = SourceData(source.to_numpy(), np.zeros(200), feature_names=list(source.columns))
    np.testing.assert_allclose(CORAL(named, method=method).fit_transform(target), expected, rtol=1e-9)


def test_summaries_go_by_name(domains):
    X_source, X = domains()
    source = SourceData(pd.DataFrame(X_source, columns=list("abcd"))[list("dcab")], X_source[:, 0]).summarize(Ridge())
    found = CORAL(source).fit_transform(pd.DataFrame(X, columns=list("abcd")))
    np.testing.assert_allclose(found, CORAL(data(X_source)).fit_transform(X), rtol=1e-9)
    scaler = StandardScaler().fit(pd.DataFrame(X_source, columns=list("abcd"))[list("dcab")])
    found = CORAL(scaler, method="scale").fit(pd.DataFrame(X, columns=list("abcd")))
    np.testing.assert_allclose(found.source_mean_, X_source.mean(axis=0), rtol=1e-12)


def test_polars_output(domains):
    X_source, X = domains()
    found = CORAL(data(X_source)).set_output(transform="polars").fit_transform(X)
    np.testing.assert_allclose(found.to_numpy(), CORAL(data(X_source)).fit_transform(X))
    assert found.columns == ["x0", "x1", "x2", "x3"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(200, 40, 4), (8, 6, 30)])
def test_float32(domains, method, sizes):
    X_source, X = domains(*sizes)
    found = CORAL(data(X_source.astype(np.float32)), method=method).fit(X.astype(np.float32))
    mapped = found.transform(X.astype(np.float32))
    assert mapped.dtype == np.float32
    expected = CORAL(data(X_source), method=method).fit_transform(X)
    np.testing.assert_allclose(mapped, expected, rtol=1e-3, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shrinkage", [0.0, "auto"])
def test_constant_columns(domains, method, shrinkage):
    X_source, X = domains(p=5)
    X_source[:, 1], X[:, 2], X_source[:, 3], X[:, 3] = 0.1, -0.7, 0.3, 0.9
    found = CORAL(data(X_source), method=method, shrinkage=shrinkage).fit_transform(X)
    assert np.isfinite(found).all()
    rest = [0, 4]
    if method == "scale" and not shrinkage:
        without = CORAL(data(X_source[:, rest]), method=method, shrinkage=shrinkage).fit_transform(X[:, rest])
        np.testing.assert_allclose(found[:, rest], without, rtol=1e-9)
    if not shrinkage:
        np.testing.assert_allclose(found[:, 1], 0.1, atol=1e-12)
        np.testing.assert_allclose(found[:, 3], 0.3, atol=1e-12)
        np.testing.assert_allclose(found[:, 2].mean(), X_source[:, 2].mean() if method != "quantiles" else found[0, 2])


@pytest.mark.parametrize("method", METHODS)
def test_where_nothing_spreads_rows_are_moved(method):
    model = CORAL(data(np.full((6, 3), 2.0)), method=method, shrinkage=0).fit(np.full((5, 3), 0.1))
    np.testing.assert_allclose(model.transform(np.full((1, 3), 0.1)), np.full((1, 3), 2.0), rtol=1e-12)


def test_a_column_far_from_zero(domains):
    X_source, X = domains()
    for method in METHODS:
        expected = CORAL(data(X_source), method=method).fit_transform(X)
        found = CORAL(data(X_source + 1e8), method=method).fit_transform(X + 1e8)
        np.testing.assert_allclose(found - 1e8, expected, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_twin_behind_it(domains, method):
    X_source, X = domains()
    names = list("abcd")
    X_source, X = (pd.DataFrame(rows, columns=names) for rows in (X_source, X))
    y_source, y = X_source["a"] > X_source["a"].mean(), X["a"] > X["a"].mean()
    model = LogisticRegression().fit(X_source, y_source)
    coral = CORAL(SourceData(X_source, y_source), method=method)
    twin = TransferLogisticRegression(source=model, C=1e-12, intercept_penalty=np.inf)
    pipeline = Pipeline([("align", coral), ("twin", twin)]).set_output(transform="pandas").fit(X, y)
    assert list(pipeline[-1].feature_names_in_) == names
    expected = model.predict_proba(pipeline[:-1].transform(X))
    np.testing.assert_allclose(pipeline.predict_proba(X), expected, rtol=1e-5)
    grid = GridSearchCV(pipeline, {"align__shrinkage": [0.0, "auto", 1.0], "twin__C": [0.1, 1.0]}, cv=3).fit(X, y)
    assert grid.best_estimator_["align"].source is coral.source


def test_a_linear_change_of_the_target_is_undone(domains):
    X_source, _ = domains()
    y_source = X_source @ [1.0, 2.0, 0.0, -1.0]
    X = 3 * X_source + [1.0, 2.0, 3.0, 4.0]
    model = Ridge(alpha=1e-8).fit(X_source, y_source)
    twin = make_pipeline(CORAL(data(X_source), shrinkage=0), TransferRidge(source=model, alpha=1e3)).fit(X, y_source)
    np.testing.assert_allclose(twin.predict(X), y_source, rtol=1e-6, atol=1e-6)


def test_the_source_is_kept_by_reference(domains):
    X_source, X = domains()
    scaler = StandardScaler().fit(X_source)
    model = clone(CORAL(scaler, method="scale"))
    assert model.source is scaler
    assert model.fit(X).source is scaler
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).transform(X), model.transform(X))


def test_nothing_is_changed(domains):
    X_source, X = domains()
    kept = X_source.copy(), X.copy()
    for method in METHODS:
        CORAL(data(X_source), method=method).fit(X).transform(X)
    np.testing.assert_array_equal(X_source, kept[0])
    np.testing.assert_array_equal(X, kept[1])


def bad(X_source):
    """Sources that cannot be used, each with what is said of it."""
    named = SourceData(pd.DataFrame(X_source, columns=list("abcx")), np.zeros(200))
    logistic = SourceData(X_source, X_source[:, 0] > 0).summarize(LogisticRegression())
    half = StandardScaler(with_std=False).fit(X_source)
    return {
        "what is it": (CORAL("last year"), TypeError, "source must be None, a SourceData .* got str"),
        "a class": (CORAL(PCA), TypeError, "a SourceData .* got PCA"),
        "rows alone": (CORAL(X_source), TypeError, "source must be None, a SourceData"),
        "no moments": (CORAL(Source([1.0, 2.0, 3.0, 4.0])), ValueError, "does not hold the moments of its rows"),
        "curvature": (CORAL(logistic), ValueError, "does not hold the moments of its rows"),
        "one by one": (CORAL(StandardScaler().fit(X_source)), ValueError, "features one by one, and their covariance"),
        "no variance": (CORAL(half, method="scale"), ValueError, "knows no mean or no variance"),
        "no rows": (CORAL(PCA().fit(X_source), method="quantiles"), TypeError, "CORAL learns from the source's rows"),
        "width": (CORAL(data(X_source[:, :3])), ValueError, "the source has 3 features and the target 4"),
        "names": (CORAL(named), ValueError, r"the source lacks the target's columns \['d'\].*ColumnTransformer"),
        "one row": (CORAL(data(X_source[:1])), ValueError, "the source's rows must weigh more than 1 sample"),
        "light": (CORAL(data(X_source, np.full(200, 1e-3))), ValueError, "total weight of 0.2"),
        "negative": (CORAL(data(X_source, np.full(200, -1.0))), ValueError, "weights must be finite and not negative"),
        "no weight": (CORAL(data(X_source, np.zeros(200))), ValueError, "the source's weights are all zero"),
        "missing": (CORAL(data(X_source * np.nan)), ValueError, "the source's X contains NaN"),
        "method": (CORAL(method="mean"), ValueError, "'method' parameter of CORAL must be"),
        "shrinkage": (CORAL(shrinkage=1.5), ValueError, "'shrinkage' parameter of CORAL must be"),
    }


@pytest.mark.parametrize("name", bad(np.random.default_rng(0).normal(size=(200, 4))))
def test_errors(domains, name):
    X_source, X = domains()
    model, kind, message = bad(X_source)[name]
    with pytest.raises(kind, match=message):
        model.fit(pd.DataFrame(X, columns=list("abcd")) if name == "names" else X)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", METHODS)
def test_numbers_that_are_not_finite_are_found_wherever_they_stand(domains, method, value):
    X_source, X = domains()
    broken = X_source.copy(), X.copy()
    for rows in broken:
        rows[7, 2] = value
    what = "NaN" if np.isnan(value) else "infinity"
    for weight in (None, np.arange(200) % 3):
        with pytest.raises(ValueError, match=f"the source's X contains {what}"):
            CORAL(data(broken[0], weight), method=method).fit(X)
        with pytest.raises(ValueError, match=f"the source's X contains {what}"):
            CORAL(SourceData(sp.csr_array(broken[0]), np.zeros(200), weight), method=method).fit(X)
    model = CORAL(data(X_source), method=method)
    with pytest.raises(ValueError, match=f"Input X contains {what}"):
        model.fit(broken[1])
    with pytest.raises(ValueError, match=f"Input X contains {what}"):
        model.fit(X).transform(broken[1])


@pytest.mark.parametrize("method", ["covariance", "scale"])
def test_numbers_whose_squares_are_none(domains, method):
    X_source, X = domains()
    for units in (1e150, 1e-150):
        found = CORAL(data(units * X_source), method=method).fit_transform(units * X)
        np.testing.assert_allclose(found / units, CORAL(data(X_source), method=method).fit_transform(X), rtol=1e-9)
    with pytest.raises(ValueError, match="the target's rows are too large for their squares to be numbers"):
        CORAL(data(X_source), method=method).fit(1e160 * X)
    with pytest.raises(ValueError, match="the source's rows are too large for their squares to be numbers"):
        CORAL(data(1e160 * X_source), method=method).fit(X)
    tiny = CORAL(data(1e-160 * X_source), method=method).fit(1e-160 * X)  # no spread that could be seen
    np.testing.assert_allclose(tiny.coef_, np.eye(4), atol=1e-12)


def test_errors_of_the_target(domains):
    X_source, X = domains()
    with pytest.raises(ValueError, match="the target's rows must weigh more than 1 sample"):
        CORAL(data(X_source)).fit(X, sample_weight=np.full(40, 0.01))
    with pytest.raises(ValueError, match="must not be negative"):
        CORAL(data(X_source)).fit(X, sample_weight=np.full(40, -1.0))
    with pytest.raises(ValueError, match="a source is never changed"):
        CORAL(StandardScaler()).set_params(source__with_mean=False)
    model = CORAL(data(X_source), method="quantiles").fit(X)
    with pytest.raises(AttributeError):
        _ = model.coef_
