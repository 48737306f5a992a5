"""Interleaved timing: every round times every function once, so that a busy neighbour slows them all alike."""

import math
import signal
import threading
from contextlib import contextmanager
from time import perf_counter

import numpy as np

LEAST_SECONDS = 0.02  # a timing shorter than this is repeated, and divided by the number of calls
MOST_CALLS = 50


def interleave(functions, warm_up, repeats, patience=math.inf):
    """Time functions in rounds; each round begins with another one.

    Parameters
    ----------
    functions : dict of str to callable
    warm_up : dict of str to float
        Seconds of one earlier call, from which the number of calls in one timing follows.
    repeats : int
        Number of rounds.
    patience : float, default=inf
        Seconds for one function in all rounds: a slow one takes part in the first rounds only, in one at least.

    Returns
    -------
    dict of str to ndarray of shape (repeats,)
        Seconds of one call; NaN in rounds that a function took no part in.
    dict of str to int
        Calls that one timing is the mean of.
    """
    names = list(functions)
    calls = {name: _calls(warm_up[name]) for name in names}
    rounds = {name: max(1, _rounds(warm_up[name], repeats, patience)) for name in names}
    seconds = {name: np.full(repeats, np.nan) for name in names}
    for i in range(repeats):
        first = i % len(names)
        for name in names[first:] + names[:first]:
            if i < rounds[name]:
                seconds[name][i] = _time(functions[name], calls[name])
    return seconds, calls


def time_once(function):
    """(what one call returns, its seconds)."""
    start = perf_counter()
    result = function()
    return result, perf_counter() - start


def summary(times):
    """Median, extremes and number of the rounds of one function, as columns of a table."""
    return {
        "seconds": float(np.nanmedian(times)),
        "seconds_min": float(np.nanmin(times)),
        "seconds_max": float(np.nanmax(times)),
        "repeats": int(np.isfinite(times).sum()),
    }


def ratio(times, others):
    """Median over the rounds of the ratio within a round; NaN where there is nothing to compare with."""
    return math.nan if others is None else float(np.nanmedian(times / others))


@contextmanager
def time_limit(seconds):
    """Raise TimeoutError in the block when it takes longer, as soon as Python runs in it again.

    Nothing is limited where there are no signals: outside POSIX, or in another thread than the first.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise TimeoutError(f"gave up after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _rounds(seconds, repeats, patience):
    return repeats if seconds * repeats <= patience else int(patience / seconds)


def _calls(seconds):
    return min(max(math.ceil(LEAST_SECONDS / max(seconds, 1e-9)), 1), MOST_CALLS)


def _time(function, calls):
    start = perf_counter()
    for _ in range(calls):
        function()
    return (perf_counter() - start) / calls
