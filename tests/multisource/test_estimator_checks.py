"""scikit-learn's own checks: without sources, where it is the estimator, and with the check's own rows as sources."""

import numpy as np
import scipy.sparse as sp
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.linear_model import (
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor
from sktransfer.sources import SourceData

REGRESSORS = [TransferLasso(0.01, tol=1e-13), TransferRidge(), TransferPoissonRegressor(alpha=0.01, l1_ratio=1)]
CLASSIFIERS = [TransferLogisticRegression(l1_ratio=ratio) for ratio in (0, 1)]


class _HasItsSources:
    """Takes the rows it is given for two sources', too, if they can be some."""

    def fit(self, X, y, sample_weight=None):
        try:
            X_source, rest = X if sp.issparse(X) else np.asarray(X), (np.asarray(y), sample_weight)
            self.sources = [SourceData(X_source, *rest, name="same"), SourceData(-X_source, *rest, name="turned")]
        except (ValueError, TypeError):
            self.sources = None
        try:
            return super().fit(X, y, sample_weight)
        finally:
            self.sources = None


class RegressorWithSources(_HasItsSources, PooledTransferRegressor):
    pass


class ClassifierWithSources(_HasItsSources, PooledTransferClassifier):
    pass


@parametrize_with_checks(
    [PooledTransferRegressor(inner) for inner in REGRESSORS]
    + [PooledTransferRegressor(REGRESSORS[0], [])]
    + [PooledTransferClassifier(inner) for inner in CLASSIFIERS]
    + [RegressorWithSources(inner) for inner in (TransferLasso(tol=1e-10), TransferRidge())]
    + [ClassifierWithSources(TransferLogisticRegression(tol=1e-12))],
)
def test_estimator_checks(estimator, check):
    check(estimator)
