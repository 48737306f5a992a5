"""Law: how rows are stored changes the road, not the optimum."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression

N, P = 4_000, 300
FORMS = {
    "CSR": sp.csr_matrix,
    "CSC": sp.csc_array,
    "CSR, 64-bit indices": lambda X: wide_indices(sp.csr_array(X)),
    "CSR, unsorted": lambda X: sp.csr_array(sp.csr_array(X)[:, ::-1])[:, ::-1],
}


def wide_indices(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@pytest.fixture(scope="module")
def data():
    """Words of unequal frequency, counted; labels from a few of them."""
    random = np.random.default_rng(0)
    words = (P * random.random((N, 20)) ** 3).astype(int)
    X = np.zeros((N, P))
    np.add.at(X, (np.arange(N)[:, np.newaxis], words), 1.0)
    coef = random.normal(size=P) * (random.random(P) < 0.3)
    y = random.random(N) < 1 / (1 + np.exp(-(X @ coef - (X @ coef).mean())))
    source = Source(coef + 0.2 * random.normal(size=P), 0.4, classes=[False, True])
    return X, y, random.integers(0, 3, N).astype(float), source


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
@pytest.mark.parametrize("form", FORMS)
def test_sparse_is_dense(data, form, solver):
    X, y, weight, source = data
    settings = {"source": source, "C": 0.5, "tol": 1e-11}
    dense = TransferLogisticRegression(solver="newton-cholesky", **settings).fit(X, y, weight)
    rows = FORMS[form](X)
    parts = [part.copy() for part in (rows.data, rows.indices, rows.indptr)]
    sparse = TransferLogisticRegression(solver=solver, **settings).fit(rows, y, weight)
    assert sparse.result_.converged
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(sparse.intercept_, dense.intercept_, rtol=1e-7, atol=1e-7)
    for part, before in zip((rows.data, rows.indices, rows.indptr), parts, strict=True):
        np.testing.assert_array_equal(part, before)


@pytest.mark.parametrize(
    "settings",
    [{"metric": "scale"}, {"fit_intercept": False}, {"intercept_penalty": 3.0}, {"intercept_penalty": np.inf}],
)
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
def test_sparse_is_dense_for_every_prior(data, solver, settings):
    X, y, weight, source = data
    settings = {"source": source, "tol": 1e-11, **settings}
    dense = TransferLogisticRegression(solver="newton-cholesky", **settings).fit(X, y, weight)
    sparse = TransferLogisticRegression(solver=solver, **settings).fit(sp.csr_array(X), y, weight)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(sparse.intercept_, dense.intercept_, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_sparse_is_its_twin(data, n_classes, dtype):
    X, y, _, _ = data
    labels = y + (X[:, 1] > 1) * (n_classes == 3)
    twin = LogisticRegression(C=0.3, solver="newton-cholesky", tol=1e-12).fit(X, labels)
    ours = TransferLogisticRegression(C=0.3, tol=1e-11).fit(sp.csr_matrix(X.astype(dtype)), labels)
    rtol = 1e-5 if dtype == np.float32 else 1e-7
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=rtol, atol=rtol)


def test_many_sparse_features_take_few_visits():
    """Far more features than a Hessian has room for: the automatic choice, and its certificate."""
    random = np.random.default_rng(1)
    words = np.sort((20_000 * random.random((3_000, 30)) ** 2).astype(np.int32), axis=1)
    X = sp.csr_array((np.ones(words.size), words.ravel(), np.arange(0, words.size + 1, 30)), shape=(3_000, 20_000))
    X.sum_duplicates()
    y = X @ random.normal(size=20_000) + random.logistic(size=3_000) > 0
    model = TransferLogisticRegression(tol=1e-9).fit(X, y)
    assert model.result_.solver == "lbfgs"
    residual = 1 / (1 + np.exp(-model.decision_function(X))) - y
    gradient = np.append(X.T @ residual + model.coef_[0], residual.sum())
    assert np.abs(gradient).max() / 3_000 <= 1e-9
