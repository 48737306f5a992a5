"""A source becomes a prior of a support vector machine: one number per parameter, in coordinates where its
metric ties no features.

    strength * (sum_j metric_j Delta_j^2 + tau * (intercept - intercept_s)^2) / 2
    tau = 1 / intercept_scaling^2 + intercept_penalty

The twin has no intercept but a constant feature of the value intercept_scaling, whose coefficient u it penalises as any
other: intercept = intercept_scaling * u. That is its first part, towards zero without a source; the second needs one.
"""

import numpy as np

from sktransfer._base import Belief, level_strength, slope_metric
from sktransfer._priors import DiagonalPrecision, GaussianPrior, Held, Layout


def margin_belief(source, coef, intercept, shown, strength, twin):
    """Priors around the source, and what is held.

    Parameters
    ----------
    source : Source
        Aligned.
    coef, intercept : ndarray of shape (n_outputs, n_features) and (n_outputs,)
        The centre, in the coordinates that the problem is posed in.
    shown : ndarray of shape (n_outputs,) of bool
        Classes that some target row shows; the others keep the source's row.
    strength : ndarray of shape (n_outputs, n_features)
        May be infinite: these slopes are held, and the intercept is free.
    twin : estimator
        Its ``metric``, ``intercept_scaling``, ``intercept_penalty`` and ``fit_intercept``.

    Returns
    -------
    Belief
    """
    K = len(coef)
    known = np.asarray(source.alignment.known_classes)
    known = known if len(known) == K else np.array([known.any()])
    pull = np.where(known & (not source.is_null), float(twin.intercept_penalty), 0.0)
    unseen = ~shown & (not source.is_null)
    fitted = np.full(K, bool(twin.fit_intercept)) & ~np.isinf(pull)
    layout = Layout(*coef.shape, bool(fitted.any()))
    finite = np.where(np.isinf(strength), 0.0, strength)
    diagonal = finite.ravel() * _diagonal_metric(twin.metric, layout)
    held = (np.isinf(strength) | unseen[:, np.newaxis]).ravel()
    if layout.fit_intercept:
        own = 1.0 / float(twin.intercept_scaling) ** 2 + np.where(fitted, pull, 0.0)
        diagonal, held = np.append(diagonal, level_strength(strength) * own), np.append(held, ~fitted | unseen)
    centre = layout.join(coef, intercept)
    priors = [GaussianPrior(centre, DiagonalPrecision(diagonal))]
    offset = None if layout.fit_intercept or not np.any(intercept) else intercept
    return Belief(priors + ([Held.at(centre, held)] if held.any() else []), layout, offset)


def tied_metric(metric, n_features):
    """A metric of shape (p, p), checked, to change coordinates with; None for one number per feature."""
    if isinstance(metric, str) or np.shape(metric) != (n_features, n_features):
        return None
    return slope_metric(metric, Layout(1, n_features, False))


def _diagonal_metric(metric, layout):
    """The metric of the slopes as one positive number each: (K * p,); ones where coordinates make it the identity."""
    if isinstance(metric, str) and metric == "fisher":
        raise ValueError(
            "metric='fisher' is for losses with a likelihood, on whose scale a source says how sure it is; a support "
            "vector machine has none. Use metric='scale', or an array of shape (n_features,) or (n_features, "
            "n_features)."
        )
    if tied_metric(metric, layout.n_features) is not None:
        return np.ones(layout.n_coefs)
    diagonal = slope_metric(metric, layout)
    if diagonal.ndim == 2:
        raise ValueError(
            f"metric of shape {np.shape(metric)} ties classes to each other, which support vector machines here fit "
            f"one by one. Give shape ({layout.n_features},) or ({layout.n_features}, {layout.n_features})."
        )
    if not np.all(diagonal > 0):
        raise ValueError(
            "metric must be positive for support vector machines: every feature needs some pull. Give a small number, "
            "such as 1e-6, in place of 0."
        )
    return diagonal
