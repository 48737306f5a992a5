"""Squared loss of one output and a penalty with kinks, in the coordinates that coordinate descent moves in.

    P(d) = ||y - X d||^2 / 2 + sum_j h_j(d_j)
    h_j(d) = a_j |d| + b_j (d - m_j)^2 / 2,  d >= low_j

d = theta - centre; rows are multiplied by sqrt(w); a free intercept is taken out by centring X and y, one with a
penalty is a column of ones more. The squares are p more rows, sqrt(b_j) d_j for sqrt(b_j) m_j, whose residuals are
-sqrt(b_j) (d_j - m_j): with these, u_j = x_j'r - b_j (d_j - m_j), and the dual objective D at s times all residuals,
s the largest number up to 1 for which |s u_j| <= a_j, leaves the gap

    P(d) - D = (1 - s)^2 (||r||^2 + sum_j b_j (d_j - m_j)^2) / 2 + sum_j [a_j |d_j| - s u_j d_j]

which is scikit-learn's, and a sum of terms that are not negative, so that no digits cancel. A bound adds its share to
the bracket; what free columns explain of r is taken out of the dual point.

References
----------
Ndiaye, Fercoq, Gramfort & Salmon (2017), Gap Safe Screening Rules for Sparsity Enforcing Penalties.
Fercoq, Gramfort & Salmon (2015), Mind the duality gap: safer rules for the Lasso.
"""

from functools import cached_property

import numpy as np


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
        centre, p = prior.centre[self.at], layout.n_features
        self.centres = bool(layout.fit_intercept and not (prior.l1[self.at[-1]] or prior.l2[self.at[-1]]))
        self.has_ones = layout.fit_intercept and not self.centres
        moved = self.at[: p + self.has_ones]
        self.a, self.b = prior.l1[moved], prior.l2[moved]
        self.m = (prior.l2_centre - prior.centre)[moved]
        low = np.full(len(moved), -np.inf) if objective.lower is None else objective.lower[moved]
        self.low = low - prior.centre[moved]
        self._centre = centre
        self._target(term, k, layout)
        self._moments(p)

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
    def penalty(self):
        """(a, b, m, low) of all columns."""
        return self.a, self.b, self.m, self.low

    @cached_property
    def free(self):
        """Columns without a penalty, those that are constant aside."""
        return np.flatnonzero((self.a == 0) & (self.b == 0) & (self.norms > 0))

    @cached_property
    def resting(self):
        """Where columns stand that no row speaks for: argmin h."""
        with np.errstate(invalid="ignore", divide="ignore"):
            pulled = np.where(self.b > 0, _soft(self.b * self.m, self.a) / self.b, 0.0)
        return np.maximum(pulled, self.low)

    def start(self, theta):
        """d at the parameters ``theta`` of all outputs, within the bounds; constant columns at rest."""
        moved = len(self.a)
        d = np.maximum(theta[self.at[:moved]] - self._centre[:moved], self.low)
        return np.where(self.norms > 0, d, self.resting)

    def theta(self, d):
        """(positions, parameters): a free intercept is what is left of the mean."""
        moved = len(self.a)
        values = self._centre.copy()
        values[:moved] += d
        if self.centres:
            values[-1] = self.level - float(self.mean @ d)
        return self.at, values

    def slopes(self, residual):
        """``X' residual``: one pass over the rows."""
        total = float(self.root @ residual)
        inner = self.design.rmatvec((self.root * residual)[:, np.newaxis])[0] - self.mean * total
        slopes = np.append(inner, total) if self.has_ones else inner
        return np.where(self.norms > 0, slopes, 0.0)

    def primal(self, d, residual):
        """P(d)."""
        penalty = self.a * np.abs(d) + 0.5 * self.b * (d - self.m) ** 2
        return 0.5 * float(residual @ residual) + float(penalty.sum())

    def gap(self, d, residual, v, slopes):
        """(P(d) - D, s), D being the dual at s times v and the squares' own residuals.

        Parameters
        ----------
        d : ndarray of shape (n_columns,)
        residual, v : ndarray of shape (n_samples,)
            v: orthogonal to the free columns.
        slopes : ndarray of shape (n_columns,)
            ``X' v``.
        """
        pulled = self.pulled(d, slopes)
        s = self._feasible_scale(pulled)
        slack, squares = residual - s * v, self.b * (d - self.m) ** 2
        best = np.maximum(np.where((s * pulled < -self.a) & (self.low > -np.inf), self.low, 0.0), self.low)
        terms = self.a * (np.abs(d) - np.abs(best)) - s * pulled * (d - best)
        terms[self.free] = 0.0
        gap = 0.5 * float(slack @ slack) + 0.5 * (1 - s) ** 2 * float(squares.sum()) + float(terms.sum())
        return max(0.0, gap), s

    def pulled(self, d, slopes):
        """Minus the derivative of all but the absolute values: at rest where it is not above a."""
        return slopes - self.b * (d - self.m)

    def _feasible_scale(self, pulled):
        size = np.where(self.low == -np.inf, np.abs(pulled), pulled)
        above = (self.a > 0) & (size > self.a)
        return min(1.0, float(np.min(self.a[above] / size[above], initial=1.0)))

    def at_rest(self, d, slopes, s, gap):
        """Columns that are at zero at the optimum, as far as a gap at s tells.

        The dual optimum is within sqrt(2 gap), D being strongly concave.
        """
        reach = np.sqrt(2 * gap * (self.norms + self.b))
        pulled = s * self.pulled(d, slopes)
        size = np.where(self.low == 0, pulled, np.abs(pulled))
        return (self.low <= 0) & (size + reach < self.a)


def _soft(t, a):
    return np.sign(t) * np.maximum(np.abs(t) - a, 0.0)
