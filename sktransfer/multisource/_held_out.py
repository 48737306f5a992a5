"""Losses of the target's rows under fits that have not seen them, along strengths.

All folds walk side by side, and stop where their mean loss has risen for some strengths: what is weaker still costs
most and predicts worst.
"""

from typing import NamedTuple

import numpy as np

from sktransfer.multisource._folds import keys_of, splits_of
from sktransfer.multisource._pools import Walk

_PATIENCE = 2
_LEAST = 0.01
_NEAR = 0.5


class Trial(NamedTuple):
    """A way to fit, at the strongest penalty that predicts held-out rows nearly as well as the best.

    Attributes
    ----------
    members : list of int
        The sources in the pool.
    strength : float
    losses : ndarray of shape (n_samples,)
        Of each of the target's rows when held out; NaN where it never was.
    models : list of Model
        Of each fold.
    """

    members: list
    strength: float
    losses: np.ndarray
    models: list


class HeldOut:
    """Folds of the target's rows.

    Parameters
    ----------
    pools : Pools
    cv : "auto", int, splitter or iterable
    y : array-like
        As the user gave it: splitters may look at it.
    """

    def __init__(self, pools, cv, y):
        self.pools, n_samples, rows = pools, len(pools.weight), pools.target
        labels = None if rows.classes is None else rows.y
        keys = keys_of(rows.design)
        splits = splits_of(cv, y, labels, keys, pools.weight)
        self._copies = np.unique(keys, return_inverse=True)[1]
        self._tests = [np.bincount(np.arange(n_samples)[test], minlength=n_samples) for _, test in splits]
        self._weights = [pools.weight * _mask(train, n_samples) for train, _ in splits]
        self._times = np.sum(self._tests, axis=0)
        self.weight = np.where(self._times > 0, pools.weight, 0.0)
        if not self.weight.sum() > 0 or not all(weight.sum() > 0 for weight in self._weights):
            raise ValueError("cv holds out no row that has a weight, or all of them. Give it other splits.")

    def pooled(self, members):
        """The fits of the target's rows and some sources': a Trial."""
        return self._trial(members, self.pools.side_by_side(members, self._weights))

    def around(self, trial, centre):
        """The target's rows pulled towards the rescaled models of a trial; ``centre``: that of all rows, rescaled."""
        pools, pairs = self.pools, zip(trial.models, self._weights, strict=True)
        strengths = pools.around(centre, pools.weight).strengths
        walks = [pools.around(pools.rescaled(model, weight), weight, strengths) for model, weight in pairs]
        return self._trial(trial.members, Walk(strengths, zip(*(walk.models for walk in walks), strict=True)))

    def mean(self, losses):
        """The weighted mean over the rows that are held out."""
        kept = self.weight > 0
        return float(np.average(losses[kept], weights=self.weight[kept]))

    def compare(self, losses, others):
        """(mean of the differences, its standard error): copies of a row are one with the sum of their weights.

        m = sum_i w_i d_i / W
        error^2 = k / (k - 1) / W^2 * sum_g (sum_{i in g} w_i (d_i - m))^2,    g = 1..k rows that differ
        """
        kept = self.weight > 0
        difference, weight, copies = (losses - others)[kept], self.weight[kept], self._copies[kept]
        mean, k = np.average(difference, weights=weight), len(np.unique(copies))
        spread = np.sum(np.bincount(copies, weight * (difference - mean)) ** 2)
        return float(mean), float(np.sqrt(spread * k / max(k - 1, 1)) / weight.sum())

    def weights(self, trials):
        """How much each trial counts in their average: exp(-z^2 / 2), z its loss above the lowest in standard errors.

        Parameters
        ----------
        trials : list of Trial

        Returns
        -------
        ndarray of shape (n_trials,)
            They add up to 1; what would be less than a hundredth of the largest is 0.
        """
        best = min(trials, key=lambda trial: self.mean(trial.losses))
        behind, error = np.transpose([self.compare(trial.losses, best.losses) for trial in trials])
        z = np.divide(behind, error, out=np.where(behind > 0, np.inf, 0.0), where=error > 0)
        weights = np.exp(-(z**2) / 2)
        weights[weights < _LEAST] = 0.0
        return weights / weights.sum()

    def _trial(self, members, walk):
        steps = zip(walk.strengths, walk.models, strict=True)
        steps = ((strength, models, self._rows(models)) for strength, models in steps)
        found = [
            Trial(list(members), float(strength), losses, list(models))
            for strength, models, losses in _until_worse(steps, lambda step: self.mean(step[2]))
        ]
        lowest = min(found, key=lambda trial: self.mean(trial.losses))
        return next(trial for trial in found if self._is_near(trial, lowest))

    def _is_near(self, trial, lowest):
        """Whether a loss is within a share of a standard error of the lowest."""
        behind, error = self.compare(trial.losses, lowest.losses)
        return behind <= _NEAR * error

    def _rows(self, models):
        """Each row's mean loss over the folds that hold it out."""
        losses = self.pools.losses(models)
        total = sum(np.where(test > 0, test * losses[:, place], 0.0) for place, test in enumerate(self._tests))
        return np.divide(total, self._times, out=np.full(len(total), np.nan), where=self._times > 0)


def _mask(places, n_samples):
    """How often each row is among these."""
    return np.bincount(np.arange(n_samples)[places], minlength=n_samples).astype(np.float64)


def _until_worse(steps, mean):
    """Steps until some have passed since the lowest mean."""
    lowest, since = np.inf, 0
    for step in steps:
        found = mean(step)
        lowest, since = (found, 0) if found < lowest else (lowest, since + 1)
        yield step
        if since > _PATIENCE:
            return
