"""Steps of several fits with one second derivative, against closed forms and coordinate descent."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from sktransfer._losses import Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, ElasticNetPrior, GaussianPrior
from sktransfer.multisource._pulls import KinkedPull, SmoothPull, pull_of
from tests.oracles.elastic_net import descend

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(30, 4)), RNG.normal(size=30)
Z = np.column_stack([X, np.ones(30)])
CENTRE, ONES = np.array([0.5, 0.0, -1.0, 0.0, 0.0]), np.array([1.0, 1, 1, 1, 0])
THETAS, FACTORS = RNG.normal(size=(3, 5)), np.array([1.0, 1.0, 1.0])


def gradients(thetas):
    return (thetas @ Z.T - Y) @ Z


def value(theta, penalty):
    return np.sum((Z @ theta - Y) ** 2) / 2 + penalty(theta - CENTRE)


def test_one_smooth_step_is_the_minimum_of_a_quadratic():
    objective = Objective([LossTerm(X, Squared(), Y)], [GaussianPrior(CENTRE, DiagonalPrecision(2 * ONES))])
    pull = pull_of(objective, 3 * FACTORS)
    assert isinstance(pull, SmoothPull)
    pull.ready(Z.T @ Z)
    best = np.linalg.solve(Z.T @ Z + np.diag(6 * ONES), Z.T @ Y + 6 * ONES * CENTRE)
    found, gains = pull.steps(THETAS, gradients(THETAS))
    assert_allclose(found, [best] * 3, rtol=1e-10)
    penalty = lambda delta: 3 * np.sum(ONES * delta**2)  # noqa: E731
    assert_allclose(gains, [value(theta, penalty) - value(best, penalty) for theta in THETAS], rtol=1e-10)
    assert_allclose(pull.worst(found, gradients(found)), 0, atol=1e-10)


def test_each_fit_has_its_own_factor():
    objective = Objective([LossTerm(X, Squared(), Y)], [GaussianPrior(CENTRE, DiagonalPrecision(ONES))])
    pull = SmoothPull(objective, np.array([1.0, 5.0]))
    slopes = gradients(THETAS[:2]) + np.array([[1.0], [5.0]]) * ONES * (THETAS[:2] - CENTRE)
    assert_allclose(pull.worst(THETAS[:2], gradients(THETAS[:2])), np.abs(slopes).max(axis=1), rtol=1e-12)


def test_one_step_with_kinks_is_the_minimum_of_a_quadratic():
    objective = Objective([LossTerm(X, Squared(), Y)], [ElasticNetPrior(CENTRE, 4 * ONES, 0.5 * ONES)])
    pull = pull_of(objective, 2 * FACTORS)
    assert isinstance(pull, KinkedPull)
    pull.ready(Z.T @ Z)
    coef, intercept = descend(X, Y, np.ones(30), CENTRE[:4], np.full(4, 8.0), np.ones(4))
    best = np.append(coef, intercept)
    found, gains = pull.steps(THETAS, gradients(THETAS))
    assert_allclose(found, [best] * 3, atol=1e-8)
    assert_array_equal(found[:, :4] == CENTRE[:4], [coef == CENTRE[:4]] * 3)
    penalty = lambda delta: 8 * np.abs(delta[:4]).sum() + 0.5 * np.sum(delta[:4] ** 2)  # noqa: E731
    assert_allclose(gains, [value(theta, penalty) - value(best, penalty) for theta in THETAS], rtol=1e-8)
    assert_allclose(pull.worst(found, gradients(found)), 0, atol=1e-6)
    assert np.all(pull.worst(THETAS, gradients(THETAS)) > 1)


def test_shifts_common_to_all_classes_do_not_matter():
    layout = Objective([LossTerm(X, Multinomial(3), np.arange(30) % 3)], []).layout
    precision = DiagonalPrecision(layout.join(np.ones((3, 4)), np.zeros(3)))
    objective = Objective([LossTerm(X, Multinomial(3), np.arange(30) % 3)], [GaussianPrior(np.zeros(15), precision)])
    pull = pull_of(objective, np.ones(1))
    point = objective.at(np.zeros(15))
    pull.ready(point.loss_hessian())
    found, gains = pull.steps(np.zeros((1, 15)), point.theta_gradient[np.newaxis])
    assert_allclose(found[0, 12:].sum(), 0, atol=1e-12)
    hessian = point.hessian()
    assert_allclose(hessian @ found[0], -point.gradient, atol=1e-10)
    assert_allclose(gains, found[0] @ hessian @ found[0] / 2, rtol=1e-10)
