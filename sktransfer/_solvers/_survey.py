"""The slopes X'v of all columns while v moves, each computed anew only where it may matter.

A slope that is not computed is off by ``||x_j||`` times the path of v since, at most. While every slope so near leaves
its column at zero, the duality gap, the scale of the dual point and the next minimum do not depend on it. For each
strength the columns for which that is not sure are listed once, with some way for v to go; the others are looked at
again only if v goes further than any of them allows.

References
----------
Ndiaye, Fercoq, Gramfort & Salmon (2017), Gap Safe Screening Rules for Sparsity Enforcing Penalties.
"""

import numpy as np

from sktransfer._kernels import columns_to_watch, doubtful_slopes, survey_gap, survey_rest

_RESERVE = 2.0
_POOL = 0.5, 8.0


class Survey:
    """What all columns want, along a path of strengths.

    Parameters
    ----------
    problem : Shrinkage

    Attributes
    ----------
    watched : ndarray of int32
        The only columns that may be moved before the next :meth:`begin` or :meth:`gap`.
    """

    def __init__(self, problem):
        self._problem, p = problem, len(problem.norms)
        self._norms = np.sqrt(problem.norms)
        self._slopes, self._seen = np.zeros(p), np.full(p, -np.inf)
        self._rest, self._room = problem.rest, np.empty(p, dtype=np.int32)
        self._path, self._begun, self._v = 0.0, 0.0, None
        self._able = np.flatnonzero(self._norms > 0).astype(np.int32)
        self._pool = self._able, -np.inf, np.inf  # columns; the path and the strength down to which it serves

    def begin(self, d, v):
        """Another strength: list the columns that v may move if it goes twice as far as it did for the last."""
        if self._v is None:
            self._v = v
            self._slopes[self._able], self._seen[self._able] = self._problem.slopes(v, self._able), 0.0
            self._set_watch(self._able, np.inf)
        else:
            self._follow(v)
            gone, self._begun = self._path - self._begun, self._path
            self._watch(d, gone)

    def _watch(self, d, gone):
        """List the columns that may move: among a pool, which serves for some strengths."""
        pool, limit, lowest = self._pool
        strength = self._problem.strength
        if strength < lowest or self._path + _RESERVE * gone > limit:
            share, reserve = _POOL
            self._pool = *self._list(self._able, d, share * strength, reserve * gone), share * strength
            pool, limit, _ = self._pool
        at, own_limit = self._list(pool, d, strength, _RESERVE * gone)
        self._set_watch(at, min(limit, own_limit))

    def _set_watch(self, at, limit):
        """Screening begins anew."""
        self.watched, self._limit = at, limit
        self._penalty = self._problem.penalty(at)
        self._state = self._slopes[at], self._norms[at], self._seen[at]
        self._out, self._found = np.zeros(len(at), dtype=np.uint8), np.empty(len(at), dtype=np.int32)

    def _list(self, among, d, strength, reserve):
        state = among, self._slopes, self._norms, self._seen, self._path
        count, room = columns_to_watch(*state, d, self._rest, strength, reserve, self._room)
        return self._room[:count].copy(), self._path + room

    def gap(self, d, residual, v):
        """(duality gap, s): of the dual point s v, s as in :mod:`sktransfer._solvers._shrinkage`.

        Parameters
        ----------
        d : ndarray of shape (n_columns,)
        residual, v : ndarray of shape (n_samples,)
            v: the residual, orthogonal to the free columns.
        """
        self._follow(v)
        if self._path > self._limit:
            self._watch(d, self._path - self._begun)
        d, (slopes, norms, seen) = d[self.watched], self._state
        count = doubtful_slopes(slopes, norms, seen, self._path, d, self._penalty, self._out, self._found)
        self._learn(self._found[:count])
        s, terms = survey_gap(slopes, d, self._penalty, self._out)
        slack, squares = residual - s * v, self._problem.squares(d, self._penalty)
        return max(0.0, 0.5 * float(slack @ slack) + 0.5 * (1 - s) ** 2 * squares + terms), s

    def _learn(self, places):
        """Compute slopes anew."""
        at, (slopes, _, seen) = self.watched[places], self._state
        self._slopes[at] = slopes[places] = self._problem.slopes(self._v, at)
        self._seen[at] = seen[places] = self._path

    def _follow(self, v):
        if v is not self._v:
            self._path += float(np.linalg.norm(v - self._v))
        self._v = v

    def nearest(self, d, s, gap, size):
        """The columns at zero, not screened by the gap at s, that are nearest to moving: ``size`` at most."""
        distance = np.empty(len(self.watched))
        survey_rest(*self._state, self._path, d[self.watched], self._penalty, s, gap, self._out, distance)
        (able,) = np.nonzero(distance < np.inf)
        if len(able) > size:
            able = able[np.argpartition(distance[able], size - 1)[:size]]
        return self.watched[able]

    @property
    def screened(self):
        """The columns that the last gap has shown to rest at the optimum."""
        return self.watched[self._out == 1]
