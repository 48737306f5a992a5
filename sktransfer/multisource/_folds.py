"""Folds of the target's rows, drawn from what is in them.

    key(i)   digest of the pairs (column, value) of row i with a value other than 0
    copies   rows of one key: one distinct row, whose weight is the sum of theirs; rows of no weight are none
    fold     of a distinct row: its place in the order of (label, key), modulo five

So it does not matter how rows are ordered or stored, nor whether a row is repeated or has a weight: copies lie in one
fold, and in standard errors they are one cluster. Labels are shared evenly among folds.

Where features take few values, rows are copies by chance. y is no part of the key for their sake: were all rows of
some features and one label held out, those of the other labels would say that there is no such label there. With 200
rows, four sources and three features of zeros and ones, held-out rows chose fits whose mean error was, with y in the
key, 3.5 (labels) and 1.8 (rounded numbers) times that with folds of single rows; without, 1.0 and 1.1 times. One such
feature makes two distinct rows, and 1.0 and 1.8 times (6.5 and 4.4 with y): give ``cv=5`` there.
"""

from hashlib import blake2b

import numpy as np
import scipy.sparse as sp
from sklearn.model_selection import check_cv

_FOLDS = 5
_BLOCK = 256
_KEY = np.dtype("<u8")


def keys_of(design):
    """A number of each row: the same of rows that are equal, however they are stored.

    Parameters
    ----------
    design : Design
        Of rows in memory.

    Returns
    -------
    ndarray of shape (n_samples,) of uint64
    """
    digests = []
    for low in range(0, design.n_samples, _BLOCK):
        at = slice(low, low + _BLOCK)
        X = sp.csr_array(design.rows(at).stored(), dtype=np.float64, copy=True)
        X.sum_duplicates()
        X.eliminate_zeros()
        columns, ends = X.indices.astype("<i8"), zip(X.indptr[:-1], X.indptr[1:], strict=True)
        digests += [_digest(columns[a:b], X.data[a:b]) for a, b in ends]
    return np.frombuffer(b"".join(digests), dtype=_KEY)


def _digest(columns, values):
    return blake2b(columns.tobytes() + values.astype("<f8").tobytes(), digest_size=_KEY.itemsize).digest()


def splits_of(cv, y, labels, keys, weight):
    """What ``cv`` may be, as a list of (train, test).

    Parameters
    ----------
    cv : "auto", int, splitter or iterable
        "auto": five folds of distinct rows.
    y : array-like
        What splitters are given.
    labels : ndarray of shape (n_samples,) or None
        Of classifiers: splits are stratified.
    keys : ndarray of shape (n_samples,)
    weight : ndarray of shape (n_samples,)

    Returns
    -------
    list of (ndarray, ndarray)

    Raises
    ------
    ValueError
        For another word, or too few distinct rows.
    """
    if isinstance(cv, str) and cv != "auto":
        raise ValueError(f"cv must be 'auto', an int, a splitter or an iterable of splits; got {cv!r}")
    if not isinstance(cv, str):
        return list(check_cv(cv, y, classifier=labels is not None).split(np.zeros((len(keys), 1)), y))
    fold = _folds(keys, np.zeros(len(keys)) if labels is None else labels, weight > 0)
    return [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(fold.max() + 1)]


def _folds(keys, labels, kept):
    """The fold of each row: (n_samples,); -1 of rows that are not kept."""
    distinct, inverse = np.unique(keys[kept], return_inverse=True)
    if len(distinct) < 2:
        raise ValueError(
            f"rows are held out to judge the sources, which takes 2 samples or more; got n_samples = {len(keys)}, of "
            f"which {len(distinct)} differ in their features and have a weight. Give more, or cv=5, which may hold out "
            "some of several equal rows."
        )
    label, place = np.full(len(distinct), np.inf), np.empty(len(distinct), dtype=np.intp)
    np.minimum.at(label, inverse, labels[kept])  # of copies that have several: the first
    place[np.lexsort((distinct, label))] = np.arange(len(distinct))
    fold = np.full(len(keys), -1)
    fold[kept] = place[inverse] % min(_FOLDS, len(distinct))
    return fold
