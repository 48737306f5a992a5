"""Interleaved timing: every round times every function once, so that a busy neighbour slows them all alike."""

import math
from time import perf_counter

import numpy as np

LEAST_SECONDS = 0.02  # a timing shorter than this is repeated, and divided by the number of calls
MOST_CALLS = 50


def interleave(functions, warm_up, repeats):
    """Time functions in rounds; each round begins with another one.

    Parameters
    ----------
    functions : dict of str to callable
    warm_up : dict of str to float
        Seconds of one earlier call, from which the number of calls in one timing follows.
    repeats : int
        Number of rounds.

    Returns
    -------
    dict of str to ndarray of shape (repeats,)
        Seconds of one call.
    dict of str to int
        Calls that one timing is the mean of.
    """
    names = list(functions)
    calls = {name: _calls(warm_up[name]) for name in names}
    seconds = {name: np.empty(repeats) for name in names}
    for i in range(repeats):
        first = i % len(names)
        for name in names[first:] + names[:first]:
            seconds[name][i] = _time(functions[name], calls[name])
    return seconds, calls


def time_once(function):
    """(what one call returns, its seconds)."""
    start = perf_counter()
    result = function()
    return result, perf_counter() - start


def _calls(seconds):
    return min(max(math.ceil(LEAST_SECONDS / max(seconds, 1e-9)), 1), MOST_CALLS)


def _time(function, calls):
    start = perf_counter()
    for _ in range(calls):
        function()
    return (perf_counter() - start) / calls
