"""Rows under squared loss, ``sum w (y - x . coef - intercept)^2 / 2``: their moments say all.

About the mean m of x, with S the cross products and b = intercept + coef . m,

    2 loss = W (b - mean(y))^2 + coef S_xx coef' - 2 coef . S_xy + S_yy        for each output,

which is solved in (coef, b), where slopes and level do not mix, the penalty taken along.
"""

import numpy as np

from sktransfer._designs import Moments
from sktransfer.sources._data import SourceData
from sktransfer.sources._knowledge import Family, Statistics, is_number
from sktransfer.sources._penalty import step_to_minimum
from sktransfer.sources._precision import indices
from sktransfer.sources._statistics import _precision


class MomentStatistics(Statistics):
    """Rows of squared loss as moments: nothing is lost.

    Parameters
    ----------
    moments : Moments
    penalty : Penalty or None
    fit_intercept : bool
    one_dimensional : bool
        Whether y has no second axis.
    """

    __slots__ = ("moments", "one_dimensional")

    kind = "moments"
    family = Family("squared", 0.0, "identity")

    def __init__(self, moments, penalty, fit_intercept=True, one_dimensional=True):
        values = {"moments": moments, "penalty": penalty, "fit_intercept": bool(fit_intercept)}
        for name, value in (values | {"one_dimensional": bool(one_dimensional)}).items():
            object.__setattr__(self, name, value)

    @property
    def shape(self):
        """(outputs, features)."""
        return self.moments.n_outputs, self.moments.n_features

    @property
    def weight(self):
        """Total weight."""
        return self.moments.weight

    @property
    def n_rows(self):
        """Rows with a weight."""
        return self.moments.n_rows

    @property
    def hessian(self):
        """``[[X'WX, X'w], [w'X, W]]`` for each output."""
        p, mean = self.moments.n_features, self.moments.mean
        gram = self.moments.scatter[:p, :p] + self.weight * np.outer(mean[:p], mean[:p])
        return _precision(gram, self.weight * mean[:p], self.weight, 0.0, self.moments.n_outputs)

    def fitted(self, intercept):
        """Penalised least squares."""
        K, p = self.shape
        mean, y_mean = self.moments.mean[:p], self.moments.mean[p:]
        centre = mean if self.fit_intercept else np.zeros(p)
        level = y_mean if self.fit_intercept else np.asarray(intercept, dtype=np.float64)
        scatter, weight = self.moments.scatter, self.weight
        rest = np.zeros(p) if self.fit_intercept else mean
        gram = scatter[:p, :p] + weight * np.outer(rest, rest)
        right = scatter[p:, :p] + weight * np.outer(y_mean - level, rest)
        hessian = _precision(gram, weight * rest, weight, 0.0, K)
        gradient = np.concatenate([-right.ravel(), weight * (level - y_mean)])
        start = np.concatenate([np.zeros(K * p), level])
        free = np.arange(K * p + K) < (K * p + K if self.fit_intercept else K * p)
        step = step_to_minimum(hessian, gradient, start, self._penalty_about(centre), free)
        coef, level = (start + step)[: K * p].reshape(K, p), (start + step)[K * p :]
        return coef, level - coef @ centre

    def _penalty_about(self, centre):
        """(P, pull) over [coef; intercept + coef . centre]."""
        K, p = self.shape
        matrix, pull = self.penalty.at(self.weight)
        if not np.any(matrix[K * p :]) and not np.any(pull[K * p :]):
            return matrix, pull
        back = np.eye(K * p + K)
        for k in range(K):
            back[K * p + k, k * p : (k + 1) * p] = -centre
        return back.T @ matrix @ back, back.T @ pull

    def arranged(self, rows, columns, sign=1.0):
        """The same with columns in another order."""
        K, p = self.shape
        at = np.concatenate([columns, p + np.arange(K)])
        moments = Moments(
            self.weight, self.moments.mean[at], self.moments.scatter[np.ix_(at, at)], K, self.moments.n_rows
        )
        penalty = self.penalty
        if penalty is not None:
            penalty = penalty.arranged(indices(K, p, rows, columns), np.ones(K * p + K))
        return MomentStatistics(moments, penalty, self.fit_intercept, self.one_dimensional)

    def joined(self, other, sign):
        """Moments added or taken away."""
        moments = self.moments + other.moments if sign > 0 else self.moments - other.moments
        return MomentStatistics(moments, self.penalty, self.fit_intercept, self.one_dimensional)

    def data(self, *, feature_names=None, name=None):
        """A few weighted rows that any squared-loss model fits as it fits the source's own.

        Parameters
        ----------
        feature_names : sequence of str or None, default=None
        name : str or None, default=None

        Returns
        -------
        SourceData
            At most ``2 * (n_features + n_outputs)`` rows, none of them a row of the source.
        """
        X, y, weight = self.moments.rows()
        y = y[:, 0] if self.one_dimensional else y
        return SourceData(X, y, weight, name=name, feature_names=feature_names)

    def _key(self):
        return self.moments, self.penalty, self.fit_intercept, self.one_dimensional

    def __reduce__(self):
        return MomentStatistics, self._key()

    def _stored(self):
        moments = self.moments
        plain = {"weight": moments.weight, "n_rows": moments.n_rows, "n_outputs": moments.n_outputs}
        arrays = {"mean": moments.mean, "scatter": moments.scatter}
        return plain | {"one_dimensional": self.one_dimensional}, arrays

    @classmethod
    def _restored(cls, plain, arrays, penalty, fit_intercept):
        if not all(is_number(plain[name]) for name in ("weight", "n_rows", "n_outputs")):
            raise ValueError("its moments have a weight or count that is no number")
        scatter = arrays["scatter"]
        if scatter.ndim != 2 or scatter.shape != scatter.T.shape or np.any(scatter != scatter.T):
            raise ValueError("the cross products of its moments are not symmetric")
        counts = plain["n_outputs"], plain["n_rows"]
        moments = Moments(plain["weight"], arrays["mean"], scatter, *counts).require_possible()
        return cls(moments, penalty, fit_intercept, plain["one_dimensional"])
