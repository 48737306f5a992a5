"""A sparse lasso path of 100 strengths around a source: fifty words a row, of unequal frequency."""

import numpy as np
import scipy.sparse

from benchmarks.paths._lasso import lasso_rows
from benchmarks.paths.lasso_path import ENDS, changed
from benchmarks.problems.logistic_sparse import counts

SIZES = ((10_000, 100_000),)
SMOKE = ((60, 100),)


def lasso_path_sparse(size, settings):
    """Rows of the table of paths."""
    rng = np.random.default_rng(0)
    X = scipy.sparse.csc_matrix(counts(rng, *size))
    return lasso_rows(X, *changed(rng, X), ENDS, settings)
