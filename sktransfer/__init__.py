"""Parameter transfer for scikit-learn.

``sktransfer.<module>.Transfer<Name>`` is ``sklearn.<module>.<Name>`` plus one parameter, ``source=``: the
penalty pulls the parameters towards the source's instead of towards zero. With ``source=None`` it is its twin.

Everything below is loaded when it is first touched: importing the library is silent and light.
"""

import importlib

from sktransfer._version import __version__

_HOME = {
    "make_transfer": "sktransfer._registry",
    "Source": "sktransfer.sources",
    "SourceData": "sktransfer.sources",
}
_MODULES = (
    "datasets",
    "inspection",
    "joint",
    "linear_model",
    "model_selection",
    "multisource",
    "representation",
    "sources",
    "svm",
)

__all__ = ["__version__", *_HOME, *_MODULES]


def __getattr__(name):
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"sktransfer.{name}")
    raise AttributeError(f"module 'sktransfer' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted(__all__)
