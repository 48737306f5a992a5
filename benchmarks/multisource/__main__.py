"""``python -m benchmarks.multisource FOLDER --out FILE``: errors of pooled fits on Trans-GLM's simulations; a CSV.

FOLDER holds, for each draw, ``<family>_cov2_rep<nn>.npz`` (X times 100 as integers, y for each h; 150 rows of the
target, then sources of 100 rows: ten that may be transferable, ten that are not) and a ``.json`` with the results of
R's glmtrans. The error is the Euclidean distance of (intercept, coefficients) from those that drew the target: 1/2 five
times.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_info
from benchmarks.table import write_table
from sktransfer.linear_model import TransferLasso, TransferLogisticRegression, TransferPoissonRegressor
from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor
from sktransfer.sources import SourceData

COLUMNS = ("family", "h", "draw", "n_transferable", "method", "error", "n_good", "n_bad", "seconds")
MODELS = {
    "gaussian": lambda sources: PooledTransferRegressor(TransferLasso(), sources),
    "binomial": lambda sources: PooledTransferClassifier(TransferLogisticRegression(l1_ratio=1.0), sources),
    "poisson": lambda sources: PooledTransferRegressor(TransferPoissonRegressor(l1_ratio=1.0), sources),
}
N_TARGET, N_SOURCE, N_SOURCES = 150, 100, 10


def main(arguments=None):
    """Fit all draws; exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--families", nargs="+", default=list(MODELS), choices=list(MODELS))
    options = parser.parse_args(arguments)
    rows = []
    for family in options.families:
        for path in sorted(options.folder.glob(f"{family}_cov2_rep*.npz")):
            for h in (5, 20):
                rows += draw(family, path, h)
                table = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
                write_table(options.out, table, machine_info(), COLUMNS)
    return 0


def draw(family, path, h):
    """Rows of the table for one draw: ours and those of R."""
    arrays, info = np.load(path), json.loads(path.with_suffix(".json").read_text())
    X = arrays["X_x100_int16" if "X_x100_int16" in arrays.files else f"X_x100_int16_h{h}"] / 100.0
    y, rep = arrays[f"y_h{h}"].astype(float), path.stem[-2:]
    cuts = [slice(start, start + N_SOURCE) for start in range(N_TARGET, len(X), N_SOURCE)]
    sources = [SourceData(X[cut], y[cut]) for cut in cuts]
    rows = []
    for result in info["results"]:
        if result["h"] == str(h) and result["l2"]:
            told = [result["n_sel"], "", result["cpu_s"]]
            rows.append((family, h, rep, result["Ka"], f"glmtrans {result['method']}", float(result["l2"]), *told))
    for n_good in sorted({int(row[3]) for row in rows if row[3] != "NA"}):
        chosen = [*sources[:n_good], *sources[N_SOURCES : 2 * N_SOURCES - n_good]]
        began = time.perf_counter()
        model = MODELS[family](chosen).fit(X[:N_TARGET], y[:N_TARGET])
        seconds = time.perf_counter() - began
        found = [place < n_good for place in model.detected_]
        rows.append((family, h, rep, n_good, "ours", error(model), sum(found), len(found) - sum(found), seconds))
    return rows


def error(model):
    """Distance from the truth."""
    found = np.append(np.ravel(model.coef_), np.ravel(model.intercept_))
    truth = np.zeros_like(found)
    truth[:5] = 0.5
    return float(np.linalg.norm(found - truth))


if __name__ == "__main__":
    raise SystemExit(main())
