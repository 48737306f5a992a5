"""Keras models: the features of a plain call, and a model that nobody can tell was used."""

import importlib.util
import os
import pickle

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktransfer.representation import FrozenFeatures

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(23, 5)).astype(np.float32)


@keras.saving.register_keras_serializable("tests")
class Noise(keras.layers.Layer):
    """Draws in every call, whatever the mode."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)


def network(*, noise=False):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,), name="rows")
    hidden = keras.layers.Dense(8, activation="relu", activity_regularizer="l2", name="first")(inputs)
    hidden = keras.layers.BatchNormalization(name="bn")(hidden)
    hidden = keras.layers.Dropout(0.5, name="drop")(hidden)
    if noise:
        hidden = Noise(name="noise")(hidden)
    net = keras.Model(inputs, keras.layers.Dense(3, name="last")(hidden), name="net")
    net(np.random.default_rng(1).normal(size=(50, 5)), training=True)
    net.get_layer("first").trainable = False
    return net


def state(net):
    """All that a use could leave behind."""
    parts = {}
    if hasattr(net, "named_modules"):  # the torch backend
        parts = {
            "modes": [each.training for each in net.modules()],
            "grads": [each.grad for each in net.parameters()],
            "requires_grad": [each.requires_grad for each in net.parameters()],
            "hooks": [len(each._forward_hooks) for each in net.modules()],
        }
    layers = list(net._flatten_layers())
    return {
        **parts,
        "values": [(each.path, np.array(keras.ops.convert_to_numpy(each)).tobytes()) for each in net.variables],
        "objects": [id(each) for each in net.variables],
        "trainable": [each.trainable for each in layers],
        "losses": [float(keras.ops.convert_to_numpy(loss)) for loss in net.losses],
        "nodes": [len(each._inbound_nodes) + len(each._outbound_nodes) for each in layers],
        "attributes": [sorted(vars(each)) for each in layers],
        "global seed": np.random.get_state()[1].tobytes(),  # noqa: NPY002
    }


def plain(net, X, until=None):
    part = net if until is None else keras.Model(net.input, net.get_layer(until).output)
    return keras.ops.convert_to_numpy(keras.ops.stop_gradient(part(X, training=False)))


@pytest.mark.parametrize("batch_size", ["auto", 1, 7, 23, 100])
@pytest.mark.parametrize("layer", [None, "first", "bn", "last"])
def test_features_are_those_of_a_plain_call(X, layer, batch_size):
    net = network()
    Z = FrozenFeatures(net, layer, batch_size).fit_transform(X)
    assert Z.dtype == np.float32
    assert_allclose(Z, plain(net, X, layer), rtol=0, atol=1e-6)


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("layer", [None, "first", ["first", "bn", "last"]])
def test_nothing_in_the_model_changes(X, layer, noise):
    net = network(noise=noise)
    before = state(net)
    features = FrozenFeatures(net, layer, batch_size=4).fit(X)
    clone(features).fit(X).transform(X)
    features.transform(X)
    assert state(net) == before


@keras.saving.register_keras_serializable("tests")
class Breaks(keras.layers.Layer):
    """Stops at rows that begin with more than 10."""

    def call(self, x):
        if not isinstance(x, keras.KerasTensor) and np.any(keras.ops.convert_to_numpy(x)[:, 0] > 10):
            raise ArithmeticError("too much")
        return x


def test_nothing_changes_when_the_call_breaks_in_the_middle(X):
    inputs = keras.Input((5,))
    try:
        hidden = Breaks()(inputs)
    except Exception:  # a backend that traces layers has no numbers to look at
        pytest.skip("this backend traces layers")
    net = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.BatchNormalization()(hidden)))
    features = FrozenFeatures(net, batch_size=4).fit(X)
    before = state(net)
    X[9] = 11.0
    with pytest.raises(ArithmeticError, match="too much"):
        features.transform(X)
    assert state(net) == before


def test_names_of_unnamed_models_do_not_move(X):
    net, rows = network(), keras.Input((5,))
    first = keras.Model(rows, keras.layers.Dense(2, name="same")(rows)).name
    FrozenFeatures(net, layer="bn").fit_transform(X)
    second = keras.Model(rows, keras.layers.Dense(2, name="same")(rows)).name
    number = [int(name.rpartition("_")[2]) if "_" in name else 0 for name in (first, second)]
    assert number[1] == number[0] + 1


def test_images_have_the_shape_that_the_model_declares():
    images = np.random.default_rng(0).normal(size=(6, 8, 8, 3)).astype(np.float32)
    net = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="conv"), keras.layers.GlobalAveragePooling2D()]
    )
    wanted = plain(net, images)
    features = FrozenFeatures(net).fit(images)
    assert features.n_features_in_ == 192
    assert_allclose(features.transform(images), wanted, rtol=0, atol=1e-6)
    assert_allclose(features.transform(images.reshape(6, -1)), wanted, rtol=0, atol=1e-6)
    assert FrozenFeatures(net, layer="conv").fit_transform(images).shape == (6, 6 * 6 * 4)
    with pytest.raises(ValueError, match=r"X has 5 columns, but a row of Sequential has 192: it declares the shape"):
        FrozenFeatures(net).fit(np.zeros((2, 5)))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.drop = keras.layers.Dense(4), keras.layers.Dropout(0.5)

    def call(self, x):
        return self.drop(self.dense(x))


def test_a_layer_may_serve_other_models_too(X):
    net = network()
    body, last = keras.Model(net.inputs, net.get_layer("drop").output), net.get_layer("last")
    reused = keras.Sequential([keras.Input((5,)), body, last])
    hidden = FrozenFeatures(net, layer="drop").fit_transform(X)
    assert_allclose(FrozenFeatures(reused, layer="last", output="input").fit_transform(X), hidden, rtol=1e-6)
    assert_allclose(FrozenFeatures(reused, layer="last").fit_transform(X), net.predict(X, verbose=0), atol=1e-6)


def test_a_layer_called_twice_is_read_at_its_last_call(X):
    inputs, twice = keras.Input((5,)), keras.layers.Dense(5, name="twice")
    once = twice(inputs)
    net = keras.Model(inputs, keras.layers.add([twice(once), once]))
    expected = X @ np.array(twice.kernel) @ np.array(twice.kernel)
    assert_allclose(FrozenFeatures(net, layer="twice").fit_transform(X), expected, atol=1e-5)


def test_a_deep_residual_network_is_read_at_once(X):
    at = inputs = keras.Input((5,))
    for number in range(40):  # two ways from every block to the one before: 2^40 in all
        at = keras.layers.add([at, keras.layers.Dense(5, kernel_initializer="zeros", name=f"block_{number}")(at)])
    assert_allclose(FrozenFeatures(keras.Model(inputs, at), layer="block_39", output="input").fit_transform(X), X)


def test_subclassed_models_have_their_end_only(X):
    net = Subclassed()
    with pytest.raises(ValueError, match=r"Keras model 'subclassed\w*' is not built. Pass some rows"):
        FrozenFeatures(net).fit(X)
    wanted = keras.ops.convert_to_numpy(keras.ops.stop_gradient(net(X)))
    assert_allclose(FrozenFeatures(net).fit_transform(X), wanted, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="Subclassed has no layer 'dense'; only its end can be had"):
        FrozenFeatures(net, layer="dense").fit(X)


def test_an_unknown_layer_is_refused_with_those_there_are(X):
    with pytest.raises(ValueError, match="has no layer 'second'; it has 'rows', 'first', 'bn', 'drop', 'last'"):
        FrozenFeatures(network(), layer="second").fit(X)


def test_several_inputs_or_outputs_are_refused(X):
    one, two = keras.Input((5,)), keras.Input((5,))
    with pytest.raises(ValueError, match="'two' takes 2 inputs, and X is one"):
        FrozenFeatures(keras.Model([one, two], one + two, name="two")).fit(X)
    twins = keras.Model(one, [keras.layers.Dense(2, name="left")(one), keras.layers.Dense(2)(one)], name="twins")
    with pytest.raises(ValueError, match=r"'twins' gives a list, no tensor. Say layer="):
        FrozenFeatures(twins).fit(X)
    assert FrozenFeatures(twins, layer="left").fit_transform(X).shape == (23, 2)


def test_clones_share_the_model_and_pickles_hold_it(X):
    net = network()
    features = FrozenFeatures(net, layer="bn").fit(X)
    assert clone(features).model is net
    assert_allclose(pickle.loads(pickle.dumps(features)).transform(X), features.transform(X), rtol=0, atol=1e-6)
    assert features.get_feature_names_out()[:2].tolist() == ["bn_0", "bn_1"]
    assert FrozenFeatures(net).fit(X).get_feature_names_out().tolist() == ["net_0", "net_1", "net_2"]


class Silent(keras.Model):
    """Does not say how it was configured."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return self.factor * x


def test_threads_share_a_model(X):
    net = network()
    wanted, before = plain(net, X, "bn"), state(net)
    tasks = [joblib.delayed(FrozenFeatures(net, "bn", batch_size=5).fit_transform)(X) for _ in range(6)]
    for Z in joblib.Parallel(n_jobs=3, backend="threading")(tasks):
        assert_allclose(Z, wanted, rtol=0, atol=1e-6)
    assert state(net) == before


def test_the_cache_refuses_what_it_cannot_know(X, tmp_path):
    net = Silent(2.0)
    net(X)
    features = FrozenFeatures(net, memory=tmp_path).fit(X)
    with pytest.raises(ValueError, match="Silent does not say its own: give it get_config"):
        features.transform(X)


def test_the_cache_knows_the_weights(X, tmp_path):
    net = network()
    features = FrozenFeatures(net, memory=tmp_path).fit(X)
    first = features.transform(X)
    assert_array_equal(features.transform(X), first)
    net.get_layer("bn").moving_mean.assign_add(np.ones(8))
    assert_allclose(features.transform(X), plain(net, X), rtol=0, atol=1e-6)
    assert np.abs(features.transform(X) - first).max() > 1e-3
    assert len(list(tmp_path.rglob("output.pkl"))) == 2
