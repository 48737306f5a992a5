"""Where a fit starts: at the source, moved to the level of the rows where the loss knows how far that is.

Losses that grow like exp(eta) are flat far below the rows and overflow far above: Newton's method crosses one unit of
eta a step from above, and jumps out of sight from below. So

    1. the intercept, if it is free, moves by ``loss.level``, the best shift of all predictors
    2. if predictors are still far apart, the start with slopes of zero is taken where the objective is lower

Where rows are many, some of them tell the level. Where they lie in blocks, a visit to all is dear, and some are in
memory:

    3. the optimum for these is taken, where the objective is lower there
"""

import numpy as np

from sktransfer._solvers import choose_solver

_FAR = 30.0
_ROWS = 10_000
_FEWER = 4
_ROWS_PER_PARAMETER = 20
_ROUGHLY = 1e-3


def start_from(objective, theta):
    """``theta``, or a better point to start from.

    Parameters
    ----------
    objective : Objective
    theta : ndarray of shape (n_params,)
        The source's parameters.

    Returns
    -------
    ndarray of shape (n_params,)
        ``theta`` itself, where the loss has no ``level`` and the rows are in memory.
    """
    if objective.n_free == 0:
        return theta
    with objective.threads:
        theta = theta if objective.terms[0].loss.level is None else _start(objective, theta)
        return _best_of_some(objective, theta) if objective.in_blocks else theta


def _best_of_some(objective, theta):
    """``theta``, or the optimum for the rows that are in memory."""
    part = objective.every(1)
    some = 0 if part is None else part.n_samples
    if some < _ROWS_PER_PARAMETER * objective.n_free or _FEWER * some > objective.n_samples:
        return theta
    best = choose_solver("auto", part).solve(part, theta, tol=_ROUGHLY).theta
    return best if objective.at(best).value < objective.at(theta).value else theta


def _start(objective, theta):
    step = objective.n_samples // _ROWS
    part = (objective.every(step) if step > 1 or objective.in_blocks else None) or objective
    term, layout = part.terms[0], objective.layout
    eta = term.predict(layout, theta)
    start = _levelled(term, layout, theta, eta)
    reach = np.ptp(eta) if layout.fit_intercept else np.abs(eta).max()
    if reach <= _FAR and np.isfinite(objective.at(start).value):
        return start
    flat = np.zeros_like(theta)
    flat = _levelled(term, layout, flat, term.predict(layout, flat))
    values = [objective.at(point).value for point in (start, flat)]
    return flat if not values[0] <= values[1] else start


def _levelled(term, layout, theta, eta):
    """``theta`` with the best shift of all predictors."""
    if not layout.fit_intercept or not np.any(term.weight):
        return theta
    return theta + layout.join(np.zeros((1, layout.n_features)), [term.loss.level(term.y, eta, term.weight)])
