"""The unit of dense problems: one ``dsyrk`` of X, the smaller of X'X and XX'. No second-order method avoids it."""

from scipy.linalg.blas import dsyrk

UNIT = True


def accepts(problem):
    """Dense rows."""
    return "dense rows only" if problem.sparse else None


def prepare(problem, tol):
    """``X.T`` is in the memory order that BLAS reads, so nothing is copied."""
    transposed = problem.X.T
    wide = transposed.shape[0] > transposed.shape[1]

    def multiply():
        dsyrk(1.0, transposed, trans=wide)

    return multiply
