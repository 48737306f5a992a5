"""Meta-estimators that predict as the estimator they have fitted does."""

from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sktransfer._base._report import Reporting


def _fitted_has(name):
    """Whether the fitted estimator (before the fit: the given one) has an attribute."""

    def check(self):
        return hasattr(getattr(self, self._fitted_name, self.estimator), name)

    return check


class Delegating(Reporting):
    """Prediction, score, labels, features and tags of the fitted estimator."""

    _fitted_name = "estimator_"

    def _fitted(self, name):
        """An attribute of the fitted estimator; AttributeError before the fit."""
        if not hasattr(self, self._fitted_name):
            raise AttributeError(f"{type(self).__name__} has no {name!r} before it is fitted")
        return getattr(getattr(self, self._fitted_name), name)

    def _rows_for(self, X):
        """X as the fitted estimator takes it."""
        return X

    def _call(self, method, X, *rest):
        check_is_fitted(self, self._fitted_name)
        return getattr(getattr(self, self._fitted_name), method)(self._rows_for(X), *rest)

    @property
    def classes_(self):
        """Labels of the fitted estimator."""
        return self._fitted("classes_")

    @property
    def n_features_in_(self):
        """Number of features seen in the fit."""
        return self._fitted("n_features_in_")

    @property
    def feature_names_in_(self):
        """Names of the features seen in the fit."""
        return self._fitted("feature_names_in_")

    def predict(self, X):
        """Predict with the fitted estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray
        """
        return self._call("predict", X)

    @available_if(_fitted_has("predict_proba"))
    def predict_proba(self, X):
        """Probability of each class by the fitted estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return self._call("predict_proba", X)

    @available_if(_fitted_has("predict_log_proba"))
    def predict_log_proba(self, X):
        """Logarithm of :meth:`predict_proba`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return self._call("predict_log_proba", X)

    @available_if(_fitted_has("decision_function"))
    def decision_function(self, X):
        """Scores by the fitted estimator: of a linear one its linear predictor.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray
        """
        return self._call("decision_function", X)

    def score(self, X, y, sample_weight=None):
        """The fitted estimator's own ``score``: accuracy, R^2 or D^2.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        float
        """
        return self._call("score", X, y, sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.target_tags = inner.target_tags
        tags.input_tags = inner.input_tags
        return tags
