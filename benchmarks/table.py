"""Result files: a CSV of fixed columns, with the machine in a JSON file next to it."""

import csv
import json
from pathlib import Path

COLUMNS = (
    "problem",
    "n_samples",
    "n_features",
    "source",
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
    "certificate",
    "tol",
    "met",
    "note",
)
KEY = ("problem", "n_samples", "n_features", "source", "competitor")


def write_table(path, rows, machine):
    """Write rows to ``path`` and the machine to the same name with the suffix ``.json``.

    Parameters
    ----------
    path : str or path
    rows : list of dict
        Of ``COLUMNS``; what is left out is empty.
    machine : dict
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)
    path.with_suffix(".json").write_text(json.dumps(machine, indent=1) + "\n")


def read_table(path):
    """The rows of a result file by their key.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    dict of tuple of str to dict of str to str

    Raises
    ------
    ValueError
        If the columns are not those of a result file.
    """
    with Path(path).open(newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{Path(path).name} has columns {reader.fieldnames}, expected {list(COLUMNS)}")
        return {tuple(row[name] for name in KEY): row for row in reader}


def _text(value):
    return f"{value:.6g}" if isinstance(value, float) else value
