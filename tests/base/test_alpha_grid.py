"""Held-out predictors on grids of alphas and strengths are those of separate fits without each row."""

import copy

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from sktransfer._base import _alpha_path
from sktransfer._base._alpha_grid import held_out_grid
from sktransfer._base._alpha_path import AlphaPath
from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer._base._path import held_out_path
from sktransfer._base._pencil import Pencil
from sktransfer._base._source_terms import SourceTerms
from sktransfer._losses import Binomial, Gamma, Multinomial, Poisson, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held, Layout
from sktransfer._solvers import choose_solver

ALPHAS, STRENGTHS = np.array([0.3, 1e-4, 0.97]), np.array([0.2, 30.0])
ENDS = np.array([0.0, 1.0, 0.5])
LOSSES = {
    "squared": Squared(1),
    "outputs": Squared(2),
    "binomial": Binomial(),
    "multinomial": Multinomial(3),
    "poisson": Poisson(),
    "gamma": Gamma(),
}


def draw(loss, random, n, p, shift, form):
    """A loss term of n weighted rows."""
    X = random.normal(size=(n, p)) / 2 + shift
    eta = X @ np.linspace(-1, 1 + shift, p)
    y = {
        "squared": eta + random.normal(size=n),
        "outputs": np.column_stack([eta, -eta]) + random.normal(size=(n, 2)),
        "binomial": random.random(n) < 1 / (1 + np.exp(-eta)),
        "multinomial": np.digitize(eta + random.normal(size=n), [-0.7, 0.7]),
        "poisson": random.poisson(np.exp(eta)),
        "gamma": random.gamma(2.0, np.exp(eta)) + 1e-3,
    }[loss]
    rows = sp.csr_array(X) if form == "sparse" else X
    offset = random.normal(size=(n, LOSSES[loss].n_outputs)) / 3
    return LossTerm(rows, LOSSES[loss], y, random.uniform(0.2, 2, size=n), offset)


def objective_of(loss, n=(14, 60, 25), p=4, fit_intercept=True, dense=False, held=False, form="array", seed=0):
    """A target and two sources."""
    random = np.random.default_rng(seed)
    terms = [draw(loss, random, size, p, shift, form) for size, shift in zip(n, (0.4, 0.0, -0.3), strict=True)]
    layout = Layout(LOSSES[loss].n_outputs, p, fit_intercept)
    diagonal = np.append(random.uniform(0.5, 2, size=p), [0.3] * fit_intercept)
    precision = np.empty(layout.n_params)
    for k in range(layout.n_outputs):
        precision[layout.output(k)] = diagonal
    structure = DiagonalPrecision(precision)
    if dense:
        root = random.normal(size=(layout.n_params, layout.n_params))
        structure = DensePrecision(root @ root.T / 5)
    centre = random.normal(size=layout.n_params) / 3
    more = [Held.at(centre, np.arange(layout.n_params) == 1)] if held else []
    return Objective(terms, [GaussianPrior(centre, structure), *more], fit_intercept=fit_intercept)


def weighed(objective, alpha, strength, units, without=None):
    """The objective spelled out, without one row of the target; the sides that weigh nothing are dropped."""
    result, terms = copy.copy(objective), []
    for place, term in enumerate(objective.terms):
        part = copy.copy(term)
        part.weight = term.weight * (alpha if place else 1 - alpha)
        if without is not None and place == 0:
            part.weight[without] = 0.0
        terms.append(part)
    result.terms = terms[1:] if alpha == 1 else terms[:1] if alpha == 0 else terms
    factor = strength * ((1 - alpha) * units[0] + alpha * units[1])
    result.priors = [prior.times(factor) for prior in objective.priors]
    result.__dict__.pop("total_weight", None)
    result.constant_hessian = result.reduction = None
    return result


def fitted(objective, start=None):
    start = np.zeros(objective.layout.n_params) if start is None else start
    return choose_solver("auto", objective).solve(objective, start, tol=1e-13, max_iter=500).theta


def refitted(objective, alphas, strengths, units=(1.0, 1.0)):
    """The slow oracle: one fit for each target row, alpha and strength."""
    target, layout = objective.terms[0], objective.layout
    found = np.empty((len(strengths), len(alphas), len(target.y), layout.n_outputs))
    for s, strength in enumerate(strengths):
        for a, alpha in enumerate(alphas):
            start = fitted(weighed(objective, alpha, strength, units))
            for row in range(len(target.y)):
                theta = start if alpha == 1 else fitted(weighed(objective, alpha, strength, units, row), start)
                found[s, a, row] = target.predict(layout, theta)[row]
    return found


def losses(objective, etas):
    target = objective.terms[0]
    return np.array([[target.loss.pointwise(target.y, eta).mean() for eta in of_alphas] for of_alphas in etas])


def start_of(objective):
    return np.zeros(objective.layout.n_params)


@pytest.mark.parametrize("units", [(1.0, 1.0), (14.0, 90.0)])
@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("alphas", [ALPHAS, ENDS])
def test_squared_loss_is_exact(fit_intercept, dense, units, alphas):
    objective = objective_of("squared", fit_intercept=fit_intercept, dense=dense)
    assert Pencil.accepts(objective)
    found = held_out_grid(objective, start_of(objective), alphas, STRENGTHS, units)
    assert_allclose(found, refitted(objective, alphas, STRENGTHS, units), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("form", ["array", "sparse"])
@pytest.mark.parametrize("n", [(3, 60, 25), (14, 2, 1), (600, 9, 700)])
def test_squared_loss_is_exact_where_few_rows_see_little_and_many_come_in_blocks(n, form):
    objective = objective_of("outputs", n=n, p=6, form=form)
    rows = slice(None, None, 60 if n[0] > 100 else 1)
    alphas = np.array([1e-5, 0.02, 0.9])
    found = held_out_grid(objective, start_of(objective), alphas, [1e-3])
    expected = [
        [held_out_predictions(w := weighed(objective, alpha, 1e-3, (1, 1)), fitted(w))[rows] for alpha in alphas]
    ]
    assert_allclose(found[:, :, rows], expected, rtol=1e-8, atol=1e-8)


def test_squared_loss_far_from_zero_and_in_mixed_units_loses_no_digits():
    objective = objective_of("squared")
    moved = copy.copy(objective)
    scale = np.array([1e-4, 1.0, 1e3, 1.0])
    moved.terms = [
        LossTerm(term.design.dense() * scale + 1e3 * scale, term.loss, term.y, term.weight, term.offset)
        for term in objective.terms
    ]
    prior = objective.priors[0]
    slopes = prior.precision.diagonal()[:4]
    free = [DiagonalPrecision(np.append(slopes * factor**2, 0.0)) for factor in (np.ones(4), scale)]
    objective.priors = [GaussianPrior(prior.centre, free[0])]
    slopes = prior.centre[:4] / scale
    moved.priors = [GaussianPrior(np.append(slopes, prior.centre[4] - 1e3 * slopes @ scale), free[1])]
    found, expected = (held_out_grid(each, start_of(each), ALPHAS, STRENGTHS) for each in (moved, objective))
    assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def test_what_neither_rows_nor_prior_see_cannot_be_left_out_but_the_rest_is_as_it_was():
    objective = objective_of("squared", n=(5, 3, 1), fit_intercept=False)
    for term in objective.terms:
        term.design.dense()[:, 3] = 0.0
    prior = objective.priors[0]
    blind = GaussianPrior(prior.centre, DiagonalPrecision(np.where(np.arange(4) == 3, 0.0, prior.diagonal())))
    objective.priors = [blind]
    found = held_out_grid(objective, start_of(objective), ALPHAS, STRENGTHS)
    assert_allclose(found, refitted(objective, ALPHAS, STRENGTHS), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("loss", ["squared", "outputs", "binomial"])
def test_a_path_of_strengths_leaves_out_rows_of_the_first_of_several_terms(loss):
    objective = objective_of(loss, n=(14, 200, 100))
    shared = weighed(objective, 0.2, 1.0, (1.0, 1.0))
    found = np.stack(list(held_out_path(shared, start_of(objective), STRENGTHS, 1e-10)))
    expected = refitted(objective, [0.2], STRENGTHS)[:, 0]
    if loss == "binomial":
        found, expected = (losses(objective, [etas])[0] for etas in (found, expected))
    assert_allclose(found, expected, rtol=0.01 if loss == "binomial" else 1e-9, atol=1e-9)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson", "gamma", "squared"])
@pytest.mark.parametrize("alphas", [ALPHAS, ENDS])
def test_minimisers_along_alpha_are_those_of_separate_fits(loss, held, alphas):
    objective, alphas = objective_of(loss, held=held), np.sort(alphas[alphas > 0])
    path = AlphaPath(objective, (2.0, 3.0), 1e-11)
    for alpha, (_, theta) in zip(alphas, path.minimisers(alphas, start_of(objective)), strict=True):
        expected = fitted(weighed(objective, alpha, 1.0, (2.0, 3.0)))
        gradient = weighed(objective, alpha, 1.0, (2.0, 3.0)).at(theta)
        assert gradient.certificate <= 1e-11
        assert_allclose(gradient.etas[0], gradient.objective.at(expected).etas[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson", "gamma"])
def test_smooth_losses_are_near_the_fits_without_each_row(loss):
    objective = objective_of(loss, n=(14, 200, 100))
    alphas = np.array([0.0, 0.01, 0.3, 1.0])
    found = losses(objective, held_out_grid(objective, start_of(objective), alphas, STRENGTHS, tol=1e-10))
    assert_allclose(found, losses(objective, refitted(objective, alphas, STRENGTHS)), rtol=0.025)


@pytest.mark.parametrize("loss", ["binomial", "multinomial", "poisson"])
def test_hessians_between_anchors_change_held_out_losses_little(loss):
    """Some thousand source rows, of which a part tells the anchors: against Hessians at every alpha's own optimum."""
    objective = objective_of(loss, n=(120, 8000, 500), p=5)
    assert AlphaPath(objective, (1.0, 1.0), 1e-8)._part is not None
    alphas = 1 / (1 + np.exp(-np.linspace(-9, 2, 15)))
    found = losses(objective, held_out_grid(objective, start_of(objective), alphas, [1.0], tol=1e-8))[0]
    path, exact = AlphaPath(objective, (1.0, 1.0), 1e-8), []
    for alpha in alphas:
        theta = fitted(weighed(objective, alpha, 1.0, (1, 1)))
        local = path._local(alpha, SourceTerms(objective.terms[1:], objective.layout).anchor(theta))
        exact.append(held_out_predictions(local, theta))
    assert_allclose(found, losses(objective, [exact])[0], rtol=1e-3)


def test_few_hessians_of_the_sources_serve_many_alphas(monkeypatch):
    seen = []
    anchor = _alpha_path.SourceTerms.anchor
    monkeypatch.setattr(_alpha_path.SourceTerms, "anchor", lambda self, theta: seen.append(1) or anchor(self, theta))
    objective = objective_of("binomial", n=(100, 1000, 500))
    alphas = 1 / (1 + np.exp(-np.linspace(-9, 2, 41)))
    held_out_grid(objective, start_of(objective), alphas, [1.0])
    assert len(seen) <= 8


def test_what_the_model_of_the_source_cannot_reach_is_solved_by_an_ordinary_solver(monkeypatch):
    monkeypatch.setattr(_alpha_path, "_VISITS", 0)
    objective = objective_of("poisson")
    path = AlphaPath(objective, (1.0, 1.0), 1e-11)
    for alpha, (_, theta) in zip((0.1, 0.6), path.minimisers(np.array([0.1, 0.6]), start_of(objective)), strict=True):
        assert weighed(objective, alpha, 1.0, (1.0, 1.0)).at(theta).certificate <= 1e-11


def test_where_no_newton_step_leads_anywhere_all_is_left_to_the_ordinary_solver(monkeypatch):
    monkeypatch.setattr(AlphaPath, "_following", lambda self, point: None)
    objective = objective_of("binomial", n=(30, 8000, 500))
    path, alphas = AlphaPath(objective, (1.0, 1.0), 1e-9), np.array([1e-4, 0.01, 0.5])
    assert path._part is not None
    for alpha, (_, theta) in zip(alphas, path.minimisers(alphas, start_of(objective)), strict=True):
        assert weighed(objective, alpha, 1.0, (1.0, 1.0)).at(theta).certificate <= 1e-9


@pytest.mark.parametrize("seed", [0, 10, 36])
def test_counts_of_a_source_whose_features_lie_far_away(seed):
    """Newton steps on the model of such a source may leave the floats (seed 36 did)."""
    random, terms = np.random.default_rng(seed), []
    for n, centre, coef in ((8, [0.0, 0.0], [1.7, -3.3]), (6000, [-6.8, -1.8], [1.4, -2.5])):
        X = random.normal(size=(n, 2))
        y = random.poisson(np.exp(np.clip(X @ coef, -8, 8)))
        terms.append(LossTerm(X + centre, Poisson(), y))
    objective = Objective(terms, [GaussianPrior(np.zeros(3), DiagonalPrecision([0.2, 0.2, 0.0]))])
    alphas = 1 / (1 + np.exp(-np.linspace(-14, 3, 12)))
    found = AlphaPath(objective, (8.0, 6000.0), 1e-8).minimisers(alphas, np.zeros(3))
    for alpha, (_, theta) in zip(alphas, found, strict=True):
        assert weighed(objective, alpha, 1.0, (8.0, 6000.0)).at(theta).certificate <= 1e-8
