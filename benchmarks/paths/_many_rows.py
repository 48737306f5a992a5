"""The child of ``many_rows``: fit a memory map, print seconds, the largest resident size and the coefficients."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.paths._peak import _peak
from benchmarks.timing import time_once
from sktransfer._designs import _mapped
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

TOL = 1e-9
FITS = {
    "squared": lambda X, y: TransferRidge(tol=TOL).fit(X, y["numbers"]),
    "binomial": lambda X, y: TransferLogisticRegression(tol=TOL).fit(X, y["labels"]),
}


def main(folder, loss, kind, threads):
    """Parameters are texts of the command line; ``kind`` is "map" or "memory"."""
    _mapped.LARGE = 1  # small sizes of a smoke run, too
    mode = "r" if kind == "map" else None
    X = np.load(Path(folder) / "X.npy", mmap_mode=mode)
    y = {name: np.load(Path(folder) / f"{name}.npy", mmap_mode="r") for name in ("numbers", "labels")}
    with threadpool_limits(int(threads)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, seconds = time_once(lambda: FITS[loss](X, y))
    found = {
        "seconds": seconds,
        "peak": _peak(),
        "coef": np.append(model.coef_.ravel(), model.intercept_).astype(float).tolist(),
        "solver": model.result_.solver,
        "certificate": model.result_.certificate,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
