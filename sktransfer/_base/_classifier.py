"""Linear twins that predict labels.

Classes go by label. ``classes_`` is the union of the source's and y's labels (``classes="target"``: y's alone);
two classes are one linear predictor, for the second; three or more are one each.
"""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sktransfer._base._block_rows import Encoding, Labels, labels_of, unread
from sktransfer._base._chances import chances, log_chances
from sktransfer._base._linear import LinearTransfer
from sktransfer._base._rowwise import gathered, rowwise
from sktransfer._base._validate import Rows, check_rows
from sktransfer._designs import as_design
from sktransfer._losses import Binomial, Multinomial
from sktransfer._utils._compat import StrOptions, balanced_weights, label_weights, validate_data
from sktransfer.sources import unite_classes


class LinearTransferLabels(ClassifierMixin, LinearTransfer):
    """Base of the linear classifiers: labels in, scores and labels out."""

    _parameter_constraints: dict = {
        **LinearTransfer._parameter_constraints,
        "classes": [StrOptions({"union", "target"})],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def _validate(self, X, y, sample_weight, source):
        X, y, sample_weight = check_rows(self, X, y, sample_weight)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        self.classes_ = self._united(source, np.unique(y))
        return self._rows(X, y, sample_weight)

    def _united(self, source, in_y):
        """All labels of the fitted model."""
        if len(in_y) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes in y, but there is only one class: "
                f"{in_y[0]!r}. Add rows of another class, or use the source model as it is."
            )
        return unite_classes(source, in_y, self.classes)

    def _reads_alike(self, source, rows):
        if rows.classes is None:
            return False
        united = self._united(source, rows.classes[np.unique(rows.y)])
        return len(united) == len(rows.classes) and bool(np.all(united == rows.classes))

    def _validate_blocks(self, blocks, source):
        found = blocks.total(labels_of, whole=False)
        self.classes_ = self._united(source, found.values)
        return self._encoded(blocks, found)

    def _lay_out(self, blocks):
        return self._encoded(blocks, blocks.total(labels_of, whole=False))

    def _encoded(self, blocks, found):
        """Rows whose labels, ``found``, are numbers of classes."""
        factors = self._label_factors(found)
        seen = np.zeros(len(self.classes_), dtype=bool)
        seen[self.classes_.searchsorted(found.values)] = factors * found.weight > 0
        shown = np.array([True]) if len(self.classes_) == 2 else seen
        blocks = blocks.then(Encoding(self.classes_, found.values, factors))
        return unread(blocks, (None,), self.classes_, shown, self.class_weight is not None)

    def _label_factors(self, labels):
        """The weight of each label; one without rows that weigh something takes no part in balancing."""
        factors = np.ones(len(labels.values))
        counted = (labels.weight > 0) | isinstance(self.class_weight, dict)
        counted = Labels(*(part[counted] for part in labels)), counted
        factors[counted[1]] = label_weights(self.class_weight, *counted[0])
        return factors

    def _information_rows(self, X, y, sample_weight):
        if y is None:
            if self.class_weight is not None:
                raise ValueError(
                    f"the precision of a {type(self).__name__} with class_weight={self.class_weight!r} depends on "
                    "the labels: pass y as well"
                )
            y = np.resize(self.classes_, X.shape[0])
        X, y, sample_weight = check_rows(self, X, y, sample_weight, reset=False)
        return self._rows(X, y, sample_weight)

    def _class_weighted(self, y, sample_weight):
        """The rows' weights times those of their classes; a class without weight takes no part in balancing."""
        if self.class_weight is None:
            return sample_weight
        in_y, numbers = np.unique(y, return_inverse=True)
        counted = np.ones(len(in_y), dtype=bool)
        if not isinstance(self.class_weight, dict):
            counted = np.bincount(numbers, weights=sample_weight) > 0
        rows = counted[numbers]
        weight = sample_weight.copy()
        weight[rows] *= balanced_weights(self.class_weight, in_y[counted], y[rows], sample_weight[rows])
        return weight

    def _rows(self, X, y, sample_weight):
        weight = self._class_weighted(y, sample_weight)
        numbers = self.classes_.searchsorted(y)
        seen = np.bincount(numbers, weights=weight, minlength=len(self.classes_)) > 0
        shown = np.array([True]) if len(self.classes_) == 2 else seen
        return Rows(as_design(X), numbers, weight, sample_weight, X.dtype, self.classes_, shown)

    score = gathered(ClassifierMixin.score)

    def _publish_model(self, coef, intercept, source):
        return {
            "coef_": coef.astype(self._dtype),
            "intercept_": np.array(intercept, dtype=self._dtype),
            "delta_": (coef - source.coef).astype(self._dtype),
            "source_coef_": source.coef.astype(self._dtype),
        }

    @rowwise
    def decision_function(self, X):
        """Linear predictor: that of the second class (its log-odds, its margin), or one value per class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
        """
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), reset=False)
        eta = X @ self.coef_.T + self.intercept_
        return eta[:, 0] if eta.shape[1] == 1 else eta

    @rowwise
    def predict(self, X):
        """Label of each row: the class of the highest score.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        eta = self.decision_function(X)
        return self.classes_[(eta > 0).astype(int) if eta.ndim == 1 else eta.argmax(axis=1)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class LinearTransferClassifier(LinearTransferLabels):
    """Base of the linear classifiers that model log-odds."""

    _link, _likelihood = "logit", "chances"

    def _loss(self, rows):
        n_classes = len(rows.classes)
        return Binomial() if n_classes == 2 else Multinomial(n_classes)

    @rowwise
    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``.
        """
        eta = self.decision_function(X)
        return chances(eta[:, np.newaxis] if eta.ndim == 1 else eta)

    @rowwise
    def predict_log_proba(self, X):
        """Logarithm of the probability of each class, exact where probabilities underflow.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        eta = self.decision_function(X)
        return log_chances(eta[:, np.newaxis] if eta.ndim == 1 else eta)

    def _row_losses(self, X, y):
        """Log-loss; a label the model does not know counts as the smallest probability floats can tell from 0."""
        y = column_or_1d(y)
        log_proba = self.predict_log_proba(X)
        known = np.isin(y, self.classes_)
        at = np.where(known, self.classes_.searchsorted(y), 0).clip(max=len(self.classes_) - 1)
        floor = np.log(np.finfo(np.float64).tiny)
        return -np.where(known, log_proba[np.arange(len(y)), at], floor)
