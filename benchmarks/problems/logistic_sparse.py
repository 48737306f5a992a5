"""Two classes, sparse features (CSR) of unequal frequency, as words have; C = 1."""

import numpy as np
import scipy.sparse

from benchmarks.problem import Problem
from benchmarks.problems._draw import labels

SIZES = ((200, 1_000), (100_000, 200_000))
SMOKE = (200, 60)
PER_ROW = 50


def logistic_sparse(n_samples, n_features, seed=0):
    """Logistic regression on counts, with the coefficients of a related population as the source.

    Parameters
    ----------
    n_samples, n_features : int
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    coef_source = rng.normal(scale=0.4, size=n_features)
    coef = coef_source + rng.normal(scale=0.12, size=n_features)
    X = counts(rng, n_samples, n_features)
    y = labels(rng, X @ coef + 0.5)
    return Problem("logistic_sparse", "binomial", X, y, 1.0, 1e-7, coef_source, 0.0)


def counts(rng, n_samples, n_features):
    """``PER_ROW`` words to a row, some twice; a word's frequency falls with its number. 32-bit indices, sorted."""
    words = (n_features * rng.random(n_samples * PER_ROW) ** 3).astype(np.int32)
    starts = np.arange(0, len(words) + 1, PER_ROW, dtype=np.int32)
    X = scipy.sparse.csr_matrix((np.ones(len(words)), words, starts), shape=(n_samples, n_features))
    X.sum_duplicates()
    return X
