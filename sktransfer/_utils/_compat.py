"""The one file that may touch scikit-learn's private names, and the one that knows its versions (1.6 to today)."""

import inspect

from sklearn.base import _clone_parametrized as clone_parametrized
from sklearn.base import _fit_context as fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import validate_data

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9 has no callbacks

    class CallbackSupportMixin:
        """Stands in where scikit-learn has no callbacks."""

    def with_callbacks(method):
        """Leave ``method`` as it is."""
        return method


_BALANCES_WEIGHTS = "sample_weight" in inspect.signature(compute_class_weight).parameters

__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "IterationReport",
    "StrOptions",
    "balanced_weights",
    "check_feature_names_in",
    "check_sample_weight",
    "clone_parametrized",
    "fit_context",
    "has_callbacks",
    "is_multilabel",
    "label_weights",
    "validate_data",
    "with_callbacks",
]


def balanced_weights(class_weight, classes, y, sample_weight):
    """Weight of each row by its class, as the installed scikit-learn counts it.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
    classes : ndarray of shape (n_classes,)
        The labels in ``y``.
    y : ndarray of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,)

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    extra = {"sample_weight": sample_weight} if _BALANCES_WEIGHTS else {}
    per_class = compute_class_weight(class_weight, classes=classes, y=y, **extra)
    return per_class[classes.searchsorted(y)]


def label_weights(class_weight, labels, weight, count):
    """The same of each label: (n_labels,), from what its rows weigh and how many they are.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
    labels, weight, count : ndarray of shape (n_labels,)

    Returns
    -------
    ndarray of shape (n_labels,)
    """
    if class_weight != "balanced":
        return compute_class_weight(class_weight, classes=labels, y=labels)
    share = weight if _BALANCES_WEIGHTS else count
    return share.sum() / (len(labels) * share)


def is_multilabel(ridge_classifier):
    """Whether a fitted RidgeClassifier, or RidgeClassifierCV, has labels that do not exclude each other."""
    return ridge_classifier._label_binarizer.y_type_.startswith("multilabel")


def has_callbacks(estimator):
    """Whether scikit-learn's callbacks are to hear of the estimator's fits."""
    return bool(getattr(estimator, "_skl_callbacks", None)) or hasattr(estimator, "_parent_callback_ctx")


class IterationReport:
    """Tell scikit-learn's callbacks of each iteration of a solver; does nothing where there are none.

    Parameters
    ----------
    estimator : estimator with CallbackSupportMixin
    X, y : the training data, as the user passed them
    fitted_attributes : callable
        Flat parameters -> dict of the fitted attributes that make a predictor.
    """

    def __init__(self, estimator, X, y, fitted_attributes):
        self._estimator, self._data, self._attributes = estimator, {"X": X, "y": y}, fitted_attributes
        self._context = None
        if has_callbacks(estimator):
            self._context = estimator._init_callback_context(max_subtasks=None)
            self._context.call_on_fit_task_begin(estimator=estimator, **self._data)

    @property
    def watched(self):
        """Whether any callback listens."""
        return self._context is not None

    def __call__(self, point):
        """One iteration has ended at ``point``."""
        if self._context is not None:
            task = self._context.subcontext(task_name="iteration")
            task.call_on_fit_task_begin(estimator=self._estimator, **self._data)
            self._end(task, point.theta)

    def close(self, theta):
        """The fit has ended at ``theta``."""
        if self._context is not None:
            self._end(self._context, theta)

    def _end(self, task, theta):
        task.call_on_fit_task_end(
            estimator=self._estimator, **self._data, reconstruction_attributes=self._attributes(theta)
        )
