"""scikit-learn's own checks: every twin without a source, and with one fitted on the check's own rows."""

import numpy as np
from sklearn.linear_model import GammaRegressor, LogisticRegression, PoissonRegressor, Ridge, TweedieRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.linear_model import (
    TransferGammaRegressor,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferTweedieRegressor,
)


def _fitted(model, X, y, sample_weight):
    """A source on the same rows; None for rows that are to be refused: the twin itself must refuse them."""
    try:
        return model.fit(X, y, sample_weight)
    except (ValueError, TypeError):
        return None


class RidgeWithSource(TransferRidge):
    def fit(self, X, y, sample_weight=None):
        try:
            self.source = _fitted(Ridge(), X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class LogisticRegressionWithSource(TransferLogisticRegression):
    def fit(self, X, y, sample_weight=None):
        try:
            self.source = _fitted(LogisticRegression(solver="newton-cg", tol=1e-10), X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class PoissonWithSource(TransferPoissonRegressor):
    def fit(self, X, y, sample_weight=None):
        try:
            self.source = _fitted(PoissonRegressor(solver="newton-cholesky", tol=1e-10), X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class GammaWithSource(TransferGammaRegressor):
    def fit(self, X, y, sample_weight=None):
        try:
            self.source = _fitted(GammaRegressor(solver="newton-cholesky", tol=1e-10), X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class TweedieWithSource(TransferTweedieRegressor):
    def fit(self, X, y, sample_weight=None):
        try:
            model = TweedieRegressor(power=self.power, link=self.link, solver="newton-cholesky", tol=1e-10)
            self.source = _fitted(model, X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


@parametrize_with_checks(
    [
        TransferRidge(),
        TransferLogisticRegression(),
        RidgeWithSource(),
        RidgeWithSource(metric="scale", intercept_penalty=1.0),
        LogisticRegressionWithSource(),
        LogisticRegressionWithSource(metric="scale", intercept_penalty=1.0),
        # weights are repeats to the tolerance of the solver, and one of the checks asks for seven digits
        TransferPoissonRegressor(tol=1e-10),
        TransferGammaRegressor(tol=1e-10),
        TransferTweedieRegressor(tol=1e-10),
        TransferTweedieRegressor(power=1.5, tol=1e-10),
        TransferTweedieRegressor(power=3.0, tol=1e-10),
        PoissonWithSource(tol=1e-10),
        PoissonWithSource(metric="scale", intercept_penalty=1.0, tol=1e-10),
        GammaWithSource(tol=1e-10),
        TweedieWithSource(power=0.0, tol=1e-10),
        TweedieWithSource(power=1.5, metric="scale", intercept_penalty=1.0, tol=1e-10),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def test_the_sources_are_there():
    X = np.random.default_rng(0).normal(size=(30, 2))
    amounts = np.exp(X[:, 0])
    for model, y in (
        (RidgeWithSource(), X[:, 0]),
        (LogisticRegressionWithSource(), X[:, 0] > 0),
        (PoissonWithSource(), amounts),
        (GammaWithSource(), amounts),
        (TweedieWithSource(power=1.5), amounts),
    ):
        assert not model.fit(X, y).source_.is_null
        assert np.any(model.source_coef_)
        assert model.source is None
