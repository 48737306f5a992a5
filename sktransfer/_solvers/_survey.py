"""The slopes X'v of all columns while v moves, each computed anew only where it may matter.

A slope that is not computed is off by ``||x_j||`` times the path of v since, at most. While every slope so near leaves
its column at zero, the duality gap, the scale of the dual point and the next minimum do not depend on it.

References
----------
Ndiaye, Fercoq, Gramfort & Salmon (2017), Gap Safe Screening Rules for Sparsity Enforcing Penalties.
"""

import numpy as np

from sktransfer._kernels import doubtful_slopes, survey_gap, survey_rest


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
        self._out, self._distance = np.zeros(p, dtype=np.uint8), np.empty(p)
        self._found = np.empty(p, dtype=np.int32)
        self._path, self._v = 0.0, None

    def begin(self):
        """Forget what was screened: the strength is another one."""
        self._out[:] = False

    def gap(self, d, residual, v):
        """(duality gap, scale of the dual point): see :meth:`Shrinkage.gap`."""
        self._follow(v)
        count = doubtful_slopes(
            self._slopes, self._norms, self._seen, self._path, d, self._problem.penalty, self._out, self._found
        )
        at = self._found[:count]
        if count:
            self._slopes[at] = self._problem.slopes(v, at)
            self._seen[at] = self._path
        s, terms, squares = survey_gap(self._slopes, d, self._problem.penalty, self._out)
        slack = residual - s * v
        return max(0.0, 0.5 * float(slack @ slack) + 0.5 * (1 - s) ** 2 * squares + terms), s

    def _follow(self, v):
        if self._v is not None and v is not self._v:
            self._path += float(np.linalg.norm(v - self._v))
        self._v = v

    def nearest(self, d, s, gap, size):
        """The columns at zero, not screened by the gap at s, that are nearest to moving: ``size`` at most."""
        state = self._slopes, self._norms, self._seen, self._path
        survey_rest(*state, d, self._problem.penalty, s, gap, self._out, self._distance)
        (able,) = np.nonzero(self._distance < np.inf)
        if len(able) > size:
            able = able[np.argpartition(self._distance[able], size - 1)[:size]]
        return able

    @property
    def out(self):
        """Columns that rest at the optimum, as far as the last gap told: a mask."""
        return self._out.view(bool)
