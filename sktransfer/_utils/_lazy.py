"""Dask collections, known by their type: Dask itself is not imported for it."""

import numpy as np


def is_dask(values):
    """Whether ``values`` is a collection of Dask's: an array, a data frame, a series."""
    return type(values).__module__.split(".")[0] in ("dask", "dask_expr") and hasattr(values, "__dask_graph__")


def total(values):
    """Sum of all entries, a float; of a Dask collection taken where they lie."""
    return float(values.sum().compute()) if is_dask(values) else float(np.sum(values))
