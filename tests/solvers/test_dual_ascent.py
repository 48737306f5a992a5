"""What the ascent over rows refuses, and that every road of it ends at the same optimum."""

import numpy as np
import pytest

from sktransfer._losses import EpsilonInsensitive, Hinge, Squared, SquaredEpsilonInsensitive, SquaredHinge
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import _between, _interior, _primal, choose_solver

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)) + 0.5
Y = (X[:, 0] + RNG.normal(size=40) > 0.5).astype(int)


def problem(loss=None, diagonal=(1.0, 1.0, 1.0, 1.0), extra=(), **options):
    prior = GaussianPrior(np.zeros(4), DiagonalPrecision(diagonal))
    return Objective([LossTerm(X, Hinge() if loss is None else loss, Y)], [prior, *extra], **options)


@pytest.mark.parametrize(
    "objective, message",
    [
        (problem(Squared()), "one term of hinge or tube losses"),
        (problem(lower=np.zeros(4)), "takes no bounds"),
        (problem(diagonal=(1.0, 0.0, 1.0, 1.0)), "needs a positive diagonal prior"),
        (problem(diagonal=(1.0, 1.0, 1.0, 0.0)), "needs a positive diagonal prior"),
        (problem(extra=[Held(np.zeros(4), np.ones((4, 1)))]), "needs a positive diagonal prior"),
        (Objective([LossTerm(X, Hinge(), Y)], [GaussianPrior(np.zeros(4), DensePrecision(np.eye(4) + 1))]), "diagonal"),
    ],
)
def test_what_it_refuses(objective, message):
    with pytest.raises(ValueError, match=message):
        choose_solver("dual-ascent", objective)


@pytest.mark.parametrize("name", ["newton-cholesky", "newton-cg", "lbfgs", "chord", "dual", "cholesky"])
def test_solvers_of_smooth_losses_refuse_kinks(name):
    with pytest.raises(ValueError, match="not for hinge and tube losses"):
        choose_solver(name, problem())
    assert choose_solver("auto", problem()).name == "dual-ascent"


@pytest.mark.parametrize("loss", [SquaredHinge(), SquaredEpsilonInsensitive(0.1), Hinge(), EpsilonInsensitive(0.1)])
@pytest.mark.parametrize("n", [60, 600])
def test_all_roads_end_at_one_optimum(loss, n, monkeypatch):
    rows = np.random.default_rng(1).normal(size=(n, 4)) + 0.3
    y = (rows[:, 0] + np.random.default_rng(2).normal(size=n) > 0.3).astype(int)
    objective = Objective([LossTerm(rows, loss, y)], [GaussianPrior(np.full(5, 0.1), DiagonalPrecision(np.ones(5)))])

    def solve():
        result = choose_solver("auto", objective).solve(objective, np.zeros(5), tol=1e-13, max_iter=100_000)
        assert result.converged
        return result.theta

    short = solve()
    monkeypatch.setattr(_primal, "_FEW_FEATURES", 0)
    monkeypatch.setattr(_interior, "_FEW_FEATURES", 0)
    monkeypatch.setattr("sktransfer._solvers._dual_ascent.settle", lambda output, state: None)
    np.testing.assert_allclose(short, solve(), atol=1e-6)


def test_rows_that_repeat_each_other_are_settled():
    twice = np.repeat(X, 3, axis=0)
    objective = Objective([LossTerm(twice, Hinge(), np.repeat(Y, 3))], problem().priors)
    single = Objective([LossTerm(X, Hinge(), Y, np.full(40, 3.0))], problem().priors)
    both = [choose_solver("auto", o).solve(o, np.zeros(4), tol=1e-12) for o in (objective, single)]
    np.testing.assert_allclose(both[0].theta, both[1].theta, rtol=1e-9, atol=1e-10)
    assert _between.MOST >= 120


@pytest.mark.parametrize("loss", [SquaredHinge(), SquaredEpsilonInsensitive(0.1), Hinge(), EpsilonInsensitive(0.1)])
def test_the_level_alone(loss):
    held = Held.at(np.array([0.3, -0.2, 0.1, 0.0]), np.array([True, True, True, False]))
    objective = problem(loss, diagonal=(0.0, 0.0, 0.0, 0.0), extra=[held])
    result = choose_solver("auto", objective).solve(objective, np.zeros(4))
    np.testing.assert_array_equal(result.theta[:3], [0.3, -0.2, 0.1])
    assert result.converged
    moved = np.tile(result.theta, (2001, 1))
    moved[:, 3] += np.linspace(-2, 2, 2001)
    assert result.value <= min(objective.at(theta).value for theta in moved) * (1 + 1e-12)
