"""Law: where features stand does not matter to a model with a free intercept; the level moves, the slopes do not."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

N, P = 80, 4


def problem(far):
    """Features of unit spread about zero and about ``far``, and the linear predictor plus noise."""
    random = np.random.default_rng(0)
    # Whole multiples of 2^-20, so that moving them by ``far`` is exact and only the fits are compared.
    Z = np.round(random.normal(size=(N, P)) * 2**20) / 2**20
    return Z, Z + far, Z @ [1.0, -2.0, 3.0, 0.5] + random.normal(size=N)


@pytest.mark.parametrize(
    ("metric", "far"),
    [("identity", 1e3), ("identity", 1e5), ("scale", 1e3), ("scale", 1e5), ("fisher", 1e3), ("fisher", 1e4)],
)
def test_ridge(metric, far):
    near, moved, y = problem(far)
    random = np.random.default_rng(1)
    rows = random.normal(size=(60, P))
    fitted = []
    for X, X_source in ((near, rows), (moved, rows + far)):
        source = Source.from_estimator(Ridge().fit(X_source, rows @ np.ones(P)), X=X_source)
        fitted.append(TransferRidge(alpha=3.0, source=source, metric=metric).fit(X, y))
    np.testing.assert_allclose(fitted[1].coef_, fitted[0].coef_, rtol=1e-6)
    np.testing.assert_allclose(fitted[1].predict(moved), fitted[0].predict(near), atol=1e-6)
    np.testing.assert_allclose(fitted[1].effective_sample_size_, fitted[0].effective_sample_size_, rtol=1e-4)


@pytest.mark.parametrize("far", [1e3, 1e5])
def test_ridge_is_its_twin(far):
    _, moved, y = problem(far)
    targets = np.column_stack([y, 5.0 - y**2])
    np.testing.assert_allclose(TransferRidge().fit(moved, y).coef_, Ridge().fit(moved, y).coef_, rtol=1e-6)
    ours, twin = TransferRidge().fit(moved, targets), Ridge().fit(moved, targets)
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(moved), twin.predict(moved), atol=1e-5)


@pytest.mark.parametrize("far", [1e2, 1e4])
@pytest.mark.parametrize("solver", ["newton-cholesky", "newton-cg"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic(n_classes, solver, far):
    near, moved, y = problem(far)
    labels = np.argsort(np.argsort(y)) * n_classes // N
    settings = {"solver": solver, "tol": 1e-8}
    a = TransferLogisticRegression(**settings).fit(near, labels)
    b = TransferLogisticRegression(**settings).fit(moved, labels)
    np.testing.assert_allclose(b.coef_, a.coef_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(b.predict_proba(moved), a.predict_proba(near), atol=1e-7)


@pytest.mark.parametrize("unit", [1e-7, 1e7])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_units_under_a_metric_in_the_same_units(n_classes, unit):
    """The intercepts of a softmax, free together, are measured in their own units and not in the features'."""
    near, _, y = problem(0.0)
    labels = np.argsort(np.argsort(y)) * n_classes // N
    units = np.array([1.0, unit, 1.0, unit])
    settings = {"solver": "newton-cholesky"}
    a = TransferLogisticRegression(tol=1e-10, **settings).fit(near, labels)
    b = TransferLogisticRegression(tol=1e-9 * max(unit, 1.0), metric=units**2, **settings).fit(near * units, labels)
    np.testing.assert_allclose(b.coef_ * units, a.coef_, rtol=1e-6)
    assert b.n_iter_[0] <= a.n_iter_[0] + 1  # the last steps go to rounding, which is not the same in both
