"""The state of a coordinate ascent over rows: what a design needs to visit its rows one by one."""

import numpy as np

from sktransfer._kernels import dual_ascent

_NONE = np.zeros(0)


class Ascent:
    """Dual variables of one output and where they stand; see the kernel ``dual_ascent`` for the formula.

    Parameters
    ----------
    r : ndarray of shape (n_samples,)
        Targets without what is predicted already.
    form : DualForm
        Bounds, ridge and epsilon.
    seed : int
        Of the order in which rows are visited.

    Attributes
    ----------
    beta : ndarray of shape (n_samples,)
        Changed in place by :meth:`run`.
    """

    def __init__(self, r, form, seed):
        self.r, self.form = r, form
        self.beta = np.zeros(len(r))
        self._random = np.random.default_rng(seed).integers(1, 1 << 63, size=1, dtype=np.uint64)
        self._fixed = None

    def run(self, design, parts, spread, level, mean, order, margin, tol, max_epochs):
        """Epochs over the rows in ``order``, which is changed; returns (epochs, rows visited).

        ``parts`` is (data, indices, indptr, width) as the kernel takes them; the rest is that of
        :meth:`Design.ascend`.
        """
        if self._fixed is None:
            self._fixed = self._prepare(design, spread, level, mean)
        short, q, level, diagonal = self._fixed
        u = spread * design.rmatvec(self.beta[:, np.newaxis])[0]
        total, crossed = float(self.beta.sum()), float(q @ self.beta) if len(q) else 0.0
        form = self.form
        vectors = (self.r, form.ridge, form.lower, form.upper, form.epsilon)
        state = (self.beta, u, total, crossed, order)
        return dual_ascent(*parts, short, q, level, diagonal, *vectors, *state, margin, tol, max_epochs, self._random)

    def _prepare(self, design, spread, level, mean):
        """(spread as short as can be, q, level, diagonal): the same for all epochs."""
        spread = np.ascontiguousarray(spread, dtype=np.float64)
        diagonal, q = design.row_squares(spread), _NONE
        if mean is not None:
            q = design.matvec((spread * mean)[np.newaxis])[:, 0]
            level = level + float(mean @ (spread * mean))
            diagonal -= 2 * q
        diagonal += level + self.form.ridge
        uniform = len(spread) > 0 and np.all(spread == spread[0])
        return spread[:1] if uniform else spread, q, level, np.maximum(diagonal, np.finfo(np.float64).tiny)
