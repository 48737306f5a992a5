"""Which reader reads a model."""

import functools

from sktransfer._utils._discover import import_all, subclasses
from sktransfer.representation._readers._base import Reader
from sktransfer.sources._extract._unwrap import unwrap


def read(model, input_shape=None):
    """The reader of a model.

    Parameters
    ----------
    model : fitted estimator, torch module, Keras model, ONNX file or session, or callable
        FrozenEstimators and fitted searches are looked through.
    input_shape : tuple of int, default=None
        Shape of one row as the model takes it; None: as the model declares it, else flat.

    Returns
    -------
    Reader

    Raises
    ------
    TypeError
        If no reader accepts the model; the message lists what they take.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    """
    model = unwrap(model)
    kind = kind_of(model)
    if kind is None:
        what = f"the class {model.__name__}" if isinstance(model, type) else f"a {type(model).__name__}"
        raise TypeError(
            f"FrozenFeatures(model=...) takes {_kinds()}, or a list of these; got {what}. Anything else goes into a "
            "function of the rows: FrozenFeatures(lambda X: ...)."
        )
    return kind(model, input_shape)


def kind_of(model):
    """The class that reads a model, None if none does; the model is not looked into."""
    if isinstance(model, type):
        return None
    model = unwrap(model)
    accepting = [kind for kind in _all_readers() if kind.accepts(model)]
    return max(accepting, key=lambda kind: kind.specificity, default=None)


def has_head(model):
    """Whether a model is a network whose last linear layer can be learned anew; it is not read for it."""
    kind = kind_of(model)
    return kind is not None and kind.has_head(unwrap(model))


def _kinds():
    """What is read, in words."""
    return ", ".join(sorted({kind.kind for kind in _all_readers()}))


@functools.cache
def _imported():
    return import_all("sktransfer.representation._readers")


def _all_readers():
    _imported()
    return subclasses(Reader)
