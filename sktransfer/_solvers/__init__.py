"""Solvers: one file each. The cheapest that accepts an objective solves it; each returns a certificate."""

from sktransfer._solvers import _base
from sktransfer._solvers._base import Solver, SolverResult
from sktransfer._solvers._blocks import block_preconditioner
from sktransfer._solvers._compiled import CompiledProblem
from sktransfer._solvers._coordinate_descent import CoordinateDescent, GapResult
from sktransfer._solvers._dual import Reduction, dual_refuses
from sktransfer._solvers._free_part import free_part
from sktransfer._solvers._linear_algebra import Factor
from sktransfer._solvers._newton_cg import conjugate_gradients
from sktransfer._utils._discover import import_all, subclasses

__all__ = [
    "CompiledProblem",
    "CoordinateDescent",
    "Factor",
    "GapResult",
    "Reduction",
    "Solver",
    "SolverResult",
    "block_preconditioner",
    "choose_solver",
    "conjugate_gradients",
    "dual_refuses",
    "free_part",
    "solver_names",
]

import_all(__name__)


def _solvers():
    return [kind() for kind in subclasses(Solver)]


def solver_names():
    """Names that ``solver=`` takes, "auto" aside."""
    return sorted(solver.name for solver in _solvers())


def choose_solver(name, objective):
    """The solver called ``name``; for "auto", the cheapest that accepts ``objective``.

    Parameters
    ----------
    name : str
    objective : Objective

    Returns
    -------
    Solver

    Raises
    ------
    ValueError
        If there is no such solver, or it refuses (with its reason).
    """
    return _base.choose_solver(name, objective, _solvers())
