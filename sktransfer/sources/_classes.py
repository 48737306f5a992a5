"""The labels a transferred classifier speaks of."""

import numpy as np

from sktransfer.sources._labels import as_labels, is_textual, positions


def unite_classes(source, y_classes, policy="union"):
    """Ordered labels of a target classifier.

    Parameters
    ----------
    source : Source or NullSource
        What :func:`resolve` returned.
    y_classes : array-like of shape (n_classes,)
        The labels seen in y.
    policy : {"union", "target"}, default="union"
        "union": the sorted union of the source's labels and y's; "target": y's only.

    Returns
    -------
    ndarray of shape (n_labels,)
        Sorted; with ``policy="target"`` or no source, y's labels as they are.

    Raises
    ------
    ValueError
        If the source is a regressor, the two kinds of labels cannot be sorted together (str and int), or
        they have no label in common.

    Examples
    --------
    >>> from sktransfer.sources import Source, unite_classes
    >>> unite_classes(Source([1.0], classes=["mild", "severe"]), ["mild", "none"])
    array(['mild', 'none', 'severe'], dtype='<U6')
    """
    if policy not in ("union", "target"):
        raise ValueError(f"classes must be 'union' or 'target', got {policy!r}.")
    y_classes = y_classes if isinstance(y_classes, np.ndarray) else as_labels(y_classes, "the labels of y")
    if source.is_null and source.classes is None:
        return y_classes
    _check_comparable(source, y_classes)
    return y_classes if policy == "target" else _union(y_classes, source.classes)


def _check_comparable(source, y_classes):
    if source.classes is None:
        raise ValueError(
            "wrong family: the source is a regressor and the target a classifier. Give a source that is a "
            "classifier (Source(..., classes=...))."
        )
    if is_textual(source.classes) != is_textual(y_classes):
        raise ValueError(
            f"the labels of the source and of y cannot be sorted together: {source.classes.tolist()} and "
            f"{y_classes.tolist()}. Label types must match: convert one side to the other's type."
        )
    if (positions(y_classes, source.classes) < 0).all():
        raise ValueError(
            f"the source and y have no class in common: {source.classes.tolist()} and {y_classes.tolist()}. "
            "Labels must be equal, and of the same type."
        )


def _union(mine, theirs):
    """Sorted union; objects stay objects, so that labels come back as y had them."""
    if mine.dtype == object:
        theirs = theirs.astype(object)
    return np.unique(np.concatenate([mine, theirs]))
