"""ONNX models: what onnxruntime gives is what torch gives; files, bytes and sessions are the same."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sktransfer.representation import FrozenFeatures

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

KINDS = {np.float32: TensorProto.FLOAT, np.float64: TensorProto.DOUBLE}


def write(path, *, rows="n", columns=5, dtype=np.float32, inputs=("X",)):
    """hidden = tanh(X A + a), Y = hidden B: a file, and the weights."""
    rng = np.random.default_rng(0)
    weights = {"A": rng.normal(size=(5, 4)), "a": rng.normal(size=4), "B": rng.normal(size=(4, 3))}
    weights = {name: each.astype(dtype) for name, each in weights.items()}
    nodes = [
        helper.make_node("MatMul", ["X", "A"], ["XA"]),
        helper.make_node("Add", ["XA", "a"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "B"], ["Y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(name, KINDS[dtype], [rows, columns]) for name in inputs],
        [helper.make_tensor_value_info("Y", KINDS[dtype], [rows, 3]), _hidden(rows, dtype)],
        [numpy_helper.from_array(each, name) for name, each in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return weights


def _hidden(rows, dtype):
    return helper.make_tensor_value_info("hidden", KINDS[dtype], [rows, 4])


@pytest.fixture
def X():
    return np.random.default_rng(1).normal(size=(23, 5)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.onnx"


@pytest.mark.parametrize("batch_size", ["auto", 1, 7, 23, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_are_those_of_the_formula(X, path, dtype, batch_size):
    weights = write(path, dtype=dtype)
    hidden = np.tanh(X @ weights["A"] + weights["a"])
    Z = FrozenFeatures(path, ["hidden", "Y"], batch_size).fit_transform(X)
    assert Z.dtype == dtype
    assert_allclose(Z, np.hstack([hidden, hidden @ weights["B"]]), rtol=0, atol=1e-6)


def test_files_bytes_and_sessions_are_the_same(X, path):
    write(path)
    models = [path, str(path), path.read_bytes(), onnxruntime.InferenceSession(path.read_bytes())]
    first, *others = (FrozenFeatures(model).fit_transform(X) for model in models)
    for other in others:
        assert_array_equal(first, other)


def test_onnxruntime_and_torch_agree(X, path):
    torch = pytest.importorskip("torch")
    weights = {name: torch.tensor(each) for name, each in write(path).items()}
    net = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3, bias=False))
    net[0].weight.data, net[0].bias.data, net[2].weight.data = weights["A"].T, weights["a"], weights["B"].T
    for own, theirs in (("1", "hidden"), (None, None)):
        mine, other = FrozenFeatures(net, own).fit_transform(X), FrozenFeatures(path, theirs).fit_transform(X)
        assert_allclose(mine, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["path", "bytes", "session of a path", "session of bytes"])
def test_a_layer_is_any_tensor(X, path, kind):
    weights = write(path)
    before = path.read_bytes(), sorted(path.parent.iterdir())
    given = path.read_bytes() if kind.endswith("bytes") else path
    model = onnxruntime.InferenceSession(given) if kind.startswith("session") else given
    total = X @ weights["A"] + weights["a"]
    features = FrozenFeatures(model, ["sum", None, "sum", "X"], 7).fit(X)
    wanted = np.hstack([total, np.tanh(total) @ weights["B"], total, X])
    assert_allclose(features.transform(X), wanted, rtol=0, atol=1e-6)
    assert features.get_feature_names_out()[[0, 7, 11]].tolist() == ["sum_0", "sum_0", "X_0"]
    assert_array_equal(features.transform(X), features.transform(X))
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before
    if not kind.startswith("session"):
        assert_array_equal(pickle.loads(pickle.dumps(features)).transform(X), features.transform(X))


def test_constants_are_no_layers(X, path):
    write(path)
    with pytest.raises(ValueError, match="the ONNX model has no layer 'A'"):
        FrozenFeatures(path, layer="A").fit(X)


def test_a_session_that_hides_its_model(X, path):
    write(path)
    session = onnxruntime.InferenceSession(path)
    session._model_path = None
    assert_array_equal(
        FrozenFeatures(session, "hidden").fit_transform(X), FrozenFeatures(path, "hidden").fit_transform(X)
    )
    with pytest.raises(ValueError, match="this onnxruntime session hides what is inside the model: give the file, or"):
        FrozenFeatures(session, "sum").fit(X)


def test_weights_in_another_file(X, path, tmp_path):
    weights = write(path)
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="net.weights", size_threshold=0)
    total = X @ weights["A"] + weights["a"]
    features = FrozenFeatures(path, ["sum", "hidden"], memory=str(tmp_path / "kept")).fit(X)
    for _ in range(2):
        assert_allclose(features.transform(X), np.hstack([total, np.tanh(total)]), rtol=0, atol=1e-6)
    assert len(list((tmp_path / "kept").rglob("output.pkl"))) == 1
    own = path.read_bytes()
    trained = (tmp_path / "net.weights").read_bytes()
    (tmp_path / "net.weights").write_bytes((2 * np.frombuffer(trained, np.float32)).tobytes())
    assert path.read_bytes() == own  # only the other file says that it was trained on
    again = FrozenFeatures(path, "sum", memory=str(tmp_path / "kept")).fit_transform(X)
    assert_allclose(again, 2 * total, rtol=0, atol=1e-6)


def test_a_model_of_fixed_batches_gets_them(X, path):
    weights = write(path, rows=4)
    hidden = np.tanh(X @ weights["A"] + weights["a"])
    for batch_size in ("auto", 7):
        Z = FrozenFeatures(path, "hidden", batch_size).fit_transform(X)
        assert_allclose(Z, hidden, rtol=0, atol=1e-6)


def test_wrong_columns_and_layers_are_refused(X, path):
    write(path)
    with pytest.raises(
        ValueError, match=r"X has 4 columns, but a row of the ONNX model has 5: it declares the shape \(5,\)"
    ):
        FrozenFeatures(path).fit(X[:, :4])
    with pytest.raises(ValueError, match="the ONNX model has no layer 'total'; it has 'Y', 'hidden', 'X', 'XA', 'sum'"):
        FrozenFeatures(path, layer="total").fit(X)


def test_several_inputs_are_refused(X, path):
    write(path, inputs=("X", "Z"))
    with pytest.raises(ValueError, match=r"ONNX model takes 2 inputs \(X, Z\), and X is one"):
        FrozenFeatures(path).fit(X)


def test_other_types_of_input_are_refused(path):
    text = [helper.make_tensor_value_info(name, TensorProto.STRING, ["n", 1]) for name in ("words", "same")]
    graph = helper.make_graph([helper.make_node("Identity", ["words"], ["same"])], "text", text[:1], text[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    with pytest.raises(ValueError, match=r"takes tensor\(string\); rows can be tensor\(float\)"):
        FrozenFeatures(path).fit([[1.0]])


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.onnx.*there is no such file"):
        FrozenFeatures(tmp_path / "missing.onnx").fit([[1.0]])


def test_what_is_no_onnx_model(tmp_path):
    (tmp_path / "net.pt").write_bytes(b"PK of torch")
    for model in (tmp_path / "net.pt", b"PK of torch"):
        with pytest.raises(ValueError, match=r"no ONNX model can be read from it: .*loaded first, with torch.load"):
            FrozenFeatures(model).fit([[1.0]])


def test_clones_and_pickles(X, path):
    write(path)
    features = FrozenFeatures(path).fit(X)
    wanted = features.transform(X)
    assert clone(features).model is path
    assert_array_equal(pickle.loads(pickle.dumps(features)).transform(X), wanted)
    assert features.get_feature_names_out().tolist() == ["net_0", "net_1", "net_2"]
    session = FrozenFeatures(onnxruntime.InferenceSession(path.read_bytes())).fit(X)
    assert session.get_feature_names_out().tolist() == ["onnx_0", "onnx_1", "onnx_2"]


def test_the_cache_knows_the_file(X, path, tmp_path):
    write(path)
    features = FrozenFeatures(path, "hidden", memory=str(tmp_path / "kept")).fit(X)
    first = features.transform(X)
    assert_array_equal(features.transform(X), first)
    assert len(list((tmp_path / "kept").rglob("output.pkl"))) == 1
    session = FrozenFeatures(onnxruntime.InferenceSession(path.read_bytes()), memory=str(tmp_path)).fit(X)
    with pytest.raises(ValueError, match="by its content, which a session hides: give the file"):
        session.transform(X)


def test_without_onnxruntime_the_extra_is_named(path, monkeypatch):
    write(path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"needs onnxruntime.*pip install 'sktransfer\[onnx\]'"):
        FrozenFeatures(path).fit([[1.0] * 5])


def test_without_onnx_outputs_can_be_had_and_the_extra_is_named_for_the_rest(X, path, monkeypatch):
    write(path)
    wanted = FrozenFeatures(path, "hidden").fit_transform(X)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert_array_equal(FrozenFeatures(path, "hidden").fit_transform(X), wanted)
    with pytest.raises(ImportError, match=r"layer 'sum', none of .* \('Y', 'hidden'\), needs onnx, .*transfer\[onnx\]"):
        FrozenFeatures(path, "sum").fit(X)


def test_without_onnx_weights_in_another_file_are_not_known_by_content(X, path, tmp_path, monkeypatch):
    write(path)
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="net.weights", size_threshold=0)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert FrozenFeatures(path, "hidden").fit_transform(X).shape == (23, 4)
    with pytest.raises(ImportError, match=r"weights are in other files, with memory=, needs onnx, .*transfer\[onnx\]"):
        FrozenFeatures(path, "hidden", memory=str(tmp_path)).fit(X).transform(X)


def test_onnx_is_imported_only_to_look_inside(path):
    write(path)
    code = (
        "import sys; from sktransfer.representation import FrozenFeatures; "
        f"FrozenFeatures({str(path)!r}, 'hidden').fit([[0.0] * 5]); sys.exit('onnx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
