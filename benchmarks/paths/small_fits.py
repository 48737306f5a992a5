"""Small single fits as users write them, with everybody's defaults, against the scikit-learn twin.

The check is the certificate; what is asked for is our default ``tol``. The twin has no source: it solves the problem
without one.
"""

from sklearn.linear_model import LogisticRegression, Ridge

from benchmarks.paths._data import DRAWS
from benchmarks.paths._data import problem as make_problem
from benchmarks.paths._versus import certified, fit_of, versus
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.sources import Source

SIZES = ((30, 10), (100, 20), (500, 20))
SMOKE = ((30, 4),)
TWINS = {"binomial": (LogisticRegression, TransferLogisticRegression), "squared": (Ridge, TransferRidge)}
DEFAULT_TOL = 1e-4


def small_fits(size, settings):
    """Rows of the table of paths."""
    return [row for loss in TWINS for row in _rows(loss, size, settings)]


def _rows(loss, size, settings):
    twin, ours = TWINS[loss]
    X, y, model = DRAWS[loss](*size)
    problem = make_problem(loss, size, DEFAULT_TOL)
    name = f"{twin.__name__}.fit"
    functions = {
        name: fit_of(twin(), X, y),
        "ours, no source": fit_of(ours(), X, y),
        "ours, Source": fit_of(ours(source=Source.from_estimator(model)), X, y),
        "ours, fitted model": fit_of(ours(source=model), X, y),
    }
    plain = certified(problem.without_source())
    checks = {one: certified(problem) if "ours" in one else plain for one in functions}
    checks["ours, no source"] = plain
    pairs = [(one, name) for one in functions if one != name]
    return versus(loss, functions, [*pairs, (name, None)], settings, checks)
