"""The judge: value and gradient from the definition, against the objective written out once more."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize
from scipy.special import log_softmax

from benchmarks import judge as judge_module
from benchmarks.judge import judge, meets, passes
from benchmarks.problems import all_problems, make_problem

CASES = [(name, kind) for name in sorted(all_problems()) for kind in ("none", "source", "fisher")]
BY_GRADIENT = [(name, kind) for name, kind in CASES if not name.startswith("svc")]


@cache
def case_of(name, kind):
    problem = make_problem(name, all_problems()[name].SMOKE)
    found = [case for case in problem.cases() if case.kind == kind]
    if not found:
        pytest.skip(f"{name} has no precision")
    return found[0]


def value(problem, coef, intercept):
    """The mean objective, written out."""
    X = problem.X.toarray() if problem.sparse else problem.X
    eta = X @ coef.T + intercept
    if problem.loss == "squared":
        losses = (problem.y - eta) ** 2 / 2
    elif problem.by_gap:
        short = np.maximum(0, 1 - np.where(problem.y == 1, eta, -eta))
        losses = short**2 if problem.loss == "squared_hinge" else short
        level = problem.source_intercept if problem.has_source else 0.0
        losses = np.append(losses, problem.strength / 2 * (intercept - level) ** 2)
    elif problem.loss == "binomial":
        losses = np.logaddexp(0, np.where(problem.y == 1, -eta, eta))
    elif problem.loss == "poisson":
        losses = np.exp(eta) - problem.y * eta
    else:
        losses = -log_softmax(eta, axis=1)[np.arange(len(eta)), problem.y]
    delta = coef - (problem.source_coef if problem.has_source else 0.0)
    if problem.metric == "fisher":
        cross, corner = problem.precision[-1, :-1], problem.precision[-1, -1]
        best = np.append(delta, -cross @ delta / corner)  # the intercept takes what suits it most
        penalty = problem.strength / 2 * best @ problem.precision @ best
    else:
        penalty = problem.strength / 2 * np.sum(delta**2)
    return (losses.sum() + penalty) / len(problem.y)


def small_point(problem):
    """Coefficients and intercept at which eta is of order one, whatever the scale of the features."""
    rng = np.random.default_rng(0)
    scale = np.sqrt(np.asarray(problem.X.power(2).mean(axis=0) if problem.sparse else (problem.X**2).mean(axis=0)))
    coef = rng.normal(size=problem.coef_shape) / np.maximum(scale.ravel(), 1e-3)
    intercept = rng.normal(size=problem.coef_shape[:-1])
    return coef, intercept if problem.fit_intercept else np.zeros_like(intercept)


@pytest.mark.parametrize("name, kind", CASES)
def test_objective_is_the_one_written_out(name, kind):
    problem = case_of(name, kind)
    point = small_point(problem)
    assert judge(problem, *point).objective == pytest.approx(value(problem, *point), rel=1e-9)


@pytest.mark.parametrize("name, kind", BY_GRADIENT)
def test_certificate_is_the_largest_derivative(name, kind):
    """Against central differences of the mean objective at a point that is no optimum."""
    problem = case_of(name, kind)
    coef, intercept = small_point(problem)
    parts = [coef, intercept] if problem.fit_intercept else [coef]
    slopes = []
    for part in parts:
        for index in np.ndindex(part.shape):
            step = 1e-5 * abs(part[index])
            sides = []
            for sign in (1, -1):
                moved = [np.array(coef), np.array(intercept)]
                moved[part is intercept][index] += sign * step
                sides.append(value(problem, *moved))
            slopes.append((sides[0] - sides[1]) / (2 * step))
    assert judge(problem, coef, intercept).certificate == pytest.approx(np.abs(slopes).max(), rel=1e-5)


def test_scipys_optimum_is_certified_and_its_value_the_lowest():
    problem = case_of("logistic_dense", "source")

    def objective(theta):
        return value(problem, theta[:-1], theta[-1])

    found = minimize(objective, np.append(problem.centre, 0.0), method="BFGS", options={"gtol": 1e-7})
    verdict = judge(problem, found.x[:-1], found.x[-1])
    assert verdict.certificate < 1e-6
    assert verdict.objective == pytest.approx(found.fun, rel=1e-12)
    assert verdict.objective < judge(problem, found.x[:-1] + 1e-3, found.x[-1]).objective
    assert check_grad(objective, lambda theta: np.zeros_like(theta), found.x) < 1e-5


def test_rows_are_read_in_blocks_without_changing_the_verdict(monkeypatch):
    problem = case_of("multinomial_images", "source")
    point = small_point(problem)
    whole = judge(problem, *point)
    monkeypatch.setattr(judge_module, "ENTRIES", 5 * problem.X.shape[1])
    np.testing.assert_allclose(judge(problem, *point), whole, rtol=1e-12)


def test_an_intercept_that_should_be_zero_is_seen():
    problem = case_of("ridge_dense_no_intercept", "none")
    assert np.isfinite(judge(problem, problem.centre, 0.0).certificate)
    assert judge(problem, problem.centre, 1e-12).certificate == np.inf


def test_single_precision_rows_are_judged_in_double():
    problem = case_of("logistic_dense", "none")
    single = problem.with_dtype(np.float32)
    assert single.X.dtype == np.float32
    same = judge(replace(problem, X=single.X.astype(np.float64)), *small_point(problem))
    np.testing.assert_allclose(judge(single, *small_point(problem)), same, rtol=1e-12)


def test_twice_the_tolerance_is_the_limit():
    problem = case_of("logistic_dense", "none").with_tol(1e-7)
    assert meets(problem, 1e-7)
    assert not meets(problem, 1.1e-7)
    assert passes(problem, 2e-7)
    assert not passes(problem, 2.1e-7)
    for test in (meets, passes):
        assert not test(problem, float("nan"))
        assert not test(problem, float("inf"))


def test_nan_coefficients_do_not_pass():
    problem = case_of("logistic_dense", "none")
    with np.errstate(invalid="ignore"):
        assert not passes(problem, judge(problem, problem.centre * np.nan, 0.0).certificate)
