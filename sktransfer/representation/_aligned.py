"""What the aligned spaces share: ``source`` as a parameter, checked rows, source rows in the new coordinates."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sktransfer._base._source_parameter import SourceParameterMixin
from sktransfer._base._validate import _check_weight
from sktransfer._utils._compat import fit_context, validate_data
from sktransfer.representation._read import Columns, as_array, moments_of, read_domain, read_rows
from sktransfer.sources import Source, SourceData

_FLOATS = {"dtype": (np.float64, np.float32)}


class AlignedSpace(SourceParameterMixin, TransformerMixin, BaseEstimator, ABC):
    """A transformer that knows a source; fitted to the target's rows.

    A space is a file with a subclass that learns the map (:meth:`_learn`) and applies it (:meth:`_of_target`).
    """

    _keeps_flaws = True  # NaN and infinity in a row show in its coordinates

    @abstractmethod
    def _learn(self, X, weight):
        """Find the map from rows of the target (n_samples, n_features) and their weights; set what is fitted."""

    @abstractmethod
    def _of_target(self, X):
        """New coordinates of rows of the target, in X's dtype."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Find the map.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The target's rows.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self
        """
        X = validate_data(self, X, **_FLOATS)
        self._learn(X, _check_weight(sample_weight, X))
        return self

    def transform(self, X):
        """Map rows of the target.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
            Of X's type, float64 or float32.
        """
        check_is_fitted(self)
        return self._mapped(lambda finite: self._new_rows(X, finite), self._of_target)

    def _new_rows(self, X, finite):
        return validate_data(self, X, reset=False, ensure_all_finite=finite, **_FLOATS)

    def _mapped(self, read, function):
        """``function(read(finite))``: where flaws are kept and the outcome has none, nobody need look at the rows."""
        if not self._keeps_flaws:
            return function(read(True))
        with np.errstate(invalid="ignore", over="ignore"):
            found = function(read(False))
        return found if np.isfinite(found).all() else function(read(True))

    def _source_domain(self, *, covariance=True):
        """What the source says of its rows, in the order of the target's features."""
        return read_domain(self.source, Columns.of(self), covariance=covariance)

    def _source_rows(self):
        """(X, weight) of the source's rows."""
        return read_rows(self.source, Columns.of(self), type(self).__name__)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class NewCoordinates(AlignedSpace):
    """An aligned space whose coordinates are new to the source, too."""

    _affine = False  # coordinates that are affine in the features: moments of rows have their moments there

    @abstractmethod
    def _of_source(self, X):
        """New coordinates of rows of the source, an array with the target's features in their order."""

    def transform_source(self, X):
        """Rows of the source in the new coordinates: there the source's model is fitted anew.

        Parameters
        ----------
        X : SourceData, array-like of shape (n_samples, n_features), or Source
            Columns are matched by name with those that the target was fitted with, where both have names. Where
            coordinates are affine in the features a Source will do that knows its rows by their moments,
            ``SourceData(X, y).summarize(Ridge())``.

        Returns
        -------
        SourceData or ndarray of shape (n_samples, n_components_)
            Of a SourceData another, with its y, weights and name; its features have this transformer's names. Of a
            Source a few weighted rows, none of them a row of the source's, that any squared-loss model fits as it
            would fit the source's own.

        Raises
        ------
        TypeError
            Of a Source, if coordinates are not affine in the features.
        ValueError
            If columns are lacking, or a Source does not hold moments.
        sklearn.exceptions.NotFittedError
            Before :meth:`fit`.
        """
        check_is_fitted(self)
        X = self._rows_of(X) if isinstance(X, Source) else X
        data = X if isinstance(X, SourceData) else SourceData(X, y=X)  # nobody looks at y
        columns, who = Columns.of(self), type(self).__name__
        found = self._mapped(lambda finite: as_array(read_rows(data, columns, who, finite=finite)[0]), self._of_source)
        if data is not X:
            return found
        names = tuple(self.get_feature_names_out())
        return SourceData(found, X.y, X.sample_weight, name=X.name, feature_names=names)

    def _rows_of(self, source):
        """Weighted rows with the moments of a Source's."""
        if not self._affine:
            raise TypeError(
                f"the coordinates of {type(self).__name__} are not affine in the features, so moments do not say where "
                f"rows lie in them; got {source!r}. Give the source's rows, SourceData(X, y)."
            )
        return moments_of(source).data(feature_names=source.feature_names, name=source.name)
