"""What liblinear's two roads to a support vector machine share."""

from sklearn.svm import LinearSVC

LOSSES = ("hinge", "squared_hinge")


def refuses(problem):
    """LinearSVC has neither an offset nor a centre for its penalty."""
    return "no offset and no centre of the penalty: no source" if problem.has_source else None


def prepare(problem, tol, dual):
    """The fit of ``LinearSVC(dual=dual)``."""
    model = LinearSVC(
        loss=problem.loss,
        C=1 / problem.strength,
        dual=dual,
        tol=tol,
        fit_intercept=problem.fit_intercept,
        max_iter=100_000,
        random_state=0,
    )

    def fit():
        model.fit(problem.X, problem.y)
        return model.coef_, model.intercept_

    return fit
