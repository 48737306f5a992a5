"""scikit-learn's own checks, without a source and with one fitted on the check's rows."""

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData


class WithSource(TransferCV):
    """A search whose source is fitted on the same rows, by ``model``, where they can be fitted at all."""

    model = None

    def fit(self, X, y, sample_weight=None, groups=None):
        given = self.estimator
        try:
            source = clone(self.model).fit(X, y, sample_weight=sample_weight)
        except (ValueError, TypeError):
            source = None  # rows that are to be refused: let TransferCV refuse them
        try:
            self.estimator = clone(given).set_params(source=source)
            return super().fit(X, y, sample_weight=sample_weight, groups=groups)
        finally:
            self.estimator = given


class WithRows(TransferCV):
    """A search over alpha whose source's rows are the same rows, where they can be rows of a source at all."""

    def fit(self, X, y, sample_weight=None, groups=None):
        given = self.estimator
        try:
            rows = (part if hasattr(part, "shape") else np.asarray(part) for part in (X, y))
            source = SourceData(*rows, sample_weight)
            clone(given).set_params(source=source, alpha=1.0).fit(X, y)
        except (ValueError, TypeError):
            source = None
        try:
            self.estimator = clone(given).set_params(source=source)
            return super().fit(X, y, sample_weight=sample_weight, groups=groups)
        finally:
            self.estimator = given


class ByEvidence(TransferCV):
    """Holds no rows out, whatever splits the check of weights gives it."""

    def fit(self, X, y, sample_weight=None, groups=None):
        given = self.cv
        try:
            self.cv = "auto"
            return super().fit(X, y, sample_weight=sample_weight, groups=groups)
        finally:
            self.cv = given


class RidgeWithSource(WithSource):
    model = Ridge()


class LogisticWithSource(WithSource):
    model = LogisticRegression(solver="newton-cholesky", tol=1e-10)


@parametrize_with_checks(
    [
        TransferCV(TransferRidge()),
        TransferCV(TransferLogisticRegression()),
        TransferCV(TransferRidge(), cv=2, grid=[1.0]),
        TransferCV(TransferLogisticRegression(), cv=2, grid=[1.0]),
        RidgeWithSource(TransferRidge()),
        LogisticWithSource(TransferLogisticRegression(), grid=[0.01, 0.1, 1.0]),
        ByEvidence(TransferRidge(), scoring="evidence", grid=[0.1, 1.0]),
        ByEvidence(TransferLogisticRegression(tol=1e-10), scoring="evidence", rule="stack", grid=[0.1, 1.0]),
        WithRows(AlphaWeightedRegressor(TransferRidge())),
        WithRows(AlphaWeightedClassifier(TransferLogisticRegression()), grid=[0.1]),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def test_the_source_is_there():
    X = np.random.default_rng(0).normal(size=(20, 2))
    search = RidgeWithSource(TransferRidge()).fit(X, X[:, 0])
    assert "source" in search.table_["candidate"]
    assert search.estimator.source is None
