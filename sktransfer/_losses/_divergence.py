"""Pieces of the Fenchel-Young divergences of losses, none of them negative and all exact near zero."""

import numpy as np

_ROUNDING = 8 * np.finfo(np.float64).eps


def exponential_gap(z):
    """``exp(z) - 1 - z``."""
    return np.maximum(np.expm1(z) - z, 0.0)


def relative_entropy(level, change):
    """``(level + change) log((level + change) / level) - change``, level > 0: infinite where the sum is negative."""
    share = change / np.where(level > 0, level, 1.0)
    inside = np.where((level > 0) & (share > -1), share, 0.0)
    gap = level * np.maximum((1 + inside) * np.log1p(inside) - inside, 0.0)
    at_zero = np.abs(level + change) <= _ROUNDING * (1 + level + np.abs(change))
    outside = np.where(at_zero, level, np.inf)
    return np.where((level > 0) & (share > -1), gap, outside)
