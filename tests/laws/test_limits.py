"""Laws: infinite strength copies the source, none forgets it; the offset view; the pooled view; chains."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer._losses import Binomial, Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
from sktransfer._solvers import choose_solver
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge


def site(n, seed, n_outputs=1, p=4):
    """Rows of one place; every seed is another place with other coefficients and another level."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p)) * [1.0, 2.0, 0.5, 1.5] + [0.0, 1.0, -2.0, 5.0]
    y = X @ (np.ones((p, n_outputs)) + 0.5 * random.normal(size=(p, n_outputs))) + random.normal(size=(n, n_outputs))
    return X, (y + seed).squeeze()


def classes(y, n_classes):
    return np.argsort(np.argsort(y)) * n_classes // len(y)


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
@pytest.mark.parametrize("exact", [True, False])
def test_ridge_copies_at_infinite_strength(metric, exact):
    X_source, y_source = site(200, 1)
    X, y = site(30, 2)
    source = Source.from_estimator(Ridge().fit(X_source, y_source), X=X_source)
    model = TransferRidge(alpha=np.inf if exact else 1e12, source=source, metric=metric).fit(X, y)
    rtol = 1e-15 if exact else 1e-7
    np.testing.assert_allclose(model.coef_, source.coef, rtol=rtol)
    np.testing.assert_allclose(model.intercept_, np.mean(y - X @ source.coef), rtol=1e-6)
    whole = TransferRidge(alpha=np.inf if exact else 1e12, source=source, metric=metric, intercept_penalty=np.inf)
    whole.fit(X, y)
    np.testing.assert_allclose(whole.coef_, source.coef, rtol=rtol)
    np.testing.assert_allclose(whole.intercept_, source.intercept, rtol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_copies_at_infinite_strength(n_classes):
    X_source, y_source = site(200, 1)
    X, y = site(40, 2)
    source = LogisticRegression().fit(X_source, classes(y_source, n_classes))
    y = classes(y, n_classes)
    for C, rtol in ((0.0, 1e-12), (1e-12, 1e-7)):
        model = TransferLogisticRegression(C=C, source=source, intercept_penalty=np.inf).fit(X, y)
        np.testing.assert_allclose(model.predict_proba(X), source.predict_proba(X), rtol=10 * rtol, atol=rtol)
        np.testing.assert_allclose(model.delta_, 0.0, atol=1e-8)


def test_target_only_at_no_strength():
    X_source, y_source = site(200, 1)
    X, y = site(60, 2)
    for model, twin, target in (
        (TransferRidge(alpha=0.0, source=Ridge().fit(X_source, y_source)), Ridge(alpha=0.0), y),
        (
            TransferLogisticRegression(
                C=np.inf, tol=1e-11, source=LogisticRegression().fit(X_source, classes(y_source, 2))
            ),
            LogisticRegression(C=1e13, solver="newton-cholesky", tol=1e-12),
            classes(y + 10 * np.random.default_rng(0).normal(size=60), 2),
        ),
    ):
        np.testing.assert_allclose(model.fit(X, target).coef_, twin.fit(X, target).coef_, rtol=1e-6)


def test_shortest_change_at_no_strength_in_a_wide_problem():
    random = np.random.default_rng(0)
    X, y, source = random.normal(size=(8, 20)), random.normal(size=8), Source(random.normal(size=20), 0.5)
    model = TransferRidge(alpha=0.0, source=source).fit(X, y)
    centred = X - X.mean(axis=0)
    wanted = np.linalg.pinv(centred) @ (y - y.mean() - centred @ source.coef)
    np.testing.assert_allclose(model.delta_, wanted, atol=1e-9)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-9)


@pytest.mark.parametrize("kind", ["ridge", "binary", "multinomial"])
def test_a_source_is_an_offset(kind):
    """theta_s as centre equals Delta around zero with the source's linear predictor as offset."""
    X_source, y_source = site(200, 1)
    X, y = site(50, 2)
    weight = np.random.default_rng(3).integers(0, 3, size=50).astype(float)
    K = {"ridge": 1, "binary": 1, "multinomial": 3}[kind]
    if kind == "ridge":
        source, loss, strength = Ridge().fit(X_source, y_source), Squared(), 3.0
        model = TransferRidge(alpha=3.0, source=source).fit(X, y, weight)
    else:
        n_classes = 2 if kind == "binary" else 3
        y, loss, strength = classes(y, n_classes), Binomial() if K == 1 else Multinomial(3), 1 / 0.3
        source = LogisticRegression().fit(X_source, classes(y_source, n_classes))
        model = TransferLogisticRegression(C=0.3, source=source, tol=1e-11).fit(X, y, weight)
    offset = X @ np.atleast_2d(source.coef_).T + source.intercept_
    prior = GaussianPrior(np.zeros(5 * K), DiagonalPrecision(np.append(np.full(4 * K, strength), np.zeros(K))))
    objective = Objective([LossTerm(X, loss, y, weight, offset)], [prior])
    delta = choose_solver("auto", objective).solve(objective, np.zeros(5 * K), tol=1e-11).theta
    np.testing.assert_allclose(np.ravel(model.delta_), delta[: 4 * K], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_fisher_at_strength_one_is_pooled_ridge(n_outputs):
    (X_s, y_s), (X, y) = site(80, 1, n_outputs), site(30, 2, n_outputs)
    source = Source.from_estimator(Ridge(alpha=2.0, fit_intercept=False).fit(X_s, y_s), X=X_s)
    ours = TransferRidge(alpha=1.0, source=source, metric="fisher", fit_intercept=False).fit(X, y)
    pooled = Ridge(alpha=2.0, fit_intercept=False).fit(np.vstack([X_s, X]), np.concatenate([y_s, y]))
    np.testing.assert_allclose(ours.coef_, pooled.coef_, rtol=1e-9)
    np.testing.assert_allclose(ours.intercept_, 0.0)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_fisher_with_a_free_intercept_is_pooling_with_an_intercept_of_each_sides_own(n_outputs):
    (X_s, y_s), (X, y) = site(80, 1, n_outputs), site(30, 2, n_outputs)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=30)
    source = Source.from_estimator(Ridge(alpha=2.0).fit(X_s, y_s), X=X_s)
    ours = TransferRidge(alpha=1.0, source=source, metric="fisher").fit(X, y, weight)
    sides = [(X_s, y_s, np.ones(80)), (X, y, weight)]
    gram, moment = 2.0 * np.eye(4), 0.0
    for X_k, y_k, w in sides:
        X_c, y_c = X_k - np.average(X_k, axis=0, weights=w), y_k - np.average(y_k, axis=0, weights=w)
        gram, moment = (
            gram + X_c.T @ (w[:, None] * X_c),
            moment + X_c.T @ (w.reshape((-1,) + (1,) * (y_c.ndim - 1)) * y_c),
        )
    np.testing.assert_allclose(ours.coef_, np.linalg.solve(gram, moment).T, rtol=1e-9)


def test_fisher_with_the_intercept_pulled_once_is_pooling_with_one_intercept():
    (X_s, y_s), (X, y) = site(80, 1), site(30, 2)
    source = Source.from_estimator(Ridge(alpha=2.0).fit(X_s, y_s), X=X_s)
    ours = TransferRidge(alpha=1.0, source=source, metric="fisher", intercept_penalty=1.0).fit(X, y)
    pooled = Ridge(alpha=2.0).fit(np.vstack([X_s, X]), np.concatenate([y_s, y]))
    np.testing.assert_allclose(ours.coef_, pooled.coef_, rtol=1e-9)
    np.testing.assert_allclose(ours.intercept_, pooled.intercept_, rtol=1e-9)


def test_statistics_are_as_good_as_rows():
    (X_s, y_s), (X, y) = site(80, 1), site(30, 2)
    by_rows = Source.from_estimator(Ridge(alpha=2.0).fit(X_s, y_s), X=X_s)
    by_sums = Source.from_statistics(X_s.T @ X_s, X_s.T @ y_s, X_s.sum(0), y_s.sum(), y_s @ y_s, 80, alpha=2.0)
    for pull in (0.0, 1.0, np.inf):
        settings = {"metric": "fisher", "intercept_penalty": pull}
        a = TransferRidge(source=by_rows, **settings).fit(X, y)
        b = TransferRidge(source=by_sums, **settings).fit(X, y)
        np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-9)
        np.testing.assert_allclose(a.intercept_, b.intercept_, rtol=1e-9)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_a_chain_by_the_fisher_metric_is_the_fit_of_all(fit_intercept):
    sites = [site(60, 1), site(40, 2), site(20, 3)]
    model, source = None, None
    for X, y in sites:
        metric = "identity" if source is None else "fisher"
        alpha = 2.0 if source is None else 1.0
        settings = {"metric": metric, "fit_intercept": fit_intercept, "intercept_penalty": 1.0}
        model = TransferRidge(alpha=alpha, source=source, **settings).fit(X, y)
        source = Source.from_estimator(model, X=X)
    pooled = Ridge(alpha=2.0, fit_intercept=fit_intercept).fit(
        *(np.concatenate(part) for part in zip(*sites, strict=True))
    )
    np.testing.assert_allclose(model.coef_, pooled.coef_, rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, pooled.intercept_, rtol=1e-9, atol=1e-12)


def test_a_chain_with_free_intercepts_is_the_fit_of_all_with_an_intercept_each():
    sites = [site(60, 1), site(40, 2), site(20, 3)]
    source, gram, moment = None, 2.0 * np.eye(4), 0.0
    for X, y in sites:
        metric, alpha = ("identity", 2.0) if source is None else ("fisher", 1.0)
        model = TransferRidge(alpha=alpha, source=source, metric=metric).fit(X, y)
        source = Source.from_estimator(model, X=X)
        X_c = X - X.mean(axis=0)
        gram, moment = gram + X_c.T @ X_c, moment + X_c.T @ y
    np.testing.assert_allclose(model.coef_, np.linalg.solve(gram, moment), rtol=1e-9)


def test_fisher_is_second_order_pooling_for_logistic():
    """The Laplace prior stands in for the source's rows: it errs by under a twentieth of the way to the pooled fit."""
    random = np.random.default_rng(0)
    X_s, X = random.normal(size=(4000, 3)), random.normal(size=(200, 3))
    errors = []
    for shift in (0.4, 0.2):
        y_s = random.random(4000) < 1 / (1 + np.exp(-X_s @ np.ones(3)))
        y = random.random(200) < 1 / (1 + np.exp(-X @ (np.ones(3) + shift)))
        exact = LogisticRegression(solver="newton-cholesky", tol=1e-12)
        source = Source.from_estimator(exact.fit(X_s, y_s), X=X_s)
        ours = TransferLogisticRegression(source=source, metric="fisher", intercept_penalty=1.0, tol=1e-11).fit(X, y)
        pooled = exact.fit(np.vstack([X_s, X]), np.concatenate([y_s, y]))
        errors.append(np.abs(ours.coef_ - pooled.coef_).max() / np.abs(source.coef - pooled.coef_).max())
    assert max(errors) < 0.05


@pytest.mark.parametrize("weighted", [False, True])
def test_fisher_is_second_order_pooling_for_poisson(weighted):
    """A mean loss divides the metric by its weight: at alpha = 1 still the pooled fit, within 1e-4 of its parameters.

    Of second order: target rows that weigh half move the source half as far, and err a quarter as much.
    """
    random = np.random.default_rng(0)
    X_s, X = random.normal(size=(50_000, 3)), random.normal(size=(200, 3))
    y_s, y = random.poisson(np.exp(X_s @ [0.3, -0.2, 0.1])), random.poisson(np.exp(X @ [0.5, 0.0, 0.1] + 0.3))
    weight = random.uniform(0.5, 2.0, 200) if weighted else np.ones(200)
    exact = PoissonRegressor(alpha=0, solver="newton-cholesky", tol=1e-12)
    source = Source.from_estimator(exact.fit(X_s, y_s), X=X_s)
    errors = []
    for factor in (1.0, 0.5):
        ours = TransferPoissonRegressor(alpha=1.0, source=source, metric="fisher", intercept_penalty=1.0, tol=1e-12)
        ours.fit(X, y, factor * weight)
        pooled = exact.fit(np.vstack([X_s, X]), np.append(y_s, y), np.append(np.ones(50_000), factor * weight))
        found, wanted = (np.append(model.coef_, model.intercept_) for model in (ours, pooled))
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4 * np.abs(wanted).max())
        errors.append(np.abs(found - wanted).max())
    assert errors[1] < 0.3 * errors[0]


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_scale_is_standardising(fit_intercept):
    """metric="scale" equals the twin in standardised features, here with a source of the same scaling."""
    (X_s, y_s), (X, y) = site(80, 1), site(30, 2)
    scaler = StandardScaler(with_mean=fit_intercept).fit(X)
    raw = TransferRidge(alpha=5.0, metric="scale", fit_intercept=fit_intercept)
    scaled = make_pipeline(scaler, TransferRidge(alpha=5.0, fit_intercept=fit_intercept))
    np.testing.assert_allclose(raw.fit(X, y).predict(X_s), scaled.fit(X, y).predict(X_s), rtol=1e-9)
    source = Ridge(fit_intercept=fit_intercept).fit(scaler.transform(X_s), y_s)
    folded = make_pipeline(scaler, source)
    for pull in (0.0, 2.0, np.inf):
        settings = {"alpha": 5.0, "fit_intercept": fit_intercept, "intercept_penalty": pull}
        raw = TransferRidge(source=folded, metric="scale", **settings).fit(X, y)
        standardised = TransferRidge(source=source, **settings).fit(scaler.transform(X), y)
        np.testing.assert_allclose(raw.predict(X_s), standardised.predict(scaler.transform(X_s)), rtol=1e-8)
    labels = classes(y, 3)
    raw = TransferLogisticRegression(metric="scale", fit_intercept=fit_intercept, tol=1e-11).fit(X, labels)
    twin = LogisticRegression(fit_intercept=fit_intercept, solver="newton-cholesky", tol=1e-12)
    scaled = make_pipeline(StandardScaler(with_mean=fit_intercept), twin).fit(X, labels)
    np.testing.assert_allclose(raw.predict_proba(X), scaled.predict_proba(X), atol=1e-9)
