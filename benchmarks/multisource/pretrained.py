"""``python -m benchmarks.multisource.pretrained FOLDER --out FILE``: the pretrained lasso's simulations; a CSV.

FOLDER holds, for each draw, an ``.npz`` (X or X_x100_int16, y, groups and the same of a test set) and a ``.json`` with
the test errors of R's ptLasso. Each group in turn is the target, all others are its sources. The error is the mean over
the test rows of all groups: squared error, or deviance.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_info
from benchmarks.multisource.__main__ import MODELS
from benchmarks.table import write_table
from sktransfer.sources import SourceData

COLUMNS = ("draw", "group", "n_target", "method", "error", "seconds")
METHODS = ("overall", "individual", "cv_alphahat", "cv_varying")


def main(arguments=None):
    """Fit all draws; exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    table = []
    for path in sorted(options.folder.glob("*_rep*.npz")):
        table += [dict(zip(COLUMNS, row, strict=True)) for row in draw(path)]
        write_table(options.out, table, machine_info(), COLUMNS)
    return 0


def draw(path):
    """Rows of the table for one draw: each group's error, all groups' (""), and those of R."""
    arrays, info = np.load(path), json.loads(path.with_suffix(".json").read_text())
    X, X_test = (
        arrays[name] if name in arrays.files else arrays[f"{name}_x100_int16"] / 100 for name in ("X", "X_test")
    )
    y, y_test = (arrays[name].astype(float) for name in ("y", "y_test"))
    groups, groups_test = arrays["groups"], arrays["groups_test"]
    errors, rows = np.empty(len(y_test)), []
    for group in np.unique(groups):
        mine, theirs = groups == group, groups_test == group
        others = [SourceData(X[groups == each], y[groups == each]) for each in np.unique(groups) if each != group]
        began = time.perf_counter()
        model = MODELS[info["family"]](others).fit(X[mine], y[mine])
        seconds = time.perf_counter() - began
        errors[theirs] = losses(model, X_test[theirs], y_test[theirs])
        rows.append((path.stem, group, int(mine.sum()), "ours", errors[theirs].mean(), seconds))
    told = [(path.stem, "", len(y), method, info["test"][method][_measure(info)][0], "") for method in METHODS]
    return [*rows, (path.stem, "", len(y), "ours", errors.mean(), sum(row[-1] for row in rows)), *told]


def _measure(info):
    return info["type.measure"]


def losses(model, X, y):
    """Squared errors, or deviances."""
    if not hasattr(model, "predict_proba"):
        return (model.predict(X) - y) ** 2
    eta = model.decision_function(X)
    return 2 * (np.logaddexp(0, eta) - y * eta)


if __name__ == "__main__":
    raise SystemExit(main())
