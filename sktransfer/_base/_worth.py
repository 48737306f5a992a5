"""How many target rows the source was worth.

    n_eff = n * tr[P (F + P)^-1] / tr[F (F + P)^-1]

F is the target's curvature, P the prior's. Parameters without a prior (a free intercept) are marginalised out
of F first. With P = c F this is c * n: a source as sharp as c times the target's rows. It is a figure to read, so
where rows are many, F is that of 200 rows to a parameter, evenly taken, and where it costs much, in float32.
"""

import numpy as np

from sktransfer._solvers import Factor, Reduction, block_preconditioner, conjugate_gradients, dual_refuses

_EXACT_UP_TO = 1500
_ROWS_PER_PARAMETER = 200
_LEAST_STEP = 4
_MUCH = 1e8
_CANCELS = 1e-3
_PROBES = 2
_ONE_PROBE_FROM = 20_000
_ACCURACY = 3e-2


def effective_sample_size(point, n_rows):
    """The number of target rows whose information equals the prior's.

    Parameters
    ----------
    point : Point
        The optimum.
    n_rows : float
        Target rows, counted with their weights.

    Returns
    -------
    float
        Infinite when the prior holds everything, or the rows say nothing.
    """
    objective = point.objective
    if point.information is not None:
        return float(worth_known(objective, point.information, n_rows))
    if not np.any(objective.drop(objective.prior_diagonal() > 0)):
        return np.inf if objective.held is not None else 0.0
    with objective.threads:
        prior, target = _road(objective)(point)
    return float(n_rows * prior / target) if target > 0 else np.inf


def worth_known(objective, information, n_rows):
    """The same where ``tr[F (F + P)^-1]`` is known, of one fit or several: an array of its shape.

    What has no prior is one of this trace for each free direction, if the rows see it.
    """
    held = objective.drop(objective.prior_diagonal() > 0)
    if not np.any(held):
        return np.full(np.shape(information), np.inf if objective.held is not None else 0.0)
    target = np.maximum(information - _n_seen(objective, held), 0.0)
    with np.errstate(divide="ignore"):
        return np.where(target > 0, n_rows * (np.count_nonzero(held) - target) / target, np.inf)


def information_of(objective, inverse):
    """``tr[F (F + P)^-1]`` from ``(F + P)^-1`` in free coordinates; None where it is lost to rounding."""
    held = objective.drop(objective.prior_diagonal() > 0)
    n_held = np.count_nonzero(held)
    target = n_held - float(_prior_trace(objective, inverse))
    return target + _n_seen(objective, held) if target > _CANCELS * n_held else None


def _n_seen(objective, held):
    """Free directions without a prior, less those along which nothing changes."""
    unseen = objective.gauge.shape[1] if objective.held is None else 0
    return np.count_nonzero(~held.astype(bool)) - unseen


def _road(objective):
    """Exact in as many dimensions as there are parameters or rows; estimated where both are many."""
    if objective.in_blocks:
        return _traces
    wide = objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None
    if wide and objective.n_samples <= _EXACT_UP_TO:
        return _reduced_traces
    return _traces if objective.n_free <= _EXACT_UP_TO else _estimated_traces


def _reduced_traces(point):
    """The same in the space of the rows, where every direction that the target says something about is left."""
    reduction = Reduction.of(point.objective)
    _, target = _traces(reduction.objective.at(reduction.start(point.theta)))
    return np.count_nonzero(point.objective.prior_diagonal()) - target, target


def _traces(point):
    """(tr[P (F+P)^-1], tr[F (F+P)^-1]) exactly: they add up to the number of parameters that have a prior."""
    objective = point.objective
    whole = _curvature(point)
    for prior in objective.priors:
        prior.add_to(whole)
    whole = Factor(objective.reduce(whole), overwrite=True)
    held = np.count_nonzero(objective.drop(objective.prior_diagonal()))
    if not whole.singular:
        share = _prior_trace(objective, whole.inverse())
        if held - share > _CANCELS * held:
            return share, held - share
    return _marginal_traces(objective.reduce(objective.prior_hessian()), objective.reduce(_curvature(point)))


def _prior_trace(objective, inverse):
    """``tr[P inverse]``, P the priors' second derivative in free coordinates."""
    if objective.held is None:
        return sum(prior.trace_with(inverse) for prior in objective.priors)
    return np.vdot(objective.reduce(objective.prior_hessian()), inverse)


def _marginal_traces(P, F):
    """The same where the difference would cancel: what has no prior is marginalised out of F first."""
    has_prior = P.diagonal() > 0
    free = ~has_prior
    P, cross = P[np.ix_(has_prior, has_prior)], F[np.ix_(has_prior, free)]
    corner = Factor(F[np.ix_(free, free)]) if free.any() else None
    F = F[np.ix_(has_prior, has_prior)] - (cross @ corner.solve(cross.T) if free.any() else 0.0)
    inverse = Factor(F + P).inverse()
    return np.vdot(inverse, P), max(np.vdot(inverse, F), 0.0)


def _curvature(point):
    """The loss's second derivative by theta: of all rows, or of enough of them."""
    objective = point.objective
    much = objective.constant_hessian is None and objective.work * objective.n_free > _MUCH
    step = objective.n_samples // (_ROWS_PER_PARAMETER * objective.n_free)
    part = objective.every(step) if much and step >= _LEAST_STEP else None
    return point.loss_hessian(single=much) if part is None else part.at_free(point.u).loss_hessian(single=True)


def _estimated_traces(point):
    """The same traces by Hutchinson's estimator (1990) with a fixed seed: many parameters, no matrix."""
    objective = point.objective
    diagonal = objective.drop(objective.prior_diagonal())
    random, precondition = np.random.default_rng(0), block_preconditioner(point)
    n_probes = _PROBES if objective.n_free < _ONE_PROBE_FROM else 1
    total = 0.0
    for _ in range(n_probes):
        probe = random.choice([-1.0, 1.0], size=objective.n_free)
        image = sum(objective.drop(prior.product(objective.lift(probe))) for prior in objective.priors)
        total += probe @ conjugate_gradients(point, _ACCURACY, image, precondition)
    held = float(np.count_nonzero(diagonal > 0))
    prior = min(total / n_probes, held)
    return prior, held - prior
