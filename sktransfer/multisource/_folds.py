"""Folds of the target's rows, drawn from what is in them.

    key(i)   digest of the pairs (column, value) of row i with a value other than 0, and of y_i
    rows     of one key are one distinct row, whose weight is the sum of theirs; rows of no weight are none
    fold     of a distinct row: its place in the order of (label, key), modulo five

So it does not matter how rows are ordered or stored, nor whether a row is repeated or has a weight: copies lie in one
fold. Labels are shared evenly among folds.
"""

from hashlib import blake2b

import numpy as np
import scipy.sparse as sp
from sklearn.model_selection import check_cv

_FOLDS = 5
_BLOCK = 256
_KEY = np.dtype("<u8")


def keys_of(design, y):
    """A number of each row: the same of rows that are equal, whatever they are stored as.

    Parameters
    ----------
    design : Design
        Of rows in memory.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)

    Returns
    -------
    ndarray of shape (n_samples,) of uint64
    """
    y = y.reshape(len(y), -1) + 0.0  # -0.0 is 0.0
    digests = []
    for low in range(0, len(y), _BLOCK):
        at = slice(low, low + _BLOCK)
        X = sp.csr_array(design.rows(at).stored(), dtype=np.float64, copy=True)
        X.sum_duplicates()
        X.eliminate_zeros()
        indices, ends = X.indices.astype(np.int64), zip(X.indptr[:-1], X.indptr[1:], strict=True)
        digests += [_digest(indices[a:b], X.data[a:b], row) for (a, b), row in zip(ends, y[at], strict=True)]
    return np.frombuffer(b"".join(digests), dtype=_KEY)


def _digest(*parts):
    return blake2b(b"".join(part.tobytes() for part in parts), digest_size=_KEY.itemsize).digest()


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
        For another word, or too few rows.
    """
    if isinstance(cv, str) and cv != "auto":
        raise ValueError(f"cv must be 'auto', an int, a splitter or an iterable of splits; got {cv!r}")
    if not isinstance(cv, str):
        return list(check_cv(cv, y, classifier=labels is not None).split(np.zeros((len(keys), 1)), y))
    fold = _folds(keys, np.zeros(len(keys)) if labels is None else labels, weight > 0)
    return [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(fold.max() + 1)]


def _folds(keys, labels, kept):
    """The fold of each row: (n_samples,); -1 of rows that are not kept."""
    distinct, first, inverse = np.unique(keys[kept], return_index=True, return_inverse=True)
    if len(distinct) < 2:
        raise ValueError(
            "rows are held out to judge the sources, which takes 2 samples or more; got "
            f"n_samples = {len(keys)}, of which {len(distinct)} differ and have a weight."
        )
    place = np.empty(len(distinct), dtype=np.intp)
    place[np.lexsort((distinct, labels[kept][first]))] = np.arange(len(distinct))
    fold = np.full(len(keys), -1)
    fold[kept] = place[inverse] % min(_FOLDS, len(distinct))
    return fold
