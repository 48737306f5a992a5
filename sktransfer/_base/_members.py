"""Fitted twins from problems that a search has posed and solved already: published, not fitted anew.

Where the end of a path meets the twin's own ``tol`` it is what the twin publishes; elsewhere the twin's solver goes on
from there.
"""

from sktransfer._solvers import SolverResult


def published(twin, problem, rows, end):
    """The twin, fitted.

    Parameters
    ----------
    twin : LinearTransfer
        With its parameters; it is changed.
    problem : Problem
        Posed from these parameters.
    rows : Rows
    end : End
        Of a fit of the problem.

    Returns
    -------
    LinearTransfer
    """
    twin._dtype = rows.dtype
    if twin.solver == "auto" and end.certificate is not None and end.certificate <= twin.tol:
        point = problem.objective.at(end.theta)
        point.information = end.information
        known = end.theta, end.value, end.certificate
        result = SolverResult(*known, twin.tol, True, end.n_iter, end.solver)
    else:
        result, point = twin._solve(problem._replace(begin=end.theta), None)
    twin._publish(result, point, problem, rows)
    return twin
