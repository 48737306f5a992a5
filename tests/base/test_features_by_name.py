"""Features go by name: permuted, missing and extra columns."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from tests.oracles.linear import minimise

NAMES = ["age", "dose", "height", "weight"]
MIXING = np.array([[1.0, 0.5, 0.0, 0.3], [0.0, 1.0, -0.4, 0.0], [0.2, 0.0, 1.0, 0.0], [0.0, 0.6, 0.0, 1.0]])


def _frame(n_samples, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_samples, 4)) @ MIXING + [1.0, 0.0, -1.0, 0.5], columns=NAMES)
    return frame.assign(pulse=rng.normal(size=n_samples) + 0.5 * frame["age"])


def _eta(frame, seed):
    rng = np.random.default_rng(seed)
    return frame @ [1.0, -2.0, 0.5, 0.0, 0.7] + 0.3 + rng.logistic(size=len(frame))


def _problem(kind, columns=NAMES):
    """(model's class, target's frame with all columns, y, Source with precision on ``columns``)."""
    frame_source, frame = _frame(150, 0), _frame(30, 1)
    eta_source, eta = _eta(frame_source, 2), _eta(frame, 3)
    if kind == "ridge":
        fitted = Ridge(alpha=2.0).fit(frame_source[columns], eta_source)
        return TransferRidge, frame, eta.to_numpy(), Source.from_estimator(fitted, X=frame_source[columns])
    fitted = LogisticRegression(tol=1e-10).fit(frame_source[columns], eta_source > 0)
    return TransferLogisticRegression, frame, eta.to_numpy() > 0, Source.from_estimator(fitted, X=frame_source[columns])


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_permuted_columns_give_the_same_model(kind, metric):
    Model, frame, y, source = _problem(kind)
    order = ["weight", "age", "height", "dose"]
    model = Model(source=source, metric=metric, tol=1e-11).fit(frame[NAMES], y)
    permuted = Model(source=source, metric=metric, tol=1e-11).fit(frame[order], y)
    at = [NAMES.index(name) for name in order]
    for attribute in ("coef_", "delta_", "source_coef_"):
        assert_allclose(getattr(permuted, attribute), getattr(model, attribute)[..., at], atol=1e-9)
    assert_allclose(permuted.intercept_, model.intercept_, atol=1e-9)
    assert_array_equal(permuted.predict(frame[order]) > 0, model.predict(frame[NAMES]) > 0)
    assert permuted.source_.alignment.added_features == permuted.source_.alignment.dropped_features == ()


def test_a_raw_fitted_model_is_matched_by_its_own_names():
    frame_source, frame = _frame(150, 0), _frame(30, 1)
    fitted = Ridge().fit(frame_source[NAMES], _eta(frame_source, 2))
    order = ["weight", "pulse", "age"]
    model = TransferRidge(alpha=np.inf, source=fitted).fit(frame[order], _eta(frame, 3))
    assert_array_equal(model.coef_, [fitted.coef_[3], 0.0, fitted.coef_[0]])
    assert model.source_.alignment.added_features == ("pulse",)
    assert model.source_.alignment.dropped_features == ("dose", "height")
    assert_array_equal(model.source_.alignment.known_features, [True, False, True])


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_added_and_dropped_features_are_reported_and_start_from_zero(kind, metric):
    Model, frame, y, source = _problem(kind)
    columns = ["pulse", "weight", "age", "dose"]
    model = Model(source=source, metric=metric).fit(frame[columns], y)
    alignment = model.source_.alignment
    assert alignment.added_features == ("pulse",)
    assert alignment.dropped_features == ("height",)
    assert model.source_.feature_names == tuple(columns)
    wanted = np.atleast_2d(source.coef)[:, [0, 3, 0, 1]] * [0, 1, 1, 1]
    assert_array_equal(np.atleast_2d(model.source_coef_), wanted)
    assert_allclose(model.coef_ - model.delta_, model.source_coef_, atol=1e-12)
    assert "Features it lacks (prior mean 0): pulse." in str(alignment)


@pytest.mark.parametrize("tau", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_fisher_marginalises_what_is_dropped_and_penalises_what_is_added_as_the_twin(kind, tau):
    Model, frame, y, source = _problem(kind)
    columns = ["pulse", "weight", "age", "dose"]
    model = Model(source=source, metric="fisher", intercept_penalty=tau, tol=1e-12)
    strength = 3.0
    model.set_params(**({"alpha": strength} if kind == "ridge" else {"C": 1 / strength}))
    covariance = np.linalg.inv(source.precision)
    at, kept = [1, 2, 3, 4], [3, 0, 1, 4]  # (weight, age, dose, intercept) in the target and in the source
    wanted = np.zeros((5, 5))
    if tau == 0:
        at, kept = at[:3], kept[:3]
    wanted[np.ix_(at, at)] = np.linalg.inv(covariance[np.ix_(kept, kept)])
    wanted[0, 0] = 1.0
    _, priors = model._problem(frame[columns], y)
    assert len(priors) == 1
    assert_allclose(priors[0].precision.dense(), strength * wanted, rtol=1e-7, atol=1e-7)
    centre = np.append(np.atleast_2d(source.coef)[0, [0, 3, 0, 1]] * [0, 1, 1, 1], source.intercept)
    loss = "squared" if kind == "ridge" else "binomial"
    X = frame[columns].to_numpy()
    theta = minimise(X, y.astype(float), np.ones(len(y)), None, loss, centre, strength * wanted)
    model.fit(frame[columns], y)
    assert_allclose(np.ravel(model.coef_), theta[:-1], rtol=1e-6, atol=1e-8)
    assert_allclose(model.intercept_, theta[-1], rtol=1e-6, atol=1e-8)


def test_multinomial_fisher_prior_of_added_features_is_the_identity_in_every_class():
    frame_source, frame = _frame(200, 0), _frame(60, 1)
    y_source, y = (np.digitize(_eta(rows, 5), [-1.0, 1.0]) for rows in (frame_source, frame))
    fitted = LogisticRegression().fit(frame_source[["age", "dose"]], y_source)
    source = Source.from_estimator(fitted, X=frame_source[["age", "dose"]])
    model = TransferLogisticRegression(source=source, metric="fisher")
    dense = model._problem(frame[["age", "pulse", "dose"]], y)[1][0].precision.dense()
    added = [1, 4, 7]
    expected = np.zeros((3, dense.shape[0]))
    expected[np.arange(3), added] = 1.0
    assert_array_equal(dense[added], expected)
    model.fit(frame[["age", "pulse", "dose"]], y)
    assert_array_equal(model.source_coef_[:, 1], np.zeros(3))


def test_names_on_one_side_only_mean_the_order():
    Model, frame, y, source = _problem("ridge")
    by_name = Model(source=source).fit(frame[NAMES], y)
    by_order = Model(source=source).fit(frame[NAMES].to_numpy(), y)
    assert_array_equal(by_order.coef_, by_name.coef_)
    unnamed = Source(source.coef, source.intercept)
    assert_array_equal(Model(source=unnamed).fit(frame[NAMES], y).coef_, by_name.coef_)
