"""Rows of a Dask collection: each block is visited by a task where it lies, and only sums travel.

    level 0   v_b = visit(block b)                         a task for each block
    level 1   a sum of up to eight of them                 and so on, up to one

The visit (it holds theta) is sent once, as a task of its own. Under a ``dask.distributed`` client sums are taken first
of what lies on the same worker, as soon as it is there, so that what leaves a worker does not grow with the blocks; a
worker that is lost takes its sums with it, and the scheduler computes them again from the collection.

Dask is imported only here, and only when a collection of its is met.
"""

import sys
from functools import partial, reduce
from operator import add

import numpy as np

from sktransfer._designs._blocks import Blocks, float_type
from sktransfer._kernels import single_threaded_blas
from sktransfer._utils._lazy import is_dask

_FAN_IN = 8


def is_frame(values):
    """Whether a collection is a data frame or series."""
    return hasattr(values, "npartitions") and hasattr(values, "map_partitions")


def in_memory(values):
    """A Dask collection computed; all else as it is."""
    return np.asarray(values.compute()) if is_dask(values) else values


def mapped_rows(function, X):
    """``function`` of each block of rows, as a dask.array that is computed when it is asked for.

    Parameters
    ----------
    function : callable
        ndarray or DataFrame of shape (n_rows, n_features) -> ndarray of shape (n_rows,) or (n_rows, k).
    X : dask.array.Array or dask.dataframe.DataFrame

    Returns
    -------
    dask.array.Array
        Its blocks are X's.
    """
    import dask.array as da

    like = np.asarray(function(_one_row(X)))[:0]
    of_block = partial(_mapped, function, like)
    if not is_frame(X):
        X, columns = X.rechunk({1: -1}), tuple((width,) for width in like.shape[1:])
        drop = None if columns else 1
        return X.map_blocks(of_block, dtype=like.dtype, chunks=(X.chunks[0], *columns), drop_axis=drop, meta=like)
    from dask import delayed

    told = {"shape": (np.nan, *like.shape[1:]), "dtype": like.dtype, "meta": like}
    return da.concatenate([da.from_delayed(delayed(of_block)(block), **told) for block in X.to_delayed()])


def _mapped(function, like, block):
    return np.asarray(function(block)) if len(block) else like


def _one_row(X):
    header, _ = _header(X)
    zeros = np.zeros((1, header.shape[1]), dtype=getattr(header, "dtype", np.float64))
    return type(header)(zeros, columns=header.columns) if is_frame(X) else zeros


class DaskBlocks(Blocks):
    """Chunks of a dask.array, partitions of a dask.dataframe.

    Parameters
    ----------
    X : dask.array.Array or dask.dataframe.DataFrame of shape (n_samples, n_features)
        Lengths may be unknown.
    y : Dask array, series or data frame with the same blocks; or array-like, which is cut into the same blocks
    sample_weight : as y, or None
    """

    def __init__(self, X, y, sample_weight):
        if len(X.shape) != 2:
            raise ValueError(f"X must have rows and columns, got a Dask collection with {len(X.shape)} dimension(s).")
        self.n_features = int(X.shape[1])
        self.header, self.dtype = _header(X)
        self.y_shape = _shape(y)
        X = X if is_frame(X) else X.rechunk({1: -1})
        self._X = _delayed(X)
        self.n_blocks = len(self._X)
        lengths = _Lengths(X, self._X)
        self._y = _aligned(y, lengths, "y")
        self._weight = [None] * self.n_blocks
        if sample_weight is not None:
            self._weight = _aligned(sample_weight, lengths, "sample_weight")

    @classmethod
    def accepts(cls, X):
        """Whether ``X`` is a collection of Dask's."""
        return is_dask(X)

    def _run(self, errand, whole):
        from dask import delayed

        sent = delayed(errand, traverse=False)
        visit = delayed(_visit, pure=False)
        X = self._X if whole else [None] * self.n_blocks
        found = [visit(sent, *block) for block in zip(X, self._y, self._weight, strict=True)]
        client = _client()
        if client is not None:
            return _sum_on_workers(client, found)
        with single_threaded_blas():
            return _sum_as_tree(found)


def _visit(errand, *block):
    return errand(*(part.make() if isinstance(part, Recipe) else part for part in block))


def _add(found):
    return reduce(add, found)


def _sum_as_tree(found):
    """The sum by whatever scheduler is set."""
    from dask import compute, delayed

    join = delayed(_add, pure=False)
    while len(found) > 1:
        found = [join(found[at : at + _FAN_IN]) for at in range(0, len(found), _FAN_IN)]
    return compute(*found)[0]


def _client():
    """The ``dask.distributed`` client that Dask would ask now, if any."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    from dask.base import get_scheduler

    scheduler = get_scheduler()
    owner = getattr(scheduler, "__self__", None)
    return owner if isinstance(owner, distributed.Client) else None


def _sum_on_workers(client, found):
    """The sum, by workers first: what lies on one worker becomes one there while other blocks are visited."""
    from distributed import as_completed

    running, done = as_completed(client.compute(found)), []
    for batch in running.batches():
        done += batch
        for future in batch:
            if future.status == "error":
                future.result()
        if len(done) >= _FAN_IN * _FAN_IN and not running.is_empty():
            sums = _sum_where_they_lie(client, done)
            running.update(sums)
            done = []
    return _add(client.gather(_sum_where_they_lie(client, done)))


def _sum_where_they_lie(client, futures):
    """One future for each worker: the sum of those that lie there, or nowhere any more."""
    lies, here = client.who_has(futures), {}
    for future in futures:
        worker = next(iter(lies.get(future.key, ())), None)
        here.setdefault(worker, []).append(future)
    submit = partial(client.submit, _add, pure=False)
    return [
        submit(mine) if worker is None else submit(mine, workers=worker, allow_other_workers=True)
        for worker, mine in here.items()
    ]


class _Lengths:
    """Rows of each block: known, or counted when they are asked for."""

    def __init__(self, X, blocks):
        self.n_blocks = len(blocks)
        self._blocks, self._X = blocks, X
        self._known = None if is_frame(X) or np.isnan(X.shape[0]) else X.chunks[0]

    @property
    def known(self):
        """Tuple of int, or None."""
        return self._known

    def count(self):
        """Tuple of int; blocks are computed where they are not known."""
        if self._known is None:
            from dask import compute, delayed

            self._known = compute(*[delayed(len)(block) for block in self._blocks])
        return self._known


def _aligned(values, lengths, what):
    """Blocks of ``values``, one for each of X's."""
    if is_dask(values):
        if not is_frame(values):
            values = values if len(values.shape) == 1 else values.rechunk({1: -1})
            if lengths.known is not None and not np.isnan(values.shape[0]) and values.shape[0] == sum(lengths.known):
                values = values.rechunk({0: lengths.known})
        blocks = _delayed(values)
        if len(blocks) != lengths.n_blocks:
            raise ValueError(
                f"{what} has {len(blocks)} blocks, X has {lengths.n_blocks}: give both the same partitions, as "
                "`X, y = frame[columns], frame[target]` of one data frame have."
            )
        return blocks
    import dask
    import dask.array as da

    values = np.asarray(values)
    counts = lengths.count()
    if len(values) != sum(counts):
        raise ValueError(f"{what} must have one entry a row: X has {sum(counts)} rows, {what} {len(values)}.")
    chunks = (counts, *((length,) for length in values.shape[1:]))
    # Sent once, not with each visit; what is persisted is a task, so a lost worker's part can be had again.
    cut = np.asarray(da.from_array(values, chunks=chunks).to_delayed(), dtype=object).ravel()
    return list(dask.persist(*cut))


def _delayed(collection):
    """Blocks of a collection: as recipes, where each can be made by itself, else as delayed values."""
    blocks = np.asarray(collection.to_delayed(), dtype=object).ravel().tolist()
    return _recipes(blocks) or blocks


class Recipe:
    """How to make one block: a piece of a graph, to be carried out by whoever visits the block, in one task.

    So a block is never moved, and is made again wherever its visit is.

    Parameters
    ----------
    graph : dict
    key : hashable
    """

    __slots__ = ("_graph", "_key")

    def __init__(self, graph, key):
        self._graph, self._key = graph, key

    def __len__(self):
        return len(self.make())

    def make(self):
        """The block."""
        from dask import get

        return get(self._graph, self._key)


def _recipes(blocks):
    """A recipe for each block; None where blocks share parts, or hang on what a cluster holds."""
    from dask.core import get_dependencies
    from dask.utils import ensure_dict

    graph, claimed, recipes = ensure_dict(blocks[0].__dask_graph__()), set(), []
    for block in blocks:
        piece, wanted = {}, [block.key]
        while wanted:
            key = wanted.pop()
            if key in piece:
                continue
            if key in claimed or key not in graph or _is_held(graph[key]):
                return None
            piece[key] = graph[key]
            wanted += get_dependencies(graph, key)
        claimed |= piece.keys()
        recipes.append(Recipe(piece, block.key))
    return recipes


def _is_held(node):
    """Whether a node of a graph is a value on a cluster."""
    return type(getattr(node, "value", node)).__module__.startswith("distributed")


def _header(X):
    """(No rows of X, with names where there are some; dtype of the fitted attributes)."""
    if is_frame(X):
        meta = X._meta
        return meta, float_type(list(meta.dtypes))
    dtype = float_type([X.dtype])
    return np.empty((0, int(X.shape[1])), dtype=dtype), dtype


def _shape(y):
    if is_dask(y):
        return tuple(y.shape) if not is_frame(y) else (None, *np.shape(y._meta)[1:])
    return np.shape(y)
