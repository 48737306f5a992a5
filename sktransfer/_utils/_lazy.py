"""Dask collections, known by their type: Dask itself is not imported for it."""


def is_dask(values):
    """Whether ``values`` is a collection of Dask's: an array, a data frame, a series."""
    return type(values).__module__.split(".")[0] in ("dask", "dask_expr") and hasattr(values, "__dask_graph__")
