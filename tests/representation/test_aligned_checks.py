"""scikit-learn's own checks: every aligned space without a source, and with the check's own rows as a source's."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.representation import CORAL, SubspaceAlignment, TransferComponentAnalysis
from sktransfer.sources import SourceData


class _TakesRowsForASource:
    """Takes the rows it is given, stretched and shifted, for a source's, if they can be some."""

    def fit(self, X, y=None, sample_weight=None):
        self.source = self._source_of(X, sample_weight)
        try:
            return super().fit(X, y, sample_weight)
        finally:
            self.source = None

    def _source_of(self, X, sample_weight):
        try:
            rows = np.asarray(X)
            rows = rows.astype(rows.dtype if rows.dtype.kind in "fc" else float)
            rows = 2 * rows * np.linspace(1, 2, rows.shape[1]).astype(rows.dtype) + 1
            return SourceData(rows, np.zeros(len(rows)), sample_weight)
        except (ValueError, TypeError, IndexError):
            return None


class _TakesMoments(_TakesRowsForASource):
    """The same by moments."""

    def _source_of(self, X, sample_weight):
        source = super()._source_of(X, sample_weight)
        try:
            return source if source is None else source.summarize(LinearRegression())
        except ValueError:
            return None


class CORALWithSource(_TakesRowsForASource, CORAL):
    pass


class CORALWithMoments(_TakesMoments, CORAL):
    pass


class SubspaceAlignmentWithSource(_TakesRowsForASource, SubspaceAlignment):
    pass


class SubspaceAlignmentWithMoments(_TakesMoments, SubspaceAlignment):
    pass


class TransferComponentAnalysisWithSource(_TakesRowsForASource, TransferComponentAnalysis):
    pass


WITH_SOURCE = [
    CORALWithSource(),
    CORALWithSource(shrinkage=0.0),
    CORALWithSource(method="scale"),
    CORALWithSource(method="quantiles"),
    CORALWithMoments(),
    SubspaceAlignmentWithSource(),
    SubspaceAlignmentWithSource(shrinkage=0.0),
    SubspaceAlignmentWithMoments(),
    TransferComponentAnalysisWithSource(),
    TransferComponentAnalysisWithSource(kernel="linear"),
]


ALL = [CORAL(), SubspaceAlignment(), TransferComponentAnalysis(), *WITH_SOURCE]


@parametrize_with_checks(ALL)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ALL, ids=str)
def test_frames(estimator, check_of_frames):
    check_of_frames(type(estimator).__name__, estimator)


@pytest.mark.parametrize("estimator", WITH_SOURCE, ids=str)
def test_the_source_is_there(estimator):
    X = np.random.default_rng(0).normal(size=(30, 3))
    estimator.fit(X)
    assert estimator.source is None
    if isinstance(estimator, CORAL):
        assert not np.allclose(estimator.transform(X), X)
    elif isinstance(estimator, SubspaceAlignment):
        np.testing.assert_allclose(estimator.source_mean_, 2 * X.mean(axis=0) * np.linspace(1, 2, 3) + 1)
    else:
        assert len(estimator.landmarks_) == 60
