"""What a reader finds in a fitted linear model."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def no_penalty(total_weight):
    """Curvature of no penalty, on slopes and on the intercept."""
    return 0.0, 0.0


class LinearFit(NamedTuple):
    """Coefficients, and what is needed for their precision.

    Attributes
    ----------
    coef : ndarray of shape (p,) or (K, p)
    intercept : float or ndarray of shape (K,)
    link : str
    classes : ndarray of shape (n_classes,) or None
    loss : {"squared", "logistic", "multinomial", "tweedie"} or None
        None where the information is not known here.
    penalty : callable
        Total weight -> curvature of the model's own penalty on slopes and on the intercept, each a float or
        of shape (K,), or for slopes (K, p), on the scale of a plain weighted sum of losses.
    class_weight : dict, "balanced" or None
    power : float
        The variance is the mean to this power, where the loss is "tweedie".
    precision : ndarray of shape (d, d) or None
        What the model itself says of how sure it is, without its rows: over [coef, row by row; intercepts].
    """

    coef: np.ndarray
    intercept: object
    link: str
    classes: np.ndarray | None = None
    loss: str | None = "squared"
    penalty: Callable = no_penalty
    class_weight: object = None
    power: float = 0.0
    precision: np.ndarray | None = None
