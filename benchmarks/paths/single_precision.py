"""float32 against float64, each calibrated to the same certificate; the check is what it reached."""

import numpy as np

from benchmarks.calibrate import calibrate
from benchmarks.competitors import ours
from benchmarks.judge import passes
from benchmarks.paths._versus import versus
from benchmarks.problems.logistic_dense import logistic_dense

SIZES = ((100_000, 100), (1_000_000, 50), (20_000, 1_000))
SMOKE = ((300, 5),)
DOUBLE, SINGLE = "ours, float64", "ours, float32"


def single_precision(size, settings):
    """Rows of the table of paths."""
    problem = logistic_dense(*size)
    rows = []
    for case in (problem.without_source(), problem):
        found = {
            DOUBLE: calibrate(case, ours, settings.patience),
            SINGLE: calibrate(case.with_dtype(np.float32), ours, settings.patience),
        }
        functions = {name: one.function for name, one in found.items()}
        pairs = [(SINGLE, DOUBLE), (DOUBLE, None)]
        checks = {name: _check(case, one.verdict.certificate) for name, one in found.items()}
        rows += versus(f"logistic, {case.kind}", functions, pairs, settings, checks)
    return rows


def _check(problem, certificate):
    columns = {"check": certificate, "tol": problem.tol, "met": passes(problem, certificate)}
    return lambda solution: columns
