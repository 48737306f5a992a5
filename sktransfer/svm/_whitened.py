"""A metric that ties features to each other, as a change of coordinates in which it is the identity.

    M = L L'      z = L^-1 x      coef_z = L' coef      Delta' M Delta = |Delta_z|^2

Rows in these coordinates are a dense copy: the ascent over rows visits them one by one.
"""

import numpy as np
from scipy.linalg import solve_triangular

from sktransfer._base import RawCoordinates
from sktransfer._designs import as_design


class WhitenedCoordinates(RawCoordinates):
    """Features mixed so that the metric is the identity.

    Parameters
    ----------
    metric : ndarray of shape (n_features, n_features)
        Symmetric.

    Raises
    ------
    ValueError
        If it is not positive definite.
    """

    def __init__(self, metric):
        try:
            self._root = np.linalg.cholesky(metric)
        except np.linalg.LinAlgError:
            raise ValueError(
                "metric must be positive definite for support vector machines: every direction needs some pull, but "
                f"its smallest eigenvalue is {np.linalg.eigvalsh(metric)[0]:.3g}. Add a small multiple of the identity."
            ) from None
        self._inverse = solve_triangular(self._root, np.eye(len(metric)), lower=True)

    def design(self, design):
        """The rows in these coordinates, copied."""
        return as_design(np.ascontiguousarray(design.matvec(self._inverse)))

    def into(self, coef, intercept):
        """Parameters in these coordinates."""
        return coef @ self._root, intercept

    def back(self, coef, intercept):
        """Parameters on the user's features."""
        return coef @ self._inverse, intercept

    def unchanged(self, equal):
        """A class's coefficients are the source's where all of them are so here."""
        return np.broadcast_to(equal.all(axis=1, keepdims=True), equal.shape)

    def guess(self, source, layout):
        """None: the source's information is about the user's features."""
        return None
