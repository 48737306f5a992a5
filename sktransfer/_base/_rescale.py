"""A classifier on another scale as a source: margins, or signs, for log-odds.

    minimise over rho, levels   sum_i w_i loss(y_i, rho * (x_i . coef_s) + level) + lambda rho^2 / 2,     rho >= 0

``loss`` is the twin's, and one factor rho serves all classes: the source's theta times rho is what the twin is pulled
to. The levels are free where the twin's intercept is; they take the rows' frequencies, so that rho need not, and are
then forgotten. lambda is the information about rho of one row, on average, at rho = 0 (the unit-information prior): it
keeps rho finite where the source tells the rows' classes apart without a fault.

References: Platt (1999), Probabilistic Outputs for Support Vector Machines. Kass & Wasserman (1995), A Reference
Bayesian Test for Nested Hypotheses and its Relationship to the Schwarz Criterion.
"""

import numpy as np

from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import GaussianPrior, Held, Layout, LowRankPrecision
from sktransfer._solvers import choose_solver


def fitted_factor(source, rows, loss, fit_intercept):
    """rho: how much of the source's scores the rows ask for.

    Parameters
    ----------
    source : Source
        Aligned.
    rows : Rows
    loss : Loss
        The twin's.
    fit_intercept : bool

    Returns
    -------
    float
        0 or more; 1 where the source's scores are the same for all rows, which say nothing then.
    """
    along = _Along(source, rows, loss, fit_intercept)
    if along.spread == 0:
        return 1.0
    term, nowhere = LossTerm(rows.design, loss, rows.y, rows.weight), np.zeros(along.layout.n_params)
    held = Held(nowhere, along.basis)
    rows_only = Objective([term], [held])
    unit = rows_only.at(nowhere).hessian()[0, 0] / rows_only.total_weight
    prior = GaussianPrior(nowhere, LowRankPrecision(np.sqrt(unit) * along.reader[:, np.newaxis]))
    objective = Objective([term], [prior, held])
    theta = choose_solver("auto", objective).solve(objective, nowhere).theta
    return max(float(along.reader @ theta), 0.0) / along.spread


class _Along:
    """The directions that are free: the source's own, of unit spread on the rows, and the levels.

    Attributes
    ----------
    spread : float
        Standard deviation of the source's scores about the classes' means.
    basis : ndarray of shape (n_params, 1 + n_levels)
    reader : ndarray of shape (n_params,)
        The factor of ``theta`` is ``reader @ theta``.
    """

    def __init__(self, source, rows, loss, fit_intercept):
        self.layout = Layout(*source.coef.shape, True)
        shown = rows.shown if source.one_vs_rest else np.ones_like(rows.shown)
        coef, level = source.coef * shown[:, np.newaxis], source.intercept * shown
        scores, total = rows.design.matvec(coef), rows.weight.sum()
        if fit_intercept:
            level = -(rows.weight @ scores) / total
        self.spread = float(np.sqrt(rows.weight @ np.sum((scores + level) ** 2, axis=1) / total))
        if self.spread > 0:
            own = self.layout.join(coef, level) / self.spread
            levels = _levels(rows.shown, tied=not source.one_vs_rest) if fit_intercept else np.zeros((len(level), 0))
            self.basis = np.column_stack([own, np.vstack([np.zeros((coef.size, levels.shape[1])), levels])])
            self.reader = self.layout.join(coef, 0.0) * self.spread / np.sum(coef**2)


def _levels(shown, tied):
    """One free level for each class that some row shows; where classes share a softmax the others follow their mean."""
    levels = np.eye(len(shown))[:, shown]
    if tied:
        levels[~shown] = 1.0 / np.count_nonzero(shown)
    return levels
