"""The child of ``peak_memory``: load, fit a few numbers, fit all; print how far that rose above what was resident."""

import json
import resource
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.competitors import all_competitors
from benchmarks.paths.peak_memory import TOL
from benchmarks.problem import Problem
from benchmarks.timing import time_once

FEW_ROWS, FEW_COLUMNS = 200, 2


def main(folder, loss, competitor, kind, threads):
    """Parameters are texts of the command line; prints JSON with ``extra`` and ``bytes`` (of X), and ``seconds``."""
    X, y, source = (np.load(Path(folder) / f"{name}.npy") for name in ("X", "y", "source"))
    problem = Problem(loss, loss, X, y, 1.0, TOL, source[:-1], float(source[-1]))
    few = X[:FEW_ROWS, :FEW_COLUMNS].copy()
    small = replace(problem, X=few, y=y[:FEW_ROWS].copy(), source_coef=source[:FEW_COLUMNS])
    if kind == "none":
        problem, small = problem.without_source(), small.without_source()
    prepare = all_competitors()[competitor].prepare
    with threadpool_limits(int(threads)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepare(small, TOL)()
        fit = prepare(problem, TOL)
        before = _resident()
        _, seconds = time_once(fit)
    print(json.dumps({"extra": max(0, _peak() - before), "bytes": X.nbytes, "seconds": seconds}))


def _peak():
    """Largest resident size so far, in bytes."""
    return _of_status("VmHWM") or _largest_resident()


def _resident():
    """Resident size now, in bytes; the largest so far where the system does not say."""
    return _of_status("VmRSS") or _largest_resident()


def _of_status(name):
    """A size from Linux's status of this process; None elsewhere. getrusage there also counts the parent's."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    sizes = [int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")]
    return sizes[0] if sizes else None


def _largest_resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
