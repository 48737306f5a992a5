"""Problems: one file each, found by their names.

A file ``NAME.py`` has ``NAME(n_samples, n_features, seed=0)``, which returns a Problem with a source; ``SIZES``, the
pairs (n_samples, n_features) of a full run; and ``SMOKE``, the one tiny pair of a smoke run.
"""

from benchmarks._discover import modules_of


def all_problems():
    """The problem files by name.

    Returns
    -------
    dict of str to module
    """
    return modules_of(__name__)


def make_problem(name, size, seed=0):
    """The problem of the file ``name`` in one size, with its source.

    Parameters
    ----------
    name : str
    size : (int, int)
        Rows and columns.
    seed : int, default=0

    Returns
    -------
    Problem
    """
    return getattr(all_problems()[name], name)(*size, seed=seed)
