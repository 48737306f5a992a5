"""scikit-learn's own checks: without sources it is the estimator."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.linear_model import (
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor

REGRESSORS = [TransferLasso(0.01, tol=1e-13), TransferRidge(), TransferPoissonRegressor(alpha=0.01, l1_ratio=1)]


@parametrize_with_checks(
    [PooledTransferRegressor(inner) for inner in REGRESSORS]
    + [PooledTransferRegressor(REGRESSORS[0], [])]
    + [PooledTransferClassifier(TransferLogisticRegression(l1_ratio=ratio)) for ratio in (0, 1)]
)
def test_estimator_checks(estimator, check):
    check(estimator)
