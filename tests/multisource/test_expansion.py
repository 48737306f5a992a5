"""Losses to second order about a point, against explicit sums over rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sktransfer._losses import Binomial, Multinomial, Poisson, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer.multisource._expansion import Expansion
from sktransfer.multisource._expansions import Expansions
from tests.oracles.linear import evaluate

P = 4
LOSSES = {"squared": (Squared(), 1), "binomial": (Binomial(), 1), "multinomial": (Multinomial(3), 3)}


def rows(loss, n=60, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, P))
    y = {"squared": rng.normal(size=n), "binomial": np.arange(n) % 2, "multinomial": np.arange(n) % 3}[loss]
    return X, y, rng.uniform(0.5, 2, size=n)


def losses_of(loss, *sets):
    return Objective([LossTerm(X, LOSSES[loss][0], y, weight) for X, y, weight in sets], [])


def truth(loss, theta, *sets):
    """(gradient, Hessian) of all rows."""
    K = LOSSES[loss][1]
    none = np.zeros(K * (P + 1)), np.zeros((K * (P + 1), K * (P + 1)))
    found = [evaluate(theta, X, y, weight, None, loss, *none, n_outputs=K)[1:] for X, y, weight in sets]
    return [sum(parts) for parts in zip(*found, strict=True)]


def points(loss, seed=1):
    return 0.5 * np.random.default_rng(seed).normal(size=(2, LOSSES[loss][1] * (P + 1)))


@pytest.mark.parametrize("loss", LOSSES)
def test_at_its_point_it_is_gradient_and_second_derivative(loss):
    here, there = points(loss)
    expansion = Expansion(losses_of(loss, rows(loss)), here)
    gradient, hessian = truth(loss, here, rows(loss))
    assert_allclose(expansion.slope(here), gradient, atol=1e-10)
    assert_allclose(expansion.hessian, hessian, rtol=1e-5, atol=1e-5)
    assert_allclose(expansion.slope(np.array([here, there]))[1], gradient + hessian @ (there - here), atol=1e-4)


def test_squared_losses_are_known_everywhere():
    here, there = points("squared")
    expansion = Expansion(losses_of("squared", rows("squared")), here)
    for _ in range(2):
        assert_allclose(expansion.slope(there), truth("squared", there, rows("squared"))[0], rtol=1e-12)
        expansion.move(there)
    assert_array_equal(expansion.point, there)


def test_its_gradient_errs_to_second_order():
    here, there = points("binomial")
    expansion = Expansion(losses_of("binomial", rows("binomial")), here)
    expansion.hessian = truth("binomial", here, rows("binomial"))[1]
    steps = [here + share * (there - here) for share in (0.02, 0.01)]
    errors = [expansion.slope(step) - truth("binomial", step, rows("binomial"))[0] for step in steps]
    assert_allclose(errors[0], 4 * errors[1], rtol=0.05)


@pytest.mark.parametrize("loss", ["binomial", "multinomial"])
@pytest.mark.parametrize("bent", [1.0, 1e6])
def test_moved_its_gradient_is_exact_and_its_hessian_renewed_where_it_did_not_foretell(loss, bent):
    here, there = points(loss)
    expansion = Expansion(losses_of(loss, rows(loss)), here, bent=bent)
    before = expansion.hessian
    expansion.move(there)
    gradient, hessian = truth(loss, there, rows(loss))
    assert_allclose(expansion.gradient, gradient, atol=1e-10)
    if bent == 1.0:
        assert_allclose(expansion.hessian, hessian, rtol=1e-5, atol=1e-5)
    else:
        assert expansion.hessian is before


@pytest.mark.parametrize("loss", LOSSES)
def test_joined_it_is_that_of_all(loss):
    here, there = points(loss)
    sets = [rows(loss, n, seed) for n, seed in ((20, 0), (30, 1), (40, 2))]
    expansions = [Expansion(losses_of(loss, one), here) for one in sets]
    joined = Expansion.joined(expansions, there)
    assert_allclose(joined.slope(there), truth(loss, there, *sets)[0], atol=1e-10)
    assert_allclose(joined.hessian, truth(loss, here, *sets)[1], rtol=1e-5, atol=1e-5)


def test_some_rows_stand_for_all_near_a_point_and_for_themselves_far_away():
    here, there = points("binomial")
    everything, few = losses_of("binomial", rows("binomial")), losses_of("binomial", rows("binomial", 15))
    expansion = Expansion.corrected(few, everything, here)
    gradient, hessian = truth("binomial", here, rows("binomial"))
    for known in (expansion, Expansion.joined([expansion], here)):
        known.renew(here)
        assert_allclose(known.gradient, gradient, atol=1e-10)
        assert_allclose(known.hessian, hessian, rtol=1e-5, atol=1e-5)
    steps = [here + share * (there - here) for share in (0.02, 0.01)]
    errors = []
    for step in steps:
        expansion.move(step)
        errors.append(expansion.gradient - truth("binomial", step, rows("binomial"))[0])
    assert_allclose(errors[0], 4 * errors[1], rtol=0.1, atol=2e-5)
    far = here + 100
    expansion.renew(far)
    assert_allclose(expansion.gradient, truth("binomial", far, rows("binomial", 15))[0], atol=1e-10)


def test_rows_that_overflow_are_said_to():
    term = LossTerm(np.full((3, 1), 1e3), Poisson(), np.ones(3))
    expansion = Expansion(Objective([term], []), np.zeros(2))
    expansion.move(np.ones(2))
    assert not np.isfinite(expansion.gradient).all()


def test_many_rows_are_looked_at_once(monkeypatch):
    monkeypatch.setattr("sktransfer.multisource._expansions._ROWS", 30)
    monkeypatch.setattr("sktransfer.multisource._expansions._ROWS_PER_PARAMETER", 1)
    X, y, weight = rows("binomial", 20)
    repeated = LossTerm(np.repeat(X, 3, axis=0), Binomial(), np.repeat(y, 3), np.repeat(weight, 3))
    expansions = Expansions(
        [repeated, LossTerm(X, Binomial(), y, weight)], losses_of("binomial", rows("binomial")).layout
    )
    here, there = points("binomial")
    assert [expansions.some(place).design.n_samples for place in (0, 1)] == [30, 20]
    assert 0 not in expansions
    found = expansions.of(0, there, lambda: here, 0.1)
    assert 0 in expansions
    assert_allclose(found.gradient, 3 * truth("binomial", here, (X, y, weight))[0], atol=1e-10)
    own = expansions.of(1, there, None, 0.1)
    assert_allclose(own.gradient, truth("binomial", there, (X, y, weight))[0], atol=1e-10)
    both = expansions.joined([0, 1], here, 0.1)
    assert_allclose(both.gradient, 4 * truth("binomial", here, (X, y, weight))[0], atol=1e-10)


def test_squared_losses_keep_all_rows(monkeypatch):
    monkeypatch.setattr("sktransfer.multisource._expansions._ROWS", 10)
    monkeypatch.setattr("sktransfer.multisource._expansions._ROWS_PER_PARAMETER", 1)
    X, y, weight = rows("squared")
    term = LossTerm(X, Squared(), y, weight)
    assert Expansions([term], Objective([term], []).layout).some(0) is term
