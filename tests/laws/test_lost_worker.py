"""Law: where the rows lie on workers of a cluster, and whether one of them is lost on the way, changes no model.

Workers are processes of their own; one kills itself while it makes a block, in the middle of a fit.
"""

import dask
import pytest

ROWS, P, BLOCKS = 250, 5, 12


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    distributed = pytest.importorskip if False else __import__("dask.distributed", fromlist=["Client"])
    settings = {"distributed.worker.daemon": True, "distributed.comm.timeouts.connect": "60s"}
    folder = tmp_path_factory.mktemp("workers")
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            processes=True,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(folder),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
