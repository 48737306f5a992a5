"""Class labels: one kind to an array, compared by value."""

import numpy as np

_KINDS = {"b": "bool", "i": "integer", "u": "integer", "f": "float", "U": "string"}


def as_labels(labels, who="classes"):
    """A one-dimensional copy of class labels: bool, int, float or str, of one kind.

    Parameters
    ----------
    labels : array-like of shape (K,)
    who : str
        How an error names the argument.

    Returns
    -------
    ndarray of shape (K,)
        Kind 'b', 'i', 'u', 'f' or 'U'. Object arrays of strings become 'U'.

    Raises
    ------
    ValueError
        For another shape or kind, mixed kinds, a missing label, or a label given twice.
    """
    if isinstance(labels, np.ndarray) and labels.dtype.kind in _KINDS:
        array = labels.copy()
    else:
        array = _from_objects(np.asarray(labels, dtype=object), who)
    if array.ndim != 1 or len(array) == 0:
        raise ValueError(f"{who} must be a 1-dimensional array of labels, got shape {array.shape}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{who} must hold finite labels, got {array.tolist()}. Give every class a label.")
    if len(set(array.tolist())) < len(array):
        raise ValueError(f"{who} must be unique, got {array.tolist()}. Give every class once.")
    return array


def _from_objects(array, who):
    plain = [value.item() if isinstance(value, np.generic) else value for value in array.ravel()]
    kinds = {type(value) for value in plain}
    if kinds <= {bool} or kinds <= {int, float} or kinds <= {str}:
        return np.array(plain).reshape(array.shape)
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise ValueError(
        f"{who} must hold labels of one kind, all bool, all numbers or all str; got {names}. Convert them to one kind."
    )


def positions(labels, among):
    """Where each of ``labels`` stands in ``among``; -1 where it does not."""
    where = {label: position for position, label in enumerate(np.asarray(among).tolist())}
    found = [where.get(label, -1) for label in np.asarray(labels).tolist()]
    return np.array(found, dtype=np.intp)


def is_textual(labels):
    """Whether labels are strings (kind 'U', or objects that are)."""
    labels = np.asarray(labels)
    return labels.dtype.kind == "U" or (labels.dtype == object and all(isinstance(v, str) for v in labels))
