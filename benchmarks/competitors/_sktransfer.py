"""What our competitors share."""

from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.sources import Source
from sktransfer.svm import TransferLinearSVC


def prepare(problem, tol, precision):
    """Build the source and the estimator; the fit is timed.

    Parameters
    ----------
    problem : Problem
    tol : float
    precision : ndarray or None
        What the source is told of itself.

    Returns
    -------
    callable
    """
    model = estimator(problem, tol, precision)

    def fit():
        model.fit(problem.X, problem.y)
        return model.coef_, model.intercept_

    return fit


def estimator(problem, tol, precision=None):
    """The unfitted estimator of a problem. Parameters as in :func:`prepare`."""
    shared = {"metric": problem.metric, "fit_intercept": problem.fit_intercept, "tol": tol, "max_iter": 1000}
    if problem.loss == "squared":
        return TransferRidge(alpha=problem.strength, source=_source(problem, None, precision), **shared)
    if problem.loss == "poisson":
        # the loss of this twin is a mean over rows, and so is its Fisher metric
        alpha = problem.strength / (1 if problem.metric == "fisher" else len(problem.y))
        return TransferPoissonRegressor(alpha=alpha, source=_source(problem, None, precision, link="log"), **shared)
    classes = range(int(problem.y.max()) + 1)
    if problem.by_gap:
        source = _source(problem, classes, None, link="margin")
        return TransferLinearSVC(problem.loss, C=1 / problem.strength, source=source, **shared)
    source = _source(problem, classes, precision)
    return TransferLogisticRegression(C=1 / problem.strength, source=source, **shared)


def _source(problem, classes, precision, **more):
    if not problem.has_source:
        return None
    classes = None if classes is None else list(classes)
    return Source(problem.source_coef, problem.source_intercept, classes=classes, precision=precision, **more)
