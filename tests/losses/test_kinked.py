"""Hinge and tube losses: their slopes, their conjugates, and what stands in for a kink's curvature."""

import numpy as np
import pytest

from sktransfer._losses import EpsilonInsensitive, Hinge, SquaredEpsilonInsensitive, SquaredHinge
from tests.oracles.differences import derivative

CASES = {
    "hinge": (Hinge(), [0, 1]),
    "squared hinge": (SquaredHinge(), [0, 1]),
    "hinge of three": (Hinge(3, np.array([0.5, 1.0, 3.0])), [0, 1, 2]),
    "squared hinge of three": (SquaredHinge(3), [0, 1, 2]),
    "tube": (EpsilonInsensitive(0.3), [-1.0, 0.5, 2.0]),
    "absolute": (EpsilonInsensitive(), [-1.0, 0.5, 2.0]),
    "squared tube": (SquaredEpsilonInsensitive(0.3), [-1.0, 0.5, 2.0]),
}
every_case = pytest.mark.parametrize("case", CASES)


def rows(case):
    loss, values = CASES[case]
    random = np.random.default_rng(0)
    y = loss.encode(np.resize(values, 12))
    return loss, y, 2 * random.normal(size=(12, loss.n_outputs)), random.uniform(0.5, 2.0, size=12)


@every_case
def test_gradient_and_curvature(case):
    loss, y, eta, weight = rows(case)
    value, gradient, curvature = loss.gradient(y, eta, weight)
    np.testing.assert_allclose(value, loss.value(y, eta, weight), rtol=1e-14)
    slope = derivative(lambda flat: loss.value(y, flat.reshape(eta.shape), weight), eta.ravel(), 1e-5)
    np.testing.assert_allclose(gradient.ravel(), slope, rtol=1e-8, atol=1e-9)
    bend = derivative(lambda flat: loss.gradient(y, flat.reshape(eta.shape), weight)[1].ravel(), eta.ravel(), 1e-5)
    np.testing.assert_allclose(curvature.apply(np.ones_like(eta)).ravel(), bend.sum(axis=1), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(curvature.rows(12, loss.n_outputs).sum(axis=2), curvature.apply(np.ones_like(eta)))


@every_case
def test_the_conjugate_is_the_largest_difference(case):
    """``L*(-beta) = max over eta of -beta eta - L(eta)``, on a grid that holds the kinks."""
    loss, y, _, weight = rows(case)
    grid = np.sort(np.concatenate([np.linspace(-60, 60, 240_001), *(y.ravel()[:, None] + [-0.3, 0.0, 0.3])]))
    for k in range(loss.n_outputs):
        form = loss.dual(y, weight, k)
        beta = np.clip(np.linspace(-1.5, 1.5, 12), form.lower, form.upper)
        for i, conjugate in enumerate(form.conjugate(beta)):
            eta = np.zeros((len(grid), loss.n_outputs))
            eta[:, k] = grid
            values = form.weight[i] * loss.elementwise(np.tile(y[i], (len(grid), 1)), eta)[0][:, k]
            np.testing.assert_allclose(conjugate, np.max(-beta[i] * grid - values), atol=1e-6)


@every_case
def test_rows_without_weight_have_no_dual_variable(case):
    loss, y, _, weight = rows(case)
    weight[3] = 0.0
    form = loss.dual(y, weight, 0)
    assert form.lower[3] == form.upper[3] == form.ridge[3] == 0.0


@pytest.mark.parametrize("case", ["hinge", "tube", "absolute"])
def test_the_blunted_kink_is_the_touching_parabolas_curvature(case):
    loss, y, eta, _ = rows(case)
    eta = y + np.where(eta > 0, 0.8, -0.8)
    sides = 1 if case == "hinge" else 2
    np.testing.assert_allclose(loss.blunted(y, eta, np.ones(12)).block(0, 0), sides / 1.6, rtol=1e-14)


def test_scores_sum_over_outputs_without_weights():
    loss, y, eta, _ = rows("hinge of three")
    np.testing.assert_allclose(loss.pointwise(y, eta), np.maximum(0, 1 - y * eta).sum(axis=1), rtol=1e-15)


def test_labels_that_are_no_numbers_of_classes():
    with pytest.raises(ValueError, match=r"hinge loss takes the numbers of 2 classes, from 0; got values in \[0, 2\]"):
        Hinge().encode([0, 1, 2])


@every_case
def test_encoding_twice_is_encoding_once(case):
    loss, y, _, _ = rows(case)
    np.testing.assert_array_equal(loss.encode(y), y)
