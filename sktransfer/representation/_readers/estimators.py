"""Fitted scikit-learn estimators, by the first of their methods that gives features.

A transformer is what it makes of rows; any other model is its scores, so that a target learns how far to believe it.
"""

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils import _safe_indexing, check_array, get_tags
from sklearn.utils.validation import _num_samples, check_is_fitted

from sktransfer.representation._readers._base import Reader, as_columns, numbered
from sktransfer.representation._readers._content import digest, of_class
from sktransfer.representation._texts import as_list, is_text, reads_texts

_METHODS = ("transform", "decision_function", "predict_proba", "predict")


class EstimatorReader(Reader):
    """Anything with ``fit`` and a method that gives features; rows are handed over as they are."""

    kind = "a fitted scikit-learn estimator"

    @classmethod
    def accepts(cls, model):
        """Whatever has ``fit`` and one of the methods."""
        return hasattr(model, "fit") and any(hasattr(model, method) for method in _METHODS)

    @classmethod
    def input_tags(cls, model):
        """The model's own."""
        return get_tags(model).input_tags

    @classmethod
    def kept_types(cls, model, output):
        """A transformer's own."""
        theirs = get_tags(model).transformer_tags if output in ("auto", "transform") else None
        return [] if theirs is None else theirs.preserves_dtype

    def __init__(self, model, input_shape=None):
        if input_shape is not None:
            raise ValueError(
                f"input_shape={input_shape!r} is for networks and functions; a {type(model).__name__} takes a table."
            )
        super().__init__(model)
        try:
            check_is_fitted(self.model)
        except NotFittedError:
            raise NotFittedError(
                f"FrozenFeatures(model=...) takes a fitted model, and this {type(model).__name__} is not fitted. Fit "
                "it first. If it was fitted: scikit-learn clones what stands in a grid; wrap it in "
                "FrozenEstimator(model)."
            ) from None

    @property
    def n_features_in(self):
        """Columns that the model was fitted on, if it knows."""
        return getattr(self.model, "n_features_in_", None)

    @property
    def outputs(self):
        """Its methods that give features."""
        return tuple(method for method in _METHODS if hasattr(self.model, method))

    @property
    def content(self):
        """All that it holds."""
        return digest(of_class(type(self.model)), self.model)

    def rows(self, X, names=None):
        """The model's columns: by name where both sides have names, else all of them. A vectorizer's is a list.

        Raises
        ------
        ValueError
            If there are too few, or too many, or a vectorizer gets no texts.
        """
        if reads_texts(self.model):
            return self._texts(X)
        own = getattr(self.model, "feature_names_in_", None)
        if own is not None and names is not None:
            return self._own_columns(X, list(names), list(own))
        if self.n_features_in is not None and X.shape[1] != self.n_features_in:
            raise ValueError(
                f"X has {X.shape[1]} columns, but the {self.who} in FrozenFeatures was fitted on "
                f"{self.n_features_in}. Give it those, in the same order."
            )
        if hasattr(X, "columns") and own is None:
            return check_array(X, dtype=None, ensure_all_finite=False, input_name="X", estimator="FrozenFeatures")
        return X

    def _texts(self, X):
        if not is_text(X):
            raise ValueError(
                f"the {self.who} in FrozenFeatures reads texts. Give a list of strings, or a table with one column of "
                f"them; got {X.shape[1]} column(s)."
            )
        return as_list(X)

    def _own_columns(self, X, names, own):
        if names == own:
            return X
        missing = [name for name in own if name not in names]
        if missing:
            raise ValueError(
                f"X lacks columns that the {self.who} in FrozenFeatures was fitted on: {missing}. X has {names}."
            )
        return _safe_indexing(X, [names.index(name) for name in own], axis=1)

    def forward(self, batch, layers, output):
        """What the method gives."""
        method = self._method(output)
        given = getattr(self.model, method)(self._guarded(batch))
        n_rows, who = _num_samples(batch), f"{method} of {self.who}"
        if isinstance(given, list):
            return [np.hstack([as_columns(each, n_rows, who) for each in given])]
        return [as_columns(given, n_rows, who)]

    def _method(self, output):
        """The method that gives features: a classifier's labels are none unless they are asked for."""
        if output != "auto":
            return output
        method = self.outputs[0]
        if method == "predict" and is_classifier(self.model):
            raise ValueError(
                f"{self.who} gives labels, no scores. Say output='predict' if these are numbers that "
                "mean an amount, or calibrate it with CalibratedClassifierCV."
            )
        return method

    def _guarded(self, batch):
        """Rows that the model cannot change: a copy where it works in place, else a view that forbids it."""
        if _in_place(self.model):
            return batch.copy() if hasattr(batch, "copy") else batch
        if isinstance(batch, np.ndarray):
            batch = batch.view()
            batch.flags.writeable = False
        return batch

    def names(self, layer, output, n_columns, feature_names):
        """The model's own names; of scores its name, with the class where there are several."""
        method = self._method(output)
        if method == "transform":
            return self._transformed_names(n_columns, feature_names)
        if n_columns == 1:
            return [self.label]
        classes = getattr(self.model, "classes_", ())
        if method != "predict" and not isinstance(classes, list) and len(classes) == n_columns:
            return [f"{self.label}_{label}" for label in classes]
        return numbered(self.label, n_columns)

    def _transformed_names(self, n_columns, feature_names):
        known = getattr(self.model, "feature_names_in_", feature_names)
        try:
            names = list(self.model.get_feature_names_out(known))
        except (AttributeError, ValueError, TypeError, NotFittedError):  # it has none, or not of this input
            names = []
        return names if len(names) == n_columns else numbered(self.label, n_columns)


def _in_place(model):
    """Whether the model, or a part of it, was told that it may work in its input."""
    params = model.get_params(deep=True) if hasattr(model, "get_params") else {}
    return any(name.rpartition("__")[2] == "copy" and value is False for name, value in params.items())
