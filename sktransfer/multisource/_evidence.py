"""The table of `detect_sources`, as shares to be drawn and sentences to be read."""

import numpy as np

from sktransfer._base._findings import DETECTED, Shares, names_of
from sktransfer._base._report import with_error

_MOST = 5


def shares_of(evidence):
    """The weight of all pools that hold a source, of each: Shares."""
    weights = np.array([evidence["weight"]], dtype=np.float64)
    return Shares(DETECTED, _names(evidence), weights, chosen=tuple(evidence["detected"]))


def notes_of(evidence):
    """What each source alone changes, the best first: tuple of str."""
    order = np.argsort(evidence["rank"], kind="stable")
    names = _names(evidence)
    each = [f"{names[k]} {_signed(evidence['change'][k], evidence['se'][k])}" for k in order[:_MOST]]
    rest = len(order) - len(each)
    more = f"; {rest} more are worse" if rest > 0 else ""
    return (f"Change of the held-out loss with one source more than none: {', '.join(each)}{more}.",)


def _names(evidence):
    return names_of(name if isinstance(name, str) else None for name in evidence["source"])


def _signed(value, error):
    return ("+" if value > 0 else "") + with_error(value, error)
