"""Leave-one-out of losses with logarithmic link: with few rows it is every fit made anew."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone

from sktransfer import Source
from sktransfer._base import LinearBorrowing
from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer.linear_model import TransferGammaRegressor, TransferPoissonRegressor, TransferTweedieRegressor

TWINS = {
    "poisson": TransferPoissonRegressor(),
    "gamma": TransferGammaRegressor(),
    "1.5": TransferTweedieRegressor(power=1.5),
    "3": TransferTweedieRegressor(power=3.0, max_iter=1000),
}


def rows(kind, n=18, p=3, seed=0):
    """One row in nine is far out, and its y large: without it the fit is another one."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p))
    X[::9, 0] += 3.0
    mean = np.exp(0.5 + 0.6 * X[:, 0] - 0.3 * X[:, 1])
    y = random.poisson(mean).astype(float) if kind in ("poisson", "1.5") else random.gamma(2.0, mean / 2)
    return X, y, random.uniform(0.5, 2.0, n)


def brute_force(twin, X, y, weight):
    """Linear predictors by n fits, the row's weight at zero and alpha as strong against the sum as before."""
    eta = np.empty(len(y))
    for i in range(len(y)):
        without = np.where(np.arange(len(y)) == i, 0.0, weight)
        again = clone(twin).set_params(alpha=twin.alpha * weight.sum() / without.sum(), tol=1e-11)
        again.fit(X, y, without)
        eta[i] = X[i] @ again.coef_ + again.intercept_
    return eta


@pytest.mark.parametrize("pull", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("kind", TWINS)
def test_one_fit_gives_all_held_out_predictions(kind, form, pull):
    X, y, weight = rows(kind)
    twin = clone(TWINS[kind]).set_params(
        alpha=0.05, source=Source([0.4, 0.0, 0.1], 0.3), intercept_penalty=pull, tol=1e-11
    )
    found = held_out_predictions(*twin._minimiser(*twin._aligned(form(X), y, weight)))[:, 0]
    assert_allclose(found, brute_force(twin, X, y, weight), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", TWINS)
def test_a_path_of_strengths_gives_the_same(kind):
    """The compiled road; strength and weights keep the scale of all rows."""
    X, y, weight = rows(kind)
    twin = clone(TWINS[kind]).set_params(source=Source([0.4, 0.0, 0.1], 0.3), tol=1e-9)
    borrowing = LinearBorrowing(twin)
    grid = {"alpha": [0.02, 0.5, 10.0], "intercept_penalty": [0.5]}
    candidates = [c for c in borrowing.candidates(X, y, weight, grid) if c.name == "transfer"]
    assert len(candidates) == 3
    for candidate, losses in zip(candidates, borrowing.held_out(X, y, weight, candidates), strict=True):
        one = clone(twin).set_params(**candidate.params)
        eta = brute_force(one, X, y, weight)
        assert_allclose(losses, one._loss(None).pointwise(y, eta[:, np.newaxis]), rtol=1e-5, atol=1e-7)


def test_many_rows_take_one_step_and_are_near():
    X, y, weight = rows("poisson", n=2000)
    twin = TransferPoissonRegressor(alpha=0.01, tol=1e-11)
    found = held_out_predictions(*twin._minimiser(*twin._aligned(X, y, weight)))[:, 0]
    for i in (0, 9, 500):
        without = np.where(np.arange(2000) == i, 0.0, weight)
        again = TransferPoissonRegressor(alpha=0.01 * weight.sum() / without.sum(), tol=1e-11).fit(X, y, without)
        assert_allclose(found[i], X[i] @ again.coef_ + again.intercept_, atol=2e-3)
