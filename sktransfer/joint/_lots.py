"""Rows of sources in the form of the target's: the same columns in the same order, in the same kind of table."""

from numbers import Real
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from sktransfer._base._joined import Known, Lot, require_same_labels
from sktransfer._designs import in_memory
from sktransfer._designs._blocks import lies_in_blocks
from sktransfer._utils._lazy import is_dask
from sktransfer._utils._lazy import total as total_of
from sktransfer.sources import Source, SourceData
from sktransfer.sources._merge import arranged
from sktransfer.sources._source import changed

_WANTED = (
    "source must be None, a SourceData (a source's rows), a Source with statistics, or a list of them, each alone or "
    "as a pair (SourceData, weight)"
)


class Weighed(NamedTuple):
    """A source, by rows or by sums, and its own factor in the loss, beside alpha."""

    data: SourceData | Source
    weight: float

    @property
    def total(self):
        """Weight of all its rows."""
        if isinstance(self.data, Source):
            return self.data.statistics.weight
        weight = self.data.sample_weight
        if weight is not None:
            return total_of(weight)
        return len(in_memory(self.data.y)) if self.data.n_samples is None else self.data.n_samples

    @property
    def labels(self):
        """The labels of its rows."""
        return self.data.classes if isinstance(self.data, Source) else np.unique(np.asarray(self.data.y))

    @property
    def in_blocks(self):
        """Whether its rows lie in blocks: in a memory map, or a Dask collection."""
        return isinstance(self.data, SourceData) and lies_in_blocks(self.data.X)

    @property
    def has_rows(self):
        """Whether it has rows, or such as stand for them exactly."""
        return not isinstance(self.data, Source) or self.data.statistics.kind == "moments"


def members(source):
    """The sources in ``source=`` with their factors.

    Parameters
    ----------
    source : None, SourceData, Source with statistics, or list of these and of pairs of one and its weight

    Returns
    -------
    list of Weighed

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For an empty list, or a factor that is not positive and finite.
    """
    if source is None:
        return []
    if not isinstance(source, list):
        return [_member(source)]
    if not source:
        raise ValueError("source is an empty list. Give one SourceData or more, or None for none.")
    return [_member(each) for each in source]


def _member(given):
    data, weight = given if isinstance(given, tuple) and len(given) == 2 else (given, 1.0)
    if isinstance(data, Source) and data.statistics is None:
        raise TypeError(
            f"{data!r} holds no statistics of its rows, so it cannot be weighed against the target's. Make it with "
            "SourceData(X, y).summarize(model), or give it to a transfer estimator: TransferRidge(source=source)."
        )
    if not isinstance(data, (SourceData, Source)):
        raise TypeError(
            f"{_WANTED}; got {type(data).__name__}. Rows are SourceData(X, y); to pull towards a fitted model, give "
            "that to a transfer estimator such as TransferRidge(source=model)."
        )
    if not isinstance(weight, Real) or not 0 < weight < np.inf:
        raise ValueError(f"the weight of a source must be positive and finite, got {weight!r}. Leave it out instead.")
    return Weighed(data, float(weight))


def require_kind(found, kind):
    """Refuse statistics of regressors in a classifier, and the reverse.

    Raises
    ------
    ValueError
        If there are.
    """
    for data, _ in found:
        theirs = "regressor" if getattr(data, "classes", None) is None else "classifier"
        if isinstance(data, Source) and theirs != kind:
            raise ValueError(
                f"{data!r} has the statistics of a {theirs}, and the estimator is a {kind}. Summarise the source's "
                f"rows with a {kind}."
            )


def require_rows(estimator, found):
    """Refuse sums in the place of rows for what learns from rows.

    Raises
    ------
    TypeError
        If a lot is known by sums.
    """
    for lot in found:
        if lot.known is not None:
            raise TypeError(
                f"{type(estimator).__name__} learns from rows, and {lot.who} is known by sums only. Give the rows, "
                "SourceData(X, y), or take a linear model of this library, such as TransferRidge."
            )


def lots(found, X, y, sample_weight, alpha, total=1.0):
    """All rows that a fit at ``alpha`` sees, the target's first.

    Parameters
    ----------
    found : list of Weighed
    X, y, sample_weight : the target's rows
    alpha : float
        The target's rows weigh ``1 - alpha``, the sources' ``alpha`` times their own factor; what weighs nothing is
        left out, and without a source all is the target's.
    total : float, default=1.0
        What ``alpha`` and ``1 - alpha`` are multiplied with, where there is a source.

    Returns
    -------
    list of Lot
    """
    target = Lot(X, y, sample_weight, total * (1.0 - alpha) if found else 1.0)
    rest = [
        _lot(X, data, total * alpha * weight, f"the source {data.name or place!r}")
        for place, (data, weight) in enumerate(found)
        if alpha * weight > 0
    ]
    return [lot for lot in [target, *rest] if lot.factor > 0 or lot.known is not None]


def _lot(X, data, factor, who):
    """A source's rows; of one known by moments those that have the same, by curvature one a label, of no weight."""
    if isinstance(data, SourceData):
        return Lot(_like(X, data, who), data.y, data.sample_weight, factor, who)
    if data.statistics.kind == "moments":
        rows = data.statistics.data(feature_names=data.feature_names)
        return Lot(_like(X, rows, who), rows.y, rows.sample_weight, factor, who, Known(_nameless(data), factor))
    names, width = _names(X), np.shape(X)[1]
    statistics = arranged(data, names, width, data.classes, f"the target and {who}")
    y = np.ones(1) if data.classes is None else data.classes
    rows = SourceData(np.zeros((len(y), width)), y, feature_names=names)
    return Lot(_like(X, rows, who), y, None, 0.0, who, Known(_nameless(data, statistics=statistics), factor))


def _nameless(source, **fields):
    """The source without names: its features are in the target's order."""
    return changed(source, **({"feature_names": None} | fields))


def _like(X, data, who):
    """A source's X with the target's columns."""
    names = _names(X)
    if names is not None and data.feature_names is not None:
        lacking = sorted(set(names) - set(data.feature_names))
        if lacking:
            raise ValueError(
                f"{who} lacks the target's columns {lacking}. Give it these columns, fit without them, or transfer "
                "the parameters of a model fitted on the columns it has."
            )
        rows = data.X if list(data.feature_names) == names else _chosen(data, names)
    else:
        rows = data.X
        _require_width(X, rows, who)
    if is_dask(rows):
        return rows
    if not _is_pandas(X):
        return as_rows(rows, plain=True)
    if _is_pandas(rows):
        return rows.set_axis(X.columns, axis="columns")
    return type(X)(rows.toarray() if sp.issparse(rows) else np.asarray(rows), columns=X.columns)


def _chosen(data, names):
    """Columns of a frame, or of an array whose columns the source names."""
    if hasattr(data.X, "columns"):
        return data.X[names]
    at = [data.feature_names.index(name) for name in names]
    if is_dask(data.X):
        return data.X[:, at]
    return (data.X.tocsr() if sp.issparse(data.X) else np.asarray(data.X))[:, at]


def _require_width(X, rows, who):
    shapes = [getattr(each, "shape", ()) for each in (X, rows)]
    widths = [shape[1] if len(shape) == 2 else None for shape in shapes]
    if None not in widths and widths[0] != widths[1]:
        raise ValueError(
            f"X of {who} has {widths[1]} features, the target's {widths[0]}. Give both the same, or DataFrames whose "
            "columns have names."
        )


def _names(X):
    columns = getattr(X, "columns", None)
    return list(columns) if columns is not None and all(isinstance(name, str) for name in columns) else None


def _is_pandas(X):
    return type(X).__module__.partition(".")[0] == "pandas"


def as_rows(X, plain=False):
    """X as any scikit-learn estimator takes it: arrays, sparse matrices and pandas frames stay what they are.

    ``plain``: pandas frames are to be arrays, too.
    """
    return X if sp.issparse(X) or isinstance(X, np.ndarray) or (_is_pandas(X) and not plain) else np.asarray(X)


def put_together(found):
    """(X, y, sample_weight) of all lots, for estimators that take one table: a copy, unless there is one lot only.

    Parameters
    ----------
    found : list of Lot

    Returns
    -------
    (X, y, sample_weight)
        Weights are None where one lot has none.
    """
    first = found[0]
    if len(found) == 1:
        return first.X, first.y, _weights(first)
    for lot in found[1:]:
        require_same_labels(lot.who, lot.y, first.y)
    tables = [as_rows(lot.X) for lot in found]
    if any(sp.issparse(table) for table in tables):
        X = sp.vstack([sp.csr_array(table) for table in tables], format="csr")
    elif _is_pandas(tables[0]):
        import pandas as pd

        X = pd.concat(tables, ignore_index=True)
    else:
        X = np.concatenate(tables)
    y = np.concatenate([np.asarray(lot.y) for lot in found])
    weights = [(lot, _weights(lot)) for lot in found]
    weights = [np.ones(np.shape(lot.X)[0]) if weight is None else weight for lot, weight in weights]
    return X, y, np.concatenate(weights)


def _weights(lot):
    """The lot's weights times its factor; None for ones."""
    if lot.sample_weight is None:
        return None if lot.factor == 1 else np.full(np.shape(lot.X)[0], lot.factor)
    return lot.sample_weight if lot.factor == 1 else lot.factor * np.asarray(lot.sample_weight, dtype=np.float64)
