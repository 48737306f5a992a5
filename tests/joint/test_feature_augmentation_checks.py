"""scikit-learn's own checks: without a source, and with the check's own rows as a source's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.joint import FeatureAugmentation
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.sources import SourceData
from sktransfer.svm import TransferLinearSVC


class WithSource(FeatureAugmentation):
    """Takes the rows it is given for a source's, too, if they can be some."""

    def fit(self, X, y, sample_weight=None):
        try:
            shaped = [np.asarray(each) if hasattr(each, "__array__") else each for each in (X, y)]
            self.source = SourceData(X if hasattr(X, "shape") else shaped[0], shaped[1], sample_weight)
        except (ValueError, TypeError):
            self.source = None
        try:
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


INNER = [
    Ridge(),
    LogisticRegression(solver="newton-cholesky", tol=1e-10),
    RidgeClassifier(),
    TransferRidge(),
    TransferElasticNet(alpha=0.01, tol=1e-13),
    TransferLogisticRegression(tol=1e-10),
    TransferPoissonRegressor(),
]


@parametrize_with_checks(
    [kind(inner) for inner in INNER for kind in (FeatureAugmentation, WithSource)]
    + [FeatureAugmentation(TransferLinearSVC())]
    + [WithSource(TransferRidge(), private=float("inf")), WithSource(TransferRidge(), intercept_penalty=float("inf"))]
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("inner", INNER, ids=lambda inner: type(inner).__name__)
def test_the_source_is_there(inner):
    X = [[0.0, 1.0], [2.0, 3.0], [1.0, 1.0], [5.0, 2.0], [1.0, 0.0], [4.0, 4.0]]
    model = WithSource(inner).fit(X, [0, 1, 1, 0, 1, 0])
    assert len(model.source_coefs_) == 1
    assert model.source is None
