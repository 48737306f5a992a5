"""The roads by which the chord solver starts lead to the same optimum: some rows, a guess, all rows."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._base._worth import effective_sample_size
from sktransfer._designs import ScaledDesign, as_design
from sktransfer._losses import Binomial
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import _chord, choose_solver

N, P = 12_000, 6


def rows(seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(N, P)) * np.logspace(0, -1, P) + 0.5
    y = (random.random(N) < 1 / (1 + np.exp(-X @ random.normal(size=P)))).astype(float)
    return X, y, random.uniform(0.5, 1.5, size=N)


def objective_of(X, y, weight=None, **settings):
    prior = GaussianPrior(np.linspace(-1, 1, P + 1), DiagonalPrecision(np.append(np.full(P, 3.0), 0.0)))
    return Objective([LossTerm(X, Binomial(), y, weight)], [prior, *settings.pop("priors", [])], **settings)


def solve(objective, name="chord", tol=1e-12):
    result = choose_solver(name, objective).solve(objective, objective.priors[0].centre, tol=tol)
    assert result.converged
    return result


FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "CSR": sp.csr_array,
    "CSC": sp.csc_array,
    "scaled": lambda X: ScaledDesign(as_design(X), X.mean(axis=0), X.std(axis=0)),
}


@pytest.mark.parametrize("form", FORMS)
def test_some_rows_first(form):
    X, y, weight = rows()
    objective = objective_of(FORMS[form](X), y, weight)
    assert N // (_chord._ROWS_PER_PARAMETER * (P + 1)) >= _chord._LEAST_STEP
    np.testing.assert_allclose(solve(objective).theta, solve(objective, "newton-cholesky").theta, atol=1e-8)


def test_every_row_weighs_as_much_as_all():
    X, y, weight = rows()
    objective = objective_of(X, y, weight)
    assert objective.total_weight == pytest.approx(weight.sum())
    part = objective.every(7)
    assert part.n_samples == len(range(0, N, 7))
    assert part.total_weight == pytest.approx(weight.sum())
    np.testing.assert_array_equal(part.terms[0].y, y[::7])
    assert objective.every(1).total_weight == pytest.approx(weight.sum())


def test_rows_that_stand_in_an_unlucky_order():
    """Every step-th row has weight zero, or they are all alike: the other rows decide."""
    X, y, _ = rows()
    step = N // (_chord._ROWS_PER_PARAMETER * (P + 1))
    weight = np.ones(N)
    weight[::step] = 0.0
    alike = X.copy()
    alike[::step] = alike[0]
    for X_, weight_ in ((X, weight), (alike, np.ones(N))):
        objective = objective_of(X_, y, weight_)
        np.testing.assert_allclose(solve(objective).theta, solve(objective, "newton-cholesky").theta, atol=1e-8)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("quality", ["good", "bad"])
def test_a_guess_changes_the_road_not_the_end(quality, held):
    X, y, weight = (part[:500] for part in rows())
    guess = objective_of(X, y, weight).at(np.zeros(P + 1)).loss_hessian() * 17.0
    if quality == "bad":
        guess = np.diag(np.logspace(3, -3, P + 1))
    priors = [Held.at(np.linspace(-1, 1, P + 1), np.arange(P + 1) == 2)] if held else []
    guided = objective_of(X, y, weight, priors=priors, guess=guess)
    free = objective_of(X, y, weight, priors=priors)
    np.testing.assert_allclose(solve(guided).theta, solve(free, "newton-cholesky").theta, atol=1e-8)


def test_a_good_guess_saves_the_second_derivative(monkeypatch):
    X, y, weight = (part[:500] for part in rows())
    guess = objective_of(X, y, weight).at(np.zeros(P + 1)).loss_hessian()
    objective = objective_of(X, y, weight, guess=0.01 * guess)
    monkeypatch.setattr("sktransfer._objective.Point.expand", None)
    solve(objective, tol=1e-8)


def test_the_worth_by_some_rows_is_the_worth_by_all(monkeypatch):
    X, y, weight = rows()
    information = objective_of(X, y, weight).at(np.zeros(P + 1)).loss_hessian()
    prior = GaussianPrior(np.zeros(P + 1), DensePrecision(0.3 * information))
    objective = Objective([LossTerm(X, Binomial(), y, weight)], [prior])
    point = objective.at(solve(objective).theta)
    exact = effective_sample_size(point, weight.sum())
    monkeypatch.setattr("sktransfer._base._worth._MUCH", 0)
    some = effective_sample_size(objective.at(point.theta), weight.sum())
    assert some != exact
    np.testing.assert_allclose(some, exact, rtol=0.03)
