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

    @property
    def of_one_output(self):
        """The layout of a single output."""
        return self._replace(n_outputs=1)
