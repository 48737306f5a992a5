"""The judge: objective and gradient from the definition, independent of every competitor, the library included.

objective          = (sum_i loss(y_i, eta_i) + delta . pull(delta) / 2) / n_samples,    delta = coef - source_coef
gradient_coef      = sum_i residual_i x_i + pull(delta),                                pull(delta) = strength * M delta
gradient_intercept = sum_i residual_i,             residual_i = d loss(y_i, eta_i) / d eta_i = mean(eta_i) - y_i
certificate        = max |gradient| / n_samples, or, where the loss has kinks, the relative duality gap (gap.py)

A solution *meets* what was asked for up to ``tol``; it is *shown as failed* above twice that.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logsumexp, softmax

from benchmarks import gap

FAILED = 2.0  # times the tolerance
ENTRIES = 1 << 23  # of X that are read at once


class Verdict(NamedTuple):
    """What the judge found.

    Attributes
    ----------
    certificate : float
        ``max |gradient| / n_samples``; infinity where an intercept stands that should be zero. Of margin losses the
        relative duality gap.
    objective : float
        Per row.
    """

    certificate: float
    objective: float


def judge(problem, coef, intercept):
    """Certificate and value of the objective at a solution.

    Parameters
    ----------
    problem : Problem
    coef : array-like
        scikit-learn's shapes: (1, n_features) is read as (n_features,).
    intercept : float or array-like

    Returns
    -------
    Verdict
    """
    coef = np.asarray(coef, dtype=np.float64).reshape(problem.coef_shape)
    intercept = np.asarray(intercept, dtype=np.float64).reshape(problem.coef_shape[:-1])
    if problem.by_gap:
        return Verdict(*gap.verdict(problem, coef, float(intercept)))
    value, slopes, level = 0.0, np.zeros(problem.coef_shape), 0.0
    for rows in _blocks(problem.X.shape):
        X = problem.X[rows]
        losses, residual = LOSSES[problem.loss](problem.y[rows], X @ coef.T + intercept)
        value += losses.sum()
        slopes += (X.T @ residual).T
        level = level + residual.sum(axis=0)
    delta = coef - problem.centre
    pull = problem.pull(delta)
    objective = float((value + np.sum(delta * pull) / 2) / len(problem.y))
    if not problem.fit_intercept:
        level = np.where(intercept == 0, 0.0, np.inf)
    largest = np.max([np.abs(slopes + pull).max(), np.abs(level).max()])
    return Verdict(float(largest / len(problem.y)), objective)


def meets(problem, certificate):
    """Whether a certificate is what was asked for; NaN is not."""
    return bool(certificate <= problem.tol)


def passes(problem, certificate):
    """Whether a certificate is not shown as failed: within twice what was asked for; NaN is not."""
    return bool(certificate <= FAILED * problem.tol)


def _blocks(shape):
    """Slices of rows of about ``ENTRIES`` entries."""
    step = max(1, ENTRIES // max(shape[1], 1))
    return [slice(start, start + step) for start in range(0, shape[0], step)]


def _squared(y, eta):
    return (eta - y) ** 2 / 2, eta - y


def _binomial(y, eta):
    return np.logaddexp(0.0, eta) - y * eta, expit(eta) - y


def _poisson(y, eta):
    mean = np.exp(eta)
    return mean - y * eta, mean - y


def _multinomial(y, eta):
    losses = logsumexp(eta, axis=1) - eta[np.arange(len(y)), y]
    return losses, softmax(eta, axis=1) - np.eye(eta.shape[1])[y]


LOSSES = {"squared": _squared, "binomial": _binomial, "poisson": _poisson, "multinomial": _multinomial}
