"""What a solver must say and do, the certificate it returns, and the rule that picks one.

Conventions
-----------
A solver *accepts* an objective or gives the reason why not; its *cost* is a rough count of the seconds of
arithmetic (matrix-matrix multiplications count one, matrix-vector ones `VECTOR`, as they wait for memory; a block
of the Hessian counts `CALL` however small it is).
The cheapest that accepts is taken; one asked for by name refuses with its reason.
"""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
from sklearn.exceptions import ConvergenceWarning

VECTOR = 8.0
CALL = 2e6
_POLISH = 1e-9


@dataclass(frozen=True)
class SolverResult:
    """The certificate of a fit.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
        Flat parameters.
    value : float
        The summed objective there.
    certificate : float
        ``max |gradient| / sum of weights`` there, or what ``measure`` says.
    tol : float
        What was asked for.
    converged : bool
        Whether ``certificate <= tol``, or as near to zero as floating point can tell.
    n_iter : int
        Iterations, at least 1.
    solver : str
    measure : str
        What the certificate is, in words.
    """

    theta: object = field(repr=False)
    value: float
    certificate: float
    tol: float
    converged: bool
    n_iter: int
    solver: str
    measure: str = "max |gradient| / sum of weights"

    @classmethod
    def at(cls, point, tol, n_iter, solver):
        """The result of having stopped at ``point``."""
        met = bool(point.certificate <= tol or point.certificate <= point.rounding)
        return cls(point.theta, point.value, point.certificate, tol, met, max(n_iter, 1), solver, point.measure)

    def warn_unless_converged(self, who):
        """Say so, with the numbers, when the certificate was not met.

        Parameters
        ----------
        who : str
            Name of the estimator.
        """
        if not self.converged:
            warnings.warn(
                f"{who}: solver {self.solver!r} stopped after {self.n_iter} iterations with {self.measure} = "
                f"{self.certificate:.3g}, above tol = {self.tol:.3g}. Increase max_iter or tol, "
                "scale the features, or strengthen the penalty.",
                ConvergenceWarning,
                stacklevel=4,
            )


def nobody(point):
    """The report of a fit that nobody watches."""


def polish_of(objective):
    """The share of tol that a small problem is brought to."""
    return _POLISH if objective.work * objective.layout.n_features <= CALL else 1.0


def finished(certificate, before, tol, aim):
    """Whether to stop; ``before``: the certificate one step earlier, infinite at the start."""
    return certificate <= tol and (not np.isfinite(before) or certificate <= aim or certificate > before / 2)


class Solver(ABC):
    """One way to a minimum.

    To add one, write a file in this folder with a subclass that has ``name``, :meth:`refuses`, :meth:`cost`
    and :meth:`solve`; it takes part in the choice at once.
    """

    name: str
    default_max_iter = 100
    takes_kinked_losses = False  # hinge and tube losses, certified by their gap
    takes_kinked_priors = False  # absolute values (L1)
    takes_blocks = False  # rows of which only value, gradient and Hessian are known

    @abstractmethod
    def refuses(self, objective):
        """Why this solver cannot solve ``objective``: a reason, or None if it can."""

    def reason_against(self, objective):
        """As :meth:`refuses`, kinks included."""
        if not self.takes_kinked_losses and any(term.loss.by_gap for term in objective.terms):
            return "it is for smooth losses, certified by their gradient, not for hinge and tube losses"
        if not self.takes_kinked_priors and not objective.smooth:
            return "a penalty of absolute values (L1) has a kink, and it follows gradients"
        if not self.takes_blocks and objective.in_blocks:
            return "rows in blocks give their value, gradient and Hessian, and it asks for more"
        return self.refuses(objective)

    @abstractmethod
    def cost(self, objective):
        """Rough cost of a solution, to be compared between solvers."""

    @abstractmethod
    def _iterate(self, objective, point, tol, max_iter, report):
        """From ``point`` to (last point, number of iterations); ``report(point)`` after each."""

    def seeded(self, seed):
        """This solver with its own random numbers from ``seed``; itself where it draws none."""
        return self

    def solve(self, objective, init, *, tol=1e-8, max_iter=None, report=None):
        """Minimise ``objective`` from ``init``.

        Parameters
        ----------
        objective : Objective
        init : ndarray of shape (n_params,)
        tol : float
            On ``max |gradient| / sum of weights``.
        max_iter : int, default=None
            The solver's own default when None.
        report : callable, default=None
            Called with the current point after each iteration.

        Returns
        -------
        SolverResult
        """
        return self.solve_to_point(objective, init, tol=tol, max_iter=max_iter, report=report)[0]

    def solve_to_point(self, objective, init, *, tol=1e-8, max_iter=None, report=None):
        """As :meth:`solve`, with the point where it ended and all that is known there: (SolverResult, Point)."""
        point = objective.at(init)
        n_iter = 0
        if objective.n_free > 0:
            max_iter = self.default_max_iter if max_iter is None else max_iter
            point, n_iter = self._iterate(objective, point, tol, max_iter, report or nobody)
            if objective.gauge.shape[1]:
                point = objective.at(objective.fix_gauge(point.theta, objective.at(init).theta))
        return SolverResult.at(point, tol, n_iter, self.name), point


def choose_solver(name, objective, solvers):
    """The solver called ``name``, or the cheapest that accepts.

    Parameters
    ----------
    name : str
        "auto" or a solver's name.
    objective : Objective
    solvers : list of Solver

    Returns
    -------
    Solver

    Raises
    ------
    ValueError
        If the solver asked for refuses (with its reason), all refuse, or no such solver exists.
    """
    if name == "auto":
        for solver in sorted(solvers, key=lambda solver: solver.cost(objective)):
            if solver.reason_against(objective) is None:
                return solver
        reasons = "; ".join(f"{solver.name}: {solver.reason_against(objective)}" for solver in solvers)
        raise ValueError(f"no solver accepts this objective: {reasons}.")
    for solver in solvers:
        if solver.name == name:
            reason = solver.reason_against(objective)
            if reason is not None:
                raise ValueError(f"solver={name!r} cannot be used here: {reason}. Use solver='auto'.")
            return solver
    names = ", ".join(sorted(solver.name for solver in solvers))
    raise ValueError(f"no solver is called {name!r}; there are: auto, {names}")
