"""Calibration finds the loosest own tolerance that meets the certificate, whatever a library means by its own."""

import math
import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.calibrate import LOOSEST, calibrate
from benchmarks.competitors import all_competitors
from benchmarks.judge import meets
from benchmarks.problems import make_problem

PROBLEM = make_problem("ridge_dense", (60, 5)).without_source()
OPTIMUM = all_competitors()["numpy_newton"].prepare(PROBLEM, 1e-12)()


def library(meaning, tried, seconds=0.0, first=None):
    """A competitor whose certificate is ``meaning(tol)``: off the optimum's intercept by that much."""

    def prepare(problem, tol):
        def fit():
            tried.append(tol)
            time.sleep(seconds)
            return OPTIMUM[0], OPTIMUM[1] + meaning(tol)

        return fit

    more = {} if first is None else {"first_tol": lambda problem: first}
    return SimpleNamespace(prepare=prepare, **more)


@pytest.mark.parametrize("factor", [1e-4, 0.01, 0.3, 1.0, 3.0, 50.0, 1e4])
def test_the_loosest_rung_that_meets_is_found(factor):
    """The certificate is factor * tol: the answer lies within half a decade below tol / factor."""
    tried = []
    found = calibrate(PROBLEM, library(lambda tol: factor * tol, tried), patience=10.0)
    assert found.met
    assert meets(PROBLEM, found.verdict.certificate)
    best = min(PROBLEM.tol / factor, LOOSEST)
    assert best / 10**0.51 < found.own_tol <= best * 1.001
    assert len(tried) <= 9


def test_a_first_guess_starts_the_search():
    tried = []
    calibrate(PROBLEM, library(lambda tol: tol, tried, first=1e-3), patience=10.0)
    assert tried[0] == 1e-3


def test_a_direct_method_takes_the_loosest():
    found = calibrate(PROBLEM, library(lambda tol: 0.0, []), patience=10.0)
    assert found.own_tol == pytest.approx(LOOSEST)


def test_one_that_never_meets_shows_its_best():
    found = calibrate(PROBLEM, library(lambda tol: 1e-5 + tol, []), patience=10.0)
    assert not found.met
    assert found.verdict.certificate == pytest.approx(1e-5, rel=1e-2)


def test_patience_stops_the_search():
    tried = []
    found = calibrate(PROBLEM, library(lambda tol: 1e-9 * tol, tried, seconds=0.05), patience=0.04)
    assert len(tried) == 1
    assert found.met


def test_a_fit_that_takes_too_long_is_given_up():
    def endless():
        while True:
            time.sleep(0.001)

    found = calibrate(PROBLEM, SimpleNamespace(prepare=lambda problem, tol: endless), patience=0.01)
    assert found.error == "failed: TimeoutError: gave up after 0.05 seconds"
    assert found.function is None
    assert not found.met


def test_an_error_is_reported_not_raised():
    def prepare(problem, tol):
        raise FloatingPointError("overflow")

    found = calibrate(PROBLEM, SimpleNamespace(prepare=prepare), patience=1.0)
    assert found.error == "failed: FloatingPointError: overflow"
    assert math.isnan(found.verdict.certificate)


def test_a_rung_that_raises_counts_as_one_that_did_not_meet():
    def meaning(tol):
        if tol > 3e-8:
            raise ValueError("too loose")
        return 0.0

    found = calibrate(PROBLEM, library(meaning, []), patience=10.0)
    assert found.met
    assert found.own_tol == pytest.approx(PROBLEM.tol)
    assert np.isfinite(found.seconds)
