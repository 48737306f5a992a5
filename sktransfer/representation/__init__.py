"""Representations that a source's model understands: features of models, spaces aligned with the source's.

Everything below is loaded when it is first touched.
"""

import importlib

_HOME = {
    "CORAL": "_coral",
    "FrozenFeatures": "_frozen_features",
    "SubspaceAlignment": "_subspace",
    "TransferComponentAnalysis": "_components",
}

__all__ = [*_HOME]


def __getattr__(name):
    if name in _HOME:
        return getattr(importlib.import_module(f"sktransfer.representation.{_HOME[name]}"), name)
    raise AttributeError(f"module 'sktransfer.representation' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted(__all__)
