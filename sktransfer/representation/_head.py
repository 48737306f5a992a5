"""A network as frozen features and a linear source: its last layer is the one that is learned anew."""

import numpy as np

from sktransfer.representation._frozen_features import FrozenFeatures
from sktransfer.representation._readers import read
from sktransfer.sources import Source

_LINKS = {
    "classes": dict.fromkeys(("linear", "softmax", "log_softmax", "sigmoid", "argmax", "unknown"), "logit"),
    "amounts": {"linear": "identity", "exponential": "log", "unknown": "identity"},
}


def split_head(model, classes=None):
    """What a network feeds to its last linear layer, and this layer as a source.

    Parameters
    ----------
    model : torch module, Keras model, ONNX file, fitted MLPClassifier or MLPRegressor, or Pipeline that ends with one
        Of those that have hidden layers.
    classes : array-like of shape (n_outputs,), or of 2 labels for one output, default=None
        Labels of the outputs, in order. None: as the network says; if it does not, the outputs are amounts.

    Returns
    -------
    features : FrozenFeatures
    source : Source

    Raises
    ------
    ValueError
        If the network has no such layer, its activation says that it is no classifier, or no regressor, the labels are
        not as many as its outputs, or it knows them itself.
    """
    reader = read(model)
    head = reader.head()
    if classes is not None and head.kind is not None:
        known = "amounts" if head.classes is None else f"the classes {list(head.classes)}"
        raise ValueError(f"{reader.who} knows that its outputs are {known}: leave classes out.")
    classes = head.classes if classes is None else np.asarray(classes)
    kind = "amounts" if classes is None else "classes"
    _require_activation(head, kind)
    coef, intercept = head.coef, head.intercept
    if classes is not None:
        _require_labels(head, classes)
    if len(coef) == 1:
        coef, intercept = coef[0], intercept[0]
    source = Source(coef, intercept, classes=classes, link=_LINKS[kind][head.activation])
    return FrozenFeatures(reader.model, **head.features), source


def _require_activation(head, kind):
    several = head.activation == "sigmoid" and len(head.coef) > 1
    if head.activation in _LINKS[kind] and not several:
        return
    advice = {
        "amounts": "If it is a classifier, give its labels, in the order of its outputs: classes=[...]. ",
        "classes": "If it is no classifier, leave classes out. ",
    }
    taken = ", ".join(name for name in _LINKS[kind] if name != "unknown")
    raise ValueError(
        f"the last linear layer of the network, {head.name!r}, has {len(head.coef)} output(s) and is followed by "
        f"{head.activation!r}; with classes {'not given' if kind == 'amounts' else 'given'} it can be {taken}. "
        f"{advice[kind] if head.kind is None else ''}Otherwise build the head by hand: "
        "make_pipeline(FrozenFeatures(model, layer), TransferRidge(source=Source(coef, intercept)))."
    )


def _require_labels(head, classes):
    n_outputs, n_labels = len(head.coef), len(classes)
    if n_labels != max(2, n_outputs):
        raise ValueError(
            f"the last linear layer of the network, {head.name!r}, has {n_outputs} output(s), and classes has "
            f"{n_labels} label(s). Give one label per output, in order; of one output two, the second where it is high."
        )
