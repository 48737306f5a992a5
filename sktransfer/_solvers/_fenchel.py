"""How far above its minimum a convex loss with an elastic net is, at most: the duality gap.

    P(d) = sum_i w_i f_i(eta_i) + h(d),      eta = eta_0 + A d
    D(rho) = rho . eta_0 - sum_i w_i f_i*(rho_i / w_i) - h*(-A' rho)          for any rho with A_j' rho = 0, j free

rho is s times the weighted slopes w f'(eta), what the free coordinates can explain of them taken out first. Then

    P - D = sum_i w_i [f_i(eta_i) + f_i*(r_i) - r_i eta_i]  +  sum_j [h_j(d_j) + h_j*(v_j) - v_j d_j]

with r = rho / w and v = -A' rho: terms that are not negative, so that no digits cancel. Losses know the first
bracket (``Loss.divergence``), penalties the second. Where curvatures are at most ``steepest`` = L the best rho is
within sqrt(2 L gap) of this one, in the norm of rho / sqrt(w): a coefficient whose pull cannot reach its kink from
there stays.

References
----------
Ndiaye, Fercoq, Gramfort & Salmon (2017), Gap Safe Screening Rules for Sparsity Enforcing Penalties.
Massias, Vaiter, Gramfort & Salmon (2020), Dual Extrapolation for Sparse Generalized Linear Models.
"""

from typing import NamedTuple

import numpy as np

from sktransfer._solvers._linear_algebra import Factor


class Gap(NamedTuple):
    """The smallest gap found.

    Attributes
    ----------
    value : float
    pull : ndarray of shape (n_free,)
        v.
    """

    value: float
    pull: np.ndarray


def duality_gap(point, kinks, d):
    """The gap at a point of the losses alone.

    Parameters
    ----------
    point : Point
        Of an objective without priors, whose losses all have a ``divergence``.
    kinks : Kinks
    d : ndarray of shape (n_free,)

    Returns
    -------
    Gap
    """
    gradient = point.gradient
    shifts, of_shifts = _explained(point, kinks.free, gradient)
    pull = -(gradient + of_shifts)
    found = [_gap_at(s, point, shifts, kinks, d, pull) for s in _scales(kinks, d, pull)]
    return min(found, key=lambda gap: gap.value)


def _scales(kinks, d, pull):
    """Candidates for s: the largest at which no penalty is infinite, one at which nothing wants to move, and zero."""
    bare = (kinks.a > 0) & (kinks.b == 0)
    largest = _feasible(np.abs(pull[bare]), kinks.a[bare])
    edged = kinks.a > 0
    rest = pull[edged] - kinks.b[edged] * (d - kinks.m)[edged]
    return {0.0, largest, min(largest, _feasible(np.abs(rest), kinks.a[edged]))}


def _feasible(size, limit):
    above = size > limit
    return float(np.min(limit[above] / size[above], initial=1.0))


def _gap_at(s, point, shifts, kinks, d, pull):
    total = float(np.sum(kinks.divergence(d, s * pull)))
    terms = zip(point.objective.terms, point.etas, point.residuals, shifts, strict=True)
    for term, eta, residual, shift in terms if np.isfinite(total) else ():
        seen = term.weight > 0
        weight = term.weight[seen]
        change = ((s - 1) * residual[seen] + s * shift[seen]) / weight[:, np.newaxis]
        total += float(weight @ term.loss.divergence(term.y[seen], eta[seen], change))
    return Gap(total, s * pull)


def _explained(point, free, gradient):
    """What to add to each term's slopes so that the free coordinates' pulls vanish, and what that adds to all pulls.

    By Newton's step t of the free coordinates: minus the curvature times ``A_free t``.
    """
    objective = point.objective
    nothing = [np.zeros_like(residual) for residual in point.residuals]
    at = np.flatnonzero(free)
    if not np.any(gradient[at]):
        return nothing, np.zeros_like(gradient)
    steps = np.zeros((len(at), len(gradient)))
    steps[np.arange(len(at)), at] = 1.0
    total, along = np.zeros((len(at), len(at))), []
    for term, curvature in zip(objective.terms, point.curvatures, strict=True):
        basis = np.stack([_direction(term, objective, step) for step in steps])
        bent = np.stack([curvature.apply(part) for part in basis])
        total += np.einsum("fik,gik->fg", basis, bent)
        along.append(bent)
    step = Factor(total).solve(gradient[at])
    shifts = [-np.einsum("f,fik->ik", step, bent) for bent in along]
    pairs = zip(objective.terms, shifts, strict=True)
    pulled = sum(term.pull_back(objective.layout, shift) for term, shift in pairs)
    return shifts, objective.drop(pulled)


def _direction(term, objective, step):
    """``term.direction`` of a step in free coordinates; rows are not visited for an intercept."""
    theta = objective.lift(step)
    coef, intercept = objective.layout.split(theta)
    if intercept is not None and not np.any(coef):
        return np.broadcast_to(intercept, (term.design.n_samples, len(coef)))
    return term.direction(objective.layout, theta)
