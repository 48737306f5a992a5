"""What a fitted model says of each row, of Dask collections too: mapped over their blocks, nothing being computed."""

from functools import wraps

import numpy as np

from sktransfer._designs import in_memory, mapped_rows
from sktransfer._utils._lazy import is_dask


def rowwise(method):
    """A method of (self, X) that treats rows one by one: of a Dask collection it gives a lazy dask.array."""

    @wraps(method)
    def of_rows(self, X):
        return mapped_rows(lambda block: method(self, block), X) if is_dask(X) else method(self, X)

    return of_rows


def gathered(score):
    """A scikit-learn ``score``, which asks for predictions only; of Dask collections these are gathered."""

    @wraps(score)
    def of_rows(self, X, y, sample_weight=None):
        if not is_dask(X):
            return score(self, X, y, sample_weight)
        return score(_Said(in_memory(self.predict(X))), None, in_memory(y), in_memory(sample_weight))

    return of_rows


class _Said:
    """Predictions in the place of their estimator."""

    def __init__(self, predictions):
        self._predictions = np.asarray(predictions)

    def predict(self, X):
        """The predictions."""
        return self._predictions
