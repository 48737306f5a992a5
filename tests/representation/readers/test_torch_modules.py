"""torch modules: the features of a plain forward pass, and a module that nobody can tell was used."""

import pickle
from collections import OrderedDict

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from sktransfer.representation import FrozenFeatures

torch = pytest.importorskip("torch")
nn = torch.nn

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(23, 5)).astype(np.float32)


def network():
    """As one finds it in the middle of training: modes, gradients and hooks of all sorts."""
    torch.manual_seed(0)
    parts = [
        ("fc1", nn.Linear(5, 8)),
        ("bn", nn.BatchNorm1d(8)),
        ("act", nn.ReLU(inplace=True)),
        ("frozen_bn", nn.BatchNorm1d(8)),
        ("drop", nn.Dropout(0.5)),
        ("fc2", nn.Linear(8, 3)),
    ]
    net = nn.Sequential(OrderedDict(parts))
    net(torch.randn(50, 5)).square().sum().backward()
    net.frozen_bn.eval()
    net.fc1.weight.requires_grad_(False)
    net.fc2.register_forward_hook(_does_nothing)
    return net


def _does_nothing(module, inputs, output):
    return None


def state(net):
    """All that a use could leave behind."""
    tensors = [*net.named_parameters(), *net.named_buffers()]
    grads = [None if each.grad is None else each.grad.numpy().tobytes() for _, each in net.named_parameters()]
    return {
        "values": {name: each.detach().cpu().numpy().tobytes() for name, each in tensors},
        "objects": {name: id(each) for name, each in tensors},
        "devices": [each.device for _, each in tensors],
        "requires_grad": [each.requires_grad for _, each in tensors],
        "grads": grads,
        "modes": [each.training for each in net.modules()],
        "hooks": [list(each._forward_hooks.items()) for each in net.modules()],
        "pre-hooks": [list(each._forward_pre_hooks.items()) for each in net.modules()],
        "attributes": [sorted(vars(each)) for each in net.modules()],
        "random": torch.random.get_rng_state().numpy().tobytes(),
        "grad mode": torch.is_grad_enabled(),
    }


def plain(net, X, until=None):
    """The same by hand, on a copy."""
    copy = pickle.loads(pickle.dumps(net)).eval()
    parts = list(copy) if until is None else list(copy)[: [name for name, _ in copy.named_children()].index(until) + 1]
    with torch.no_grad():
        return nn.Sequential(*parts)(torch.tensor(X)).numpy()


@parametrize_with_checks([FrozenFeatures(nn.Tanh()), FrozenFeatures(nn.Softsign(), batch_size=3, passthrough=True)])
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("batch_size", ["auto", 1, 2, 7, 22, 23, 100])
@pytest.mark.parametrize("layer", [None, "fc1", "bn", "fc2"])
def test_features_are_those_of_a_plain_forward_pass(X, layer, batch_size):
    net = network()
    Z = FrozenFeatures(net, layer, batch_size).fit_transform(X)
    assert Z.dtype == np.float32
    assert_allclose(Z, plain(net, X, layer), rtol=0, atol=1e-6)


@pytest.mark.parametrize("layer", [None, "fc1", "drop", ["fc1", "bn", "fc2"]])
def test_nothing_in_the_module_changes(X, layer):
    net = network()
    before = state(net)
    features = FrozenFeatures(net, layer, batch_size=4).fit(X)
    clone(features).fit(X).transform(X)
    features.transform(X)
    assert state(net) == before


class Breaks(nn.Module):
    """Stops at rows that begin with more than 10."""

    def forward(self, x):
        if (x[:, 0] > 10).any():
            raise ArithmeticError("too much")
        return x


def test_nothing_changes_when_the_pass_breaks_in_the_middle(X):
    net = nn.Sequential(Breaks(), network())
    before = state(net)
    X[9] = 11.0
    features = FrozenFeatures(net, layer="1.fc1", batch_size=4).fit(X)
    with pytest.raises(ArithmeticError, match="too much"):
        features.transform(X)
    assert state(net) == before


class Restless(nn.Module):
    """Counts, remembers and draws in every pass, whatever the mode."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))
        self.register_buffer("last", torch.full((2,), torch.nan))

    def forward(self, x):
        self.count += 1
        self.last = x.mean(dim=0)
        return nn.functional.dropout(x, training=True)


def test_buffers_and_random_numbers_are_put_back(X):
    net = Restless()
    before = state(net)
    first, second = (FrozenFeatures(net, batch_size=4).fit_transform(X) for _ in range(2))
    assert state(net) == before
    assert_array_equal(first, second)


class Watches(nn.Linear):
    """Remembers whether gradients were recorded."""

    recorded = []

    def forward(self, x):
        y = super().forward(x)
        Watches.recorded.append(y.requires_grad)
        return y


def test_no_gradients_are_recorded(X):
    FrozenFeatures(Watches(5, 2), batch_size=10).fit_transform(X)
    assert Watches.recorded == [False] * 4


def test_gradients_can_be_taken_afterwards(X):
    net = nn.Linear(5, 2)
    FrozenFeatures(net).fit_transform(X)
    net(torch.tensor(X)).sum().backward()
    assert_allclose(net.weight.grad[0].numpy(), X.sum(axis=0), rtol=1e-5)


def test_threads_share_a_module(X):
    net = network()
    before = state(net)
    tasks = [joblib.delayed(FrozenFeatures(net, "bn", batch_size=1).fit_transform)(X) for _ in range(8)]
    for Z in joblib.Parallel(n_jobs=4, backend="threading")(tasks):
        assert_allclose(Z, plain(net, X, "bn"), rtol=0, atol=1e-6)
    assert state(net) == before


def test_a_layer_is_read_before_a_later_one_works_in_place(X):
    net = network()
    Z = FrozenFeatures(net, layer=["bn", "act"]).fit_transform(X)
    assert (Z[:, :8] < 0).any()
    assert_array_equal(Z[:, 8:], np.maximum(Z[:, :8], 0))


def test_rows_are_not_touched_by_layers_that_work_in_place(X):
    before = X.copy()
    Z = FrozenFeatures(nn.ReLU(inplace=True)).fit_transform(X)
    assert_array_equal(Z, np.maximum(before, 0))
    assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("own", "given", "got"),
    [
        (torch.float32, np.float64, np.float32),
        (torch.float32, np.int64, np.float32),
        (torch.float64, np.float32, np.float64),
        (torch.bfloat16, np.float32, np.float32),
    ],
)
def test_rows_go_in_the_modules_type(X, own, given, got):
    net, X = nn.Linear(5, 3).to(own), np.round(X).astype(given)
    Z = FrozenFeatures(net).fit_transform(X)
    assert Z.dtype == got
    with torch.no_grad():
        assert_array_equal(Z, net(torch.tensor(X).to(own)).to(getattr(torch, got.__name__)).numpy())


@pytest.mark.parametrize("device", DEVICES)
def test_the_device_is_left_alone(X, device):
    net = nn.Linear(5, 3).to(device)
    Z = FrozenFeatures(net).fit_transform(X)
    assert net.weight.device.type == device
    assert isinstance(Z, np.ndarray)


def test_images_have_a_declared_shape():
    images = np.random.default_rng(0).normal(size=(6, 3, 8, 8)).astype(np.float32)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    with torch.no_grad():
        wanted, maps = net(torch.tensor(images)).numpy(), net[0](torch.tensor(images)).numpy()
    features = FrozenFeatures(net, input_shape=(3, 8, 8)).fit(images)
    assert features.n_features_in_ == 192
    assert_allclose(features.transform(images), wanted, rtol=0, atol=1e-6)
    assert_allclose(features.transform(images.reshape(6, -1)), wanted, rtol=0, atol=1e-6)
    convolved = FrozenFeatures(net, layer="0", input_shape=[3, 8, 8]).fit_transform(images)
    assert_allclose(convolved, maps.reshape(6, -1), rtol=0, atol=1e-6)


def test_of_several_outputs_the_first_is_taken():
    X = np.random.default_rng(0).normal(size=(4, 12)).astype(np.float32)
    net = nn.LSTM(3, 2, batch_first=True)
    with torch.no_grad():
        wanted = net(torch.tensor(X.reshape(4, 4, 3)))[0].numpy().reshape(4, -1)
    assert_allclose(FrozenFeatures(net, input_shape=(4, 3)).fit_transform(X), wanted, rtol=0, atol=1e-6)


def test_a_module_with_the_rows_elsewhere_is_refused():
    net = nn.Sequential(nn.Flatten(0), nn.Unflatten(0, (5, 1)))
    with pytest.raises(ValueError, match=r"Sequential gives an array of shape \(5, 1\) for 1 row.*must be the rows"):
        FrozenFeatures(net).fit(np.zeros((1, 5)))


class Dict(nn.Module):
    def forward(self, x):
        return {"logits": x}


def test_a_module_that_gives_no_tensor_is_refused():
    with pytest.raises(ValueError, match="Dict gives a dict, no tensor"):
        FrozenFeatures(Dict()).fit(np.zeros((2, 3)))


def test_an_unknown_layer_is_refused_with_those_there_are(X):
    with pytest.raises(ValueError, match="Sequential has no layer 'fc3'; it has 'fc1', 'bn', 'act', 'frozen_bn'"):
        FrozenFeatures(network(), layer="fc3").fit(X)
    deep = nn.Sequential(*(nn.Identity() for _ in range(30)))
    with pytest.raises(ValueError, match=r"'18', '19', \.\.\. \(30 in all\)"):
        FrozenFeatures(deep, layer="fc3").fit(X)
    with pytest.raises(ValueError, match="Linear has no layer 'fc3'; only its end can be had: layer=None"):
        FrozenFeatures(nn.Linear(5, 2), layer="fc3").fit(X)


class Skips(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.unused = nn.Linear(5, 2), nn.Linear(5, 2)

    def forward(self, x):
        return self.used(x)


def test_a_layer_that_the_pass_does_not_come_to_is_refused(X):
    with pytest.raises(ValueError, match="forward pass of Skips does not come to layer 'unused'"):
        FrozenFeatures(Skips(), layer="unused").fit(X)


def test_wrong_columns_are_refused(X):
    with pytest.raises(ValueError, match=r"Sequential does not take rows of 4 columns, in the shape \(4,\): Runtime"):
        FrozenFeatures(network()).fit(X[:, :4])
    with pytest.raises(ValueError, match=r"X has 5 columns, but a row of Sequential has 12: input_shape says"):
        FrozenFeatures(network(), input_shape=(3, 4)).fit(X)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_traced_modules_have_their_end_only(X):
    net = torch.jit.trace(network().eval(), torch.zeros(2, 5)).train()
    assert_allclose(FrozenFeatures(net, batch_size=4).fit_transform(X), plain(network(), X), rtol=0, atol=1e-6)
    assert all(part.training for part in net.modules())
    with pytest.raises(ValueError, match="TracedModule has no layer 'fc1'; only its end can be had"):
        FrozenFeatures(net, layer="fc1").fit(X)


def test_lazy_modules_are_refused(X):
    with pytest.raises(ValueError, match="Sequential has layers whose parameters are not made yet"):
        FrozenFeatures(nn.Sequential(nn.LazyLinear(3))).fit(X)


def test_an_output_of_estimators_is_refused(X):
    with pytest.raises(ValueError, match="Sequential has no output 'predict_proba'; it has 'auto'"):
        FrozenFeatures(network(), output="predict_proba").fit(X)


def test_clones_share_the_module_and_pickles_hold_it(X):
    net = network()
    features = FrozenFeatures(net, layer="bn").fit(X)
    assert clone(features).model is net
    assert clone(clone(features)).get_params()["model"] is net
    assert_array_equal(pickle.loads(pickle.dumps(features)).transform(X), features.transform(X))


def test_names(X):
    features = FrozenFeatures(network(), layer=["bn", "fc2"]).fit(X)
    assert features.get_feature_names_out().tolist() == [f"bn_{k}" for k in range(8)] + [f"fc2_{k}" for k in range(3)]
    assert FrozenFeatures(nn.Linear(5, 2)).fit(X).get_feature_names_out().tolist() == ["linear_0", "linear_1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.fc1.weight.data.add_(1e-3),
        lambda net: net.bn.running_mean.add_(1e-3),
        lambda net: setattr(net.bn, "eps", 0.1),
        lambda net: setattr(net, "act", nn.Tanh()),
        lambda net: net.fc1.register_forward_hook(_doubles),
    ],
    ids=["parameter", "buffer", "attribute", "submodule", "hook"],
)
def test_the_cache_knows_what_features_hang_on(X, change, tmp_path):
    net = network()
    features = FrozenFeatures(net, memory=tmp_path).fit(X)
    first = features.transform(X)
    change(net)
    second = features.transform(X)
    assert np.abs(second - first).max() > 1e-6
    assert_allclose(second, plain(net, X), rtol=0, atol=1e-6)


def _doubles(module, inputs, output):
    return 2 * output


class Counting(nn.Sequential):
    passes = 0

    def forward(self, x):
        Counting.passes += 1
        return super().forward(x)


def test_the_cache_spares_passes(X, tmp_path):
    net = Counting(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    both = FrozenFeatures(net, layer="0", memory=tmp_path, cache_layers=["0", "1"]).fit(X)
    Counting.passes = 0
    first = both.transform(X)
    assert Counting.passes == 1
    assert_array_equal(both.transform(X), first)
    other = pickle.loads(pickle.dumps(both)).set_params(layer="1").fit(X)
    Counting.passes = 0
    assert_allclose(other.transform(X), np.tanh(first), rtol=1e-6)
    assert Counting.passes == 0
    net.train(False)  # the mode is no part of it
    both.transform(X)
    assert Counting.passes == 0
    both.transform(X[::-1])
    assert Counting.passes == 1
