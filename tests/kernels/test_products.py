"""Products with a design matrix equal the NumPy lines in their docstrings."""

import joblib
import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer import _kernels
from sktransfer._kernels import compressed_sandwich, dense_sandwich, gather, scatter, threads_for

DTYPES = [np.float32, np.float64]


def layouts(X):
    """The same numbers in C order, Fortran order, and as views with strides."""
    wide = np.zeros((2 * X.shape[0], 3 * X.shape[1]), dtype=X.dtype)
    wide[::2, ::3] = X
    reverse = np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]
    return {"C": np.ascontiguousarray(X), "F": np.asfortranarray(X), "strided": wide[::2, ::3], "reverse": reverse}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F", "strided", "reverse"])
@pytest.mark.parametrize("block_rows", [1, 7, 64])
@pytest.mark.parametrize("shape", [(50, 4), (3, 9), (1, 1), (64, 1), (20, 8), (30, 24), (30, 41), (40, 55)])
@pytest.mark.parametrize("about", [0.0, 1.0])
def test_dense_sandwich(about, shape, block_rows, order, dtype):
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=shape).astype(dtype), rng.uniform(0, 2, shape[0])
    mean = about * rng.normal(size=shape[1])
    w[1::3] = 0.0
    X = layouts(X)[order]
    centred = X.astype(np.float64) - mean
    result = dense_sandwich(X, w, mean, block_rows)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, (centred * w[:, None]).T @ centred, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(result, result.T)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F", "strided"])
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("p", [1, 7, 8, 15, 16, 23, 24, 31, 47, 48, 49])
def test_dense_sandwich_with_a_column_of_ones(p, n_threads, order, dtype):
    rng = np.random.default_rng(p)
    X, w, mean = rng.normal(size=(90, p)).astype(dtype), rng.uniform(0, 2, 90), rng.normal(size=p)
    w[1::3] = 0.0
    centred = np.column_stack([X.astype(np.float64) - mean, np.ones(90)])
    result = dense_sandwich(layouts(X)[order], w, mean, 32, n_threads, ones=1)
    np.testing.assert_allclose(result, (centred * w[:, None]).T @ centred, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(result, result.T)


@pytest.mark.parametrize("block_rows", [3, 100])
def test_dense_sandwich_about_a_large_mean_keeps_its_digits(block_rows):
    rng = np.random.default_rng(0)
    Z, w, mean = np.round(rng.normal(size=(40, 3)), 3), rng.uniform(size=40), np.full(3, 2.0**30)
    exact = (Z + mean) - mean
    result = dense_sandwich(Z + mean, w, mean, block_rows)
    np.testing.assert_allclose(result, (exact * w[:, None]).T @ exact, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (0, 0)])
def test_dense_sandwich_of_nothing(shape):
    n, p = shape
    np.testing.assert_array_equal(dense_sandwich(np.zeros(shape), np.ones(n), np.zeros(p), 8), np.zeros((p, p)))


def test_rows_of_weight_zero_are_left_out_even_when_they_are_not_finite():
    X = np.array([[1.0, 2.0], [np.inf, np.nan], [3.0, 4.0]])
    for form in (X, np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        result = dense_sandwich(form, np.array([1.0, 0.0, 2.0]), np.zeros(2), 2)
        np.testing.assert_allclose(result, X[[0, 2]].T @ (X[[0, 2]] * [[1.0], [2.0]]), rtol=1e-14)


def compressed(kind, dtype, index, shape=(40, 6), density=0.3):
    A = sp.random_array(shape, density=density, format=kind, rng=np.random.default_rng(1), dtype=dtype)
    A.indices, A.indptr = A.indices.astype(index), A.indptr.astype(index)
    return A


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("n_outputs", [1, 4])
def test_gather_and_scatter(n_outputs, threads, index, dtype):
    rng = np.random.default_rng(2)
    A = compressed("csr", dtype, index)
    assert A.indices.dtype == index
    dense = A.toarray().astype(np.float64)
    B, R = rng.normal(size=(6, n_outputs)), rng.normal(size=(40, n_outputs))
    result = np.full((40, n_outputs), np.nan)
    gather(A.data, A.indices, A.indptr, B, result, threads)
    np.testing.assert_allclose(result, dense @ B, rtol=1e-12, atol=1e-13)
    into = np.ones((6, n_outputs))
    scatter(A.data, A.indices, A.indptr, R, into)
    np.testing.assert_allclose(into, 1 + dense.T @ R, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("threads", [1, 2, 50])
def test_compressed_sandwich(threads, index, dtype):
    A = compressed("csr", dtype, index)
    w = np.random.default_rng(3).uniform(size=40)
    w[:10] = 0.0
    dense = A.toarray().astype(np.float64)
    result = np.ones((6, 6))
    compressed_sandwich(A.data, A.indices, A.indptr, w, result, threads)
    np.testing.assert_allclose(result, 1 + dense.T @ (dense * w[:, None]), rtol=1e-7 if dtype == np.float32 else 1e-12)


def test_entries_stored_twice_are_added():
    data, indices, indptr = np.array([1.0, 2.0]), np.array([0, 0], np.int32), np.array([0, 2], np.int32)
    result = np.zeros((1, 1))
    compressed_sandwich(data, indices, indptr, np.ones(1), result)
    assert result[0, 0] == 9.0


def test_small_work_takes_one_thread_and_large_work_no_more_than_allowed(monkeypatch):
    assert threads_for(0) == threads_for(99_999) == 1
    assert 1 <= threads_for(10**9) <= joblib.cpu_count()
    monkeypatch.setattr(_kernels, "max_threads", lambda: 8)
    monkeypatch.setattr(_kernels, "_cpu_count", lambda: 6)
    assert [threads_for(50_000 * k) for k in (1, 2, 5, 100)] == [1, 2, 5, 6]
