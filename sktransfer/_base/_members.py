"""Fitted twins from problems that a search has posed and solved already: published, not fitted anew.

Where the end of a path meets the twin's own ``tol`` it is what the twin publishes; elsewhere the twin's solver goes on
from there.
"""

import numpy as np

from sktransfer._base._worth import worth_known
from sktransfer._solvers import SolverResult

_LINEAR = ("coef_", "intercept_", "source_coef_")


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
    point = problem.objective.at(end.theta)
    certificate = point.certificate if end.certificate is None else end.certificate
    if twin.solver == "auto" and certificate <= twin.tol:
        point.information = end.information
        value = point.value if end.value is None else end.value
        result = SolverResult(end.theta, value, certificate, twin.tol, True, end.n_iter, end.solver)
    else:
        result, point = twin._solve(problem._replace(begin=end.theta), None)
    twin._publish(result, point, problem, rows)
    return twin


class Light:
    """What the mean of linear predictors asks of a fitted twin; all that was not fitted is the twin's own.

    Attributes
    ----------
    coef_, intercept_ : as the twin publishes them
    effective_sample_size_ : float
    """

    def __init__(self, twin, fitted, worth):
        self._twin = twin
        self.coef_, self.intercept_, self.source_coef_ = (fitted[name] for name in _LINEAR)
        self.effective_sample_size_ = worth

    def __getattr__(self, name):
        return getattr(object.__getattribute__(self, "_twin"), name)


def lightly(twin, problem, rows, ends):
    """Members of a mean along one family's strengths, or None where some end does not meet the twin's ``tol``.

    Parameters
    ----------
    twin : LinearTransfer
    problem : Problem
        At any strength: what is published of a solution does not depend on it.
    rows : Rows
    ends : list of End

    Returns
    -------
    list of Light or None
    """
    known = all(end.certificate is not None and end.information is not None for end in ends)
    if twin.solver != "auto" or not known or any(not end.certificate <= twin.tol for end in ends):
        return None
    twin._dtype = rows.dtype
    information = np.array([end.information for end in ends])
    worths = np.zeros(len(ends))
    if not problem.source.is_null:
        worths = worth_known(problem.objective, information, float(rows.sample_weight.sum()))
    models = [twin._publish_model(*problem.split(end.theta), problem.source) for end in ends]
    return [Light(twin, model, worth) for model, worth in zip(models, worths.tolist(), strict=True)]
