"""A source's rows as sums: fit a model to them, then keep what the loss says of them there.

A model of scikit-learn's is read through ``_extract``; one of ours says what it minimises by a method ``_summary(X, y,
sample_weight) -> Summary`` (None where its loss has no such sums).
"""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sktransfer._designs import Moments
from sktransfer._losses import Binomial, Gamma, Multinomial, Poisson, Squared, Tweedie
from sktransfer._utils._lazy import total as total_of
from sktransfer.sources._check import check_names
from sktransfer.sources._curvature_statistics import CurvatureStatistics
from sktransfer.sources._knowledge import Family
from sktransfer.sources._moment_statistics import MomentStatistics
from sktransfer.sources._penalty import Penalty
from sktransfer.sources._precision import indices, symmetrise
from sktransfer.sources._source import Source, changed

_ACCEPTED = (
    "LinearRegression",
    "Ridge",
    "LogisticRegression",
    "PoissonRegressor",
    "GammaRegressor",
    "TweedieRegressor",
)
_FAMILIES = ("squared", "binomial", "multinomial", "poisson", "gamma", "tweedie")


class Summary(NamedTuple):
    """What a fitted model minimises over its rows.

    Attributes
    ----------
    loss : Loss
    penalty : Penalty or None
        None where it is not quadratic, or there are bounds.
    fit_intercept : bool
    weight : float
        Of all rows: the user's times class weights.
    n_rows : int
        Rows with a weight.
    moments : callable
        () -> Moments of [X, y], asked for where the loss is squared.
    look : callable
        (coef (K, p), intercept (K,)) -> (value, gradient (d,), hessian (d, d)) of the loss, over [coef, row by row;
        intercepts], asked for where it is another.
    """

    loss: object
    penalty: object
    fit_intercept: bool
    weight: float
    n_rows: int
    moments: object
    look: object


def summarize(data, estimator, name):
    """What :meth:`SourceData.summarize` does."""
    _require_accepted(estimator)
    rows = data.X, data.y, data.sample_weight
    if not _is_fitted(estimator):
        estimator = _fit(clone(estimator), data)
    summary = estimator._summary(*rows) if hasattr(estimator, "_summary") else _read(estimator, *rows)
    if summary.loss.name not in _FAMILIES or summary.loss.link not in ("identity", "logit", "log"):
        raise _refused(estimator)
    source = Source.from_estimator(estimator, name=data.name if name is None else name)
    names = source.feature_names if data.feature_names is None else data.feature_names
    statistics = statistics_of(summary, np.atleast_2d(source.coef), np.atleast_1d(source.intercept), np.ndim(data.y))
    counted = summary.n_rows if data.n_samples is None else data.n_samples
    total = counted if data.sample_weight is None else total_of(data.sample_weight)
    return changed(
        source,
        feature_names=check_names(names, source.n_features),
        n_samples=total,
        precision=statistics.precision(),
        statistics=statistics,
    )


def statistics_of(summary, coef, intercept, y_ndim=1):
    """The sums of rows, those of a loss that is not squared about ``coef`` and ``intercept``.

    Returns
    -------
    MomentStatistics or CurvatureStatistics
    """
    kept = summary.penalty, summary.fit_intercept
    if summary.loss.name == "squared":
        return MomentStatistics(summary.moments(), *kept, one_dimensional=y_ndim == 1)
    value, gradient, hessian = summary.look(coef, intercept)
    theta, counts = np.concatenate([coef.ravel(), intercept]), (summary.weight, summary.n_rows)
    family = Family.of(summary.loss)
    return CurvatureStatistics(family, coef.shape, theta, gradient, symmetrise(hessian), value, *counts, *kept)


def seen(design, loss, y, weight, coef, intercept):
    """(value, gradient, hessian) of a loss over rows in memory; see :class:`Summary`."""
    eta = np.ascontiguousarray(design.matvec(coef) + intercept)
    value, residual, curvature = loss.gradient(loss.encode(y), eta, weight)
    gradient = np.concatenate([design.rmatvec(residual).ravel(), residual.sum(axis=0)])
    return value, gradient, _hessian(design, curvature, *coef.shape)


def _hessian(design, curvature, n_rows, p):
    """Sum over rows of ``[x, 1]' curvature [x, 1]``, over [coef, row by row; intercepts]."""
    hessian = np.zeros((n_rows * (p + 1),) * 2)
    where = [indices(n_rows, p, [k], range(p)) for k in range(n_rows)]
    for k in range(n_rows):
        hessian[np.ix_(where[k], where[k])] = design.sandwich_with_ones(curvature.block(k, k))
        for m in range(k):  # between classes the curvature is negative
            block = -design.sandwich_with_ones(-curvature.block(k, m))
            hessian[np.ix_(where[k], where[m])] = hessian[np.ix_(where[m], where[k])] = block
    return hessian


def _require_accepted(estimator):
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(f"summarize needs an estimator, got {estimator!r}. Accepted are {_listed()}.")
    ours = getattr(estimator, "_summary", None) is not None
    theirs = any(cls.__module__.startswith("sklearn.") and cls.__name__ in _ACCEPTED for cls in type(estimator).__mro__)
    if not ours and not theirs:
        raise _refused(estimator)


def _refused(estimator):
    return TypeError(
        f"the rows of a {type(estimator).__name__} cannot be summarised: its loss, as it is set, is not one whose sums "
        f"are known here. Accepted are {_listed()}."
    )


def _listed():
    return f"{', '.join(_ACCEPTED)} and sktransfer's linear regressors and logistic regression"


def _is_fitted(estimator):
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def _fit(estimator, data):
    """The estimator fitted to the rows, whose weights scikit-learn's models do not all check."""
    from sktransfer.sources._extract._precision_of import read_weight

    if data.sample_weight is None:
        return estimator.fit(data.X, data.y)
    if not hasattr(estimator, "_summary"):
        read_weight(data.sample_weight, data.n_samples)
    return estimator.fit(data.X, data.y, sample_weight=data.sample_weight)


def _read(est, X, y, sample_weight):
    """The summary of a model of scikit-learn's."""
    from sktransfer.sources._extract._precision_of import apply_class_weight, read_rows, read_weight
    from sktransfer.sources._extract._read import _find_reader

    fit = _find_reader(est)(est)
    n_rows, p = np.atleast_2d(fit.coef).shape
    design = read_rows(X, p, getattr(est, "feature_names_in_", None))
    weight, _ = read_weight(sample_weight, design.n_samples)
    labels = np.asarray(y)
    weight = apply_class_weight(weight, fit.class_weight, fit.classes, labels)
    loss = _loss_of(fit, n_rows)
    if loss is None:
        raise _refused(est)
    known = design, loss, _encoded(fit, loss, labels), weight
    return Summary(
        loss,
        _penalty_of(est, fit),
        bool(est.fit_intercept),
        float(weight.sum()),
        np.count_nonzero(weight),
        moments=lambda: Moments.of(design, *known[2:]),
        look=lambda coef, intercept: seen(*known, coef, intercept),
    )


def _loss_of(fit, n_rows):
    if fit.loss == "squared" and fit.classes is None:
        return Squared(n_rows)
    if fit.loss in ("logistic", "multinomial"):
        return Binomial() if fit.loss == "logistic" else Multinomial(n_rows)
    if fit.loss == "tweedie":
        return {1.0: Poisson, 2.0: Gamma}.get(fit.power, lambda: Tweedie(fit.power))()
    return None


def _encoded(fit, loss, y):
    if fit.classes is not None:
        numbers = np.searchsorted(fit.classes, y).clip(max=len(fit.classes) - 1)
        if y.shape != np.shape(numbers) or np.any(fit.classes[numbers] != y):
            raise ValueError(f"y has labels that the fitted model does not know; it knows {fit.classes.tolist()}.")
        return numbers
    y = np.asarray(y, dtype=np.float64)
    if not np.isfinite(y).all():
        raise ValueError("y must be finite, got NaN or infinity. Leave these rows out.")
    return y.reshape(len(y), -1) if loss.name == "squared" else y


def _penalty_of(est, fit):
    """The quadratic penalty that a reader says, by its curvature at two weights; None where it is another."""
    from sktransfer.sources._extract.logistic import l1_share

    if getattr(est, "positive", False) or (fit.classes is not None and l1_share(est) > 0):
        return None
    n_rows, p = np.atleast_2d(fit.coef).shape
    none, one = (
        np.concatenate([np.broadcast_to(np.reshape(part, (-1, 1)), (n_rows, size)).ravel() for part, size in parts])
        for weight in (0.0, 1.0)
        for parts in [zip(fit.penalty(weight), (p, 1), strict=True)]
    )
    per_weight = bool(np.any(one != none))
    return Penalty(one - none if per_weight else none, per_weight=per_weight)
