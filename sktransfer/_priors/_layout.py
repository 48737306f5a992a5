"""How parameters stand in one flat vector: the only place that knows.

Conventions
-----------
``theta = [coef of output 0, ..., coef of output K-1, intercept of outputs 0..K-1]``: coefficients class by
class, then the intercepts (none when no intercept is fitted). ``coef`` is (K, p), ``intercept`` is (K,).
"""

from typing import NamedTuple

import numpy as np


class Layout(NamedTuple):
    """Shape of a linear model's parameters.

    Attributes
    ----------
    n_outputs, n_features : int
    fit_intercept : bool
        Whether the vector holds intercepts.
    """

    n_outputs: int
    n_features: int
    fit_intercept: bool = True

    @property
    def n_coefs(self):
        """Number of slopes."""
        return self.n_outputs * self.n_features

    @property
    def n_params(self):
        """Length of the flat vector."""
        return self.n_coefs + self.n_outputs * self.fit_intercept

    def split(self, theta):
        """Views (coef (K, p), intercept (K,) or None) of a flat vector."""
        coef = theta[: self.n_coefs].reshape(self.n_outputs, self.n_features)
        return coef, theta[self.n_coefs :] if self.fit_intercept else None

    def join(self, coef, intercept=None):
        """The flat vector of ``coef`` and ``intercept`` (left out when no intercept is fitted)."""
        theta = np.empty(self.n_params)
        theta[: self.n_coefs] = np.reshape(coef, -1)
        if self.fit_intercept:
            theta[self.n_coefs :] = intercept
        return theta

    def output(self, k):
        """Positions of output ``k``'s parameters: its slopes, then its intercept."""
        slopes = np.arange(k * self.n_features, (k + 1) * self.n_features)
        return np.append(slopes, self.n_coefs + k) if self.fit_intercept else slopes

    def add_block(self, matrix, k, m, block):
        """Add ``block`` (q, q) to ``matrix`` (n_params, n_params), in place: rows of output ``k``, columns of ``m``."""
        p, own, other = self.n_features, self._slopes(k), self._slopes(m)
        matrix[own, other] += block[:p, :p]
        if self.fit_intercept:
            row, column = self.n_coefs + k, self.n_coefs + m
            matrix[own, column] += block[:p, p]
            matrix[row, other] += block[p, :p]
            matrix[row, column] += block[p, p]

    def block(self, matrix, k, m):
        """A copy (q, q) of what ``matrix`` (n_params, n_params) has in rows of output ``k`` and columns of ``m``."""
        q = self.n_features + self.fit_intercept
        result = np.empty((q, q))
        p, own, other = self.n_features, self._slopes(k), self._slopes(m)
        result[:p, :p] = matrix[own, other]
        if self.fit_intercept:
            row, column = self.n_coefs + k, self.n_coefs + m
            result[:p, p], result[p, :p], result[p, p] = matrix[own, column], matrix[row, other], matrix[row, column]
        return result

    def _slopes(self, k):
        return slice(k * self.n_features, (k + 1) * self.n_features)

    @property
    def of_one_output(self):
        """The layout of a single output."""
        return self._replace(n_outputs=1)
