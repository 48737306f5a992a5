"""scikit-learn's own checks: both twins without a source, and with one fitted on the check's own rows."""

import numpy as np
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.svm import TransferLinearSVC, TransferLinearSVR


def _fitted(model, X, y, sample_weight):
    """A source on the same rows; None for rows that are to be refused: the twin itself must refuse them."""
    try:
        return model.fit(X, y, sample_weight)
    except (ValueError, TypeError):
        return None


class SVCWithSource(TransferLinearSVC):
    def fit(self, X, y, sample_weight=None):
        try:
            self.source = _fitted(TransferLinearSVC(C=0.1, tol=1e-12), X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class SVRWithSource(TransferLinearSVR):
    def fit(self, X, y, sample_weight=None):
        try:
            self.source = _fitted(TransferLinearSVR(C=0.1, tol=1e-12), X, y, sample_weight)
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class _TwoSources:
    """A list of two sources, the second without an intercept."""

    def fit(self, X, y, sample_weight=None):
        try:
            kind = TransferLinearSVC if hasattr(self, "classes") else TransferLinearSVR
            models = [kind(C=0.1, tol=1e-12, fit_intercept=fits) for fits in (True, False)]
            found = [_fitted(model, X, y, sample_weight) for model in models]
            self.source = None if None in found else found
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None


class SVCWithSources(_TwoSources, TransferLinearSVC):
    pass


class SVRWithSources(_TwoSources, TransferLinearSVR):
    pass


@parametrize_with_checks(
    [
        TransferLinearSVC(),
        TransferLinearSVC("hinge"),
        TransferLinearSVR(),
        TransferLinearSVR(loss="squared_epsilon_insensitive", epsilon=0.1),
        SVCWithSource(),
        SVCWithSource("hinge", metric="scale", intercept_penalty=1.0),
        SVRWithSource(),
        SVRWithSource(loss="squared_epsilon_insensitive", metric="scale", intercept_penalty=1.0),
        SVCWithSources(),
        SVCWithSources("hinge", source_weights="free"),
        SVRWithSources(source_weights="nonnegative"),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def test_the_sources_are_there():
    X = np.random.default_rng(0).normal(size=(30, 2))
    for model, y in (
        (SVRWithSource(), X[:, 0]),
        (SVCWithSource(), X[:, 0] > 0),
        (SVRWithSources(), X[:, 0]),
        (SVCWithSources(), X[:, 0] > 0),
    ):
        assert not model.fit(X, y).source_.is_null
        assert np.any(model.source_coef_)
        assert model.source is None


def test_the_twins_sources_are_read():
    X = np.random.default_rng(0).normal(size=(30, 2))
    for twin, kind, y in (
        (LinearSVC(), TransferLinearSVC, X[:, 0] > 0),
        (LinearSVR(), TransferLinearSVR, X[:, 0]),
    ):
        source = twin.fit(X, y)
        model = kind(source=source, C=0.0, intercept_penalty=np.inf).fit(X, y)
        np.testing.assert_allclose(model.predict(X), source.predict(X), rtol=1e-15)
