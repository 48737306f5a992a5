"""TransferRidgeClassifier: its twin, ridge of signs, one class against the rest, matrices of labels."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier, RidgeClassifierCV
from sklearn.model_selection import LeaveOneOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer.linear_model import TransferRidge, TransferRidgeClassifier
from sktransfer.model_selection import TransferCV

LABELS = np.array(["ache", "burn", "cut", "dent"])


def rows(n=60, seed=0, n_classes=2, p=4):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p)) * np.geomspace(0.5, 2.0, p) + np.linspace(-1, 1, p)
    score = X @ np.linspace(1.0, -0.5, p) + random.normal(size=n) + 0.1 * seed
    y = LABELS[np.argsort(np.argsort(score)) * n_classes // n]
    return X, y, random.integers(0, 3, size=n).astype(float)


def matrix(X, seed=0):
    """Three labels that do not exclude each other."""
    noise = np.random.default_rng(seed).normal(size=(len(X), 3))
    return (X @ np.linspace(-1, 1, 3 * X.shape[1]).reshape(-1, 3) + noise > 0.3).astype(int)


def signs(y, classes):
    return np.where(y[:, np.newaxis] == classes, 1.0, -1.0)[:, 1 if len(classes) == 2 else 0 :]


def same(ours, twin, rtol=1e-6):
    scale = np.abs(twin.coef_).max()
    assert_allclose(ours.coef_, twin.coef_, rtol=rtol, atol=rtol * scale)
    assert_allclose(ours.intercept_, twin.intercept_, rtol=rtol, atol=rtol * scale)
    assert (ours.coef_.shape, np.shape(ours.intercept_)) == (twin.coef_.shape, np.shape(twin.intercept_))


# The twin ------------------------------------------------------------------------------------------------------

FORMS = {"C": np.ascontiguousarray, "F": np.asfortranarray, "csr": sp.csr_array, "csc": sp.csc_matrix}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_without_a_source_it_is_its_twin(n_classes, weighted, fit_intercept, form):
    X, y, weight = rows(n_classes=n_classes)
    weight = weight if weighted else None
    twin = RidgeClassifier(0.7, fit_intercept=fit_intercept).fit(X, y, weight)
    ours = TransferRidgeClassifier(0.7, fit_intercept=fit_intercept).fit(FORMS[form](X), y, weight)
    same(ours, twin)
    assert_array_equal(ours.classes_, twin.classes_)
    assert_allclose(ours.decision_function(X), twin.decision_function(X), rtol=1e-6, atol=1e-9)
    assert_array_equal(ours.predict(X), twin.predict(X))
    assert ours.score(X, y) == twin.score(X, y)
    assert ours.effective_sample_size_ == 0.0


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("class_weight", ["balanced", {"ache": 3.0, "burn": 0.5}])
def test_class_weight_is_the_twins(class_weight, n_classes):
    X, y, weight = rows(n_classes=n_classes)
    X, y, weight = X[15:], y[15:], weight[15:]
    for given in (None, weight):
        twin = RidgeClassifier(0.7, class_weight=class_weight).fit(X, y, given)
        same(TransferRidgeClassifier(0.7, class_weight=class_weight).fit(X, y, given), twin)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_positive(n_classes):
    X, y, weight = rows(n_classes=n_classes)
    twin = RidgeClassifier(0.7, positive=True, tol=1e-12).fit(X, y, weight)
    ours = TransferRidgeClassifier(0.7, positive=True, tol=1e-10).fit(X, y, weight)
    same(ours, twin, 1e-4)
    assert ours.coef_.min() == 0.0


def test_wide_rows():
    X, y, weight = rows(n=20, p=50)
    same(TransferRidgeClassifier(0.7).fit(X, y, weight), RidgeClassifier(0.7).fit(X, y, weight))


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, pd.DataFrame])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_a_matrix_of_labels_is_the_twins(fit_intercept, form):
    X, _, weight = rows()
    Y = matrix(X)
    twin = RidgeClassifier(0.7, fit_intercept=fit_intercept).fit(X, Y, weight)
    ours = TransferRidgeClassifier(0.7, fit_intercept=fit_intercept).fit(X, form(Y), weight)
    same(ours, twin)
    assert_array_equal(ours.classes_, twin.classes_)
    assert_array_equal(ours.predict(X), twin.predict(X))
    assert ours.predict(X).dtype.kind == "i"
    assert ours.score(X, Y) == twin.score(X, Y)
    balanced = RidgeClassifier(0.7, class_weight="balanced").fit(X, Y, weight)
    same(TransferRidgeClassifier(0.7, class_weight="balanced").fit(X, Y, weight), balanced)


# A source ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["identity", "scale"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_it_is_a_ridge_of_signs(n_classes, metric):
    X, y, weight = rows(n_classes=n_classes)
    X_source, y_source, _ = rows(n=200, seed=3, n_classes=n_classes)
    source = RidgeClassifier().fit(X_source, y_source)
    options = {"metric": metric, "intercept_penalty": 2.0, "alpha": 3.0}
    ours = TransferRidgeClassifier(source=source, **options).fit(X, y, weight)
    other = Ridge().fit(X_source, signs(y_source, source.classes_))
    ridge = TransferRidge(source=other, **options).fit(X, signs(y, source.classes_), weight)
    assert_allclose(np.atleast_2d(ours.coef_), np.atleast_2d(ridge.coef_), rtol=1e-8, atol=1e-10)
    assert_allclose(ours.intercept_, ridge.intercept_, rtol=1e-8, atol=1e-10)
    assert_allclose(ours.effective_sample_size_, ridge.effective_sample_size_, rtol=1e-8)
    assert_allclose(ours.coef_ - ours.delta_, ours.source_coef_, atol=1e-14)
    assert ours.delta_.shape == ours.coef_.shape


@pytest.mark.parametrize("kind", [RidgeClassifier, RidgeClassifierCV, TransferRidgeClassifier])
@pytest.mark.parametrize("labels", [2, 3, "matrix"])
def test_the_copy_limit_is_the_source(kind, labels):
    X, y, _ = rows(n_classes=3 if labels == 3 else 2)
    y = matrix(X) if labels == "matrix" else y
    for source in (kind().fit(X, y), make_pipeline(StandardScaler(), kind()).fit(X, y)):
        copy = TransferRidgeClassifier(np.inf, source=source, intercept_penalty=np.inf).fit(X[:20], y[:20])
        assert_allclose(copy.decision_function(X), source.decision_function(X), rtol=1e-10, atol=1e-12)
        assert_array_equal(copy.predict(X), source.predict(X))
        near = TransferRidgeClassifier(1e12, source=source, intercept_penalty=1.0).fit(X[:20], y[:20])
        assert_allclose(near.decision_function(X), source.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("labels", [2, 3, "matrix"])
def test_in_sequence_by_fisher_is_pooled(labels):
    X, y, weight = rows(n=120, n_classes=3 if labels == 3 else 2)
    y, weight = matrix(X) if labels == "matrix" else y, weight + 0.5
    X, y, weight = X[::-1], y[::-1], weight[::-1]
    order = np.random.default_rng(0).permutation(120)
    first, second = order[:70], order[70:]
    source = Source.from_estimator(
        RidgeClassifier(2.0).fit(X[first], y[first], weight[first]), X[first], None, weight[first]
    )
    options = {"alpha": 1.0, "metric": "fisher", "intercept_penalty": 1.0}
    ours = TransferRidgeClassifier(source=source, **options).fit(X[second], y[second], weight[second])
    same(ours, RidgeClassifier(2.0).fit(X, y, weight), 1e-7)
    # and our own fit says how sure it is, in its turn
    again = Source.from_estimator(ours, X[second], None, weight[second])
    whole = Source.from_estimator(RidgeClassifier(2.0).fit(X, y, weight), X, None, weight)
    assert_allclose(again.precision, whole.precision, rtol=1e-8, atol=1e-8)
    assert (again.link, np.shape(again.coef)) == (whole.link, np.shape(whole.coef))


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
def test_a_class_without_rows_keeps_its_row(metric):
    X_source, y_source, _ = rows(n=200, seed=3, n_classes=4)
    source = Source.from_estimator(RidgeClassifier().fit(X_source, y_source), X_source)
    X, y, _ = rows(n_classes=4)
    shown = y != "burn"
    model = TransferRidgeClassifier(source=source, metric=metric).fit(X[shown], y[shown])
    assert_array_equal(model.classes_, LABELS)
    assert_allclose(model.coef_[1], source.coef[1], rtol=1e-12)
    assert_allclose(model.intercept_[1], source.intercept[1], rtol=1e-10)
    assert np.abs(model.delta_[[0, 2, 3]]).min() > 1e-6
    others = TransferRidge(source=Ridge().fit(X_source, signs(y_source, LABELS)), metric="identity")
    if metric == "identity":  # rows of other classes are ridges of their own
        ridge = others.fit(X[shown], signs(y[shown], LABELS))
        assert_allclose(model.coef_[[0, 2, 3]], ridge.coef_[[0, 2, 3]], rtol=1e-9)


def test_a_new_class_starts_from_zero_and_two_classes_stand_each_for_itself_among_more():
    X_source, y_source, _ = rows(n=200, seed=3)
    source = Source.from_estimator(RidgeClassifier(2.0).fit(X_source, y_source), X_source)
    X, y, _ = rows(n_classes=3)
    model = TransferRidgeClassifier(source=source).fit(X, y)
    row = source.coef[0]
    assert_allclose(model.source_coef_, [-row, row, 0 * row], rtol=1e-12)
    assert model.source_.alignment.added_classes == ("cut",)
    fisher = TransferRidgeClassifier(source=source, metric="fisher", intercept_penalty=1.0)
    own = TransferRidge(source=Source(row, source.intercept[0], precision=source.precision, link="identity"))
    own.set_params(metric="fisher", intercept_penalty=1.0).fit(X, signs(y, LABELS[:3])[:, 1])
    assert_allclose(fisher.fit(X, y).coef_[1], own.coef_, rtol=1e-8)


def test_two_classes_of_three_are_half_the_difference():
    X_source, y_source, _ = rows(n=200, seed=3, n_classes=3)
    fitted = RidgeClassifier().fit(X_source, y_source)
    source = Source.from_estimator(fitted, X_source)
    X, y, _ = rows(n_classes=3)
    kept = y != "burn"
    model = TransferRidgeClassifier(source=source, classes="target", metric="fisher").fit(X[kept], y[kept])
    assert model.classes_.tolist() == ["ache", "cut"]
    assert_allclose(model.source_coef_, (fitted.coef_[2] - fitted.coef_[0]) / 2, rtol=1e-12)
    p = X.shape[1]
    assert_allclose(model.source_.precision[:p, :p], source.precision[:p, :p], rtol=1e-10)  # all rows', each


@pytest.mark.parametrize("labels", [2, 3, "matrix"])
def test_transfer_cv_leaves_rows_out_exactly(labels):
    X, y, _ = rows(n=25, n_classes=3 if labels == 3 else 2)
    y = matrix(X) if labels == "matrix" else y
    X_source, y_source, _ = rows(n=100, seed=3, n_classes=3 if labels == 3 else 2)
    source = RidgeClassifier().fit(X_source, matrix(X_source) if labels == "matrix" else y_source)
    model = TransferRidgeClassifier(source=source)
    search = TransferCV(model, grid=[0.5, 20.0]).fit(X, y)
    folds = TransferCV(model, grid=[0.5, 20.0], cv=LeaveOneOut()).fit(X, y)
    assert_allclose(search.table_["score"], folds.table_["score"], rtol=1e-9)
    where = search.table_["params"].index({"intercept_penalty": 1.0, "alpha": 20.0})
    model = TransferRidgeClassifier(20.0, source=source, intercept_penalty=1.0)
    fits = [model.fit(np.delete(X, i, 0), np.delete(y, i, 0)).decision_function(X[[i]]) for i in range(25)]
    wanted = np.where(y > 0, 1.0, -1.0) if labels == "matrix" else signs(y, np.unique(y))
    loss = np.mean((wanted - np.reshape(fits, (25, -1))) ** 2, axis=1).mean()
    assert_allclose(-search.table_["score"][where], loss, rtol=1e-9)
    assert search.predict(X).shape == y.shape


def test_a_label_the_model_does_not_know_is_on_no_side():
    X, y, _ = rows()
    model = TransferRidgeClassifier().fit(X, y)
    unknown = model._row_losses(X, np.repeat("dent", len(X)))
    assert_allclose(unknown, np.maximum(*(model._row_losses(X, np.repeat(label, len(X))) for label in LABELS[:2])))


# What is refused -----------------------------------------------------------------------------------------------


def test_log_odds_are_on_another_scale():
    X, y, _ = rows()
    with pytest.raises(ValueError, match="needs a source with link 'sign', but the source has link 'logit'"):
        TransferRidgeClassifier(source=LogisticRegression().fit(X, y)).fit(X, y)


def test_matrices_and_single_labels_do_not_mix():
    X, y, _ = rows()
    with pytest.raises(ValueError, match=r"y is a matrix of labels.*Give a source fitted on a matrix of labels"):
        TransferRidgeClassifier(source=RidgeClassifier().fit(X, y)).fit(X, matrix(X))
    with pytest.raises(ValueError, match="wrong family"):
        TransferRidgeClassifier(source=RidgeClassifier().fit(X, matrix(X))).fit(X, y)
    with pytest.raises(ValueError, match=r"the source has 3 output\(s\) and the target 2"):
        TransferRidgeClassifier(source=RidgeClassifier().fit(X, matrix(X))).fit(X, matrix(X)[:, :2])
    with pytest.raises(ValueError, match=r"a matrix of 0 and 1.*got 'multiclass-multioutput' of shape \(60, 2\)"):
        TransferRidgeClassifier().fit(X, np.column_stack([np.arange(60) % 3, np.arange(60) % 4]))


def test_bad_strengths():
    X, y, _ = rows()
    with pytest.raises(ValueError, match="alpha has shape"):
        TransferRidgeClassifier([1.0, 2.0]).fit(X, y)
    with pytest.raises(ValueError, match="positive=True cannot copy a source with negative coefficients"):
        TransferRidgeClassifier(np.inf, source=RidgeClassifier().fit(X, y), positive=True).fit(X, y)
