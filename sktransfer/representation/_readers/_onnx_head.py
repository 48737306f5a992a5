"""The last linear layer of an ONNX model.

    z -> Gemm, or MatMul and Add, or LinearClassifier, LinearRegressor -> activation, labels -> an output

What an output hangs on is followed back to the one linear layer that all of it goes through.
"""

from typing import NamedTuple

import numpy as np

from sktransfer.representation._readers._base import Head

# What comes behind a linear layer: other shapes of the same numbers, what makes a classifier of it, what reads that.
_SHAPING = {"Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Dropout", "ZipMap"}
_DECIDING = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid", "ArgMax": "argmax"}
_READING = {"ArgMax", "ArrayFeatureExtractor", "Concat", "Gather", "LabelEncoder", "Normalizer", "Sub", "TopK", "Where"}
_READING |= {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Log", "Not", "ReduceMax"}
_TRANSFORMS = {"SOFTMAX": "softmax", "LOGISTIC": "sigmoid", "NONE": "scores of an unknown scale"}


class _End(NamedTuple):
    """The linear layer that an output comes from, the number of its node, whether we know what comes behind it."""

    place: int
    known: bool
    head: Head


def last_linear(graph):
    """Of the linear layers that an output comes from, with nothing of the rows beside, the last.

    Where several outputs come from it, one whose end is known says what it is, and before others one with labels.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Head

    Raises
    ------
    ValueError
        If there is none.
    """
    ends = [end for output in graph.outputs if (end := _end(graph, output)) is not None]
    if not ends:
        raise ValueError(
            f"no output of the ONNX model ({', '.join(graph.outputs)}) comes from one linear layer alone: a Gemm, a "
            "MatMul with or without Add, a LinearClassifier or a LinearRegressor, of constant weights. Build the head "
            "by hand: make_pipeline(FrozenFeatures(model, layer), TransferRidge(source=Source(coef, intercept)))."
        )
    return max(ends, key=lambda end: (end.place, end.known, end.head.classes is not None)).head


def _end(graph, output):
    """How an output ends; None if not with one linear layer."""
    layers, behind, todo = {}, set(), [output]
    while todo:
        place = graph.made_by.get(todo.pop())
        if place is None or any(each.HasField("g") or each.graphs for each in graph.nodes[place].attribute):
            return None
        if (layer := _linear(graph, graph.nodes[place])) is not None:
            layers[place] = layer
        elif place not in behind:
            behind.add(place)
            todo += [name for name in graph.nodes[place].input if name and name not in graph.constants]
    if len(layers) != 1:
        return None
    [(place, head)] = layers.items()
    return _End(place, *_completed(graph, head, [graph.nodes[each] for each in sorted(behind)]))


def _completed(graph, head, behind):
    """Whether what comes behind a linear layer is known, and the layer with it."""
    for node in behind:
        if node.op_type == "ZipMap" and head.classes is None:
            head = head._replace(kind="classes", classes=_labels(graph.attributes(node), "classlabels_int64s"))
    names = [node.op_type for node in behind if node.op_type not in _SHAPING]
    if head.activation != "linear" or not names:
        return True, head
    if names[0] in _DECIDING and _READING.issuperset(names[1:]):
        return True, head._replace(activation=_DECIDING[names[0]])
    if names == ["Exp"]:
        return True, head._replace(activation="exponential")
    more = ", ..." if len(names) > 3 else ""
    return False, head._replace(activation=", ".join(names[:3]) + more)


def _linear(graph, node):
    """A node as a linear layer; None if it is none."""
    read = _LINEAR.get((node.domain or "ai.onnx", node.op_type))
    return None if read is None else read(graph, node, graph.attributes(node))


def _gemm(graph, node, attributes):
    data, weights, *bias = node.input
    if attributes.get("transA") or data in graph.constants or weights not in graph.constants:
        return None
    coef = graph.numbers(weights) if attributes.get("transB") else graph.numbers(weights).T
    intercept = _bias(graph, *bias, n_outputs=len(coef))
    if intercept is None:
        return None
    return _head(node, data, attributes.get("alpha", 1.0) * coef, attributes.get("beta", 1.0) * intercept)


def _matmul(graph, node, _):
    data, weights = node.input
    if data in graph.constants or weights not in graph.constants:
        return None
    coef = graph.numbers(weights).T
    return _head(node, data, coef, np.zeros(len(coef))) if coef.ndim == 2 else None


def _add(graph, node, _):
    for product, bias in (node.input, node.input[::-1]):
        inner = graph.nodes[graph.made_by[product]] if product in graph.made_by else None
        head = _linear(graph, inner) if inner is not None and inner.op_type == "MatMul" else None
        intercept = None if head is None else _bias(graph, bias, n_outputs=len(head.coef))
        if intercept is not None:
            return head._replace(intercept=intercept)
    return None


def _classifier(graph, node, attributes):
    labels = _labels(attributes, "classlabels_ints")
    coef, intercept = _rows(attributes, len(labels))
    activation = _transform(attributes)
    if activation == "sigmoid" and len(coef) == 2 and np.array_equal(coef[0], -coef[1]):  # each says it all
        coef, intercept = coef[1:], intercept[1:]
    head = _head(node, node.input[0], coef, intercept)
    return head._replace(activation=activation, kind="classes", classes=labels)


def _regressor(_, node, attributes):
    head = _head(node, node.input[0], *_rows(attributes, attributes.get("targets", 1)))
    transform = _transform(attributes)
    return head._replace(activation="linear" if transform == _TRANSFORMS["NONE"] else transform, kind="amounts")


_LINEAR = {
    ("ai.onnx", "Gemm"): _gemm,
    ("ai.onnx", "MatMul"): _matmul,
    ("ai.onnx", "Add"): _add,
    ("ai.onnx.ml", "LinearClassifier"): _classifier,
    ("ai.onnx.ml", "LinearRegressor"): _regressor,
}


def _head(node, data, coef, intercept):
    return Head(node.name or node.output[0], coef, intercept, "linear", {"layer": data})


def _bias(graph, name="", *, n_outputs):
    """A bias as one number for each output; None if it is not one."""
    if not name:
        return np.zeros(n_outputs)
    if name not in graph.constants:
        return None
    bias = graph.numbers(name)
    of_outputs = bias.size in (1, n_outputs) and bias.size == (bias.shape or (1,))[-1]
    return np.broadcast_to(bias.ravel(), (n_outputs,)) if of_outputs else None


def _rows(attributes, n_rows):
    """Coefficients, row by row, and intercepts of a model of ai.onnx.ml."""
    intercept = np.array(attributes.get("intercepts", [0.0] * n_rows))
    return np.reshape(attributes["coefficients"], (len(intercept), -1)), intercept


def _labels(attributes, of_numbers):
    numbers = attributes.get(of_numbers)
    return np.array(numbers or [label.decode() for label in attributes["classlabels_strings"]])


def _transform(attributes):
    name = attributes.get("post_transform", b"NONE").decode()
    return _TRANSFORMS.get(name, name)
