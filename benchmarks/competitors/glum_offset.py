"""glum: the source enters as an offset, ``X @ source_coef``; what is fitted is the change. Optional."""

from importlib.util import find_spec

LARGEST = 5_000
FAMILY = {"squared": "normal", "binomial": "binomial", "poisson": "poisson"}


def accepts(problem):
    """Squared loss, two classes and counts, where glum is installed."""
    if find_spec("glum") is None:
        return "glum is not installed: pip install 'sktransfer[benchmarks]'"
    if problem.loss not in FAMILY:
        return "no multinomial family"
    return f"a Hessian of more than {LARGEST} rows" if problem.X.shape[1] > LARGEST else None


def prepare(problem, tol):
    """The fit of the change, with the offset and the addition timed, too. glum's loss is the mean."""
    from glum import GeneralizedLinearRegressor

    X, y, centre = problem.X, problem.y, problem.centre
    model = GeneralizedLinearRegressor(
        family=FAMILY[problem.loss],
        alpha=problem.strength / X.shape[0],
        P2=problem.metric_matrix if problem.metric == "fisher" else "identity",
        fit_intercept=problem.fit_intercept,
        gradient_tol=tol,
        max_iter=1000,
    )

    def fit():
        model.fit(X, y, offset=X @ centre if problem.has_source else None)
        return model.coef_ + centre, model.intercept_

    return fit
