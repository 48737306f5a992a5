"""For all tests: workers of pytest-xdist share the cores, so each keeps BLAS and OpenMP to one thread."""

import os

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="session", autouse=True)
def _one_thread_per_worker():
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    with threadpool_limits(limits=1 if workers > 1 else None):
        yield
