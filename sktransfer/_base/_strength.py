"""A twin's strength parameter (alpha, C) and what it means on the scale of a plain sum of losses."""

from typing import NamedTuple

import numpy as np


class StrengthParameter(NamedTuple):
    """The name of a hyper-parameter, and whether it is one over the strength, as C.

    Attributes
    ----------
    name : str
    inverse : bool
    """

    name: str
    inverse: bool

    def of(self, strength):
        """The parameter's value for a strength."""
        return float(self._turned(strength))

    def to(self, value):
        """The strength for a parameter's value (of several, the mean)."""
        return float(self._turned(value if isinstance(value, float) else np.mean(value)))

    def each(self, value, shape):
        """Strength of each slope.

        Parameters
        ----------
        value : float or array-like of shape (n_features,)
        shape : (n_outputs, n_features)

        Returns
        -------
        ndarray of shape (n_outputs, n_features)

        Raises
        ------
        ValueError
            For another shape, or negative or missing numbers.
        """
        array = np.asarray(value, dtype=np.float64)
        if array.shape not in ((), shape[1:]):
            raise ValueError(
                f"{self.name} has shape {array.shape}; give one number, or one for each of {shape[1]} features"
            )
        return np.broadcast_to(self._turned(self.checked(array)), shape)

    def checked(self, array):
        """The array, without negative or missing numbers."""
        if np.any(np.isnan(array)) or np.any(array < 0):
            raise ValueError(f"{self.name} must not be negative or NaN, got {array.tolist()!r}")
        return array

    def _turned(self, value):
        """The value, or one over it; one over nothing is infinite."""
        if not self.inverse:
            return value
        if isinstance(value, float) and value != 0:
            return 1.0 / value
        with np.errstate(divide="ignore"):
            return np.divide(1.0, value)
