"""Law: many rows go down other roads (fused kernels, one float32 Hessian, threads) to the same optimum."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression

N, P = 40_000, 40


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    mixing = np.linalg.qr(random.normal(size=(P, P)))[0] * np.logspace(0, -1.5, P)
    X = random.normal(size=(N, P)) @ mixing.T + 1.0
    y = random.random(N) < 1 / (1 + np.exp(-X @ random.normal(size=P)))
    return X, y


@pytest.mark.parametrize("form", ["C", "F", "float32"])
def test_twin(data, form):
    X, y = data
    X = {"C": X, "F": np.asfortranarray(X), "float32": X.astype(np.float32)}[form]
    ours = TransferLogisticRegression(C=0.5, tol=1e-10).fit(X, y)
    assert ours.result_.solver == "chord"
    assert ours.result_.converged
    wide = X.astype(np.float64)
    twin = LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-12).fit(wide, y)
    rtol = 1e-3 if form == "float32" else 1e-6
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=rtol, atol=rtol * np.abs(twin.coef_).max())
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("settings", [{}, {"metric": "fisher"}, {"metric": "scale", "intercept_penalty": 2.0}])
def test_chord_and_newton_agree_with_a_source(data, settings):
    X, y = data
    other = y[:5000] ^ (np.random.default_rng(1).random(5000) < 0.3)
    source = Source.from_estimator(LogisticRegression(max_iter=1000).fit(X[:5000] * 1.1, other), X=X[:5000] * 1.1)
    chord, newton = (
        TransferLogisticRegression(source=source, solver=solver, tol=1e-11, **settings).fit(X, y)
        for solver in ("chord", "newton-cholesky")
    )
    np.testing.assert_allclose(chord.coef_, newton.coef_, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(chord.intercept_, newton.intercept_, rtol=1e-6, atol=1e-7)


def test_three_classes(data):
    X, y = data
    labels = y + (X[:, 0] > 1.5)
    chord, newton = (
        TransferLogisticRegression(solver=solver, tol=1e-10).fit(X[:10_000], labels[:10_000])
        for solver in ("chord", "newton-cholesky")
    )
    np.testing.assert_allclose(chord.coef_, newton.coef_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(chord.intercept_, newton.intercept_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("solver", ["chord", "newton-cholesky"])
def test_a_start_where_nothing_curves(data, solver):
    """From a source that is sure of the contrary of everything, to the certificate."""
    X, y = data
    source = Source(-50.0 * TransferLogisticRegression().fit(X, y).coef_, classes=[False, True])
    model = TransferLogisticRegression(source=source, solver=solver, C=100.0, max_iter=300).fit(X, y)
    assert model.result_.converged
