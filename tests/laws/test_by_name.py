"""Law: features go by name and classes by label, in every linear twin."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model as lm
from sklearn.svm import LinearSVC, LinearSVR

from sktransfer import Source
from sktransfer import linear_model as ours
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

NAMES = ["age", "dose", "height", "weight"]
L1 = {"tol": 1e-12, "max_iter": 100_000}
GLM = {"solver": "newton-cholesky", "tol": 1e-10}

# name: (source model, twin, strength at which it is tried, family of y)
REGRESSORS = {
    "ridge": (lm.Ridge(), ours.TransferRidge(alpha=2.0), "numbers"),
    "lasso": (lm.Lasso(0.05, **L1), ours.TransferLasso(0.05, **L1), "numbers"),
    "elastic net": (lm.ElasticNet(0.05, **L1), ours.TransferElasticNet(0.05, **L1), "numbers"),
    "poisson": (lm.PoissonRegressor(**GLM), ours.TransferPoissonRegressor(tol=1e-10), "counts"),
    "gamma": (lm.GammaRegressor(**GLM), ours.TransferGammaRegressor(tol=1e-10), "amounts"),
    "tweedie": (lm.TweedieRegressor(power=1.5, **GLM), ours.TransferTweedieRegressor(power=1.5, tol=1e-10), "amounts"),
    "linear svr": (LinearSVR(max_iter=100_000, random_state=0), TransferLinearSVR(C=0.5, tol=1e-12), "numbers"),
}
CLASSIFIERS = {
    "ridge classifier": (lm.RidgeClassifier(), ours.TransferRidgeClassifier(alpha=2.0), "two"),
    "logistic": (lm.LogisticRegression(tol=1e-10), ours.TransferLogisticRegression(C=0.5, tol=1e-10), "two"),
    "linear svc": (LinearSVC(tol=1e-8, random_state=0), TransferLinearSVC(C=0.5, tol=1e-12), "two"),
    "svm for log-odds": (LinearSVC(tol=1e-8, random_state=0), ours.TransferLogisticRegression(C=0.5, tol=1e-10), "two"),
}
EVERY = REGRESSORS | CLASSIFIERS
every_twin = pytest.mark.parametrize("name", EVERY)
every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)
CLASSES = np.array(["ache", "burn", "cut", "dent"])


def frame(n, seed):
    random = np.random.default_rng(seed)
    rows = pd.DataFrame(random.normal(loc=[0.5, 0.0, -0.5, 0.2], size=(n, 4)), columns=NAMES)
    return rows.assign(pulse=random.normal(size=n) + 0.5 * rows["age"])


def response(rows, family, seed):
    random = np.random.default_rng(seed)
    eta = (rows @ [0.5, -0.8, 0.3, 0.2, 0.4]).to_numpy()
    if family == "numbers":
        return eta + 0.3 * random.normal(size=len(eta))
    if family == "counts":
        return random.poisson(np.exp(eta)).astype(float)
    if family == "amounts":
        return np.exp(eta) * random.gamma(4.0, 0.25, size=len(eta))
    order = np.argsort(np.argsort(eta + random.logistic(size=len(eta))))
    return CLASSES[order * {"two": 2, "three": 3, "four": 4}[family] // len(eta)]


def problem(name, family=None, columns=NAMES):
    """(source fitted on ``columns``, the twin without it, rows of all columns, y)."""
    model, twin, own = EVERY[name]
    family = family or own
    rows_source, rows = frame(200, 0), frame(50, 1)
    fitted = type(model)(**model.get_params()).fit(rows_source[columns], response(rows_source, family, 2))
    return fitted, type(twin)(**twin.get_params(deep=False)), rows, response(rows, family, 3)


def strength(twin, value):
    return {twin._strength_parameter.name: twin._strength_parameter.of(value)}


def coefs(array):
    return np.atleast_2d(array)


# Features ------------------------------------------------------------------------------------------------------


@every_twin
def test_permuted_columns_are_the_same_model(name):
    fitted, twin, rows, y = problem(name)
    order = ["weight", "pulse", "age", "height", "dose"]
    model = twin.set_params(source=fitted).fit(rows, y)
    first, seen = coefs(model.coef_).copy(), model.predict(rows)
    again = twin.fit(rows[order], y)
    assert_allclose(coefs(again.coef_), first[:, [rows.columns.get_loc(column) for column in order]], atol=1e-5)
    same = again.predict(rows[order])
    assert_array_equal(same, seen) if name in CLASSIFIERS else assert_allclose(same, seen, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="feature names should match"):
        again.predict(rows)


@every_twin
@pytest.mark.parametrize("metric", ["identity", "scale"])
def test_copies_have_the_shared_columns_and_zeros(name, metric):
    fitted, twin, rows, y = problem(name)
    columns = ["pulse", "weight", "age", "dose"]
    twin.set_params(source=fitted, metric=metric, **strength(twin, np.inf)).fit(rows[columns], y)
    factor = twin.source_.alignment.scale
    wanted = factor * coefs(fitted.coef_)[:, [0, 3, 0, 1]] * [0, 1, 1, 1]
    assert_allclose(coefs(twin.coef_), wanted, rtol=1e-12)
    assert_array_equal(twin.delta_, np.zeros_like(twin.coef_))
    alignment = twin.source_.alignment
    assert alignment.added_features == ("pulse",)
    assert alignment.dropped_features == ("height",)
    assert_array_equal(alignment.known_features, [False, True, True, True])


@every_twin
def test_what_is_dropped_or_added_is_as_if_written_so(name):
    """A source without the dropped column, and with a zero for the new one."""
    fitted, twin, rows, y = problem(name)
    columns = ["pulse", "weight", "age", "dose"]
    model = twin.set_params(source=fitted).fit(rows[columns], y)
    found, known = coefs(model.coef_).copy(), Source.from_estimator(fitted)
    by_hand = coefs(known.coef)[:, [0, 3, 0, 1]] * [0, 1, 1, 1]
    plain = Source(
        by_hand if known.classes is not None else by_hand[0],
        known.intercept,
        classes=known.classes,
        link=known.link,
    )
    again = twin.set_params(source=plain).fit(rows[columns].to_numpy(), y)
    assert_allclose(coefs(again.coef_), found, atol=1e-6)


@every_twin
def test_nothing_in_common_is_refused(name):
    fitted, twin, rows, y = problem(name, columns=["age", "dose"])
    with pytest.raises(ValueError, match=r"no feature in common: the source knows 'age', 'dose'"):
        twin.set_params(source=fitted).fit(rows[["height", "pulse"]], y)
    with pytest.raises(ValueError, match="the source has 2 features and the target 5: without names nothing says"):
        twin.fit(rows.to_numpy(), y)


# Classes -------------------------------------------------------------------------------------------------------


def centre(name, coef):
    """Softmax rows are centred over the classes."""
    return coef - coef.mean(axis=0) if "log" in name else coef


@every_classifier
@pytest.mark.parametrize("features", [NAMES, ["weight", "age", "pulse"]])
def test_a_class_without_rows_keeps_its_row(name, features):
    fitted, twin, rows, y = problem(name, "three")
    shown = y != "burn"
    model = twin.set_params(source=fitted).fit(rows.loc[shown, features], y[shown])
    assert_array_equal(model.classes_, CLASSES[:3])
    at = [NAMES.index(column) if column in NAMES else 0 for column in features]
    known = np.array([column in NAMES for column in features])
    row = model.source_.alignment.scale * centre(name, fitted.coef_)[1]
    assert_allclose(model.coef_[1], row[at] * known, rtol=1e-8, atol=1e-12)
    assert_allclose(model.delta_[1], 0, atol=1e-12)
    assert np.abs(model.delta_[[0, 2]]).max() > 1e-4
    assert_array_equal(model.source_.alignment.known_classes, [True, True, True])


@every_classifier
@pytest.mark.parametrize("of_source", ["two", "three"])
def test_a_new_class_starts_from_zero(name, of_source):
    fitted, twin, rows, _ = problem(name, of_source)
    y = response(rows, "four", 3)
    model = twin.set_params(source=fitted).fit(rows[NAMES], y)
    assert_array_equal(model.classes_, CLASSES)
    n_known = {"two": 2, "three": 3}[of_source]
    assert model.source_.alignment.added_classes == tuple(CLASSES[n_known:])
    assert_array_equal(model.source_coef_[n_known:], np.zeros((4 - n_known, 4)))
    half = 0.5 if "log" in name else 1.0  # of log-odds each class has a half
    row = coefs(fitted.coef_)
    wanted = np.vstack([-half * row, half * row]) if of_source == "two" else centre(name, row)
    assert_allclose(model.source_coef_[:n_known], model.source_.alignment.scale * wanted, rtol=1e-9, atol=1e-12)
    assert np.abs(model.coef_[n_known:]).max() > 1e-3
    assert set(model.predict(rows[NAMES])) <= set(CLASSES)


@every_classifier
def test_classes_may_be_the_targets_only(name):
    fitted, twin, rows, y = problem(name, "three")
    shown = y != "burn"
    model = twin.set_params(source=fitted, classes="target").fit(rows.loc[shown, NAMES], y[shown])
    assert model.classes_.tolist() == ["ache", "cut"]
    assert model.source_.alignment.dropped_classes == ("burn",)
    share = 1.0 if "log" in name else 0.5
    wanted = model.source_.alignment.scale * share * (fitted.coef_[2] - fitted.coef_[0])
    assert_allclose(np.ravel(model.source_coef_), wanted, rtol=1e-9)


@every_classifier
@pytest.mark.parametrize("family", ["two", "three"])
def test_other_names_for_the_classes_are_the_same_model(name, family):
    """Renamed so that their order turns round, in source and target alike."""
    fitted, twin, rows, y = problem(name, family)
    model = twin.set_params(source=fitted).fit(rows[NAMES], y)
    found, predicted = coefs(model.coef_).copy(), model.predict(rows[NAMES])
    renamed = {"ache": 3, "burn": 2, "cut": 1}
    rows_source = frame(200, 0)
    y_source = np.vectorize(renamed.get)(response(rows_source, family, 2))
    other = type(fitted)(**fitted.get_params()).fit(rows_source[NAMES], y_source)
    again = twin.set_params(source=other).fit(rows[NAMES], np.vectorize(renamed.get)(y))
    mirrored = -found if family == "two" else found[::-1]
    assert_allclose(coefs(again.coef_), mirrored, atol=1e-5)
    assert_array_equal(again.predict(rows[NAMES]), np.vectorize(renamed.get)(predicted))


@every_classifier
def test_labels_that_do_not_meet_are_refused(name):
    fitted, twin, rows, y = problem(name)
    twin.set_params(source=fitted)
    with pytest.raises(ValueError, match="no class in common"):
        twin.fit(rows[NAMES], np.where(y == "ache", "x", "z"))
    with pytest.raises(ValueError, match="cannot be sorted together"):
        twin.fit(rows[NAMES], (y == "ache").astype(int))
