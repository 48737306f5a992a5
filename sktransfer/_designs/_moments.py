"""Weighted moments of rows [x, y]: what squared loss needs to know of them, whatever their number.

With W the total weight, m the mean and S the cross products about it (all over [x, y], weighted),

    W = sum w,      m = sum w z / W,      S = sum w (z - m) (z - m)',      z = [x, y].

Two lots a and b with d = m_b - m_a together have (Chan, Golub and LeVeque 1983)

    W = W_a + W_b,      m = m_a + d W_b / W,      S = S_a + S_b + d d' W_a W_b / W,

and b leaves a by the same formula read backwards. Rows are summed in blocks, each about its own mean, so that no digit
is lost to a difference of squares.

With S = R'R, r_j the k rows of R, the 2k rows m +- sqrt(k / W) r_j, each of weight W / (2k), have the same moments.
"""

import numpy as np
from scipy import linalg

from sktransfer._designs._dense import DenseDesign

_BLOCK_BYTES = 1 << 21
_HIDDEN = 100.0  # a mean so many times the spread, squared, costs a digit where it is taken off after the product
_EPS = np.finfo(np.float64).eps
_TOLERANCE = 1e-10


class Moments:
    """Total weight, means and centred cross products of [X, y]; immutable, to be added and subtracted.

    Parameters
    ----------
    weight : float
        Sum of the weights, at least 0.
    mean : array-like of shape (n_features + n_outputs,)
    scatter : array-like of shape (n_features + n_outputs, n_features + n_outputs)
        Cross products about the mean, symmetric.
    n_outputs : int
        How many of the last columns are y.
    n_rows : int
        Rows counted, those of weight 0 left out.

    Raises
    ------
    ValueError
        Where shapes do not fit each other, numbers are not finite, or a weight, a square or a count is negative.

    References
    ----------
    Chan, T. F., Golub, G. H. and LeVeque, R. J. (1983). Algorithms for computing the sample variance: analysis and
    recommendations. The American Statistician 37.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer._designs import Moments, as_design
    >>> X, y = np.array([[0.0], [1.0], [5.0]]), np.array([1.0, 3.0, 8.0])
    >>> both = Moments.of(as_design(X[:2]), y[:2]) + Moments.of(as_design(X[2:]), y[2:])
    >>> both.weight, both.mean
    (3.0, array([2., 4.]))
    >>> rows, outputs, weight = both.rows()
    >>> (weight @ rows**2).round(12), X.T @ X
    (array([26.]), array([[26.]]))
    """

    __slots__ = ("mean", "n_outputs", "n_rows", "scatter", "weight")

    def __init__(self, weight, mean, scatter, n_outputs, n_rows):
        mean, scatter = (np.array(value, dtype=np.float64) for value in (mean, scatter))
        _check(weight, mean, scatter, n_outputs, n_rows)
        for array in (mean, scatter):
            array.flags.writeable = False
        values = {"weight": float(weight), "mean": mean.view(), "scatter": scatter.view()}
        for name, value in (values | {"n_outputs": int(n_outputs), "n_rows": int(n_rows)}).items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, design, y, weight=None):
        """The moments of rows, read once, in blocks.

        Parameters
        ----------
        design : Design
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        weight : ndarray of shape (n_samples,) or None, default=None
            At least 0; None is one each.

        Returns
        -------
        Moments
        """
        y = np.asarray(y)
        y = y.reshape(len(y), -1)
        weight = np.ones(design.n_samples) if weight is None else np.asarray(weight, dtype=np.float64)
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise ValueError("weights must be finite and at least 0. Leave out the rows that shall not count.")
        moments = cls.none(design.n_features, y.shape[1])
        for rows, block in _blocks(design, y.shape[1]):
            moments += _of_block(block, y[rows].astype(np.float64), weight[rows])
        return moments

    @classmethod
    def none(cls, n_features, n_outputs):
        """The moments of no rows: what others are added to."""
        size = n_features + n_outputs
        return cls(0.0, np.zeros(size), np.zeros((size, size)), n_outputs, 0)

    @property
    def n_features(self):
        """Columns of X."""
        return len(self.mean) - self.n_outputs

    def __add__(self, other):
        if not isinstance(other, Moments):
            return NotImplemented
        self._require_same_columns(other)
        if not (self.weight and other.weight):
            some = self if self.weight else other
            return Moments(some.weight, some.mean, some.scatter, self.n_outputs, self.n_rows + other.n_rows)
        weight, apart = self.weight + other.weight, other.mean - self.mean
        scatter = self.scatter + other.scatter
        scatter += np.outer(apart, apart) * (self.weight * (other.weight / weight))
        mean = self.mean + apart * (other.weight / weight)
        return Moments(weight, mean, scatter, self.n_outputs, self.n_rows + other.n_rows)

    def __sub__(self, other):
        if not isinstance(other, Moments):
            return NotImplemented
        self._require_same_columns(other)
        weight, n_rows = self.weight - other.weight, self.n_rows - other.n_rows
        if weight < -_TOLERANCE * self.weight or n_rows < 0 or (n_rows and weight <= 64 * _EPS * self.weight):
            raise ValueError(
                f"cannot take away {other.n_rows} rows of weight {other.weight:.6g} from {self.n_rows} of weight "
                f"{self.weight:.6g}. Take away only what was added."
            )
        if n_rows == 0:
            return self._emptied(other, weight)
        apart = self.mean - other.mean
        mean = self.mean + apart * (other.weight / weight)
        scatter = self.scatter - other.scatter
        scatter -= np.outer(apart, apart) * (self.weight * (other.weight / weight))
        left = Moments(weight, mean, _rounded(scatter, self.scatter), self.n_outputs, n_rows)
        return left.require_possible(self.scatter.diagonal())

    def _emptied(self, other, weight):
        """No row is left: then no weight may be, nor any spread."""
        scale = np.where(np.isinf(_roots(self.scatter.diagonal())), 1.0, _roots(self.scatter.diagonal()))
        spread = np.abs(self.scatter - other.scatter) / np.outer(scale, scale)
        if weight > _TOLERANCE * self.weight or spread.max() > _TOLERANCE * len(spread):
            raise ValueError(
                f"cannot take away {other.n_rows} rows that are not the {self.n_rows} rows added: weight "
                f"{weight:.6g} or spread would be left with no row. Take away only what was added."
            )
        return Moments.none(self.n_features, self.n_outputs)

    def require_possible(self, squares=None):
        """These moments, if rows can have them.

        Parameters
        ----------
        squares : ndarray of shape (n_features + n_outputs,) or None, default=None
            Sums of squares whose rounding is forgiven; None is their own.

        Raises
        ------
        ValueError
            If the scatter is not positive semidefinite, up to rounding.
        """
        scale = _roots(self.scatter.diagonal() if squares is None else squares)
        least = linalg.eigvalsh(self.scatter / np.outer(scale, scale), subset_by_index=(0, 0))[0]
        if least < -_TOLERANCE * len(scale) or (squares is None and np.any(self.scatter[scale == np.inf])):
            raise ValueError(
                f"no rows have these moments: their covariance has a negative eigenvalue, {least:.3g} where variances "
                "are 1. Take away only what was added; sums must all be over the same rows and weights."
            )
        return self

    def rows(self):
        """An ordinary data set with exactly these moments.

        Returns
        -------
        X : ndarray of shape (2 * k, n_features)
            k is the rank of the scatter; where it is 0, one row, the mean.
        y : ndarray of shape (2 * k, n_outputs)
        weight : ndarray of shape (2 * k,)

        Raises
        ------
        ValueError
            If there is no weight.
        """
        if not self.weight:
            raise ValueError("moments of no rows have no data set. Add rows first.")
        root = self._root()
        count = max(2 * len(root), 1)
        steps = np.sqrt(len(root) / self.weight) * root
        z = self.mean + (np.concatenate([steps, -steps]) if len(root) else 0.0 * self.mean[np.newaxis])
        return z[:, : self.n_features], z[:, self.n_features :], np.full(count, self.weight / count)

    def _root(self):
        """R with R'R the scatter, from its eigenvalues where every column has unit spread; no null directions."""
        scale = _roots(self.scatter.diagonal())
        values, vectors = linalg.eigh(self.scatter / np.outer(scale, scale))
        keep = values > 10 * _EPS * len(values) * values[-1]
        spread = np.where(np.isinf(scale), 0.0, scale)
        return np.sqrt(values[keep])[:, np.newaxis] * vectors[:, keep].T * spread

    def _require_same_columns(self, other):
        mine, theirs = ((m.n_features, m.n_outputs) for m in (self, other))
        if mine != theirs:
            raise ValueError(
                f"moments of {mine[0]} features and {mine[1]} outputs do not go with those of {theirs[0]} and "
                f"{theirs[1]}. Bring both to the same columns, in the same order."
            )

    def _key(self):
        arrays = ((array + 0.0).tobytes() for array in (self.mean, self.scatter))
        return self.weight, self.n_outputs, self.n_rows, *arrays

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, Moments) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __setattr__(self, name, value):
        raise AttributeError(f"Moments are immutable: cannot set {name!r}. Make new ones.")

    def __delattr__(self, name):
        raise AttributeError(f"Moments are immutable: cannot delete {name!r}.")

    def __reduce__(self):
        return Moments, (self.weight, self.mean, self.scatter, self.n_outputs, self.n_rows)

    def __repr__(self):
        counts = f"n_rows={self.n_rows}, weight={self.weight:.6g}"
        return f"Moments({counts}, n_features={self.n_features}, n_outputs={self.n_outputs})"


def _check(weight, mean, scatter, n_outputs, n_rows):
    if mean.ndim != 1 or scatter.shape != (len(mean), len(mean)) or not 0 <= n_outputs <= len(mean):
        raise ValueError(
            f"moments of {n_outputs} outputs need a mean of all columns and their cross products; got shapes "
            f"{mean.shape} and {scatter.shape}."
        )
    if not (np.isfinite(mean).all() and np.isfinite(scatter).all() and np.isfinite(weight)):
        raise ValueError("moments must be finite, got NaN or infinity. Sum clean rows of moderate size.")
    if weight < 0 or n_rows < 0 or (scatter.diagonal() < 0).any():
        raise ValueError(f"moments must have weights, counts and squares of at least 0; got weight {weight}.")


def _blocks(design, n_outputs):
    """Slices of rows that fit a cache, and these rows as designs; all at once where that is not cheap."""
    width = design.n_features + n_outputs
    step = max(4 * width, _BLOCK_BYTES // (8 * width))
    for start in range(0, design.n_samples, step):
        rows = slice(start, min(start + step, design.n_samples))
        block = design if step >= design.n_samples else design.rows(rows)
        if block is None:
            yield slice(0, design.n_samples), design
            return
        yield rows, block


def _of_block(design, y, weight):
    """Moments of one block: columns whose mean hides their spread, and y, are centred before they are multiplied."""
    p, n_outputs = design.n_features, y.shape[1]
    counted, total = np.count_nonzero(weight), weight.sum()
    if not counted:
        return Moments.none(p, n_outputs)
    at = _to_centre(design, weight, total) if design.sparse else np.arange(p)
    if not n_outputs and len(at) == p:
        return Moments(total, *DenseDesign(_entries(design, at)).centred_sandwich(weight), 0, counted)
    part, part_mean, first = _shifted(_entries(design, at), y, weight, total)
    where = np.concatenate([at, np.arange(p, p + n_outputs)])
    mean, scatter = np.zeros(p + n_outputs), np.zeros((p + n_outputs,) * 2)
    if len(at) < p:
        mean[:p] = design.rmatvec(weight[:, np.newaxis])[0] / total
        scatter[:p, :p] = design.sandwich(weight, mean[:p])
        weighted = weight[:, np.newaxis] * (part - part_mean)
        cross = design.rmatvec(weighted) - np.outer(weighted.sum(axis=0), mean[:p])
        scatter[where, :p], scatter[:p, where] = cross, cross.T
    mean[where] = first + part_mean
    scatter[np.ix_(where, where)] = DenseDesign(part).sandwich(weight, part_mean)
    return Moments(total, mean, scatter, n_outputs, counted)


def _entries(design, at):
    if design.dense is not None and len(at) == design.n_features:
        return design.dense()
    block, shift = design.columns(at)
    return (block.toarray() if design.sparse else block) - shift


def _to_centre(design, weight, total):
    """Columns of a sparse block whose mean hides their spread."""
    mean = design.rmatvec(weight[:, np.newaxis])[0] / total
    return np.flatnonzero(total * mean**2 > _HIDDEN * design.centred_squares(mean, weight))


def _shifted(entries, y, weight, total):
    """([entries, y] less a first row, their mean, that row): a constant column then has exactly no spread."""
    at, p = np.flatnonzero(weight)[0], entries.shape[1]
    first = np.concatenate([entries[at], y[at]]).astype(np.float64)
    shifted = np.empty((len(y), len(first)))
    np.subtract(entries, first[:p], out=shifted[:, :p])
    np.subtract(y, first[p:], out=shifted[:, p:])
    return shifted, weight @ shifted / total, first


def _roots(squares):
    """Square roots; infinity for zero, so that nothing is divided by it."""
    return np.where(squares > 0, np.sqrt(np.maximum(squares, 0.0)), np.inf)


def _rounded(scatter, whole):
    """What is left of ``whole``, with no spread where only rounding is left."""
    gone = scatter.diagonal() <= 16 * _EPS * whole.diagonal()
    if (scatter.diagonal() < -_TOLERANCE * len(whole) * whole.diagonal()).any():
        raise ValueError(
            "cannot take away rows that have more spread than all rows together. Take away only what was added."
        )
    scatter[gone] = 0.0
    scatter[:, gone] = 0.0
    return scatter
