"""scikit-learn's own checks: each kind of road, without a source and with the check's own rows as a source's."""

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
)
from sktransfer.sources import SourceData
from sktransfer.svm import TransferLinearSVC


class _HasItsSource:
    """Takes the rows it is given for a source's, too, in another order, if they can be some."""

    def fit(self, X, y, sample_weight=None):
        try:
            self.source = SourceData(X, y, sample_weight)
        except (ValueError, TypeError):
            self.source = None
        try:
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class RegressorWithSource(_HasItsSource, AlphaWeightedRegressor):
    pass


class ClassifierWithSource(_HasItsSource, AlphaWeightedClassifier):
    pass


REGRESSORS = [Ridge(), KernelRidge(), TransferRidge(), TransferPoissonRegressor()]
REGRESSORS += [TransferElasticNet(0.01, tol=1e-13)]
CLASSIFIERS = [LogisticRegression(), GaussianNB(), TransferLogisticRegression(), TransferRidgeClassifier()]
BOOSTED = [HistGradientBoostingRegressor(max_iter=5), HistGradientBoostingClassifier(max_iter=5)]


@parametrize_with_checks(
    [AlphaWeightedRegressor(inner) for inner in [*REGRESSORS, BOOSTED[0]]]
    + [AlphaWeightedClassifier(inner) for inner in [*CLASSIFIERS, BOOSTED[1], TransferLinearSVC()]]
    + [RegressorWithSource(inner, alpha=alpha) for inner in REGRESSORS for alpha in (0.2, 1.0)]
    + [ClassifierWithSource(inner, alpha=0.2) for inner in CLASSIFIERS]
)
def test_estimator_checks(estimator, check):
    check(estimator)
