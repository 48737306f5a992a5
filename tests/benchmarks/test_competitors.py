"""Competitors: each solves the objective it accepts, or says why it does not take it."""

import warnings
from functools import cache

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks import calibrate as calibrate_module
from benchmarks.calibrate import calibrate
from benchmarks.competitors import all_competitors, is_ours, is_unit, refusal
from benchmarks.judge import judge, passes
from benchmarks.problems import all_problems, make_problem

PROBLEMS = sorted(all_problems())
COMPETITORS = sorted(name for name, module in all_competitors().items() if not is_unit(module))
FIRST_ORDER = {"scipy_lbfgs", "sklearn_lbfgs", "sklearn_sag", "adapt_regular_transfer"}
HARD = {name for name in PROBLEMS if name.startswith(("real", "logistic_scaled", "ridge"))}


@cache
def tiny_cases(name):
    return make_problem(name, all_problems()[name].SMOKE).cases()


@pytest.mark.parametrize("competitor", COMPETITORS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_every_competitor_meets_the_certificate_or_says_why_not(name, competitor, monkeypatch):
    """First-order methods may miss it on problems of bad scale; there they have to come nearer than zero does."""
    monkeypatch.setattr(calibrate_module, "GIVE_UP", 1000)
    module = all_competitors()[competitor]
    for case in tiny_cases(name):
        reason = refusal(module, case)
        if reason is not None:
            assert isinstance(reason, str)
            assert reason
            continue
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            found = calibrate(case, module, patience=0.2)
        assert found.error is None
        if not (competitor in FIRST_ORDER and (name in HARD or competitor == "sklearn_sag")):
            assert passes(case, found.verdict.certificate)
        at_zero = judge(case, np.zeros(case.coef_shape), np.zeros(case.coef_shape[:-1]))
        assert found.verdict.certificate < at_zero.certificate


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_case_is_solved_by_us_and_has_one_unit(name):
    for case in tiny_cases(name):
        ready = [module for module in all_competitors().values() if refusal(module, case) is None]
        assert all_competitors()["ours"] in ready
        assert sum(is_unit(module) for module in ready) == 1


def test_ours_is_told_the_precision_by_one_file_only():
    ours, knowing = all_competitors()["ours"], all_competitors()["ours_precision"]
    none, source, fisher = tiny_cases("logistic_dense")
    assert knowing.accepts(none) == "no source of known precision"
    assert knowing.accepts(fisher) == "the objective holds the precision: see ours"
    one, other = ours.prepare(source, 1e-10)(), knowing.prepare(source, 1e-10)()
    np.testing.assert_allclose(one[0], other[0], rtol=1e-6)
    assert [name for name in all_competitors() if is_ours(name)] == ["ours", "ours_precision"]


def test_liblinear_faces_only_problems_without_an_intercept():
    liblinear = all_competitors()["sklearn_liblinear"]
    with_intercept, without = tiny_cases("logistic_sparse")[0], tiny_cases("logistic_sparse_no_intercept")[0]
    assert liblinear.accepts(with_intercept) == "penalises the intercept"
    assert liblinear.accepts(without) is None
    found = calibrate(without, liblinear, patience=1.0)
    assert found.met
    assert found.own_tol > without.tol  # it means something else


def test_losses_that_a_competitor_does_not_name_are_not_its_own():
    hinge, smooth = tiny_cases("svc_sparse_hinge")[0], tiny_cases("logistic_sparse")[0]
    competitors = all_competitors()
    there = {name for name, module in competitors.items() if refusal(module, hinge) is None}
    assert there == {"ours", "sklearn_linear_svc_dual", "sparse_matvec"}
    assert refusal(competitors["scipy_lbfgs"], hinge) == "another loss"
    assert refusal(competitors["sklearn_linear_svc_dual"], smooth) == "another loss"
    assert "no source" in refusal(competitors["sklearn_linear_svc_dual"], tiny_cases("svc_sparse_hinge")[1])


def test_adapt_says_why_it_is_not_there():
    adapt = all_competitors()["adapt_regular_transfer"]
    assert adapt.accepts(tiny_cases("logistic_dense")[1]) == "squared loss only"
    assert "no intercept" in adapt.accepts(tiny_cases("ridge_dense")[1])
