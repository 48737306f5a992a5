"""All solvers reach the same optimum as slow Newton steps; each refuses with a reason; results are truthful."""

import warnings

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.exceptions import ConvergenceWarning

from sktransfer._losses import Binomial, Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import Reduction, SolverResult, choose_solver, dual_refuses, solver_names
from tests.oracles.linear import newton
from tests.oracles.problems import FAMILIES, Problem, Rows, precision

NAMES = {"blocks", "cholesky", "chord", "dual", "lbfgs", "newton-cg", "newton-cholesky"}


def accepting(objective):
    """Names of the solvers that do not refuse."""
    able = set()
    for name in solver_names():
        try:
            choose_solver(name, objective)
        except ValueError:
            continue
        able.add(name)
    return able


def expected_names(family, prior, held, two_terms):
    names = set(NAMES)
    if not family.startswith("squared"):
        names.remove("cholesky")
    if family != "multinomial" or held:
        names.remove("blocks")
    one_output = family in ("squared", "binomial")
    if held or two_terms or prior in ("dense", "low rank") or (prior == "diagonal" and not one_output):
        names.remove("dual")
    return names


def assert_reaches_the_optimum(problem, names):
    """Every solver in ``names`` stands where slow Newton steps end, in all directions that the objective sees."""
    start_u = np.linalg.lstsq(problem.basis, problem.start - problem.origin, rcond=None)[0]
    u = newton(problem.free, start_u)
    value, gradient, hessian = problem.free(u)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-9)
    values, vectors = np.linalg.eigh(hessian)
    seen = vectors[:, values > 1e-9 * values[-1]]
    expected = problem.origin + problem.basis @ u
    for name in sorted(names):
        tol = 1e-8 if name == "lbfgs" else 1e-10
        result = choose_solver(name, problem.objective).solve(problem.objective, problem.start, tol=tol)
        assert result.converged, (name, result)
        found = np.linalg.lstsq(problem.basis, result.theta - problem.origin, rcond=None)[0]
        np.testing.assert_allclose(problem.origin + problem.basis @ found, result.theta, atol=1e-10, err_msg=name)
        atol = 3e-6 if name == "lbfgs" else 3e-8
        np.testing.assert_allclose(seen.T @ (found - u), 0.0, atol=atol, err_msg=name)
        np.testing.assert_allclose(result.value, value, rtol=1e-11, err_msg=name)
        if seen.shape[1] == len(u):
            np.testing.assert_allclose(result.theta, expected, atol=atol, err_msg=name)


@pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "no intercept"])
@pytest.mark.parametrize("prior", ["ridge", "diagonal", "dense", "low rank"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_all_solvers_reach_the_same_optimum(family, prior, fit_intercept):
    problem = Problem(family, prior, fit_intercept=fit_intercept)
    names = accepting(problem.objective)
    assert names == expected_names(family, prior, False, False)
    assert_reaches_the_optimum(problem, names)


@pytest.mark.parametrize("held", ["coordinates", "oblique"])
@pytest.mark.parametrize("prior", ["ridge", "low rank"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_all_solvers_reach_the_same_optimum_with_directions_held(family, prior, held):
    problem = Problem(family, prior, held=held)
    names = accepting(problem.objective)
    assert names == expected_names(family, prior, True, False)
    assert_reaches_the_optimum(problem, names)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_all_solvers_reach_the_same_optimum_of_two_terms(family):
    problem = Problem(family, "diagonal", two_terms=True)
    names = accepting(problem.objective)
    assert names == expected_names(family, "diagonal", False, True)
    assert_reaches_the_optimum(problem, names)


@pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "no intercept"])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_all_solvers_reach_the_same_optimum_of_wide_data(family, fit_intercept):
    problem = Problem(family, "ridge", fit_intercept=fit_intercept, n=12, p=20)
    assert_reaches_the_optimum(problem, accepting(problem.objective))


@pytest.mark.parametrize("prior", ["ridge", "low rank"])
@pytest.mark.parametrize("name", ["blocks", "newton-cholesky", "newton-cg", "lbfgs"])
def test_a_softmax_ends_level_with_its_start(name, prior):
    problem = Problem("multinomial", prior)
    objective = problem.objective
    result = choose_solver(name, objective).solve(objective, problem.start)
    level = objective.gauge.T @ (result.theta - problem.start)
    np.testing.assert_allclose(level, np.zeros(1 if prior == "ridge" else 0), atol=1e-12)


@pytest.mark.parametrize("name", sorted(NAMES - {"blocks"}))
def test_features_in_odd_units(name):
    """Slopes in units from 1e-6 to 1e6, with the penalty to match: the same predictions."""
    units = np.geomspace(1e-6, 1e6, 4)
    rows = Rows("squared")
    precision = np.append(0.7 * units**2, 0.0)
    plain, odd = (
        Objective(
            [LossTerm(X, Squared(), rows.y, rows.weight)],
            [GaussianPrior(np.zeros(5), DiagonalPrecision(diagonal))],
        )
        for X, diagonal in ((rows.X, np.append(np.full(4, 0.7), 0.0)), (rows.X * units, precision))
    )
    expected = choose_solver("cholesky", plain).solve(plain, np.zeros(5), tol=1e-12)
    result = choose_solver(name, odd).solve(odd, np.zeros(5), tol=1e-8)
    assert result.converged
    np.testing.assert_allclose(result.theta * np.append(units, 1.0), expected.theta, rtol=1e-4, atol=1e-5)


# Choosing


def squared(priors=(), lower=None, n_terms=1):
    rows = Rows("squared")
    return Objective([rows.term()] * n_terms, list(priors), lower=lower)


def binomial(priors=(), lower=None):
    return Objective([Rows("binomial").term()], list(priors), lower=lower)


def gaussian(diagonal):
    return GaussianPrior(np.zeros(5), DiagonalPrecision(diagonal))


RIDGE, LOWER = gaussian([1.0, 1, 1, 1, 0]), np.array([0.0, 0, 0, 0, -np.inf])
HOLD = Held.at(np.zeros(5), np.arange(5) == 0)
DENSE = GaussianPrior(np.zeros(5), DensePrecision(np.eye(5)))
UNEQUAL = GaussianPrior(np.zeros(15), DiagonalPrecision(np.append(np.arange(1.0, 13), np.zeros(3))))
ALIKE = "the road through the rows needs a positive diagonal prior, the same for all outputs"
REFUSALS = [
    ("cholesky", lambda: binomial([RIDGE]), "a closed form exists for squared loss only"),
    ("cholesky", lambda: squared([RIDGE], LOWER), "coefficients with bounds have no closed form"),
    ("newton-cholesky", lambda: squared([RIDGE], LOWER), "coefficients with bounds are not for Newton steps"),
    ("newton-cg", lambda: squared([RIDGE], LOWER), "coefficients with bounds are not for Newton steps"),
    ("lbfgs", lambda: squared([HOLD], LOWER), "coefficients with bounds cannot also be held at the source's"),
    ("dual", lambda: squared([RIDGE], n_terms=2), "the road through the rows takes one loss term"),
    ("dual", lambda: squared([RIDGE, HOLD]), "the road through the rows takes no held or bounded directions"),
    ("dual", lambda: squared([RIDGE], LOWER), "the road through the rows takes no held or bounded directions"),
    ("dual", lambda: squared([]), ALIKE),
    ("dual", lambda: squared([DENSE]), ALIKE),
    ("dual", lambda: squared([RIDGE, DENSE]), ALIKE),
    ("dual", lambda: squared([gaussian([1.0, 0, 1, 1, 0])]), ALIKE),
    ("dual", lambda: squared([gaussian([1.0, np.inf, 1, 1, 0])]), ALIKE),
    ("dual", lambda: Objective([Rows("multinomial").term()], [UNEQUAL]), ALIKE),
]


@pytest.mark.parametrize("name, objective, reason", REFUSALS)
def test_a_solver_asked_for_by_name_refuses_with_its_reason(name, objective, reason):
    with pytest.raises(ValueError) as refused:
        choose_solver(name, objective())
    assert str(refused.value) == f"solver={name!r} cannot be used here: {reason}. Use solver='auto'."


def test_an_unknown_solver():
    with pytest.raises(ValueError) as refused:
        choose_solver("newton", squared())
    names = ", ".join(["auto", *sorted(solver_names())])
    assert str(refused.value) == f"no solver is called 'newton'; there are: {names}"
    assert set(solver_names()) >= NAMES | {"coordinate-descent", "dual-ascent"}


@pytest.mark.parametrize("lower", [None, LOWER])
@pytest.mark.parametrize("priors", [[], [RIDGE], [DENSE]])
@pytest.mark.parametrize("make", [squared, binomial])
def test_auto_takes_the_cheapest_that_accepts(make, priors, lower):
    objective = make(priors, lower)
    chosen = choose_solver("auto", objective)
    able = [choose_solver(name, objective) for name in accepting(objective)]
    assert chosen.refuses(objective) is None
    assert chosen.cost(objective) == min(solver.cost(objective) for solver in able)
    if lower is not None:
        assert chosen.name == "lbfgs"


def test_auto_goes_through_the_rows_when_they_are_few():
    few, many = (Problem("squared", n=n, p=p).objective for n, p in ((10, 400), (400, 10)))
    assert choose_solver("auto", few).name == "dual"
    assert choose_solver("auto", many).name == "cholesky"


def test_auto_says_why_when_nobody_accepts():
    with pytest.raises(ValueError, match=r"no solver accepts this objective: .*lbfgs: coefficients with bounds cannot"):
        choose_solver("auto", squared([HOLD], LOWER))


# Results

PAIRS = [
    (name, family)
    for family in FAMILIES
    for name in sorted(NAMES)
    if (name != "cholesky" or family.startswith("squared")) and (name != "blocks" or family == "multinomial")
]


@pytest.mark.parametrize("name, family", PAIRS)
@pytest.mark.parametrize("max_iter", [1, None])
def test_a_result_says_what_is_true(name, family, max_iter):
    problem = Problem(family)
    visited = []
    solver = choose_solver(name, problem.objective)
    result = solver.solve(problem.objective, problem.start, tol=1e-7, max_iter=max_iter, report=visited.append)
    value, gradient, _ = problem.whole(result.theta)
    total = problem.rows[0][0].weight.sum()
    np.testing.assert_allclose(result.value, value, rtol=1e-12)
    np.testing.assert_allclose(result.certificate, np.abs(gradient).max() / total, rtol=1e-5, atol=1e-13)
    assert result.converged == (result.certificate <= 1e-7)
    assert (result.tol, result.solver) == (1e-7, name)
    assert result.n_iter >= 1
    if name not in ("cholesky", "dual"):
        assert result.n_iter == len(visited)
    if max_iter == 1 and not problem.objective.quadratic:
        assert not result.converged
    if max_iter is None:
        assert result.converged
    assert visited[-1].value < problem.whole(problem.start)[0]


def test_a_start_at_the_optimum_stays_there():
    problem = Problem("binomial")
    optimum = newton(problem.free, problem.start)
    for name in accepting(problem.objective):
        result = choose_solver(name, problem.objective).solve(problem.objective, optimum)
        assert (result.converged, result.n_iter) == (True, 1), name
        np.testing.assert_allclose(result.theta, optimum, atol=1e-8)


@pytest.mark.parametrize("name", ["newton-cholesky", "newton-cg", "lbfgs"])
def test_the_start_is_not_written_to(name):
    problem = Problem("multinomial")
    start = problem.start.copy()
    choose_solver(name, problem.objective).solve(problem.objective, start)
    np.testing.assert_array_equal(start, problem.start)


def test_a_warning_has_the_numbers():
    problem = Problem("binomial")
    solver = choose_solver("newton-cholesky", problem.objective)
    result = solver.solve(problem.objective, problem.start, tol=1e-9, max_iter=1)
    assert not result.converged
    with pytest.warns(ConvergenceWarning) as caught:
        result.warn_unless_converged("TransferRidge")
    assert str(caught[0].message) == (
        "TransferRidge: solver 'newton-cholesky' stopped after 1 iterations with max |gradient| / sum of weights = "
        f"{result.certificate:.3g}, above tol = 1e-09. Increase max_iter or tol, scale the features, or strengthen "
        "the penalty."
    )


def test_no_warning_when_converged():
    problem = Problem("binomial")
    result = choose_solver("auto", problem.objective).solve(problem.objective, problem.start)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result.warn_unless_converged("TransferRidge")
    assert result.converged


def test_a_strong_prior_is_met_as_near_as_floating_point_can_tell():
    objective = squared([GaussianPrior(np.ones(5), DiagonalPrecision(np.full(5, 1e15)))])
    result = choose_solver("cholesky", objective).solve(objective, np.zeros(5), tol=1e-8)
    assert 1e-8 < result.certificate <= objective.at(result.theta).rounding
    assert result.converged
    assert not SolverResult.at(objective.at(np.full(5, 1 + 1e-10)), 1e-8, 3, "x").converged


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("name", sorted(NAMES - {"blocks", "dual", "cholesky"}))
def test_nothing_free_is_solved_at_once(name, family):
    rows = Rows(family)
    d = rows.loss.n_outputs * 5
    centre = np.linspace(-1, 1, d)
    objective = Objective([rows.term()], [Held.at(centre, np.ones(d, dtype=bool))])
    result = choose_solver(name, objective).solve(objective, np.zeros(d), tol=1e-9)
    np.testing.assert_array_equal(result.theta, centre)
    assert (result.converged, result.certificate, result.tol, result.n_iter) == (True, 0.0, 1e-9, 1)
    np.testing.assert_allclose(result.value, rows.evaluate(centre, True)[0], rtol=1e-12)


def test_only_an_intercept():
    y, w = np.array([1.0, 4.0, 10.0]), np.array([1.0, 2.0, 3.0])
    objective = Objective([LossTerm(np.zeros((3, 0)), Squared(), y, w)], [])
    for name in ("cholesky", "newton-cholesky", "newton-cg", "lbfgs"):
        result = choose_solver(name, objective).solve(objective, np.zeros(1))
        np.testing.assert_allclose(result.theta, [np.average(y, weights=w)], rtol=1e-7, err_msg=name)


# No penalty, more features than rows


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_without_penalty_the_nearest_interpolation_to_the_start(fit_intercept, n_outputs):
    n, p = 8, 15
    random = np.random.default_rng(0)
    X, Y, w = random.normal(size=(n, p)) + 1, random.normal(size=(n, n_outputs)), random.uniform(0.5, 2, n)
    objective = Objective([LossTerm(X, Squared(n_outputs), Y, w)], [], fit_intercept=fit_intercept)
    start = random.normal(size=objective.layout.n_params)
    result = choose_solver("cholesky", objective).solve(objective, start)
    coef_start, _ = objective.layout.split(start)
    residual = Y - X @ coef_start.T
    X_mean, residual_mean = np.average(X, axis=0, weights=w), np.average(residual, axis=0, weights=w)
    if not fit_intercept:
        X_mean, residual_mean = np.zeros(p), np.zeros(n_outputs)
    coef = coef_start + (np.linalg.pinv(X - X_mean) @ (residual - residual_mean)).T
    found, intercept = objective.layout.split(result.theta)
    np.testing.assert_allclose(found, coef, rtol=1e-8, atol=1e-9)
    if fit_intercept:
        np.testing.assert_allclose(intercept, np.average(Y - X @ coef.T, axis=0, weights=w), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(result.value, 0.0, atol=1e-18)


def test_without_penalty_equal_features_share_the_change_from_the_start():
    random = np.random.default_rng(1)
    column, y = random.normal(size=30), random.normal(size=30)
    objective = Objective([LossTerm(np.column_stack([column, column]), Squared(), y)], [])
    start = np.array([3.0, -1.0, 0.0])
    result = choose_solver("auto", objective).solve(objective, start)
    slope = np.polyfit(column, y, 1)[0]
    np.testing.assert_allclose(result.theta[:2], start[:2] + (slope - 2.0) / 2, rtol=1e-9)


def test_a_zero_feature_does_not_cost_a_small_one_its_coefficient():
    random = np.random.default_rng(2)
    X = np.column_stack([random.normal(size=(50, 2)), np.zeros(50)]) * [1e-9, 1e3, 1.0]
    y = X @ [2e9, 1e-3, 0.0] + 1.0
    for name in ("cholesky", "newton-cholesky"):
        objective = Objective([LossTerm(X, Squared(), y)], [])
        result = choose_solver(name, objective).solve(objective, np.array([0.0, 0.0, 5.0, 0.0]), tol=1e-15)
        np.testing.assert_allclose(result.theta, [2e9, 1e-3, 5.0, 1.0], rtol=1e-6, err_msg=name)


# Through the rows


@pytest.mark.parametrize("n, p", [(8, 20), (30, 4)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_reduction_is_its_primal(family, fit_intercept, n, p):
    problem = Problem(family, "ridge", fit_intercept=fit_intercept, n=n, p=p)
    objective, layout = problem.objective, problem.layout
    assert dual_refuses(objective) is None
    reduction = Reduction(objective)
    small, rank = reduction.objective, min(n, p)
    assert small.layout == layout._replace(n_features=rank)
    assert reduction.rows.shape == (n, rank)
    inside = np.random.default_rng(4).normal(size=small.layout.n_params)
    theta = reduction.theta(inside)
    np.testing.assert_allclose(reduction.start(theta), inside, rtol=1e-7, atol=1e-8)
    point, twin = small.at(inside), reduction.point(small.at(inside))
    np.testing.assert_allclose(twin.theta, theta, rtol=1e-14)
    np.testing.assert_allclose(twin.value, point.value, rtol=1e-9)
    np.testing.assert_allclose(twin.etas[0], point.etas[0], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(twin.value, problem.whole(theta)[0], rtol=1e-11)
    # A start outside the rows' span keeps its linear predictor.
    start = np.random.default_rng(5).normal(size=layout.n_params)
    eta = objective.terms[0].predict(layout, start)
    np.testing.assert_allclose(small.at(reduction.start(start)).etas[0], eta, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(reduction.theta(reduction.start(problem.centre)), problem.centre, atol=1e-12)


@pytest.mark.parametrize("family", ["squared", "multinomial"])
def test_the_road_through_the_rows_adds_up_several_priors(family):
    rows = Rows(family, 10, 15)
    K = rows.loss.n_outputs
    random = np.random.default_rng(6)
    diagonals = [np.append(np.tile(random.uniform(0.5, 2, 15), K), random.uniform(0, 1, K)) for _ in range(2)]
    centres = random.normal(size=(2, 16 * K))
    pairs = list(zip(centres, diagonals, strict=True))
    priors = [GaussianPrior(centre, DiagonalPrecision(diagonal)) for centre, diagonal in pairs]
    objective = Objective([rows.term()], priors)

    def whole(theta):
        parts = [rows.evaluate(theta, True)]
        parts += [((theta - c) @ (d * (theta - c)) / 2, d * (theta - c), np.diag(d)) for c, d in pairs]
        return tuple(sum(part[i] for part in parts) for i in range(3))

    expected = newton(whole, np.zeros(16 * K))
    result = choose_solver("dual", objective).solve(objective, np.zeros(16 * K), tol=1e-10)
    assert result.converged
    np.testing.assert_allclose(result.theta, expected, atol=1e-8)
    np.testing.assert_allclose(result.value, whole(expected)[0], rtol=1e-12)


def test_the_road_through_rows_that_say_nothing():
    objective = Objective(
        [LossTerm(np.zeros((4, 3)), Binomial(), [0, 1, 1, 1])],
        [GaussianPrior(np.arange(4.0), DiagonalPrecision([1.0, 1, 1, 0]))],
    )
    result = choose_solver("dual", objective).solve(objective, np.zeros(4), tol=1e-12)
    np.testing.assert_allclose(result.theta, [0.0, 1.0, 2.0, np.log(3)], rtol=1e-10)


# Bounds


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("bound", ["zero", "median"])
def test_bounds_satisfy_the_kkt_conditions(family, bound):
    rows = Rows(family)
    layout = Objective([rows.term()], []).layout
    structure, matrix = precision("dense", layout)
    prior, start = GaussianPrior(np.zeros(layout.n_params), structure), np.full(layout.n_params, -3.0)
    free = Objective([rows.term()], [prior])
    slopes, _ = layout.split(choose_solver("newton-cholesky", free).solve(free, start).theta)
    low = 0.0 if bound == "zero" else np.median(slopes)
    lower = np.where(np.arange(layout.n_params) < layout.n_coefs, low, -np.inf)
    objective = Objective([rows.term()], [prior], lower=lower)
    result = choose_solver("auto", objective).solve(objective, start, tol=1e-8)
    assert (result.solver, result.converged) == ("lbfgs", True)
    gradient = rows.evaluate(result.theta, True)[1] + matrix @ result.theta
    at_bound = result.theta == lower
    assert 0 < at_bound.sum() < layout.n_coefs
    assert np.all(result.theta >= lower)
    assert np.all(gradient[at_bound] > 0)
    np.testing.assert_allclose(gradient[~at_bound], 0.0, atol=1e-8 * rows.weight.sum())


@pytest.mark.parametrize("ulps", range(-8, 9))
def test_a_bound_is_met_exactly_whatever_its_last_digits(ulps):
    rows = Rows("multinomial")
    layout = Objective([rows.term()], []).layout
    lower = np.full(layout.n_params, 0.1 + ulps * np.spacing(0.1))
    objective = Objective([rows.term()], [GaussianPrior(np.zeros(15), DiagonalPrecision(np.ones(15)))], lower=lower)
    result = choose_solver("lbfgs", objective).solve(objective, np.ones(15), tol=1e-8)
    assert result.converged
    assert np.any(result.theta == lower)


def test_non_negative_least_squares():
    random = np.random.default_rng(7)
    X = random.normal(size=(40, 8)) * np.geomspace(0.01, 100, 8)
    y = X @ (random.normal(size=8) / np.geomspace(0.01, 100, 8)) + random.normal(size=40)
    objective = Objective([LossTerm(X, Squared(), y)], [], fit_intercept=False, lower=np.zeros(8))
    result = choose_solver("auto", objective).solve(objective, np.zeros(8), tol=1e-9)
    expected, distance = nnls(X, y)
    np.testing.assert_array_equal(result.theta > 0, expected > 0)
    np.testing.assert_allclose(result.theta, expected, rtol=1e-5)
    np.testing.assert_allclose(result.value, distance**2 / 2, rtol=1e-12)


def test_bounds_that_do_not_bind_change_nothing():
    free = Problem("multinomial").objective
    bounded = Objective(free.terms, free.priors, lower=np.full(free.layout.n_params, -50.0))
    start = np.zeros(free.layout.n_params)
    expected = choose_solver("newton-cholesky", free).solve(free, start, tol=1e-10)
    result = choose_solver("lbfgs", bounded).solve(bounded, start, tol=1e-8)
    np.testing.assert_allclose(result.theta, expected.theta, atol=1e-5)


# A little of everything at once


def test_classes_that_no_row_shows_stay_where_the_prior_holds_them():
    rows = Rows("binomial")
    term = LossTerm(rows.X, Multinomial(3), np.where(rows.y > 0, 2, 0))
    centre = np.random.default_rng(8).normal(size=15)
    objective = Objective([term], [GaussianPrior(centre, DiagonalPrecision(np.full(15, 0.5)))])
    thetas = {
        name: choose_solver(name, objective).solve(objective, np.zeros(15), tol=1e-9).theta
        for name in ("newton-cholesky", "newton-cg", "dual", "lbfgs")
    }
    for name, theta in thetas.items():
        np.testing.assert_allclose(theta, thetas["newton-cholesky"], atol=1e-6, err_msg=name)
        # Summed over classes the losses' gradient is zero: so is the priors'.
        moved = (theta - centre)[:12].reshape(3, 4).sum(0)
        np.testing.assert_allclose(moved, 0.0, atol=1e-6, err_msg=name)
