"""Two domains that differ in mean and covariance."""

import numpy as np


def domains(n_source, n_target, n_features, seed=0):
    """(X_source, X): normal rows, each domain with a mixing matrix of its own near a common one."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n_features, n_features)) / np.sqrt(n_features) * np.linspace(3, 1, n_features)
    found = []
    for n_rows, shift in ((n_source, 1.0), (n_target, 0.0)):
        own = 0.3 * rng.normal(size=(n_features, n_features)) / np.sqrt(n_features)
        found.append(rng.normal(size=(n_rows, n_features)) @ (common + own) + shift * rng.normal(size=n_features))
    return found
