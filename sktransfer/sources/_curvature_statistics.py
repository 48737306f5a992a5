"""Rows under a smooth loss to second order around theta_s, where the source's model stands:

    loss(theta) ~ value + gradient . d + d' hessian d / 2,        d = theta - theta_s

the Laplace approximation of a power prior. The gradient is the *loss's* own: it is not zero where the source was
penalised. The error is of third order in d.
"""

import numpy as np

from sktransfer.sources._check import check_finite
from sktransfer.sources._knowledge import Family, Statistics, is_number
from sktransfer.sources._penalty import step_to_minimum
from sktransfer.sources._precision import indices, is_semidefinite, symmetrise


class CurvatureStatistics(Statistics):
    """Rows as the value, gradient and second derivative of their loss at one point.

    Parameters
    ----------
    family : Family
    shape : (int, int)
        Rows and columns of the coefficients.
    theta, gradient : ndarray of shape (d,)
        Over [coef, row by row; intercepts]; the point, and the loss's gradient there.
    hessian : ndarray of shape (d, d)
        Positive semidefinite: where the observed one may not be, the expected one.
    value : float
        The loss, up to what depends on y alone.
    weight : float
    n_rows : int
    penalty : Penalty or None
    fit_intercept : bool

    References
    ----------
    Ibrahim, J. G. and Chen, M.-H. (2000). Power prior distributions for regression models. Statistical Science 15.
    """

    __slots__ = ("_hessian", "family", "gradient", "n_rows", "shape", "theta", "value", "weight")

    kind = "curvature"

    def __init__(self, family, shape, theta, gradient, hessian, value, weight, n_rows, penalty, fit_intercept=True):
        theta, gradient, hessian = (np.array(each, dtype=np.float64) for each in (theta, gradient, hessian))
        for array in (theta, gradient, hessian):
            array.flags.writeable = False
        values = {"family": Family(*family), "shape": tuple(shape), "theta": theta, "gradient": gradient}
        values |= {"_hessian": hessian, "value": float(value), "weight": float(weight), "n_rows": int(n_rows)}
        for name, value in (values | {"penalty": penalty, "fit_intercept": bool(fit_intercept)}).items():
            object.__setattr__(self, name, value)

    @property
    def hessian(self):
        """The second derivative: (d, d)."""
        return self._hessian

    def fitted(self, intercept):
        """Where the quadratic and the penalty are least together."""
        return self._split(self.theta + self._step())

    def _step(self):
        K, p = self.shape
        free = np.arange(len(self.theta)) < (K * p + K if self.fit_intercept else K * p)
        return step_to_minimum(self._hessian, self.gradient, self.theta, self.penalty.at(self.weight), free)

    def _split(self, theta):
        K, p = self.shape
        return theta[: K * p].reshape(K, p), theta[K * p :]

    def around(self, theta):
        """The same quadratic about another point."""
        step = theta - self.theta
        along = self._hessian @ step
        value = self.value + self.gradient @ step + step @ along / 2
        return self._with(theta=theta, gradient=self.gradient + along, value=value)

    def _with(self, **changes):
        names = ("family", "shape", "theta", "gradient", "hessian", "value", "weight", "n_rows")
        fields = {name: getattr(self, name) for name in (*names, "penalty", "fit_intercept")}
        return CurvatureStatistics(**(fields | changes))

    def arranged(self, rows, columns, sign=1.0):
        """The same with parameters in another order."""
        at = indices(*self.shape, rows, columns)
        penalty = self.penalty
        if penalty is not None:
            penalty = penalty.arranged(at, np.full(len(at), sign))
        return self._with(
            theta=sign * self.theta[at],
            gradient=sign * self.gradient[at],
            hessian=self._hessian[np.ix_(at, at)],
            penalty=penalty,
        )

    def joined(self, other, sign):
        """The two quadratics added or taken away, about the optimum of what comes out."""
        K, p = self.shape
        if not self.fit_intercept and np.any(self.theta[K * p :] != other.theta[K * p :]):
            raise ValueError("the two sources hold different intercepts. Summarise both with the same model.")
        other = other.around(self.theta)
        weight, hessian = self.weight + sign * other.weight, symmetrise(self._hessian + sign * other._hessian)
        if sign < 0:
            _require_possible(hessian, self._hessian.diagonal(), weight)
        found = self._with(
            gradient=self.gradient + sign * other.gradient,
            hessian=hessian,
            value=self.value + sign * other.value,
            weight=weight,
            n_rows=self.n_rows + sign * other.n_rows,
        )
        return found.around(found.theta + found._step())

    def _key(self):
        arrays = ((array + 0.0).tobytes() for array in (self.theta, self.gradient, self._hessian))
        plain = self.family, self.shape, self.value, self.weight, self.n_rows
        return *plain, *arrays, self.penalty, self.fit_intercept

    def __reduce__(self):
        arrays = self.theta, self.gradient, self._hessian
        plain = self.value, self.weight, self.n_rows, self.penalty, self.fit_intercept
        return CurvatureStatistics, (self.family, self.shape, *arrays, *plain)

    def _stored(self):
        plain = {"family": list(self.family), "shape": list(self.shape), "value": self.value}
        plain |= {"weight": self.weight, "n_rows": self.n_rows}
        return plain, {"theta": self.theta, "gradient": self.gradient, "hessian": self._hessian}

    @classmethod
    def _restored(cls, plain, arrays, penalty, fit_intercept):
        name, power, link = plain["family"]
        numbers = (power, plain["value"], plain["weight"], plain["n_rows"], *plain["shape"])
        if not all(map(is_number, numbers)) or not (isinstance(name, str) and isinstance(link, str)):
            raise ValueError("its statistics have a weight, count or value that is no number")
        K, p = plain["shape"]
        theta, gradient, hessian = (check_finite(arrays[name], name) for name in ("theta", "gradient", "hessian"))
        size = K * p + K
        if (theta.shape, gradient.shape, hessian.shape) != ((size,), (size,), (size, size)):
            raise ValueError(f"its statistics do not have the shapes that {K} x {p} coefficients ask for")
        if np.any(hessian != hessian.T) or plain["weight"] <= 0 or plain["n_rows"] <= 0:
            raise ValueError("its statistics have a second derivative that is not symmetric, or no weight")
        _require_possible(hessian, hessian.diagonal(), plain["weight"])
        values = plain["value"], plain["weight"], plain["n_rows"]
        return cls((name, power, link), (K, p), theta, gradient, hessian, *values, penalty, fit_intercept)


def _require_possible(hessian, squares, weight):
    """Refuse a second derivative that no rows have, up to rounding of ``squares``."""
    scale = np.sqrt(np.where(squares > 0, squares, 1.0))
    if weight <= 0 or not is_semidefinite(hessian / np.outer(scale, scale) + 1e-10 * np.eye(len(scale)), 1e-10):
        raise ValueError(
            "no rows have these sums: a weight is not positive, or the second derivative has a negative eigenvalue. "
            "Take away only what was added; all sums must be over the same rows and weights."
        )
