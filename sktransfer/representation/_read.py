"""What ``source=`` of an aligned space may be: rows, moments of rows, or what scikit-learn has fitted to rows.

A kind is one line of ``_KINDS``: how to know it, and a function (source, target, covariance) -> (Domain, names).
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from sktransfer._designs import Moments, as_blocks, as_design, in_memory
from sktransfer._designs._blocks import lies_in_blocks
from sktransfer.representation._domain import Domain, domain_of, of_moments
from sktransfer.sources import Source, SourceData
from sktransfer.sources._labels import positions

_WHO = "the source's rows"
_READS = {"accept_sparse": ("csr", "csc"), "dtype": (np.float64, np.float32)}
_ACCEPTED = (
    "source must be None, a SourceData (rows), a Source with moments (SourceData(X, y).summarize(Ridge())), or what "
    "scikit-learn has fitted to the source's rows: a covariance estimator (location_, covariance_), a PCA or a "
    "StandardScaler"
)


class Columns(NamedTuple):
    """The target's features.

    Attributes
    ----------
    count : int
    names : list of str or None
    """

    count: int
    names: list | None

    @classmethod
    def of(cls, estimator):
        """Those that an estimator was fitted with."""
        names = getattr(estimator, "feature_names_in_", None)
        return cls(estimator.n_features_in_, None if names is None else list(names))

    def places(self, count, names, who="the source"):
        """Where each feature of the target stands among the source's.

        Raises
        ------
        ValueError
            If the source lacks one, or nothing says which is which.
        """
        if self.names is None or names is None:
            if count is not None and count != self.count:
                raise ValueError(
                    f"{who} has {count} features and the target {self.count}: without names nothing says which is "
                    "which. Give DataFrames, or the same columns in the same order."
                )
            return np.arange(self.count)
        where = positions(self.names, list(names))
        if (where < 0).any():
            lacking = [name for name, place in zip(self.names, where, strict=True) if place < 0]
            raise ValueError(
                f"{who} lacks the target's columns {lacking}, so there is nothing to align them with. Leave them out, "
                "or let them pass: ColumnTransformer([('align', transformer, columns)], remainder='passthrough')."
            )
        return where


def read_domain(source, columns, *, covariance=True):
    """What a source says of its rows, features in the target's order.

    Parameters
    ----------
    source : SourceData, Source, or fitted estimator
    columns : Columns
    covariance : bool, default=True
        Whether features one by one will not do.

    Returns
    -------
    Domain

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        If it does not know what is asked for, or its features are not the target's.
    """
    for accepts, read in _KINDS:
        if accepts(source):
            domain, names = read(source, covariance)
            domain = domain.arranged(columns.places(len(domain.mean), names))
            if covariance and not domain.knows_covariance:
                raise ValueError(
                    f"a fitted {type(source).__name__} knows the source's features one by one, and their covariance "
                    "is needed. Give the rows or their moments, or take CORAL(method='scale')."
                )
            return domain
    raise TypeError(f"{_ACCEPTED}; got {source.__name__ if isinstance(source, type) else type(source).__name__}.")


def read_rows(source, columns, who, *, finite=True):
    """(X, weight) of a source's rows in memory, features in the target's order.

    ``finite``: whether to look for NaN and infinity.

    Raises
    ------
    TypeError
        If the source is not rows.
    """
    if not isinstance(source, SourceData):
        raise TypeError(f"{who} learns from the source's rows: source must be None or a SourceData, got {source!r}.")
    X, weight = _checked(source, finite)
    where = columns.places(X.shape[1], source.feature_names)
    return X if np.array_equal(where, np.arange(X.shape[1])) else X[:, where], weight


def _checked(source, finite):
    X = check_array(in_memory(source.X), **_READS, ensure_all_finite=finite, input_name="the source's X")
    if source.sample_weight is None:
        return X, np.ones(X.shape[0])
    weight = _weights(in_memory(source.sample_weight))
    if not weight.any():
        raise ValueError("the source's weights are all zero, so it says nothing. Give some row a weight.")
    return X, weight


def _weights(weight):
    weight = np.asarray(weight, dtype=np.float64)
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError("the source's weights must be finite and not negative. Leave rows out with weight zero.")
    return weight


def _of_data(source, covariance):
    if lies_in_blocks(source.X):
        moments = as_blocks(source.X, source.y, source.sample_weight).total(_moments_of)
        return of_moments(moments, _WHO), source.feature_names
    told = source.sample_weight is None and not sp.issparse(source.X)  # by sums over dense rows that all weigh
    rows, weight = _checked(source, finite=not told)
    return domain_of(rows, weight, _WHO, covariance=covariance), source.feature_names


def _moments_of(block):
    """A visit to a block of rows."""
    X = check_array(block.X, **_READS, ensure_min_samples=0)
    if not X.shape[0]:
        return Moments.none(X.shape[1], 0)
    return Moments.of(as_design(X), np.zeros((X.shape[0], 0)), _weights(block.given))


def _of_source(source, _):
    return of_moments(moments_of(source).moments, _WHO), source.feature_names


def moments_of(source):
    """The statistics of a Source that holds its rows' moments.

    Raises
    ------
    ValueError
        If it does not.
    """
    known = source.statistics
    if known is None or known.kind != "moments":
        raise ValueError(
            f"{source!r} does not hold the moments of its rows. Make it with SourceData(X, y).summarize(Ridge()): any "
            "model of squared loss keeps them."
        )
    return known


def _of_covariance(source, _):
    covariance = np.asarray(source.covariance_, dtype=np.float64)
    return Domain(np.array(source.location_), covariance.diagonal().copy(), covariance), _names(source)


def _of_pca(source, _):
    covariance = np.asarray(source.get_covariance(), dtype=np.float64)
    return Domain(np.array(source.mean_), covariance.diagonal().copy(), covariance), _names(source)


def _of_scaler(source, _):
    check_is_fitted(source)
    if source.mean_ is None or source.var_ is None:
        raise ValueError(f"{source!r} knows no mean or no variance. Give one with both, or the source's rows.")
    return Domain(np.array(source.mean_), np.array(source.var_)), _names(source)


def _names(estimator):
    return getattr(estimator, "feature_names_in_", None)


def _has(*attributes):
    return lambda source: not isinstance(source, type) and all(hasattr(source, name) for name in attributes)


_KINDS = (
    (lambda source: isinstance(source, SourceData), _of_data),
    (lambda source: isinstance(source, Source), _of_source),
    (lambda source: isinstance(source, Moments), lambda source, _: (of_moments(source, _WHO), None)),
    (_has("location_", "covariance_"), _of_covariance),
    (_has("components_", "mean_", "get_covariance"), _of_pca),
    (_has("mean_", "var_", "scale_"), _of_scaler),
)


def as_array(X):
    """Rows as a dense array."""
    return X.toarray() if sp.issparse(X) else X
