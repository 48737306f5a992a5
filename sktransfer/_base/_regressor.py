"""Linear twins that predict numbers."""

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from sktransfer._base._block_rows import unread
from sktransfer._base._linear import LinearTransfer
from sktransfer._base._rowwise import gathered, rowwise
from sktransfer._base._validate import Rows, check_rows
from sktransfer._designs import as_design
from sktransfer._utils._compat import validate_data


class LinearTransferRegressor(MultiOutputMixin, RegressorMixin, LinearTransfer):
    """Base of the linear regressors: one output or several."""

    _likelihood = "squares"

    def _validate(self, X, y, sample_weight, source):
        X, y, weight = check_rows(self, X, y, sample_weight, multi_output=True, y_numeric=True)
        self._one_dimensional = y.ndim == 1 or y.shape[1] == 1
        y = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        shown = np.ones(y.shape[1], dtype=bool)
        return Rows(as_design(X), y, weight, weight, X.dtype, None, shown)

    def _reads_alike(self, source, rows):
        return True

    def _lay_out(self, blocks):
        n_outputs = 1 if len(blocks.y_shape) == 1 else blocks.y_shape[1]
        self._one_dimensional = n_outputs == 1
        return unread(blocks, (None, n_outputs), shown=np.ones(n_outputs, dtype=bool))

    def _information_rows(self, X, y, sample_weight):
        if y is None:
            y = np.zeros((X.shape[0], np.size(self.intercept_)))
        X, y, weight = check_rows(self, X, y, sample_weight, multi_output=True, y_numeric=True, reset=False)
        y = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        return Rows(as_design(X), y, weight, weight, X.dtype, None, np.ones(y.shape[1], dtype=bool))

    score = gathered(RegressorMixin.score)

    def _publish_model(self, coef, intercept, source):
        shape = (lambda rows: rows[0]) if self._one_dimensional else (lambda rows: rows)
        dtype = self._dtype
        return {
            "coef_": shape(coef).astype(dtype),
            "intercept_": self._publish_intercept(shape(intercept)),
            "delta_": shape(coef - source.coef).astype(dtype),
            "source_coef_": shape(source.coef).astype(dtype),
        }

    def _publish_intercept(self, intercept):
        if not self.fit_intercept and not np.any(intercept):
            return 0.0
        return np.asarray(intercept).astype(self._dtype)[()]

    @rowwise
    def predict(self, X):
        """Predict the target's outputs.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), reset=False)
        return X @ self.coef_.T + self.intercept_

    def _row_losses(self, X, y):
        error = np.asarray(y, dtype=np.float64) - self.predict(X)
        return np.mean(error.reshape(len(error), -1) ** 2, axis=1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
