"""The rows a fit works on, checked and laid out; and the checks that all twins share."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import assert_all_finite, check_X_y

from sktransfer._base._joined import Joined
from sktransfer._utils._compat import check_sample_weight, validate_data

_READS = {"accept_sparse": ("csr", "csc"), "dtype": (np.float64, np.float32)}


class Rows(NamedTuple):
    """Checked training rows.

    Attributes
    ----------
    design : Design
    y : ndarray
        Targets in the form the loss takes.
    weight : ndarray of shape (n_samples,)
        Weights of the fit: the user's times the class weights.
    sample_weight : ndarray of shape (n_samples,)
        The user's weights; held-out errors are averaged with these.
    dtype : numpy dtype
        Of X: fitted attributes have it, too.
    classes : ndarray or None
        All labels of the fitted model, in order; None for regressors.
    shown : ndarray of shape (n_outputs,) of bool
        Outputs that some row shows.
    sums : tuple of (CurvatureStatistics, float)
        What is known of further rows, each with the factor of its loss.
    """

    design: object
    y: np.ndarray
    weight: np.ndarray
    sample_weight: np.ndarray
    dtype: object
    classes: object
    shown: np.ndarray
    sums: tuple = ()

    @property
    def n_weighed(self):
        """Rows that weigh something."""
        if self.design.summed is not None:
            return self.design.summed.n_rows
        return self.weight.n_weighed if self.design.in_blocks else np.count_nonzero(self.weight)

    @property
    def total_weight(self):
        """Sum of the user's weights, those of rows known by sums included."""
        return float(self.sample_weight.sum()) + sum(factor * known.weight for known, factor in self.sums)


def check_rows(estimator, X, y, sample_weight, **options):
    """Validate X, y and weights as scikit-learn does; nothing of the user's is changed.

    Returns
    -------
    (X, y, weight)
        X: float32 or float64 array or CSR or CSC matrix, or, where ``X`` is :class:`Joined`, a StackedDesign; weight:
        float64, not negative, not all zero.

    Raises
    ------
    ValueError
        For NaN, infinity, wrong shapes, negative weights, or weights that are all zero.
    """
    if isinstance(X, Joined):
        return X.checked(lambda lot, first: _check_lot(estimator, lot, first, options))
    X, y = validate_data(estimator, X, y, **_READS, **options)
    return X, y, _check_weight(sample_weight, X)


def _check_lot(estimator, lot, first, options):
    """(X, y, weight) of one lot of rows; the first says what the features are called."""
    if first:
        return check_rows(estimator, lot.X, lot.y, lot.sample_weight, **options)
    options = {name: value for name, value in options.items() if name != "reset"}
    try:
        X, y = check_X_y(lot.X, lot.y, **_READS, **options)
        return X, y, _check_weight(lot.sample_weight, X)
    except ValueError as error:
        raise ValueError(f"the rows of {lot.who} cannot be used: {error}") from error


def _check_weight(sample_weight, X):
    """One weight per row, float64: not negative, not all zero."""
    if sample_weight is None:
        return np.ones(X.shape[0])
    weight = require_weights(check_sample_weight(sample_weight, X, dtype=np.float64))
    require_some_weight(np.max(weight, initial=0.0))
    return weight


def require_weights(weight):
    """``weight``, if finite and not negative."""
    assert_all_finite(weight, input_name="sample_weight")
    if np.any(weight < 0):
        raise ValueError(
            f"sample_weight must not be negative, its smallest entry is {weight.min()}. "
            "Leave rows out with weight zero instead."
        )
    return weight


def require_some_weight(most):
    """Refuse rows of no weight; ``most`` is the largest weight, or their sum."""
    if not most > 0:
        raise ValueError("sample_weight is zero for all rows, so there is nothing to fit. Give some row a weight.")
