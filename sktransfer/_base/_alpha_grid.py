"""Held-out predictors of the target's rows on a grid of alphas and strengths.

    alpha L_s + (1 - alpha) L_t + s (alpha u_s + (1 - alpha) u_t) prior

Squared loss with one Gaussian prior, free: :mod:`sktransfer._base._pencil`, exactly. Other smooth losses and priors,
one strength after the other: :mod:`sktransfer._base._alpha_path`. At alpha = 0 the sources' rows are dropped.
"""

import copy
from contextlib import nullcontext, suppress

import numpy as np

from sktransfer._base._alpha_path import AlphaPath
from sktransfer._base._path import held_out_path
from sktransfer._base._pencil import Pencil
from sktransfer._kernels import single_threaded_blas

_SMALL = 300


def held_out_grid(objective, start, alphas, strengths, units=(1.0, 1.0), tol=1e-6):
    """Each target row's predictor by the fit without it.

    Parameters
    ----------
    objective : Objective
        The target's term first, then the sources', none multiplied by its share; smooth priors at strength one.
    start : ndarray of shape (n_params,)
    alphas : ndarray of shape (n_alphas,)
        Between 0 and 1.
    strengths : ndarray of shape (n_strengths,)
        Positive and finite.
    units : (float, float), default=(1.0, 1.0)
        u_t and u_s: ones where a twin's loss is a sum over rows, the terms' total weights where it is a mean.
    tol : float, default=1e-6
        On ``max |gradient| / sum of weights``, where a road iterates.

    Returns
    -------
    ndarray of shape (n_strengths, n_alphas, n_samples, n_outputs)
        Not finite where a row cannot be left out.
    """
    alphas, strengths = np.asarray(alphas, dtype=np.float64), np.asarray(strengths, dtype=np.float64)
    shape = objective.terms[0].design.n_samples, objective.layout.n_outputs
    found, inside = np.empty((len(strengths), len(alphas), *shape)), np.flatnonzero(alphas > 0)
    if np.any(alphas == 0):
        alone = _alone(objective, objective.terms[:1])
        found[:, alphas == 0] = _stacked(held_out_path(alone, start, strengths * units[0], tol))[:, np.newaxis]
    if len(inside):
        order = inside[np.argsort(alphas[inside])]
        found[:, order] = _inside(objective, start, alphas[order], strengths, units, tol)
    return found


def _stacked(arrays):
    return np.stack(list(arrays))


def _inside(objective, start, alphas, strengths, units, tol):
    """Where the sources count: alphas ascending."""
    if Pencil.accepts(objective):
        with suppress(np.linalg.LinAlgError):
            return _stacked(Pencil(objective, _middle(alphas), units).held_out(alphas, strengths))
    # Small matrices, many of them: threads of BLAS's own would cost more than they save.
    with single_threaded_blas() if objective.n_free <= _SMALL else nullcontext():
        return _stacked(
            AlphaPath(_alone(objective, objective.terms, strength), units, tol).held_out(alphas, start)
            for strength in strengths
        )


def _middle(alphas):
    """In the middle of the log-odds."""
    inside = alphas[alphas < 1]
    if len(inside) == 0:
        return 0.5
    odds = np.log(inside / (1 - inside))
    return 1 / (1 + np.exp(-(odds.min() + odds.max()) / 2))


def _alone(objective, terms, strength=1.0):
    """The objective of some of its terms, its priors times a strength."""
    result = copy.copy(objective)
    result.terms, result.priors = list(terms), [prior.times(strength) for prior in objective.priors]
    result.constant_hessian = result.reduction = result.guess = None
    for name in ("total_weight", "gauge"):
        result.__dict__.pop(name, None)
    return result
