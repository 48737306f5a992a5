"""sktransfer: TransferLogisticRegression and TransferRidge, ``solver="auto"``. The source is a hyper-parameter."""

from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.sources import Source


def accepts(problem):
    """All of them."""
    return None


def prepare(problem):
    """Build the source and the estimator; the fit is timed."""
    if problem.loss == "squared":
        model = TransferRidge(alpha=problem.strength, source=_source(problem, None), tol=problem.tol)
    else:
        source = _source(problem, range(int(problem.y.max()) + 1))
        model = TransferLogisticRegression(C=1 / problem.strength, source=source, tol=problem.tol, max_iter=1000)

    def fit():
        model.fit(problem.X, problem.y)
        return model.coef_, model.intercept_

    return fit


def _source(problem, classes):
    if not problem.has_source:
        return None
    classes = None if classes is None else list(classes)
    return Source(problem.source_coef, problem.source_intercept, classes=classes)
