"""Two domains: sources of many rows, targets of few, turned, stretched and shifted."""

import numpy as np
import pytest


@pytest.fixture
def domains():
    """(X_source, X) of given sizes."""

    def draw(n_source=200, n=40, p=4, seed=0):
        rng = np.random.default_rng(seed)
        X_source = rng.normal(size=(n_source, p)) @ rng.normal(size=(p, p)) + 3 * rng.normal(size=p)
        X = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) + rng.normal(size=p)
        return X_source, X

    return draw
