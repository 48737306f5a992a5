"""How much to borrow from a source that is known by sums; feature augmentation from sums."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor, FeatureAugmentation
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData


def draw(seed, n, shift):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 4))
    return X, X @ (np.array([1.0, -1.0, 0.5, 0.0]) + shift) + random.normal(size=n)


SOURCE, TARGET = draw(0, 300, 0.0), draw(1, 30, 0.3)


@pytest.mark.parametrize("rule", ["min", "stack"])
def test_the_choice_from_moments_is_that_from_rows(rule):
    twin, rows = TransferRidge(), SourceData(*SOURCE)
    found = [
        TransferCV(AlphaWeightedRegressor(twin, source), rule=rule).fit(*TARGET)
        for source in (rows, rows.summarize(twin))
    ]
    assert found[0].borrow_ == found[1].borrow_
    assert_allclose(found[0].table_["score"], found[1].table_["score"], rtol=1e-9)
    assert_allclose(found[0].predict(rows.X), found[1].predict(rows.X), rtol=1e-9)


def test_the_choice_from_a_curvature_is_near_that_from_rows_and_exact_at_the_ends():
    """Every alpha is a fit of its own beside the quadratic; at 0 and 1 nothing is approximate."""
    twin = TransferLogisticRegression(C=0.5, tol=1e-10)
    (A, a), (X, y) = SOURCE, TARGET
    rows = SourceData(A, a > 0)
    grid = {"alpha": [0.05, 0.3], "estimator__C": [0.5]}
    from_rows, from_sums = (
        TransferCV(AlphaWeightedClassifier(twin, source), grid=grid).fit(X, y > 0)
        for source in (rows, rows.summarize(twin))
    )
    scores, others = np.array(from_rows.table_["score"]), np.array(from_sums.table_["score"])
    ends = [params["alpha"] in (0.0, 1.0) for params in from_rows.table_["params"]]
    assert sum(ends) == 2
    assert_allclose(others[ends], scores[ends], rtol=1e-7)
    assert_allclose(others, scores, rtol=0.02)
    assert np.any(np.abs(others - scores) > 1e-7)


@pytest.mark.parametrize(
    "model, kind",
    [(Ridge(), "moments"), (TransferLogisticRegression(), "curvature")],
)
def test_feature_augmentation_takes_moments_around_a_twin_only(model, kind):
    (A, a), (X, y) = SOURCE, TARGET
    a, y = (a > 0, y > 0) if kind == "curvature" else (a, y)
    rows = SourceData(A, a)
    with pytest.raises(TypeError, match="FeatureAugmentation learns from rows, and the source 0 is known by sums"):
        FeatureAugmentation(model, rows.summarize(model)).fit(X, y)
    if kind == "moments":
        expected = FeatureAugmentation(TransferRidge(), rows).fit(X, y)
        found = FeatureAugmentation(TransferRidge(), rows.summarize(model)).fit(X, y)
        assert_allclose(found.coef_, expected.coef_, rtol=1e-9)
        assert_allclose(found.source_coefs_, expected.source_coefs_, rtol=1e-9)
