"""A Newton step among the columns that stand free: it solves for them, stops at kinks, and is never higher."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sktransfer._solvers._support import step_on_support

K = 6


def _problem(low=-np.inf):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, K)), rng.normal(size=20)
    a, b, c = np.full(K, 0.1), np.full(K, 0.3), np.full(K, 0.05)
    m, k = rng.normal(size=K), np.linspace(-2, 2, K)
    a[5] = c[5] = 0.0
    return X, y, (a, b, m, np.full(K, low), c, k)


def _step(X, y, penalty, d):
    order, residual = np.arange(K, dtype=np.int32), y - X @ d
    return step_on_support(penalty, order, d, lambda at: X[:, at].T @ residual, lambda at: X[:, at].T @ X[:, at])


def _height(X, y, penalty, d):
    a, b, m, _, c, k = penalty
    return np.sum((y - X @ d) ** 2) / 2 + np.sum(a * np.abs(d) + c * np.abs(d - k) + b * (d - m) ** 2 / 2)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("low", [-np.inf, -0.2])
def test_it_is_lower_and_solves_where_no_kink_stands_in_the_way(seed, low):
    X, y, penalty = _problem(low)
    a, b, m, _, c, k = penalty
    d = np.maximum(np.random.default_rng(seed).normal(size=K), low)
    d[seed % 5], before = 0.0, None
    before = d.copy()
    found = _step(X, y, penalty, d)
    if found is None:
        assert np.array_equal(d, before)
        return
    at, step = found
    assert_allclose(d[at], before[at] + step, atol=1e-15)
    assert seed % 5 not in at
    assert _height(X, y, penalty, d) < _height(X, y, penalty, before)
    assert np.all(d >= low)
    for kink, strength in ((0.0, a), (k, c)):
        assert np.all((np.sign(d - kink) * np.sign(before - kink) >= 0)[strength > 0])
    stopped = ((d == 0) & (a > 0)) | ((d == k) & (c > 0)) | (d == low)
    if not stopped[at].any():
        u = X.T @ (y - X @ d) - b * (d - m) - a * np.sign(d) - c * np.sign(d - k)
        assert_allclose(u[at], 0, atol=1e-9)


def test_it_is_nothing_where_all_stand_on_kinks_or_the_curvature_is_none():
    X, y, penalty = _problem()
    d = np.zeros(K)
    d[5] = 1.0
    penalty[0][5] = 1.0
    assert _step(X, y, penalty, np.zeros(K)) is None
    flat = (penalty[0], np.zeros(K), *penalty[2:])
    assert _step(0 * X, y, flat, d) is None
