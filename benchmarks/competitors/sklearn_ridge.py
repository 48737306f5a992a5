"""scikit-learn's Ridge. For squared loss a source is an offset, and an offset is subtracted from y: exact."""

from sklearn.linear_model import Ridge


def accepts(problem):
    """Squared loss, with and without a source."""
    if problem.loss != "squared":
        return "squared loss only"
    return None if problem.metric == "identity" else "no metric of the penalty"


def prepare(problem, tol):
    """The fit of what the source leaves over, with the subtraction and the addition timed, too."""
    model = Ridge(alpha=problem.strength, tol=tol, fit_intercept=problem.fit_intercept)
    X, y, centre = problem.X, problem.y, problem.source_coef

    def fit():
        model.fit(X, y)
        return model.coef_, model.intercept_

    def fit_rest():
        model.fit(X, y - X @ centre)
        return model.coef_ + centre, model.intercept_

    return fit_rest if problem.has_source else fit
