"""A network as frozen features and a linear source: its last layer is the one that is learned anew."""

import numpy as np

from sktransfer.representation._frozen_features import FrozenFeatures
from sktransfer.representation._readers import kind_of, read
from sktransfer.sources import Source

_LINKS = {
    "classes": {"linear": "logit", "softmax": "logit", "sigmoid": "logit", "unknown": "logit"},
    "amounts": {"linear": "identity", "exponential": "log", "unknown": "identity"},
}


def has_head(model):
    """Whether a model is of a kind whose last linear layer can be read: a torch module or a Keras model."""
    kind = kind_of(model)
    return kind is not None and kind.knows_head


def split_head(model, classes=None):
    """What a network feeds to its last linear layer, and this layer as a source.

    Parameters
    ----------
    model : torch module or Keras model
    classes : array-like of shape (n_outputs,), or of 2 labels for one output, default=None
        Labels of the outputs, in order. None: the outputs are amounts.

    Returns
    -------
    features : FrozenFeatures
    source : Source

    Raises
    ------
    ValueError
        If the network has no such layer, its activation says that it is no classifier, or no regressor, or the labels
        are not as many as its outputs.
    """
    head = read(model).head()
    kind = "amounts" if classes is None else "classes"
    _require_activation(head, kind)
    coef, intercept = head.coef, head.intercept
    if classes is not None:
        _require_labels(head, classes)
    if len(coef) == 1:
        coef, intercept = coef[0], intercept[0]
    link = _LINKS[kind][head.activation]
    source = Source(coef, intercept, classes=None if classes is None else np.asarray(classes), link=link)
    return FrozenFeatures(model, layer=head.layer, output="input"), source


def _require_activation(head, kind):
    several = head.activation == "sigmoid" and len(head.coef) > 1
    if head.activation in _LINKS[kind] and not several:
        return
    advice = "give its labels, in the order of its outputs: classes=" if kind == "amounts" else "leave classes out"
    raise ValueError(
        f"the last linear layer of the network, {head.layer!r}, has {len(head.coef)} output(s) and is followed by "
        f"{head.activation!r}; with classes {'not given' if kind == 'amounts' else 'given'} it can be "
        f"{', '.join(_LINKS[kind])}. If it is a classifier {advice}; otherwise build the head by hand: "
        "make_pipeline(FrozenFeatures(model, layer), TransferRidge(source=Source(coef, intercept)))."
    )


def _require_labels(head, classes):
    n_outputs, n_labels = len(head.coef), len(classes)
    if n_labels != max(2, n_outputs):
        raise ValueError(
            f"the last linear layer of the network, {head.layer!r}, has {n_outputs} output(s), and classes has "
            f"{n_labels} label(s). Give one label per output, in order; of one output two, the second where it is high."
        )
