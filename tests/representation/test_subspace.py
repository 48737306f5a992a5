"""Subspace alignment: PCA without a source, the paper's turn with one, components shrunk towards the source's."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline

from sktransfer.linear_model import TransferRidge
from sktransfer.representation import CORAL, SubspaceAlignment, TransferComponentAnalysis, _maps
from sktransfer.sources import Source, SourceData

SIZES = [(200, 40, 4), (200, 10, 30), (12, 10, 30)]


def data(X, sample_weight=None, **names):
    return SourceData(X, np.zeros(len(X)), sample_weight, **names)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("n_components", [None, 2, 0.8])
def test_without_a_source_it_is_pca(domains, sizes, n_components):
    _, X = domains(*sizes)
    model = SubspaceAlignment(n_components).fit(X)
    pca = PCA(model.n_components_, svd_solver="full").fit(X)
    np.testing.assert_allclose(model.components_, pca.components_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(model.explained_variance_, pca.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(model.explained_variance_ratio_, pca.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(model.transform(X), pca.transform(X), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(model.transform_source(X), pca.transform(X), rtol=1e-8, atol=1e-8)
    assert (model.shrinkage_, model.mean_shrinkage_) == (0.0, 0.0)
    if n_components == 0.8:
        assert model.n_components_ == PCA(0.8, svd_solver="full").fit(X).n_components_
    if n_components is None:
        assert model.n_components_ == np.linalg.matrix_rank(X - X.mean(axis=0))


@pytest.mark.parametrize("sizes", SIZES)
def test_the_turn_is_the_papers(domains, sizes):
    X_source, X = domains(*sizes)
    model = SubspaceAlignment(3, source=data(X_source), shrinkage=0).fit(X)
    target, source = (PCA(3, svd_solver="full").fit(rows) for rows in (X, X_source))
    turn = source.components_ @ target.components_.T
    np.testing.assert_allclose(model.transform(X), target.transform(X), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(model.transform_source(X_source), source.transform(X_source) @ turn, atol=1e-7)
    np.testing.assert_allclose(model.alignment_, turn, atol=1e-8)
    np.testing.assert_allclose(model.source_components_, source.components_, atol=1e-8)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("shrinkage", [0.4, "auto"])
def test_components_shrunk_towards_the_sources(domains, sizes, shrinkage):
    X_source, X = domains(*sizes)
    model = SubspaceAlignment(3, source=data(X_source), shrinkage=shrinkage).fit(X)
    coral = CORAL(data(X_source), shrinkage=shrinkage).fit(X)
    s = model.shrinkage_
    assert (s, model.mean_shrinkage_) == (coral.shrinkage_, coral.mean_shrinkage_)
    values, vectors = np.linalg.eigh((1 - s) * np.cov(X.T) + s * np.cov(X_source.T))
    np.testing.assert_allclose(model.explained_variance_, values[::-1][:3], rtol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(model.components_.T * vectors[:, ::-1][:, :3], axis=0)), 1, rtol=1e-9)
    np.testing.assert_allclose(model.mean_, coral.mean_, rtol=1e-12)


@pytest.mark.parametrize("sizes", SIZES)
def test_shrunk_all_the_way_it_is_the_sources_pca(domains, sizes):
    X_source, X = domains(*sizes)
    model = SubspaceAlignment(3, source=data(X_source), shrinkage=1.0).fit(X)
    pca = PCA(3, svd_solver="full").fit(X_source)
    np.testing.assert_allclose(model.transform(X), pca.transform(X), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(model.transform_source(X), pca.transform(X), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(model.alignment_, np.eye(3), atol=1e-8)


@pytest.mark.parametrize("shrinkage", [0.0, "auto"])
def test_moments_serve_as_rows_do(domains, shrinkage):
    X_source, X = domains()
    rows = SubspaceAlignment(2, source=data(X_source), shrinkage=shrinkage).fit(X)
    for source in (SourceData(X_source, X_source[:, 0]).summarize(LinearRegression()), PCA().fit(X_source)):
        found = SubspaceAlignment(2, source=source, shrinkage=shrinkage).fit(X)
        np.testing.assert_allclose(found.transform(X), rows.transform(X), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(found.transform_source(X), rows.transform_source(X), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("sizes", SIZES)
def test_weights_are_repeats(domains, sizes):
    X_source, X = domains(*sizes)
    rng = np.random.default_rng(1)
    counts, source_counts = rng.integers(0, 4, len(X)), rng.integers(0, 4, len(X_source))
    weighed = SubspaceAlignment(source=data(X_source, source_counts)).fit(X, sample_weight=counts)
    repeated = SubspaceAlignment(source=data(np.repeat(X_source, source_counts, axis=0)))
    repeated.fit(np.repeat(X, counts, axis=0))
    assert weighed.n_components_ == repeated.n_components_
    np.testing.assert_allclose(weighed.transform(X), repeated.transform(X), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("sizes", SIZES)
def test_order_of_rows_and_columns(domains, sizes):
    X_source, X = domains(*sizes)
    rng = np.random.default_rng(1)
    columns = rng.permutation(sizes[2])
    expected = SubspaceAlignment(3, source=data(X_source)).fit(X)
    found = SubspaceAlignment(3, source=data(rng.permutation(X_source)[:, columns])).fit(rng.permutation(X)[:, columns])
    np.testing.assert_allclose(found.transform(X[:, columns]), expected.transform(X), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(
        found.transform_source(X_source[:, columns]), expected.transform_source(X_source), rtol=1e-7, atol=1e-7
    )


def test_columns_go_by_name(domains):
    X_source, X = domains()
    names, other = list("abcd"), list("cdeba")
    source = pd.DataFrame(X_source, columns=names).assign(e=0.0)[other]
    expected = SubspaceAlignment(2, source=data(X_source)).fit(X)
    model = SubspaceAlignment(2, source=data(source)).set_output(transform="pandas").fit(pd.DataFrame(X, columns=names))
    found = model.transform(pd.DataFrame(X, columns=names))
    assert list(found.columns) == ["subspacealignment0", "subspacealignment1"]
    np.testing.assert_allclose(found.to_numpy(), expected.transform(X), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(model.transform_source(source), expected.transform_source(X_source), atol=1e-9)


def test_source_data_comes_back_as_source_data(domains):
    X_source, X = domains()
    y, weight = X_source[:, 0], np.arange(200) % 3 + 1.0
    source = SourceData(X_source, y, weight, name="last year")
    model = SubspaceAlignment(2, source=source).fit(X)
    found = model.transform_source(source)
    assert found.name == "last year"
    assert found.y is y
    assert found.sample_weight is weight
    assert found.feature_names == ("subspacealignment0", "subspacealignment1")
    np.testing.assert_array_equal(found.X, model.transform_source(X_source))


def test_a_refitted_source_behind_it(domains):
    X_source, X = domains()
    y_source, y = X_source[:, 0], X[:, 0]
    space = SubspaceAlignment(2, source=data(X_source)).fit(X)
    model = Ridge().fit(space.transform_source(X_source), y_source)
    twin = TransferRidge(source=model, alpha=1e12, intercept_penalty=np.inf)
    pipeline = make_pipeline(FrozenEstimator(space), twin).fit(X, y)
    expected = (X - space.mean_) @ space.components_.T @ model.coef_ + model.intercept_
    np.testing.assert_allclose(pipeline.predict(X), expected, rtol=1e-7)


@pytest.mark.parametrize("sizes", SIZES)
def test_float32(domains, sizes):
    X_source, X = domains(*sizes)
    model = SubspaceAlignment(3, source=data(X_source.astype(np.float32))).fit(X.astype(np.float32))
    expected = SubspaceAlignment(3, source=data(X_source)).fit(X)
    for found, exact in (
        (model.transform(X.astype(np.float32)), expected.transform(X)),
        (model.transform_source(X_source.astype(np.float32)), expected.transform_source(X_source)),
    ):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, exact, atol=1e-4 * np.abs(exact).max())


def test_nearly_all_of_the_variance_is_all(domains):
    _, X = domains(200, 40, 30)
    assert SubspaceAlignment(np.nextafter(1.0, 0.0)).fit(X).n_components_ == 30


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_found_in_new_rows(domains, value):
    X_source, X = domains()
    model = SubspaceAlignment(2, source=data(X_source)).fit(X)
    X_source[5, 1] = X[3, 2] = value
    what = "NaN" if np.isnan(value) else "infinity"
    with pytest.raises(ValueError, match=f"Input X contains {what}"):
        model.transform(X)
    for rows in (X_source, data(X_source)):
        with pytest.raises(ValueError, match=f"the source's X contains {what}"):
            model.transform_source(rows)


def test_rows_in_blocks_are_the_same_rows(domains, monkeypatch):
    X_source, X = domains()
    model = SubspaceAlignment(2, source=data(X_source)).fit(X)
    whole = model.transform_source(X_source)
    monkeypatch.setattr(_maps, "_BLOCK_BYTES", 7 * 4 * 8)
    np.testing.assert_allclose(model.transform_source(X_source), whole, rtol=1e-13, atol=1e-13)


def test_constant_rows_have_no_spread():
    found = SubspaceAlignment().fit(np.ones((5, 3)))
    assert found.n_components_ == 1
    np.testing.assert_array_equal(found.transform(np.ones((2, 3))), np.zeros((2, 1)))
    np.testing.assert_array_equal(found.explained_variance_ratio_, [0.0])


@pytest.mark.parametrize(
    "n_components, source, message",
    [
        (5, None, "n_components=5 must be at most 4"),
        (3, np.tile(np.eye(4)[:2], (5, 1)), "n_components=3 must be at most 1: in no more directions do the rows"),
        (0, None, "'n_components' parameter of SubspaceAlignment must be"),
        (1.5, None, "'n_components' parameter of SubspaceAlignment must be"),
    ],
)
def test_errors(domains, n_components, source, message):
    _, X = domains()
    with pytest.raises(ValueError, match=message):
        SubspaceAlignment(n_components, source=None if source is None else data(source)).fit(X)


def test_a_source_is_refitted_from_its_moments(domains):
    X_source, X = domains(200, 40, 4)
    names, weight = ("a", "b", "c", "d"), np.linspace(0.5, 2.0, 200)
    rows = SourceData(X_source, X_source @ [1.0, -2.0, 0.5, 0.0] + 3.0, weight, name="north", feature_names=names)
    summary = rows.summarize(Ridge(alpha=2.0))
    model = SubspaceAlignment(3, source=summary).fit(pd.DataFrame(X, columns=names)[list("dacb")])
    few, all_rows = model.transform_source(summary), model.transform_source(rows)
    found, expected = (Ridge(alpha=2.0).fit(each.X, each.y, each.sample_weight) for each in (few, all_rows))
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9)
    np.testing.assert_allclose(found.intercept_, expected.intercept_, rtol=1e-9)
    assert (few.name, few.feature_names) == ("north", all_rows.feature_names)
    assert len(few.X) <= 2 * (4 + 1)


def test_a_source_without_moments_is_not_refitted(domains):
    X_source, X = domains(200, 40, 4)
    model = SubspaceAlignment(source=data(X_source)).fit(X)
    coefficients = Source.from_estimator(Ridge().fit(X_source, X_source[:, 0]))
    with pytest.raises(ValueError, match=r"does not hold the moments of its rows\. Make it with SourceData"):
        model.transform_source(coefficients)
    components = TransferComponentAnalysis(2, source=data(X_source)).fit(X)
    summary = SourceData(X_source, X_source[:, 0]).summarize(Ridge())
    with pytest.raises(TypeError, match=r"TransferComponentAnalysis are not affine .* Give the source's rows"):
        components.transform_source(summary)


def test_errors_of_source_rows(domains):
    X_source, X = domains()
    model = SubspaceAlignment(2, source=data(X_source)).fit(pd.DataFrame(X, columns=list("abcd")))
    with pytest.raises(ValueError, match="the source has 3 features and the target 4"):
        model.transform_source(X_source[:, :3])
    with pytest.raises(ValueError, match=r"lacks the target's columns \['d'\]"):
        model.transform_source(pd.DataFrame(X_source, columns=list("abcx")))
    with pytest.raises(ValueError, match="not fitted yet"):
        SubspaceAlignment().transform_source(X_source)
    with pytest.raises(ValueError, match="X must hold one entry per row, got float"):
        model.transform_source(1.0)
