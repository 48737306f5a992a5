"""One domain's rows as an alignment sees them: their weight W, their mean m and how they spread.

    W = sum w,      m = sum w x / W,      C = sum w (x - m) (x - m)' / (W - 1)

A weight counts as that many equal rows. Where rows are fewer than features C is kept as R, R'R = C.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import assert_all_finite

from sktransfer._designs import Moments, as_design

_EPS, _TINY = np.finfo(np.float64).eps, np.finfo(np.float64).tiny


class Domain(NamedTuple):
    """What is known of a domain.

    Attributes
    ----------
    mean, variance : ndarray of shape (n_features,)
    covariance : ndarray of shape (n_features, n_features) or None
    root : ndarray of shape (n_rows, n_features) or None
        ``root.T @ root`` is the covariance; where there are fewer rows than features, in the place of the covariance.
    weight : float or None
        None where nobody knows.
    """

    mean: np.ndarray
    variance: np.ndarray
    covariance: np.ndarray | None = None
    root: np.ndarray | None = None
    weight: float | None = None

    @property
    def knows_covariance(self):
        """Whether more is known than the features one by one."""
        return self.covariance is not None or self.root is not None

    def full(self):
        """The covariance, as a matrix."""
        return self.root.T @ self.root if self.covariance is None else self.covariance

    def arranged(self, at):
        """The same of some features, in another order."""
        if np.array_equal(at, np.arange(len(self.mean))):
            return self
        part = {name: None if (values := getattr(self, name)) is None else values[..., at] for name in self._fields[:4]}
        if part["covariance"] is not None:
            part["covariance"] = part["covariance"][at]
        return self._replace(**part)


def domain_of(X, weight, who, *, covariance=True):
    """The Domain of rows in memory.

    Parameters
    ----------
    X : ndarray or CSR or CSC of float64 or float32 of shape (n_samples, n_features)
        NaN and infinity in dense rows are found here where no weight is zero.
    weight : ndarray of shape (n_samples,)
    who : str
        Whose rows they are, for errors.
    covariance : bool, default=True
        False: the features one by one will do.

    Raises
    ------
    ValueError
        If they do not weigh more than one row: they do not spread then. If a number is not finite, or its square.
    """
    total = require_spread(float(weight.sum()), who)
    with np.errstate(invalid="ignore", over="ignore"):
        domain = _summed(X, weight, total, who) if covariance else _one_by_one(as_design(X), weight, total)
    if not np.isfinite(domain.variance).all():
        assert_all_finite(X, input_name=who.replace("rows", "X"))
        raise ValueError(f"{who} are too large for their squares to be numbers. Scale them, and the other domain's.")
    return domain


def _summed(X, weight, total, who):
    if X.shape[0] < X.shape[1] or np.count_nonzero(weight) < X.shape[1]:
        seen = weight > 0
        return _of_few(_dense(X[seen]), weight[seen], total)
    design = as_design(X)
    if design.dense is None:
        return of_moments(Moments.of(design, np.zeros((X.shape[0], 0)), weight), who)
    return _of_many(design, weight, total)


def of_moments(moments, who):
    """The Domain that moments of [X, y] describe."""
    total, p = require_spread(moments.weight, who), moments.n_features
    covariance = moments.scatter[:p, :p] / (total - 1)
    return Domain(moments.mean[:p], covariance.diagonal().copy(), covariance, weight=total)


def require_spread(total, who):
    """``total``, if it is more than one row."""
    if not total > 1:
        raise ValueError(
            f"{who} must weigh more than 1 sample to have a spread, got a total weight of {total:g} (1 sample is too "
            "few; weights count as repeated rows). Give more rows, or larger weights."
        )
    return total


def _of_many(design, weight, total):
    mean, covariance = design.centred_sandwich(weight)
    covariance /= total - 1
    return Domain(mean, covariance.diagonal().copy(), covariance, weight=total)


def _of_few(X, weight, total):
    first = X[0].astype(np.float64)
    shifted = X - first
    shift = weight @ shifted / total
    root = np.sqrt(weight / (total - 1))[:, np.newaxis] * (shifted - shift)
    return Domain(first + shift, np.einsum("ij,ij->j", root, root), root=root, weight=total)


def _one_by_one(design, weight, total):
    """Means and variances; what is within rounding of constant, or its square of nothing, is constant."""
    mean = design.rmatvec(weight[:, np.newaxis])[0] / total
    squares = design.centred_squares(mean, weight)
    squares[squares <= total * np.maximum((design.n_samples * _EPS * mean) ** 2, _TINY)] = 0.0
    return Domain(mean, squares / (total - 1), weight=total)


def _dense(X):
    return X.toarray() if hasattr(X, "toarray") else X
