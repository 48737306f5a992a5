"""scikit-learn's LogisticRegression(solver="sag"): stochastic average gradients."""

from benchmarks.competitors import _sklearn_logistic

LARGEST = 50_000


def accepts(problem):
    """Small log-losses without a source."""
    if problem.X.shape[0] * problem.X.shape[1] > LARGEST:
        return f"takes thousands of visits to the rows: only up to {LARGEST} entries"
    return _sklearn_logistic.refuses(problem)


def prepare(problem, tol):
    """The fit, from zero."""
    return _sklearn_logistic.prepare(problem, tol, "sag")
