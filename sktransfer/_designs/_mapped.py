"""Rows of a memory map, a block at a time: what has been read is let go at once.

Two threads take blocks in turn, so that one computes while the other waits for the disk. Sums are added in the order of
the blocks: the same rows give the same bits.
"""

import mmap
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import add

import numpy as np

from sktransfer._designs._blocks import Blocks, float_type
from sktransfer._kernels import single_threaded_blas, threads_for

LARGE = 1 << 27
BLOCK_BYTES = 1 << 25


class MappedBlocks(Blocks):
    """A memory map of :data:`LARGE` bytes or more.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features) whose entries lie in a numpy.memmap
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        May lie in a memory map, too.
    sample_weight : array-like of shape (n_samples,) or None
    """

    array = True

    def __init__(self, X, y, sample_weight):
        self._columns = tuple(None if values is None else Slices(values) for values in (X, y, sample_weight))
        self.n_samples, self.n_features = X.shape
        self.dtype = float_type([X.dtype])
        self.header = np.empty((0, self.n_features), dtype=self.dtype)
        self.y_shape = self._columns[1].shape
        lengths = {len(column) for column in self._columns if column is not None}
        if len(lengths) > 1:
            raise ValueError(
                f"X, y and sample_weight must have one entry a row, got {self.n_samples} rows of X and "
                f"{[len(column) for column in self._columns[1:] if column is not None]} entries."
            )
        self._step = max(1, BLOCK_BYTES // max(1, self.n_features * X.itemsize))
        self.n_blocks = -(-self.n_samples // self._step)

    @classmethod
    def accepts(cls, X):
        """Whether ``X`` is a matrix in a memory map, and a large one."""
        kind = isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "fiub"
        return kind and X.nbytes >= LARGE and map_of(X) is not None

    def _run(self, errand, whole):
        def visit(start):
            rows = slice(start, min(start + self._step, self.n_samples))
            columns = [self._columns[0] if whole else None, *self._columns[1:]]
            found = errand(*(None if column is None else column.read(rows) for column in columns))
            for column in columns:
                if column is not None:
                    column.release(rows)
            return found

        threads = threads_for(self.n_samples * self.n_features)
        with single_threaded_blas(), ThreadPoolExecutor(threads) as pool:
            return reduce(add, _in_order(pool, visit, range(0, self.n_samples, self._step), 2 * threads))


def _in_order(pool, function, items, ahead):
    """``map(function, items)`` by a pool, never more than ``ahead`` results waiting."""
    items, waiting = iter(items), []
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) == ahead:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


class Slices:
    """An array that is read slice by slice; in a memory map the pages read are let go.

    Parameters
    ----------
    values : array-like
    """

    def __init__(self, values):
        self._values = np.asarray(values)
        self.shape = self._values.shape
        self._map = map_of(values)
        self._first = None if self._map is None else _address(np.frombuffer(self._map, dtype=np.uint8))

    def __len__(self):
        return len(self._values)

    def read(self, rows):
        """The entries of a slice of rows; of Fortran order a copy."""
        return np.ascontiguousarray(self._values[rows])

    def release(self, rows):
        """Tell the system that the pages under a slice of rows need not stay in memory: their entries lie on disk."""
        block = self._values[rows]
        if self._map is None or min(block.strides) < 0:
            return
        for part in [block] if block.flags.c_contiguous else block.T:
            start = _address(part) - self._first
            start, stop = start - start % mmap.PAGESIZE, start + _extent(part)
            self._map.madvise(mmap.MADV_DONTNEED, start, stop - start)


def map_of(values):
    """The map that ``values`` lie in, if its pages can be let go: shared with its file, not copied on write."""
    mode = None
    while isinstance(values, np.ndarray):
        mode = getattr(values, "mode", mode)
        values = values.base
    known = isinstance(values, mmap.mmap) and mode in ("r", "r+", "w+") and hasattr(mmap, "MADV_DONTNEED")
    return values if known else None


def _address(values):
    return values.__array_interface__["data"][0]


def _extent(values):
    """Bytes from the first to behind the last entry, of positive strides."""
    return sum((length - 1) * stride for length, stride in zip(values.shape, values.strides, strict=True)) + (
        values.itemsize
    )
