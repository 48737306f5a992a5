"""Time against the number of rows; above a million they lie in a memory-mapped file."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.paths._data import problem as make_problem
from benchmarks.paths._growth import growth
from benchmarks.problems._draw import correlated, labels, parameters

SIZES = ((10_000, 20), (100_000, 20), (1_000_000, 20), (10_000_000, 20))
SMOKE = ((1_000, 4), (3_000, 4))
MOST_IN_MEMORY = 1_000_000
BLOCK = 1 << 18


def against_rows(size, settings):
    """Rows of the table of paths."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for loss in ("binomial", "squared"):
            problem = make_problem(loss, (min(size[0], BLOCK), size[1]), 1e-7)
            X, y = _draw(loss, size, Path(folder) / f"{loss}.npy")
            rows += growth(replace(problem, X=X, y=y), settings)
        return rows


def _draw(loss, size, path):
    """(X, y), block by block; X in a file where it is large."""
    rng = np.random.default_rng(1)
    _, coef = parameters(np.random.default_rng(0), (size[1],))
    large = size[0] > MOST_IN_MEMORY
    X = np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=size) if large else np.empty(size)
    y = np.empty(size[0], dtype=np.int64 if loss == "binomial" else np.float64)
    for start in range(0, size[0], BLOCK):
        rows = slice(start, min(start + BLOCK, size[0]))
        X[rows] = correlated(rng, rows.stop - start, size[1])
        eta = X[rows] @ coef + 0.5
        y[rows] = labels(rng, eta) if loss == "binomial" else eta + rng.standard_normal(len(eta))
    if large:
        X.flush()
        return np.load(path, mmap_mode="r"), y
    return X, y
