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
    along = _Along(source, rows, fit_intercept)
    if along.spread == 0:
        return 1.0
    term, nowhere = LossTerm(along.scores, loss, rows.y, rows.weight), np.zeros(along.layout.n_params)
    held = Held(nowhere, along.basis)
    rows_only = Objective([term], [held])
    first = np.eye(1, rows_only.n_free)[0]
    unit = first @ rows_only.at(nowhere).product(first) / rows_only.total_weight
    prior = GaussianPrior(nowhere, LowRankPrecision(np.sqrt(unit) * along.reader[:, np.newaxis]))
    objective = Objective([term], [prior, held])
    theta = choose_solver("auto", objective).solve(objective, nowhere).theta
    return max(float(along.reader @ theta), 0.0) / along.spread


class _Along:
    """The source's scores as features, one a class, and what is free of their coefficients: one factor, and levels.

    Attributes
    ----------
    scores : ndarray of shape (n_samples, n_outputs)
        Zero for classes of a one-vs-rest model that no row shows: they say nothing of the factor.
    spread : float
        Standard deviation of the scores about the classes' means.
    basis : ndarray of shape (n_params, 1 + n_levels)
        Its first column is the source itself, of unit spread.
    reader : ndarray of shape (n_params,)
        The factor, of unit spread, is ``reader @ theta``.
    """

    def __init__(self, source, rows, fit_intercept):
        n_outputs = len(source.coef)
        self.layout = Layout(n_outputs, n_outputs, True)
        counts = rows.shown if source.one_vs_rest else np.ones_like(rows.shown)
        self.scores, total = rows.design.matvec(source.coef) * counts, rows.weight.sum()
        level = -(rows.weight @ self.scores) / total if fit_intercept else source.intercept * counts
        self.spread = float(np.sqrt(rows.weight @ np.sum((self.scores + level) ** 2, axis=1) / total))
        if self.spread > 0:
            own = self.layout.join(np.eye(n_outputs), level) / self.spread
            levels = _levels(rows.shown, tied=not source.one_vs_rest) if fit_intercept else np.zeros((n_outputs, 0))
            self.basis = np.column_stack([own, np.vstack([np.zeros((n_outputs**2, levels.shape[1])), levels])])
            self.reader = self.layout.join(np.eye(n_outputs), 0.0) * self.spread / n_outputs


def _levels(shown, tied):
    """One free level for each class that some row shows; where classes share a softmax the others follow their mean."""
    levels = np.eye(len(shown))[:, shown]
    if tied:
        levels[~shown] = 1.0 / np.count_nonzero(shown)
    return levels
