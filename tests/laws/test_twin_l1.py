"""Law: with ``source=None`` the L1 twins are scikit-learn's Lasso and ElasticNet."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.linear_model import ElasticNet, Lasso, enet_path

from sktransfer.linear_model import TransferElasticNet, TransferLasso, transfer_path

SHAPES = [(60, 5), (20, 40), (30, 1), (4, 3)]
FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "csr": sp.csr_array,
    "csc": sp.csc_matrix,
    "float32": lambda X: X.astype(np.float32),
    "csc float32": lambda X: sp.csc_matrix(X.astype(np.float32)),
}
TIGHT = {"tol": 1e-14, "max_iter": 200_000}


def rows(shape, n_outputs=1, seed=0):
    """Features off centre and of unequal scale, numbers to predict, weights with a zero; entries float32 can hold."""
    random = np.random.default_rng(seed)
    n, p = shape
    X = random.normal(size=shape) * random.uniform(0.5, 2.0, size=p) + random.normal(size=p)
    X[random.random(shape) < 0.3] = 0.0
    coef = random.normal(size=(p, n_outputs))
    coef[0], coef[p // 2 + 1 :] = 2.0, 0.0
    y = X @ coef + random.normal(size=(n, n_outputs)) + 3.0
    weight = random.integers(1, 4, size=n).astype(float)
    weight[0] = 0.0
    return X.astype(np.float32).astype(float), y[:, 0] if n_outputs == 1 else y, weight


def twins(l1_ratio, **params):
    if l1_ratio == 1:
        return TransferLasso(**params), Lasso(**params)
    return TransferElasticNet(l1_ratio=l1_ratio, **params), ElasticNet(l1_ratio=l1_ratio, **params)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("shape", SHAPES)
def test_one_target(shape, l1_ratio, positive, fit_intercept, weighted, form):
    X, y, weight = rows(shape)
    weight = weight if weighted else None
    ours, twin = twins(l1_ratio, alpha=0.1, positive=positive, fit_intercept=fit_intercept, **TIGHT)
    twin.fit(X, y, weight)
    ours.fit(FORMS[form](X), y, weight)
    rtol = 1e-4 if "float32" in form else 1e-7
    assert np.any(twin.coef_)
    assert ours.coef_.dtype == (np.float32 if "float32" in form else np.float64)
    assert_allclose(ours.coef_, twin.coef_, rtol=rtol, atol=rtol * np.abs(twin.coef_).max())
    assert_allclose(ours.intercept_, twin.intercept_, rtol=rtol, atol=rtol)
    assert_allclose(ours.predict(X), twin.predict(X), rtol=rtol, atol=rtol)
    assert_allclose(ours.sparse_coef_.toarray(), twin.sparse_coef_.toarray(), rtol=rtol, atol=rtol)
    assert np.shape(ours.dual_gap_) == np.shape(twin.dual_gap_)
    assert isinstance(ours.n_iter_, int)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("form", ["C", "csc"])
def test_several_targets(form, fit_intercept, l1_ratio):
    X, y, weight = rows((30, 12), n_outputs=3)
    ours, twin = twins(l1_ratio, alpha=0.1, fit_intercept=fit_intercept, **TIGHT)
    twin.fit(X, y, weight)
    ours.fit(FORMS[form](X), y, weight)
    assert_allclose(ours.coef_, twin.coef_, rtol=1e-7, atol=1e-9)
    assert_allclose(ours.intercept_, twin.intercept_, rtol=1e-7, atol=1e-9)
    assert ours.dual_gap_.shape == twin.dual_gap_.shape
    assert len(ours.n_iter_) == len(twin.n_iter_)


@pytest.mark.parametrize("form", ["C", "csc"])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_constant_columns_stay_at_zero(fit_intercept, form):
    X, y, _ = rows((30, 6))
    X[:, 1], X[:, 4] = 0.0, 1e3 if fit_intercept else 0.0
    ours, twin = twins(1.0, alpha=0.05, fit_intercept=fit_intercept, **TIGHT)
    assert_allclose(ours.fit(FORMS[form](X), y).coef_, twin.fit(X, y).coef_, rtol=1e-7, atol=1e-9)
    assert ours.coef_[1] == ours.coef_[4] == 0


@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
def test_the_gap_is_measured_as_the_twins(l1_ratio):
    """At zero scikit-learn's gap is ``(1 - s)^2 ||y||^2 / (2 n)``, s = alpha l1_ratio n / max |X'y|: so is ours."""
    X, y, weight = rows((30, 6))
    ours, _ = twins(l1_ratio, alpha=0.3, tol=0.6, max_iter=1000)
    ours.fit(X, y, weight)
    share = weight / weight.sum()
    centred, target = X - share @ X, y - share @ y
    scale = 0.3 * l1_ratio / np.abs((share * target) @ centred).max()
    assert not np.any(ours.coef_)
    assert scale < 1
    assert_allclose(ours.dual_gap_, 0.5 * (1 - scale) ** 2 * (share @ target**2), rtol=1e-10)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.filterwarnings("ignore:With alpha=0")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_without_absolute_values(positive, l1_ratio):
    """alpha = 0 or l1_ratio = 0: least squares, or ridge."""
    X, y, weight = rows((60, 5))
    for alpha in (0.0, 0.2) if l1_ratio == 0 else (0.0,):
        params = {"alpha": alpha, "positive": positive, "max_iter": 100_000}
        ours = TransferElasticNet(l1_ratio=l1_ratio, tol=1e-9, **params).fit(X, y, weight)
        twin = ElasticNet(l1_ratio=l1_ratio, tol=1e-16, **params).fit(X, y, weight)
        assert_allclose(ours.coef_, twin.coef_, rtol=1e-5, atol=1e-6)
        assert ours.dual_gap_ < 1e-6


@pytest.mark.parametrize("form", ["F", "csc"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_path(n_outputs, l1_ratio, form):
    X, y, _ = rows((30, 12), n_outputs=n_outputs)
    X_centred, y_centred = X - X.mean(axis=0), y - y.mean(axis=0)
    alphas, coefs, gaps = transfer_path(FORMS[form](X), y, l1_ratio=l1_ratio, alphas=12, **TIGHT)
    if n_outputs == 1:
        wanted, theirs, their_gaps = enet_path(X_centred, y_centred, l1_ratio=l1_ratio, n_alphas=12, **TIGHT)
        assert_allclose(alphas, wanted, rtol=1e-10)
    else:
        pairs = [enet_path(X_centred, y_centred[:, k], l1_ratio=l1_ratio, alphas=alphas, **TIGHT) for k in range(2)]
        theirs, their_gaps = np.stack([pair[1] for pair in pairs]), np.stack([pair[2] for pair in pairs])
    assert_allclose(coefs, theirs, rtol=1e-6, atol=1e-8)
    assert gaps.shape == their_gaps.shape
    assert not np.any(coefs[..., 0])
    assert np.any(coefs[..., 1])
