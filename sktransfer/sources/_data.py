"""A source's rows, by reference."""

from numbers import Real

import numpy as np
from scipy import sparse

from sktransfer._utils._lazy import is_dask
from sktransfer.sources._check import check_names
from sktransfer.sources._immutable import Immutable

_SLOTS = ("X", "y", "sample_weight", "name", "n_samples", "n_features", "feature_names")


class SourceData(Immutable):
    """A source's rows: held by reference, never copied, never changed.

    Parameters
    ----------
    X : array-like, DataFrame, sparse, memory map or Dask collection of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    sample_weight : array-like of shape (n_samples,) or None, default=None
    name : str or None, default=None
    feature_names : sequence of str or None, default=None
        Of the columns of an array; a DataFrame has its own.

    Attributes
    ----------
    X, y, sample_weight, name
        The very objects given.
    n_samples : int or None
        None where a lazy collection does not know.
    n_features : int or None
        None where X does not say.
    feature_names : tuple of str or None
        Those given, or the columns of a DataFrame, if all are strings.

    Raises
    ------
    ValueError
        If there are no rows, lengths differ, or names do not fit X.

    See Also
    --------
    sktransfer.sources.Source : What is known of a fitted source.

    Examples
    --------
    >>> from sktransfer.sources import SourceData
    >>> SourceData([[0.0, 1.0], [2.0, 3.0]], [0, 1], name="last year")
    SourceData('last year', n_samples=2, n_features=2)
    """

    __slots__ = _SLOTS

    def __init__(self, X, y, sample_weight=None, *, name=None, feature_names=None):
        if name is not None and not isinstance(name, str):
            raise ValueError(f"name must be a string or None, got {name!r}.")
        n_samples = _length(X, "X")
        for what, values in (("y", y), ("sample_weight", sample_weight)):
            length = n_samples if values is None and what != "y" else _length(values, what)
            if None not in (length, n_samples) and length != n_samples:
                raise ValueError(f"{what} must have one entry per row of X: X has {n_samples} rows, {what} {length}.")
        if n_samples == 0:
            raise ValueError("a source needs at least one row, got X with 0 rows. Use source=None for no source.")
        values = (X, y, sample_weight, name, n_samples, _width(X), _checked_names(X, feature_names))
        for slot, value in zip(_SLOTS, values, strict=True):
            object.__setattr__(self, slot, value)

    def summarize(self, estimator, *, name=None):
        """Fit a model to the rows and keep, of the rows, only weighted sums: what may be shared where rows may not.

        Parameters
        ----------
        estimator : estimator
            LinearRegression, Ridge, LogisticRegression, PoissonRegressor, GammaRegressor, TweedieRegressor, or one of
            this library's linear regressors and its logistic regression. An unfitted one is cloned and fitted to these
            rows with their weights; a fitted one is taken as it is, as fitted to these rows. The library's own take
            rows of memory maps and Dask collections block by block.
        name : str or None, default=None
            Of the source; None is the name of the rows.

        Returns
        -------
        Source
            With coefficients, classes, feature names, ``precision`` (the loss's second derivative plus that of the
            model's own penalty, where this is quadratic) and ``statistics``. Of squared loss these are the moments of
            [X, y], from which any squared-loss model comes out exactly as from the rows. Of other losses they are
            value, gradient and second derivative of the *loss* at the coefficients: a fit with them differs from that
            with the rows by an error of second order in the distance between its optimum and the source's.

        Raises
        ------
        TypeError
            For an estimator of another kind.

        See Also
        --------
        Source.save : Writes it into one small file.

        Notes
        -----
        Sources summarised with the same model may be added, ``north + south``, and taken away, ``all - monday``: their
        sums are, and the model is refitted from them, its penalty counted once. Sums of very few rows may still give
        these rows away: nothing here adds noise.

        References
        ----------
        Ibrahim, J. G. and Chen, M.-H. (2000). Power prior distributions for regression models. Statistical Science 15.

        Examples
        --------
        >>> from sklearn.linear_model import Ridge
        >>> from sktransfer.sources import SourceData
        >>> north = SourceData([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).summarize(Ridge(alpha=1.0))
        >>> south = SourceData([[1.0], [4.0]], [2.0, 10.0]).summarize(Ridge(alpha=1.0))
        >>> (north + south).n_samples, (north + south).coef.round(6)
        (5, array([2.098039]))
        >>> (north + south - south).coef.round(6), north.coef.round(6)
        (array([1.333333]), array([1.333333]))
        """
        from sktransfer.sources._summarize import summarize

        return summarize(self, estimator, name)

    def __eq__(self, other):
        if not isinstance(other, SourceData):
            return NotImplemented
        mine, theirs = ((d.X, d.y, d.sample_weight) for d in (self, other))
        return (self.name, self.feature_names) == (other.name, other.feature_names) and all(map(_same, mine, theirs))

    def __hash__(self):
        return hash((self.n_samples, self.n_features, self.name))

    def __reduce__(self):
        return _rebuild, (self.X, self.y, self.sample_weight, self.name, self.feature_names)

    def __repr__(self):
        name = "" if self.name is None else f"{self.name!r}, "
        weighted = "" if self.sample_weight is None else ", weighted"
        return f"SourceData({name}n_samples={self.n_samples}, n_features={self.n_features}{weighted})"


def _rebuild(X, y, sample_weight, name, feature_names):
    return SourceData(X, y, sample_weight, name=name, feature_names=feature_names)


def _length(values, what):
    """Rows; None where nobody knows before they are computed."""
    shape = getattr(values, "shape", None)
    if shape is not None and len(shape) > 0:
        if isinstance(shape[0], Real):
            return int(shape[0]) if shape[0] == shape[0] else None
        if is_dask(values):
            return None
    if shape != () and hasattr(values, "__len__") and not isinstance(values, (str, bytes)):
        return len(values)
    raise ValueError(f"{what} must hold one entry per row, got {type(values).__name__}. Give an array.")


def _width(X):
    shape = getattr(X, "shape", None)
    if shape is not None:
        return int(shape[1]) if len(shape) > 1 else None
    first = X[0] if isinstance(X, (list, tuple)) else None
    return len(first) if hasattr(first, "__len__") and not isinstance(first, (str, bytes, dict)) else None


def _checked_names(X, feature_names):
    """The names given, or those of X; both, if they agree."""
    own, width = _names(X), _width(X)
    if feature_names is None:
        return own
    names = check_names(feature_names, len(feature_names) if width is None else width)
    if own is not None and own != names:
        raise ValueError(f"feature_names must be the columns of X, {list(own)}, got {list(names)}. Leave them out.")
    return names


def _names(X):
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(column, str) for column in columns):
        return None
    return tuple(columns)


def _same(mine, theirs):
    """Equality by content: sparse, data frames, arrays and lists."""
    if mine is theirs:
        return True
    if sparse.issparse(mine) or sparse.issparse(theirs):
        both = sparse.issparse(mine) and sparse.issparse(theirs) and mine.shape == theirs.shape
        return both and (mine != theirs).nnz == 0
    if hasattr(mine, "equals") or hasattr(theirs, "equals"):
        return type(mine) is type(theirs) and bool(mine.equals(theirs))
    if mine is None or theirs is None:
        return False
    mine, theirs = np.asarray(mine), np.asarray(theirs)
    numeric = mine.dtype.kind in "fc" and theirs.dtype.kind in "fc"
    return np.array_equal(mine, theirs, equal_nan=numeric)
