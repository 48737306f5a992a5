"""A source of margins, or signs, for log-odds: one factor, fitted on the target's rows, keeps probabilities right."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier, SGDClassifier
from sklearn.metrics import log_loss
from sklearn.svm import SVC, LinearSVC

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidgeClassifier
from sktransfer.model_selection import TransferCV
from sktransfer.svm import TransferLinearSVC

COPY = {"C": 0.0, "intercept_penalty": np.inf}


def rows(n=80, seed=0, n_classes=2, factor=1.0):
    """Rows of a logistic model."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 3)) * [1.0, 2.0, 0.5] + [0.0, 1.0, -1.0]
    theta = np.array([[0.0, 0.0, 0.0], [1.5, -0.5, 2.0], [-1.0, 0.5, 1.0]])[:n_classes]
    eta = factor * X @ theta.T + random.gumbel(size=(n, n_classes))
    return X, eta.argmax(axis=1)


def source_for(n_classes, link="margin", times=1.0, seed=5):
    coef = np.random.default_rng(seed).normal(size=(1 if n_classes == 2 else n_classes, 3))
    coef += np.array([[1.5, -0.5, 2.0]]) if n_classes == 2 else [[0.0, 0.0, 0.0], [1.5, -0.5, 2.0], [-1.0, 0.5, 1.0]]
    return Source(times * coef, times * np.full(len(coef), 0.3), classes=range(n_classes), link=link)


def slow_factor(source, X, y, weight=None, fit_intercept=True):
    """The penalised likelihood of (rho, levels), minimised by a general minimiser."""
    weight = np.ones(len(y)) if weight is None else weight
    scores = X @ source.coef.T
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    level = np.append(np.zeros(scores.shape[1] - len(source.intercept)), source.intercept)
    centre = (weight @ scores) / weight.sum() if fit_intercept else -level
    n_classes, centred = scores.shape[1], scores - centre
    about = centred - centred.mean(axis=1, keepdims=True)
    unit = weight @ np.sum(about**2, axis=1) / n_classes / weight.sum()

    def value(u):
        eta = u[0] * centred + np.append(0.0, u[1:]) * fit_intercept
        loss = logsumexp(eta, axis=1) - eta[np.arange(len(y)), y]
        return weight @ loss + unit * u[0] ** 2 / 2

    return minimize(value, np.zeros(n_classes), method="BFGS", options={"gtol": 1e-9}).x[0]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("link", ["margin", "score", "sign"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_factor_is_that_of_the_slow_minimiser(n_classes, link, weighted, fit_intercept):
    X, y = rows(n_classes=n_classes)
    weight = np.random.default_rng(1).uniform(0, 2, len(y)) if weighted else None
    source = source_for(n_classes, link)
    model = TransferLogisticRegression(source=source, fit_intercept=fit_intercept).fit(X, y, weight)
    factor = model.source_.alignment.scale
    assert_allclose(factor, slow_factor(source, X, y, weight, fit_intercept), rtol=1e-5)
    centred = source.coef - (source.coef.mean(axis=0) if n_classes > 2 else 0.0)
    assert_allclose(model.source_coef_, factor * centred, rtol=1e-12)
    assert (model.source_.link, model.source_.precision) == ("logit", None)
    assert f"is taken {factor:.3g} times" in str(model.source_.alignment)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("times", [1e-3, 1.0, 1e3])
def test_the_sources_own_scale_does_not_matter(times, n_classes):
    X, y = rows(n_classes=n_classes)
    model = TransferLogisticRegression(source=source_for(n_classes), tol=1e-10).fit(X, y)
    other = TransferLogisticRegression(source=source_for(n_classes, times=times), tol=1e-10).fit(X, y)
    assert_allclose(other.coef_, model.coef_, rtol=1e-6)
    assert_allclose(times * other.source_.alignment.scale, model.source_.alignment.scale, rtol=1e-6)


def test_the_rest_is_the_fit_towards_the_scaled_source():
    X, y = rows()
    source = source_for(2)
    model = TransferLogisticRegression(source=source, C=0.3, intercept_penalty=1.0, tol=1e-10).fit(X, y)
    factor = model.source_.alignment.scale
    scaled = Source(factor * source.coef, factor * source.intercept, classes=[0, 1])
    other = TransferLogisticRegression(source=scaled, C=0.3, intercept_penalty=1.0, tol=1e-10).fit(X, y)
    assert_allclose(model.coef_, other.coef_, rtol=1e-9)
    assert_allclose(model.intercept_, other.intercept_, rtol=1e-9)
    assert_allclose(model.effective_sample_size_, other.effective_sample_size_, rtol=1e-9)
    assert other.source_.alignment.scale == 1.0
    assert "scale" not in str(other.source_.alignment)


SOURCES = {
    "LinearSVC": LinearSVC(),
    "RidgeClassifier": RidgeClassifier(),
    "Perceptron": Perceptron(random_state=0),
    "SVC": SVC(kernel="linear"),
    "SGD": SGDClassifier(random_state=0),
}


@pytest.mark.parametrize("name", SOURCES)
def test_probabilities_of_the_copied_source_are_right(name):
    """On many rows of one logistic model the copy's log-loss is near that model's own, whatever the source's scale."""
    X_source, y_source = rows(3000, seed=1)
    X, y = rows(3000, seed=2)
    fitted = SOURCES[name].fit(X_source, y_source)
    before = pickle.dumps(fitted)
    model = TransferLogisticRegression(source=fitted, C=0.0).fit(X, y)
    assert pickle.dumps(fitted) == before
    best = log_loss(y, LogisticRegression().fit(X, y).predict_proba(X))
    worst = 0.12 if name in ("Perceptron", "SGD") else 0.005  # these two end where they stop
    assert best - 1e-6 <= log_loss(y, model.predict_proba(X)) <= best + worst
    order = np.argsort(model.decision_function(X))
    assert_array_equal(order, np.argsort(fitted.decision_function(X)))


def test_the_whole_copy_keeps_the_boundary():
    X, y = rows()
    fitted = LinearSVC().fit(*rows(300, seed=4))
    model = TransferLogisticRegression(source=fitted, **COPY).fit(X, y)
    assert_array_equal(model.predict(X), fitted.predict(X))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_source_the_wrong_way_round_is_taken_zero_times(n_classes):
    X, y = rows(200, n_classes=n_classes)
    source = source_for(n_classes, times=-1.0)
    model = TransferLogisticRegression(source=source, tol=1e-10).fit(X, y)
    assert model.source_.alignment.scale == 0.0
    alone = TransferLogisticRegression(tol=1e-10).fit(X, y)
    assert_allclose(model.coef_, alone.coef_, rtol=1e-6)


def test_rows_told_apart_without_a_fault_have_a_finite_factor():
    X, y = rows(30)
    source = Source([1.5, -0.5, 2.0], classes=[0, 1], link="margin")
    y = (X @ source.coef > 0).astype(int)
    factor = TransferLogisticRegression(source=source).fit(X, y).source_.alignment.scale
    assert_allclose(factor, slow_factor(Source([source.coef], classes=[0, 1], link="margin"), X, y), rtol=1e-5)
    assert 1.0 < factor < 20.0


def test_a_source_that_says_nothing_here_is_left_as_it_is():
    X, y = rows()
    names = ["a", "b", "c"]
    source = Source([0.0, 2.0], 1.0, classes=[0, 1], link="margin", feature_names=["a", "z"])
    model = TransferLogisticRegression(source=source).fit(pd.DataFrame(X, columns=names), y)
    assert model.source_.alignment.scale == 1.0
    assert not np.any(model.source_coef_)


def test_classes_without_rows_and_new_classes():
    """The factor is that of the classes with rows; an unseen class has the source's slopes times it."""
    X, y = rows(200, n_classes=3)
    source = source_for(3)
    shown = y != 1
    model = TransferLogisticRegression(source=source).fit(X[shown], y[shown])
    assert model.classes_.tolist() == [0, 1, 2]
    centred = source.coef - source.coef.mean(axis=0)
    assert_allclose(model.coef_[1], model.source_.alignment.scale * centred[1], rtol=1e-10)
    new = TransferLogisticRegression(source=source_for(2)).fit(X, y)
    assert_array_equal(new.source_coef_[2], np.zeros(3))
    assert_allclose(new.source_coef_[1], new.source_.alignment.scale * source_for(2).coef[0] / 2, rtol=1e-12)
    assert new.source_.alignment.scale > 0


@pytest.mark.parametrize("form", [np.asfortranarray, sp.csr_array, lambda X: X.astype(np.float32)])
def test_every_form_of_rows(form):
    X, y = rows(n_classes=3)
    factors = [
        TransferLogisticRegression(source=source_for(3)).fit(given, y).source_.alignment.scale for given in (X, form(X))
    ]
    assert_allclose(factors[1], factors[0], rtol=1e-5)


def test_margins_for_signs_are_least_squares():
    X, y = rows()
    source = source_for(2)
    model = TransferRidgeClassifier(source=source).fit(X, y)
    scores = X @ source.coef[0]
    centred, signs = scores - scores.mean(), 2.0 * y - 1
    assert_allclose(model.source_.alignment.scale, centred @ signs / (centred @ centred * (1 + 1 / len(y))), rtol=1e-8)
    three = TransferRidgeClassifier(source=source_for(3)).fit(*rows(n_classes=3))
    assert_allclose(three.source_coef_, three.source_.alignment.scale * source_for(3).coef, rtol=1e-12)
    X, y = rows(n_classes=3)
    unseen = TransferRidgeClassifier(source=source_for(3)).fit(X[y > 0], y[y > 0])
    scores = X[y > 0] @ source_for(3).coef[1:].T
    centred, signs = scores - scores.mean(axis=0), np.where(y[y > 0, np.newaxis] == [1, 2], 1.0, -1.0)
    wanted = np.vdot(centred, signs) / (np.vdot(centred, centred) * (1 + 1 / len(scores)))
    assert_allclose(unseen.source_.alignment.scale, wanted, rtol=1e-8)


def test_transfer_cv_and_copies():
    X, y = rows()
    rows_source = rows(500, seed=4)
    fitted = Source.from_estimator(RidgeClassifier().fit(*rows_source), rows_source[0])
    search = TransferCV(TransferLogisticRegression(source=fitted)).fit(X, y)
    source = search.best_estimator_.source_
    assert source.alignment.scale > 0
    assert {"source", "transfer", "target"} <= set(search.table_["candidate"])
    assert "pooled" not in search.table_["candidate"]
    for same in (pickle.loads(pickle.dumps(source)), copy.deepcopy(source)):
        assert same == source
        assert same.alignment.scale == source.alignment.scale


def test_the_factor_is_saved(tmp_path):
    X, y = rows()
    source = TransferLogisticRegression(source=source_for(2)).fit(X, y).source_
    source.save(tmp_path / "source.npz")
    assert Source.load(tmp_path / "source.npz") == source


# What is refused -----------------------------------------------------------------------------------------------


def test_how_sure_it_was_is_not_known_on_the_other_scale():
    X, y = rows()
    source = Source.from_estimator(RidgeClassifier().fit(X, y), X)
    with pytest.raises(ValueError, match="metric='fisher' needs to know how sure the source is"):
        TransferLogisticRegression(source=source, metric="fisher").fit(X, y)


def test_other_links_are_refused_as_before():
    X, y = rows()
    source = Source([1.0, 2.0, 3.0], classes=[0, 1], link="log")
    with pytest.raises(ValueError, match="needs a source with link 'logit', but the source has link 'log'"):
        TransferLogisticRegression(source=source).fit(X, y)


def test_scores_are_no_margins():
    X, y = rows()
    with pytest.raises(ValueError, match="needs a source with link 'margin', but the source has link 'score'"):
        TransferLinearSVC(source=Perceptron(random_state=0).fit(X, y)).fit(X, y)
