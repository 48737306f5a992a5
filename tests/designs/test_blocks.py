"""Rows in blocks: what is read, what is let go, what is refused."""

import mmap

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sktransfer._designs import _mapped, as_blocks
from sktransfer._designs._mapped import MappedBlocks, Slices, map_of
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(_mapped, "LARGE", 1)
    monkeypatch.setattr(_mapped, "BLOCK_BYTES", 4_000)


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(2_000, 5))


def mapped(path, array, mode="r"):
    np.save(path, array)
    return np.load(path, mmap_mode=mode)


def test_small_maps_and_arrays_are_ordinary_rows(X, tmp_path, monkeypatch):
    big = mapped(tmp_path / "X.npy", X)
    y = np.zeros(len(X))
    assert isinstance(as_blocks(big, y, None), MappedBlocks)
    assert isinstance(as_blocks(np.asarray(big), y, None), MappedBlocks)
    assert as_blocks(X, y, None) is None
    assert as_blocks(X.tolist(), y, None) is None
    monkeypatch.setattr(_mapped, "LARGE", big.nbytes + 1)
    assert as_blocks(big, y, None) is None


def test_blocks_cover_the_rows_in_order(X, tmp_path):
    blocks = as_blocks(mapped(tmp_path / "X.npy", X), np.arange(len(X)), None)
    assert blocks.n_blocks == 20
    seen = blocks.total(lambda block: [block])
    assert_array_equal(np.concatenate([block.X for block in seen]), X)
    assert_array_equal(np.concatenate([block.y for block in seen]), np.arange(len(X)))
    assert {block.weight.sum() for block in seen} == {100.0}
    assert all(block.X is None for block in blocks.total(lambda block: [block], whole=False))


def test_steps_are_taken_where_the_blocks_lie(X, tmp_path):
    blocks = as_blocks(mapped(tmp_path / "X.npy", X), np.ones(len(X)), None)
    doubled = blocks.then(lambda block: block._replace(y=2 * block.y))
    assert doubled.total(lambda block: block.y.sum()) == 2 * len(X)
    assert blocks.total(lambda block: block.y.sum()) == len(X)


@pytest.mark.parametrize("order", ["C", "F"])
def test_pages_that_were_read_are_let_go(order, tmp_path):
    asked = []
    X = np.asarray(np.arange(60_000.0).reshape(20_000, 3), order=order)
    big = mapped(tmp_path / "X.npy", X)
    slices = Slices(big)
    slices._map = _Watched(slices._map, asked)
    for start in range(0, 20_000, 5_000):
        rows = slice(start, start + 5_000)
        assert_array_equal(slices.read(rows), X[rows])
        slices.release(rows)
        assert_array_equal(slices.read(rows), X[rows])
    covered = np.zeros(len(slices._map), dtype=bool)
    for option, start, stop in asked:
        assert option == mmap.MADV_DONTNEED
        assert start % mmap.PAGESIZE == 0
        covered[start:stop] = True
    assert covered[-X.nbytes :].all()


class _Watched:
    """A map that keeps what it is told."""

    def __init__(self, inner, asked):
        self._inner, self._asked = inner, asked

    def __len__(self):
        return len(self._inner)

    def madvise(self, option, start, length):
        self._asked.append((option, start, start + length))
        self._inner.madvise(option, start, length)


def test_private_changes_are_never_dropped(X, tmp_path):
    private = mapped(tmp_path / "X.npy", X, "c")
    assert map_of(private) is None
    assert map_of(private[3:]) is None
    assert map_of(np.asarray(private)) is None
    assert map_of(X) is None
    assert map_of(mapped(tmp_path / "X.npy", X, "r+")[2:]) is not None


BAD = {
    "NaN in X": (lambda X, y, w: X.__setitem__((1_500, 2), np.nan), "Input X contains NaN"),
    "infinity in X": (lambda X, y, w: X.__setitem__((1_999, 0), np.inf), "Input X contains infinity"),
    "NaN in y": (lambda X, y, w: y.__setitem__(1_700, np.nan), "Input y contains NaN"),
    "negative weight": (lambda X, y, w: w.__setitem__(1_200, -1.0), "must not be negative, its smallest entry is -1"),
    "NaN weight": (lambda X, y, w: w.__setitem__(1_200, np.nan), "Input sample_weight contains NaN"),
    "no weight": (lambda X, y, w: w.__setitem__(slice(None), 0.0), "zero for all rows"),
    "negative counts": (lambda X, y, w: y.__setitem__(0, -1.0), "takes y of 0 or more"),
}


@pytest.mark.parametrize("model", [TransferRidge(), TransferPoissonRegressor()], ids=["ridge", "poisson"])
@pytest.mark.parametrize("bad", BAD)
def test_bad_rows_are_found_where_they_lie(bad, model, X, tmp_path):
    if bad == "negative counts" and isinstance(model, TransferRidge):
        return
    y, weight = np.ones(len(X)), np.ones(len(X))
    spoil, message = BAD[bad]
    spoil(X, y, weight)
    with pytest.raises(ValueError, match=message):
        model.fit(mapped(tmp_path / "X.npy", X), y, sample_weight=weight)


def test_bad_shapes(X, tmp_path):
    big = mapped(tmp_path / "X.npy", X)
    with pytest.raises(ValueError, match=r"one entry a row, got 2000 rows of X and \[1999\]"):
        TransferRidge().fit(big, np.ones(len(X) - 1))
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        TransferRidge().fit(big, None)
    with pytest.raises(ValueError, match="y should be a 1d array, got an array of shape"):
        TransferPoissonRegressor().fit(big, np.ones((len(X), 2)))


def test_bad_labels(X, tmp_path):
    big = mapped(tmp_path / "X.npy", X)
    with pytest.raises(ValueError, match="at least 2 classes in y, but there is only one class"):
        TransferLogisticRegression().fit(big, np.zeros(len(X), dtype=int))
    with pytest.raises(ValueError, match="Unknown label type"):
        TransferLogisticRegression().fit(big, X[:, 0])


def test_a_solver_that_asks_for_more_refuses(X, tmp_path):
    big = mapped(tmp_path / "X.npy", X)
    with pytest.raises(ValueError, match="rows in blocks give their value, gradient and Hessian, and it asks for more"):
        TransferLogisticRegression(solver="lbfgs").fit(big, X[:, 0] > 0)
