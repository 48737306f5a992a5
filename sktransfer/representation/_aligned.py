"""What the aligned spaces share: ``source`` as a parameter, checked rows, source rows in the new coordinates."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sktransfer._base._source_parameter import SourceParameterMixin
from sktransfer._base._validate import _check_weight
from sktransfer._utils._compat import validate_data
from sktransfer.representation._read import Columns, as_array, read_domain, read_rows
from sktransfer.sources import SourceData

_FLOATS = {"dtype": (np.float64, np.float32)}


class AlignedSpace(SourceParameterMixin, TransformerMixin, BaseEstimator):
    """A transformer that knows a source; fitted to the target's rows."""

    def _fit_rows(self, X, sample_weight):
        """(X, weight) of the target, checked."""
        X = validate_data(self, X, **_FLOATS)
        return X, _check_weight(sample_weight, X)

    def _new_rows(self, X):
        """Rows to be transformed, checked."""
        check_is_fitted(self)
        return validate_data(self, X, reset=False, **_FLOATS)

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

    def _of_source(self, X):
        """New coordinates of rows of the source, an array with the target's features in their order."""
        raise NotImplementedError

    def transform_source(self, X):
        """Rows of the source in the new coordinates: there the source's model is fitted anew.

        Parameters
        ----------
        X : SourceData, or array-like of shape (n_samples, n_features)
            Columns are matched by name with those that the target was fitted with, where both have names.

        Returns
        -------
        SourceData or ndarray of shape (n_samples, n_components)
            Of a SourceData another, with its y, weights and name; its features have this transformer's names.

        Raises
        ------
        ValueError
            If columns are lacking.
        sklearn.exceptions.NotFittedError
            Before :meth:`fit`.
        """
        check_is_fitted(self)
        data = X if isinstance(X, SourceData) else SourceData(X, np.zeros(np.shape(X)[0]))
        rows, _ = read_rows(data, Columns.of(self), type(self).__name__)
        found = self._of_source(as_array(rows))
        if data is not X:
            return found
        names = tuple(self.get_feature_names_out())
        return SourceData(found, X.y, X.sample_weight, name=X.name, feature_names=names)
