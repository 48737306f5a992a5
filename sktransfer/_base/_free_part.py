"""A problem with held directions as a smaller one of what is free: rows, prior and start in free coordinates.

    theta = centre + B u:     A theta + offset = (A B) u + (A centre + offset),     P -> B' P B about u = 0

A source that is recalibrated leaves one or two numbers to be fitted.
"""

import numpy as np

from sktransfer._base._leave_one_out import more_steps
from sktransfer._base._path import FINE, MAX_ITER, End
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, GaussianPrior
from sktransfer._solvers import CompiledProblem

_MOST = 20


def walked_free_part(objective, start, tol):
    """(held-out predictors (n_samples, 1), End) of a problem with few free coordinates, or None where it has more.

    Parameters
    ----------
    objective : Objective
    start : ndarray of shape (n_params,)
    tol : float
        On ``max |gradient| / sum of weights``.
    """
    if objective.held is None or not _takes(objective):
        return None
    if objective.n_free == 0:
        point = objective.at_free(np.zeros(0))
        return point.etas[0], End(point.theta, point.certificate, point.value, 0.0, solver="auto")
    small = _small(objective)
    if small is None or not CompiledProblem.accepts(small):
        return None
    walk = CompiledProblem(small).path(np.ones(1), objective.free(start), FINE * tol, MAX_ITER, more_steps(objective))
    if len(walk.thetas) == 0:
        return None
    certificate, value, information = walk.facts[0].tolist()
    theta, n_iter = objective.theta(walk.thetas[0]), max(int(walk.iterations[0]), 1)
    return walk.held_out[0][:, np.newaxis], End(theta, certificate, value, information, n_iter, "newton-cholesky")


def _takes(objective):
    return (
        len(objective.terms) == 1
        and objective.n_free <= _MOST
        and objective.lower is None
        and not objective.in_blocks
        and all(isinstance(prior, GaussianPrior) for prior in objective.priors)
    )


def _small(objective):
    """The same problem in free coordinates; None where the prior pulls elsewhere than to their origin."""
    term, layout, basis = objective.terms[0], objective.layout, objective.held.basis.toarray()
    centre, pull = objective.held.centre, np.zeros(len(basis))
    precision = np.zeros((basis.shape[1], basis.shape[1]))
    for prior in objective.priors:
        pull += prior.gradient(centre)
        precision += basis.T @ np.column_stack([prior.product(column) for column in basis.T])
    if layout.n_outputs > 1 or np.any(basis.T @ pull):
        return None
    rows = np.column_stack([term.direction(layout, column)[:, 0] for column in basis.T])
    alone = LossTerm(rows, term.loss, term.y, term.weight, term.predict(layout, centre))
    prior = GaussianPrior(np.zeros(len(precision)), DensePrecision(precision))
    return Objective([alone], [prior], fit_intercept=False)
