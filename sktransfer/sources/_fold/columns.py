"""ColumnTransformer: every part is folded on its own columns and put where its output stands."""

from collections import UserList

import numpy as np
from scipy import sparse

from sktransfer.sources._fold._affine import Affine
from sktransfer.sources._fold._chain import fold_step


def column_transformer(name, step, n_features):
    """Stack the parts of a fitted ColumnTransformer in the order of its output."""
    names = getattr(step, "feature_names_in_", None)
    weights = step.transformer_weights or {}
    parts = []
    for inner, transformer, columns in step.transformers_:
        where = step.output_indices_.get(inner, slice(0, 0))
        if _is_dropped(transformer) or where.stop == where.start:
            continue
        chosen = positions(columns, names, n_features)
        own = fold_step(f"{name}__{inner}", transformer, len(chosen)).after(Affine.selection(chosen, n_features))
        weight = weights.get(inner, 1.0)
        parts.append((where.start, Affine(weight * own.matrix, weight * own.offset)))
    return _stack([part for _, part in sorted(parts, key=lambda part: part[0])])


def positions(columns, names, n_features):
    """Positions of columns given by name, position, slice or mask.

    Parameters
    ----------
    columns : str, int, slice, or array-like of str, int or bool
    names : sequence of str or None
    n_features : int

    Returns
    -------
    ndarray of int
    """
    if isinstance(columns, UserList):  # scikit-learn 1.6's remainder, which warns and changes when it is read
        columns = columns.data
    if isinstance(columns, slice):
        return np.arange(n_features)[_by_position(columns, names)]
    columns = np.atleast_1d(np.asarray(columns, dtype=object if _any_text(columns) else None))
    if columns.dtype == object:
        where = {column: position for position, column in enumerate(names)}
        return np.array([where[column] for column in columns], dtype=np.intp)
    return np.arange(n_features)[columns if columns.size else []]


def _any_text(columns):
    return isinstance(columns, str) or any(isinstance(column, str) for column in np.atleast_1d(columns))


def _by_position(columns, names):
    """A slice of names includes its end, as in pandas."""
    where = {} if names is None else {column: position for position, column in enumerate(names)}
    start, stop = columns.start, columns.stop
    start = where[start] if isinstance(start, str) else start
    stop = where[stop] + 1 if isinstance(stop, str) else stop
    return slice(start, stop, columns.step)


def _is_dropped(transformer):
    return isinstance(transformer, str) and transformer == "drop"


def _stack(parts):
    matrix = sparse.vstack([sparse.csr_array(part.matrix) for part in parts], format="csr")
    return Affine(matrix, np.concatenate([part.offset for part in parts]))


STEPS = {"ColumnTransformer": column_transformer}
