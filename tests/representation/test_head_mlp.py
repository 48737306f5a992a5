"""make_transfer of scikit-learn's networks: copied whole it is the network; its output layer is the source."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, SplineTransformer, StandardScaler

from sktransfer import Source, make_transfer
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.representation import FrozenFeatures
from sktransfer.representation._head import split_head

COPY = {"borrow": np.inf, "params": {"intercept_penalty": np.inf}}
RNG = np.random.default_rng(0)
X_SOURCE, X = RNG.normal(size=(80, 4)), RNG.normal(size=(40, 4)) + 0.3
AMOUNT = X_SOURCE[:, 0] - X_SOURCE[:, 1] * X_SOURCE[:, 2]
NAMES = np.array(["ash", "elm", "oak"])
THREE = NAMES[np.digitize(AMOUNT, [-0.5, 0.5])]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

KINDS = {
    "binary": (MLPClassifier, np.where(AMOUNT > 0, "yes", "no"), TransferLogisticRegression),
    "multiclass": (MLPClassifier, THREE, TransferLogisticRegression),
    "amounts": (MLPRegressor, AMOUNT, TransferRidge),
    "several": (MLPRegressor, np.column_stack([AMOUNT, X_SOURCE[:, 3]]), TransferRidge),
}


def network(kind, hidden=(6, 5), **options):
    make, y, _ = KINDS[kind]
    return make(hidden_layer_sizes=hidden, max_iter=20, random_state=0, **options).fit(X_SOURCE, y)


def of_target(kind):
    """Some y of the target's; every class is there."""
    return KINDS[kind][1][:40]


def answers(model, rows=X):
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(6,), (6, 5)], ids=["one", "two"])
@pytest.mark.parametrize("kind", KINDS)
def test_copied_whole_it_is_the_network(kind, hidden, activation):
    source = network(kind, hidden, activation=activation)
    before = pickle.dumps(source)
    model = make_transfer(source, **COPY).fit(X, of_target(kind))
    assert type(model[-1]) is KINDS[kind][2]
    assert_allclose(answers(model), answers(source), rtol=0, atol=1e-10)
    assert pickle.dumps(source) == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_source_is_the_output_layer_of_the_last_hidden_one(kind):
    network_ = network(kind)
    features, source = split_head(network_)
    assert (features.model, features.layer, features.output) == (network_, 2, "auto")
    assert_array_equal(features.fit_transform(X), FrozenFeatures(network_, layer=2).fit_transform(X))
    assert_array_equal(np.atleast_2d(source.coef), network_.coefs_[-1].T)
    assert_array_equal(np.atleast_1d(source.intercept), network_.intercepts_[-1])
    assert (None if source.classes is None else source.classes.tolist()) == {
        "binary": ["no", "yes"],
        "multiclass": NAMES.tolist(),
    }.get(kind)


@pytest.mark.skipif("loss" not in inspect.signature(MLPRegressor).parameters, reason="scikit-learn 1.7 has counts")
@pytest.mark.parametrize("hidden", [(6,), ()], ids=["hidden", "linear"])
def test_of_counts_it_has_a_logarithm(hidden):
    counts = np.random.default_rng(1).poisson(np.exp(AMOUNT / 2))
    source = MLPRegressor(loss="poisson", hidden_layer_sizes=hidden, max_iter=20, random_state=0).fit(X_SOURCE, counts)
    model = make_transfer(source, **COPY).fit(X, counts[:40])
    assert type(model[-1] if hidden else model) is TransferPoissonRegressor
    assert_allclose(model.predict(X), source.predict(X), rtol=1e-10)


def test_float32_and_sparse_rows():
    rows = X_SOURCE.astype(np.float32)
    source = MLPClassifier(hidden_layer_sizes=6, max_iter=20, random_state=0).fit(rows, THREE)
    model = make_transfer(source, **COPY).fit(rows[:40], THREE[:40])
    assert_allclose(model.predict_proba(rows), source.predict_proba(rows), rtol=0, atol=1e-6)
    assert_allclose(model.predict_proba(sparse.csr_array(rows)), source.predict_proba(rows), rtol=0, atol=1e-6)


# Classes -------------------------------------------------------------------------------------------------------


def test_classes_go_by_label():
    source = network("multiclass")
    model = make_transfer(source, **COPY).fit(X, np.where(X[:, 0] > 0, "oak", "ant"))  # one known, one new
    head, hidden = model[-1], FrozenFeatures(source, layer=2).fit_transform(X)
    assert head.classes_.tolist() == ["ant", "ash", "elm", "oak"]
    assert list(head.source_.alignment.added_classes) == ["ant"]
    assert_allclose(head.coef_[1:] - head.coef_[1], (source.coefs_[-1] - source.coefs_[-1][:, [0]]).T, atol=1e-10)
    known = hidden @ head.coef_[1:3].T + head.intercept_[1:3]
    p = source.predict_proba(X)
    assert_allclose(known[:, 1] - known[:, 0], np.log(p[:, 1] / p[:, 0]), rtol=0, atol=1e-10)
    assert_allclose(head.coef_[1:].mean(axis=0) - head.coef_[0], 0, rtol=0, atol=1e-10)  # its slope is zero


def test_classes_of_the_source_that_are_not_here_keep_what_it_knows():
    source = network("multiclass")
    model = make_transfer(source, **COPY).fit(X, np.where(X[:, 0] > 0, "oak", "ash"))
    assert_allclose(model.predict_proba(X), source.predict_proba(X), rtol=0, atol=1e-10)


# What it may stand in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("around", [StandardScaler(), SplineTransformer()], ids=["linear", "splines"])
@pytest.mark.parametrize("kind", KINDS)
def test_at_the_end_of_a_pipeline(kind, around):
    make, y, _ = KINDS[kind]
    source = make_pipeline(around, make(hidden_layer_sizes=5, max_iter=20, random_state=0)).fit(X_SOURCE, y)
    before = pickle.dumps(source)
    model = make_transfer(source, **COPY).fit(X, of_target(kind))
    assert model[0].model is source
    assert_allclose(answers(model), answers(source), rtol=0, atol=1e-10)
    nested = Pipeline([("scale", MinMaxScaler().fit(X_SOURCE)), ("inner", source)])
    again = make_transfer(nested, **COPY).fit(X, of_target(kind))
    assert_allclose(answers(again), answers(nested), rtol=0, atol=1e-10)
    assert pickle.dumps(source) == before


def test_columns_go_by_name_into_a_pipeline():
    frame = pd.DataFrame(X, columns=list("abcd"))
    source = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=5, max_iter=20, random_state=0))
    source.fit(pd.DataFrame(X_SOURCE, columns=list("abcd")), AMOUNT)
    model = make_transfer(source, **COPY).fit(frame[list("dcab")], AMOUNT[:40])
    assert_allclose(model.predict(frame[list("dcab")]), source.predict(frame), rtol=0, atol=1e-10)


def test_in_a_search_and_frozen():
    search = GridSearchCV(MLPRegressor(max_iter=20, random_state=0), {"hidden_layer_sizes": [(3,), (5, 4)]}, cv=2)
    search.fit(X_SOURCE, AMOUNT)
    for model in (search, FrozenEstimator(search.best_estimator_), FrozenEstimator(search)):
        copy = make_transfer(model, **COPY).fit(X, AMOUNT[:40])
        assert_allclose(copy.predict(X), search.predict(X), rtol=0, atol=1e-10)
        assert copy[0].model is search.best_estimator_


def test_a_transformed_y():
    inner = MLPRegressor(hidden_layer_sizes=5, max_iter=20, random_state=0)
    around = {"func": np.arcsinh, "inverse_func": np.sinh, "check_inverse": False}
    model = TransformedTargetRegressor(inner, **around).fit(X_SOURCE, AMOUNT)
    piped = make_pipeline(StandardScaler(), TransformedTargetRegressor(inner, **around)).fit(X_SOURCE, AMOUNT)
    for source in (model, piped):
        copy = make_transfer(source, **COPY).fit(X, AMOUNT[:40])
        assert_allclose(copy.predict(X), source.predict(X), rtol=0, atol=1e-10)


def test_the_strength_is_chosen_and_the_network_stays():
    source = network("amounts", (8,))
    before = pickle.dumps(source)
    model = make_transfer(source)
    assert isinstance(model[-1], TransferCV)
    assert clone(model)[0].model is source
    y = source.predict(X) + 1.0
    some, others = slice(0, 10), slice(10, None)
    hidden = FrozenFeatures(source, layer=1).fit_transform(X)
    plain = Ridge().fit(hidden[some], y[some])
    assert model.fit(X[some], y[some]).score(X[others], y[others]) > plain.score(hidden[others], y[others])
    grid = {"transferridge__alpha": [0.1, 1e6]}
    search = GridSearchCV(make_transfer(source, borrow=1.0), grid, cv=3).fit(X, y)
    assert search.best_estimator_[0].model is source
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    assert pickle.dumps(source) == before


# Without hidden layers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_without_hidden_layers_it_is_a_linear_model(kind):
    source = network(kind, ())
    assert type(make_transfer(source, borrow=1.0)) is KINDS[kind][2]
    copy = make_transfer(source, **COPY).fit(X, of_target(kind))
    assert_allclose(answers(copy), answers(source), rtol=0, atol=1e-10)
    scaled = make_pipeline(StandardScaler(), clone(source)).fit(X_SOURCE, KINDS[kind][1])
    folded = make_transfer(scaled, **COPY)
    assert (type(folded), folded.metric) == (KINDS[kind][2], "source")
    assert_allclose(answers(folded.fit(X, of_target(kind))), answers(scaled), rtol=0, atol=1e-10)


def test_columns_of_a_linear_one_go_by_name():
    source = MLPRegressor(hidden_layer_sizes=(), max_iter=20, random_state=0).fit(
        pd.DataFrame(X_SOURCE, columns=list("abcd")), AMOUNT
    )
    frame = pd.DataFrame(X, columns=list("abcd")).rename(columns={"a": "new"})[["d", "new", "c"]]
    copy = make_transfer(source, borrow=np.inf).fit(frame, AMOUNT[:40])
    assert_allclose(copy.coef_, [source.coefs_[0][3, 0], 0.0, source.coefs_[0][2, 0]], rtol=1e-12)
    twin = TransferRidge(np.inf, source=source).fit(frame, AMOUNT[:40])
    assert_array_equal(twin.coef_, copy.coef_)


# What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(5,), ()], ids=["hidden", "linear"])
def test_a_multilabel_network_is_refused(hidden):
    labels = np.column_stack([AMOUNT > 0, X_SOURCE[:, 0] > 0]).astype(int)
    source = MLPClassifier(hidden_layer_sizes=hidden, max_iter=5, random_state=0).fit(X_SOURCE, labels)
    with pytest.raises(ValueError, match=r"MLPClassifier is multilabel: its 2 outputs .* Transfer one by one: make_pi"):
        make_transfer(source)


@pytest.mark.parametrize("hidden", [(5,), ()], ids=["hidden", "linear"])
def test_a_network_of_one_class_is_refused(hidden):
    source = MLPClassifier(hidden_layer_sizes=hidden, max_iter=5, random_state=0).fit(X_SOURCE, np.full(80, "ash"))
    with pytest.raises(ValueError, match=r"was fitted on rows of one class, .*'ash'.*, and tells nothing"):
        make_transfer(source)


def test_the_advice_for_a_multilabel_network_holds():
    labels = np.column_stack([AMOUNT > 0, X_SOURCE[:, 0] > 0]).astype(int)
    source = MLPClassifier(hidden_layer_sizes=5, max_iter=20, random_state=0).fit(X_SOURCE, labels)
    for k in range(2):
        layer = Source(source.coefs_[-1][:, k], source.intercepts_[-1][k], classes=[0, 1])
        twin = TransferLogisticRegression(source=layer, C=0.0, intercept_penalty=np.inf)
        model = make_pipeline(FrozenFeatures(source, 1), twin).fit(X, labels[:40, k])
        assert_allclose(model.predict_proba(X)[:, 1], source.predict_proba(X)[:, k], rtol=0, atol=1e-10)


def test_labels_that_are_known_are_not_asked_for():
    with pytest.raises(ValueError, match=r"MLPClassifier knows that its outputs are the classes \[.*'ash'.*leave clas"):
        make_transfer(network("multiclass"), classes=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"MLPRegressor knows that its outputs are amounts: leave classes out"):
        make_transfer(network("several"), classes=["a", "b"])


def test_hidden_layers_are_no_linear_source():
    with pytest.raises(TypeError, match=r"MLPRegressor has 2 hidden layer\(s\) and so is not linear .*make_transfer\("):
        Source.from_estimator(network("amounts"))
    with pytest.raises(ValueError, match=r"precision is available for .*Leave X out"):
        Source.from_estimator(network("amounts", ()), X=X_SOURCE)


@pytest.mark.parametrize("around", [lambda model: model, lambda model: make_pipeline(StandardScaler(), model)])
def test_what_is_not_fitted_is_refused(around):
    with pytest.raises(NotFittedError, match=r"is not fitted\. Fit it first"):
        make_transfer(around(MLPRegressor()))


def test_networks_in_a_list_are_refused():
    with pytest.raises(TypeError, match=r"MLPRegressor has 2 hidden layer\(s\)"):
        make_transfer([network("amounts"), network("amounts")])
