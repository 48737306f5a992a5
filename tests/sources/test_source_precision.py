"""Marginalisation and changes of variables, against inverses of sub-blocks of inverses."""

import numpy as np
import pytest

from sktransfer.sources._precision import (
    binary_to_symmetric,
    embed,
    indices,
    is_semidefinite,
    marginalise,
    semidefinite_inverse,
    symmetric_to_binary,
)


def positive(size, seed=0, scale=None):
    root = np.random.default_rng(seed).normal(size=(size, size + 3))
    root = root if scale is None else root * scale[:, None]
    return root @ root.T


def test_indices_follow_the_convention():
    assert indices(2, 3, [1, 0], [2, 0]).tolist() == [5, 3, 2, 0, 7, 6]


@pytest.mark.parametrize("keep", [[0], [3, 1], [4, 0, 2], [0, 1, 2, 3]])
def test_marginalising_is_the_inverse_of_a_sub_block_of_the_inverse(keep):
    P = positive(5)
    expected = np.linalg.inv(np.linalg.inv(P)[np.ix_(keep, keep)])
    np.testing.assert_allclose(marginalise(P, keep), expected, rtol=1e-10)


def test_marginalising_does_not_depend_on_units():
    unit = 10.0 ** np.array([-6, 6, 0, -3, 4])
    P, keep = positive(5), [0, 2]
    scaled = marginalise(P * np.outer(unit, unit), keep) / np.outer(unit[keep], unit[keep])
    np.testing.assert_allclose(scaled, marginalise(P, keep), rtol=1e-9)


def test_marginalising_in_two_steps_is_one():
    P = positive(6)
    twice = marginalise(marginalise(P, [0, 1, 2, 3]), [1, 3])
    np.testing.assert_allclose(twice, marginalise(P, [1, 3]), rtol=1e-10)


def test_marginalising_a_singular_precision_minimises_over_what_is_dropped():
    root = np.random.default_rng(1).normal(size=(5, 2))
    P, keep, drop = root @ root.T, [0, 1], [2, 3, 4]
    x = np.array([0.3, -1.2])
    # min over z of [x, z]' P [x, z], by least squares on root'
    residual = root[keep].T @ x
    z = np.linalg.lstsq(root[drop].T, -residual, rcond=None)[0]
    least = np.sum((residual + root[drop].T @ z) ** 2)
    np.testing.assert_allclose(x @ marginalise(P, keep) @ x, least, atol=1e-12)


def test_marginalising_nothing_and_what_is_unknown():
    P = positive(3)
    np.testing.assert_array_equal(marginalise(P, [0, 1, 2]), P)
    block = np.zeros((4, 4))
    block[:2, :2] = P[:2, :2]
    np.testing.assert_array_equal(marginalise(block, [0, 1]), P[:2, :2])


def test_generalised_inverse():
    root = np.random.default_rng(2).normal(size=(4, 2))
    P = root @ root.T
    inverse = semidefinite_inverse(P)
    np.testing.assert_allclose(P @ inverse @ P, P, atol=1e-12)
    np.testing.assert_array_equal(semidefinite_inverse(np.zeros((2, 2))), np.zeros((2, 2)))


def test_two_rows_and_back():
    P = positive(4)
    symmetric = binary_to_symmetric(P, common=False)
    assert np.linalg.matrix_rank(symmetric) == 4
    np.testing.assert_allclose(symmetric_to_binary(symmetric), P, rtol=1e-10)
    np.testing.assert_allclose(symmetric_to_binary(binary_to_symmetric(P, common=True)), P, rtol=1e-10)


def test_embed_is_undone_by_marginalise():
    P = positive(2 * 2 + 2)
    wide = embed(P, 3, 4, [2, 0], [3, 1])
    np.testing.assert_array_equal(marginalise(wide, indices(3, 4, [2, 0], [3, 1])), P)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_semidefiniteness_is_relative(scale):
    assert is_semidefinite(scale * np.ones((3, 3)))
    assert not is_semidefinite(scale * (np.eye(3) - 2 * np.ones((3, 3)) / 3 * 1.1))
    assert is_semidefinite(np.zeros((2, 2)))
