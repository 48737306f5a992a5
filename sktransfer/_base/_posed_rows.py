"""Rows that a search validates once: twins with the sources they take, and the problems that families share."""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sktransfer.sources import resolve


class Family(NamedTuple):
    """Candidates that differ in their strength only.

    Attributes
    ----------
    problem : Problem
        At strength one.
    start : ndarray of shape (n_params,)
    """

    problem: object
    start: np.ndarray


class PosedRows:
    """One set of rows under one estimator.

    Parameters
    ----------
    estimator : LinearTransfer
    data : (X, y, sample_weight)
        The user's.
    tol : float
        Twins are as exact as this, or as the estimator where that is more.
    """

    def __init__(self, estimator, data, tol):
        self._estimator, self.data, self._tol = estimator, data, min(estimator.tol, tol)
        self._ready, self._families = {}, {}

    def twin(self, params):
        """(the twin with these parameters, its aligned source, its rows); rows are validated once, with or without."""
        kind = _identity(params.get("source", self._estimator))
        if kind not in self._ready:
            self._ready[kind] = self._prepared(params)
        twin, source, rows = self._ready[kind]
        return _with(twin, params), source, rows

    def _prepared(self, params):
        """(the twin, knowing what it has seen of the rows, the aligned source, the rows)."""
        for known, _, rows in self._ready.values():
            twin = _with(known, params)
            source = resolve(twin.source)
            if not (rows.sums or rows.design.in_blocks) and twin._reads_alike(source, rows):
                return known, twin._align(source, rows), rows
        bare = clone(self._estimator).set_params(tol=self._tol)
        twin = _with(bare, params)
        source, rows = twin._aligned(*self.data)
        return _with(twin, vars(bare)), source, rows

    def at_one(self, params):
        """The same at strength one."""
        strength = self._estimator._strength_parameter
        return self.twin({**params, strength.name: strength.of(1.0)})

    def family(self, params):
        """The candidates that differ in their strength only."""
        key = key_of(params)
        if key not in self._families:
            twin, source, rows = self.at_one(params)
            problem = twin._pose(rows, source)
            self._families[key] = Family(problem, problem.start)
        return self._families[key]


def key_of(params):
    """What tells parameters apart; sources by identity."""
    return tuple(
        sorted((name, _identity(value) if name == "source" else repr(value)) for name, value in params.items())
    )


def _identity(source):
    """What tells one source of a search from another: they live as long as the search does."""
    return tuple(map(id, source)) if isinstance(source, list) else id(source)


def _with(twin, params):
    """A shallow copy with other parameters, for use within this file."""
    result = object.__new__(type(twin))
    vars(result).update(vars(twin), **params)
    return result
