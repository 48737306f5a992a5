"""Sources known by sums, in a fit with rows: their losses to second order join the priors.

    factor * (gradient . d + d' H d / 2),        d = theta - theta_s

Moments of squared loss need nothing here but a check: they came as rows.
"""

import numpy as np

from sktransfer._base._joined import Joined
from sktransfer._priors import DensePrecision, QuadraticPrior
from sktransfer.sources._knowledge import Family
from sktransfer.sources._merge import arranged


def sums_of(X, rows, estimator):
    """((CurvatureStatistics, factor), ...) of the lots in X that are known by curvature, in the fit's own layout.

    Parameters
    ----------
    X : Joined or any rows
    rows : Rows
        Checked.
    estimator : LinearTransfer

    Raises
    ------
    ValueError
        If sums are of another loss, other classes, or do not say what the fit needs to know.
    """
    found = [(lot.known, lot.who) for lot in X.lots if lot.known is not None] if isinstance(X, Joined) else []
    return tuple(pair for known, who in found for pair in _checked(known, who, rows, estimator))


def _checked(known, who, rows, estimator):
    loss, name, statistics = estimator._loss(rows), type(estimator).__name__, known.source.statistics
    if statistics.kind != "moments":
        statistics = arranged(known.source, None, rows.design.n_features, rows.classes, f"the fit and {who}")
    if statistics.family != Family.of(loss):
        raise ValueError(
            f"{who} was summarised with {statistics.family}, but {name} has {Family.of(loss)}. Summarise its rows with "
            "a model of the same loss."
        )
    if statistics.kind == "moments":
        return []
    blind = {
        f"metric={estimator.metric!r} needs the spread of all rows' features": isinstance(estimator.metric, str)
        and estimator.metric in ("scale", "source"),
        "class_weight needs the labels of all rows": getattr(estimator, "class_weight", None) is not None,
        "a penalty of absolute values (l1_ratio above 0) has no solver beside a quadratic": estimator._has_kinks,
    }
    for reason, hit in blind.items():
        if hit:
            raise ValueError(f"{name} cannot take {who}, known by its curvature only: {reason}. Give its rows.")
    return [(statistics, known.factor)]


def shown_by(sums, shown):
    """``shown``, with all classes where sums tell of them."""
    return np.ones_like(shown) if sums else shown


def priors_of(sums, layout, intercept):
    """Sums as priors over a layout; where it has no intercepts these stay at ``intercept``.

    Returns
    -------
    list of QuadraticPrior
    """
    found = []
    for statistics, factor in sums:
        if not layout.fit_intercept:
            theta = statistics.theta.copy()
            theta[layout.n_coefs :] = intercept
            statistics = statistics.around(theta)
        size = layout.n_params
        precision = DensePrecision(factor * statistics.hessian[:size, :size])
        found.append(QuadraticPrior(statistics.theta[:size], factor * statistics.gradient[:size], precision))
    return found
