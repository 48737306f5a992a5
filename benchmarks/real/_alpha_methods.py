"""What the alpha table compares: each method is ``METHOD(knowledge, X, y)`` -> a fitted model of the target's rows.

Features are standardised by the source's rows, except for ``target``, which knows no source: scikit-learn's estimator
on its own standardised rows, its strength by cross-validation.
"""

from functools import cached_property

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.real._scores import log_loss
from sktransfer import Source, SourceData
from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor, FeatureAugmentation
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.model_selection import TransferCV

POISSON = PoissonRegressor(solver="newton-cholesky", max_iter=1000, tol=1e-7)
LOGISTIC = LogisticRegression(max_iter=10_000)
STRENGTHS = {
    "regression": ("alpha", Ridge(), TransferRidge(), np.logspace(-2, 4, 13)),
    "binary": ("C", LOGISTIC, TransferLogisticRegression(), np.logspace(-4, 2, 10)),
    "multiclass": ("C", LOGISTIC, TransferLogisticRegression(), np.logspace(-4, 2, 10)),
    "counts": ("alpha", POISSON, TransferPoissonRegressor(), np.logspace(-4, 1, 11)),
}
PRIVATE = (0.1, 1.0, 10.0)


def _log_score(model, X, y):
    """Minus the log-loss, whatever classes a fold has."""
    return -log_loss(model, X, y)


class Knowledge:
    """A source: its rows, standardised, and a model of them, its strength by cross-validation."""

    def __init__(self, task):
        self.name, plain, self.twin, self.grid = STRENGTHS[task.kind]
        self.kind, self.scaler = task.kind, StandardScaler().fit(task.X_source)
        self.plain = plain
        self.X, self.y, self.origin = self.scaler.transform(task.X_source), task.y_source, task.origin
        self.model = self.cross_validated(plain, self.X, self.y)

    def cross_validated(self, estimator, X, y, prefix="", more=None):
        """The estimator with its strength (and ``more``) by five folds, fitted."""
        options = {"cv": 5}
        if self.kind in ("binary", "multiclass"):
            options["scoring"] = _log_score
        if self.kind == "multiclass":
            options["cv"] = KFold(5, shuffle=True, random_state=0)
        grid = {prefix + self.name: self.grid, **(more or {})}
        return GridSearchCV(estimator, grid, **options).fit(X, y).best_estimator_

    @cached_property
    def source(self):
        """The model and its precision."""
        return Source.from_estimator(self.model, X=self.X, y=self.y)

    @cached_property
    def data(self):
        """All rows as one source."""
        return SourceData(self.X, self.y)

    @cached_property
    def sources(self):
        """The rows of each source."""
        if self.origin is None:
            return [self.data]
        return [SourceData(self.X[self.origin == one], self.y[self.origin == one]) for one in np.unique(self.origin)]

    @property
    def weigher(self):
        """The alpha-weighted estimator for this kind of task."""
        return AlphaWeightedClassifier if self.kind in ("binary", "multiclass") else AlphaWeightedRegressor


def _scaled(knowledge, model):
    """A model of standardised features as one of the target's own."""
    return make_pipeline(knowledge.scaler, model)


def target(knowledge, X, y):
    """scikit-learn alone."""
    pipeline = make_pipeline(StandardScaler(), knowledge.plain)
    return knowledge.cross_validated(pipeline, X, y, prefix=type(knowledge.plain).__name__.lower() + "__")


def pooled(knowledge, X, y):
    """All rows at the same weight, the source's strength."""
    rows = np.vstack([knowledge.X, knowledge.scaler.transform(X)])
    return _scaled(knowledge, clone(knowledge.model).fit(rows, np.concatenate([knowledge.y, y])))


def alpha_weighted(knowledge, X, y):
    """Alpha and the strength by leave-one-out on the target's rows."""
    search = TransferCV(knowledge.weigher(knowledge.twin, knowledge.data))
    return _scaled(knowledge, search.fit(knowledge.scaler.transform(X), y))


def transfer(knowledge, X, y):
    """Towards the source's parameters, as sure as they are; the strength by leave-one-out on the target's rows."""
    search = TransferCV(clone(knowledge.twin).set_params(source=knowledge.source, metric="fisher"))
    return _scaled(knowledge, search.fit(knowledge.scaler.transform(X), y))


def augmented(knowledge, X, y):
    """Shared and private parameters, each source a domain; price and strength by five folds of the target's rows."""
    joint, prefix = FeatureAugmentation(knowledge.twin, knowledge.sources), "estimator__"
    model = knowledge.cross_validated(joint, knowledge.scaler.transform(X), y, prefix, {"private": PRIVATE})
    return _scaled(knowledge, model)


METHODS = {
    "target": target,
    "source": lambda knowledge, X, y: _scaled(knowledge, knowledge.model),
    "pooled": pooled,
    "alpha": alpha_weighted,
    "transfer": transfer,
    "augmented": augmented,
}
