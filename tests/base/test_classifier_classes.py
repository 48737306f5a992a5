"""Classes go by label: unseen ones keep the source, unknown ones start from zero, binary is half each way."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression

LABELS = np.array(["ache", "burn", "cut", "dent"])
SOLVERS = ("auto", "newton-cholesky", "newton-cg", "lbfgs")
COPY = {"C": 0, "intercept_penalty": np.inf}


def _rows(classes, seed=0, n_each=25):
    """Overlapping clouds, one for each of ``classes`` (positions in LABELS)."""
    rng = np.random.default_rng(seed)
    centres = np.array([[1.0, 0.0, 0.5], [-1.0, 1.0, 0.0], [0.0, -1.0, -1.0], [0.5, 1.0, -0.5]])
    X = np.concatenate([centres[k] + rng.normal(size=(n_each, 3)) for k in classes])
    return X, np.repeat(LABELS[list(classes)], n_each)


def _source(classes):
    return LogisticRegression(C=2.0, tol=1e-8).fit(*_rows(classes, seed=7, n_each=200))


def _fit(source, shown, /, **params):
    X, y = _rows(shown)
    return TransferLogisticRegression(**{"source": source, "tol": 1e-10, **params}).fit(X, y), X, y


def _centred(array):
    return array - array.mean(axis=0)


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_class_without_rows_keeps_the_source(solver, metric):
    source = _source([0, 1, 2])
    X_source, _ = _rows([0, 1, 2], seed=7, n_each=200)
    known = Source.from_estimator(source, X=X_source)
    model, _, _ = _fit(known, [0, 2], solver=solver, metric=metric, tol=1e-8)
    assert model.classes_.tolist() == ["ache", "burn", "cut"]
    assert_allclose(model.source_coef_, _centred(source.coef_), atol=1e-12)
    assert_allclose(model.delta_[1], 0, atol=1e-15)
    assert np.abs(model.delta_[[0, 2]]).min() > 1e-4
    b, b_source = model.intercept_, source.intercept_
    assert abs(b[0] - b_source[0]) > 1e-3
    if metric == "scale":  # the level at the features' means is what stays
        mean = _rows([0, 2])[0].mean(axis=0)
        b, b_source = b + model.coef_ @ mean, b_source + source.coef_ @ mean
    assert_allclose(b[1] - b[[0, 2]].mean(), b_source[1] - b_source[[0, 2]].mean(), atol=1e-9)


def test_two_source_classes_of_three_in_a_target_of_two_are_their_difference():
    source = _source([0, 1, 2])
    model, _, _ = _fit(source, [0, 2], classes="target")
    assert model.classes_.tolist() == ["ache", "cut"]
    assert model.coef_.shape == (1, 3)
    assert_allclose(model.source_coef_[0], source.coef_[2] - source.coef_[0], rtol=1e-12)
    copied, X, _ = _fit(source, [0, 2], classes="target", **COPY)
    restricted = source.predict_proba(X)[:, [0, 2]]
    assert_allclose(copied.predict_proba(X), restricted / restricted.sum(axis=1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize("of_source", [[0, 1], [0, 1, 2], [1, 2]])
@pytest.mark.parametrize("of_target", [[0, 1], [1, 2], [0, 1, 2], [0, 1, 2, 3]])
@pytest.mark.parametrize("metric", ["identity", "scale"])
def test_the_copy_limit_holds_the_source_and_starts_new_classes_from_zero(of_source, of_target, metric):
    source = _source(of_source)
    model, _, _ = _fit(source, of_target, C=0, metric=metric)
    union = sorted({*of_source, *of_target})
    assert_array_equal(model.classes_, LABELS[union])
    assert_allclose(model.delta_, 0, atol=1e-14)
    if len(union) == 2:
        assert_allclose(model.coef_, source.coef_, atol=1e-14)
        return
    rows = source.coef_ if len(of_source) > 2 else np.concatenate([-source.coef_, source.coef_]) / 2
    wanted = np.zeros((len(union), 3))
    wanted[[union.index(k) for k in of_source]] = _centred(rows)
    assert_allclose(model.coef_, wanted, atol=1e-12)


@pytest.mark.parametrize("of_source, of_target", [([0, 1], [0, 1]), ([0, 1, 2], [0, 1, 2]), ([0, 1, 2], [1, 2])])
def test_the_whole_copy_predicts_as_the_source(of_source, of_target):
    source = _source(of_source)
    model, X, _ = _fit(source, of_target, **COPY)
    assert_array_equal(model.classes_, source.classes_)
    assert_allclose(model.predict_proba(X), source.predict_proba(X), rtol=1e-9)
    assert_array_equal(model.predict(X), source.predict(X))
    assert_allclose(model.predict_log_proba(X), source.predict_log_proba(X), rtol=1e-7, atol=1e-12)


def test_holding_the_intercepts_holds_those_of_known_classes_only():
    source = _source([0, 1])
    model, X, y = _fit(source, [0, 1, 2], intercept_penalty=np.inf)
    assert_allclose(model.intercept_[:2], [-source.intercept_[0] / 2, source.intercept_[0] / 2], atol=1e-12)
    assert abs(model.intercept_[2]) > 1e-3
    residual = model.predict_proba(X)[:, 2] - (y == "cut")
    assert abs(residual.sum()) < 1e-7


@pytest.mark.parametrize("pull", [0.0, 1.0, np.inf])
def test_a_new_class_beside_one_without_rows(pull):
    source = _source([0, 1, 2])
    model, X, y = _fit(source, [0, 2, 3], intercept_penalty=pull)
    assert_array_equal(model.classes_, LABELS)
    assert model.source_.alignment.added_classes == ("dent",)
    assert_array_equal(model.source_coef_[3], np.zeros(3))
    assert_allclose(model.delta_[1], 0, atol=1e-15)
    assert np.abs(model.delta_[3]).max() > 1e-2
    b, b_source = model.intercept_, source.intercept_
    assert_allclose(b[1] - b[[0, 2]].mean(), b_source[1] - b_source[[0, 2]].mean(), atol=1e-10)
    # what is free is at its optimum: slopes and intercept of the new class
    residual = model.predict_proba(X)[:, 3] - (y == "dent")
    assert_allclose(residual @ X + model.coef_[3], 0, atol=1e-6)
    assert abs(residual.sum()) < 1e-6


@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
def test_a_target_of_two_of_which_the_source_knows_one(metric):
    """The known class brings its half; what the source cannot say has the twin's own penalty."""
    X_source, y_source = _rows([0, 1], seed=7, n_each=200)
    source = Source.from_estimator(LogisticRegression().fit(X_source, y_source), X=X_source)
    model, X, y = _fit(source, [0, 2], classes="target", metric=metric)
    assert model.classes_.tolist() == ["ache", "cut"]
    assert model.source_.alignment.dropped_classes == ("burn",)
    assert_allclose(model.source_coef_, source.coef / 2, rtol=1e-12)
    residual = model.predict_proba(X)[:, 1] - (y == "cut")
    penalty = X.var(axis=0) if metric == "scale" else 1.0
    assert_allclose(residual @ X + penalty * model.delta_[0], 0, atol=1e-6)


def test_binary_copies_do_not_depend_on_which_label_comes_second():
    X, y = _rows([0, 1])
    source = _source([0, 1])
    flipped = {"ache": "z", "burn": "a"}
    X_source, y_source = _rows([0, 1], seed=7, n_each=200)
    other = LogisticRegression(C=2.0, tol=1e-8).fit(X_source, np.vectorize(flipped.get)(y_source))
    model = TransferLogisticRegression(source=source, tol=1e-10).fit(X, y)
    mirror = TransferLogisticRegression(source=other, tol=1e-10).fit(X, np.vectorize(flipped.get)(y))
    assert_allclose(mirror.coef_, -model.coef_, rtol=1e-6)
    assert_allclose(mirror.predict_proba(X)[:, ::-1], model.predict_proba(X), rtol=1e-6)


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 0, 2], [2, 1, 0]])
@pytest.mark.parametrize("of_target", [[0, 1, 2], [0, 2]])
def test_a_source_may_hold_its_classes_in_any_order(order, of_target):
    fitted = _source([0, 1, 2])
    source = Source(fitted.coef_, fitted.intercept_, classes=fitted.classes_)
    permuted = Source(fitted.coef_[order], fitted.intercept_[order], classes=fitted.classes_[order])
    model, X, _ = _fit(source, of_target)
    same, _, _ = _fit(permuted, of_target)
    assert_array_equal(same.classes_, model.classes_)
    assert_allclose(same.coef_, model.coef_, atol=1e-10)
    assert_allclose(same.predict_proba(X), model.predict_proba(X), atol=1e-10)


def test_a_binary_source_given_second_label_first_is_turned_round():
    fitted = _source([0, 1])
    turned = Source(-fitted.coef_, -fitted.intercept_, classes=["burn", "ache"])
    for of_target in ([0, 1], [0, 1, 2]):
        model, _, _ = _fit(fitted, of_target)
        assert_allclose(_fit(turned, of_target)[0].coef_, model.coef_, atol=1e-12)


@pytest.mark.parametrize("kind", [int, float, bool, str, object])
def test_labels_keep_their_kind(kind):
    X, y = _rows([0, 1])
    y = np.where(y == "burn", "yes", "no").astype(object) if kind in (str, object) else y == "burn"
    y = y.astype(kind)
    source = LogisticRegression().fit(X, y)
    model = TransferLogisticRegression(source=source).fit(X, y)
    assert model.classes_.dtype == np.unique(y).dtype
    assert_array_equal(model.classes_, np.unique(y))
    assert model.predict(X).dtype == model.classes_.dtype
    assert model.score(X, y) > 0.8


@pytest.mark.parametrize("of_source", [None, [0, 1], [0, 1, 2]])
@pytest.mark.parametrize("of_target", [[0, 1], [0, 1, 2], [0, 1, 3]])
def test_probabilities_sum_to_one_in_the_order_of_classes(of_source, of_target):
    source = None if of_source is None else _source(of_source)
    model, X, y = _fit(source, of_target)
    proba = model.predict_proba(X)
    assert proba.shape == (len(X), len(model.classes_))
    assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert_array_equal(model.classes_, np.sort(model.classes_))
    assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    assert_allclose(np.exp(model.predict_log_proba(X)), proba, rtol=1e-12)
    decision = model.decision_function(X)
    if len(model.classes_) == 2:
        assert_allclose(decision, np.log(proba[:, 1] / proba[:, 0]), rtol=1e-8)
    else:
        assert_array_equal(decision.argmax(axis=1), proba.argmax(axis=1))
    for k, label in enumerate(model.classes_):
        if label in y:  # a free intercept makes each shown class as frequent as it is
            assert model.score(X[y == label], y[y == label]) == (proba[y == label].argmax(axis=1) == k).mean()


@pytest.mark.parametrize("of_source, of_target", [([0, 1, 2], [0, 2]), ([0, 1], [0, 1, 2]), ([0, 1, 2], [0, 2, 3])])
@pytest.mark.parametrize("pull", [0.0, 2.0, np.inf])
def test_all_solvers_agree(of_source, of_target, pull):
    source = _source(of_source)
    models = [_fit(source, of_target, solver=solver, intercept_penalty=pull, tol=1e-9)[0] for solver in SOLVERS]
    if np.isinf(pull):
        known = models[0].source_.alignment.known_classes
        assert_allclose(models[0].intercept_[known], models[0].source_.intercept[known], atol=1e-12)
    for model in models[1:]:
        assert_allclose(model.coef_, models[0].coef_, rtol=1e-5, atol=1e-6)
        assert_allclose(model.intercept_, models[0].intercept_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("of_source", [[0, 1, 2], [0, 1, 2, 3]])
@pytest.mark.parametrize("class_weight", [None, "balanced", {"ache": 3.0}])
def test_a_class_without_weight_is_a_class_without_rows(of_source, class_weight):
    source = _source(of_source)
    X, y = _rows([0, 1, 2])
    shown = y != "burn"
    weight = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y)) * shown
    options = {"source": source, "tol": 1e-10, "class_weight": class_weight}
    weighted = TransferLogisticRegression(**options).fit(X, y, sample_weight=weight)
    left_out = TransferLogisticRegression(**options).fit(X[shown], y[shown], sample_weight=weight[shown])
    assert_array_equal(weighted.classes_, left_out.classes_)
    assert_allclose(weighted.coef_, left_out.coef_, atol=1e-9)
    assert_allclose(weighted.intercept_, left_out.intercept_, atol=1e-9)
    assert_allclose(weighted.delta_[1], 0, atol=1e-15)


def test_a_weight_is_that_many_rows():
    source = _source([0, 1, 2])
    X, y = _rows([0, 2])
    weight = np.random.default_rng(0).integers(0, 4, size=len(y))
    for metric in ("identity", "scale"):
        options = {"source": source, "tol": 1e-11, "metric": metric, "class_weight": {"ache": 2.0}}
        weighted = TransferLogisticRegression(**options).fit(X, y, sample_weight=weight)
        repeated = TransferLogisticRegression(**options).fit(X.repeat(weight, axis=0), y.repeat(weight))
        assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)
        assert_allclose(weighted.effective_sample_size_, repeated.effective_sample_size_, rtol=1e-6)
