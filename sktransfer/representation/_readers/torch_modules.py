"""torch modules: the output of the whole, or of submodules by name, read by a hook in one forward pass.

A pass is made in evaluation mode and without gradients. Afterwards the mode of every submodule, its buffers, its hooks
and torch's random numbers are what they were, whether the pass came through or not.
"""

import sys
from contextlib import contextmanager
from functools import partial

import joblib
import numpy as np

from sktransfer.representation._readers._arrays import ArrayReader
from sktransfer.representation._readers._base import ONE_AT_A_TIME, Head, Unreadable
from sktransfer.representation._readers._content import digest, of_classes

_STATE = ("_parameters", "_buffers", "_modules", "training")


class TorchReader(ArrayReader):
    """Rows go to the module's device in its type; a layer is the name of a submodule, as in ``named_modules()``."""

    kind, specificity = "a torch.nn.Module", 2
    layer_outputs = ("input",)

    @classmethod
    def accepts(cls, model):
        """Any module, if torch is loaded at all."""
        nn = getattr(sys.modules.get("torch"), "nn", None)
        return nn is not None and isinstance(model, nn.Module)

    @classmethod
    def has_head(cls, model):
        """It may have."""
        return True

    def __init__(self, model, input_shape=None):
        super().__init__(model, input_shape)
        compiled = isinstance(model, sys.modules["torch"].jit.ScriptModule)  # it runs no hooks
        self.layers = () if compiled else tuple(name for name, _ in model.named_modules() if name)
        _require_initialised(model)

    @property
    def content(self):
        """Parameters, buffers, code and other attributes of every submodule."""
        parts = [of_classes(list(self.model.modules()))]
        for name, module in self.model.named_modules():
            rest = {key: value for key, value in vars(module).items() if key not in _STATE and not _of_hooks(key)}
            hooks = list(module._forward_pre_hooks.values()) + list(module._forward_hooks.values())
            parts.append([name, digest(*rest.items()), [digest(hook) for hook in hooks]])
        tensors = [*self.model.named_parameters(), *self.model.named_buffers()]
        return joblib.hash([parts, [(name, str(tensor.dtype), _as_numpy(tensor)) for name, tensor in tensors]])

    @contextmanager
    def frozen(self):
        """Evaluation mode, without gradients, alone with the module."""
        import torch

        devices = {tensor.device for tensor in _tensors(self.model) if tensor.device.type == "cuda"}
        with (
            ONE_AT_A_TIME,
            torch.no_grad(),
            torch.random.fork_rng(devices=[device.index for device in devices]),
            _evaluating(self.model),
            _kept_buffers(self.model),
        ):
            yield

    def head(self):
        """The last linear submodule in the order of ``named_modules()``."""
        import torch

        found = [
            (name, part) for name, part in self.model.named_modules() if isinstance(part, torch.nn.Linear) and name
        ]
        if not found:
            raise ValueError(f"{self.who} has no torch.nn.Linear in it that could be its last layer.")
        name, last = found[-1]
        coef = _as_numpy(last.weight)
        intercept = np.zeros(len(coef)) if last.bias is None else _as_numpy(last.bias)
        return Head(name, coef, intercept, "unknown", {"layer": name, "output": "input"})

    def _values(self, batch, layers, output):
        asked = [layer for layer in layers if layer is not None]
        with _watched(self.model, asked, before=output == "input") as seen:
            seen[None] = _as_numpy(_first(self.model(self._tensor(batch)), self.who))
        for layer in asked:
            if layer not in seen:
                raise Unreadable(f"the forward pass of {self.who} does not come to layer {layer!r}.")
        return [seen[layer] for layer in layers]

    def _tensor(self, batch):
        """A copy of the rows where the module is, in its type of floating point."""
        import torch

        rows = torch.from_numpy(np.array(batch, order="C"))
        own = next((tensor for tensor in _tensors(self.model) if tensor.is_floating_point()), None)
        return rows if own is None else rows.to(own.device, own.dtype)


def _of_hooks(attribute):
    """Whether it is one of torch's own tables of hooks, which are numbered through the process."""
    return attribute.startswith("_") and "hook" in attribute


def _tensors(module):
    """Parameters, then buffers."""
    yield from module.parameters()
    yield from module.buffers()


def _require_initialised(module):
    from torch.nn.parameter import is_lazy

    if any(is_lazy(tensor) for tensor in _tensors(module)):
        raise ValueError(
            f"{type(module).__name__} has layers whose parameters are not made yet (torch's Lazy modules). Pass some "
            "rows through it first."
        )


@contextmanager
def _evaluating(module):
    """Evaluation mode of every submodule; set one by one, since ``eval()`` may be overridden to do more."""
    modes = [(part, part.training) for part in module.modules()]
    try:
        for part, _ in modes:
            part.training = False
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def _kept_buffers(module):
    """Buffers that a pass changes, or replaces, are put back."""
    import torch

    kept = [(part, name, old, None if old is None else old.clone()) for part, name, old in _buffers(module)]
    try:
        yield
    finally:
        for part, name, old, copy in kept:
            if dict(part._buffers.items()).get(name) is not old:
                setattr(part, name, old)
            if old is not None and not torch.equal(old, copy):
                old.copy_(copy)


def _buffers(module):
    return [(part, name, buffer) for part in module.modules() for name, buffer in part._buffers.items()]


@contextmanager
def _watched(module, layers, before):
    """What submodules give, or take (``before``), copied before one can work in it; of the last call of many."""
    seen, handles = {}, []
    try:
        for layer in layers:
            part = module.get_submodule(layer)
            register = part.register_forward_pre_hook if before else part.register_forward_hook
            handles.append(register(partial(_keep, seen, layer)))
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _keep(seen, layer, module, *values):
    """A hook: the last of its values is what the submodule gives, or, before it runs, takes."""
    seen[layer] = _as_numpy(_first(values[-1], f"layer {layer!r}"))


def _first(output, who):
    """The tensor; of several, as recurrent and attention layers give them, the first."""
    import torch

    while isinstance(output, (list, tuple)) and len(output):
        output = output[0]
    if not isinstance(output, torch.Tensor):
        raise Unreadable(
            f"{who} gives a {type(output).__name__}, no tensor. Take a layer inside it, or wrap it in a function of "
            "the rows that gives an array."
        )
    return output


def _as_numpy(tensor):
    """A copy; bfloat16, which NumPy has not, as float32."""
    import torch

    tensor = tensor.detach()
    return np.array((tensor.float() if tensor.dtype == torch.bfloat16 else tensor).cpu().numpy())
