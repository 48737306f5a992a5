"""Held-out predictors along a path of strengths: one problem, its prior times s = s_1, s_2, ...

Three roads, the first that accepts:

1. squared loss: one eigendecomposition serves every strength, exactly (see :mod:`sktransfer._base._spectrum`)
2. small dense problems of one output: warm Newton steps in one compiled loop
3. everything else: one warm fit after the other, from the strongest pull to the weakest

More features than rows are first brought down to as many dimensions as there are rows, where the prior allows it.
"""

import copy
from contextlib import suppress

import numpy as np

from sktransfer._base._leave_one_out import held_out_predictions, more_steps
from sktransfer._base._spectrum import Spectrum
from sktransfer._solvers import CompiledProblem, Reduction, choose_solver, dual_refuses

_MAX_ITER = 100


def held_out_path(objective, start, strengths, tol):
    """Each row's predictor by the fit without it, for the prior times each strength.

    Parameters
    ----------
    objective : Objective
        Of one term and without held directions: at strength one.
    start : ndarray of shape (n_params,)
    strengths : ndarray of shape (n_strengths,)
        Positive and finite.
    tol : float
        On ``max |gradient| / sum of weights``, where a road iterates.

    Returns
    -------
    iterator of ndarray of shape (n_samples, n_outputs)
        In the order of ``strengths``. Not finite where a row cannot be left out.
    """
    if objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None:
        reduction = Reduction.of(objective)
        objective, start = reduction.objective, reduction.start(start)
    if Spectrum.accepts(objective):
        with suppress(np.linalg.LinAlgError):
            return Spectrum(objective, np.median(strengths)).held_out(strengths)
    return iter(_warm(objective, start, strengths, tol))


def _warm(objective, start, strengths, tol):
    """From the strongest pull to the weakest, each from where the last one ended."""
    order = np.argsort(strengths)[::-1]
    theta, found = start, []
    if CompiledProblem.accepts(objective) and objective.priors[0].linear:
        thetas, etas = CompiledProblem(objective).path(strengths[order], start, tol, _MAX_ITER, more_steps(objective))
        found = [eta[:, np.newaxis] for eta in etas]
        theta = thetas[-1] if len(thetas) else start
    for strength in strengths[order[len(found) :]]:
        weighed = copy.copy(objective)
        weighed.priors = [prior.times(strength) for prior in objective.priors]
        theta = choose_solver("auto", weighed).solve(weighed, theta, tol=tol, max_iter=_MAX_ITER).theta
        found.append(held_out_predictions(weighed, theta))
    return [found[place] for place in np.argsort(order)]
