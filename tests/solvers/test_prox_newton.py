"""Proximal Newton steps: who may use them, what the gap promises, screening, two centres, two terms."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sktransfer._losses import Binomial, Gamma, Hinge, Multinomial, Poisson, Squared, Tweedie
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, ElasticNetPrior, GaussianPrior, Held
from sktransfer._solvers import CoordinateDescent, choose_solver
from sktransfer._solvers._prox_newton import ProxNewton, Walk

N, P = 40, 6
LOSSES = {
    "binomial": (Binomial(), 1),
    "poisson": (Poisson(), 1),
    "gamma": (Gamma(), 1),
    "1.5": (Tweedie(1.5), 1),
    "multinomial": (Multinomial(3), 3),
}


def problem(name="binomial", l1=2.0, l2=1.0, p=P, seed=0, form=np.asarray, l2_centre=None, lower=None, held=None):
    loss, K = LOSSES[name]
    random = np.random.default_rng(seed)
    X = random.normal(size=(N, p)) + 0.5
    y = {"binomial": np.arange(N) % 2, "multinomial": np.arange(N) % 3}.get(
        name, random.gamma(2.0, 1.0, N).round(1) + 0.1
    )
    slopes = np.arange(K * p + K) < K * p
    centre = np.where(slopes, 0.2 * random.normal(size=len(slopes)), 0.0)
    prior = ElasticNetPrior(centre, np.where(slopes, l1, 0.0), np.where(slopes, l2, 0.0), l2_centre)
    term = LossTerm(form(X), loss, y, random.uniform(0.5, 2.0, N))
    return Objective([term], [prior] if held is None else [prior, held], lower=lower)


def solve(objective, tol=1e-14, **options):
    return ProxNewton().solve(objective, objective.priors[0].centre.copy(), tol=tol, **options)


def subgradient(objective, theta):
    """The distance of zero from the subdifferential, written out."""
    prior = objective.priors[0]
    smooth = Objective(objective.terms, []).at(theta).theta_gradient + prior.l2 * (theta - prior.l2_centre)
    moved = theta != prior.centre
    at_rest = np.maximum(np.abs(smooth) - prior.l1, 0)
    return np.where(moved, np.abs(smooth + prior.l1 * np.sign(theta - prior.centre)), at_rest)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("l1, l2", [(2.0, 0.0), (2.0, 1.0)])
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_optimum(form, l1, l2, name):
    objective = problem(name, l1, l2, form=form)
    result = solve(objective)
    assert result.converged
    assert result.measure == "the relative duality gap"
    assert_allclose(subgradient(objective, result.theta), 0, atol=1e-7)
    assert_allclose(result.value, objective.at(result.theta).value, rtol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("l1, l2", [(2.0, 0.0), (2.0, 1.0), (8.0, 0.1)])
def test_the_gap_is_never_less_than_what_is_left_to_gain(name, l1, l2):
    objective = problem(name, l1, l2)
    lowest = solve(objective).value
    random = np.random.default_rng(1)
    gaps = []
    for size in (1.0, 0.1, 1e-3, 1e-5, 0.0):
        theta = solve(objective).theta
        theta = theta + size * random.normal(size=len(theta)) * (theta != objective.priors[0].centre)
        walk = Walk(objective, theta, 1e-14, 0, None).run()
        gaps.append(walk.certificate * walk._scale)
        assert walk.value - lowest <= gaps[-1] + 1e-12 * abs(lowest)
    assert gaps[-1] < 1e-8 < gaps[1]


@pytest.mark.parametrize("name", ["binomial", "multinomial"])
def test_screening_keeps_what_moves(name):
    objective = problem(name, 5.0, 0.5, p=60)
    best = solve(objective).theta
    moved = best != objective.priors[0].centre
    screened = []
    for tol in (1e-1, 1e-3, 1e-5, 1e-9):
        walk = Walk(objective, solve(objective, tol).theta, 1e-14, 0, None).run()
        assert not np.any(walk._at_rest & moved)
        screened.append(np.count_nonzero(walk._at_rest))
    assert screened[-1] >= 0.9 * np.count_nonzero(~moved[: 60 * LOSSES[name][1]])


def test_two_centres():
    """Absolute values around one centre, squares around another."""
    other = np.linspace(-1, 1, P + 1)
    objective = problem("poisson", 2.0, 3.0, l2_centre=other)
    result = solve(objective)
    assert result.converged
    assert_allclose(subgradient(objective, result.theta), 0, atol=1e-7)


def test_squared_loss_is_as_coordinate_descent_says():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(N, P)), random.normal(size=N)
    slopes = np.arange(P + 1) < P
    prior = ElasticNetPrior(np.zeros(P + 1), 3.0 * slopes, 1.0 * slopes)
    objective = Objective([LossTerm(X, Squared(), y)], [prior])
    assert choose_solver("auto", objective).name == "coordinate-descent"
    expected = CoordinateDescent().solve(objective, np.zeros(P + 1), tol=1e-15, max_iter=10_000).theta
    assert_allclose(solve(objective).theta, expected, rtol=1e-9, atol=1e-11)


def test_two_terms_are_the_rows_of_both():
    parts = [problem(seed=seed).terms[0] for seed in (1, 2)]
    prior = problem().priors[0]
    both = Objective(parts, [prior])
    X = np.vstack([term.design.dense() for term in parts])
    y, weight = (np.concatenate([getattr(term, name) for term in parts]) for name in ("y", "weight"))
    stacked = Objective([LossTerm(X, Binomial(), y, weight)], [prior])
    assert_allclose(solve(both).theta, solve(stacked).theta, rtol=1e-8, atol=1e-10)


def test_it_refuses_with_a_reason():
    prior, term = problem().priors[0], problem().terms[0]
    gaussian = GaussianPrior(prior.centre, DiagonalPrecision(prior.l2))
    hinge = LossTerm(term.design, Hinge(2), np.arange(N) % 2)
    oblique = Held(np.zeros(P + 1), np.eye(P + 1)[:, :2] @ np.array([[1.0], [1.0]]))
    for objective, reason in [
        (Objective([term], [gaussian]), "for a penalty of absolute values"),
        (problem(lower=np.zeros(P + 1)), "takes no bounds"),
        (problem(held=oblique), "what is held must leave each penalised parameter"),
        (Objective([hinge], [prior]), "for smooth losses"),
    ]:
        with pytest.raises(ValueError, match=reason):
            choose_solver("prox-newton", objective)


def test_held_parameters_stay():
    held = Held.at(np.full(P + 1, 0.3), np.arange(P + 1) == 2)
    result = solve(problem(held=held))
    objective = problem()
    assert result.theta[2] == 0.3
    left = subgradient(objective, result.theta)
    assert left[2] > 1e-3
    assert_allclose(np.delete(left, 2), 0, atol=1e-7)


def test_reports_each_round():
    seen = []
    result = solve(problem("poisson"), report=seen.append)
    assert_allclose(seen[-1].theta, result.theta, rtol=1e-12)


def test_a_start_that_overflows_is_an_error():
    objective = problem("poisson")
    with pytest.raises(FloatingPointError, match="not finite where the descent starts"):
        ProxNewton().solve(objective, np.full(P + 1, 1e5))


@pytest.mark.parametrize("name", ["1.5", "binomial"])
def test_losses_without_a_gap_are_certified_by_subgradients(name, monkeypatch):
    objective = problem(name)
    expected = solve(objective).theta
    monkeypatch.setattr(objective.terms[0].loss, "divergence", None, raising=False)
    result = solve(objective, 1e-11)
    assert result.measure == "max |subgradient| / sum of weights"
    assert result.converged
    assert_allclose(result.theta, expected, rtol=1e-8, atol=1e-9)
