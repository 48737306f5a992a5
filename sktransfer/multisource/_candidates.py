"""Fits among which held-out rows decide: of pools, and of the target's rows around the best pool's fit.

    pool j      theta_j = argmin  losses of the target's and pool j's rows + penalty(theta)
    debiased    theta_d = argmin  losses of the target's rows + penalty(theta - c theta_best)

c is the factor with which the best pool's slopes fit the target's rows best: penalties that pull to zero have made the
slopes too small, and effects that are the same in all domains but for their size differ by this factor alone.
"""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sktransfer._base._joined import Joined
from sktransfer.joint._lots import Weighed
from sktransfer.multisource._pools import Model, lots_of


class Candidate(NamedTuple):
    """A way to fit, and how it did on held-out rows.

    Attributes
    ----------
    kind : {"target", "pooled", "debiased"}
    trial : Trial
    fit : callable
        Without arguments: the estimator fitted so to all rows.
    """

    kind: str
    trial: object
    fit: object


class Fitter:
    """The estimator fitted to all rows at the strength of a trial.

    Parameters
    ----------
    estimator : LinearTransfer
    pools : Pools
    found : list of Weighed
    X, y, sample_weight : the target's rows
    """

    def __init__(self, estimator, pools, found, X, y, sample_weight):
        self._estimator, self._pools, self._found = estimator, pools, found
        self._X, self._y, self._weight = X, y, sample_weight

    def pooled(self, trial):
        """The target's rows and those of the trial's sources."""
        few = self._pools.few(trial.members)
        members = [self._found[place] for place in trial.members] if few is None else [Weighed(few, 1.0)]
        lots = lots_of(members, self._X, self._y, self._weight)
        strength = self._pools.parameter(trial.strength, trial.members)
        return self._twin(strength).fit(Joined(lots), self._y)

    def rescaled(self, model):
        """A fitted model times the factor that fits the target's rows best."""
        return self._on_target([model], self._estimator._strength_parameter.of(np.inf))

    def around(self, trial, centre):
        """The target's rows, pulled towards a fitted model."""
        return self._on_target(centre, self._pools.parameter(trial.strength, trial.members, fitted_to_target=True))

    def _on_target(self, source, strength):
        extra = {} if self._weight is None else {"sample_weight": self._weight}
        return self._twin(strength).set_params(source=source).fit(self._X, self._y, **extra)

    def _twin(self, strength):
        return clone(self._estimator).set_params(**{self._estimator._strength_parameter.name: strength})


def candidates(search, fitter, debias):
    """All ways to fit.

    Parameters
    ----------
    search : Search
    fitter : Fitter
    debias : bool

    Returns
    -------
    (estimator, list of Candidate)
        The fit of the pool of the lowest held-out loss first.
    """
    best = min(search.trials, key=search.mean)
    pooled = fitter.pooled(best)
    found = [
        Candidate(
            "pooled" if trial.members else "target",
            trial,
            lambda trial=trial: pooled if trial is best else fitter.pooled(trial),
        )
        for trial in search.trials
    ]
    if debias and best.members:
        centre = fitter.rescaled(pooled)
        trial = search.held_out.around(best, Model(np.atleast_2d(centre.coef_), np.ravel(centre.intercept_)))
        found.append(Candidate("debiased", trial, lambda: fitter.around(trial, centre)))
    return pooled, found
