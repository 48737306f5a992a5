"""make_transfer of ONNX files: copied whole it is the network, whatever its last linear layer is written with."""

import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from sklearn.base import clone

from sktransfer import make_transfer
from sktransfer.representation import FrozenFeatures
from sktransfer.representation._head import split_head

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

COPY = {"borrow": np.inf, "params": {"intercept_penalty": np.inf}}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 5))
A, B, b = RNG.normal(size=(5, 4)), RNG.normal(size=(4, 3)), RNG.normal(size=3)
HIDDEN = np.tanh(X @ A)
SCORES = HIDDEN @ B + b
TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.float64): TensorProto.DOUBLE}
node = helper.make_node


def onnx_model(nodes, outputs=("Y",), dtype=np.float64, **constants):
    """tanh(X A) = hidden, then nodes: the bytes of a model."""
    given = {"A": A, **constants}
    given = {name: each.astype(dtype) if each.dtype.kind == "f" else each for name, each in given.items()}
    graph = helper.make_graph(
        [node("MatMul", ["X", "A"], ["XA"]), node("Tanh", ["XA"], ["hidden"]), *nodes],
        "net",
        [helper.make_tensor_value_info("X", TYPES[np.dtype(dtype)], ["n", 5])],
        [onnx.ValueInfoProto(name=name) for name in outputs],
        [numpy_helper.from_array(each, name) for name, each in given.items()],
    )
    domains = [helper.make_opsetid(*each) for each in (("", 17), ("ai.onnx.ml", 3), ("com.microsoft", 1))]
    return helper.make_model(graph, opset_imports=domains, ir_version=8).SerializeToString()


def run(model, rows=X, output=None):
    """What the network itself gives."""
    session = onnxruntime.InferenceSession(model)
    [rows_input] = session.get_inputs()
    kind = np.float32 if rows_input.type == "tensor(float)" else np.float64
    return session.run(output and [output], {rows_input.name: rows.astype(kind)})[0]


# The last layer ------------------------------------------------------------------------------------------------

LAST = {
    "Gemm": ([node("Gemm", ["hidden", "B", "b"], ["Y"])], {"B": B, "b": b}),
    "Gemm of rows": ([node("Gemm", ["hidden", "B", "b"], ["Y"], transB=1)], {"B": B.T, "b": b}),
    "Gemm with factors": (
        [node("Gemm", ["hidden", "B", "b"], ["Y"], alpha=0.5, beta=4.0)],
        {"B": 2 * B, "b": b[np.newaxis] / 4},
    ),
    "MatMul and Add": (
        [node("MatMul", ["hidden", "B"], ["HB"]), node("Add", ["HB", "b"], ["Y"])],
        {"B": B, "b": b},
    ),
    "Add and MatMul": (
        [node("MatMul", ["hidden", "B"], ["HB"]), node("Add", ["b", "HB"], ["Y"])],
        {"B": B, "b": b[np.newaxis]},
    ),
    "transposed in the graph": (
        [
            node("Transpose", ["Bt"], ["B"], perm=[1, 0]),
            node("MatMul", ["hidden", "B"], ["HB"]),
            node("Constant", [], ["b"], value=numpy_helper.from_array(b)),
            node("Add", ["HB", "b"], ["Y"]),
        ],
        {"Bt": B.T},
    ),
    "of constants of constants": (
        [
            node("Mul", ["half", "two"], ["whole"]),
            node("Identity", ["whole"], ["B"]),
            node("Gemm", ["hidden", "B", "b"], ["Y"]),
        ],
        {"half": B / 2, "two": np.array(2.0), "b": b},
    ),
    "with its domain named": ([node("Gemm", ["hidden", "B", "b"], ["Y"], domain="ai.onnx")], {"B": B, "b": b}),
}


@pytest.mark.parametrize("last", LAST)
def test_copied_whole_it_is_the_network(last):
    nodes, constants = LAST[last]
    model = onnx_model(nodes, **constants)
    features, source = split_head(model)
    assert (features.model, features.layer) == (model, "hidden")
    assert_allclose(features.fit_transform(X), HIDDEN, rtol=0, atol=1e-12)
    assert_allclose(source.coef, B.T, rtol=1e-12)
    assert_allclose(source.intercept, b, rtol=1e-12)
    copy = make_transfer(model, **COPY).fit(X, X[:, :3])
    assert_allclose(copy.predict(X), run(model), rtol=0, atol=1e-10)
    copy = make_transfer(model, classes=["a", "b", "c"], **COPY).fit(X, np.array(list("abc"))[np.arange(30) % 3])
    assert_allclose(copy.predict_proba(X), softmax(run(model), axis=1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("n_outputs", [1, 2, 3])
@pytest.mark.parametrize(
    "nodes, constants",
    [
        ([node("MatMul", ["hidden", "B"], ["Y"])], {}),
        ([node("MatMul", ["hidden", "B"], ["HB"]), node("Add", ["HB", "one"], ["Y"])], {"one": np.array(0.7)}),
        ([node("Gemm", ["hidden", "B"], ["Y"])], {}),
        ([node("Gemm", ["hidden", "B", ""], ["Y"])], {}),
        ([node("Gemm", ["hidden", "B", "one"], ["Y"])], {"one": np.array([0.7])}),
    ],
    ids=["MatMul", "one Add for all", "Gemm", "Gemm of nothing", "one bias for all"],
)
def test_without_a_bias_and_with_one_for_all(nodes, constants, n_outputs):
    model = onnx_model(nodes, B=B[:, :n_outputs], **constants)
    y = X[:, :n_outputs] if n_outputs > 1 else X[:, 0]
    copy = make_transfer(model, **COPY).fit(X, y)
    assert_allclose(copy.predict(X), run(model).reshape(y.shape), rtol=0, atol=1e-10)


def test_float32():
    nodes, constants = LAST["Gemm"]
    model = onnx_model(nodes, dtype=np.float32, **constants)
    copy = make_transfer(model, **COPY).fit(X, X[:, :3])
    assert_allclose(copy.predict(X), run(model), rtol=0, atol=1e-6)


# What follows --------------------------------------------------------------------------------------------------

LINEAR = LAST["Gemm"][0][0]
AXES = {"axes": np.array([1], dtype=np.int64), "flat": np.array([-1, 3], dtype=np.int64)}
FOLLOWED = {
    "Softmax": ([node("Softmax", ["Y"], ["P"])], ["P"]),
    "LogSoftmax": ([node("LogSoftmax", ["Y"], ["P"])], ["P"]),
    "shapes and types": (
        [
            node("Identity", ["Y"], ["Y1"]),
            node("Unsqueeze", ["Y1", "axes"], ["Y2"]),
            node("Squeeze", ["Y2", "axes"], ["Y3"]),
            node("Reshape", ["Y3", "flat"], ["Y4"]),
            node("Flatten", ["Y4"], ["Y5"]),
            node("Cast", ["Y5"], ["Y6"], to=TensorProto.DOUBLE),
            node("Dropout", ["Y6"], ["Y7"]),
            node("Softmax", ["Y7"], ["P"]),
        ],
        ["P"],
    ),
    "ArgMax": ([node("ArgMax", ["Y"], ["label"], axis=1)], ["label"]),
    "labels first": (
        [
            node("Softmax", ["Y"], ["P"]),
            node("ArgMax", ["P"], ["place"], axis=1, keepdims=0),
            node("ArrayFeatureExtractor", ["names", "place"], ["label"], domain="ai.onnx.ml"),
        ],
        ["label", "P"],
    ),
    "hidden first": ([node("Softmax", ["Y"], ["P"])], ["hidden", "P"]),
    "hidden last": ([node("Softmax", ["Y"], ["P"])], ["P", "XA"]),
}


@pytest.mark.parametrize("followed", FOLLOWED)
def test_what_a_classifier_does_with_its_scores(followed):
    nodes, outputs = FOLLOWED[followed]
    model = onnx_model([LINEAR, *nodes], outputs, B=B, b=b, names=np.array([7.0, 8.0, 9.0]), **AXES)
    copy = make_transfer(model, classes=["a", "b", "c"], **COPY).fit(X, np.array(list("abc"))[np.arange(30) % 3])
    assert_allclose(copy.predict_proba(X), softmax(SCORES, axis=1), rtol=0, atol=1e-10)
    if "P" in outputs and followed != "LogSoftmax":
        assert_allclose(copy.predict_proba(X), run(model, output="P"), rtol=0, atol=1e-10)


@pytest.mark.parametrize("both", [False, True], ids=["one", "both"])
def test_a_sigmoid(both):
    nodes = [node("Sigmoid", ["Y"], ["p"])]
    if both:
        nodes += [node("Sub", ["one", "p"], ["q"]), node("Concat", ["q", "p"], ["P"], axis=1)]
    model = onnx_model([LINEAR, *nodes], ["P" if both else "p"], B=B[:, :1], b=b[:1], one=np.array(1.0))
    copy = make_transfer(model, classes=["no", "yes"], **COPY).fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    assert_allclose(copy.predict_proba(X)[:, -1:], run(model)[:, -1:], rtol=0, atol=1e-10)


def test_an_exponential():
    model = onnx_model([LINEAR, node("Exp", ["Y"], ["mean"])], ["mean"], B=B[:, :1], b=b[:1])
    copy = make_transfer(model, **COPY).fit(X, np.arange(30.0))
    assert type(copy[-1]).__name__ == "TransferPoissonRegressor"
    assert_allclose(copy.predict(X), run(model)[:, 0], rtol=1e-10)


@pytest.mark.parametrize("outputs", [["map"], ["P", "map"], ["label", "map", "P"]])
@pytest.mark.parametrize("labels", [{"classlabels_strings": ["elm", "oak", "ash"]}, {"classlabels_int64s": [3, 1, 2]}])
def test_labels_of_a_map_are_known(labels, outputs):
    zipped = node("ZipMap", ["P"], ["map"], domain="ai.onnx.ml", **labels)
    nodes = [node("Softmax", ["Y"], ["P"]), node("ArgMax", ["P"], ["label"], axis=1), zipped]
    model = onnx_model([LINEAR, *nodes], outputs, np.float32, B=B, b=b)
    [names] = labels.values()
    copy = make_transfer(model, **COPY).fit(X, np.array(names)[np.arange(30) % 3])
    wanted = run(model, output="map")
    for row, p in zip(wanted, copy.predict_proba(X), strict=True):
        assert_allclose([row[label] for label in copy.classes_], p, rtol=0, atol=1e-6)
    with pytest.raises(
        ValueError, match=r"the ONNX model knows that its outputs are the classes \[.*: leave classes o"
    ):
        make_transfer(model, classes=["a", "b", "c"])


def test_classes_go_by_label():
    model = onnx_model([LINEAR], B=B, b=b)
    copy = make_transfer(model, classes=["c", "a", "b"], **COPY).fit(X, np.where(X[:, 0] > 0, "a", "new"))
    head = copy[-1]
    assert head.classes_.tolist() == ["a", "b", "c", "new"]
    assert list(head.source_.alignment.added_classes) == ["new"]
    assert_allclose(head.coef_[:2] - head.coef_[2], B.T[1:] - B.T[0], rtol=0, atol=1e-10)
    assert_allclose(head.coef_[:3].mean(axis=0) - head.coef_[3], 0, rtol=0, atol=1e-10)  # its slope is zero
    known = HIDDEN @ head.coef_[:3].T + head.intercept_[:3]
    assert_allclose(softmax(known, axis=1), softmax(SCORES[:, [1, 2, 0]], axis=1), rtol=0, atol=1e-10)


# Linear models of ai.onnx.ml -----------------------------------------------------------------------------------


def classifier(rows, intercepts, transform, **labels):
    return node(
        "LinearClassifier",
        ["X"],
        ["label", "P"],
        domain="ai.onnx.ml",
        coefficients=np.ravel(rows).tolist(),
        intercepts=intercepts,
        post_transform=transform,
        **labels,
    )


@pytest.mark.parametrize("rows", [1, 2])
def test_a_linear_classifier_of_two(rows):
    coef = A[:, :1].T if rows == 1 else np.vstack([-A[:, 0], A[:, 0]])
    last = classifier(coef, [0.3] if rows == 1 else [-0.3, 0.3], "LOGISTIC", classlabels_strings=["no", "yes"])
    model = onnx_model([last], ["label", "P"], np.float32)
    copy = make_transfer(model, **COPY).fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    assert copy[0].layer == "X"
    assert_allclose(copy.predict_proba(X)[:, 1], expit(X @ A[:, 0] + 0.3), rtol=0, atol=1e-6)
    assert_allclose(copy.predict_proba(X), run(model, output="P"), rtol=0, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_linear_classifier_with_a_softmax(n_classes):
    labels = list(range(n_classes))
    last = classifier(A[:, :n_classes].T, [0.1, 0.2, 0.3][:n_classes], "SOFTMAX", classlabels_ints=labels)
    model = onnx_model([last], ["label", "P"], np.float32)
    copy = make_transfer(model, **COPY).fit(X, np.arange(30) % n_classes)
    assert_allclose(copy.predict_proba(X), run(model, output="P"), rtol=0, atol=1e-6)


def test_a_softmax_of_opposites_counts_both():
    last = classifier(np.vstack([-A[:, 0], A[:, 0]]), [-0.3, 0.3], "SOFTMAX", classlabels_ints=[0, 1])
    model = onnx_model([last], ["label", "P"], np.float32)
    copy = make_transfer(model, **COPY).fit(X, np.arange(30) % 2)
    assert_allclose(copy.predict_proba(X), run(model, output="P"), rtol=0, atol=1e-6)


@pytest.mark.parametrize("targets", [1, 2])
@pytest.mark.parametrize("intercepts", [{}, {"intercepts": [0.5, -0.5]}], ids=["without", "intercepts"])
def test_a_linear_regressor(targets, intercepts):
    intercepts = {name: each[:targets] for name, each in intercepts.items()}
    coefficients = A[:, :targets].T.ravel().tolist()
    last = node(
        "LinearRegressor",
        ["X"],
        ["Y"],
        domain="ai.onnx.ml",
        coefficients=coefficients,
        **({"targets": 2} if targets == 2 else {}),
        **intercepts,
    )
    model = onnx_model([last], dtype=np.float32)
    y = X[:, :targets] if targets > 1 else X[:, 0]
    copy = make_transfer(model, **COPY).fit(X, y)
    assert_allclose(copy.predict(X), run(model).reshape(y.shape), rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="the ONNX model knows that its outputs are amounts: leave classes out"):
        make_transfer(model, classes=["a", "b"])


# What it may be given as ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["path", "name", "bytes", "session of a path", "session of bytes"])
def test_files_bytes_and_sessions(tmp_path, kind):
    given = onnx_model([LINEAR, node("Softmax", ["Y"], ["P"])], ["P"], B=B, b=b)
    path = tmp_path / "net.onnx"
    path.write_bytes(given)
    models = {"path": path, "name": str(path), "bytes": given}
    model = models.get(kind) or onnxruntime.InferenceSession(given if kind.endswith("bytes") else path)
    transfer = make_transfer(model, classes=[0, 1, 2])
    assert transfer[0].model is model
    assert clone(transfer)[0].model is model
    y = np.argmax(SCORES + RNG.normal(size=SCORES.shape), axis=1)
    y[:3] = [0, 1, 2]
    fitted = transfer.fit(X, y)
    assert path.read_bytes() == given
    assert list(tmp_path.iterdir()) == [path]
    if not kind.startswith("session"):
        assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), fitted.predict_proba(X))
        kept = clone(transfer).set_params(frozenfeatures__memory=str(tmp_path / "kept")).fit(X, y)
        assert_array_equal(kept.predict_proba(X), fitted.predict_proba(X))
        assert len(list((tmp_path / "kept").rglob("output.pkl"))) == 1


def test_weights_in_another_file(tmp_path):
    path = tmp_path / "net.onnx"
    model = onnx.load_from_string(onnx_model([LINEAR], B=B, b=b))
    onnx.save(model, path, save_as_external_data=True, location="net.weights", size_threshold=0)
    copy = make_transfer(path, **COPY).fit(X, X[:, :3])
    assert_allclose(copy.predict(X), SCORES, rtol=0, atol=1e-10)


def test_a_network_of_torch_s(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    torch.manual_seed(0)
    parts = [torch.nn.Linear(5, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3), torch.nn.Softmax(dim=1)]
    net, rows = torch.nn.Sequential(*parts), torch.tensor(X, dtype=torch.float32)
    rows_of_any_number = ({0: torch.export.Dim("n")},)
    torch.onnx.export(net, (rows,), tmp_path / "net.onnx", dynamo=True, dynamic_shapes=rows_of_any_number)
    copy = make_transfer(tmp_path / "net.onnx", classes=[0, 1, 2], **COPY).fit(X, np.arange(30) % 3)
    assert_allclose(copy.predict_proba(X), net(rows).detach().numpy(), rtol=0, atol=1e-6)


# What is refused -----------------------------------------------------------------------------------------------

HB = node("MatMul", ["hidden", "B"], ["HB"])
WITHOUT = {
    "no linear layer": [node("Relu", ["X"], ["Y"])],
    "rows beside it": [HB, node("Concat", ["HB", "X"], ["Y"], axis=1)],
    "two of them": [HB, node("MatMul", ["hidden", "B"], ["HC"]), node("Add", ["HB", "HC"], ["Y"])],
    "weights of the rows": [node("Transpose", ["X"], ["t"]), node("MatMul", ["t", "X"], ["Y"])],
    "weights before the rows": [node("Transpose", ["X"], ["t"]), node("MatMul", ["At", "t"], ["Y"])],
    "three dimensions": [node("Unsqueeze", ["X", "axes"], ["three"]), node("MatMul", ["three", "A3"], ["Y"])],
    "turned rows": [node("Transpose", ["X"], ["t"]), node("Gemm", ["t", "A"], ["Y"], transA=1)],
    "a bias of the rows": [node("Relu", ["X"], ["bias"]), node("Gemm", ["X", "A", "bias"], ["Y"])],
}


@pytest.mark.parametrize("what", WITHOUT)
def test_without_one_last_linear_layer(what):
    beside = {"B": B, "At": A.T, "A3": A[np.newaxis], "axes": np.array([1], dtype=np.int64)}
    model = onnx_model(WITHOUT[what], **beside)
    with pytest.raises(
        ValueError, match=r"no output of the ONNX model \(Y\) comes from one linear layer alone: a Gemm"
    ):
        make_transfer(model)


def test_a_graph_in_a_node():
    then = helper.make_graph([node("Identity", ["HB"], ["yes"])], "then", [], [onnx.ValueInfoProto(name="yes")])
    other = helper.make_graph([node("Tanh", ["HB"], ["no"])], "else", [], [onnx.ValueInfoProto(name="no")])
    nodes = [HB, node("If", ["condition"], ["Y"], then_branch=then, else_branch=other)]
    model = onnx_model(nodes, B=B, condition=np.array(True))
    with pytest.raises(ValueError, match="comes from one linear layer alone"):
        make_transfer(model)


@pytest.mark.parametrize(
    "nodes, classes, message",
    [
        ([node("Relu", ["Y"], ["Z"])], None, r"followed by 'Relu'; with classes not given it can be linear, exp"),
        (
            [node("Relu", ["Y"], ["Z"])],
            "abc",
            r"followed by 'Relu'; with classes given it .* no classifier, leave clas",
        ),
        ([node("Mul", ["Y", "two"], ["W"]), node("Exp", ["W"], ["Z"])], None, "followed by 'Mul, Exp'"),
        ([node("Exp", ["Y"], ["W"]), node("Sub", ["W", "two"], ["Z"])], None, "followed by 'Exp, Sub'"),
        ([node("Add", ["Y", "column"], ["Z"])], None, "followed by 'Add'"),
        (
            [*(node("Relu", [one], [two]) for one, two in ("YU", "UV", "VW", "WZ"))],
            None,
            r"followed by 'Relu, Relu, Relu, \.\.\.'",
        ),
        (
            [node("Softmax", ["Y"], ["P"]), node("Relu", ["P"], ["Z"])],
            "abc",
            "followed by 'Softmax, Relu'; with classes",
        ),
        ([node("Softmax", ["Y"], ["Z"])], None, r"'softmax'; with .* If it is a classifier, give its labels, in the"),
        ([node("ArgMax", ["Y"], ["Z"])], None, "followed by 'argmax'; with classes not given"),
        ([node("Sigmoid", ["Y"], ["Z"])], "abc", "followed by 'sigmoid'; with classes given"),
        ([node("Identity", ["Y"], ["Z"])], "ab", r"'Y', has 3 output\(s\), and classes has 2 label\(s\). Give one"),
    ],
)
def test_what_follows_and_is_refused(nodes, classes, message):
    model = onnx_model([LINEAR, *nodes], ["Z"], B=B, b=b, two=np.array(2.0), column=np.ones((1, 1, 3)))
    with pytest.raises(ValueError, match=message):
        make_transfer(model, classes=classes and list(classes))


def test_a_bias_that_is_none():
    model = onnx_model([HB, node("Add", ["HB", "column"], ["Y"])], B=B, column=np.arange(30.0)[:, np.newaxis])
    with pytest.raises(ValueError, match=r"has 3 output\(s\) and is followed by 'Add'"):
        make_transfer(model)
    model = onnx_model([node("Gemm", ["hidden", "B", "column"], ["Y"])], B=B, column=np.arange(30.0)[:, np.newaxis])
    with pytest.raises(ValueError, match=r"'XA', has 4 output\(s\) and is followed by 'Tanh, Gemm'"):
        make_transfer(model)


@pytest.mark.parametrize(
    "transform, n_classes, followed", [("NONE", 2, "scores of an unknown scale"), ("PROBIT", 2, "PROBIT")]
)
def test_scores_of_an_unknown_scale(transform, n_classes, followed):
    last = classifier(A[:, :n_classes].T, [0.1] * n_classes, transform, classlabels_ints=list(range(n_classes)))
    with pytest.raises(ValueError, match=f"'label', has {n_classes} output.s. and is followed by '{followed}'"):
        make_transfer(onnx_model([last], ["label", "P"], np.float32))


def test_weights_that_cannot_be_followed():
    nodes = [node("FastGelu", ["C"], ["B"], domain="com.microsoft"), node("MatMul", ["hidden", "B"], ["Y"])]
    with pytest.raises(ValueError, match="'B', are what FastGelu makes of constants, and this could not be followed: "):
        make_transfer(onnx_model(nodes, dtype=np.float32, C=B))


def test_without_onnx_the_extra_is_named(monkeypatch):
    model = onnx_model([LINEAR], B=B, b=b)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        ImportError, match=r"what is inside an ONNX model needs onnx, .*pip install 'sktransfer\[onnx\]'"
    ):
        make_transfer(model)


def test_layers_are_those_of_frozen_features():
    model = onnx_model([LINEAR], B=B, b=b)
    assert_array_equal(split_head(model)[0].fit_transform(X), FrozenFeatures(model, "hidden").fit_transform(X))
