"""More rows than memory: a float32 memory map, fitted block by block; seconds a row, and the largest resident size.

Rows are written in blocks from a seed, to a temporary folder, and are gone afterwards. Each fit runs in a process of
its own. ``ratio`` is the largest resident size as a share of the map; ``check`` the largest difference of a coefficient
to that of the fit in memory, where the rows fit there. Fitted attributes are float32, as X is.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.paths.peak_memory import child_environment

SIZES = ((1_000_000, 50), (3_000_000, 50), (10_000_000, 50), (50_000_000, 50))
SMOKE = ((200_000, 50),)
IN_MEMORY = 10_000_000
BLOCK = 250_000
PEAK = 2e9
AGREES = 2e-6


def many_rows(size, settings):
    """Rows of the table of paths."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), *size)
        for loss in ("squared", "binomial"):
            mapped = _fit(folder, loss, "map", settings)
            rows.append(_row(loss, "ours, memory map", mapped, size))
            if size[0] <= IN_MEMORY:
                whole = _fit(folder, loss, "memory", settings)
                rows.append(_row(loss, "ours, in memory", whole, size))
                difference = float(np.abs(np.subtract(mapped["coef"], whole["coef"])).max())
                rows[-2] |= {"check": difference, "met": rows[-2]["met"] and difference <= AGREES}
    return rows


def write(folder, n_samples, n_features):
    """X.npy (float32), numbers.npy (float32) and labels.npy (int8), a block at a time."""
    shapes = {"X": ((n_samples, n_features), "f4"), "numbers": ((n_samples,), "f4"), "labels": ((n_samples,), "i1")}
    files = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)
        for name, (shape, dtype) in shapes.items()
    }
    coef = np.random.default_rng(0).normal(size=n_features).astype(np.float32) / 5
    for number, start in enumerate(range(0, n_samples, BLOCK)):
        rows = slice(start, min(start + BLOCK, n_samples))
        random = np.random.default_rng([1, number])
        X = random.standard_normal((rows.stop - start, n_features), dtype=np.float32)
        eta = X @ coef + np.float32(0.3)
        files["X"][rows], files["numbers"][rows] = X, eta + random.standard_normal(len(X), dtype=np.float32)
        files["labels"][rows] = random.random(len(X), dtype=np.float32) < 1 / (1 + np.exp(-eta))
    for file in files.values():
        file.flush()


def _fit(folder, loss, kind, settings):
    command = [sys.executable, "-m", "benchmarks.paths._many_rows", folder, loss, kind, str(settings.threads)]
    done = subprocess.run(command, capture_output=True, text=True, env=child_environment())
    if done.returncode:
        raise RuntimeError(f"the fit failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)


def _row(loss, subject, found, size):
    timing = {"seconds": found["seconds"], "repeats": 1, "calls": 1}
    share = {"reference": "bytes of X", "ratio": found["peak"] / (4 * size[0] * size[1])}
    return {
        "case": loss,
        "subject": subject,
        **timing,
        **share,
        "met": found["peak"] < PEAK or "memory map" not in subject,
    }
