"""A small data set that has the sums of a large one."""

import numpy as np

from sktransfer._designs._dense import DenseDesign


class SummedDesign(DenseDesign):
    """Rows with the moments of other rows; see :class:`Moments`.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
    summed : Moments
        Of [X, y] of the rows that it stands for.
    dtype : numpy dtype
        Of the rows that it stands for.
    n_counted : int
        Rows that it stands for.
    spread : Moments or None
        Of the features by the user's weights, where the rows have the moments by other weights.
    """

    n_counted = 0

    def __init__(self, X, summed, dtype, n_counted, spread=None):
        super().__init__(X)
        self.summed = summed
        self.dtype, self.n_counted, self._spread = dtype, n_counted, spread

    @classmethod
    def accepts(cls, X):
        """Never: it is built from moments."""
        return False

    def mean_and_variance(self, weight):
        """Of each feature, by the user's weights."""
        if self._spread is None:
            return super().mean_and_variance(weight)
        mean, variance = self._spread.mean, self._spread.scatter.diagonal() / self._spread.weight
        return np.array(mean), self._above_rounding(mean, variance)
