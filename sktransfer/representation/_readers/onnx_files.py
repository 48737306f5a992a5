"""ONNX models, run by onnxruntime: a file, its bytes, or a session."""

import os
import sys
from pathlib import Path

import numpy as np

from sktransfer._kernels import threads_for
from sktransfer._utils._optional import require
from sktransfer.representation._readers._arrays import ArrayReader
from sktransfer.representation._readers._content import digest

_MUCH = 2**40  # work enough for all threads
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


class OnnxReader(ArrayReader):
    """A layer is the name of one of the model's outputs; None is the first. A session is made when it is needed."""

    kind, specificity = "an ONNX file (its path or its bytes) or onnxruntime session", 2

    @classmethod
    def accepts(cls, model):
        """A path, bytes, or a session."""
        return isinstance(model, (str, os.PathLike, bytes)) or _is_session(model)

    def __init__(self, model, input_shape=None):
        super().__init__(model, input_shape)
        self._own_session = None
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise ValueError(
                f"the ONNX model takes {len(inputs)} inputs ({', '.join(each.name for each in inputs)}), and X is one. "
                "Wrap its session in a function of the rows."
            )
        if inputs[0].type not in _TYPES:
            raise ValueError(f"the ONNX model takes {inputs[0].type}; rows can be {', '.join(_TYPES)}.")
        self._input = inputs[0].name
        self._dtype = _TYPES[inputs[0].type]
        self._shape = tuple(inputs[0].shape)
        self.layers = tuple(each.name for each in self._session.get_outputs())
        self.n_fixed = self._shape[0] if self._shape and isinstance(self._shape[0], int) else None

    def __getstate__(self):
        return {**vars(self), "_own_session": None}

    @property
    def _session(self):
        if _is_session(self.model):
            return self.model
        if self._own_session is None:
            self._own_session = self._opened()
        return self._own_session

    def _opened(self):
        """A new session; on as many threads as the rest of the library, so that workers do not oversubscribe."""
        require("onnxruntime", extra="onnx", who="FrozenFeatures of an ONNX file")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads_for(_MUCH)
        given = self._bytes
        try:
            return onnxruntime.InferenceSession(given, options)
        except Exception as error:
            raise ValueError(
                f"FrozenFeatures(model={given[:80]!r}): no ONNX model can be read from it: {error} What torch or Keras "
                "saved is loaded first, with torch.load or keras.saving.load_model."
            ) from error

    @property
    def _bytes(self):
        if isinstance(self.model, bytes):
            return self.model
        if not Path(self.model).is_file():
            raise FileNotFoundError(f"FrozenFeatures(model={self.model!r}): there is no such file. Give an ONNX file.")
        return os.fspath(self.model)

    def _declared(self):
        shape = self._shape[1:]
        return shape if shape and all(isinstance(side, int) for side in shape) else None

    @property
    def label(self):
        """The file's name without its ending."""
        return Path(self.model).stem if isinstance(self.model, (str, os.PathLike)) else "onnx"

    @property
    def who(self):
        """The model in messages."""
        return "the ONNX model"

    @property
    def content(self):
        """The file's bytes."""
        if _is_session(self.model):
            raise ValueError("with memory= the model is known by its content, which a session hides: give the file.")
        return digest(self.model if isinstance(self.model, bytes) else Path(self.model).read_bytes())

    def _values(self, batch, layers, output):
        wanted = [self.layers[0] if layer is None else layer for layer in layers]
        return self._session.run(wanted, {self._input: np.ascontiguousarray(batch, dtype=self._dtype)})


def _is_session(model):
    session = getattr(sys.modules.get("onnxruntime"), "InferenceSession", None)
    return session is not None and isinstance(model, session)
