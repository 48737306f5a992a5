"""What scikit-learn's solvers of log-losses and of the Poisson loss share."""

from sklearn.linear_model import LogisticRegression, PoissonRegressor


def refuses(problem, poisson=False):
    """scikit-learn's losses have neither an offset nor a centre for its penalty."""
    if problem.loss == "squared":
        return "a classifier"
    if problem.loss == "poisson" and not poisson:
        return "no Poisson loss"
    return "no offset and no centre of the penalty: no source" if problem.has_source else None


def prepare(problem, tol, solver):
    """The fit of ``LogisticRegression(solver=solver)``, or of PoissonRegressor."""
    model = _model(problem, tol, solver)

    def fit():
        model.fit(problem.X, problem.y)
        return model.coef_, model.intercept_

    return fit


def _model(problem, tol, solver):
    if problem.loss == "poisson":
        alpha = problem.strength / len(problem.y)
        return PoissonRegressor(
            alpha=alpha, solver=solver, tol=tol, fit_intercept=problem.fit_intercept, max_iter=10_000
        )
    return LogisticRegression(
        C=1 / problem.strength,
        solver=solver,
        tol=tol,
        fit_intercept=problem.fit_intercept,
        max_iter=10_000,
        random_state=0,
    )
