"""Squared loss of one output and a penalty with kinks, in the coordinates that coordinate descent moves in.

    P(d) = ||y - X d||^2 / 2 + sum_j h_j(d_j)
    h_j(d) = H_j(d) + b_j (d - m_j)^2 / 2,  H_j(d) = a_j |d| + c_j |d - k_j|,  d >= low_j

d = theta - centre, the centre being the stronger of the two kinks, or the bound that it lies below: a_j >= c_j and
low_j <= 0. Rows are multiplied by sqrt(w); a free intercept is taken out by centring X and y, one with a penalty is a
column of ones more. The squares are p more rows, sqrt(b_j) d_j for sqrt(b_j) m_j, whose residuals are
-sqrt(b_j) (d_j - m_j): with these, u_j = x_j'r - b_j (d_j - m_j), and the dual objective D at s times all residuals,
s the largest number up to 1 for which |s u_j| <= a_j + c_j, leaves the gap

    P(d) - D = (1 - s)^2 (||r||^2 + sum_j b_j (d_j - m_j)^2) / 2
               + sum_j [H_j(d_j) - s u_j d_j + sup_z (s u_j z - H_j(z))]

which for one kink is scikit-learn's, and a sum of terms that are not negative, so that no digits cancel. A bound adds
its share to the bracket; what free columns explain of r is taken out of the dual point. The dual optimum is within
sqrt(2 gap) of the dual point, D being strongly concave: a column whose pull is that far from moving it rests.

References
----------
Ndiaye, Fercoq, Gramfort & Salmon (2017), Gap Safe Screening Rules for Sparsity Enforcing Penalties.
Fercoq, Gramfort & Salmon (2015), Mind the duality gap: safer rules for the Lasso.
"""

from functools import cached_property

import numpy as np

from sktransfer._priors import between_kinks


class Shrinkage:
    """The problem of one output.

    Parameters
    ----------
    objective : Objective
        Of one squared loss term and one ElasticNetPrior.
    k : int
        The output.
    """

    def __init__(self, objective, k):
        layout, term, prior = objective.layout, objective.terms[0], objective.priors[0]
        self.design, self.at = term.design, layout.output(k)
        self.root = np.sqrt(term.weight)
        p = layout.n_features
        self.centres = bool(layout.fit_intercept and prior.free[self.at[-1]])
        self.has_ones = layout.fit_intercept and not self.centres
        moved = self.at[: p + self.has_ones]
        low = np.full(len(moved), -np.inf) if objective.lower is None else objective.lower[moved]
        self._place_kinks(prior, moved, low)
        self._target(term, k, layout)
        self._moments(p)
        self.strength = 1.0

    def _place_kinks(self, prior, moved, low):
        """The stronger kink is the origin; below a bound a kink acts as one at the bound does, and costs more."""
        first, l1 = prior.centre[moved], prior.l1[moved]
        second, other_l1 = prior.other_centre[moved], prior.other_l1[moved]
        first, second = np.where(l1 == 0, second, first), np.where(other_l1 == 0, first, second)
        together = first == second
        l1, other_l1 = np.where(together, l1 + other_l1, l1), np.where(together, 0.0, other_l1)
        swap = other_l1 > l1
        self._centre = np.maximum(np.where(swap, second, first), low)
        self._other = np.maximum(np.where(swap, first, second), low)
        self._unit = np.maximum(l1, other_l1), prior.l2[moved], np.minimum(l1, other_l1)
        self._below = float(l1 @ np.maximum(low - first, 0.0) + other_l1 @ np.maximum(low - second, 0.0))
        self.m = prior.l2_centre[moved] - self._centre
        self.k, self.low = self._other - self._centre, low - self._centre

    def penalty(self, at):
        """(a, b, m, low, c, k) of some columns, at the strength."""
        a, b, c = (self.strength * values[at] for values in self._unit)
        return a, b, self.m[at], self.low[at], c, self.k[at]

    @cached_property
    def rest(self):
        """At strength one: (the smallest pull, the largest pull) at which d = 0 is the best, and b m of each column."""
        a, b, c = self._unit
        below = np.where(self.low == 0, -np.inf, -a - np.where(self.k >= 0, c, -c))
        return below, a + np.where(self.k <= 0, c, -c), b * self.m

    def squares(self, d, penalty):
        """``sum b (d - m)^2``: over the columns of ``penalty``, which stand at d, and all others at zero."""
        if not self._has_squares:
            return 0.0
        _, b, m, *_ = penalty
        return self.strength * self._squares_at_zero + float(b @ (d * (d - 2 * m)))

    @cached_property
    def _has_squares(self):
        return bool(np.any(self._unit[1]))

    @cached_property
    def _squares_at_zero(self):
        return float(self._unit[1] @ self.m**2)

    @cached_property
    def _kinks_at_zero(self):
        return float(self._unit[2] @ np.abs(self.k))

    def _target(self, term, k, layout):
        """y at the centre, weighted; its mean taken out where the intercept is free."""
        y = term.y[:, k] - (0.0 if term.offset is None else term.offset[:, k])
        y = y - term.design.matvec(self._centre[np.newaxis, : layout.n_features])[:, 0]
        if self.has_ones:
            y = y - self._centre[-1]
        self.level = float(self.root**2 @ y) / float(self.root @ self.root) if self.centres else 0.0
        self.y = self.root * (y - self.level)
        self.y_squared = float(self.y @ self.y)

    def _moments(self, p):
        """Means that are taken out, and ||x_j||^2."""
        weight = self.root**2
        if self.centres:
            self.mean, variance = self.design.mean_and_variance(weight)
            self.norms = variance * weight.sum()
        else:
            self.mean, self.norms = np.zeros(p), self.design.squares(weight)
        if self.has_ones:
            self.norms = np.append(self.norms, weight.sum())

    @cached_property
    def free(self):
        """Columns without a penalty, those that are constant aside."""
        a, b, _ = self._unit
        return np.flatnonzero((a == 0) & (b == 0) & (self.norms > 0))

    @cached_property
    def resting(self):
        """Where columns stand that no row speaks for: argmin h."""
        a, b, c = self._unit
        best = between_kinks(b * self.m, np.where(b > 0, b, 1.0), a, c, self.k)
        return np.maximum(np.where(b > 0, best, 0.0), self.low)

    def start(self, theta):
        """d at the parameters ``theta`` of all outputs, within the bounds; constant columns at rest."""
        d = np.maximum(theta[self.at[: len(self._centre)]] - self._centre, self.low)
        return np.where(self.norms > 0, d, self.resting)

    def write(self, d, at, theta):
        """Put the parameters into ``theta``, of all outputs; columns that are not in ``at`` stand at zero.

        A kink is met to the last digit; a free intercept is what is left of the mean.
        """
        p = self.design.n_features
        theta[self.at[0] : self.at[0] + p] = self._centre[:p]
        theta[self.at[p : len(d)]] = self._centre[p:]
        theta[self.at[at]] = np.where(d[at] == self.k[at], self._other[at], self._centre[at] + d[at])
        if self.centres:
            theta[self.at[-1]] = self.level - float(self.mean[at] @ d[at])

    def slopes(self, v, at):
        """``(X'v)[at]``."""
        inner = at[at < self.design.n_features] if self.has_ones else at
        total = float(self.root @ v)
        slopes = self.design.chosen_products(self.root * v, inner) - self.mean[inner] * total
        if len(inner) < len(at):
            slopes = np.append(slopes, total)
        return slopes

    def primal(self, d, at, residual):
        """P(d), all columns that are not in ``at`` being at zero."""
        penalty, d = self.penalty(at), d[at]
        a, _, _, _, c, k = penalty
        kinks = float(a @ np.abs(d) + c @ (np.abs(d - k) - np.abs(k)))
        at_zero = self.strength * (self._kinks_at_zero + self._below)
        return 0.5 * float(residual @ residual) + 0.5 * self.squares(d, penalty) + kinks + at_zero
