"""``python -m benchmarks.multisource.simulate --out FILE``: pooled fits on fresh draws of Trans-GLM's design; a CSV.

    target     150 rows of N(0, 0.9^|i - j|), p = 200, beta = 1/2 five times, then 0
    good       100 rows each, entries t_4; beta + (h / p) r, r of random signs
    hostile    the same rows; 1/2 + (2 h / p) r at columns 6 to 10 and five others, (2 h / p) r elsewhere; intercept 1/2

y is normal of variance 1, binary (logit) or Poisson (log); of the last, entries of X are cut at 1/2. "ours" is compared
with "alone", the same fit to the target's rows with no source, its strength chosen on the same held-out rows.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_info
from benchmarks.multisource.__main__ import COLUMNS, MODELS, N_SOURCE, N_SOURCES, N_TARGET, error
from benchmarks.table import write_table
from sktransfer.multisource._candidates import Fitter
from sktransfer.multisource._detect import Search, check_sources
from sktransfer.sources import SourceData

P, N_SIGNAL, DECAY, FREEDOM, CUT = 200, 5, 0.9, 4, 0.5
TRUTH = np.repeat([0.5, 0.0], [N_SIGNAL, P - N_SIGNAL])


def main(arguments=None):
    """Fit all draws; exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--families", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--h", nargs="+", type=float, default=[5, 20])
    parser.add_argument("--good", nargs="+", type=int, default=[0, 2, 5, 8, 10])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first draw")
    options = parser.parse_args(arguments)
    rows = []
    for draw in range(options.first, options.first + options.draws):
        for family in options.families:
            for h in options.h:
                for n_good in options.good:
                    rows += fits(family, h, draw, n_good)
                    table = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
                    write_table(options.out, table, machine_info(), COLUMNS)
    return 0


def fits(family, h, draw, n_good):
    """Rows of the table: ours, and the target alone."""
    X, y, sources = problem(family, h, n_good, np.random.default_rng([draw, int(h), n_good]))
    began = time.perf_counter()
    model = MODELS[family](sources).fit(X, y)
    seconds = time.perf_counter() - began
    n_found = sum(place < n_good for place in model.detected_)
    yield family, h, draw, n_good, "ours", error(model), n_found, len(model.detected_) - n_found, seconds
    yield family, h, draw, n_good, "alone", error(alone(model, X, y)), 0, 0, ""


def alone(model, X, y):
    """The estimator on the target's rows, at the strength that held-out rows choose."""
    found = check_sources(model.sources)
    search = Search(model.estimator, found[:1], X, y, None, model.cv)
    return Fitter(model.estimator, search.pools, found[:1], X, y, None).pooled(search.trials[0])


def problem(family, h, n_good, rng):
    """(X, y, sources): the first ``n_good`` are near the target."""
    at = np.arange(P)
    root = np.linalg.cholesky(DECAY ** np.abs(at[:, np.newaxis] - at))
    X, y = rows(family, rng.normal(size=(N_TARGET, P)) @ root.T, TRUTH, 0.0, rng)
    sources = []
    for place in range(N_SOURCES):
        coef, intercept = TRUTH + h / P * rng.choice([-1, 1], P), 0.0
        if place >= n_good:
            coef, intercept = 2 * h / P * rng.choice([-1, 1], P), 0.5
            coef[N_SIGNAL : 2 * N_SIGNAL] += 0.5
            coef[2 * N_SIGNAL + rng.choice(P - 2 * N_SIGNAL, N_SIGNAL, replace=False)] += 0.5
        sources.append(SourceData(*rows(family, rng.standard_t(FREEDOM, (N_SOURCE, P)), coef, intercept, rng)))
    return X, y, sources


def rows(family, X, coef, intercept, rng):
    """(X, y)."""
    if family == "poisson":
        X = np.clip(X, -CUT, CUT)
    eta = X @ coef + intercept
    if family == "gaussian":
        return X, eta + rng.normal(size=len(X))
    if family == "binomial":
        return X, (eta + rng.logistic(size=len(X)) > 0).astype(float)
    return X, rng.poisson(np.exp(eta)).astype(float)


if __name__ == "__main__":
    raise SystemExit(main())
