"""Checks of the arguments of the generators: each says what is wrong, what it got, what to give instead."""

from numbers import Integral, Real

import numpy as np


def check_count(name, value, *, low=1, high=None):
    """Return `value` as an int in [low, high], or say why it is not one.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is out of range.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < low or (high is not None and value > high):
        wanted = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ValueError(f"{name} must be {wanted}, got {value}.")
    return int(value)


def check_number(name, value, *, low=-np.inf, strict=False):
    """Return `value` as a finite float, at least `low` (above it if `strict`), or say why it is not one.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is not finite or too small.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got {value!r}.")
    if not np.isfinite(value) or value < low or (strict and value == low):
        bound = "finite" if low == -np.inf else f"finite and {'above' if strict else 'at least'} {low:g}"
        raise ValueError(f"{name} must be {bound}, got {value}.")
    return float(value)


def check_per_source(name, value, n_sources, *, low=-np.inf):
    """Return a list of `n_sources` floats from one number, or from one number for each source.

    Raises
    ------
    TypeError, ValueError
        As `check_number`, and if a sequence has another length.
    """
    if np.ndim(value) == 0:
        return [check_number(name, value, low=low)] * n_sources
    if np.ndim(value) != 1 or len(value) != n_sources:
        raise ValueError(
            f"{name} must be one number, or one for each of the {n_sources} sources (n_sources), "
            f"got {value!r} of shape {np.shape(value)}."
        )
    return [check_number(f"{name}[{k}]", number, low=low) for k, number in enumerate(value)]


def check_choice(name, value, choices):
    """Return `value` if it is one of `choices`.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {sorted(choices)}, got {value!r}.")
    return value
