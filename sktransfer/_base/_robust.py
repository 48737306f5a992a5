"""A prior that lets go of the source where the rows speak against it.

    prior(theta) = w N(theta | source)  +  (1 - w) N(theta | vague)                          (Schmidli et al. 2014)

    source   the twin's own prior: its strength, metric and pull of the intercept
    vague    about zero: it says as much of a row's predictor as that row itself, Var(x . theta) = 1 / v on average, v
             the information of a row about its predictor (1 over the noise variance; 1 / 4 for labels; the mean count):
             in units of each feature's standard deviation the precision is v * n_features, the intercept is free. Or it
             is as weak as the source's own pull, where that is weaker still, so that a pull of zero is the target alone

With one feature this is the unit-information prior; with more, one row's information in each direction would foretell
predictors all over the place and, with few rows, fit noise.

The posterior of a mixture is the mixture of the components' posteriors, with new weights

    p = w Z_source / (w Z_source + (1 - w) Z_vague)        Z: see :mod:`sktransfer._base._evidence`

and its mean is what is published: ``theta = p theta_source + (1 - p) theta_vague``, both of them the twin's ordinary
fits, convex and certified. The posterior's mode would be one of several stationary points, would jump from one to the
other as rows come in, and sees the height of a bump, not its mass. For squared loss the mean is exact, for others
(modes for the components' means) up to Laplace's error.

Classes that no target row shows keep the source's coefficients in both components: nothing speaks against them.

References
----------
Schmidli, Gsteiger, Roychoudhury, O'Hagan, Spiegelhalter & Neuenschwander (2014), Robust meta-analytic-predictive priors
in clinical trials with historical control information. Kass & Wasserman (1995), A reference Bayesian test for nested
hypotheses and its relationship to the Schwarz criterion: unit information.
"""

import copy
from dataclasses import replace
from numbers import Real

import numpy as np
from scipy.special import expit, logsumexp

from sktransfer._base._evidence import log_evidence
from sktransfer._base._start import start_from
from sktransfer._base._strength_grid import natural_strength
from sktransfer._utils._compat import Interval
from sktransfer.sources._source import changed


class RobustPrior:
    """Mixin of the smooth twins: ``source_probability``, w of the formula above."""

    _parameter_constraints: dict = {"source_probability": [Interval(Real, 0, 1, closed="both")]}
    _parts = ()  # (share, fitted twin) of each component

    def _doubts(self, source):
        """Whether there is a source, and any doubt about it."""
        return self.source_probability < 1 and not source.is_null

    def _pose(self, rows, source, factors=None):
        if self._doubts(source):
            self._require_gaussian(rows)
        return super()._pose(rows, source, factors)

    def _require_gaussian(self, rows):
        """Refuse what has no Gaussian posterior to be weighed."""
        bounded = getattr(self, "positive", False)
        reasons = {
            "a penalty of absolute values has no Gaussian posterior: take l1_ratio=0": self._has_kinks,
            "coefficients with bounds have no Gaussian posterior: take positive=False": bounded,
            "sums of a source's rows stand beside its prior: give the rows themselves": bool(rows.sums),
        }
        for reason, hit in reasons.items():
            if hit:
                raise ValueError(
                    f"{type(self).__name__} cannot weigh source_probability={self.source_probability!r}: {reason}; or "
                    "source_probability=1."
                )

    def _against_blocks(self, source):
        reason = super()._against_blocks(source)
        if reason is None and not self._quadratic and self._doubts(source):
            return "source_probability below 1 is weighed by losses row by row"
        return reason

    def _log_evidence(self, source, rows):
        found = super()._log_evidence(source, rows)
        if not self._doubts(source):
            return found
        twin, problem = self._vague(rows, self._pose(rows, source))
        weights = self.source_probability, 1 - self.source_probability
        return float(logsumexp([found, twin._evidence_of(problem)], b=weights))

    def _vague(self, rows, informed):
        """(twin, problem) of the component without the source, given the problem of the other one."""
        twin, strength = copy.copy(self), self._strength_parameter
        twin.metric, twin.intercept_penalty, twin.source_probability = "scale", 0.0, 1.0
        setattr(twin, strength.name, strength.of(1.0))
        coef = np.where(rows.shown[:, np.newaxis], 0.0, informed.source.coef)
        problem = twin._pose(rows, changed(informed.source, coef=coef, members=None))
        copied = np.any(np.isinf(self._strength(coef.shape)))
        worth = min(float(coef.shape[1]), np.inf if copied else _worth(informed.objective))
        return twin, problem._replace(objective=_times(problem.objective, worth / _worth(problem.objective)))

    def _publish(self, result, point, problem, rows):
        self._parts = ()
        super()._publish(result, point, problem, rows)
        self.source_probability_ = 0.0 if problem.source.is_null else 1.0
        if self._doubts(problem.source):
            informed = copy.copy(self)
            vague, other = self._vague(rows, problem)
            vague._publish_parameters(vague._solve(other, None)[0], other)
            gain = log_evidence(problem.objective, result.theta) - log_evidence(other.objective, vague.result_.theta)
            self._weigh(informed, vague, gain, problem, rows)

    def _weigh(self, informed, vague, gain, problem, rows):
        """Publish the mean of both components; ``gain`` is the source's log-evidence above the other's."""
        with np.errstate(divide="ignore"):
            share = float(expit(np.log(self.source_probability) - np.log1p(-self.source_probability) + gain))
        self.source_probability_ = share
        parts = (share, informed), (1 - share, vague)
        self._parts = tuple((part, each) for part, each in parts if part > np.finfo(np.float64).eps)
        for name in ("coef_", "intercept_"):
            parts = [np.asarray(getattr(each, name), dtype=np.float64) for _, each in self._parts]
            mean = sum(part * value for (part, _), value in zip(self._parts, parts, strict=True))
            setattr(self, name, mean.astype(np.asarray(getattr(informed, name)).dtype)[()])
        self.delta_ = self.coef_ - self.source_coef_
        self.effective_sample_size_ = _shared_worth(share, informed.effective_sample_size_, rows.sample_weight.sum())
        theta = problem.join(np.atleast_2d(self.coef_).astype(np.float64), np.ravel(self.intercept_))
        self.result_ = _joint_result(informed.result_, vague.result_, theta)

    def _penalty_over(self, rows):
        return None if self._parts else super()._penalty_over(rows)

    def _posterior_precision(self, coef, intercept, X, y, sample_weight):
        """The components' own, weighed by their shares: what lies between them is not in it."""
        if not self._parts:
            return super()._posterior_precision(coef, intercept, X, y, sample_weight)
        found = [each._precision_here(X, y, sample_weight) for _, each in self._parts]
        shares = [share for share, _ in self._parts]
        return sum(share * each[0] for share, each in zip(shares, found, strict=True)), found[0][1]

    def _precision_here(self, X, y, sample_weight):
        coef = np.atleast_2d(np.asarray(self.coef_, dtype=np.float64))
        return self._posterior_precision(coef, np.ravel(self.intercept_), X, y, sample_weight)


def _worth(objective):
    """The prior's precision of a slope over one row's information about it, where predictors are all alike."""
    if not np.any(objective.prior_diagonal()[: objective.layout.n_coefs]):
        return 0.0
    start = start_from(objective, np.zeros(objective.layout.n_params))
    return objective.total_weight / natural_strength(objective, start)


def _times(objective, factor):
    """The objective with its priors ``factor`` times as strong."""
    weighed = copy.copy(objective)
    weighed.priors = [prior.times(factor) for prior in objective.priors]
    return weighed


def _shared_worth(share, n_source, n_rows):
    """Rows that the source is worth in ``share`` of a mean, where it makes up ``n / (n + n_rows)`` of its own fit."""
    pull = share * (1.0 if np.isinf(n_source) else n_source / (n_source + n_rows))
    return float(n_rows * np.divide(pull, 1 - pull)) if pull < 1 else np.inf


def _joint_result(first, second, theta):
    """The certificate of two fits whose mean is ``theta``: the poorer of both."""
    poorer = first if first.certificate >= second.certificate else second
    met, n_iter = first.converged and second.converged, first.n_iter + second.n_iter
    return replace(poorer, theta=theta, converged=met, n_iter=n_iter, measure=f"{poorer.measure}, of two components")
