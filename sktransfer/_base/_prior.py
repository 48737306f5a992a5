"""A source becomes a prior.

    (Delta' S M S Delta + s * intercept_penalty * (intercept - intercept_source)^2) / 2

with S^2 the strengths of the slopes on a diagonal (one number, as a rule) and s the smallest that is not zero. A
strength of infinity holds slopes; an intercept_penalty of infinity, or fit_intercept=False, holds the intercept at the
source's (0 without one). A precision over slopes *and* intercept ("fisher") meets the intercept's own pull tau like
this, S being the Schur complement that leaves the intercept out:

    tau <= 1:  S on the slopes + tau * (the rest of P)         0: intercept free,  1: P itself
    tau >= 1:  P + (tau - 1) * P's own block on the intercept  infinity: intercept held
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from sktransfer._base._metric import slope_metric
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held, Layout


class Belief(NamedTuple):
    """What the priors are, and what they leave to be fitted.

    Attributes
    ----------
    priors : list of Prior
    layout : Layout
    offset : ndarray of shape (n_outputs,) or None
        Intercepts that are not fitted.
    scales : Scales or None
        Factors of the sources, where they are fitted.
    """

    priors: list
    layout: Layout
    offset: object
    scales: object = None


def level_strength(strength):
    """The smallest positive finite strength of each output, else 0: (n_outputs,) for (n_outputs, n_features)."""
    pulled = np.where((strength > 0) & np.isfinite(strength), strength, np.inf)
    least = pulled.min(axis=1, initial=np.inf)
    return np.where(np.isinf(least), 0.0, least)


class BeliefBuilder:
    """Turns an aligned source and the twin's hyper-parameters into priors.

    Parameters
    ----------
    source : Source
        Aligned with the target: ``precision``, ``alignment`` and ``is_null`` are read here.
    coef, intercept : ndarray of shape (n_outputs, n_features) and (n_outputs,)
        The centre, in the coordinates that the problem is posed in.
    strength : ndarray of shape (n_outputs, n_features)
        Penalty per slope on the scale of a plain sum of losses; may be infinite.
    metric : str or array-like
    intercept_penalty : float
    fit_intercept : bool
    shown : ndarray of shape (n_outputs,) of bool
        Classes that some target row shows; all True for regressors.
    unit : float, default=1.0
        What the twin multiplies its hyper-parameter with to get ``strength``: "fisher" is divided by it.
    scales : Scales, default=None
        Factors of the sources, where they are fitted.
    """

    def __init__(
        self,
        source,
        coef,
        intercept,
        strength,
        metric,
        intercept_penalty,
        fit_intercept,
        shown,
        unit=1.0,
        scales=None,
    ):
        self._source = source
        self._coef, self._intercept = coef, intercept
        self._strength = np.broadcast_to(strength, coef.shape)
        self._slopes_held = np.isinf(self._strength)
        self._metric, self._scales = metric, scales
        self._tau = 0.0 if source.is_null else float(intercept_penalty)
        self._shown, self._unit = shown, unit
        self._known_features = np.asarray(source.alignment.known_features)
        known = np.asarray(source.alignment.known_classes)
        self._known = known if len(known) == len(coef) else np.array([known.any()])
        # Of two classes a source must know both to say anything of their difference.
        self._informed = known if len(known) == len(coef) else np.array([known.all()])
        held = np.isinf(self._tau) & self._known
        self._fitted = np.full(len(coef), bool(fit_intercept)) & ~held
        self._layout = Layout(*coef.shape, bool(self._fitted.any()))

    def build(self):
        """The belief.

        Returns
        -------
        Belief
        """
        layout = self._layout
        centre = layout.join(self._coef, self._intercept)
        if isinstance(self._metric, str) and self._metric == "fisher":
            precision = self._fisher_precision()
        else:
            precision = self._metric_precision(slope_metric(self._metric, layout))
        held, more = self._held(centre), []
        if self._scales is not None:
            precision, held, more = self._scaled(precision, held)
        offset = None if layout.fit_intercept or not np.any(self._intercept) else self._intercept
        priors = [GaussianPrior(centre, precision), *more, *([] if held is None else [held])]
        return Belief(priors, layout, offset, self._scales)

    def _scaled(self, precision, held):
        """(precision, Held or None, further priors) with the sources' factors free; unseen classes stay."""
        copied = self._slopes_held.all(axis=1)
        if np.any(self._slopes_held.any(axis=1) & ~copied):
            raise ValueError(
                "strengths that hold some features only (infinite alpha, C of 0) cannot be joined with fitted factors "
                "of the sources. Give source=model in place of source=[model], or finite strengths."
            )
        more = []
        if np.any(copied & self._shown):
            held, more = self._scales.hold(held, self._layout, copied & self._shown)
        if np.any(~copied & self._shown):
            precision = self._scales.free(precision, self._layout, ~copied & self._shown)
        return precision, held, more

    @property
    def _finite_strength(self):
        """Strengths with infinity taken out: what is held needs no prior: (n_outputs * n_features,)."""
        return np.where(self._slopes_held, 0.0, self._strength).ravel()

    @property
    def _level_strength(self):
        """What the intercept's pull is a multiple of: (n_outputs,)."""
        return level_strength(self._strength)

    def _metric_precision(self, metric):
        layout = self._layout
        strength, intercept = self._finite_strength, np.zeros(0)
        if layout.fit_intercept:
            tau = np.where(self._known, self._tau, 0.0)
            intercept = self._level_strength * np.where(np.isinf(tau), 0.0, tau)
        if metric.ndim == 1:
            return DiagonalPrecision(np.append(strength * metric, intercept))
        root = np.sqrt(strength)
        matrix = np.zeros((layout.n_params, layout.n_params))
        matrix[: layout.n_coefs, : layout.n_coefs] = root[:, np.newaxis] * metric * root
        matrix.flat[:: layout.n_params + 1] += np.append(np.zeros(layout.n_coefs), intercept)
        return DensePrecision(matrix)

    def _fisher_precision(self):
        source, layout = self._source, self._layout
        if source.precision is None:
            what = "there is no source" if source.is_null else "this source has no precision"
            raise ValueError(
                f"metric='fisher' needs to know how sure the source is, but {what}. Build one "
                "with Source.from_estimator(model, X=X_source), or from statistics, or use metric='scale'."
            )
        matrix = self._with_intercept_pull(source.precision) / self._unit
        unknown = ~(self._informed[:, np.newaxis] & self._known_features)
        matrix.flat[:: len(matrix) + 1] += np.append(
            unknown.ravel().astype(float), np.zeros(len(matrix) - layout.n_coefs)
        )
        root = np.sqrt(np.append(self._finite_strength, self._level_strength if layout.fit_intercept else []))
        return DensePrecision(root[:, np.newaxis] * matrix * root)

    def _with_intercept_pull(self, precision):
        """The source's precision with the intercept freed, weighed or held as the module's docstring says."""
        slopes = slice(0, self._layout.n_coefs)
        if not self._layout.fit_intercept:
            return precision[slopes, slopes].copy()
        tau, at = self._tau, slice(self._layout.n_coefs, None)
        corner = precision[at, at]
        if tau >= 1:
            matrix = precision.copy()
            if np.isfinite(tau):
                matrix[at, at] += (tau - 1) * corner
            return matrix
        # P = S (+) the part that ties the intercept to the slopes: [B' C^-1 B, B'; B, C]
        cross = precision[slopes, at]
        tied = np.zeros_like(precision)
        tied[slopes, slopes] = cross @ np.linalg.pinv(corner, hermitian=True) @ cross.T
        matrix = np.zeros_like(precision)
        matrix[slopes, slopes] = precision[slopes, slopes] - tied[slopes, slopes]
        if tau > 0:
            tied[slopes, at], tied[at, slopes], tied[at, at] = cross, cross.T, corner
            matrix += tau * tied
        return matrix

    def _held(self, centre):
        """What infinite strengths, held intercepts and classes without rows leave free; None when all is."""
        layout = self._layout
        unseen = ~self._shown & np.array(not self._source.is_null)
        held = (self._slopes_held | unseen[:, np.newaxis]).ravel()
        if not held.any() and (not layout.fit_intercept or self._fitted.all()):
            return None
        if not layout.fit_intercept:
            return Held.at(centre, held)
        base = Held.at(centre, np.append(held, ~self._fitted | unseen))
        if not unseen.any() or self._source.one_vs_rest:
            return base
        return self._tie_unseen(base, unseen)

    def _tie_unseen(self, base, unseen):
        """Intercepts of classes without rows follow the mean of the others: b_u = b_u,s + mean(b - b_s)."""
        layout = self._layout
        intercept = np.arange(layout.n_coefs, layout.n_params)
        tie = sp.lil_array((layout.n_params, layout.n_params))
        tie.setdiag(1.0)
        known = intercept[~unseen & self._known]
        for row in intercept[unseen]:
            tie[row, row] = 0.0
            for column in known:
                tie[row, column] = 1.0 / len(known)
        centre = base.centre.copy()
        source = self._intercept
        centre[intercept[unseen]] = source[unseen] - source[known - layout.n_coefs].mean()
        free = base.basis
        fixed_known = known[np.isin(known, intercept[~self._fitted])]
        centre[intercept[unseen]] += base.centre[fixed_known].sum() / len(known)
        return Held(centre, (tie.tocsr() @ free))
