"""Law: a joint fit does not depend on the order of rows, columns, sources or labels; weights are repeats."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.sources import SourceData

P = 4
RANDOM = np.random.default_rng(0)
MODELS = {
    "ridge": AlphaWeightedRegressor(TransferRidge(tol=1e-12)),
    "standardised ridge": AlphaWeightedRegressor(TransferRidge(metric="scale", tol=1e-12)),
    "elastic net": AlphaWeightedRegressor(TransferElasticNet(0.02, tol=1e-14, max_iter=100_000)),
    "poisson": AlphaWeightedRegressor(TransferPoissonRegressor(alpha=0.1, tol=1e-12)),
    "softmax": AlphaWeightedClassifier(TransferLogisticRegression(tol=1e-12, max_iter=1000)),
}


def draw(n, shift):
    X = RANDOM.normal(size=(n, P))
    return X, RANDOM.poisson(np.exp(0.4 * X @ np.linspace(-1, 1 + shift, P))).clip(max=3).astype(float)


LOTS = [draw(50, 0.0), draw(40, 0.5)]
X, Y = draw(25, 1.0)


def fitted(model, sources, X, y, sample_weight=None):
    model = clone(model).set_params(source=sources, alpha=0.3).fit(X, y, sample_weight)
    return model, model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


def test_rows_columns_and_sources_in_any_order(model):
    expected = fitted(model, [SourceData(*lot) for lot in LOTS], X, Y)[1]
    columns, order = RANDOM.permutation(P), RANDOM.permutation(len(X))
    mixed = [SourceData(A[rows][:, columns], b[rows]) for A, b in LOTS for rows in [RANDOM.permutation(len(b))]]
    found = fitted(model, mixed[::-1], X[order][:, columns], Y[order])[1]
    assert_allclose(found, expected[order], rtol=1e-8, atol=1e-10)


def test_several_sources_are_one_of_all_rows(model):
    whole = SourceData(np.vstack([A for A, _ in LOTS]), np.concatenate([b for _, b in LOTS]))
    expected = fitted(model, [SourceData(*lot) for lot in LOTS], X, Y)[1]
    assert_allclose(fitted(model, whole, X, Y)[1], expected, rtol=1e-8, atol=1e-10)


def test_weights_are_repeats_on_both_sides(model):
    times, times_source = RANDOM.integers(0, 4, len(X)), RANDOM.integers(0, 3, 50)
    A, b = LOTS[0]
    weighted = fitted(model, SourceData(A, b, times_source.astype(float)), X, Y, times.astype(float))[0]
    repeated = fitted(
        model, SourceData(A.repeat(times_source, 0), b.repeat(times_source)), X.repeat(times, 0), Y.repeat(times)
    )[0]
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-8, atol=1e-10)
    assert_allclose(weighted.intercept_, repeated.intercept_, rtol=1e-8, atol=1e-10)


def test_labels_may_be_called_anything():
    names = np.array(["d", "a", "c", "b"])
    sources = [SourceData(*lot) for lot in LOTS]
    named = [SourceData(A, names[b.astype(int)]) for A, b in LOTS]
    expected = fitted(MODELS["softmax"], sources, X, Y)[1]
    found, probabilities = fitted(MODELS["softmax"], named, X, names[Y.astype(int)])
    at = found.classes_.searchsorted(names)
    assert_allclose(probabilities[:, at], expected, rtol=1e-8)


def test_the_weights_scale_with_alpha_over_the_rest(model):
    """Doubling the source's weights at alpha is what alpha's odds doubled is, the penalty's scale aside."""
    A, b = LOTS[0]
    alpha, twice = 0.3, 0.6 / 1.3
    inner, scale = model.estimator, {}
    if hasattr(inner, "C"):
        scale = {"C": inner.C * 0.7 / (1 - twice)}
    elif isinstance(inner, TransferRidge):
        scale = {"alpha": inner.alpha * (1 - twice) / 0.7}
    one = clone(model).set_params(source=SourceData(A, b, np.full(50, 2.0)), alpha=alpha).fit(X, Y)
    other = clone(model).set_params(source=SourceData(A, b), alpha=twice)
    other.estimator.set_params(**scale)
    assert_allclose(other.fit(X, Y).coef_, one.coef_, rtol=1e-7, atol=1e-9)
