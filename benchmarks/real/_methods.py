"""What is compared: each method is ``METHOD(source, X, y)`` -> a fitted model of the target's rows.

The source is a Poisson regression on all source rows, its strength by cross-validation. ``target`` is what scikit-learn
offers, with its strength by cross-validation, too. ``transfer`` knows of the source what ``Source.from_estimator``
reads: coefficients and their precision.
"""

import numpy as np
from sklearn.linear_model import PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer.linear_model import TransferPoissonRegressor
from sktransfer.model_selection import TransferCV

ALPHAS = {"poissonregressor__alpha": np.logspace(-4, 1, 11)}


def cross_validated(X, y):
    """Standardised Poisson regression, its strength by five folds."""
    pipeline = make_pipeline(StandardScaler(), PoissonRegressor(max_iter=1000, tol=1e-7))
    return GridSearchCV(pipeline, ALPHAS, cv=5).fit(X, y).best_estimator_


class Knowledge:
    """A fitted source: as a model, and as a :class:`~sktransfer.Source` with its precision."""

    def __init__(self, X, y):
        self.model = cross_validated(X, y)
        self.source = Source.from_estimator(self.model, X=X, y=y)


def _search(rule):
    def fit(knowledge, X, y):
        twin = TransferPoissonRegressor(source=knowledge.source, metric="fisher")
        return TransferCV(twin, rule=rule).fit(X, y)

    return fit


METHODS = {
    "target": lambda knowledge, X, y: cross_validated(X, y),
    "source": lambda knowledge, X, y: knowledge.model,
    "transfer, one": _search("auto"),
    "transfer": _search("stack"),
}
