"""Held-out losses of a linear twin over alphas and strengths: one problem, posed once at equal shares, and one grid."""

import copy

import numpy as np
from sklearn.base import clone, is_classifier

from sktransfer._base._alpha_grid import held_out_grid
from sktransfer._base._borrowing import Candidate
from sktransfer._base._joined import Joined
from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer._base._linear_borrowing import losses_of
from sktransfer._designs import as_design
from sktransfer._objective import Objective
from sktransfer._solvers import Reduction, dual_refuses
from sktransfer.joint._lots import lots

_TOL = 1e-6


class Family:
    """Candidates that differ in alpha and strength only.

    Parameters
    ----------
    model : AlphaWeighted
        Of a linear twin whose problem depends on alpha by weights alone.
    members : list of Weighed
        Its sources.
    params : dict
        What to set on the twin.
    data : (X, y, sample_weight)
        The target's rows.
    """

    def __init__(self, model, members, params, data):
        self._model, self._members, self._data = model, members, data
        self._twin = clone(model.estimator).set_params(**params)
        self._twin.set_params(tol=min(self._twin.tol, _TOL))
        self._strength = self._twin._strength_parameter

    def held_out(self, points):
        """(place, each target row's loss) of points (place, alpha, strength), in any order."""
        alone, inside, rest = [], [], []
        for point in points:
            _, alpha, strength = point
            regular = self._has_rows and 0 < strength < np.inf and (alpha < 1 or self._labels_alike)
            (alone if alpha == 0 else inside if regular else rest).append(point)
        yield from self._target_alone(alone)
        if inside:
            yield from self._grid(inside)
        for place, alpha, strength in rest:
            yield place, self._one(alpha, self._strength.of(strength))

    @property
    def _has_rows(self):
        """Whether all sources have rows: one known to second order is a prior, fitted at each point anew."""
        return all(member.has_rows for member in self._members)

    @property
    def _labels_alike(self):
        """Whether the sources' rows show the labels of all rows: else a fit to them is another problem."""
        if not is_classifier(self._twin):
            return True
        in_sources = np.unique(np.concatenate([member.labels for member in self._members]))
        return np.array_equal(np.union1d(in_sources, np.unique(np.asarray(self._data[1]))), in_sources)

    def _target_alone(self, points):
        """At alpha = 0: the twin on the target's rows."""
        name = self._strength.name
        candidates = [Candidate("target", {name: self._strength.of(strength)}, (0,)) for _, _, strength in points]
        if candidates:
            losses = self._twin._borrowing.held_out(*self._data, candidates)
            yield from zip([place for place, _, _ in points], losses, strict=True)

    def _grid(self, points):
        """Where the sources count: strengths that meet the same alphas share a grid."""
        objective, start, units = self._posed()
        of_strength, of_alphas = {}, {}
        for place, alpha, strength in points:
            of_strength.setdefault(strength, {})[alpha] = place
        for strength, places in of_strength.items():
            of_alphas.setdefault(tuple(sorted(places)), []).append(strength)
        for alphas, strengths in of_alphas.items():
            etas = held_out_grid(objective, start, alphas, strengths, units, self._twin.tol)
            for strength, of_strength_etas in zip(strengths, etas, strict=True):
                for alpha, eta in zip(alphas, of_strength_etas, strict=True):
                    yield of_strength[strength][alpha], losses_of(objective.terms[0], eta)

    def _posed(self):
        """(objective of one term per lot at full weight, the prior at strength and unit one; start; units)."""
        twin = clone(self._twin).set_params(**{self._strength.name: self._strength.of(1.0)})
        found = [lot._replace(factor=2 * lot.factor) for lot in self._lots(0.5)]
        source, rows = twin._aligned(Joined(found), found[0].y, None)
        problem = twin._pose(rows, source)
        objective, start, unit = *split(problem.objective, problem.start), twin._unit(rows)
        objective.priors = [prior.times(1 / unit) for prior in objective.priors]
        of_target = np.arange(len(rows.weight)) < objective.terms[0].design.n_samples
        units = tuple(
            twin._unit(rows._replace(weight=rows.weight * side, sample_weight=rows.sample_weight * side))
            for side in (of_target, ~of_target)
        )
        return objective, start, units

    def _lots(self, alpha):
        return lots(self._members, *self._data, alpha)

    def _one(self, alpha, value):
        """Losses at one point, from a fit of its own."""
        twin = clone(self._twin).set_params(**{self._strength.name: value})
        found = self._lots(alpha)
        if alpha == 1:
            model = clone(self._model).set_params(alpha=1.0, estimator=twin).fit(*self._data)
            return model._borrowing.row_losses(model, *self._data[:2])
        source, rows = twin._aligned(Joined(found), found[0].y, None)
        objective, theta = split(*twin._minimiser(source, rows))
        return losses_of(objective.terms[0], held_out_predictions(objective, theta))


def split(objective, theta):
    """An objective of stacked rows with one term for each part, and its parameters.

    More features than rows are first brought down to as many dimensions as there are rows, where the prior allows it:
    that depends on no weight.

    Parameters
    ----------
    objective : Objective
        Of one term whose design is a StackedDesign.
    theta : ndarray of shape (n_params,)

    Returns
    -------
    (Objective, ndarray)
    """
    stacked = objective.terms[0].design
    designs, places = stacked.parts, stacked.places
    if objective.layout.n_features > objective.n_samples and dual_refuses(objective) is None:
        reduction = Reduction.of(objective)
        objective, theta = reduction.objective, reduction.start(theta)
        designs = [as_design(reduction.rows[place]) for place in places]
    whole, terms = objective.terms[0], []
    for design, place in zip(designs, places, strict=True):
        term = copy.copy(whole)
        term.design, term.y, term.weight = design, whole.y[place], whole.weight[place]
        term.offset = None if whole.offset is None else whole.offset[place]
        terms.append(term)
    held = [] if objective.held is None else [objective.held]
    return Objective(terms, [*objective.priors, *held], fit_intercept=objective.layout.fit_intercept), theta
