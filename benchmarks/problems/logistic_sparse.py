"""Two classes, sparse features (CSR) of unequal frequency, as words have; C = 1."""

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from benchmarks.problem import Problem
from benchmarks.problems._draw import labels, source_rows

SIZES = ((200, 1_000), (100_000, 20_000))
SMOKE = (200, 30)
PER_ROW = 20


def logistic_sparse(n_samples, n_features, seed=0):
    """Logistic regression on counts, with a source fitted on a related population.

    Parameters
    ----------
    n_samples, n_features : int
    seed : int, default=0

    Returns
    -------
    Problem
    """
    rng = np.random.default_rng(seed)
    coef_source = rng.normal(scale=0.5, size=n_features)
    coef = coef_source + rng.normal(scale=0.15, size=n_features)
    X_source = _counts(rng, source_rows(n_features), n_features)
    source = LogisticRegression(max_iter=1000).fit(X_source, labels(rng, X_source @ coef_source))
    X = _counts(rng, n_samples, n_features)
    y = labels(rng, X @ coef + 0.5)
    return Problem("logistic_sparse", "binomial", X, y, 1.0, 1e-6, source.coef_[0], float(source.intercept_[0]))


def _counts(rng, n_samples, n_features):
    """``PER_ROW`` words to a row; a word's frequency falls with its number. 32-bit indices, sorted."""
    words = (n_features * rng.random(n_samples * PER_ROW) ** 3).astype(np.int32)
    starts = np.arange(0, len(words) + 1, PER_ROW, dtype=np.int32)
    X = scipy.sparse.csr_matrix((np.ones(len(words)), words, starts), shape=(n_samples, n_features))
    X.sum_duplicates()
    return X
