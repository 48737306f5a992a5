"""How much to borrow, for a logistic regression: approximate leave-one-out against plain fits and a grid search.

"30 strengths": one pull towards the source in 30 strengths. "all candidates": what ``make_transfer`` does, also
ignoring the source, copying it and recalibrating it. The check is how far the reported held-out loss is from the one
found by fitting n_samples times.
"""

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from benchmarks.paths._data import classification
from benchmarks.paths._versus import versus
from sktransfer import make_transfer
from sktransfer.linear_model import TransferLogisticRegression
from sktransfer.model_selection import TransferCV

SIZES = ((200, 50), (1_000, 50))
SMOKE = ((40, 5),)
STRENGTHS = np.logspace(-4, 2, 30)
MOST_CHECKED = 500  # rows: more are not refitted
CLOSE = 0.05  # of the held-out loss; the path is approximate


def logistic_path(size, settings):
    """Rows of the table of paths."""
    X, y, source = classification(*size)
    pull = TransferLogisticRegression(source=source)
    twin, search = "LogisticRegression.fit", "GridSearchCV 30 x 5"
    strengths, everything = "ours, 30 strengths", "ours, all candidates"
    grid = {"C": STRENGTHS, "intercept_penalty": [0.0]}
    functions = {
        twin: lambda: LogisticRegression().fit(X, y),
        search: lambda: GridSearchCV(LogisticRegression(max_iter=1000), {"C": STRENGTHS}, cv=5).fit(X, y),
        strengths: lambda: TransferCV(pull, candidates=("transfer",), grid=grid, rule="min").fit(X, y),
        everything: lambda: make_transfer(source).fit(X, y),
    }
    pairs = [(ours, other) for ours in (strengths, everything) for other in (twin, search)]
    checks = {ours: lambda found: _check(found, X, y) for ours in (strengths, everything)}
    return versus("leave-one-out", functions, [*pairs, (search, twin), (twin, None)], settings, checks)


def _check(found, X, y):
    if len(y) > MOST_CHECKED:
        return {}
    exact = np.mean([_held_out_loss(found.best_estimator_, X, y, row) for row in range(len(y))])
    deviation = abs(-found.table_["score"][int(np.argmax(found.weights_))] / exact - 1)
    return {"check": float(deviation), "tol": CLOSE, "met": bool(deviation <= CLOSE)}


def _held_out_loss(estimator, X, y, row):
    """The log-loss of one row under the chosen estimator, fitted without it."""
    others = np.arange(len(y)) != row
    eta = clone(estimator).fit(X[others], y[others]).decision_function(X[[row]])[0]
    return np.logaddexp(0.0, eta) - y[row] * eta
