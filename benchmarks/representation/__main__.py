"""``python -m benchmarks.representation``: a CSV of seconds and differences, or the peers' answers for the tests."""

import argparse
import json
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.machine import machine_info
from benchmarks.paths.peak_memory import child_environment
from benchmarks.representation._data import domains
from benchmarks.representation._methods import METHODS, apart, moments
from benchmarks.table import write_table
from benchmarks.timing import interleave, summary, time_once

COLUMNS = (
    "method",
    "n_source",
    "n_target",
    "n_features",
    "threads",
    "subject",
    "seconds",
    "seconds_min",
    "seconds_max",
    "repeats",
    "ratio_to_ours",
    "difference",
    "peak_mb",
)
WIDE = ((2000, 200, 20), (5000, 500, 100), (50_000, 500, 100), (5000, 1000, 500), (300, 100, 1000))
SIZES = {"coral": WIDE, "subspace": WIDE, "components": ((200, 100, 20), (600, 200, 20))}
PEAK = (50_000, 50)
REFERENCE = (50, 40, 6)


def main(arguments=None):
    """Exit status 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.representation", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--reference", type=Path, help="write the peers' answers on a small data set, and nothing else")
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args(arguments)
    if options.reference is not None:
        np.savez_compressed(options.reference, **reference())
        return 0
    rows = []
    with threadpool_limits(options.threads):
        for method in options.methods:
            for size in SIZES[method]:
                rows += measured(method, size, options.repeats, options.threads)
                _write(options.out, rows)
    if not options.no_memory:
        rows.append(memory(options.threads))
        _write(options.out, rows)
    return 0


def subjects(method):
    """Those whose packages are here."""
    return {name: run for name, run in METHODS[method].items() if name == "ours" or find_spec(name)}


def measured(method, size, repeats, threads):
    """Rows of the table for one method and size."""
    X_source, X = domains(*size)
    runs = {name: lambda run=run: run(X_source, X) for name, run in subjects(method).items()}
    if method != "components":
        known, ours = moments(X_source), METHODS[method]["ours"]
        runs["ours, source by moments"] = lambda: ours(X_source, X, known)
    answers, warm_up = {}, {}
    for name, run in runs.items():
        run()
        answers[name], warm_up[name] = time_once(run)
    times, _ = interleave(runs, warm_up, repeats, patience=60.0)
    rows = []
    for name in runs:
        row = {"method": method, **dict(zip(COLUMNS[1:4], size, strict=True)), "threads": threads, "subject": name}
        row |= summary(times[name])
        row["ratio_to_ours"] = float(np.nanmedian(times[name] / times["ours"]))
        row["difference"] = apart(method, answers["ours"], answers[name])
        rows.append(row)
        print(row, flush=True)
    return rows


def memory(threads):
    """Peak resident size of transfer components of many rows, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.representation._peak", *map(str, PEAK), str(threads)]
    found = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True, env=child_environment()).stdout
    )
    row = {"method": "components", "n_source": PEAK[0] - 1000, "n_target": 1000, "n_features": PEAK[1]}
    row |= {"threads": threads, "subject": "ours", "repeats": 1, "ratio_to_ours": 1.0}
    row |= {"seconds": found["seconds"], "peak_mb": found["peak_mb"]}
    print(row, found, flush=True)
    return row


def reference():
    """The peers' answers; transfer components at mu 0, where their eigenvectors are the problem's."""
    X_source, X = domains(*REFERENCE)
    found = {"X_source": X_source, "X": X}
    for method, runs in METHODS.items():
        for name, run in runs.items():
            if name != "ours":
                found[f"{method}_{name}"] = run(X_source, X, **({"mu": 0.0} if method == "components" else {}))
                found[f"version_{name}"] = metadata.version(name)
    return found


def _write(path, rows):
    if path is not None:
        write_table(path, rows, machine_info(), COLUMNS)


if __name__ == "__main__":
    raise SystemExit(main())
