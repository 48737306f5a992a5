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


class Survey:
    """What all columns want, along a path of strengths.

    Parameters
    ----------
    problem : Shrinkage
    """

    def __init__(self, problem):
        self._problem, p = problem, len(problem.norms)
        self._norms = np.sqrt(problem.norms)
        self._slopes, self._seen = np.zeros(p), np.full(p, -np.inf)
        self._rest = problem.rest
        self._room = np.empty(p, dtype=np.int32)
        self._path, self._begun, self._v = 0.0, 0.0, None

    def begin(self, d, v):
        """Another strength: list the columns that v may move if it goes twice as far as it did for the last."""
        reserve = np.inf
        if self._v is None:
            self._v = v
            self._learn(np.flatnonzero(self._norms > 0).astype(np.int32))
        else:
            self._follow(v)
            reserve = _RESERVE * (self._path - self._begun)
        self._begun = self._path
        self._watch(d, reserve)

    def _watch(self, d, reserve):
        """Screening begins anew."""
        state = self._slopes, self._norms, self._seen, self._path
        count, room = columns_to_watch(*state, d, self._rest, self._problem.strength, reserve, self._room)
        self._watched, self._limit = self._room[:count].copy(), self._path + room
        self._penalty = self._problem.penalty(self._watched)
        self._out = np.zeros(count, dtype=np.uint8)

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
        d_watched, found = d[self._watched], np.empty(len(self._watched), dtype=np.int32)
        count = doubtful_slopes(*self._state(), d_watched, self._penalty, self._out, found)
        self._learn(self._watched[found[:count]])
        s, terms = survey_gap(self._slopes[self._watched], d_watched, self._penalty, self._out)
        slack = residual - s * v
        squares = self._problem.squares(d, self._watched)
        return max(0.0, 0.5 * float(slack @ slack) + 0.5 * (1 - s) ** 2 * squares + terms), s

    def _state(self):
        at = self._watched
        return self._slopes[at], self._norms[at], self._seen[at], self._path

    def _learn(self, at):
        """Compute slopes anew."""
        self._slopes[at] = self._problem.slopes(self._v, at)
        self._seen[at] = self._path

    def _follow(self, v):
        if v is not self._v:
            self._path += float(np.linalg.norm(v - self._v))
        self._v = v

    def nearest(self, d, s, gap, size):
        """The columns at zero, not screened by the gap at s, that are nearest to moving: ``size`` at most."""
        distance = np.empty(len(self._watched))
        survey_rest(*self._state(), d[self._watched], self._penalty, s, gap, self._out, distance)
        (able,) = np.nonzero(distance < np.inf)
        if len(able) > size:
            able = able[np.argpartition(distance[able], size - 1)[:size]]
        return self._watched[able]

    @property
    def screened(self):
        """The columns that the last gap has shown to rest at the optimum."""
        return self._watched[self._out == 1]
