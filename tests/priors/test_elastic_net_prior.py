"""The elastic net around a centre: value, subgradient, prox."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sktransfer._priors import ElasticNetPrior
from tests.oracles.differences import derivative

CENTRE, L1 = np.array([1.0, -2.0, 0.5, 0.0]), np.array([1.0, 0.0, 2.0, 0.5])
L2, OTHER = np.array([0.0, 3.0, 1.0, 0.0]), np.array([0.0, 1.0, -1.0, 2.0])
SECOND = ElasticNetPrior(CENTRE, L1, L2, OTHER, np.array([0.4, 1.0, 3.0, 0.5]), np.array([0.0, -1.0, 1.5, 0.0]))
PRIORS = [ElasticNetPrior(CENTRE, L1, L2), ElasticNetPrior(CENTRE, L1, L2, OTHER), SECOND]
both = pytest.mark.parametrize("prior", PRIORS, ids=["one centre", "two centres", "two kinks"])


@both
def test_gradient_is_the_derivative_away_from_the_kink(prior):
    theta = CENTRE + np.array([0.3, -0.4, 0.7, -0.2])
    assert_allclose(prior.gradient(theta), derivative(prior.value, theta), rtol=1e-6, atol=1e-8)
    assert_allclose(prior.product(theta), prior.diagonal() * theta)
    hessian = np.ones((4, 4))
    prior.add_to(hessian)
    assert_array_equal(hessian - 1, np.diag(L2))


@both
@pytest.mark.parametrize("step", [0.3, 2.0])
def test_prox_minimises(prior, step):
    """No point of a fine grid through it, coordinate by coordinate, is lower."""
    theta = np.array([1.2, 4.0, -3.0, 0.1])
    best = prior.prox(theta, step)

    def height(z):
        return step * prior.value(z) + 0.5 * np.sum((z - theta) ** 2)

    for j in range(4):
        for shift in np.linspace(-1, 1, 201):
            moved = best.copy()
            moved[j] += shift
            assert height(moved) >= height(best) - 1e-12
    assert prior.prox(CENTRE + np.array([0.1, 0, 0, 0]), 1.0)[0] == CENTRE[0]


def test_prox_meets_the_second_kink_to_the_last_digit():
    prior = ElasticNetPrior([0.1], l1=[1.0], l2=[0.0], other_l1=[1.5], other_centre=[0.3])
    assert prior.prox(np.array([1.0]), 1.0)[0] == 0.3


@both
def test_slopes_are_one_sided_derivatives(prior):
    step = 1e-7
    for theta in (CENTRE, OTHER, np.array([0.0, -1.0, 1.5, 0.0]), np.array([0.3, 0.4, -0.7, 5.0])):
        left, right = prior.slopes(theta)
        for j, shift in enumerate(np.eye(4) * step):
            assert_allclose(right[j], (prior.value(theta + shift) - prior.value(theta)) / step, atol=1e-5)
            assert_allclose(left[j], (prior.value(theta) - prior.value(theta - shift)) / step, atol=1e-5)


@both
def test_resting_is_where_the_prior_is_lowest(prior):
    """Zero is a subgradient; where it does not care the centre stands."""
    left, right = prior.slopes(prior.resting)
    assert np.all(left <= 1e-12)
    assert np.all(right >= -1e-12)
    assert_array_equal(ElasticNetPrior(CENTRE, L1, 0 * L2, None, L1, OTHER).resting, CENTRE)


@both
def test_times(prior):
    theta = np.array([1.2, 4.0, -3.0, 0.1])
    assert_allclose(prior.times(3.0).value(theta), 3 * prior.value(theta))
    assert not prior.smooth
    assert ElasticNetPrior(CENTRE, 0 * L1, L2).smooth
