"""Peak extra memory of a fit, as a share of X: ``ratio`` is bytes over bytes, not seconds over seconds.

Each fit runs in a process of its own, which loads X, fits a few numbers of it (so that libraries are loaded and threads
started), then fits all and says how far its largest resident size rose above the size before.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.paths._data import problem as make_problem

SIZES = ((100_000, 100), (1_000_000, 50), (20_000, 1_000))
SMOKE = ((20_000, 10),)
TOL = 1e-7
COMPETITORS = {"binomial": ("ours", "sklearn_lbfgs", "sklearn_newton_cholesky"), "squared": ("ours", "sklearn_ridge")}


def peak_memory(size, settings):
    """Rows of the table of paths."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for loss, competitors in COMPETITORS.items():
            problem = make_problem(loss, size, TOL)
            _save(problem, Path(folder))
            cases = [(name, kind) for kind in ("none", "source") for name in competitors]
            cases = [one for one in cases if one[1] == "none" or not one[0].startswith("sklearn")]
            rows += [_row(folder, loss, name, kind, settings) for name, kind in cases]
    return rows


def _save(problem, folder):
    np.save(folder / "X.npy", problem.X)
    np.save(folder / "y.npy", problem.y)
    np.save(folder / "source.npy", np.append(problem.source_coef, problem.source_intercept))


def _row(folder, loss, competitor, kind, settings):
    row = {"case": f"{loss}, {kind}", "subject": competitor}
    command = [sys.executable, "-m", "benchmarks.paths._peak", folder, loss, competitor, kind, str(settings.threads)]
    done = subprocess.run(command, capture_output=True, text=True, env=child_environment())
    if done.returncode:
        return {**row, "note": f"failed: {done.stderr.strip().splitlines()[-1:]}", "met": False}
    found = json.loads(done.stdout)
    seconds = {"seconds": found["seconds"], "repeats": 1, "calls": 1}
    return {**row, **seconds, "reference": "bytes of X", "ratio": found["extra"] / found["bytes"]}


def child_environment():
    """The child imports what this process imported."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in ("", *sys.path) if path is not None)}
