"""Keras 3 models, on any backend: the output of the whole, or of layers by name, in one pass.

``stateless_call`` is a function of the variables and the rows: what a layer would assign (statistics, seeds) is given
back and dropped here, and the model stays as it was.
"""

import inspect
import sys
from contextlib import contextmanager, nullcontext

import joblib
import numpy as np

from sktransfer.representation._readers._arrays import ArrayReader
from sktransfer.representation._readers._base import ONE_AT_A_TIME, Head, Unreadable
from sktransfer.representation._readers._content import digest, of_classes


class KerasReader(ArrayReader):
    """A layer is the name of one of ``model.layers``; a subclassed model, which has no graph, only has its end."""

    layer_outputs = ("input",)
    kind, specificity = "a Keras 3 model", 3  # with the torch backend it is a torch module, too

    @classmethod
    def accepts(cls, model):
        """Any layer or model, if Keras is loaded at all."""
        layer = getattr(sys.modules.get("keras"), "Layer", None)
        return layer is not None and isinstance(model, layer)

    @classmethod
    def has_head(cls, model):
        """It may have."""
        return True

    def __init__(self, model, input_shape=None):
        super().__init__(model, input_shape)
        self._parts = {}
        if not model.built:
            raise ValueError(f"the Keras model {model.name!r} is not built. Pass some rows through it first.")
        if len(self._inputs) > 1:
            raise ValueError(
                f"the Keras model {model.name!r} takes {len(self._inputs)} inputs, and X is one. Wrap it in a function "
                "of the rows."
            )
        if self._inputs:
            self.layers = tuple(layer.name for layer in model.layers)

    def __getstate__(self):
        return {**vars(self), "_parts": {}}

    @property
    def _inputs(self):
        """Symbolic inputs; none of a subclassed model or a layer."""
        return getattr(self.model, "inputs", None) or []

    def _declared(self):
        shape = self._inputs[0].shape[1:] if self._inputs else ()
        return tuple(shape) if shape and None not in shape else None

    @property
    def label(self):
        """The model's name."""
        return self.model.name

    @property
    def content(self):
        """Configuration, code of the layers, and weights."""
        try:
            configuration = self.model.get_config()
        except NotImplementedError as error:
            raise ValueError(
                f"with memory= the model is known by its content, and {self.who} does not say its own: give it "
                "get_config(), or leave memory out."
            ) from error
        weights = [(variable.path, np.array(variable.numpy())) for variable in self.model.variables]
        return joblib.hash([digest(configuration), of_classes(list(self.model._flatten_layers())), weights])

    @contextmanager
    def frozen(self):
        """Without torch's gradients, where torch is the backend; losses of the last call are kept."""
        import keras

        gradients = sys.modules["torch"].no_grad() if keras.backend.backend() == "torch" else nullcontext()
        with ONE_AT_A_TIME, gradients:
            kept = [(layer, list(layer._losses), set(layer._loss_ids)) for layer in self.model._flatten_layers()]
            try:
                yield
            finally:
                for layer, losses, ids in kept:
                    layer._losses[:], layer._loss_ids = losses, ids

    def head(self):
        """The last Dense layer."""
        import keras

        found = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dense)] if self.layers else []
        if not found:
            raise ValueError(
                f"the Keras model {self.model.name!r} has no graph with a Dense layer that could be its last."
            )
        last = found[-1]
        coef = _as_numpy(last.kernel, last.name).T
        intercept = _as_numpy(last.bias, last.name) if last.use_bias else np.zeros(len(coef))
        return Head(last.name, coef, intercept, last.activation.__name__, {"layer": last.name, "output": "input"})

    def _values(self, batch, layers, output):
        import keras

        part = self._part(layers, output)
        variables = [
            [variable.value for variable in each] for each in (part.trainable_variables, part.non_trainable_variables)
        ]
        rows = keras.ops.convert_to_tensor(batch, part.compute_dtype)
        given, _ = part.stateless_call(*variables, rows, **_inference(part))
        given = [given] if part is self.model else keras.tree.flatten(given)
        return [_as_numpy(each, name or self.label) for each, name in zip(given, layers, strict=True)]

    def _part(self, layers, output):
        """The model down to some layers, or to where they begin: the same layers in another graph."""
        import keras

        if set(layers) == {None}:
            return self.model
        if (known := self._parts.get((layers, output))) is not None:
            return known
        model, calls = self.model, _calls(self.model)
        side = "input_tensors" if output == "input" else "output_tensors"
        ends = [model.outputs[0] if layer is None else _one(getattr(calls[layer], side)) for layer in layers]
        self._parts[layers, output] = keras.Model(model.inputs[0], ends, name="features")
        return self._parts[layers, output]


def _calls(model):
    """The last call of each layer in the model's own graph, by name; ``layer.output`` may be another model's."""
    found, seen, at = {}, set(), list(model.outputs)
    while at:
        layer, number, _ = at.pop()._keras_history
        if (layer.name, number) not in seen:
            seen.add((layer.name, number))
            call = layer._inbound_nodes[number]
            found[layer.name] = max(found.get(layer.name, (-1, None)), (number, call), key=lambda each: each[0])
            at.extend(call.input_tensors)
    return {name: call for name, (_, call) in found.items()}


def _one(tensors):
    return tensors[0] if len(tensors) == 1 else tensors


def _inference(part):
    """``training=False``, for a call that knows the word; it is what the others' layers take by themselves."""
    return {"training": False} if "training" in inspect.signature(part.call).parameters else {}


def _as_numpy(values, who):
    import keras

    values = values.value if isinstance(values, keras.Variable) else values
    if not keras.ops.is_tensor(values):
        raise Unreadable(
            f"{who!r} gives a {type(values).__name__}, no tensor. Say layer=, the name of a layer that gives one."
        )
    return np.array(keras.ops.convert_to_numpy(values))
