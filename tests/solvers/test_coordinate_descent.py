"""Coordinate descent: who may use it, what others say of a kink, its stores, two centres, its certificate."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sktransfer._designs import ScaledDesign, as_design
from sktransfer._losses import Binomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, ElasticNetPrior, GaussianPrior, Held
from sktransfer._solvers import CoordinateDescent, choose_solver, solver_names
from sktransfer._solvers._column_store import column_store
from tests.oracles.elastic_net import descend

N, P = 30, 8


def _rows(n=N, p=P, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + rng.normal(size=p)
    X[rng.random(X.shape) < 0.3] = 0.0
    return X, X[:, 0] - 2 * X[:, 1] + rng.normal(size=n) + 1, rng.uniform(0.5, 2, size=n)


def _prior(l1=2.0, l2=1.0, p=P, **centres):
    centre = centres.pop("centre", np.zeros(p))
    ends = {name: np.append(value, 0.0) for name, value in centres.items()}
    return ElasticNetPrior(np.append(centre, 0.0), np.append(np.full(p, l1), 0), np.append(np.full(p, l2), 0), **ends)


def _objective(form=np.asarray, prior=None, **options):
    X, y, weight = _rows()
    return Objective([LossTerm(form(X), Squared(), y, weight)], [_prior() if prior is None else prior], **options)


def test_a_kink_is_not_for_solvers_that_follow_gradients():
    objective = _objective()
    assert choose_solver("auto", objective).name == "coordinate-descent"
    for name in set(solver_names()) - {"coordinate-descent", "prox-newton"}:
        with pytest.raises(ValueError, match=f"solver='{name}' cannot be used here: a penalty of absolute values"):
            choose_solver(name, objective)


@pytest.mark.parametrize("case", ["loss", "two terms", "prior", "held", "bounds"])
def test_it_refuses_with_a_reason(case):
    X, y, _ = _rows()
    term, prior = LossTerm(X, Squared(), y), _prior()
    gaussian = GaussianPrior(prior.centre, DiagonalPrecision(prior.l2))
    held = Held.at(prior.centre, np.arange(P + 1) == 0)
    objective, reason = {
        "loss": (Objective([LossTerm(X, Binomial(), (y > 0).astype(float))], [prior]), "one loss term, of squared"),
        "two terms": (Objective([term, term], [prior]), "one loss term, of squared loss"),
        "prior": (Objective([term], [gaussian]), "for a penalty of absolute values"),
        "held": (Objective([term], [prior, held]), "cannot also be held"),
        "bounds": (Objective([term], [prior], lower=np.zeros(P + 1)), "with bounds all need a penalty"),
    }[case]
    with pytest.raises(ValueError, match=reason):
        choose_solver("coordinate-descent", objective)


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("l1, l2", [(2.0, 1.0), (8.0, 0.0), (3.0, 20.0)])
def test_two_centres(form, l1, l2):
    """Absolute values around one centre, squares around another."""
    X, y, weight = _rows()
    centre, other = np.linspace(-1, 1, P), np.linspace(2, 0, P)
    prior = _prior(l1, l2, centre=centre, l2_centre=other)
    result = CoordinateDescent().solve(_objective(form, prior), np.zeros(P + 1), tol=1e-14)
    coef, intercept = descend(X, y, weight, centre, np.full(P, l1), np.full(P, l2), l2_centre=other)
    assert result.converged
    assert_allclose(result.theta, np.append(coef, intercept), rtol=1e-7, atol=1e-8)
    assert_allclose(result.value, _objective(form, prior).at(result.theta).value, rtol=1e-12)


@pytest.mark.parametrize("form", [np.asarray, sp.csc_array])
@pytest.mark.parametrize("scaled", [False, True])
def test_stores_hold_weighted_centred_columns(form, scaled):
    X, y, weight = _rows()
    design, mean, root = as_design(form(X)), np.linspace(1, 2, P), np.sqrt(weight)
    entries = X
    if scaled:
        scale = np.linspace(0.5, 2, P)
        design, entries = ScaledDesign(design, mean, scale), (X - mean) / scale
    store = column_store(design, root, mean)
    columns = np.column_stack([root[:, np.newaxis] * (entries - mean), root])
    for wanted in ([3, 1], [1, P], [0, 3, 5]):
        places = store.places(np.array(wanted))
        assert store.features[places].tolist() == wanted
    delta = np.linspace(-1, 1, len(store.features))
    assert_allclose(store.residual(y, delta), y - columns[:, store.features] @ delta, rtol=1e-12)
    basis = columns[:, [3, P]]
    left = store.orthogonal(y, store.places(np.array([3, P])))
    assert_allclose(basis.T @ left, 0, atol=1e-12)
    assert_allclose(left, y - basis @ np.linalg.lstsq(basis, y)[0], rtol=1e-10)


def test_many_columns_go_by_residuals_and_few_by_products_to_the_same_optimum(monkeypatch):
    X, y, weight = _rows(20, 300)
    objective = Objective([LossTerm(X, Squared(), y, weight)], [_prior(0.3, 0.5, p=300)])
    by_products = CoordinateDescent().solve(objective, np.zeros(301), tol=1e-14, max_iter=100_000)
    monkeypatch.setattr("sktransfer._solvers._column_store._LARGEST_GRAM", 0)
    by_residuals = CoordinateDescent().solve(objective, np.zeros(301), tol=1e-14, max_iter=100_000)
    assert by_products.converged
    assert by_residuals.converged
    assert_allclose(by_products.theta, by_residuals.theta, rtol=1e-7, atol=1e-8)


def test_reports_and_ignores_rows_that_a_target_of_zero_leaves():
    X, _, weight = _rows()
    seen = []
    objective = Objective([LossTerm(X, Squared(), np.zeros(N), weight)], [_prior()])
    result = CoordinateDescent().solve(objective, np.zeros(P + 1), tol=0.0, report=seen.append)
    assert result.converged
    assert result.n_iter == 1
    assert not np.any(result.theta)
    assert_allclose(seen[-1].theta, result.theta)


def test_screening_keeps_what_moves():
    """Columns that a gap shows to be at rest are at rest at the optimum."""
    from sktransfer._solvers._shrinkage import Shrinkage

    X, y, weight = _rows(30, 60)
    objective = Objective([LossTerm(X, Squared(), y, weight)], [_prior(6.0, 1.0, p=60)])
    problem = Shrinkage(objective, 0)
    solver, screened = CoordinateDescent(), []
    best = solver.solve(objective, np.zeros(61), tol=1e-14, max_iter=100_000).theta
    for tol in (1e-1, 1e-3, 1e-5, 1e-8):
        d = problem.start(solver.solve(objective, np.zeros(61), tol=tol).theta)
        residual = problem.root * (y - X @ d)
        residual -= problem.root * (problem.root @ residual) / weight.sum()
        slopes = problem.slopes(residual)
        gap, s = problem.gap(d, residual, residual, slopes)
        at_rest = problem.at_rest(d, slopes, s, gap)
        assert not np.any(best[:60][at_rest])
        screened.append(np.count_nonzero(at_rest))
    assert screened == sorted(screened)
    assert screened[-1] == np.count_nonzero(best[:60] == 0)
