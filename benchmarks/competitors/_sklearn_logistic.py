"""What scikit-learn's logistic solvers share."""

from sklearn.linear_model import LogisticRegression


def refuses(problem):
    """scikit-learn's log-loss has neither an offset nor a centre for its penalty."""
    if problem.loss == "squared":
        return "a classifier"
    return "no offset and no centre of the penalty: no source" if problem.has_source else None


def prepare(problem, tol, solver):
    """The fit of ``LogisticRegression(solver=solver)``."""
    model = LogisticRegression(
        C=1 / problem.strength,
        solver=solver,
        tol=tol,
        fit_intercept=problem.fit_intercept,
        max_iter=10_000,
        random_state=0,
    )

    def fit():
        model.fit(problem.X, problem.y)
        return model.coef_, model.intercept_

    return fit
