"""ONNX models, run by onnxruntime: a file, its bytes, or a session."""

import os
import sys
from pathlib import Path

import numpy as np

from sktransfer._kernels import threads_for
from sktransfer._utils._optional import require
from sktransfer.representation._readers._arrays import ArrayReader
from sktransfer.representation._readers._base import listed
from sktransfer.representation._readers._content import digest
from sktransfer.representation._readers._onnx_graph import Graph, files_beside
from sktransfer.representation._readers._onnx_head import last_linear

_MUCH = 2**40  # work enough for all threads
_ELSEWHERE = b"\n\x08location"  # how a file says that weights lie in another one
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


class OnnxReader(ArrayReader):
    """A layer is the name of a tensor; None is the first output. A session is made when it is needed.

    onnxruntime gives outputs only. For other tensors it is handed a copy of the model in which these are outputs, too.
    """

    kind, specificity = "an ONNX file (its path or its bytes) or onnxruntime session", 2

    @classmethod
    def accepts(cls, model):
        """A path, bytes, or a session."""
        return isinstance(model, (str, os.PathLike, bytes)) or _is_session(model)

    @classmethod
    def has_head(cls, model):
        """It may have."""
        return True

    def __init__(self, model, input_shape=None):
        super().__init__(model, input_shape)
        self._sessions = {}
        inputs = self._session().get_inputs()
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
        self.layers = self._outputs = tuple(each.name for each in self._session().get_outputs())
        self.n_fixed = self._shape[0] if self._shape and isinstance(self._shape[0], int) else None

    def __getstate__(self):
        return {**vars(self), "_sessions": {}}

    def check(self, layers, output):
        """Refuse layers that are no tensors of the model; outputs are known without a look into it."""
        inside = [layer for layer in layers if layer not in (None, *self._outputs)]
        if inside:
            known = f"layer {inside[0]!r}, none of the ONNX model's outputs ({listed(self._outputs)}),"
            require("onnx", extra="onnx", who=known)
            self.layers = tuple(dict.fromkeys((*self._outputs, *Graph(self._given).tensors)))
        super().check(layers, output)

    def head(self):
        """The last Gemm, MatMul with or without Add, or linear model."""
        return last_linear(Graph(self._given))

    def _session(self, more=()):
        """A session that gives the outputs, and more tensors."""
        if not more and _is_session(self.model):
            return self.model
        if more not in self._sessions:
            self._sessions[more] = self._opened(Graph(self._given).with_outputs(more) if more else self._given)
        return self._sessions[more]

    def _opened(self, given):
        """A new session; on as many threads as the rest of the library, so that workers do not oversubscribe."""
        require("onnxruntime", extra="onnx", who="FrozenFeatures of an ONNX file")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads_for(_MUCH)
        providers = self.model.get_providers() if _is_session(self.model) else None
        try:
            return onnxruntime.InferenceSession(given, options, providers=providers)
        except Exception as error:
            raise ValueError(
                f"model={given[:80]!r}: no ONNX model can be read from it: {error} What torch or Keras "
                "saved is loaded first, with torch.load or keras.saving.load_model."
            ) from error

    @property
    def _given(self):
        """The model's bytes, or the path of its file; of a session where it has it from."""
        model = self.model
        if _is_session(model):
            model = getattr(model, "_model_path", None) or getattr(model, "_model_bytes", None)
        if model is None:
            raise ValueError("this onnxruntime session hides what is inside the model: give the file, or its bytes.")
        if isinstance(model, bytes):
            return model
        if not Path(model).is_file():
            raise FileNotFoundError(f"model={model!r}: there is no such file. A string is the path of an ONNX file.")
        return os.fspath(model)

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
        """The file's bytes, and those of files beside it that hold its weights."""
        if _is_session(self.model):
            raise ValueError("with memory= the model is known by its content, which a session hides: give the file.")
        if isinstance(self.model, bytes):
            return digest(self.model)
        own, folder = Path(self.model).read_bytes(), Path(self.model).parent
        beside = files_beside(self.model) if _ELSEWHERE in own else []
        return digest(own, *((folder / name).read_bytes() for name in beside))

    def _values(self, batch, layers, output):
        wanted = [self._outputs[0] if layer is None else layer for layer in layers]
        more = tuple(dict.fromkeys(name for name in wanted if name not in self._outputs))
        return self._session(more).run(wanted, {self._input: np.ascontiguousarray(batch, dtype=self._dtype)})


def _is_session(model):
    session = getattr(sys.modules.get("onnxruntime"), "InferenceSession", None)
    return session is not None and isinstance(model, session)
