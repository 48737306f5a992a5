"""``python -m benchmarks.real.alpha``: held-out error of alpha-weighted fits on real data, the alpha chosen; a CSV."""

import argparse
import warnings
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_info
from benchmarks.real._alpha_data import TASKS
from benchmarks.real._alpha_methods import METHODS, Knowledge
from benchmarks.real._scores import SCORES
from benchmarks.real._splits import SIZES, split
from benchmarks.table import write_table

COLUMNS = ("task", "n_target", "split", "method", "score", "alpha", "choice")


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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real.alpha", description=__doc__)
    parser.add_argument("--task", nargs="+", choices=sorted(TASKS), default=list(TASKS))
    parser.add_argument("--method", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--size", nargs="+", type=int, default=list(SIZES), help="target rows")
    parser.add_argument("--splits", type=int, default=10, help="splits of each size")
    parser.add_argument("--output", type=Path, help="CSV to write; the machine goes into a JSON next to it")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.task:
        task = TASKS[name]()
        knowledge = Knowledge(task)
        for n_target in options.size:
            splits = [compared(task, knowledge, n_target, number, options.method) for number in range(options.splits)]
            found = [row for each in splits for row in each]
            rows += [{"task": name, **row} for row in found]
            print(f"{name:24}{n_target:5}{summary(found)}", flush=True)
            if options.output is not None:
                write_table(options.output, rows, machine_info(), COLUMNS)
    return 0


def compared(task, knowledge, n_target, number, methods):
    """One row of the table per method."""
    train, test = split(task, n_target, number)
    rows = []
    for method in methods:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of scikit-learn's solvers and splitters, where rows are few
            model = METHODS[method](knowledge, task.X_target[train], task.y_target[train])
        score = SCORES[task.kind](model, task.X_target[test], task.y_target[test])
        row = {"n_target": n_target, "split": number, "method": method, "score": score}
        rows.append(row | chosen(model))
    return rows


def chosen(model):
    """The alpha that was chosen, of alpha-weighted fits, and the kind of candidate, of searches."""
    search = model[-1]
    if not hasattr(search, "choice_"):
        return {}
    alpha = getattr(search.best_estimator_, "alpha", None) if hasattr(search.best_estimator_, "estimator") else None
    return {"choice": search.choice_, "alpha": "" if alpha is None else float(alpha)}


def summary(rows):
    """Mean score of each method, and the median of alpha."""
    text = "".join(
        f"   {name} {np.mean([row['score'] for row in rows if row['method'] == name]):7.3f}"
        for name in dict.fromkeys(row["method"] for row in rows)
    )
    alphas = [row["alpha"] for row in rows if row.get("alpha", "") != ""]
    return text + (f"   median alpha {np.median(alphas):.3g}" if alphas else "")


if __name__ == "__main__":
    raise SystemExit(main())
