"""Which strengths are tried: those that are given, or what suits the rows."""

import numpy as np

from sktransfer._objective import Objective
from sktransfer._priors import Held
from sktransfer._solvers import choose_solver

KAPPAS = np.logspace(-3, 3, 19)
LEAST, FEW_ROWS = 0.1, 40
SHARES = np.logspace(-3, 0, 13)


def as_grid(grid, strength):
    """A dict from parameter names to values."""
    if isinstance(grid, str):
        if grid != "auto":
            raise ValueError(f"grid must be 'auto', an array of values of {strength.name!r}, or a dict; got {grid!r}")
        return {}
    if isinstance(grid, dict):
        unknown = sorted(set(grid) - {strength.name, "intercept_penalty"})
        if unknown:
            raise ValueError(
                f"grid names {unknown[0]!r}, which is no borrowing parameter; they are {strength.name!r} and "
                "'intercept_penalty'"
            )
        return {name: values_of(name, values) for name, values in grid.items()}
    return {strength.name: values_of(strength.name, grid)}


def values_of(name, values):
    """The grid's values of one parameter: a list of floats."""
    values = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if values.size == 0 or not np.all(values >= 0):
        raise ValueError(f"grid must hold one or more values of {name!r}, none negative or NaN; got {values.tolist()}")
    return values.tolist()


def automatic_strengths(objective, start):
    """From priors worth a tenth of the rows, or 160 / n rows, to a thousand times all; with kinks: up to a copy.

    The least is a thousandth. Weaker priors held out on few rows look good by chance too often.
    """
    if objective.smooth:
        n_rows = max(1, np.count_nonzero(objective.terms[0].weight))
        least = (1 - 1e-9) * LEAST * min(1, FEW_ROWS / n_rows) ** 2
        return natural_strength(objective, start) * KAPPAS[least <= KAPPAS]
    return copying_strength(objective, start) * SHARES


def natural_strength(objective, start):
    """The strength at which the prior weighs about as much as the target's rows: tr F / tr M at the source."""
    layout, term = objective.layout, objective.terms[0]
    point = objective.at(start)
    if not np.isfinite(point.value):
        return 1.0
    curvature = point.curvatures[0] if term.loss.smooth else term.loss.blunted(term.y, point.etas[0], term.weight)
    information = 0.0
    for k in range(layout.n_outputs):
        weight = np.ascontiguousarray(curvature.block(k, k))
        _, variance = term.design.mean_and_variance(weight) if weight.sum() > 0 else (None, np.zeros(1))
        information += float(variance.sum() * weight.sum())
    metric = float(objective.prior_diagonal()[: layout.n_coefs].sum())
    return information / metric if information > 0 and metric > 0 else 1.0


def copying_strength(objective, start):
    """The smallest strength at which nothing that has a kink leaves the prior's centre, the rest being fitted."""
    layout, prior = objective.layout, objective.priors[0]
    kinked, held = prior.kinked, objective.held
    centre = prior.resting if objective.lower is None else np.maximum(prior.resting, objective.lower)
    held = Held.at(centre, kinked) if held is None else held.also(centre, kinked)
    rest = Objective(objective.terms, [held], fit_intercept=layout.fit_intercept)
    theta = choose_solver("auto", rest).solve(rest, start).theta
    gradient = Objective(objective.terms, [], fit_intercept=layout.fit_intercept).at(theta).theta_gradient
    if objective.lower is not None:
        gradient = np.where(centre <= objective.lower, np.minimum(gradient, 0.0), gradient)
    left, right = prior.slopes(centre)
    against = np.where(gradient > 0, -left, right)
    holds = kinked & (against > 1e-10 * (prior.l1 + prior.other_l1))
    if objective.held is not None:
        holds &= np.diff(objective.held.basis.tocsr().indptr) > 0
    largest = float(np.max(np.abs(gradient[holds]) / against[holds], initial=0.0))
    return largest if largest > 0 else 1.0
