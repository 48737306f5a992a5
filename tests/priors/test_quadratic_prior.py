"""A quadratic about any point is a Gaussian prior about its minimum, where it has one."""

import numpy as np
import pytest

from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, QuadraticPrior

POINT, GRADIENT = np.array([1.0, -2.0, 0.5]), np.array([0.3, -1.0, 2.0])
ROOT = np.random.default_rng(0).normal(size=(3, 3))
MATRIX = ROOT @ ROOT.T + np.eye(3)


def test_it_is_the_gaussian_about_its_minimum():
    prior = QuadraticPrior(POINT, GRADIENT, DensePrecision(MATRIX))
    gaussian = GaussianPrior(POINT - np.linalg.solve(MATRIX, GRADIENT), DensePrecision(MATRIX))
    theta, direction = np.array([0.2, 3.0, -1.0]), np.array([1.0, 0.0, 2.0])
    np.testing.assert_allclose(prior.gradient(theta), gaussian.gradient(theta), rtol=1e-12)
    assert prior.value(theta) - prior.value(POINT) == pytest.approx(gaussian.value(theta) - gaussian.value(POINT))
    assert prior.value(POINT) == 0.0
    np.testing.assert_allclose(prior.product(direction), MATRIX @ direction)
    np.testing.assert_allclose(prior.diagonal(), MATRIX.diagonal())
    hessian = np.eye(3)
    prior.add_to(hessian)
    np.testing.assert_allclose(hessian, np.eye(3) + MATRIX)
    assert prior.trace_with(MATRIX) == pytest.approx(np.trace(MATRIX @ MATRIX))


def test_without_curvature_it_is_a_slope():
    prior = QuadraticPrior(POINT, GRADIENT, DiagonalPrecision(np.zeros(3)))
    assert prior.value(POINT + 1.0) == pytest.approx(GRADIENT.sum())
    np.testing.assert_array_equal(prior.gradient(POINT + 5.0), GRADIENT)


def test_the_strength_of_the_pull_leaves_it_alone():
    prior = QuadraticPrior(POINT, GRADIENT, DensePrecision(MATRIX))
    assert prior.times(7.0) is prior
    assert not prior.linear
