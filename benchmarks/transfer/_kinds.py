"""Kinds of tasks: scikit-learn's model of each, its twin, and the strengths among which held-out rows choose."""

from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold

from benchmarks.transfer._scores import SCORES
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge


class Kind(NamedTuple):
    """``plain`` and ``twin`` at the strength ``name``, of ``grid``; ``newcomer`` is what one writes first.

    ``seed`` shuffles the rows into folds.
    """

    score: object
    name: str
    grid: np.ndarray
    plain: BaseEstimator
    twin: BaseEstimator
    newcomer: BaseEstimator
    classifies: bool = False
    squared: bool = False
    seed: int = 1

    def at(self, strength):
        """The plain model at a strength."""
        return clone(self.plain).set_params(**{self.name: strength})

    def folds(self, y):
        """Five of shuffled rows; of two classes each in all folds."""
        smallest = np.unique(y, return_counts=True)[1].min() if self.classifies else 0
        if smallest < 2:
            return KFold(5, shuffle=True, random_state=self.seed)
        return StratifiedKFold(min(5, smallest), shuffle=True, random_state=self.seed)

    def searched(self, estimator, X, y, prefix="", more=None):
        """The estimator at the strength (and ``more``) that five folds prefer, fitted."""
        grid = {prefix + self.name: self.grid, **(more or {})}
        return GridSearchCV(estimator, grid, cv=self.folds(y), scoring=self._scored).fit(X, y).best_estimator_

    def tuned(self, X, y):
        """The plain model, fitted: its strength by leave-one-out (squared loss) or five folds."""
        if self.squared:
            return self.at(RidgeCV(self.grid).fit(X, y).alpha_).fit(X, y)
        return self.searched(self.plain, X, y)

    def _scored(self, model, X, y):
        return -self.score(model, X, y)


LOGISTIC = LogisticRegression(max_iter=10_000)
CLASSES = ("C", np.logspace(-4, 2, 10))
POISSON = PoissonRegressor(solver="newton-cholesky", max_iter=1000, tol=1e-7)

KINDS = {
    "regression": Kind(
        SCORES["regression"], "alpha", np.logspace(-3, 6, 19), Ridge(), TransferRidge(), RidgeCV(), squared=True
    ),
    "binary": Kind(
        SCORES["binary"],
        *CLASSES,
        clone(LOGISTIC).set_params(solver="newton-cholesky", tol=1e-8),
        TransferLogisticRegression(),
        LogisticRegression(),
        classifies=True,
    ),
    "multiclass": Kind(
        SCORES["multiclass"], *CLASSES, LOGISTIC, TransferLogisticRegression(), LogisticRegression(), classifies=True
    ),
    "counts": Kind(
        SCORES["counts"], "alpha", np.logspace(-4, 3, 15), POISSON, TransferPoissonRegressor(), PoissonRegressor()
    ),
}
