"""scikit-learn's own checks: every twin without a source, and with one fitted on the check's own rows."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    Lasso,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)

TIGHT_L1 = {"tol": 1e-14, "max_iter": 100_000}
TIGHT_GLM = {"solver": "newton-cholesky", "tol": 1e-10}


class _FitsItsSource:
    """First fits a source on the rows it is given, converged or not; rows that it refuses, the twin must refuse."""

    def fit(self, X, y, sample_weight=None):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # the teacher's own, on float32 rows
                self.source = self._taught(X, y, sample_weight)
        except (ValueError, TypeError):
            self.source = None
        try:
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None

    def _taught(self, X, y, sample_weight):
        return self._teacher().fit(X, y, sample_weight)


class _FitsItsSources:
    """The same with a list of two, the second without an intercept."""

    def _taught(self, X, y, sample_weight):
        teachers = self._teacher(), self._teacher().set_params(fit_intercept=False)
        return [teacher.fit(X, y, sample_weight) for teacher in teachers]


class RidgeWithSource(_FitsItsSource, TransferRidge):
    def _teacher(self):
        return Ridge()


class RidgeClassifierWithSource(_FitsItsSource, TransferRidgeClassifier):
    def _teacher(self):
        return TransferRidgeClassifier(alpha=0.5)  # its twin takes rows of one class


class LogisticRegressionWithSource(_FitsItsSource, TransferLogisticRegression):
    def _teacher(self):
        return LogisticRegression(tol=1e-10)


class LassoWithSource(_FitsItsSource, TransferLasso):
    def _teacher(self):
        return Lasso(0.1, **TIGHT_L1)


class ElasticNetWithSource(_FitsItsSource, TransferElasticNet):
    def _teacher(self):
        return ElasticNet(0.1, **TIGHT_L1)


class PoissonWithSource(_FitsItsSource, TransferPoissonRegressor):
    def _teacher(self):
        return PoissonRegressor(**TIGHT_GLM)


class GammaWithSource(_FitsItsSource, TransferGammaRegressor):
    def _teacher(self):
        return GammaRegressor(**TIGHT_GLM)


class TweedieWithSource(_FitsItsSource, TransferTweedieRegressor):
    def _teacher(self):
        return TweedieRegressor(power=self.power, link=self.link, **TIGHT_GLM)


class RidgeWithSources(_FitsItsSources, RidgeWithSource):
    def _teacher(self):
        return Ridge(tol=1e-12)


class RidgeClassifierWithSources(_FitsItsSources, RidgeClassifierWithSource):
    pass


class LogisticRegressionWithSources(_FitsItsSources, LogisticRegressionWithSource):
    pass


class LassoWithSources(_FitsItsSources, LassoWithSource):
    pass


class ElasticNetWithSources(_FitsItsSources, ElasticNetWithSource):
    pass


class PoissonWithSources(_FitsItsSources, PoissonWithSource):
    pass


class GammaWithSources(_FitsItsSources, GammaWithSource):
    pass


class TweedieWithSources(_FitsItsSources, TweedieWithSource):
    pass


SCALED = {"metric": "scale", "intercept_penalty": 1.0}
DOUBTED = {"source_probability": 0.5}


@parametrize_with_checks(
    [
        TransferRidge(),
        TransferRidgeClassifier(),
        TransferLogisticRegression(),
        TransferLogisticRegression(l1_ratio=0.5),
        TransferLogisticRegression(l1_ratio=1.0, tol=1e-13),
        TransferLasso(),
        TransferLasso(alpha=0.01, tol=1e-13),
        TransferElasticNet(),
        TransferElasticNet(alpha=0.01, tol=1e-13),
        TransferPoissonRegressor(),
        TransferPoissonRegressor(l1_ratio=1.0, alpha=0.01, tol=1e-13),
        TransferGammaRegressor(),
        TransferGammaRegressor(l1_ratio=0.5, alpha=0.01, tol=1e-13),
        TransferTweedieRegressor(),
        TransferTweedieRegressor(l1_ratio=1.0, alpha=0.01, tol=1e-13, max_iter=10_000),
        TransferTweedieRegressor(power=1.5, l1_ratio=0.5, alpha=0.01, tol=1e-13),
        TransferTweedieRegressor(power=3.0, l1_ratio=0.5, alpha=0.01, tol=1e-13),
        TransferTweedieRegressor(power=1.5),
        TransferTweedieRegressor(power=3.0),
        RidgeWithSource(),
        RidgeWithSource(**SCALED),
        RidgeClassifierWithSource(),
        RidgeClassifierWithSource(**SCALED),
        LogisticRegressionWithSource(),
        LogisticRegressionWithSource(**SCALED),
        LogisticRegressionWithSource(l1_ratio=1.0, tol=1e-13),
        LogisticRegressionWithSource(l1_ratio=0.5, tol=1e-13, **SCALED),
        LassoWithSource(alpha=0.01, tol=1e-13),
        LassoWithSource(alpha=0.01, tol=1e-13, **SCALED),
        ElasticNetWithSource(alpha=0.01, tol=1e-13),
        ElasticNetWithSource(alpha=0.01, tol=1e-13, **SCALED),
        PoissonWithSource(),
        PoissonWithSource(**SCALED),
        PoissonWithSource(l1_ratio=1.0, alpha=0.01, tol=1e-13),
        PoissonWithSource(l1_ratio=0.5, alpha=0.01, tol=1e-13, **SCALED),
        GammaWithSource(),
        GammaWithSource(l1_ratio=0.5, alpha=0.01, tol=1e-13),
        TweedieWithSource(power=0.0),
        TweedieWithSource(power=1.5, **SCALED),
        TweedieWithSource(power=1.5, l1_ratio=0.5, alpha=0.01, tol=1e-13, **SCALED),
        RidgeWithSource(**DOUBTED),
        RidgeWithSource(**DOUBTED, **SCALED),
        RidgeClassifierWithSource(**DOUBTED),
        LogisticRegressionWithSource(**DOUBTED, tol=1e-10),
        LogisticRegressionWithSource(**DOUBTED, **SCALED, tol=1e-10),
        PoissonWithSource(**DOUBTED, tol=1e-10),
        GammaWithSource(**DOUBTED, tol=1e-10),
        TweedieWithSource(**DOUBTED, power=1.5, tol=1e-10),
        RidgeWithSources(),
        RidgeWithSources(source_weights="free", **SCALED),
        RidgeClassifierWithSources(source_weights="nonnegative"),
        LogisticRegressionWithSources(),
        LogisticRegressionWithSources(source_weights="free", **SCALED),
        LassoWithSources(alpha=0.01, tol=1e-13),
        ElasticNetWithSources(alpha=0.01, tol=1e-13, source_weights="nonnegative"),
        PoissonWithSources(),
        GammaWithSources(source_weights="nonnegative"),
        TweedieWithSources(power=1.5, source_weights="free"),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "model",
    [
        RidgeWithSource(),
        RidgeClassifierWithSource(),
        LassoWithSource(),
        ElasticNetWithSource(),
        PoissonWithSource(),
        GammaWithSource(),
        TweedieWithSource(power=1.5),
        LogisticRegressionWithSource(),
        RidgeWithSources(),
        RidgeClassifierWithSources(),
        LassoWithSources(),
        ElasticNetWithSources(),
        PoissonWithSources(),
        GammaWithSources(),
        TweedieWithSources(power=1.5),
        LogisticRegressionWithSources(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_the_source_is_there(model):
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = X[:, 0] > 0 if hasattr(model, "decision_function") else np.exp(X[:, 0])
    assert not model.fit(X, y).source_.is_null
    assert np.any(model.source_coef_)
    assert model.source is None
