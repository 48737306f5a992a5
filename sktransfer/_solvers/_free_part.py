"""A problem with held directions as a smaller one of what is free: rows, prior and start in free coordinates.

    theta = centre + B u:     A theta + offset = (A B) u + (A centre + offset),     P -> B' P B about u = 0

A source that is recalibrated leaves one or two numbers to be fitted.
"""

import numpy as np

from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, GaussianPrior

_MOST = 20


def free_part(objective):
    """The same problem in its free coordinates, none of them held.

    Parameters
    ----------
    objective : Objective

    Returns
    -------
    Objective or None
        None where nothing, everything or too little is held, or the prior pulls elsewhere than to the coordinates'
        origin.
    """
    if objective.held is None or not 0 < objective.n_free <= _MOST or not _of_one_kind(objective):
        return None
    term, layout, basis = objective.terms[0], objective.layout, objective.held.basis.toarray()
    centre, pull = objective.held.centre, np.zeros(len(basis))
    precision = np.zeros((basis.shape[1], basis.shape[1]))
    for prior in objective.priors:
        pull += prior.gradient(centre)
        precision += basis.T @ np.column_stack([prior.product(column) for column in basis.T])
    if np.any(basis.T @ pull):
        return None
    rows = np.column_stack([term.direction(layout, column)[:, 0] for column in basis.T])
    alone = LossTerm(rows, term.loss, term.y, term.weight, term.predict(layout, centre))
    prior = GaussianPrior(np.zeros(len(precision)), DensePrecision(precision))
    return Objective([alone], [prior], fit_intercept=False)


def _of_one_kind(objective):
    """Whether it is one term in memory of one output, with Gaussian priors and no bounds."""
    return (
        len(objective.terms) == 1
        and objective.layout.n_outputs == 1
        and objective.lower is None
        and not objective.in_blocks
        and all(isinstance(prior, GaussianPrior) for prior in objective.priors)
    )
