"""Held-out predictors along a path are those of separate fits, whatever road is taken."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._base._leave_one_out import _inverse_hessian, held_out_predictions
from sktransfer._base._path import held_out_path, times, walked_path
from sktransfer._base._spectrum import Spectrum
from sktransfer._base._worth import effective_sample_size, worth_known
from sktransfer._losses import Binomial, Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Layout
from sktransfer._solvers import CompiledProblem, choose_solver

STRENGTHS = np.array([0.3, 40.0, 4.0])
FORMS = {"C": np.ascontiguousarray, "F": np.asfortranarray, "sparse": sp.csr_array, "columns": sp.csc_array}


def objective_of(family, form="C", n=40, p=6, dense=False, fit_intercept=True, pull=0.7, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p)) + 2.0
    loss = {"squared": Squared(1), "outputs": Squared(3), "binomial": Binomial(), "multinomial": Multinomial(3)}[family]
    y = {
        "squared": random.normal(size=n),
        "outputs": random.normal(size=(n, 3)),
        "binomial": random.random(n) < 0.5,
        "multinomial": random.integers(0, 3, size=n),
    }[family]
    layout = Layout(loss.n_outputs, p, fit_intercept)
    diagonal = np.append(random.uniform(0.5, 2, size=p), [pull] * fit_intercept)
    precision = np.empty(layout.n_params)
    for k in range(loss.n_outputs):
        precision[layout.output(k)] = diagonal
    structure = DiagonalPrecision(precision)
    if dense:
        root = random.normal(size=(layout.n_params, layout.n_params))
        structure = DensePrecision(root @ root.T / 5)
    term = LossTerm(FORMS[form](X), loss, y, random.uniform(0.2, 2, size=n), offset=random.normal(size=loss.n_outputs))
    return Objective(
        [term], [GaussianPrior(random.normal(size=layout.n_params) / 3, structure)], fit_intercept=fit_intercept
    )


def one_by_one(objective, strengths=STRENGTHS):
    for strength in strengths:
        prior = objective.priors[0].times(strength)
        alone = Objective(objective.terms, [prior], fit_intercept=objective.layout.fit_intercept)
        theta = choose_solver("auto", alone).solve(alone, prior.centre, tol=1e-12, max_iter=500).theta
        yield held_out_predictions(alone, theta)


def agree(objective, atol):
    start = objective.priors[0].centre
    found = list(held_out_path(objective, start, STRENGTHS, 1e-10))
    for eta, expected in zip(found, one_by_one(objective), strict=True):
        np.testing.assert_allclose(eta, expected, atol=atol)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize(
    "family, form, n, p",
    [
        ("squared", "C", 40, 6),
        ("outputs", "sparse", 40, 6),
        ("squared", "C", 12, 30),
        ("binomial", "C", 40, 6),
        ("binomial", "sparse", 40, 6),
        ("binomial", "C", 12, 30),
        ("multinomial", "C", 40, 6),
    ],
)
def test_where_a_path_ends(family, form, n, p, fit_intercept):
    """Each end is the minimiser; what else is said of it is what the objective says there."""
    objective = objective_of(family, form, n=n, p=p, fit_intercept=fit_intercept)
    path = walked_path(objective, objective.priors[0].centre, STRENGTHS, 1e-10)
    list(path.held_out)
    places = [2, 0]
    for place, end in zip(places, path.ends(places), strict=True):
        weighed = times(objective, STRENGTHS[place])
        theta = choose_solver("auto", weighed).solve(weighed, end.theta, tol=1e-13, max_iter=500).theta
        np.testing.assert_allclose(end.theta, theta, atol=1e-8)
        point = weighed.at(end.theta)
        if end.certificate is not None:
            np.testing.assert_allclose(end.certificate, point.certificate, atol=1e-13)
            np.testing.assert_allclose(end.value, point.value, rtol=1e-12)
        if end.information is not None:
            F, H = point.loss_hessian(), point.hessian()
            np.testing.assert_allclose(end.information, np.trace(np.linalg.solve(H, F)), rtol=1e-7)


@pytest.mark.parametrize("family, n, p", [("multinomial", 40, 6), ("multinomial", 12, 30), ("binomial", 40, 6)])
def test_what_the_rows_say_where_nothing_pulls_the_intercepts(family, n, p):
    """A shift of all classes changes nothing: it is no direction that rows say something of."""
    objective = objective_of(family, "sparse", n=n, p=p, pull=0.0)
    assert objective.gauge.shape[1] == (family == "multinomial")
    path = walked_path(objective, objective.priors[0].centre, STRENGTHS, 1e-10)
    list(path.held_out)
    for strength, end in zip(STRENGTHS, path.ends(range(len(STRENGTHS))), strict=True):
        point = times(objective, strength).at(end.theta)
        inverse = np.linalg.pinv(point.hessian(), hermitian=True)
        np.testing.assert_allclose(_inverse_hessian(point), inverse, atol=1e-9 * np.abs(inverse).max())
        np.testing.assert_allclose(end.information, np.trace(inverse @ point.loss_hessian()), rtol=1e-7)
        worth = worth_known(point.objective, end.information, n)
        np.testing.assert_allclose(worth, effective_sample_size(point, n), rtol=1e-7)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("pull", [0.0, 0.7])
@pytest.mark.parametrize("family", ["squared", "outputs"])
def test_one_eigendecomposition_for_all_strengths(family, pull, fit_intercept, form):
    objective = objective_of(family, form, fit_intercept=fit_intercept, pull=pull)
    assert Spectrum.accepts(objective)
    agree(objective, 1e-9)


def test_one_eigendecomposition_with_a_prior_that_ties_parameters():
    objective = objective_of("squared", dense=True)
    assert Spectrum.accepts(objective)
    agree(objective, 1e-9)
    assert not Spectrum.accepts(objective_of("outputs", dense=True))
    agree(objective_of("outputs", dense=True), 1e-9)


@pytest.mark.parametrize("family", ["squared", "binomial", "multinomial"])
def test_more_features_than_rows(family):
    agree(objective_of(family, n=12, p=30), 1e-7)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("n", [30, 300])
def test_the_compiled_road(n, dense):
    objective = objective_of("binomial", n=n, dense=dense)
    assert CompiledProblem.accepts(objective)
    agree(objective, 1e-7)


@pytest.mark.parametrize("family, form", [("binomial", "sparse"), ("multinomial", "C")])
def test_the_warm_road(family, form):
    objective = objective_of(family, form)
    assert not CompiledProblem.accepts(objective)
    agree(objective, 1e-7)


def test_a_feature_that_nothing_sees():
    """No prior on it and no row that shows it: one direction is left as it is."""
    objective = objective_of("squared")
    X = objective.terms[0].design.dense().copy()
    X[:, 2] = 5.0
    precision = np.ones(7)
    precision[[2, 6]] = 0.0
    objective = Objective(
        [LossTerm(X, Squared(), objective.terms[0].y)], [GaussianPrior(np.ones(7), DiagonalPrecision(precision))]
    )
    agree(objective, 1e-8)


def test_two_equal_features_without_a_prior():
    """The decomposition refuses, the fits one by one do not."""
    objective = objective_of("squared")
    X = objective.terms[0].design.dense().copy()
    X[:, 2] = X[:, 1]
    precision = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    term, prior = LossTerm(X, Squared(), objective.terms[0].y), GaussianPrior(np.ones(7), DiagonalPrecision(precision))
    objective = Objective([term], [prior])
    with pytest.raises(np.linalg.LinAlgError):
        Spectrum(objective, 1.0)
    agree(objective, 1e-8)


def test_rows_that_cannot_be_left_out_are_not_finite():
    X = np.eye(4)
    prior = GaussianPrior(np.zeros(4), DiagonalPrecision(np.zeros(4)))
    objective = Objective([LossTerm(X, Squared(), np.arange(4.0))], [prior], fit_intercept=False)
    (eta,) = held_out_path(objective, np.zeros(4), np.array([1.0]), 1e-8)
    assert not np.isfinite(eta).any()
