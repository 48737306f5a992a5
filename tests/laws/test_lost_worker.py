"""Law: where the rows lie on workers of a cluster, and whether one of them is lost on the way, changes no model.

Workers are processes of their own; one kills itself while it makes a block, in the middle of a fit.
"""

import os
import signal
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from numpy.testing import assert_allclose
from sklearn.base import clone

from sktransfer._designs import BlockDesign, as_blocks
from sktransfer._losses import Binomial
from sktransfer._objective import Objective, loss_term
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge

ROWS, P, BLOCKS = 250, 5, 12
MODELS = {
    "ridge": TransferRidge(),
    "logistic": TransferLogisticRegression(tol=1e-12),
    "poisson": TransferPoissonRegressor(tol=1e-12),
}


@contextmanager
def cluster_of_two(folder):
    """A client of two worker processes; how such a cluster closes when it has lost one is not what is tested here."""
    local = {
        "n_workers": 2,
        "processes": True,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "dashboard_address": None,
        "local_directory": str(folder),
    }
    patience = {"distributed.comm.timeouts.connect": "60s", "distributed.deploy.lost-worker-timeout": "300s"}
    with dask.config.set(patience), ExitStack() as stack:
        stack.enter_context(suppress(KeyError, TimeoutError))
        cluster = stack.enter_context(LocalCluster(**local))
        yield stack.enter_context(Client(cluster))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with cluster_of_two(tmp_path_factory.mktemp("workers")) as client:
        yield client


@pytest.fixture
def doomed(tmp_path):
    with cluster_of_two(tmp_path / "workers") as client:
        yield client


def make_block(number, fuse=None):
    """Some rows; the fuse, a file that holds the number of calls left, kills the process when it has burnt down."""
    if fuse is not None and number == BLOCKS // 2 and Path(fuse).exists():
        left = int(Path(fuse).read_text())
        if left == 0:
            Path(fuse).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        Path(fuse).write_text(str(left - 1))
    return np.random.default_rng(number).normal(size=(ROWS, P))


def collection(fuse=None):
    """The rows as a dask.array, each block made where it is asked for."""
    make = dask.delayed(make_block)
    blocks = [da.from_delayed(make(number, fuse), shape=(ROWS, P), dtype=float) for number in range(BLOCKS)]
    return da.concatenate(blocks)


@pytest.fixture(scope="module")
def rows():
    X = np.concatenate([make_block(number) for number in range(BLOCKS)])
    random = np.random.default_rng(99)
    eta = X @ np.linspace(-0.5, 0.5, P)
    noisy = eta + random.normal(size=len(eta))
    return X, {"ridge": noisy, "logistic": noisy > 0, "poisson": random.poisson(np.exp(eta))}


def require_same(one, other):
    assert_allclose(one.coef_, other.coef_, rtol=0, atol=1e-8 * np.abs(other.coef_).max())
    assert_allclose(one.intercept_, other.intercept_, rtol=0, atol=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_two_processes(model, rows, client):
    X, y = rows
    by_workers = clone(MODELS[model]).fit(collection(), da.from_array(y[model], chunks=ROWS))
    require_same(by_workers, clone(MODELS[model]).fit(X, y[model]))


@pytest.mark.parametrize(("model", "visits"), [("ridge", 0), ("logistic", 3), ("poisson", 4)])
def test_a_worker_is_killed_in_the_middle_of_a_fit(model, visits, rows, doomed, tmp_path):
    """The fuse is gone, so the process that held it is; the fit goes on with what is left, or with who comes."""
    X, y = rows
    fuse = tmp_path / "fuse"
    fuse.write_text(str(visits))
    by_workers = clone(MODELS[model]).fit(collection(str(fuse)), y[model])
    assert not fuse.exists()
    require_same(by_workers, clone(MODELS[model]).fit(X, y[model]))


def test_what_leaves_a_worker_does_not_grow_with_the_blocks(client):
    """A visit for value, gradient and Hessian: one sum a worker, whatever the number of blocks."""
    p, sums = 40, {}
    hessian = 8 * (p + 1) ** 2
    for n_blocks in (4, 32):
        make = dask.delayed(lambda number: np.random.default_rng(number).normal(size=(100, p)))
        wide = da.concatenate([da.from_delayed(make(b), shape=(100, p), dtype=float) for b in range(n_blocks)])
        blocks = as_blocks(wide, da.zeros(100 * n_blocks, chunks=100), None)
        term = loss_term(BlockDesign(blocks, 100 * n_blocks, None), Binomial(), None, None)
        layout = Objective([term], []).layout
        before = sent(client)
        term.visit(layout, np.zeros(p + 1), "double")
        sums[n_blocks] = sum(sent(client).values()) - sum(before.values())
    assert hessian < sums[4] < 4 * hessian
    assert sums[32] < 6 * hessian


def sent(client):
    """Bytes that have left each worker."""
    return client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total)


def test_errors_arrive(rows, client):
    _, y = rows
    bad = collection().map_blocks(lambda block: np.where(block > 3.0, np.nan, block), dtype=float)
    with pytest.raises(ValueError, match=r"Input X contains NaN[\s\S]*TransferRidge"):
        TransferRidge().fit(bad, y["ridge"])


def test_predictions_are_made_by_the_workers(rows, client):
    X, y = rows
    model = clone(MODELS["logistic"]).fit(X, y["logistic"])
    assert_allclose(model.predict_proba(collection()).compute(), model.predict_proba(X), rtol=1e-12)
