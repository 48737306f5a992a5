"""A dense lasso path of 100 strengths around a source: neighbouring features correlate, one in ten has changed."""

import numpy as np

from benchmarks.paths._lasso import lasso_rows
from benchmarks.problems._draw import correlated

SIZES = ((1_000, 10_000),)
SMOKE = ((40, 60),)
ENDS = 1e-2, 1e-3


def lasso_path(size, settings):
    """Rows of the table of paths."""
    rng = np.random.default_rng(0)
    X = np.asfortranarray(correlated(rng, *size, correlation=0.5))
    return lasso_rows(X, *changed(rng, X), ENDS, settings)


def changed(rng, X):
    """(y, a source's coefficients): as many changes as a tenth of the rows, a third of their spread is noise."""
    n_samples, n_features = X.shape
    source = rng.standard_normal(n_features) / np.sqrt(n_features)
    delta = np.zeros(n_features)
    n_changed = min(n_samples, n_features) // 10
    delta[rng.choice(n_features, n_changed, replace=False)] = rng.standard_normal(n_changed)
    signal = X @ delta
    return X @ source + signal + signal.std() / 3 * rng.standard_normal(n_samples), source
