"""The two roads out of a twin: ``_problem`` hands out what it solves, ``_as_source`` what it has learnt."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer._objective import Objective
from sktransfer._solvers import choose_solver
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from tests.oracles.differences import derivative

P = 2
KINDS = {"ridge": 1, "two targets": 2, "binary": 1, "three": 3}


def _rows(kind, n_samples, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, P)) * [1.0, 1.5] + [0.5, -1.0]
    eta = X @ np.array([[1.0, -0.5, 0.2], [0.3, 0.4, -1.0]]) + rng.logistic(size=(n_samples, 3))
    y = {"ridge": eta[:, 0], "two targets": eta[:, :2], "binary": eta[:, 0] > 0, "three": eta.argmax(axis=1)}[kind]
    return X, y


def _source(kind):
    X, y = _rows(kind, 120, 0)
    model = Ridge(alpha=2.0) if kind in ("ridge", "two targets") else LogisticRegression(C=0.7, tol=1e-10)
    return Source.from_estimator(model.fit(X, y), X=X)


def _model(kind, **params):
    """A twin whose penalty is twice a plain sum of losses'."""
    if kind in ("ridge", "two targets"):
        return TransferRidge(2.0, **params)
    return TransferLogisticRegression(C=0.5, tol=1e-11, **params)


@pytest.mark.parametrize("shown", ["all", "without class 1"])
@pytest.mark.parametrize("metric", ["identity", "fisher", "array"])
@pytest.mark.parametrize("pull", [0.0, 2.0])
@pytest.mark.parametrize("kind", KINDS)
def test_the_problem_solved_by_hand_is_the_fit(kind, pull, metric, shown):
    X, y = _rows(kind, 40, 1)
    if kind == "three" and shown != "all":
        X, y = X[y != 1], y[y != 1]
    metric = np.array([1.0, 3.0]) if metric == "array" else metric
    model = _model(kind, source=_source(kind), metric=metric, intercept_penalty=pull)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=len(X))
    terms, priors = model._problem(X, y, weight)
    assert not hasattr(model, "coef_")
    objective = Objective(terms, priors)
    start = np.zeros(objective.layout.n_params)
    theta = choose_solver("auto", objective).solve(objective, start, tol=1e-11).theta
    coef, intercept = objective.layout.split(theta)
    model.fit(X, y, weight)
    fitted, levels = np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)
    if kind == "three":  # a shift of all classes changes no prediction and, by itself, no objective
        coef, intercept = coef - coef.mean(axis=0), intercept - intercept.mean()
        fitted, levels = fitted - fitted.mean(axis=0), levels - levels.mean()
    assert_allclose(fitted, coef, rtol=1e-6, atol=1e-7)
    assert_allclose(levels, intercept, rtol=1e-6, atol=1e-7)
    assert_allclose(objective.at(theta).value, model.result_.value, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_problem_of_scale_is_posed_in_standardised_features(kind):
    X, y = _rows(kind, 40, 1)
    model = _model(kind, source=_source(kind), metric="scale")
    objective = Objective(*model._problem(X, y))
    theta = choose_solver("auto", objective).solve(objective, np.zeros(objective.layout.n_params), tol=1e-11).theta
    coef = objective.layout.split(theta)[0] / X.std(axis=0)
    fitted = np.atleast_2d(model.fit(X, y).coef_)
    assert_allclose(fitted - fitted[-1] * (kind == "three"), coef - coef[-1] * (kind == "three"), rtol=1e-6, atol=1e-7)


def test_without_an_intercept_the_problem_has_none():
    X, y = _rows("ridge", 40, 1)
    model = _model("ridge", source=_source("ridge"), fit_intercept=False)
    terms, priors = model._problem(X, y)
    objective = Objective(terms, priors, fit_intercept=False)
    theta = choose_solver("auto", objective).solve(objective, np.zeros(P)).theta
    assert_allclose(model.fit(X, y).coef_, theta, rtol=1e-9)


def _sum_of_losses(kind, X, y, weight, coef, intercept):
    eta = X @ coef.T + intercept
    if kind in ("ridge", "two targets"):
        return weight @ ((eta - np.reshape(y, eta.shape)) ** 2).sum(axis=1) / 2
    eta = np.column_stack([np.zeros(len(X)), eta[:, 0]]) if kind == "binary" else eta
    return weight @ (logsumexp(eta, axis=1) - eta[np.arange(len(X)), y.astype(int)])


def _own_objective(kind, metric, pull, source, X, y, weight):
    """The twin's objective on the scale of a plain sum of losses, as a function of [coef; intercepts]."""
    K, strength = KINDS[kind], 2.0
    source = source.align(n_features=P, classes=source.classes)
    mean, scale = np.zeros(P), np.ones(P)
    if metric == "scale":
        mean = np.average(X, axis=0, weights=weight)
        scale = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weight))
    full = source.precision
    if metric == "fisher" and pull == 0:
        slopes, levels = slice(0, K * P), slice(K * P, None)
        full = np.zeros_like(full)
        cross = source.precision[slopes, levels]
        inverse = np.linalg.pinv(source.precision[levels, levels])
        full[slopes, slopes] = source.precision[slopes, slopes] - cross @ inverse @ cross.T

    def objective(theta):
        coef, intercept = theta[: K * P].reshape(K, P), theta[K * P :]
        loss = _sum_of_losses(kind, X, y, weight, coef, intercept)
        delta = theta - np.append(source.coef, source.intercept)
        if metric == "fisher":
            return loss + strength * delta @ full @ delta / 2
        slopes = delta[: K * P].reshape(K, P)
        levels = delta[K * P :] + slopes @ mean
        return loss + strength * (((slopes * scale) ** 2).sum() + pull * levels @ levels) / 2

    return objective


@pytest.mark.parametrize("pull", [0.0, 1.0])
@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_precision_is_the_hessian_of_the_twins_own_objective(kind, metric, pull):
    X, y = _rows(kind, 40, 1)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=len(X))
    source = _source(kind)
    model = _model(kind, source=source, metric=metric, intercept_penalty=pull).fit(X, y, weight)
    known = model._as_source(X, y, weight, name="next")
    objective = _own_objective(kind, metric, pull, source, X, y, weight)
    theta = np.append(model.coef_, model.intercept_)
    gradient = derivative(objective, theta, step=1e-2)
    assert_allclose(gradient, 0, atol=1e-4 * weight.sum())
    hessian = derivative(lambda at: derivative(objective, at, step=1e-2), theta, step=1e-2)
    assert_allclose(known.precision, hessian, rtol=1e-5, atol=1e-5 * hessian.max())
    assert known.n_samples == pytest.approx(weight.sum())
    assert known.name == "next"


@pytest.mark.parametrize("kind", KINDS)
def test_a_twin_without_a_source_knows_what_its_scikit_learn_twin_knows(kind):
    X, y = _rows(kind, 60, 1)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=len(X))
    model = _model(kind).fit(X, y, weight)
    twin = Ridge(2.0) if kind in ("ridge", "two targets") else LogisticRegression(C=0.5, tol=1e-12, max_iter=1000)
    mine = Source.from_estimator(model, X=X, sample_weight=weight)
    theirs = Source.from_estimator(twin.fit(X, y, weight), X=X, sample_weight=weight)
    assert_allclose(mine.coef, theirs.coef, rtol=1e-4, atol=1e-5)
    assert_allclose(mine.precision, theirs.precision, rtol=1e-4, atol=1e-4)
    assert mine.link == theirs.link
    if theirs.classes is not None:
        assert_array_equal(mine.classes, theirs.classes)


@pytest.mark.parametrize("kind", KINDS)
def test_without_rows_a_source_has_no_precision(kind):
    X, y = _rows(kind, 40, 1)
    model = _model(kind, source=_source(kind)).fit(X, y)
    known = Source.from_estimator(model)
    assert known.precision is None
    assert_array_equal(known.coef, model.coef_)
    assert_array_equal(known.intercept, model.intercept_)
    assert known.classes is None or known.classes.tolist() == model.classes_.tolist()
    chained = _model(kind, source=model, intercept_penalty=np.inf)
    chained.set_params(**({"alpha": np.inf} if kind in ("ridge", "two targets") else {"C": 0})).fit(X, y)
    assert_allclose(chained.predict(X), model.predict(X), rtol=1e-12)


def test_class_weights_need_the_labels():
    X, y = _rows("binary", 40, 1)
    model = TransferLogisticRegression(class_weight={True: 2.0}, tol=1e-10).fit(X, y)
    with pytest.raises(ValueError, match="depends on the labels: pass y as well"):
        model._as_source(X)
    weighted = TransferLogisticRegression(tol=1e-10).fit(X, y, 1.0 + y)
    assert_allclose(model._as_source(X, y).precision, weighted._as_source(X, y, 1.0 + y).precision, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_does_not_know_how_sure_it_is(kind):
    X, y = _rows(kind, 40, 1)
    copy = {"alpha": np.inf} if kind in ("ridge", "two targets") else {"C": 0}
    model = _model(kind, source=_source(kind)).set_params(**copy).fit(X, y)
    with pytest.raises(ValueError, match=r"copies \(part of\) its source.*Take the precision from its source"):
        Source.from_estimator(model, X=X)
    assert_allclose(Source.from_estimator(model).coef, model.coef_)


def test_a_class_copied_from_the_source_is_part_of_a_copy():
    X, y = _rows("three", 40, 1)
    model = _model("three", source=_source("three")).fit(X[y != 1], y[y != 1])
    with pytest.raises(ValueError, match=r"copies \(part of\) its source"):
        model._as_source(X, y)
