"""One visit to sparse rows equals the NumPy lines it replaces, for every form of X and any number of threads."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._kernels import (
    SQUARED,
    add_and_dot,
    sparse_centred_squares,
    sparse_hessian_product,
    sparse_moments,
    sparse_visit,
)
from tests.kernels.test_fused import POWERS, weighted_derivatives

N, P = 301, 23


def rows(dtype=np.float64, index=np.int32, form="plain"):
    """Rows of 0 to P entries in an unequal order, every fifth empty; read-only parts, as a user's may be."""
    random = np.random.default_rng(0)
    X = random.normal(size=(N, P)) * (random.random((N, P)) < np.linspace(0, 1, N)[:, np.newaxis])
    X[::5] = 0.0
    X = sp.csr_array(X.astype(dtype))
    if form == "unsorted":
        for i in range(N):
            part = slice(X.indptr[i], X.indptr[i + 1])
            X.indices[part], X.data[part] = X.indices[part][::-1].copy(), X.data[part][::-1].copy()
    if form == "twice":
        halves, twice = np.repeat(X.data / 2, 2), np.repeat(X.indices, 2)
        X = sp.csr_array((halves, twice, 2 * X.indptr), shape=(N, P))
    parts = X.data, X.indices.astype(index), X.indptr.astype(index)
    for part in parts:
        part.flags.writeable = False
    return parts, X.toarray().astype(np.float64)


def vectors(seed=1):
    """(y, weights of which a third is zero, coefficients), read-only."""
    random = np.random.default_rng(seed)
    weight = random.integers(0, 3, size=N) * 0.7
    made = (random.random(N) < 0.4).astype(float), weight, random.normal(size=P)
    for array in made:
        array.flags.writeable = False
    return made


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(expected).max(initial=0.0)))


every_form = pytest.mark.parametrize(
    "dtype, index, form",
    [
        (np.float64, np.int32, "plain"),
        (np.float32, np.int64, "plain"),
        (np.float64, np.int64, "unsorted"),
        (np.float32, np.int32, "twice"),
    ],
)
threads_count = pytest.mark.parametrize("threads", [1, 2, 3, 400])


@every_form
@threads_count
@pytest.mark.parametrize("loss", POWERS)
def test_visit(loss, threads, dtype, index, form):
    parts, X = rows(dtype, index, form)
    y, w, coef = vectors()
    coef = coef / 8
    offset = np.linspace(-1, 1, N)
    value, gradient, total = sparse_visit(loss, POWERS[loss], *parts, y, w, offset, 0.3, coef, threads)
    expected = weighted_derivatives(loss, y, w, X @ coef + offset + 0.3)
    close(value, expected[0])
    close(gradient, X.T @ expected[1])
    close(total, expected[1].sum())


@every_form
@threads_count
@pytest.mark.parametrize("shift", [0.0, 1.7])
def test_hessian_product(shift, threads, dtype, index, form):
    parts, X = rows(dtype, index, form)
    _, w, coef = vectors()
    product, total = sparse_hessian_product(*parts, w, coef, shift, threads)
    expected = w * (X @ coef + shift)
    close(product, X.T @ expected)
    close(total, expected.sum())


@threads_count
@pytest.mark.parametrize("form", ["plain", "unsorted"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_and_centred_squares(dtype, form, threads):
    parts, X = rows(dtype, np.int32, form)
    _, w, mean = vectors()
    sums, squares = sparse_moments(*parts, w, P, threads)
    close(sums, w @ X)
    close(squares, w @ X**2)
    about_mean, stored = sparse_centred_squares(*parts, w, mean, threads)
    close(about_mean, w @ ((X - mean) ** 2 * (X != 0)))
    close(stored, w @ (X != 0))


@pytest.mark.parametrize("n, p", [(0, 3), (4, 0), (4, 3), (0, 0)])
@pytest.mark.parametrize("threads", [1, 2])
def test_nothing_stored(n, p, threads):
    empty = sp.csr_array((n, p))
    parts = empty.data, empty.indices, empty.indptr
    ones = np.ones(n)
    value, gradient, total = sparse_visit(SQUARED, 0.0, *parts, ones, ones, np.zeros(0), 0.0, np.ones(p), threads)
    assert value == n / 2
    assert total == -n
    np.testing.assert_array_equal(gradient, np.zeros(p))
    product, total = sparse_hessian_product(*parts, ones, np.ones(p), 2.0, threads)
    np.testing.assert_array_equal(product, np.zeros(p))
    assert total == 2.0 * n
    for sums in (*sparse_moments(*parts, ones, p, threads), *sparse_centred_squares(*parts, ones, np.ones(p), threads)):
        np.testing.assert_array_equal(sums, np.zeros(p))


@pytest.mark.parametrize("kernel", [sparse_hessian_product, sparse_moments])
def test_the_same_call_gives_the_same_bits(kernel):
    parts, _ = rows()
    _, w, coef = vectors()
    rest = (w, coef, 0.3, 3) if kernel is sparse_hessian_product else (w, P, 3)
    first, again = kernel(*parts, *rest), kernel(*parts, *rest)
    np.testing.assert_array_equal(first[0], again[0])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("size", [0, 1, 4096, 10_001])
@pytest.mark.parametrize("factor", [0.0, -1.3])
def test_add_and_dot(factor, size, threads):
    random = np.random.default_rng(2)
    step, vector, other = random.normal(size=(3, size))
    kept = [step.copy(), other.copy()]
    expected = vector + factor * step
    result = add_and_dot(factor, step, vector, other, threads)
    np.testing.assert_allclose(vector, expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(result, expected @ other, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal([step, other], kept)
