"""For all tests: one thread per worker, and the same global random numbers whatever ran before.

Workers of pytest-xdist share the cores, so each keeps BLAS and OpenMP to one thread. Models of scikit-learn without a
``random_state`` draw from NumPy's global generator (liblinear its order of the features, for one): it is seeded before
the modules are collected and before each test, so that a test's outcome does not hang on its neighbours.
"""

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

np.random.seed(0)  # noqa: NPY002 -- what scikit-learn itself draws from


@pytest.fixture(scope="session", autouse=True)
def _one_thread_per_worker():
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    with threadpool_limits(limits=1 if workers > 1 else None):
        yield


@pytest.fixture(autouse=True)
def _same_random_numbers():
    np.random.seed(0)  # noqa: NPY002
