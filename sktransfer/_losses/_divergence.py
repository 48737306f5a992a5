"""Pieces of the Fenchel-Young divergences of losses, none of them negative and all exact near zero."""

import numpy as np


def entropy_gap(t):
    """``(1 + t) log(1 + t) - t``: 1 at t = -1, infinite below."""
    inside = np.where(t > -1, t, 0.0)
    gap = np.maximum((1 + inside) * np.log1p(inside) - inside, 0.0)
    return np.where(t > -1, gap, np.where(t == -1, 1.0, np.inf))


def exponential_gap(z):
    """``exp(z) - 1 - z``."""
    return np.maximum(np.expm1(z) - z, 0.0)


def relative_entropy(level, change):
    """``(level + change) log((level + change) / level) - change``: infinite where the sum is negative."""
    safe = np.where(level > 0, level, 1.0)
    gap = level * entropy_gap(change / safe)
    return np.where(level > 0, gap, np.where(change == 0, 0.0, np.inf))
