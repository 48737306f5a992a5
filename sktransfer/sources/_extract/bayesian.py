"""BayesianRidge and ARDRegression: squared loss with noise precision alpha, a Gaussian prior of precision lambda.

On the scale of squared loss r^2 / 2 the penalty's curvature is lambda / alpha. The posterior covariance ``sigma_`` of
the slopes, the intercept marginalised, is known without any rows: its inverse over alpha is their precision. ARD leaves
a slope out where its lambda has grown beyond a threshold; what is known of it is its prior.
"""

import numpy as np

from sktransfer.sources._extract._fit import LinearFit
from sktransfer.sources._precision import symmetrise


def read_bayesian_ridge(est):
    """BayesianRidge."""
    return _read(est, np.full(len(est.coef_), est.lambda_), np.ones(len(est.coef_), dtype=bool))


def read_ard(est):
    """ARDRegression."""
    return _read(est, est.lambda_, est.lambda_ < est.threshold_lambda)


def _read(est, strength, kept):
    precision = np.diag(np.append(strength, 0.0)) / est.alpha_
    at = np.flatnonzero(kept)
    if len(at):
        precision[np.ix_(at, at)] = symmetrise(np.linalg.inv(est.sigma_)) / est.alpha_
    return LinearFit(
        est.coef_,
        est.intercept_,
        "identity",
        penalty=lambda total: (strength[np.newaxis] / est.alpha_, 0.0),
        precision=precision,
    )


READERS = {"ARDRegression": read_ard, "BayesianRidge": read_bayesian_ridge}
