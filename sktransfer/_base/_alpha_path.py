"""Smooth losses along alpha: L = alpha L_s + (1 - alpha) L_t + prior at one strength.

    1. some alphas are solved on a part of the source's rows, and better by a step with the gradient of all; there one
       visit to all rows gives the Hessian, and as many more are put in between as its change along the path asks for
    2. from the largest alpha to the smallest: Newton steps on the target's rows as they are and the source as the last
       gradient and the Hessians around tell it (``_source_terms.py``), then the true gradient at their end, and again
    stop: max |true gradient| / sum of weights <= tol; what does not get there is solved by an ordinary solver
    3. the source stands for itself to second order, as a prior, and each target row is left out of the rest

The Hessian of step 3 lies between those of two anchors, which differ by `_DRIFT` at most unless no alpha lies between
them: mean held-out losses move by less than a thousandth (``tests/base/test_alpha_grid.py``).
"""

import copy

import numpy as np

from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer._base._source_terms import Between, SourceTerms
from sktransfer._priors import DensePrecision, QuadraticPrior
from sktransfer._solvers import Factor, choose_solver
from sktransfer._solvers._linear_algebra import regularise

_DRIFT = 0.1
_ROWS_PER_PARAMETER = 100
_LEAST_STEP = 4
_TOL_OF_A_PART = 1e-4
_VISITS = 6
_MODEL_STEPS = 20
_MAX_ITER = 100


class AlphaPath:
    """An alpha-weighted objective of smooth losses, ready for any alpha.

    Parameters
    ----------
    objective : Objective
        The target's term first, no term multiplied by its share; any smooth priors.
    units : (float, float)
        What the priors are multiplied with beside the target's and the sources' terms.
    tol : float
        On ``max |gradient| / sum of weights``.
    """

    def __init__(self, objective, units, tol):
        self._objective, self._units, self._tol = objective, units, tol
        self._target, *sources = objective.terms
        self._sources = SourceTerms(sources, objective.layout)
        self._weights = self._target.total_weight, sum(term.total_weight for term in sources)
        self._part = self._some_rows(sources)
        self._shifts = objective.drop(objective.gauge)

    def held_out(self, alphas, start):
        """Each target row's predictor by the fit without it.

        Parameters
        ----------
        alphas : ndarray of shape (n_alphas,)
            Above 0, at most 1, ascending.
        start : ndarray of shape (n_params,)

        Returns
        -------
        ndarray of shape (n_alphas, n_samples, n_outputs)
        """
        return np.stack([held_out_predictions(objective, theta) for objective, theta in self.minimisers(alphas, start)])

    def minimisers(self, alphas, start):
        """For each alpha the objective with its sources to second order, and the minimiser: (Objective, theta)."""
        with np.errstate(over="ignore", invalid="ignore"):  # far from the rows, where nothing stays
            return self._minimisers(alphas, start)

    def _minimisers(self, alphas, start):
        anchors = self._anchors(alphas, start)
        places, found = sorted(anchors), []
        known = anchors[places[-1]]
        for place in reversed(range(len(alphas))):
            above = int(np.searchsorted(places, place))
            between = Between(anchors[places[max(above - 1, 0)]], anchors[places[above]])
            known = self._minimised(alphas[place], between, anchors.get(place, known))
            found.append((self._local(alphas[place], known), known.theta))
        return found[::-1]

    def _minimised(self, alpha, between, known):
        """What is known of the sources at the minimiser: an Anchor."""
        best = np.inf
        for _ in range(_VISITS):
            theta = self._modelled(alpha, between, known)
            if theta is None:
                break
            following = between.known(theta, self._sources.gradient(theta))
            certificate = self._certificate(self._local(alpha, following).at(theta), alpha)
            if certificate <= self._tol:
                return following
            if not certificate < best:
                break
            known, best = following, certificate
        return self._sources.anchor(self._solved(alpha, self._objective.terms[1:], known.theta, self._tol))

    def _modelled(self, alpha, between, known):
        """The minimiser as far as an anchor nearby tells it; None where that is nowhere."""
        theta, guess = known.theta, known
        for _ in range(_MODEL_STEPS):
            local = self._local(alpha, guess)
            point = local.at(theta)
            if self._certificate(point, alpha) <= self._tol:
                break
            theta = self._following(point)
            if theta is None:
                return None
            guess = between.guess(known, theta)
        return theta

    def _some_rows(self, sources):
        """Some of the sources' rows, weighing as much as all; None where they are few."""
        n_samples = sum(term.design.n_samples for term in sources)
        step = n_samples // (_ROWS_PER_PARAMETER * max(self._objective.n_free, 1))
        parts = [term.every(step) for term in sources] if step >= _LEAST_STEP else [None]
        return None if any(part is None for part in parts) else parts

    def _weighed(self, alpha, sources):
        """The objective at ``alpha`` with these source terms."""
        result = copy.copy(self._objective)
        target, factor = _times(self._target, 1 - alpha), self._factor(alpha)
        result.terms = [target, *(_times(term, alpha) for term in sources)]
        result.priors = [prior.times(factor) for prior in self._objective.priors]
        result.__dict__.pop("total_weight", None)
        result.constant_hessian = result.reduction = None
        return result

    def _factor(self, alpha):
        return (1 - alpha) * self._units[0] + alpha * self._units[1]

    def _anchors(self, alphas, start):
        """Anchors by the places of their alphas: both ends and what is needed in between."""
        last = len(alphas) - 1
        anchors = {}

        def add(place, theta):
            anchors[place] = self._nearly(alphas[place], theta)

        add(last, start)
        if last > 0:
            add(0, anchors[last].theta)
        intervals = [(0, last)]
        while intervals:
            low, high = intervals.pop()
            if high - low > 1 and self._drift(alphas[high], anchors[low], anchors[high]) > _DRIFT:
                middle = (low + high) // 2
                add(middle, anchors[high].theta)
                intervals += [(low, middle), (middle, high)]
        return anchors

    def _drift(self, alpha, first, second):
        """How much any parameter's curvature at ``alpha`` changes with the sources', from one anchor to another."""
        before, after = (self._local(alpha, anchor).at(second.theta).hessian().diagonal() for anchor in (first, second))
        larger = np.where(np.maximum(before, after) > 0, np.maximum(before, after), 1.0)
        return float(np.max(np.abs(before - after) / larger, initial=0.0))

    def _nearly(self, alpha, start):
        """An anchor at the minimiser, as far as some of the sources' rows and one gradient of all can tell that."""
        if self._part is None:
            return self._sources.anchor(self._solved(alpha, self._objective.terms[1:], start, self._tol))
        theta = self._solved(alpha, self._part, start, max(self._tol, _TOL_OF_A_PART))
        of_part = SourceTerms(self._part, self._objective.layout).anchor(theta)
        point = self._local(alpha, of_part._replace(gradient=self._sources.gradient(theta))).at(theta)
        following = self._following(point)
        if following is not None:
            anchor = self._sources.anchor(following)
            certificate = self._certificate(self._local(alpha, anchor).at(following), alpha)
            if certificate <= max(self._certificate(point, alpha), self._tol):
                return anchor
        return self._sources.anchor(theta)

    def _solved(self, alpha, sources, start, tol):
        """The minimiser by an ordinary solver."""
        whole = self._weighed(alpha, sources)
        return choose_solver("auto", whole).solve(whole, start, tol=tol, max_iter=_MAX_ITER).theta

    def _local(self, alpha, anchor):
        """The objective at ``alpha`` with its sources to second order around an anchor."""
        result = self._weighed(alpha, [])
        precision = DensePrecision(alpha * anchor.hessian)
        result.priors.append(QuadraticPrior(anchor.theta, alpha * anchor.gradient, precision))
        return result

    def _certificate(self, point, alpha):
        """``max |gradient| / sum of weights``, the sources' included."""
        total = (1 - alpha) * self._weights[0] + alpha * self._weights[1]
        return np.max(np.abs(point.gradient), initial=0.0) / total

    def _following(self, point):
        """Where a Newton step leads; None where that is nowhere."""
        hessian = point.hessian()
        regularise(hessian, self._shifts)
        if not (np.all(np.isfinite(point.gradient)) and np.all(np.isfinite(hessian))):
            return None
        theta = point.objective.theta(point.u - Factor(hessian, overwrite=True).solve(point.gradient))
        return theta if np.all(np.isfinite(theta)) else None


def _times(term, factor):
    """A term with its weights multiplied."""
    result = copy.copy(term)
    result.weight = factor * term.weight
    return result
