"""Transfer components: kernel PCA without a source, the paper's eigenvectors with one, landmarks."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.decomposition import PCA, KernelPCA
from sklearn.metrics.pairwise import rbf_kernel

from sktransfer.representation import TransferComponentAnalysis, _components
from sktransfer.sources import SourceData
from tests.oracles import aligned

KERNELS = {
    "rbf": {"gamma": 0.05},
    "poly": {"degree": 2, "coef0": 1.0, "gamma": 0.1},
    "linear": {},
    "cosine": {},
}


def data(X, sample_weight=None, **names):
    return SourceData(X, np.zeros(len(X)), sample_weight, **names)


def unsigned(scores):
    """Centred columns of length one, the largest entry positive."""
    scores = (scores - scores.mean(axis=0)) / np.linalg.norm(scores - scores.mean(axis=0), axis=0)
    return scores * np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("n_components", [None, 3])
def test_without_a_source_it_is_kernel_pca(domains, kernel, n_components):
    _, X = domains()
    model = TransferComponentAnalysis(n_components, kernel=kernel, **KERNELS[kernel]).fit(X)
    count = model.n_components_
    twin = KernelPCA(count, kernel=kernel, eigen_solver="dense", **KERNELS[kernel]).fit(X)
    top = min(count, 8)
    np.testing.assert_allclose(model.eigenvalues_[:top], twin.eigenvalues_[:top], rtol=1e-8)
    np.testing.assert_allclose(model.transform(X)[:, :top], twin.transform(X)[:, :top], rtol=1e-6, atol=1e-6)
    new = domains(seed=3)[1]
    np.testing.assert_allclose(model.transform(new)[:, :top], twin.transform(new)[:, :top], rtol=1e-5, atol=1e-6)
    if kernel == "linear" and n_components is None:
        assert count == 4
        np.testing.assert_allclose(np.abs(model.transform(X)), np.abs(PCA().fit_transform(X)), atol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("alpha", [1e-2, 1.0, 100.0])
def test_components_are_the_papers(domains, kernel, alpha):
    X_source, X = domains(50, 20)
    settings = KERNELS[kernel]
    model = TransferComponentAnalysis(3, source=data(X_source), alpha=alpha, kernel=kernel, **settings).fit(X)
    _, vectors, K = aligned.transfer_components(X, X_source, alpha, kernel, **settings)
    expected = unsigned(K @ vectors[:, :3])
    found = unsigned(np.concatenate([model.transform_source(X_source), model.transform(X)]))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_coordinates_in_closed_form(domains):
    """Two components of a linear kernel; of length one, zero at the mean of all rows."""
    X_source, X = domains(50, 20)
    model = TransferComponentAnalysis(2, source=data(X_source), kernel="linear", alpha=np.inf).fit(X)
    rows = np.concatenate([X, X_source])
    gram, centred = rows.T @ rows, rows - rows.mean(axis=0)
    values, vectors = np.linalg.eig(gram @ centred.T @ centred)
    order = np.argsort(-values.real)[:2]
    expected = centred @ (vectors[:, order].real / np.linalg.norm(vectors[:, order].real, axis=0))
    found = np.concatenate([model.transform(X), model.transform_source(X_source)])
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(model.eigenvalues_, np.sum(found**2, axis=0), rtol=1e-10)


def test_without_a_price_the_means_agree(domains):
    X_source, X = domains(50, 20)
    apart = []
    for alpha in (1e-12, 1.0, np.inf):
        model = TransferComponentAnalysis(3, source=data(X_source), alpha=alpha, kernel="linear").fit(X)
        gap = model.transform(X).mean(axis=0) - model.transform_source(X_source).mean(axis=0)
        apart.append(np.linalg.norm(gap))
    assert apart[0] < 1e-9 * apart[2]
    assert apart[0] < apart[1] < apart[2]


@pytest.mark.parametrize("kernel", ["linear", "poly"])
def test_landmarks_that_span_the_kernels_space_are_enough(domains, kernel):
    """A polynomial of degree two of four features has 15 dimensions: 30 landmarks say all."""
    X_source, X = domains(80, 30)
    settings = {"kernel": kernel, **KERNELS[kernel]}
    exact = TransferComponentAnalysis(3, source=data(X_source), **settings).fit(X)
    some = TransferComponentAnalysis(3, source=data(X_source), n_landmarks=30, random_state=0, **settings).fit(X)
    assert len(some.landmarks_) == 30
    np.testing.assert_allclose(np.abs(some.transform(X)), np.abs(exact.transform(X)), rtol=1e-6, atol=1e-5)


def test_components_of_landmarks_in_the_kernels_matrix(domains):
    """With fewer landmarks it is the paper's problem with Nystroem's matrix for K."""
    X_source, X = domains(50, 20)
    model = TransferComponentAnalysis(2, source=data(X_source), gamma=0.05, n_landmarks=12, random_state=0).fit(X)
    rows, Z = np.concatenate([X_source, X]), model.landmarks_
    between = rbf_kernel(rows, Z, gamma=0.05)
    K = between @ np.linalg.inv(rbf_kernel(Z, gamma=0.05)) @ between.T
    l = np.repeat([1 / 50, -1 / 20], [50, 20])  # noqa: E741
    H = np.eye(70) - 1 / 70
    values, vectors = np.linalg.eig(np.linalg.solve(K @ np.outer(l, l) @ K + np.eye(70), K @ H @ K))
    expected = unsigned(K @ vectors[:, np.argsort(-values.real)[:2]].real)
    found = unsigned(np.concatenate([model.transform_source(X_source), model.transform(X)]))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    "sizes, expected", [((90, 50), (15, 15)), ((90, 4), (26, 4)), ((4, 90), (4, 26)), ((9, 9), (9, 9))]
)
def test_landmarks_come_from_both_domains(domains, sizes, expected):
    X_source, X = domains(*sizes)
    model = TransferComponentAnalysis(2, source=data(X_source), n_landmarks=30, random_state=0).fit(X)
    found = tuple(int(np.sum((model.landmarks_[:, None] == rows).all(axis=2))) for rows in (X_source, X))
    assert found == expected
    again = TransferComponentAnalysis(2, source=data(X_source), n_landmarks=30, random_state=0).fit(X)
    np.testing.assert_array_equal(again.transform(X), model.transform(X))
    alone = TransferComponentAnalysis(2, n_landmarks=3, random_state=0).fit(X)
    assert len(alone.landmarks_) == 3


def test_blocks_of_rows_change_nothing(domains, monkeypatch):
    X_source, X = domains(200, 40)
    whole = TransferComponentAnalysis(3, source=data(X_source)).fit(X)
    monkeypatch.setattr("sktransfer.representation._components._BLOCK_BYTES", 8 * 240 * 7)
    parts = TransferComponentAnalysis(3, source=data(X_source)).fit(X)
    np.testing.assert_allclose(parts.transform(X), whole.transform(X), rtol=1e-7, atol=1e-8)


def test_weights_are_repeats(domains):
    X_source, X = domains(50, 20)
    rng = np.random.default_rng(1)
    counts, source_counts = rng.integers(0, 4, 20), rng.integers(0, 4, 50)
    weighed = TransferComponentAnalysis(3, source=data(X_source, source_counts)).fit(X, sample_weight=counts)
    repeated = TransferComponentAnalysis(3, source=data(np.repeat(X_source, source_counts, axis=0)))
    repeated.fit(np.repeat(X, counts, axis=0))
    np.testing.assert_allclose(weighed.transform(X), repeated.transform(X), rtol=1e-6, atol=1e-7)


def test_order_of_rows_and_columns(domains):
    X_source, X = domains(50, 20)
    rng = np.random.default_rng(1)
    columns = rng.permutation(4)
    expected = TransferComponentAnalysis(3, source=data(X_source)).fit(X).transform(X)
    found = TransferComponentAnalysis(3, source=data(rng.permutation(X_source)[:, columns]))
    found.fit(rng.permutation(X)[:, columns])
    np.testing.assert_allclose(found.transform(X[:, columns]), expected, rtol=1e-6, atol=1e-7)


def test_columns_go_by_name(domains):
    X_source, X = domains(50, 20)
    names, other = list("abcd"), list("cdeba")
    source = pd.DataFrame(X_source, columns=names).assign(e=0.0)[other]
    expected = TransferComponentAnalysis(2, source=data(X_source)).fit(X)
    model = TransferComponentAnalysis(2, source=data(source)).set_output(transform="pandas")
    found = model.fit_transform(pd.DataFrame(X, columns=names))
    assert list(found.columns) == ["transfercomponentanalysis0", "transfercomponentanalysis1"]
    np.testing.assert_allclose(found.to_numpy(), expected.transform(X), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(model.transform_source(source), expected.transform_source(X_source), atol=1e-9)
    assert model.transform_source(data(source)).feature_names == tuple(found.columns)


def test_sparse_rows_of_the_source(domains):
    X_source, X = domains(50, 20)
    X_source[np.abs(X_source) < 1] = 0.0
    expected = TransferComponentAnalysis(2, source=data(X_source)).fit(X)
    found = TransferComponentAnalysis(2, source=SourceData(sp.csr_array(X_source), np.zeros(50))).fit(X)
    np.testing.assert_allclose(found.transform(X), expected.transform(X), rtol=1e-9)
    np.testing.assert_allclose(found.transform_source(sp.csc_array(X_source)), expected.transform_source(X_source))


def test_a_kernel_of_ones_own(domains):
    X_source, X = domains(20, 10)
    mine = TransferComponentAnalysis(2, source=data(X_source), kernel=lambda x, y: x @ y).fit(X)
    theirs = TransferComponentAnalysis(2, source=data(X_source), kernel="linear").fit(X)
    np.testing.assert_allclose(mine.transform(X), theirs.transform(X), rtol=1e-8, atol=1e-9)


def test_float32(domains):
    X_source, X = domains(50, 20)
    model = TransferComponentAnalysis(3, source=data(X_source.astype(np.float32))).fit(X.astype(np.float32))
    found = model.transform(X.astype(np.float32))
    assert found.dtype == np.float32
    expected = TransferComponentAnalysis(3, source=data(X_source)).fit_transform(X)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("n_landmarks", [1000, 30])
@pytest.mark.parametrize("units", [1e-100, 1e100])
def test_units_far_from_one(domains, units, n_landmarks):
    X_source, X = domains(50, 20)
    settings = {"kernel": "linear", "alpha": np.inf, "n_landmarks": n_landmarks, "random_state": 0}
    expected = TransferComponentAnalysis(2, source=data(X_source), **settings).fit_transform(X)
    found = TransferComponentAnalysis(2, source=data(units * X_source), **settings)
    np.testing.assert_allclose(found.fit_transform(units * X) / units, expected, rtol=1e-7, atol=1e-8)


def test_equal_rows_have_no_spread():
    found = TransferComponentAnalysis().fit(np.ones((5, 3)))
    assert found.n_components_ == 1
    np.testing.assert_allclose(found.transform(np.ones((2, 3))), np.zeros((2, 1)), atol=1e-12)


@pytest.mark.parametrize(
    "settings, kind, message",
    [
        ({"n_components": 5, "kernel": "linear"}, ValueError, "n_components=5 must be at most 4"),
        ({"source": PCA()}, TypeError, "TransferComponentAnalysis learns from the source's rows"),
        ({"source": SourceData(np.ones((5, 3)), np.ones(5))}, ValueError, "the source has 3 features and the target 4"),
        ({"source": SourceData(np.ones((5, 4)), np.ones(5), np.zeros(5))}, ValueError, "weights are all zero"),
        ({"alpha": 0.0}, ValueError, "'alpha' parameter of TransferComponentAnalysis must be"),
        ({"kernel": "gaussian"}, ValueError, "'kernel' parameter of TransferComponentAnalysis must be"),
        ({"n_landmarks": 0}, ValueError, "'n_landmarks' parameter of TransferComponentAnalysis must be"),
    ],
)
def test_errors(domains, settings, kind, message):
    _, X = domains()
    with pytest.raises(kind, match=message):
        TransferComponentAnalysis(**settings).fit(X)


def test_rows_of_no_weight(domains):
    _, X = domains()
    with pytest.raises(ValueError, match="the rows must weigh more than 1 sample"):
        TransferComponentAnalysis().fit(X, sample_weight=np.full(40, 0.01))


def test_no_matrix_has_all_rows_on_both_sides(domains, monkeypatch):
    seen, kernels = [], _components.pairwise_kernels

    def watched(X, Y, **settings):
        found = kernels(X, Y, **settings)
        seen.append(found.shape)
        return found

    monkeypatch.setattr(_components, "pairwise_kernels", watched)
    monkeypatch.setattr(_components, "_BLOCK_BYTES", 8 * 20 * 50)
    X_source, X = domains(300, 100)
    model = TransferComponentAnalysis(2, source=data(X_source), n_landmarks=20, random_state=0).fit(X)
    model.transform_source(X_source)
    assert {columns for _, columns in seen} == {20}
    assert max(rows for rows, _ in seen) == 50
    assert sum(rows for rows, _ in seen) == 20 + 400 + 300
