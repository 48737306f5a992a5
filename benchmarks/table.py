"""Result files: a CSV of fixed columns, with the machine in a JSON file next to it."""

import csv
import json
from pathlib import Path

COLUMNS = (
    "problem",
    "n_samples",
    "n_features",
    "source",
    "tol",
    "threads",
    "competitor",
    "seconds",
    "seconds_min",
    "seconds_max",
    "repeats",
    "calls",
    "ratio_to_ours",
    "ratio_to_unit",
    "unit",
    "own_tol",
    "certificate",
    "met",
    "objective",
    "suboptimality",
    "note",
)
KEY = ("problem", "n_samples", "n_features", "source", "tol", "competitor")


def write_table(path, rows, machine, columns=COLUMNS):
    """Write rows to ``path`` and the machine to the same name with the suffix ``.json``.

    Parameters
    ----------
    path : str or path
    rows : list of dict
        Of ``columns``; what is left out is empty.
    machine : dict
    columns : tuple of str, default=COLUMNS
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({name: _text(name, value) for name, value in row.items()} for row in rows)
    path.with_suffix(".json").write_text(json.dumps(machine, indent=1) + "\n")


def read_rows(path, columns=COLUMNS):
    """The rows of a result file, in its order.

    Parameters
    ----------
    path : str or path
    columns : tuple of str, default=COLUMNS

    Returns
    -------
    list of dict of str to str

    Raises
    ------
    ValueError
        If the columns are not those.
    """
    with Path(path).open(newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise ValueError(f"{Path(path).name} has columns {reader.fieldnames}, expected {list(columns)}")
        return list(reader)


def _text(name, value):
    if not isinstance(value, float):
        return value
    return f"{value:.15g}" if name == "objective" else f"{value:.6g}"
