"""Few features, more rows, a loss with kinks: an interior point method on the dual.

Dual variables become numbers between zero and a bound, beta = base + S z with S of signs: one a row, or, with a tube of
some width, one for each side of it.

    minimise over z   beta' Q beta / 2 - q . z,    0 <= z <= u,    Q = A E A',   w = u - z

    g - lambda + mu = 0,    g = S' Q beta - q,     lambda z = mu w = t -> 0                       (KKT, relaxed by t)

1. (S' Q S + D) dz = rhs,   D = lambda / z + mu / w       by Woodbury's identity in as many dimensions as features:
                                                          (1 + R A' W A R) y = R A' S D^-1 rhs,
                                                          R = E^1/2, W = S D^-1 S'
2. the same again with Mehrotra's correction
3. a step of 0.995 of the way to the nearest bound, the same for z, lambda and mu, so that the first equation stays true
stop: lambda . z + mu . w, which bounds the duality gap, small. Variables nearer to a bound than its multiplier is to
zero are put on it.

References: Mehrotra (1992), On the Implementation of a Primal-Dual Interior Point Method. Ferris & Munson (2002),
Interior-Point Methods for Massive Support Vector Machines.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

_FEW_FEATURES = 500
_STEPS = 60
_GAP = 1e-11
_SHORT = 0.995


def interior(output, state):
    """The dual variables of the optimum, very nearly; None where this road is closed or long.

    Parameters
    ----------
    output : Output
    state : State

    Returns
    -------
    ndarray of shape (n_samples,) or None
    """
    n, p = output.design.n_samples, output.design.n_features
    if output.loss.smooth or p > _FEW_FEATURES or n <= p:
        return None
    box = Box.of(output.form, output.offset)
    if len(box.rows) == 0:
        return None
    inside = Inside(output, box)
    for _ in range(_STEPS):
        if inside.gap <= _GAP * inside.size or not inside.step():
            break
    return box.beta(inside.snapped())


class Box(NamedTuple):
    """What z is: ``beta = base + sign * z`` summed by rows, ``0 <= z <= most``, its linear gain q.

    Attributes
    ----------
    rows, sign, most, gain : ndarray of shape (n_variables,)
    base : ndarray of shape (n_samples,)
    """

    rows: np.ndarray
    sign: np.ndarray
    most: np.ndarray
    gain: np.ndarray
    base: np.ndarray

    @classmethod
    def of(cls, form, offset):
        """One variable between the bounds; two where the dual has a kink at zero."""
        r = form.target - offset
        if form.epsilon == 0:
            rows = np.flatnonzero(form.upper > form.lower)
            return cls(rows, np.ones(len(rows)), (form.upper - form.lower)[rows], r[rows], form.lower.copy())
        up, down = np.flatnonzero(form.upper > 0), np.flatnonzero(form.lower < 0)
        rows, sign = np.append(up, down), np.append(np.ones(len(up)), -np.ones(len(down)))
        most = np.append(form.upper[up], -form.lower[down])
        return cls(rows, sign, most, sign * r[rows] - form.epsilon, np.zeros(len(r)))

    def gather(self, values):
        """Signed sums by rows: (n_samples,)."""
        return np.bincount(self.rows, self.sign * values, minlength=len(self.base))

    def spread(self, values):
        """Of each variable its row's value, signed."""
        return self.sign * values[self.rows]

    def beta(self, z):
        """The dual variables."""
        return self.base + self.gather(z)


class Inside:
    """A point inside the box with its multipliers.

    Parameters
    ----------
    output : Output
    box : Box
    """

    def __init__(self, output, box):
        self._design, self._box, self._level = output.design, box, output.level > 0
        self._root = np.sqrt(np.append(output.spread, output.level) if self._level else output.spread)
        self.z = box.most / 2
        self._look()
        middle = np.abs(self.g).mean() + np.finfo(np.float64).tiny
        self.lower, self.upper = np.maximum(self.g, 0.0) + middle, np.maximum(-self.g, 0.0) + middle

    @property
    def w(self):
        """Distances from the upper bounds."""
        return self._box.most - self.z

    @property
    def gap(self):
        """Sum of the products that end at zero."""
        return float(self.lower @ self.z + self.upper @ self.w)

    def _look(self):
        """g, and the size of the objective, at z."""
        pull = self._pull(self._box.beta(self.z))
        self.g = self._box.spread(self._predict(pull)) - self._box.gain
        self.size = float(pull @ pull / 2 + np.abs(self._box.gain) @ np.minimum(self.z, self.w))

    def _pull(self, beta):
        """``R A' beta``."""
        pull = self._design.rmatvec(beta[:, np.newaxis])[0]
        return self._root * (np.append(pull, beta.sum()) if self._level else pull)

    def _predict(self, direction):
        """``A R direction``."""
        direction = self._root * direction
        slopes = direction[np.newaxis, : self._design.n_features]
        return self._design.matvec(slopes)[:, 0] + (direction[-1] if self._level else 0.0)

    def step(self):
        """Steps 1 to 3; False where floating point ends them."""
        z, w, lower, upper, box = self.z, self.w, self.lower, self.upper, self._box
        if min(z.min(), w.min(), lower.min(), upper.min()) <= 0:
            return False
        scale = 1 / (lower / z + upper / w)
        sandwich = self._design.sandwich_with_ones if self._level else self._design.sandwich
        matrix = sandwich(np.bincount(box.rows, scale, minlength=len(box.base)))
        matrix = self._root[:, np.newaxis] * matrix * self._root
        matrix.flat[:: len(matrix) + 1] += 1.0
        try:
            factor = cho_factor(matrix, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError:
            return False

        def solve(at_lower, at_upper):
            """dz, dlambda, dmu where ``lambda z`` is to become ``at_lower``, ``mu w`` ``at_upper``, to first order."""
            rhs = at_lower / z - at_upper / w - self.g
            along = cho_solve(factor, self._pull(box.gather(scale * rhs)), check_finite=False)
            dz = scale * (rhs - box.spread(self._predict(along)))
            return dz, (at_lower - lower * dz) / z - lower, (at_upper + upper * dz) / w - upper

        t = self.gap / (2 * len(z))
        dz, dlower, dupper = solve(0.0, 0.0)
        length = self._room(dz, dlower, dupper)
        left = (lower + length * dlower) @ (z + length * dz) + (upper + length * dupper) @ (w - length * dz)
        t *= max(left / (2 * len(z) * t), 0.0) ** 3
        dz, dlower, dupper = solve(t - dz * dlower, t + dz * dupper)
        length = min(1.0, _SHORT * self._room(dz, dlower, dupper))
        if not np.isfinite(length) or length < 1e-8:
            return False
        self.z, self.lower, self.upper = z + length * dz, lower + length * dlower, upper + length * dupper
        self._look()
        return True

    def _room(self, dz, dlower, dupper):
        """How far a step may go until something is zero; 1 at most."""
        pairs = ((self.z, dz), (self.w, -dz), (self.lower, dlower), (self.upper, dupper))
        least = [np.min(np.where(d < 0, value / -np.where(d < 0, d, -1.0), np.inf)) for value, d in pairs]
        return min(1.0, *least)

    def snapped(self):
        """z, with what stands at a bound put on it."""
        most = self._box.most
        scale = (self.lower + self.upper).mean()
        z = np.where(self.z * scale < self.lower * most, 0.0, self.z)
        return np.where(self.w * scale < self.upper * most, most, z)
