"""The Hessian as if features did not meet in a row: what it costs one visit to the rows to know.

For one output with curvature c, priors' diagonal P and s = sum(c) + P_intercept, features are taken about their mean
m = X'c / s, so that the intercept stands alone; what is left is a diagonal:

    M = [I m; 0 1] diag(D, s) [I 0; m' 1],     D = (X^2)'c + P - s m^2
"""

import numpy as np

_LEAST = 1e-10


class CentredDiagonal:
    """``M``, block by block for several outputs; :meth:`solve` gives ``M^-1 b``.

    Positive definite whatever the data: where the rows and priors say nothing, and where a feature is all but
    constant, a small or unit curvature stands in. Where directions are held, it is the diagonal of ``B'diag(H) B`` for
    their basis B.

    Parameters
    ----------
    point : Point
    """

    def __init__(self, point):
        objective = point.objective
        self._layout, self._means, self._diagonal = objective.layout, None, point.hessian_diagonal
        if objective.held is not None:
            self._diagonal = objective.held.basis.power(2).T @ self._diagonal
        elif self._layout.fit_intercept:
            self._centre(point)
        self._diagonal = np.where(self._diagonal > 0, self._diagonal, 1.0)

    def _centre(self, point):
        """Take features about their mean under each output's curvature."""
        slopes, constants = self._layout.split(self._diagonal)
        sums = np.stack([sums for sums, _, _ in point.hessian_moments])
        self._means = sums / np.where(constants > 0, constants, 1.0)[:, np.newaxis]
        slopes = np.maximum(slopes - self._means * sums, _LEAST * slopes)
        self._diagonal = self._layout.join(slopes, constants)

    def solve(self, right):
        """``M^-1 right``: (n_free,) -> (n_free,)."""
        if self._means is None:
            return right / self._diagonal
        coef, intercept = self._layout.split(right)
        centred = self._layout.join(coef - self._means * intercept[:, np.newaxis], intercept)
        centred /= self._diagonal
        coef, intercept = self._layout.split(centred)
        intercept -= np.einsum("kj,kj->k", self._means, coef)
        return centred
