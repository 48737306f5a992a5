"""``python -m benchmarks.multisource.many --out FILE``: 42 sources, a target of 200 rows; seconds of one fit, a CSV.

Five coefficients of the target are 1/2. Of every second source all coefficients are changed by 2 / sqrt(p), up or down;
of the others by 0, 0.3 or 0.6 over sqrt(p), so that a search has something to find.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_info
from benchmarks.table import write_table
from sktransfer.linear_model import TransferLasso, TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor
from sktransfer.sources import SourceData

COLUMNS = ("model", "n_features", "n_sources", "rows_each", "n_target", "seconds", "n_detected", "n_bad")
MODELS = {
    "lasso": lambda sources: PooledTransferRegressor(TransferLasso(), sources),
    "ridge": lambda sources: PooledTransferRegressor(TransferRidge(), sources),
    "logistic": lambda sources: PooledTransferClassifier(TransferLogisticRegression(), sources),
    "poisson": lambda sources: PooledTransferRegressor(TransferPoissonRegressor(), sources),
    "logistic_l1": lambda sources: PooledTransferClassifier(TransferLogisticRegression(l1_ratio=1.0), sources),
    "poisson_l1": lambda sources: PooledTransferRegressor(TransferPoissonRegressor(l1_ratio=1.0), sources),
}
N_SOURCES, N_TARGET = 42, 200


def main(arguments=None):
    """Time all; exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--features", nargs="+", type=int, default=[20, 50, 200])
    parser.add_argument("--rows", nargs="+", type=int, default=[1000])
    options = parser.parse_args(arguments)
    table = []
    for n_rows in options.rows:
        for model in options.models:
            for n_features in options.features:
                table.append(dict(zip(COLUMNS, timed(model, n_features, n_rows), strict=True)))
                write_table(options.out, table, machine_info(), COLUMNS)
                print(table[-1], flush=True)
    return 0


def timed(model, n_features, n_rows):
    """One row of the table."""
    X, y, sources = problem(model, n_features, n_rows, np.random.default_rng(0))
    began = time.perf_counter()
    fitted = MODELS[model](sources).fit(X, y)
    seconds = time.perf_counter() - began
    n_bad = sum(place % 2 for place in fitted.detected_)
    return model, n_features, N_SOURCES, n_rows, N_TARGET, seconds, len(fitted.detected_), n_bad


def problem(model, n_features, n_rows, rng):
    """(X, y, sources); those at odd places are unlike the target."""
    coef, sources = np.repeat([0.5, 0.0], [5, n_features - 5]), []
    for place in range(N_SOURCES):
        size = 2.0 if place % 2 else 0.3 * (place % 3)
        change = size / np.sqrt(n_features) * rng.choice([-1, 1], n_features)
        sources.append(SourceData(*rows(model, coef + change, n_rows, rng)))
    return *rows(model, coef, N_TARGET, rng), sources


def rows(model, coef, n_rows, rng):
    """(X, y)."""
    X = rng.normal(size=(n_rows, len(coef)))
    eta = X @ coef
    if model.startswith("logistic"):
        return X, (eta + rng.logistic(size=n_rows) > 0).astype(int)
    if model.startswith("poisson"):
        return X, rng.poisson(np.exp(0.5 * eta))
    return X, eta + rng.normal(size=n_rows)


if __name__ == "__main__":
    raise SystemExit(main())
