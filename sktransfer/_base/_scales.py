"""A fitted factor a source: the prior's centre may move along the sources,

    theta_s = sum_k beta_k theta_k,      beta_k ~ N(1 / n_sources, 1 / light)

At finite strength beta is minimised over (see :mod:`sktransfer._priors._freed`); at infinite strength the slopes are
held in the span of the sources, which recalibrates them (Cox 1958; Steyerberg 2019). Intercepts keep their own pull.
Outputs that do not interact have factors of their own; classes of one softmax share theirs.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import qr

from sktransfer._priors import FreedPrecision, GaussianPrior, Held, LowRankPrecision

_RANK = 1e-10


class Scales:
    """The directions that the sources are, and how far the centre moved along them.

    Parameters
    ----------
    slopes : ndarray of shape (n_sources, n_outputs, n_features)
        Of each source, in the coordinates that the problem is posed in.
    shared : bool
        Whether one factor serves all outputs.
    light : float
        Precision of each factor on the scale of a plain sum of losses.
    """

    def __init__(self, slopes, shared, light):
        self._slopes, self._light = np.asarray(slopes), float(light)
        self._shared = shared or self._slopes.shape[1] == 1
        self._readers = []

    def free(self, precision, layout, outputs):
        """``precision`` with the sources' directions of some outputs freed."""
        freed = FreedPrecision(precision, self._directions(layout, outputs), self._light)
        self._readers.append(freed.moved)
        return freed

    def hold(self, held, layout, outputs):
        """(Held, priors) with the slopes of some outputs free along the sources."""
        directions = self._directions(layout, outputs)
        along = directions[:, _independent(directions)]
        inverse = np.linalg.pinv(directions)
        self._readers.append(inverse.__matmul__)
        basis = sp.hstack([held.basis, sp.csr_array(along)])
        priors = [GaussianPrior(held.centre, LowRankPrecision(np.sqrt(self._light) * inverse.T))] if self._light else []
        return Held(held.centre, basis), priors

    def weights(self, delta):
        """beta at ``theta - centre``: (n_sources,), or (n_outputs, n_sources) where outputs have their own."""
        n_sources, n_outputs = self._slopes.shape[:2]
        moved = sum((read(delta) for read in self._readers), 0.0)
        beta = 1 / n_sources + np.broadcast_to(moved, n_sources * (1 if self._shared else n_outputs))
        return beta if self._shared else beta.reshape(n_outputs, n_sources)

    def coef(self, beta):
        """``sum_k beta_k theta_k``: (n_outputs, n_features)."""
        return np.einsum("ck,kcp->cp", np.broadcast_to(beta, self._slopes.shape[1::-1]), self._slopes)

    def _directions(self, layout, outputs):
        """The sources' slopes as columns, zero for other outputs: (n_params, n_sources * (1 or n_outputs))."""
        none = np.zeros((layout.n_outputs, layout.n_features))
        columns = []
        for k in [outputs] if self._shared else [outputs & (np.arange(len(outputs)) == k) for k in range(len(outputs))]:
            for slopes in self._slopes:
                columns.append(layout.join(np.where(k[:, np.newaxis], slopes, none), np.zeros(layout.n_outputs)))
        return np.column_stack(columns)


def _independent(directions):
    """Positions of columns that span all of them."""
    if not np.any(directions):
        return np.zeros(0, dtype=int)
    norms = np.linalg.norm(directions, axis=0)
    triangle, order = qr(directions / np.where(norms > 0, norms, 1.0), mode="r", pivoting=True)
    size = np.abs(triangle.diagonal())
    return np.sort(order[: np.count_nonzero(size > _RANK * size[0])])
