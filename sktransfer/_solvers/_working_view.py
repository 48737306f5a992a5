"""An objective's losses seen through some features only, the others standing where they are.

    eta = rest + (X_J - mean_J) theta_J + level,      rest = eta_0 - what J and the intercept stand for at the start

Features are shifted by their means where the intercepts are free: that changes these alone.
"""

import copy

import numpy as np

from sktransfer._designs import ScaledDesign, as_design
from sktransfer._objective import Objective
from sktransfer._priors import Held

_PRODUCTS_UP_TO = 800


def middle(objective, kinks):
    """(means that features are shifted by (n_features,), squared norms of each free coordinate's column).

    Zero means where intercepts are not all free.
    """
    layout = objective.layout
    mean, norms = np.zeros(layout.n_features), np.zeros(layout.n_features)
    weights = [term.weight for term in objective.terms]
    total = sum(float(weight.sum()) for weight in weights)
    intercepts = kinks.own >= layout.n_coefs
    centred = layout.fit_intercept and objective.held is None and np.all(kinks.free[intercepts])
    if centred:
        sums = sum(term.design.rmatvec(term.weight[:, np.newaxis])[0] for term in objective.terms)
        mean = sums / total
    for term in objective.terms:
        norms += term.design.centred_squares(mean, term.weight) if centred else term.design.squares(term.weight)
    rounding = (10 * np.finfo(np.float64).eps * objective.n_samples * mean) ** 2 * total
    norms = np.where(norms <= rounding, 0.0, norms)
    of_coordinate = np.full(len(kinks.own), total)
    of_coordinate[~intercepts] = norms[kinks.own[~intercepts] % layout.n_features]
    return mean if centred else None, of_coordinate


class WorkingView:
    """The problem of one working set.

    Parameters
    ----------
    walk : Walk
    point : Point
        Of the losses, where the walk is.
    features : ndarray of int, or None for all

    Attributes
    ----------
    losses : Objective
        Without priors.
    kinks : Kinks
    d : ndarray
        Where the walk is, in the view's free coordinates.
    columns, shift : ndarray or csc_array of shape (n_samples, n_features), ndarray of shape (n_features,)
        The last term's entries are ``columns - shift``; None where all features are seen.
    """

    def __init__(self, walk, point, features):
        layout = walk.objective.layout
        everything = features is None
        features = np.arange(layout.n_features) if everything else features
        self._layout, self._all = layout._replace(n_features=len(features)), everything
        self._mean = None if walk.mean is None else walk.mean[features]
        slopes = (np.arange(layout.n_outputs)[:, np.newaxis] * layout.n_features + features).ravel()
        rows = np.append(slopes, np.arange(layout.n_coefs, layout.n_params))
        held, self._columns = _held(walk.objective.held, rows)
        self.kinks, self.d = walk.kinks.at(self._columns), walk.d[self._columns].copy()
        self._shift_into()
        self.columns = self.shift = None
        terms = self._terms(walk, point, features, held)
        self.losses = Objective(terms, [] if held is None else [held], fit_intercept=layout.fit_intercept)

    def _shift_into(self):
        """Intercepts as the levels at the features' means, counted from zero."""
        if self._mean is None:
            return
        u = self.kinks.kink + self.d
        coef, intercept = self._layout.split(u)
        self._level = self._layout.split(self.kinks.kink)[1]
        u = self._layout.join(coef, intercept + coef @ self._mean)
        kink = self._layout.join(self._layout.split(self.kinks.kink)[0], 0.0)
        self.kinks, self.d = self.kinks._replace(kink=kink), u - kink
        self.d[: self._layout.n_coefs][coef.ravel() == kink[: self._layout.n_coefs]] = 0.0

    def _terms(self, walk, point, features, held):
        theta = self.kinks.kink + self.d
        theta = theta if held is None else held.theta(theta)
        terms = []
        for term, eta in zip(walk.objective.terms, point.etas, strict=True):
            part = copy.copy(term)
            part.design = self._design(term.design, features)
            if not self._all:
                part.offset = None
                part.offset = eta - part.direction(self._layout, theta)
            terms.append(part)
        return terms

    def _design(self, design, features):
        if self._all:
            return design if self._mean is None else ScaledDesign(design, self._mean, np.ones(len(features)))
        block, shift = design.columns(features)
        shift = shift if self._mean is None else shift + self._mean
        if not design.sparse:
            self.columns, self.shift = np.asfortranarray(block - shift), np.zeros_like(shift)
            return as_design(self.columns)
        self.columns, self.shift = block, shift
        inner = as_design(block)
        return ScaledDesign(inner, shift, np.ones(len(features))) if np.any(shift) else inner

    @property
    def by_columns(self):
        """Whether a model of the losses is better minimised through the columns than through all their products."""
        layout, many = self._layout, self._layout.n_features > _PRODUCTS_UP_TO
        simple = layout.n_outputs == len(self.losses.terms) == 1 and self.losses.held is None
        if not (many and simple) or self.columns is None or np.any(self.kinks.free[: layout.n_features]):
            return False
        return self._mean is not None if layout.fit_intercept else not np.any(self.shift)

    def into(self, whole, d):
        """``whole`` (n_free,) with the view's coordinates at ``d``."""
        result = whole.copy()
        if self._mean is not None:
            coef, _ = self._layout.split(self.kinks.kink + d)
            d = d.copy()
            d[self._layout.n_coefs :] -= coef @ self._mean + self._level
        result[self._columns] = d
        return result


def _held(held, rows):
    """(what is held, of the parameters in ``rows``; its free coordinates among all)."""
    if held is None:
        return None, rows
    basis = held.basis.tocsr()[rows]
    columns = np.unique(basis.indices)
    return Held(held.centre[rows], basis[:, columns]), columns
