"""LinearRegression, Ridge, Lars and their kin: squared loss, no penalty or a quadratic one.

Ridge minimises sum r^2 + alpha ||coef||^2, twice sum r^2 / 2 + alpha / 2 ||coef||^2: its curvature is alpha. A
RidgeClassifier is a ridge of signs, -1 and 1, one output a class. Lars and OrthogonalMatchingPursuit stop early on
their way to least squares, which is no penalty.
"""

import numpy as np

from sktransfer._utils._compat import is_multilabel
from sktransfer.sources._extract._fit import LinearFit


def read_linear(est):
    """LinearRegression, Lars, LarsCV, OrthogonalMatchingPursuit, OrthogonalMatchingPursuitCV."""
    return LinearFit(est.coef_, est.intercept_, "identity")


def read_ridge(est):
    """Ridge, with one alpha or one for each output."""
    return LinearFit(est.coef_, est.intercept_, "identity", penalty=lambda total: (est.alpha, 0.0))


def read_ridge_cv(est):
    """RidgeCV, with the alpha it chose."""
    return LinearFit(est.coef_, est.intercept_, "identity", penalty=lambda total: (est.alpha_, 0.0))


def read_ridge_classifier(est):
    """RidgeClassifier."""
    return _read_signs(est, est.alpha)


def read_ridge_classifier_cv(est):
    """RidgeClassifierCV, with the alpha it chose."""
    return _read_signs(est, est.alpha_)


def _read_signs(est, alpha):
    """Two classes are one row; labels that do not exclude each other are outputs, not classes."""
    labels = is_multilabel(est)
    coef = est.coef_ if labels else np.atleast_2d(est.coef_)
    return LinearFit(
        coef,
        est.intercept_,
        "sign",
        classes=None if labels else est.classes_,
        penalty=lambda total: (alpha, 0.0),
        class_weight=est.class_weight,
    )


_UNPENALISED = ("LinearRegression", "Lars", "LarsCV", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV")

READERS = {
    **dict.fromkeys(_UNPENALISED, read_linear),
    "Ridge": read_ridge,
    "RidgeCV": read_ridge_cv,
    "RidgeClassifier": read_ridge_classifier,
    "RidgeClassifierCV": read_ridge_classifier_cv,
}
