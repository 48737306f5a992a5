"""Margin losses have kinks, so they are judged by the relative duality gap, from the definition.

P(theta) = sum_i loss(s_i, a_i . theta)  +  strength / 2 * |theta - theta_source|^2
D(beta)  = sum_i (beta_i (s_i - a_i . theta_source) - ridge beta_i^2 / 2)  -  |sum_i beta_i a_i|^2 / (2 strength)

a_i = [x_i, 1]: the intercept is penalised as in liblinear; s_i = -1 or 1. The hinge max(0, 1 - s eta) has ridge 0 and
0 <= s_i beta_i <= 1; its square has ridge 1/2 and no upper bound.

certificate = (P(theta) - D) / P(theta)

D(beta) is below the optimum whatever beta is, so it does not matter who finds a good one. Ours does, once in a case and
far below the tolerance; its value is computed here.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sktransfer._designs import as_design
from sktransfer._losses import Hinge, SquaredHinge
from sktransfer._objective import LossTerm
from sktransfer._solvers._dual_ascent import Output


class MarginLoss(NamedTuple):
    """One loss: of the distance below the margin, and what its dual needs.

    Attributes
    ----------
    value : callable
        Of ``max(0, 1 - s * eta)``.
    ridge, most : float
        Of the dual variables.
    ours : type
        The loss of the library that finds a dual point.
    """

    value: object
    ridge: float
    most: float
    ours: type


LOSSES = {
    "hinge": MarginLoss(lambda short: short, 0.0, 1.0, Hinge),
    "squared_hinge": MarginLoss(np.square, 0.5, np.inf, SquaredHinge),
}
TIGHT = 1e-10


def verdict(problem, coef, intercept):
    """(certificate, objective per row) of a solution of a margin problem.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (n_features,)
    intercept : float
    """
    value = primal(problem, coef, intercept)
    return float((value - bound(problem)) / value), float(value / len(problem.y))


def primal(problem, coef, intercept):
    """P at a model."""
    short = np.maximum(0.0, 1.0 - signs(problem) * (problem.X @ coef + intercept))
    delta = np.append(coef - problem.centre, intercept - level(problem))
    return LOSSES[problem.loss].value(short).sum() + problem.strength / 2 * (delta @ delta)


def dual(problem, beta):
    """D at any dual variables: those outside their bounds are moved to them."""
    loss, sign = LOSSES[problem.loss], signs(problem)
    beta = sign * np.clip(sign * beta, 0.0, loss.most)
    offset = problem.X @ problem.centre + level(problem)
    pull = np.append(problem.X.T @ beta, beta.sum())
    return beta @ (sign - offset) - loss.ridge / 2 * (beta @ beta) - pull @ pull / (2 * problem.strength)


@lru_cache(maxsize=4)
def bound(problem):
    """The largest D that is known: below every model's P."""
    term = LossTerm(as_design(problem.X), LOSSES[problem.loss].ours(), problem.y)
    offset = np.asarray(problem.X @ problem.centre + level(problem))[:, np.newaxis]
    spread = np.full(problem.X.shape[1] + 1, 1 / problem.strength)
    return dual(problem, Output(term, 0, offset, spread).solve(TIGHT, 100_000, seed=0).dual)


def signs(problem):
    """-1 for class 0, 1 for class 1."""
    return 2.0 * problem.y - 1.0


def level(problem):
    """The source's intercept, or zero."""
    return problem.source_intercept if problem.has_source else 0.0
