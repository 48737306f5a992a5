"""``python -m benchmarks.representation.real --out FILE.csv``: does CORAL help the offset fit on real tasks?

The protocol of ``benchmarks.transfer``. The source's model, and the offset fit around it (``methods/offset.py``), are
given the target's rows as they are ("none") or mapped by CORAL, fitted to the rows to learn from. The score is that of
held-out rows, lower is better.
"""

import argparse
import warnings
from pathlib import Path

from benchmarks.machine import machine_info
from benchmarks.table import write_table
from benchmarks.transfer._knowledge import Knowledge
from benchmarks.transfer._run import METHODS, TASKS
from benchmarks.transfer._scores import SCORES
from benchmarks.transfer._splits import SIZES, split
from sktransfer.representation import CORAL

COLUMNS = ("task", "n_target", "split", "alignment", "shrinkage", "mean_shrinkage", "source", "offset")
ALIGNMENTS = {
    "none": {"shrinkage": 1.0},
    "covariance": {},
    "scale": {"method": "scale"},
    "quantiles": {"method": "quantiles"},
}


class Aligned:
    """Target rows, standardised by the source, then mapped: in the place of a Knowledge's scaler."""

    def __init__(self, scaler, space):
        self.scaler, self.space = scaler, space

    def transform(self, X):
        """Rows where the source's standardised rows lie."""
        return self.space.transform(self.scaler.transform(X))


class Mapped:
    """A model of mapped rows."""

    def __init__(self, rows, model):
        self._rows, self._model, self.classes_ = rows, model, getattr(model, "classes_", None)

    def predict(self, X):
        """The mean."""
        return self._model.predict(self._rows.transform(X))

    def predict_proba(self, X):
        """Of the classes."""
        return self._model.predict_proba(self._rows.transform(X))


def main(arguments=None):
    """Exit status 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.representation.real", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--task", nargs="+", choices=sorted(TASKS), default=["heart_hungary"])
    parser.add_argument("--size", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args(arguments)
    rows = []
    for task in options.task:
        data = TASKS[task].load()
        knowledge = Knowledge(data)
        for size in options.size:
            for number in range(options.splits):
                rows += scores(task, data, knowledge, size, number)
                if options.out is not None:
                    write_table(options.out, rows, machine_info(), COLUMNS)
    return 0


def scores(task, data, knowledge, size, number):
    """Rows of the table for one split."""
    train, test = split(data, size, number)
    knowledge.begin(number)
    score, X, y = SCORES[data.kind], data.X_target[train], data.y_target[train]
    held_out, scaler, found = (data.X_target[test], data.y_target[test]), knowledge.scaler, []
    for name, settings in ALIGNMENTS.items():
        space = CORAL(knowledge.data, **settings).fit(scaler.transform(X))
        rows = Aligned(scaler, space)
        knowledge.scaled = lambda model, rows=rows: Mapped(rows, model)
        knowledge.scaler = rows
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of scikit-learn's solvers and splitters, where rows are few
            offset = METHODS["offset"].fit(knowledge, X, y)
        knowledge.scaler = scaler
        row = {"task": task, "n_target": size, "split": number, "alignment": name}
        row |= {"shrinkage": space.shrinkage_, "mean_shrinkage": space.mean_shrinkage_}
        row |= {"source": score(Mapped(rows, knowledge.model), *held_out), "offset": score(offset, *held_out)}
        found.append(row)
    print(task, size, number, *(f"{row['alignment']} {row['offset']:.4g}" for row in found), flush=True)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
