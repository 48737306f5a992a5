"""Two sources as one, or one without the other, from their sums."""

import numpy as np

from sktransfer.sources._labels import positions
from sktransfer.sources._source import changed

_HOW = "Make it with SourceData(X, y).summarize(model), or with Source.from_statistics."


def merge(source, other, sign):
    """``source + other`` or ``source - other``, in the layout and with the name of the first.

    Parameters
    ----------
    source, other : Source
        Both with statistics.
    sign : {1, -1}

    Returns
    -------
    Source
    """
    for each in (source, other):
        if each.statistics is None:
            raise ValueError(f"{each!r} has no statistics, so it cannot be added or taken away. {_HOW}")
    theirs = arranged(other, source.feature_names, source.n_features, source.classes, "the two sources")
    statistics = source.statistics.merged(theirs, sign, "the two sources")
    coef, intercept = statistics.fitted(np.atleast_1d(source.intercept))
    return changed(
        source,
        coef=coef.reshape(source.coef.shape),
        intercept=intercept.reshape(source.intercept.shape),
        precision=statistics.precision(),
        n_samples=_counted(source.n_samples, other.n_samples, sign),
        statistics=statistics,
    )


def arranged(source, feature_names, n_features, classes, who):
    """A source's statistics with their features and classes in an order asked for.

    Parameters
    ----------
    source : Source
        With statistics.
    feature_names : sequence of str or None
    n_features : int
    classes : ndarray or None
    who : str
        Who does not fit, for messages.

    Raises
    ------
    ValueError
        If features or classes are not the same ones.
    """
    columns = _columns(source, feature_names, n_features, who)
    if (classes is None) != (source.classes is None):
        raise ValueError(f"{who} do not have the same classes: only one is a classifier. Give two of one kind.")
    K, sign = source.statistics.shape[0], 1.0
    rows = np.arange(K)
    if classes is not None:
        where = positions(classes, source.classes)
        if len(classes) != len(source.classes) or (where < 0).any():
            raise ValueError(
                f"{who} do not have the same classes: {np.asarray(classes).tolist()} and {source.classes.tolist()}. "
                "A second derivative over some classes says nothing of others: summarise rows with all of them."
            )
        rows, sign = (where, 1.0) if K > 1 else (rows, 1.0 if where[0] == 0 else -1.0)
    if sign > 0 and np.array_equal(columns, np.arange(n_features)) and np.array_equal(rows, np.arange(K)):
        return source.statistics
    return source.statistics.arranged(rows, columns, sign)


def _columns(source, feature_names, n_features, who):
    """Positions of the features asked for in the source."""
    if source.feature_names is None or feature_names is None:
        if source.n_features != n_features:
            raise ValueError(f"{who} have {n_features} and {source.n_features} features. Both must have the same.")
        return np.arange(n_features)
    columns = positions(feature_names, source.feature_names)
    if len(feature_names) != source.n_features or (columns < 0).any():
        apart = sorted(set(feature_names) ^ set(source.feature_names))
        raise ValueError(
            f"{who} do not have the same features; only one has {apart}. Summarise the columns that both have."
        )
    return columns


def _counted(mine, theirs, sign):
    return None if mine is None or theirs is None else mine + sign * theirs
