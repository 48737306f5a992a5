"""A path of strengths: one problem, its prior times s = s_1, s_2, ..., solved and each row held out.

Three roads, the first that accepts:

1. squared loss: one eigendecomposition serves every strength, exactly (see :mod:`sktransfer._base._spectrum`)
2. small dense problems of one output: warm Newton steps in one compiled loop
3. everything else: one warm fit after the other, from the strongest pull to the weakest

More features than rows are first brought down to as many dimensions as there are rows, where the prior allows it.
"""

from contextlib import suppress
from typing import NamedTuple

import numpy as np

from sktransfer._base._leave_one_out import left_out, more_steps
from sktransfer._base._spectrum import Spectrum
from sktransfer._solvers import CompiledProblem, Reduction, choose_solver, dual_refuses, free_part

MAX_ITER = 100
FINE = 1e-10  # tol, where a step more costs little


class End(NamedTuple):
    """Where the fit at one strength ended; what the road does not know is None.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
    certificate : float
        ``max |gradient| / sum of weights``.
    value : float
        The objective.
    information : float
        ``tr[F (F + P)^-1]``, F the losses' second derivative, P the prior's.
    n_iter : int
    solver : str
    """

    theta: np.ndarray
    certificate: float | None = None
    value: float | None = None
    information: float | None = None
    n_iter: int = 1
    solver: str = ""

    @classmethod
    def of(cls, result, information=None):
        """Where a solver ended."""
        return cls(result.theta, result.certificate, result.value, information, result.n_iter, result.solver)


class Path(NamedTuple):
    """A path that was walked.

    Attributes
    ----------
    held_out : iterator of ndarray of shape (n_samples, n_outputs)
        Each row's predictor by the fit without it, in the order of the strengths. Not finite where a row cannot be
        left out.
    ends : callable
        (places) -> list of End, of some of the strengths.
    """

    held_out: object
    ends: object


def held_out_path(objective, start, strengths, tol):
    """The held-out predictors of :func:`walked_path`."""
    return walked_path(objective, start, strengths, tol).held_out


def walked_path(objective, start, strengths, tol):
    """Each row's predictor by the fit without it, and the fits, for the prior times each strength.

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
    Path
    """
    if objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None:
        reduction = Reduction.of(objective)
        held_out, ends = walked_path(reduction.objective, reduction.start(start), strengths, tol)
        return Path(held_out, lambda places: [_lifted(reduction, end) for end in ends(places)])
    if Spectrum.accepts(objective):
        with suppress(np.linalg.LinAlgError):
            spectrum = Spectrum(objective, np.median(strengths))
            return Path(spectrum.held_out(strengths), lambda places: _decomposed(spectrum, strengths[places]))
    return _warm(objective, start, strengths, tol)


def walked_alone(objective, start, tol):
    """(held-out predictors (n_samples, n_outputs), End) of a problem with few free coordinates; None of others.

    Parameters
    ----------
    objective : Objective
    start : ndarray of shape (n_params,)
    tol : float
        On ``max |gradient| / sum of weights``.
    """
    if objective.n_free == 0:
        point = objective.at_free(np.zeros(0))
        return point.etas[0], End(point.theta, 0.0, point.value, 0.0, solver="auto")
    small = free_part(objective)
    if small is None or not CompiledProblem.accepts(small):
        return None
    walk = CompiledProblem(small).path(
        np.ones(1), objective.free(start), min(FINE, tol), MAX_ITER, more_steps(objective)
    )
    if len(walk.thetas) == 0:
        return None
    end = _end(objective.theta(walk.thetas[0]), walk.facts[0].tolist(), int(walk.iterations[0]))
    return walk.held_out[0][:, np.newaxis], end


def _lifted(reduction, end):
    """The end of the whole problem, whose gradient is another."""
    return end._replace(theta=reduction.theta(end.theta), certificate=None, value=None)


def _decomposed(spectrum, strengths):
    return [End(*found, solver="cholesky") for found in spectrum.solutions(strengths)]


def _warm(objective, start, strengths, tol):
    """From the strongest pull to the weakest, each from where the last one ended."""
    order = np.argsort(strengths)[::-1]
    found, ends = _compiled(objective, start, strengths[order], tol)
    theta = ends[-1].theta if ends else start
    for strength in strengths[order[len(found) :]]:
        weighed = times(objective, strength)
        result = choose_solver("auto", weighed).solve(weighed, theta, tol=tol, max_iter=MAX_ITER)
        theta = result.theta
        held_out, information = left_out(weighed, theta)
        found.append(held_out)
        ends.append(End.of(result, information))
    back = np.argsort(order)
    return Path((found[place] for place in back), lambda places: [ends[back[place]] for place in places])


def _compiled(objective, start, strengths, tol):
    """(held-out predictors, ends) as far as the compiled loop comes, where it takes the objective."""
    if not CompiledProblem.accepts(objective):
        return [], []
    tol = tol if objective.priors[0].linear else min(FINE, tol)
    walk = CompiledProblem(objective).path(strengths, start, tol, MAX_ITER, more_steps(objective))
    ends = list(map(_end, walk.thetas, walk.facts.tolist(), walk.iterations.tolist()))
    return [eta[:, np.newaxis] for eta in walk.held_out], ends


def _end(theta, facts, n_iter):
    return End(theta, *facts, max(n_iter, 1), "newton-cholesky")


def times(objective, strength):
    """The objective with its priors ``strength`` times as strong."""
    weighed = object.__new__(type(objective))
    vars(weighed).update(vars(objective))
    weighed.priors = [prior.times(strength) for prior in objective.priors]
    weighed.reduction = None
    return weighed
