"""Two domains: sources of many rows, targets of few, turned, stretched and shifted; checks of frames."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import (
    check_global_output_transform_pandas,
    check_global_set_output_transform_polars,
    check_set_output_transform_pandas,
    check_set_output_transform_polars,
)


@pytest.fixture
def domains():
    """(X_source, X) of given sizes."""

    def draw(n_source=200, n=40, p=4, seed=0):
        rng = np.random.default_rng(seed)
        X_source = rng.normal(size=(n_source, p)) @ rng.normal(size=(p, p)) + 3 * rng.normal(size=p)
        X = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) + rng.normal(size=p)
        return X_source, X

    return draw


@pytest.fixture(
    params=[
        check_set_output_transform_pandas,
        check_global_output_transform_pandas,
        check_set_output_transform_polars,
        check_global_set_output_transform_polars,
    ],
    ids=lambda check: check.__name__,
)
def check_of_frames(request):
    """scikit-learn's checks of ``set_output``, which ``parametrize_with_checks`` leaves out."""
    return request.param
