"""Coordinate descent's kernel: the minimiser of one coefficient between two kinks is exact."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sktransfer._kernels import GRAM, descend
from sktransfer._priors import between_kinks

NO_SPARSE = (np.zeros(1), np.zeros(1, np.int32), np.zeros(2, np.int32), np.zeros(1), np.zeros(1))


@pytest.mark.parametrize("low", [-np.inf, 0.0, -0.5])
def test_one_visit_to_unrelated_columns_ends_at_the_minimum(low):
    rng, p = np.random.default_rng(0), 400
    L, a, b, c = (rng.uniform(0.1, 2, size=p) for _ in range(4))
    m, k, slopes = (rng.normal(size=p) for _ in range(3))
    b[::3] = 0
    c[1::3] = 0
    d, gram = np.zeros(p), np.asfortranarray(np.diag(L))
    penalty = a, b, m, np.full(p, low), c, k
    order = np.arange(p, dtype=np.int32)
    epochs, gap = descend(GRAM, gram, NO_SPARSE, 1.0, L, penalty, order, d, slopes.copy(), 1e3, 1e-9, 5)
    assert epochs == 5
    assert 0 <= gap <= 1e-9
    best = np.maximum(between_kinks(slopes + b * m, L + b, a, c, k), low)
    assert_allclose(d, best, rtol=1e-13, atol=1e-15)
    for kink in (0.0, k):
        assert np.array_equal(d == kink, best == kink)
