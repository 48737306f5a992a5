"""Several fitted estimators that predict as one: the weighted mean of what they predict.

    classifiers   P(c | x) = sum_k w_k P_k(c | x), a class that a member does not know having P_k = 0
    regressors    E(y | x) = sum_k w_k E_k(y | x)

A mixture, not a mean of log-odds: where one member is sure and wrong the others still count. Linear predictors of
numbers, counts and margins are averaged themselves: `mean_predictor` makes one model of several.
"""

import copy

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.metaestimators import available_if

from sktransfer._base._chances import log_mean
from sktransfer._base._rowwise import rowwise
from sktransfer._designs import in_memory


def _speaks_of_chances(mixture):
    return is_classifier(mixture.estimators[0])


def _require_chances(estimators):
    for each in estimators:
        if not hasattr(each, "predict_proba"):
            raise TypeError(
                f"a mixture averages probabilities, but {type(each).__name__} has no predict_proba. Use a rule that "
                "chooses one candidate: 'min' or '1se'."
            )


def _log_proba(estimator, X):
    with np.errstate(divide="ignore"):
        if hasattr(estimator, "predict_log_proba"):
            return estimator.predict_log_proba(X)
        return np.log(estimator.predict_proba(X))


class Mixture:
    """The mean of fitted estimators; it is made of fitted ones and has no ``fit``.

    Parameters
    ----------
    estimators : list of fitted estimators
        Of labels or of numbers, all of one kind; classifiers have ``predict_proba``.
    weights : ndarray of shape (n_estimators,)
        Not negative; they add up to 1.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Of classifiers: all that any member knows.
    """

    def __init__(self, estimators, weights):
        self.estimators, self.weights = list(estimators), np.asarray(weights, dtype=np.float64)
        if _speaks_of_chances(self):
            _require_chances(self.estimators)
            self.classes_ = np.unique(np.concatenate([each.classes_ for each in self.estimators]))

    @property
    def heaviest(self):
        """The member of the largest weight."""
        return self.estimators[int(np.argmax(self.weights))]

    @property
    def n_features_in_(self):
        """Number of features seen in the fit."""
        return self.heaviest.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features seen in the fit."""
        return self.heaviest.feature_names_in_

    @rowwise
    def predict(self, X):
        """Of numbers the mean of the members' predictions; of labels the likeliest."""
        if not _speaks_of_chances(self):
            return sum(weight * each.predict(X) for each, weight in zip(self.estimators, self.weights, strict=True))
        return self.classes_[self.predict_log_proba(X).argmax(axis=1)]

    @available_if(_speaks_of_chances)
    @rowwise
    def predict_proba(self, X):
        """The mean of the members' probabilities: (n_samples, n_classes)."""
        return np.exp(self.predict_log_proba(X))

    @available_if(_speaks_of_chances)
    @rowwise
    def predict_log_proba(self, X):
        """``log sum_k w_k P_k``, exact where probabilities underflow: (n_samples, n_classes)."""
        parts = self._log_parts(X)
        mean = np.minimum(log_mean(parts, self.weights), 0.0)  # rounding makes no probability larger than 1
        return mean.astype(parts.dtype, copy=False)  # what is float32 adds up to 1 as float32 does

    @available_if(_speaks_of_chances)
    @rowwise
    def decision_function(self, X):
        """Of two classes the log-odds of the second, (n_samples,); of more the log-probabilities."""
        log_proba = self.predict_log_proba(X)
        return log_proba[:, 1] - log_proba[:, 0] if len(self.classes_) == 2 else log_proba

    def _log_parts(self, X):
        """The members' log-probabilities: (n_estimators, n_samples, n_classes), -inf of classes not known to one."""
        parts = [_log_proba(each, X) for each in self.estimators]
        result = np.full((len(parts), len(parts[0]), len(self.classes_)), -np.inf, dtype=np.result_type(*parts))
        for each, estimator, log_proba in zip(result, self.estimators, parts, strict=True):
            each[:, self._places_of(estimator)] = log_proba
        return result

    def _places_of(self, estimator):
        """Where a member's classes stand among all."""
        return np.searchsorted(self.classes_, estimator.classes_)

    def score(self, X, y, sample_weight=None):
        """Of labels the accuracy; of numbers what the members score: D^2 of generalised linear models, else R^2."""
        predicted, y, sample_weight = in_memory(self.predict(X)), in_memory(y), in_memory(sample_weight)
        if _speaks_of_chances(self):
            return float(accuracy_score(y, predicted, sample_weight=sample_weight))
        if hasattr(self.heaviest, "_score_of"):
            return self.heaviest._score_of(predicted, y, sample_weight)
        return float(r2_score(y, predicted, sample_weight=sample_weight))


def mean_predictor(fitted, weights):
    """The weighted mean of linear predictors: one model.

    Parameters
    ----------
    fitted : list of fitted linear twins
    weights : ndarray of shape (n_fitted,)

    Returns
    -------
    LinearTransfer
        In the form of the heaviest: the mean of those whose coefficients have its shape (that know its classes).
    """
    heaviest = fitted[int(np.argmax(weights))]
    alike = [np.shape(each.coef_) == np.shape(heaviest.coef_) for each in fitted]
    fitted = [each for each, one in zip(fitted, alike, strict=True) if one]
    result = copy.copy(heaviest)
    for name in ("coef_", "intercept_"):
        parts = [getattr(each, name) for each in fitted]
        setattr(result, name, _average(parts, weights[alike]).astype(heaviest.coef_.dtype)[()])
    result.delta_ = result.coef_ - result.source_coef_
    return result


def _average(parts, weights):
    return np.average(np.stack([np.asarray(part, dtype=np.float64) for part in parts]), axis=0, weights=weights)
