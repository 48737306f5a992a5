"""One strength for each feature: features are held, freed, or pulled more than others."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferTweedieRegressor,
)
from sktransfer.sources import Source
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

RNG = np.random.default_rng(5)
N, P = 60, 4
X = RNG.normal(size=(N, P))
THETA = np.array([0.5, -0.3, 0.2, 0.4])
ETA = X @ (THETA + np.array([0.4, 0.0, -0.3, 0.0])) + 0.3
NUMBERS = ETA + 0.3 * RNG.normal(size=N)
COUNTS = RNG.poisson(np.exp(ETA)).astype(float)
AMOUNTS = np.exp(ETA + 0.3 * RNG.normal(size=N))
LABELS = (ETA + RNG.logistic(size=N) > 0.3).astype(int)
TIGHT = {"tol": 1e-11, "max_iter": 2000}
TWINS = {
    "ridge": (TransferRidge(), "identity", NUMBERS),
    "lasso": (TransferLasso(**TIGHT), "identity", NUMBERS),
    "elastic net": (TransferElasticNet(**TIGHT), "identity", NUMBERS),
    "logistic": (TransferLogisticRegression(**TIGHT), "logit", LABELS),
    "poisson": (TransferPoissonRegressor(**TIGHT), "log", COUNTS),
    "gamma": (TransferGammaRegressor(**TIGHT), "log", AMOUNTS),
    "tweedie": (TransferTweedieRegressor(power=1.5, **TIGHT), "log", AMOUNTS),
    "svc": (TransferLinearSVC(**TIGHT), "margin", LABELS),
    "svr": (TransferLinearSVR(**TIGHT), "identity", NUMBERS),
}
every_twin = pytest.mark.parametrize("name", TWINS)


def _twin(name, strengths, theta=THETA, **params):
    """The twin with these strengths, and y."""
    twin, link, y = TWINS[name]
    own = twin._strength_parameter
    with np.errstate(divide="ignore"):
        value = 1 / np.asarray(strengths) if own.inverse else np.asarray(strengths)
    value = value[np.newaxis] if name == "ridge" and np.ndim(value) else value
    source = Source(theta, 0.2, link=link, classes=[0, 1] if link in ("logit", "margin") else None)
    return clone(twin).set_params(source=source, **{own.name: value}, **params), y


@every_twin
def test_equal_strengths_are_one_strength(name):
    each, y = _twin(name, np.full(P, 0.05), intercept_penalty=1.0)
    one, _ = _twin(name, 0.05, intercept_penalty=1.0)
    assert_allclose(each.fit(X, y).coef_, one.fit(X, y).coef_, rtol=1e-9)


def _level(name):
    """A support vector machine's intercept is pulled by the weakest of the strengths: here there is none."""
    return {"fit_intercept": False} if name in ("svc", "svr") else {}


@pytest.mark.parametrize("name", [name for name in TWINS if name != "elastic net"])
def test_strengths_are_units_of_the_features(name):
    """A pull four times as strong on a feature is the plain pull on the feature in half its unit."""
    factors = np.array([4.0, 1.0, 0.25, 9.0])
    units = factors if name == "lasso" else np.sqrt(factors)
    each, y = _twin(name, 0.05 * factors, **_level(name))
    one, _ = _twin(name, 0.05, theta=THETA * units, **_level(name))
    assert_allclose(each.fit(X, y).coef_, one.fit(X / units, y).coef_ / units, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ["lasso", "elastic net", "svc", "svr", "ridge", "poisson"])
def test_strengths_are_a_metric(name):
    factors = np.array([4.0, 1.0, 0.25, 9.0])
    each, y = _twin(name, 0.05 * factors, **_level(name))
    one, _ = _twin(name, 0.05, metric=factors, **_level(name))
    assert_allclose(each.fit(X, y).coef_, one.fit(X, y).coef_, rtol=1e-7, atol=1e-9)


@every_twin
def test_infinite_strength_holds_a_feature(name):
    """As if its part of the prediction were subtracted: here, from the limit of strong pulls."""
    held, y = _twin(name, [0.05, np.inf, 0.05, np.inf])
    near, _ = _twin(name, [0.05, 1e9, 0.05, 1e9])
    held, near = held.fit(X, y), near.fit(X, y)
    assert_allclose(np.ravel(held.delta_)[[1, 3]], 0.0, atol=0)
    assert_allclose(held.coef_, near.coef_, rtol=1e-6, atol=1e-7)
    assert np.all(np.abs(np.ravel(held.delta_)[[0, 2]]) > 1e-3)


@pytest.mark.parametrize("name", [name for name in TWINS if name not in ("svc", "svr")])
def test_zero_strength_frees_a_feature(name):
    """It does not matter what the source says of it."""
    free, y = _twin(name, [0.05, 0.0, 0.05, 0.0])
    other, _ = _twin(name, [0.05, 0.0, 0.05, 0.0], theta=THETA + np.array([0.0, 5.0, 0.0, -3.0]))
    assert_allclose(free.fit(X, y).coef_, other.fit(X, y).coef_, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ["logistic", "poisson", "lasso", "svr"])
def test_wrong_shapes_are_refused(name):
    twin, y = _twin(name, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"has shape \(2,\); give one number, or one for each of 4 features"):
        twin.fit(X, y)
    twin, y = _twin(name, [1.0, 2.0, np.nan, 1.0])
    with pytest.raises(ValueError, match="must not be negative or NaN"):
        twin.fit(X, y)


def test_ridge_takes_targets_times_features():
    Y = np.column_stack([NUMBERS, AMOUNTS])
    alpha = np.array([[1.0, 2.0, np.inf, 0.0], [5.0, 0.1, 1.0, np.inf]])
    model = TransferRidge(alpha=alpha).fit(X, Y)
    for k in range(2):
        assert_allclose(model.coef_[k], TransferRidge(alpha=alpha[[k]]).fit(X, Y[:, k]).coef_, rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match=r"alpha has shape \(3, 4\)"):
        TransferRidge(alpha=np.ones((3, 4))).fit(X, Y)
