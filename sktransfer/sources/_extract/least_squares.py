"""LinearRegression, Ridge, RidgeCV: squared loss, no penalty or a quadratic one.

Ridge minimises sum r^2 + alpha ||coef||^2, twice sum r^2 / 2 + alpha / 2 ||coef||^2: its curvature is alpha.
"""

from sktransfer.sources._extract._fit import LinearFit


def read_linear(est):
    """LinearRegression."""
    return LinearFit(est.coef_, est.intercept_, "identity")


def read_ridge(est):
    """Ridge, with one alpha or one for each output."""
    return LinearFit(est.coef_, est.intercept_, "identity", penalty=lambda total: (est.alpha, 0.0))


def read_ridge_cv(est):
    """RidgeCV, with the alpha it chose."""
    return LinearFit(est.coef_, est.intercept_, "identity", penalty=lambda total: (est.alpha_, 0.0))


READERS = {"LinearRegression": read_linear, "Ridge": read_ridge, "RidgeCV": read_ridge_cv}
