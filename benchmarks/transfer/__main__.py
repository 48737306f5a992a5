"""``python -m benchmarks.transfer``: held-out error on ten real tasks; a CSV, a table and a figure.

What the CSV holds already is not run again, so that a long run can be cut in pieces; ``--again`` says what is to be
forgotten first.
"""

import argparse
import csv
import os
from importlib.util import find_spec
from pathlib import Path

from benchmarks.machine import machine_info
from benchmarks.table import read_rows, write_table
from benchmarks.transfer import report
from benchmarks.transfer._run import COLUMNS, METHODS, TASKS, runs
from benchmarks.transfer._splits import SIZES
from benchmarks.transfer.tasks.sentiment_reg_tweets import VARIABLE


def main(arguments=None):
    """Run what is missing, then report.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        Exit status: with ``--smoke`` 1 if a fit failed, else 0.
    """
    options = _parser().parse_args(arguments)
    if options.embeddings is not None:
        os.environ[VARIABLE] = str(options.embeddings)
    if options.smoke:
        return _smoke(options.methods)
    rows = _kept(options.output, options.again, options.task)
    done = {(row["task"], int(row["n_target"]), int(row["split"]), row["method"]) for row in rows}
    splits = range(options.first, options.first + options.splits)
    for task in options.task:
        try:
            for found in runs(task, options.size, splits, options.methods, done):
                print(_line(found), flush=True)
                rows += found
                _append(options.output, found)
        except (ModuleNotFoundError, FileNotFoundError) as missing:
            print(f"{task} left out: {missing}", flush=True)
    more = [row for path in options.more for row in read_rows(path, COLUMNS)]
    report.show([*rows, *more], options.figure)
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.add_argument("--task", nargs="+", choices=sorted(TASKS), default=list(TASKS))
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=_available())
    parser.add_argument("--size", nargs="+", type=int, default=list(SIZES), help="target rows")
    parser.add_argument("--splits", type=int, default=20, help="splits of each size")
    parser.add_argument("--first", type=int, default=0, help="number of the first split")
    parser.add_argument("--embeddings", type=Path, help=f"for sentiment_reg_tweets; default: the variable {VARIABLE}")
    parser.add_argument("--output", type=Path, help="CSV to go on with; the machine goes into a JSON next to it")
    parser.add_argument("--again", nargs="+", choices=list(METHODS), default=[], help="methods to run anew")
    parser.add_argument("--more", nargs="+", type=Path, default=[], help="CSV files to report, too (adapt's)")
    parser.add_argument("--figure", type=Path, help="picture to draw, of the CSV files only")
    parser.add_argument("--smoke", action="store_true", help="one split of the bundled task; writes nothing")
    return parser


def _available():
    """Methods whose packages are here."""
    return [name for name, method in METHODS.items() if find_spec(getattr(method, "NEEDS", "sklearn"))]


def _smoke(methods):
    rows = [row for found in runs("heart_hungary", [20], range(1), methods, set()) for row in found]
    print(_line(rows))
    return int(any("score" not in row for row in rows))


def _line(rows):
    """One split in print."""
    head = "{task:24}{n_target:5}{split:4}".format(**rows[0])
    return head + "".join(f"  {row['method']} {row.get('score', float('nan')):.4g}" for row in rows)


def _kept(path, again, tasks):
    """Rows of the CSV file, without those to be run again, which are taken out of the file, too."""
    if path is None or not path.exists():
        return []
    rows = read_rows(path, COLUMNS)
    kept = [row for row in rows if row["method"] not in again or row["task"] not in tasks]
    if len(kept) < len(rows):
        write_table(path, kept, machine_info(), COLUMNS)
    return kept


def _append(path, rows):
    """Rows to the end of the CSV file, so that a run which is stopped has lost nothing."""
    if path is None:
        return
    if not path.exists():
        write_table(path, [], machine_info(), COLUMNS)
    with path.open("a", newline="") as file:
        csv.DictWriter(file, COLUMNS).writerows({name: _short(value) for name, value in row.items()} for row in rows)


def _short(value):
    return f"{value:.8g}" if isinstance(value, float) else value


if __name__ == "__main__":
    raise SystemExit(main())
