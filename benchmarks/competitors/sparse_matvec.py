"""The unit of sparse problems: one product of X with a vector."""

import numpy as np

UNIT = True


def accepts(problem):
    """Sparse rows."""
    return None if problem.sparse else "sparse rows only"


def prepare(problem, tol):
    """A vector of ones."""
    vector = np.ones(problem.X.shape[1])

    def multiply():
        problem.X @ vector

    return multiply
