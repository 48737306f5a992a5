"""Descent on quadratic models: both kernels against proximal gradient steps, and each other."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sktransfer._kernels import column_descent, model_descent

N, P = 30, 8


def problem(l2, seed=0, n=N):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, P)) * (random.random((n, P)) < 0.7)
    c, g = random.uniform(0.2, 2.0, n), 10 * random.normal(size=P)
    a, b, m = random.uniform(1, 9, P), np.full(P, l2), 0.3 * random.normal(size=P)
    return X, c, g, a, b, m, random.normal(size=P) * (np.arange(P) % 2)


def slow(H, g, a, b, m, d):
    """``argmin g'z + z'Hz/2 + h(d + z)`` by proximal gradient steps: d + z."""
    length, new = 1 / np.linalg.eigvalsh(H)[-1], d.copy()
    for _ in range(200_000):
        ahead = new - length * (g + H @ (new - d)) + length * b * m
        last, new = new, np.sign(ahead) * np.maximum(np.abs(ahead) - length * a, 0) / (1 + length * b)
        if np.array_equal(last, new):
            break
    return new


@pytest.mark.parametrize("l2", [0.0, 3.0])
@pytest.mark.parametrize("n", [N, 5])
def test_all_products(l2, n):
    X, c, g, a, b, m, d = problem(l2, n=n)
    H = X.T @ (c[:, np.newaxis] * X)
    if l2 == 0 and n < P:
        g = H @ np.linspace(-1, 1, P)  # bounded below
    new, state = d.copy(), g.copy()
    epochs, left = model_descent(H, a, b, m, new, state, 1e-20, 5000)
    assert 0 < epochs < 200
    assert left < 1e-20
    expected = slow(H, g, a, b, m, d)
    assert_allclose(H @ new, H @ expected, rtol=1e-6, atol=1e-8)
    assert_allclose(state, g + H @ (new - d), rtol=1e-9, atol=1e-11)
    if n > P or l2:
        assert_allclose(new, expected, rtol=1e-8, atol=1e-10)
        assert np.array_equal(new == 0, expected == 0)


@pytest.mark.parametrize("l2", [0.0, 3.0])
@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("centred", [True, False])
def test_columns(centred, dense, l2):
    X, c, g, a, b, m, d = problem(l2)
    mean = c @ X / c.sum() if centred else np.zeros(P)
    H = (X - mean).T @ (c[:, np.newaxis] * (X - mean))
    columns = sp.csc_array(X)
    parts = (columns.data, columns.indices.astype(np.intc), columns.indptr.astype(np.intc))
    none = np.zeros(1, dtype=np.intc)
    parts = (X.ravel(order="F"), none, none) if dense else parts
    new = d.copy()
    _, left = column_descent(dense, *parts, c, mean, H.diagonal().copy(), (a, b, m), g, new, 1e-20, 5000)
    assert left < 1e-18
    assert_allclose(new, slow(H, g, a, b, m, d), rtol=1e-8, atol=1e-10)


def test_nothing_to_do():
    none = np.zeros(0)
    assert model_descent(np.zeros((0, 0)), none, none, none, none.copy(), none.copy(), 0.1, 10) == (0, 0.0)
    one = np.ones(1)
    d, u = np.zeros(1), np.array([0.5])
    assert model_descent(np.ones((1, 1)), one, 0 * one, 0 * one, d, u, 0.1, 10) == (0, 0.0)
    assert d[0] == 0
