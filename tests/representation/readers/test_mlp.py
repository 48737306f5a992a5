"""Hidden layers of scikit-learn's networks: the last one, through the output weights, is the network."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import softmax
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sktransfer.representation import FrozenFeatures

OPTIONS = {"hidden_layer_sizes": (7, 6, 5), "max_iter": 3, "random_state": 0}
ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(30, 4))


@pytest.mark.parametrize("batch_size", ["auto", 1, 7])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_output_weights_make_the_prediction_of_the_last_layer(X, activation, batch_size):
    network = MLPRegressor(activation=activation, **OPTIONS).fit(X, X[:, 0])
    before = pickle.dumps(network)
    Z = FrozenFeatures(network, layer=3, batch_size=batch_size).fit_transform(X)
    assert_allclose(Z @ network.coefs_[3][:, 0] + network.intercepts_[3], network.predict(X), rtol=1e-12, atol=1e-12)
    assert pickle.dumps(network) == before


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_of_a_classifier_they_make_the_probabilities(X, activation):
    network = MLPClassifier(activation=activation, **OPTIONS).fit(X, np.digitize(X[:, 0], [-0.5, 0.5]))
    Z = FrozenFeatures(network, layer=3).fit_transform(X)
    assert_allclose(
        softmax(Z @ network.coefs_[3] + network.intercepts_[3], axis=1), network.predict_proba(X), rtol=1e-10
    )


def test_each_layer_makes_the_next(X):
    network = MLPRegressor(activation="tanh", **OPTIONS).fit(X, X[:, 0])
    one, two = (FrozenFeatures(network, layer=k).fit_transform(X) for k in (1, 2))
    assert_allclose(np.tanh(X @ network.coefs_[0] + network.intercepts_[0]), one, rtol=1e-12)
    assert_allclose(np.tanh(one @ network.coefs_[1] + network.intercepts_[1]), two, rtol=1e-12)
    features = FrozenFeatures(network, layer=[2, None, 1]).fit(X)
    assert_array_equal(features.transform(X), np.hstack([two, network.predict(X)[:, None], one]))
    names = [*(f"hidden2_{k}" for k in range(6)), "mlpregressor", *(f"hidden1_{k}" for k in range(7))]
    assert features.get_feature_names_out().tolist() == names


def test_the_end_is_what_the_network_predicts(X):
    network = MLPClassifier(**OPTIONS).fit(X, X[:, 0] > 0)
    assert_array_equal(FrozenFeatures(network).fit_transform(X), network.predict_proba(X))


def test_float32_and_sparse_rows(X):
    X = X.astype(np.float32)
    network = MLPRegressor(**OPTIONS).fit(X, X[:, 0])
    features = FrozenFeatures(network, layer=2).fit(X)
    assert features.transform(X).dtype == np.float32
    assert_allclose(features.transform(sparse.csr_array(X)), features.transform(X), rtol=1e-5)


@pytest.mark.parametrize("layer", [0, 4, -1, "hidden1"])
def test_an_unknown_layer_is_refused_with_those_there_are(X, layer):
    network = MLPRegressor(**OPTIONS).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=f"MLPRegressor has no layer {layer!r}; it has 1, 2, 3"):
        FrozenFeatures(network, layer=layer).fit(X)
    with pytest.raises(ValueError, match="layer=1 and output='predict' both say"):
        FrozenFeatures(network, layer=1, output="predict").fit(X)
