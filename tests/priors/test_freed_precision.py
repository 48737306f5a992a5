"""FreedPrecision: minimised over b, by brute force."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sktransfer._priors import DensePrecision, DiagonalPrecision, FreedPrecision, GaussianPrior

RNG = np.random.default_rng(0)
ROOT = RNG.normal(size=(6, 6))
BASES = [DiagonalPrecision(RNG.uniform(0.5, 2.0, 6)), DensePrecision(ROOT @ ROOT.T)]
DIRECTIONS = RNG.normal(size=(6, 2))


def _minimum(base, directions, light, v):
    """(min over b, argmin) of the formula, by least squares on stacked rows."""
    root = np.linalg.cholesky(base.dense()).T
    rows = np.vstack([root @ directions, np.sqrt(light) * np.eye(directions.shape[1])])
    right = np.append(root @ v, np.zeros(directions.shape[1]))
    b = np.linalg.lstsq(rows, right, rcond=None)[0]
    return np.sum((right - rows @ b) ** 2), b


@pytest.mark.parametrize("light", [0.0, 0.7])
@pytest.mark.parametrize("base", BASES, ids=["diagonal", "dense"])
def test_it_is_the_minimum_over_b(base, light):
    freed, v = FreedPrecision(base, DIRECTIONS, light), RNG.normal(size=6)
    least, b = _minimum(base, DIRECTIONS, light, v)
    assert_allclose(v @ freed.product(v), least, rtol=1e-12)
    assert_allclose(freed.moved(v), b, rtol=1e-10)
    assert_allclose(2 * GaussianPrior(np.zeros(6), freed).value(v), least, rtol=1e-12)


@pytest.mark.parametrize("base", BASES, ids=["diagonal", "dense"])
def test_all_ways_to_the_matrix_agree(base):
    freed, S = FreedPrecision(base, DIRECTIONS, 0.3), np.cov(RNG.normal(size=(6, 9)))
    dense = freed.dense()
    assert_allclose(np.column_stack([freed.product(e) for e in np.eye(6)]), dense, atol=1e-13)
    assert_allclose(freed.diagonal(), dense.diagonal(), atol=1e-13)
    assert_allclose(freed.trace_with(S), np.vdot(dense, S), rtol=1e-12)


def test_times_multiplies_the_base_only():
    freed = FreedPrecision(BASES[0], DIRECTIONS, 0.3)
    assert not freed.linear
    assert_allclose(freed.times(5.0).dense(), FreedPrecision(BASES[0].times(5.0), DIRECTIONS, 0.3).dense())
    free = FreedPrecision(BASES[0], DIRECTIONS, 0.0)
    assert free.linear
    assert_allclose(free.times(5.0).dense(), 5.0 * free.dense(), atol=1e-13)
    assert_allclose(free.product(DIRECTIONS[:, 0]), 0.0, atol=1e-12)


def test_directions_may_repeat_or_be_zero():
    one = FreedPrecision(BASES[1], DIRECTIONS[:, :1], 0.0)
    again = FreedPrecision(BASES[1], np.column_stack([DIRECTIONS[:, 0], 3 * DIRECTIONS[:, 0], np.zeros(6)]), 0.0)
    assert_allclose(again.dense(), one.dense(), atol=1e-12)
    assert_allclose(FreedPrecision(BASES[1], np.zeros((6, 1)), 0.0).dense(), BASES[1].dense())


def test_it_can_be_cut_where_directions_do_not_tie():
    apart = np.zeros((6, 2))
    apart[:3, 0], apart[3:, 1] = RNG.normal(size=3), RNG.normal(size=3)
    freed = FreedPrecision(BASES[0], apart, 0.2)
    assert_allclose(freed.cut(np.arange(3)).dense(), freed.dense()[:3, :3], atol=1e-14)
    assert FreedPrecision(BASES[0], DIRECTIONS, 0.2).cut(np.arange(3)) is None


@pytest.mark.parametrize("light", [0.0, 0.7])
@pytest.mark.parametrize("directions", [DIRECTIONS, DIRECTIONS[:, :1], np.zeros((6, 1))], ids=["two", "one", "none"])
def test_along_several_factors(directions, light):
    freed, factors = FreedPrecision(BASES[1], directions, light), [0.1, 1.0, 30.0]
    for matrix, factor in zip(freed.along(factors), factors, strict=True):
        assert_allclose(matrix, freed.times(factor).dense(), rtol=1e-12, atol=1e-12)
