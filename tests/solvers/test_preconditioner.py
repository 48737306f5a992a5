"""The centred diagonal against the matrix it stands for; what L-BFGS remembers against the update written out."""

import numpy as np
import pytest

from sktransfer._losses import Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
from sktransfer._solvers._memory import Memory
from sktransfer._solvers._preconditioner import CentredDiagonal
from tests.oracles.problems import FAMILIES, Problem


def inverse(solvable, size):
    return np.column_stack([solvable.solve(unit) for unit in np.eye(size)])


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("family", ["squared", "squared, two outputs", "binomial"])
def test_with_one_feature_it_is_the_hessian(family, fit_intercept):
    problem = Problem(family, fit_intercept=fit_intercept, two_terms=True, p=1)
    point = problem.objective.at(problem.start)
    hessian = point.hessian()
    np.testing.assert_allclose(inverse(CentredDiagonal(point), len(hessian)), np.linalg.inv(hessian), rtol=1e-9)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_it_is_the_centred_diagonal_of_each_output(family):
    problem = Problem(family, "diagonal")
    point = problem.objective.at(problem.start)
    hessian, layout = point.hessian(), problem.layout
    expected = np.zeros_like(hessian)
    for k in range(layout.n_outputs):
        at = layout.output(k)
        block = hessian[np.ix_(at, at)]
        mean = block[-1, :-1] / block[-1, -1]
        lower = np.eye(len(at))
        lower[-1, :-1] = mean
        diagonal = np.append(block.diagonal()[:-1] - block[-1, -1] * mean**2, block[-1, -1])
        expected[np.ix_(at, at)] = lower.T @ np.diag(diagonal) @ lower
    np.testing.assert_allclose(
        inverse(CentredDiagonal(point), len(hessian)), np.linalg.inv(expected), rtol=1e-9, atol=1e-13
    )


@pytest.mark.parametrize("held", ["coordinates", "oblique"])
def test_where_directions_are_held_it_is_a_diagonal_in_free_coordinates(held):
    problem = Problem("binomial", held=held)
    point = problem.objective.at(problem.start)
    expected = (problem.basis.T**2) @ point.hessian_diagonal
    np.testing.assert_allclose(inverse(CentredDiagonal(point), len(expected)), np.diag(1 / expected), rtol=1e-12)


@pytest.mark.parametrize("column", [0.0, 1.0, 1e8, 1e-8])
@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_it_is_positive_definite_whatever_the_data(weight, column):
    """A constant feature, one that is zero, rows without weight, no penalty."""
    X = np.column_stack([np.full(9, column), np.arange(9.0)])
    prior = GaussianPrior(np.zeros(3), DiagonalPrecision(np.zeros(3)))
    objective = Objective([LossTerm(X, Squared(), np.ones(9), np.full(9, weight))], [prior])
    units = np.array([max(column, 1.0), 8.0, 1.0])
    matrix = units * inverse(CentredDiagonal(objective.at(np.zeros(3))), 3) * units[:, np.newaxis]
    assert np.all(np.isfinite(matrix))
    assert np.all(np.linalg.eigvalsh((matrix + matrix.T) / 2) > 0)


class Units:
    """A matrix with a diagonal only."""

    def __init__(self, diagonal):
        self.diagonal = diagonal

    def solve(self, right):
        return right / self.diagonal


def written_out(pairs, guess):
    """B by (I - rho s y') B (I - rho y s') + rho s s', from the oldest pair to the newest."""
    step, change = pairs[-1]
    result = np.diag(1 / guess.diagonal) * (step @ change) / (change @ (change / guess.diagonal))
    for step, change in pairs:
        rho, one = 1 / (step @ change), np.eye(len(step))
        left = one - rho * np.outer(step, change)
        result = left @ result @ left.T + rho * np.outer(step, step)
    return result


@pytest.mark.parametrize("n_pairs", [0, 1, 3, 6])
def test_memory_is_the_update_written_out(n_pairs):
    random, size = np.random.default_rng(0), 7
    hessian = np.cov(random.normal(size=(size, 30)))
    guess, pairs = Units(np.linspace(1, 3, size)), []
    memory = Memory(guess, scaled=True, size=4)
    for _ in range(n_pairs):
        step = random.normal(size=size)
        pairs.append((step, hessian @ step))
        memory.learn(*pairs[-1])
    gradient = random.normal(size=size)
    kept = gradient.copy(), [(step.copy(), change.copy()) for step, change in pairs]
    expected = written_out(pairs[-4:], guess) if pairs else np.diag(1 / guess.diagonal)
    np.testing.assert_allclose(memory.direction(gradient), -expected @ gradient, rtol=1e-10)
    if pairs:
        np.testing.assert_allclose(memory.direction(pairs[-1][1]), -pairs[-1][0], rtol=1e-10)
    np.testing.assert_array_equal(gradient, kept[0])
    np.testing.assert_array_equal(pairs, kept[1]) if pairs else None


def test_memory_learns_nothing_where_there_is_no_curvature():
    memory, gradient = Memory(Units(np.ones(2)), scaled=True), np.array([1.0, -2.0])
    memory.learn(np.array([1.0, 0.0]), np.array([-1.0, 0.0]))
    memory.learn(np.zeros(2), np.zeros(2))
    np.testing.assert_array_equal(memory.direction(gradient), -gradient)
