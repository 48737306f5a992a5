"""``python -m benchmarks.real``: mean Poisson deviance of held-out target rows on real data; write a CSV."""

import argparse
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import mean_poisson_deviance

from benchmarks.machine import machine_info
from benchmarks.real._data import TASKS
from benchmarks.real._methods import METHODS, Knowledge
from benchmarks.real._splits import SIZES, split
from benchmarks.table import write_table

COLUMNS = ("task", "n_target", "split", "method", "deviance")


def main(arguments=None):
    """Run the tasks.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        Exit status, 0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real", description=__doc__)
    parser.add_argument("--task", nargs="+", choices=sorted(TASKS), default=list(TASKS))
    parser.add_argument("--size", nargs="+", type=int, default=list(SIZES), help="target rows")
    parser.add_argument("--splits", type=int, default=20, help="splits of each size")
    parser.add_argument("--first", type=int, default=0, help="number of the first split")
    parser.add_argument("--output", type=Path, help="CSV to write; the machine goes into a JSON next to it")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.task:
        task = TASKS[name]()
        knowledge = Knowledge(task.X_source, task.y_source)
        for n_target in options.size:
            splits = range(options.first, options.first + options.splits)
            found = [row for number in splits for row in compared(task, knowledge, n_target, number)]
            rows += [{"task": name, **row} for row in found]
            print(f"{name:16}{n_target:5}{summary(found)}", flush=True)
            if options.output is not None:
                write_table(options.output, rows, machine_info(), COLUMNS)
    return 0


def compared(task, knowledge, n_target, number):
    """One row of the table per method."""
    train, test = split(task, n_target, number)
    for method, fit in METHODS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of scikit-learn's solver, where few rows are separable
            model = fit(knowledge, task.X_target[train], task.y_target[train])
        mean = np.clip(model.predict(task.X_target[test]), 1e-12, 1e12)
        deviance = mean_poisson_deviance(task.y_target[test], mean)
        yield {"n_target": n_target, "split": number, "method": method, "deviance": float(deviance)}


def summary(rows):
    """Mean deviance of each method, and of "transfer" relative to the best of target-only and source-only."""
    mean = {name: np.mean([row["deviance"] for row in rows if row["method"] == name]) for name in METHODS}
    ratio = mean["transfer"] / min(mean["target"], mean["source"])
    return "".join(f"   {name} {value:8.3f}" for name, value in mean.items()) + f"   ratio {ratio:6.4f}"


if __name__ == "__main__":
    raise SystemExit(main())
