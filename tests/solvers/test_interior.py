"""From inside the box to the optimum of losses with kinks: that of the ascent, however weak the penalty."""

import numpy as np
import pytest

from sktransfer._losses import EpsilonInsensitive, Hinge, SquaredHinge
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import _interior, choose_solver
from sktransfer._solvers._dual_ascent import Output, State
from sktransfer._solvers._interior import Box, interior

LOSSES = {"hinge": Hinge(), "tube": EpsilonInsensitive(0.3), "absolute": EpsilonInsensitive()}
every_loss = pytest.mark.parametrize("loss", LOSSES)


def output(loss, n=200, p=5, strength=1.0, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    X = scale * rng.normal(size=(n, p)) + 0.3
    eta = X @ rng.normal(size=p) + rng.normal(size=n)
    y = (eta > np.median(eta)).astype(int) if loss == "hinge" else eta
    weight = rng.integers(0, 3, size=n).astype(float)
    term = LossTerm(X, LOSSES[loss], y, weight)
    return Output(term, 0, 0.2 * X[:, :1], np.full(p + 1, 1 / strength))


@every_loss
@pytest.mark.parametrize("strength", [1e-4, 1.0, 1e4])
def test_it_ends_near_the_optimum_within_the_bounds(loss, strength):
    problem = output(loss, strength=strength)
    beta = interior(problem, None)
    assert np.all((problem.form.lower <= beta) & (beta <= problem.form.upper))
    state = State(problem, beta)
    assert state.relative <= max(1e-7, state.rounding)


@every_loss
@pytest.mark.parametrize("spread", [np.ones(6), np.ones(5), np.array([1.0, 0.0, 2.0, 0.0, 0.5, 3.0])])
def test_both_roads_end_at_one_optimum(loss, spread, monkeypatch):
    """With and without an intercept, and with features that are held."""
    problem = output(loss)
    short = Output.__new__(Output)
    short.__dict__.update(problem.__dict__, spread=spread[:5], level=float(spread[5]) if len(spread) == 6 else 0.0)
    near = short.solve(1e-12, 1000, 0)
    monkeypatch.setattr("sktransfer._solvers._dual_ascent.interior", lambda output, state: None)
    slow = short.solve(1e-12, 100_000, 0)
    assert near.epochs == 0 < slow.epochs
    np.testing.assert_allclose(near.change, slow.change, atol=1e-6)
    np.testing.assert_array_equal(near.change[:5][spread[:5] == 0], 0.0)


@every_loss
def test_variables_and_rows(loss):
    """``beta'(target - offset) - epsilon |beta| = q . z`` but for a constant, and the bounds are those of beta."""
    problem = output(loss)
    form, box = problem.form, Box.of(problem.form, problem.offset)
    z = np.random.default_rng(1).uniform(size=(2, len(box.rows))) * box.most
    if loss == "tube":
        z[:, : len(z[0]) // 2] = 0.0  # one side of each row's tube at a time
    beta = [box.beta(one) for one in z]
    gain = [b @ (form.target - problem.offset) - form.epsilon * np.abs(b).sum() for b in beta]
    np.testing.assert_allclose(gain[0] - gain[1], (z[0] - z[1]) @ box.gain, rtol=1e-9)
    np.testing.assert_array_equal(box.beta(np.where(box.sign > 0, box.most, 0.0)), form.upper)
    assert np.all(form.weight[box.rows] > 0)


def test_what_it_leaves_to_others():
    assert interior(output("hinge", n=5, p=5), None) is None
    wide = output("hinge", n=_interior._FEW_FEATURES + 10, p=_interior._FEW_FEATURES + 1)
    assert interior(wide, None) is None
    smooth = output("hinge")
    smooth.loss = SquaredHinge()
    assert interior(smooth, None) is None
    weightless = LossTerm(np.ones((9, 1)), Hinge(), np.arange(9) % 2, np.zeros(9))
    assert interior(Output(weightless, 0, np.zeros((9, 1)), np.ones(2)), None) is None


@every_loss
def test_rows_of_all_scales(loss):
    """Rows that repeat, rows of zeros, features far apart in scale: exact all the same."""
    rng = np.random.default_rng(3)
    X = np.repeat(rng.normal(size=(60, 4)) * [1e3, 1.0, 1e-3, 0.0], 3, axis=0)
    X[:9] = 0.0
    y = (X[:, 1] + rng.normal(size=180) > 0).astype(int) if loss == "hinge" else X[:, 1] + rng.normal(size=180)
    prior = GaussianPrior(np.zeros(5), DiagonalPrecision(np.ones(5)))
    objective = Objective([LossTerm(X, LOSSES[loss], y)], [prior])
    result = choose_solver("auto", objective).solve(objective, np.zeros(5), tol=1e-9)
    assert result.converged
    held = Held.at(np.zeros(5), np.array([False, False, False, True, False]))
    again = Objective(objective.terms, [prior, held])
    same = choose_solver("auto", again).solve(again, np.zeros(5), tol=1e-9)
    np.testing.assert_allclose(result.value, same.value, rtol=1e-8)
