"""What a design matrix must be able to do; nothing above this folder asks what X is.

Conventions
-----------
X is (n_samples, n_features); coefficients are (n_outputs, n_features) as scikit-learn's ``coef_``; predictions
and residuals are (n_samples, n_outputs), C-ordered. Results are float64 whatever the dtype of X.
"""

from abc import ABC, abstractmethod

import numpy as np


class Design(ABC):
    """A matrix of rows and features, reached only through products.

    To add one (memory-mapped, Gram-only, ...), write a file in this folder with a subclass that has the
    abstract methods below and ``accepts(X)``; :func:`as_design` finds it.
    """

    n_samples: int
    n_features: int
    sparse = False

    @classmethod
    @abstractmethod
    def accepts(cls, X):
        """Whether ``X`` is the kind of matrix that this class reads."""

    @abstractmethod
    def matvec(self, coef):
        """``X @ coef.T``: (n_outputs, n_features) -> (n_samples, n_outputs)."""

    @abstractmethod
    def rmatvec(self, residual):
        """``residual.T @ X``: (n_samples, n_outputs) -> (n_outputs, n_features)."""

    @abstractmethod
    def sandwich(self, weight):
        """``X.T @ diag(weight) @ X``: (n_samples,), not negative -> (n_features, n_features)."""

    @abstractmethod
    def outer(self, scale):
        """``X @ diag(scale) @ X.T``: (n_features,) -> (n_samples, n_samples)."""

    @abstractmethod
    def squares(self, weight):
        """``(X ** 2).T @ weight``: (n_samples,) -> (n_features,)."""

    @property
    def work(self):
        """Multiplications in one product with a vector."""
        return self.n_samples * self.n_features

    def sandwich_with_ones(self, weight):
        """``[X, 1].T @ diag(weight) @ [X, 1]``: (n_features + 1, n_features + 1)."""
        p = self.n_features
        result = np.empty((p + 1, p + 1))
        result[:p, :p] = self.sandwich(weight)
        result[:p, p] = result[p, :p] = self.rmatvec(weight[:, np.newaxis])[0]
        result[p, p] = weight.sum()
        return result

    def mean_and_variance(self, weight):
        """Weighted mean and (population) variance of each feature: two arrays (n_features,).

        The variance is taken about the mean, not as a difference of squares; it is exactly zero for a
        constant column up to rounding (then it is set to zero).
        """
        total = weight.sum()
        mean = self.rmatvec(weight[:, np.newaxis])[0] / total
        variance = self._centred_squares(mean, weight) / total
        rounding = 10 * np.finfo(np.float64).eps * max(self.n_samples, 1) * mean**2
        return mean, np.where(variance <= rounding, 0.0, variance)

    @abstractmethod
    def _centred_squares(self, mean, weight):
        """``((X - mean) ** 2).T @ weight``: (n_features,)."""
