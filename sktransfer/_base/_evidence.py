"""How likely the rows are when the parameters are integrated out.

    Z = integral of  exp(-losses(theta) / phi) * prior(theta | phi)  over theta (and phi)

With V the objective at its optimum, H its second derivative there and P the prior's, over what is free of theta,

    log Z = -V + (log|P| - log|H|) / 2                                            labels and counts: phi = 1
    log Z = log gamma(n / 2) - n / 2 * log(2 pi V) + (log|P| - log|H|) / 2        a dispersion phi, of each output

by Laplace's approximation: exact for squared loss (a Student t density), else with an error like 1 / n.

- Losses count as half deviances, so log Z is relative to a perfect fit, and the likelihood is the one that the twin's
  objective says: sum of losses, priors beside it. Weights are repeated rows, n is their sum.
- phi (the noise variance of squared loss) is not known: it has the prior 1 / phi, and the twin's prior is on its scale,
  theta ~ N(centre, phi / P). Of gamma and Tweedie losses the density is the saddlepoint's, proportional to
  phi^(-n / 2) exp(-half deviance / phi), so that units of y do not matter. Counts have phi = 1.
- Directions that P leaves free (an intercept, a source's factor) have a flat prior, as high as the unit-information
  prior at its centre: log|P| takes the information of one row there, at predictors of zero (for links with a level:
  at the level of y). So candidates that leave different things free can be compared, and no fit is changed.
- Directions that neither rows nor priors see (a shift of all classes) are left out of both determinants.

References
----------
Tierney & Kadane (1986), Accurate approximations for posterior moments and marginal densities. Kass & Wasserman (1995),
A reference Bayesian test for nested hypotheses and its relationship to the Schwarz criterion. Jorgensen (1987),
Exponential dispersion models. O'Hagan & Forster (2004), Kendall's Advanced Theory of Statistics 2B, chapter 11.
"""

import copy
from contextlib import suppress

import numpy as np
from numpy.linalg import LinAlgError, cholesky, eigh, eigvalsh
from scipy.special import gammaln

from sktransfer._solvers import Reduction, choose_solver, dual_refuses

_MAX_ITER = 100
_NONE = 64 * np.finfo(np.float64).eps


def log_evidence(objective, theta, dispersion=None):
    """log Z of the formula above.

    Parameters
    ----------
    objective : Objective
        Smooth, without bounds, its rows in memory.
    theta : ndarray of shape (n_params,)
        Its minimiser.
    dispersion : float, default=None
        phi, where it is known; None: integrated out where the loss has one, else 1.

    Returns
    -------
    float
    """
    with objective.threads:
        objective, theta = _in_few_dimensions(objective, theta)
        point = objective.at(theta)
        fit = _integrated(point) if dispersion is None else _known(point, dispersion)
        return fit + 0.5 * _log_shrinkage(point) if np.isfinite(fit) else -np.inf


def evidence_path(objective, start, strengths, tol):
    """log Z for the prior times each strength, each fit from where the last one ended, the strongest pull first.

    Parameters
    ----------
    objective : Objective
        At strength one.
    start : ndarray of shape (n_params,)
    strengths : ndarray of shape (n_strengths,)
        Positive and finite.
    tol : float
        On ``max |gradient| / sum of weights``.

    Returns
    -------
    ndarray of shape (n_strengths,)
        Minus infinity where means overflow. Where a fit stops early, a lower bound.
    """
    found, theta = np.full(len(strengths), -np.inf), start
    if not np.isfinite(objective.at(start).value):
        return found
    with objective.threads, suppress(FloatingPointError):
        objective, theta = _in_few_dimensions(objective, theta)
        if objective.quadratic:
            objective.at(theta).loss_hessian()  # kept, for all strengths
        for place in np.argsort(strengths)[::-1]:
            weighed = copy.copy(objective)
            weighed.priors = [prior.times(strengths[place]) for prior in objective.priors]
            theta = choose_solver("auto", weighed).solve(weighed, theta, tol=tol, max_iter=_MAX_ITER).theta
            found[place] = log_evidence(weighed, theta)
    return found


def _in_few_dimensions(objective, theta):
    """(objective, theta), of more features than rows in as many dimensions as there are rows: the same evidence."""
    if objective.layout.n_features <= objective.n_samples or dual_refuses(objective) is not None:
        return objective, theta
    reduction = Reduction.of(objective)
    return reduction.objective, reduction.start(theta)


def _known(point, phi):
    """``-V / phi``, less what normalises a density with a dispersion."""
    loss, misfits = point.objective.terms[0].loss, _misfits(point)
    normaliser = 0.5 * len(misfits) * point.objective.total_weight * np.log(2 * np.pi * phi) if loss.dispersed else 0.0
    return -float(misfits.sum()) / phi - normaliser


def _integrated(point):
    """The same with each output's own phi integrated out, where the loss has one."""
    if not point.objective.terms[0].loss.dispersed:
        return _known(point, 1.0)
    misfits = _misfits(point)
    half = 0.5 * point.objective.total_weight * point.objective.layout.n_outputs / len(misfits)
    misfits = np.maximum(misfits, np.finfo(np.float64).tiny)
    return float(np.sum(gammaln(half) - half * np.log(2 * np.pi * misfits)))


def _misfits(point):
    """V, of each output where losses and priors do not tie them: (K,) or (1,)."""
    objective, layout = point.objective, point.objective.layout
    pairs = zip(objective.terms, point.etas, strict=True)
    rows = sum(term.loss.half_deviances(term.y, eta, term.weight) for term, eta in pairs)
    if len(rows) > 1:
        outputs = [layout.output(k) for k in range(layout.n_outputs)]
        cuts = [[prior.cut(output) for prior in objective.priors] for output in outputs]
        if all(prior is not None for priors in cuts for prior in priors):
            by_output = zip(cuts, outputs, strict=True)
            return rows + [sum(prior.value(point.theta[at]) for prior in priors) for priors, at in by_output]
    return rows.sum(keepdims=True) + sum(prior.value(point.theta) for prior in objective.priors)


def _log_shrinkage(point):
    """``log|P| - log|H|`` over the directions that priors or rows see, in any one basis of them."""
    objective = point.objective
    if objective.n_free == 0:
        return 0.0
    beliefs = np.zeros((objective.layout.n_params,) * 2)
    for prior in objective.priors:
        if not prior.of_rows:
            prior.add_to(beliefs)
    along, free, log_prior = _split(objective.reduce(beliefs), _magnitude(objective))
    if free.shape[1]:
        values, vectors = eigh(_of_one_row(objective, free))
        seen = values > _NONE * len(values) * max(values[-1], np.finfo(np.float64).tiny)
        free, log_prior = free @ vectors[:, seen], log_prior + np.log(values[seen]).sum()
    hessian = point.hessian()
    across = along(hessian @ free)
    inner = np.block([[along(along(hessian).T), across], [across.T, free.T @ hessian @ free]])
    return log_prior - _log_det(inner)


def _magnitude(objective):
    """The diagonal of the priors' precision over free coordinates if nothing in it cancelled: (n_free,)."""
    whole = np.zeros(objective.layout.n_params)
    for prior in objective.priors:
        if not prior.of_rows:
            whole += prior.precision.magnitude()
    return whole if objective.held is None else (abs(objective.held.basis).T @ np.sqrt(whole)) ** 2


def _split(precision, magnitude):
    """What a precision pulls, as a function ``A -> B' A``; what it leaves free (n, r); its log-determinant along B.

    What is zero to the rounding of its ``magnitude`` is zero: the pull along a factor that is free cancels.
    """
    unit = 1 / np.sqrt(np.where(magnitude > 0, magnitude, 1.0))
    scaled, least = precision * np.outer(unit, unit), _NONE * len(unit)
    if np.count_nonzero(scaled) == np.count_nonzero(scaled.diagonal()):
        pulls = scaled.diagonal() > least
        by = 1 / np.sqrt(precision.diagonal()[pulls])
        return lambda A: by[:, np.newaxis] * A[pulls], np.eye(len(pulls))[:, ~pulls], 0.0
    values, vectors = eigh(scaled)
    pulls = values > least
    basis = unit[:, np.newaxis] * vectors
    return basis[:, pulls].T.__matmul__, basis[:, ~pulls], float(np.log(values[pulls]).sum())


def _of_one_row(objective, directions):
    """Information of one row, on average, along ``directions`` (n_free, r), at predictors of zero or y's level."""
    total = np.zeros((directions.shape[1],) * 2)
    for term in objective.terms:
        eta = np.zeros((term.design.n_samples, objective.layout.n_outputs))
        if term.loss.level is not None:
            eta += term.loss.level(term.y, eta, term.weight)
        curvature = term.loss.gradient(term.y, eta, term.weight)[2]
        images = [term.direction(objective.layout, objective.lift(direction)) for direction in directions.T]
        curved = np.stack([curvature.apply(image).ravel() for image in images])
        total += np.stack([image.ravel() for image in images]) @ curved.T
    return (total + total.T) / (2 * objective.total_weight)


def _log_det(matrix):
    """Of a positive definite matrix, scaled to a unit diagonal first; what is zero to rounding counts as rounding."""
    diagonal = matrix.diagonal()
    diagonal = np.maximum(diagonal, np.finfo(np.float64).eps * diagonal.max(initial=np.finfo(np.float64).tiny))
    scaled = matrix / np.sqrt(np.outer(diagonal, diagonal))
    try:
        shape = 2 * np.log(cholesky(scaled).diagonal()).sum()
    except LinAlgError:
        shape = np.log(np.maximum(eigvalsh(scaled), np.finfo(np.float64).eps)).sum()
    return float(np.log(diagonal).sum() + shape)
