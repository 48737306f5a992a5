"""Timings that are not one fit to one certificate: paths of strengths, precision, memory, growth, small fits.

A file ``NAME.py`` has ``NAME(size, settings)``, which returns rows of ``COLUMNS``; ``SIZES``, the pairs (n_samples,
n_features) of a full run; and ``SMOKE``, the tiny ones of a smoke run. ``python -m benchmarks.paths`` runs them.
"""

from benchmarks._discover import modules_of

COLUMNS = (
    "path",
    "case",
    "n_samples",
    "n_features",
    "threads",
    "subject",
    "seconds",
    "seconds_min",
    "seconds_max",
    "repeats",
    "calls",
    "reference",
    "ratio",
    "check",
    "tol",
    "met",
    "note",
)


def all_paths():
    """The path files by name.

    Returns
    -------
    dict of str to module
    """
    found = modules_of(__name__)
    return {name: module for name, module in found.items() if hasattr(module, name)}
