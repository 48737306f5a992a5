"""make_transfer of a network: its layers but the last, frozen, and its last one as the source of a twin."""

import importlib.util
import os

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

from sktransfer import make_transfer
from sktransfer.representation import FrozenFeatures
from sktransfer.representation._head import split_head
from sktransfer.representation._readers import has_head

torch = pytest.importorskip("torch")
nn = torch.nn

COPY = {"borrow": np.inf, "params": {"intercept_penalty": np.inf}}


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(60, 5))


class Network(nn.Module):
    """Its last layer takes what no named layer gives."""

    def __init__(self, n_outputs, bias=True):
        super().__init__()
        torch.manual_seed(0)
        self.double()
        self.body = nn.Linear(5, 6).double()
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(6, n_outputs, bias=bias).double()

    def forward(self, x):
        return self.last(self.drop(torch.relu(self.body(x))))


def outputs(net, X):
    return FrozenFeatures(net).fit_transform(X)


def hidden(net, X):
    return np.maximum(FrozenFeatures(net, layer="body").fit_transform(X), 0)


@pytest.mark.parametrize("bias", [True, False])
def test_the_source_makes_the_networks_outputs_of_its_features(X, bias):
    net = Network(3, bias=bias)
    features, source = split_head(net)
    assert_array_equal(features.fit_transform(X), hidden(net, X))
    assert_allclose(hidden(net, X) @ source.coef.T + source.intercept, outputs(net, X), rtol=0, atol=1e-12)
    assert features.get_feature_names_out().tolist() == [f"last_input_{k}" for k in range(6)]


def test_copied_whole_a_classifier_is_the_network(X):
    net, labels = Network(3), np.array(["a", "b", "c"])
    y = labels[np.argmax(outputs(net, X), axis=1)]
    y[:3] = labels
    model = make_transfer(net, classes=labels, **COPY).fit(X, y)
    assert_array_equal(model.classes_, labels)
    assert_allclose(model.predict_proba(X), softmax(outputs(net, X), axis=1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_copied_whole_a_binary_classifier_is_the_network(X, n_outputs):
    net = Network(n_outputs)
    given = outputs(net, X)
    wanted = expit(given[:, 0] if n_outputs == 1 else given[:, 1] - given[:, 0])
    model = make_transfer(net, classes=["no", "yes"], **COPY).fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    assert_allclose(model.predict_proba(X)[:, 1], wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_copied_whole_a_regressor_is_the_network(X, n_outputs):
    net = Network(n_outputs)
    y = X[:, 0] if n_outputs == 1 else X[:, :2]
    model = make_transfer(net, **COPY).fit(X, y)
    assert_allclose(model.predict(X), outputs(net, X).reshape(y.shape), rtol=0, atol=1e-10)


def test_classes_go_by_label(X):
    net = Network(3)
    model = make_transfer(net, classes=["c", "a", "b"], **COPY).fit(X, np.where(X[:, 0] > 0, "a", "new"))
    head = model[-1]
    assert head.classes_.tolist() == ["a", "b", "c", "new"]
    assert list(head.source_.alignment.added_classes) == ["new"]
    weight = net.last.weight.detach().numpy()
    assert_allclose(head.coef_[0] - head.coef_[2], weight[1] - weight[0], rtol=0, atol=1e-10)
    assert_allclose(head.coef_[1] - head.coef_[2], weight[2] - weight[0], rtol=0, atol=1e-10)
    assert_allclose(head.coef_[:3].mean(axis=0) - head.coef_[3], 0, rtol=0, atol=1e-10)  # its slope is zero


def test_the_strength_is_chosen_and_the_network_stays(X):
    net = Network(2)
    before = {name: each.clone() for name, each in net.state_dict().items()}
    y = outputs(net, X) @ [[1.0, 0.2], [0.0, 1.0]] + 1.0
    model = make_transfer(net)
    assert model[0].model is net
    assert clone(model)[0].model is net
    some, others = slice(0, 15), slice(15, None)
    plain = Ridge().fit(hidden(net, X[some]), y[some])
    assert model.fit(X[some], y[some]).score(X[others], y[others]) > plain.score(hidden(net, X[others]), y[others])
    assert net.training
    assert all(torch.equal(each, before[name]) for name, each in net.state_dict().items())
    search = GridSearchCV(make_transfer(net, borrow=1.0), {"transferridge__alpha": [0.1, 1e6]}, cv=3).fit(X, y)
    assert search.best_estimator_[0].model is net


def test_what_is_refused(X):
    with pytest.raises(
        ValueError, match=r"'last', has 3 output\(s\), and classes has 2 label\(s\). Give one label per"
    ):
        make_transfer(Network(3), classes=["a", "b"])
    with pytest.raises(ValueError, match=r"'last', has 1 output\(s\), and classes has 1 label\(s\)"):
        make_transfer(Network(1), classes=["a"])
    with pytest.raises(ValueError, match=r"Sequential has no torch\.nn\.Linear in it"):
        make_transfer(nn.Sequential(nn.ReLU()))
    with pytest.raises(ValueError, match="classes are the labels of a network's outputs, and this model is none"):
        make_transfer(Ridge().fit(X, X[:, 0]), classes=["a", "b"])
    with pytest.raises(ValueError, match="borrow must be"):
        make_transfer(Network(1), borrow=-1)
    with pytest.raises(TypeError, match=r"knows no twin of .*Network"):
        make_transfer([Network(1), Network(1)])
    with pytest.raises(ValueError, match=r"output='input' is that of a layer: name one in layer="):
        FrozenFeatures(Network(1), output="input").fit(X)
    assert not has_head(np.exp)


if importlib.util.find_spec("keras"):
    os.environ.setdefault("KERAS_BACKEND", "torch")


def keras_network(n_outputs, activation):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    rows = keras.Input((5,))
    body = keras.layers.Dropout(0.5)(keras.layers.Dense(6, activation="relu", name="body")(rows))
    return keras.Model(rows, keras.layers.Dense(n_outputs, activation=activation, name="last")(body))


@pytest.mark.parametrize("n_outputs", [2, 3])
def test_a_keras_classifier(X, n_outputs):
    net, labels = keras_network(n_outputs, "softmax"), np.arange(n_outputs)
    model = make_transfer(net, classes=labels, **COPY).fit(X, np.arange(60) % n_outputs)
    assert_allclose(model.predict_proba(X), outputs(net, X), rtol=0, atol=1e-5)


def test_a_keras_classifier_of_one_output(X):
    net = keras_network(1, "sigmoid")
    model = make_transfer(net, classes=[0, 1], **COPY).fit(X, np.arange(60) % 2)
    assert_allclose(model.predict_proba(X)[:, 1:], outputs(net, X), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("activation", "twin"), [("linear", "TransferRidge"), ("exponential", "TransferPoissonRegressor")]
)
def test_a_keras_regressor(X, activation, twin):
    net = keras_network(1, activation)
    model = make_transfer(net, **COPY).fit(X, np.arange(60.0))
    assert type(model[-1]).__name__ == twin
    assert_allclose(model.predict(X), outputs(net, X)[:, 0], rtol=1e-4, atol=1e-5)


def test_keras_activations_that_do_not_fit_are_refused():
    keras = pytest.importorskip("keras")
    with pytest.raises(
        ValueError, match=r"'last', has 3 output\(s\) and is followed by 'softmax'; with classes not given"
    ):
        make_transfer(keras_network(3, "softmax"))
    with pytest.raises(ValueError, match=r"followed by 'sigmoid'; with classes given it can be"):
        make_transfer(keras_network(3, "sigmoid"), classes=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"'bare' has no graph with a Dense layer"):
        make_transfer(keras.Sequential([keras.Input((2,)), keras.layers.ReLU()], name="bare"))
