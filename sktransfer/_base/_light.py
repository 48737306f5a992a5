"""How lightly factors of several sources are held: C in (beta - 1/K)' C (beta - 1/K) / 2.

    C = light 1 1' + v (I - 1 1' / K)

``light`` holds the factors' sum near one, as it holds the one factor of one source: not at all for squared loss; 16 for
log-loss (one, give or take a quarter); twins say theirs. v holds what is between the factors near equal shares. It is
what one row of the target tells of a factor, on average over rows and sources (a unit-information prior):

    v = mean_k var_c(x . theta_k) / sum_i w_i,     var_c the sum of squares about the level, weighed by c = w loss''

with loss'' at no slopes, and at the best level where the loss is steep (log links). So it is one row against all there
are: it fades as they become many, knows no units of y, and leaves one answer however many sources there are and however
alike. Identical sources share their weight evenly and do together what one of them does alone; a source of twice the
size is another source. Where rows are held out, v stays as it is on all rows, as standardisation does.

References: Kass & Wasserman (1995), A Reference Bayesian Test for Nested Hypotheses and its Relationship to the Schwarz
Criterion.
"""

import numpy as np

from sktransfer._base._start import start_from
from sktransfer._objective import Objective, loss_term
from sktransfer._priors import Held
from sktransfer._solvers import Factor, choose_solver

_TOL = 1e-10
_DENSE = 1500


def light_on(members, rows, loss, light, fit_intercept):
    """C of each group of outputs with the same factors: (n_groups, n_sources, n_sources).

    Parameters
    ----------
    members : list of Source
        Aligned.
    rows : Rows
    loss : Loss
    light : float
        On the scale of a plain sum of losses.
    fit_intercept : bool
        Whether a level common to all rows says nothing of a factor.
    """
    size = len(members)
    v = _one_row(members, rows, loss, fit_intercept) if size > 1 else np.zeros(len(groups_of(loss, rows.shown)))
    return light * np.ones((size, size)) + v[:, np.newaxis, np.newaxis] * (np.eye(size) - 1 / size)


def groups_of(loss, shown):
    """Outputs with the same factors that some row shows, as masks: all of them where outputs interact."""
    return [shown & (np.arange(len(shown)) == k) for k in range(len(shown))] if loss.separable else [shown]


def columns_of(slopes, groups, layout):
    """Slopes as directions, zero for other outputs: (n_params, n_groups * n_sources)."""
    none = np.zeros(layout.n_outputs)
    return np.column_stack(
        [layout.join(np.where(group[:, np.newaxis], each, 0.0), none) for group in groups for each in slopes]
    )


def images(point, columns):
    """The second derivative times each column; without the matrix where parameters are many."""
    if point.objective.in_blocks or len(columns) <= _DENSE:
        return point.hessian() @ columns
    return np.column_stack([point.product(column) for column in columns.T])


def _one_row(members, rows, loss, fit_intercept):
    """v of each group: (n_groups,)."""
    objective = Objective([loss_term(rows.design, loss, rows.y, rows.weight)], [])
    point, groups = objective.at(_level(objective)), groups_of(loss, rows.shown)
    columns = columns_of([member.coef for member in members], groups, objective.layout)
    moved = images(point, columns)
    told = np.einsum("ij,ij->j", columns, moved)
    if fit_intercept:
        level = objective.layout.join(np.zeros_like(members[0].coef), 1.0)
        levels = np.diag(level)[:, level > 0][:, rows.shown]
        against = levels.T @ moved
        told = told - np.einsum("ij,ij->j", against, Factor(levels.T @ images(point, levels)).solve(against))
    v = np.maximum(told, 0.0).reshape(len(groups), -1).mean(axis=1) / objective.total_weight
    return np.where(v > 0, v, 1.0)  # of rows that tell nothing any pull makes shares even


def _level(objective):
    """No slopes, and the best intercept of a loss that has no bound on its curvature: (n_params,)."""
    layout, theta = objective.layout, np.zeros(objective.layout.n_params)
    if objective.terms[0].loss.level is None:
        return theta
    held = Held.at(theta, np.arange(layout.n_params) < layout.n_coefs)
    null = Objective(objective.terms, [held])
    return choose_solver("auto", null).solve(null, start_from(null, theta), tol=_TOL).theta
