"""``make_transfer``: from a fitted source model to the unfitted estimator for the target, in one line.

One table says which twin a model has, and which of its hyper-parameters mean the same there.
"""

import importlib
from numbers import Real
from typing import NamedTuple

from sktransfer.sources import Source, can_fold, l1_share, unwrap


class Twin(NamedTuple):
    """The transfer estimator that a model turns into.

    Attributes
    ----------
    module, name : str
        Where it is, loaded when it is needed.
    carried : tuple of str
        Hyper-parameters that are taken over from the model.
    read : dict
        From other hyper-parameters to functions that read them from the model.
    """

    module: str
    name: str
    carried: tuple
    read: dict = {}

    def make(self, source, model, params):
        """The unfitted twin with its source."""
        kind = getattr(importlib.import_module(self.module), self.name)
        own = {name: _chosen(model, name) for name in self.carried if hasattr(model, name)}
        if model is not None:
            own.update({name: function(model) for name, function in self.read.items()})
        return kind(source=source, **{**own, **params})


def _chosen(model, name):
    """A hyper-parameter; of a search along it, the value chosen."""
    return getattr(model, f"{name}_", getattr(model, name))


_RIDGE = Twin("sktransfer.linear_model", "TransferRidge", ("fit_intercept", "positive"))
_LOGISTIC = Twin(
    "sktransfer.linear_model", "TransferLogisticRegression", ("fit_intercept", "class_weight"), {"l1_ratio": l1_share}
)
_POISSON = Twin("sktransfer.linear_model", "TransferPoissonRegressor", ("fit_intercept", "l1_ratio"))
_GAMMA = Twin("sktransfer.linear_model", "TransferGammaRegressor", ("fit_intercept", "l1_ratio"))
_TWEEDIE = Twin("sktransfer.linear_model", "TransferTweedieRegressor", ("fit_intercept", "l1_ratio", "power", "link"))
_LASSO = Twin("sktransfer.linear_model", "TransferLasso", ("fit_intercept", "positive"))
_ELASTIC_NET = Twin("sktransfer.linear_model", "TransferElasticNet", ("fit_intercept", "positive", "l1_ratio"))
_LINEAR_SVC = Twin(
    "sktransfer.svm", "TransferLinearSVC", ("loss", "fit_intercept", "intercept_scaling", "class_weight")
)
_LINEAR_SVR = Twin("sktransfer.svm", "TransferLinearSVR", ("loss", "epsilon", "fit_intercept", "intercept_scaling"))

TWINS = {
    "ElasticNet": _ELASTIC_NET,
    "ElasticNetCV": _ELASTIC_NET,
    "GammaRegressor": _GAMMA,
    "Lasso": _LASSO,
    "LassoCV": _LASSO,
    "LinearRegression": _RIDGE,
    "LinearSVC": _LINEAR_SVC,
    "LinearSVR": _LINEAR_SVR,
    "LogisticRegression": _LOGISTIC,
    "LogisticRegressionCV": _LOGISTIC,
    "PoissonRegressor": _POISSON,
    "Ridge": _RIDGE,
    "RidgeCV": _RIDGE,
    "TransferElasticNet": _ELASTIC_NET,
    "TransferGammaRegressor": _GAMMA,
    "TransferLasso": _LASSO,
    "TransferLinearSVC": _LINEAR_SVC,
    "TransferLinearSVR": _LINEAR_SVR,
    "TransferLogisticRegression": _LOGISTIC,
    "TransferPoissonRegressor": _POISSON,
    "TransferRidge": _RIDGE,
    "TransferTweedieRegressor": _TWEEDIE,
    "TweedieRegressor": _TWEEDIE,
}

BY_LINK = {"identity": _RIDGE, "log": _POISSON, "logit": _LOGISTIC, "margin": _LINEAR_SVC}


def make_transfer(model, *, borrow="auto", params=None):
    """An unfitted estimator for the target, from a fitted source model.

    Parameters
    ----------
    model : fitted estimator or Source
        - A :class:`~sktransfer.Source` (with precision, if built with X) -> the twin of its link, with
          ``metric="scale"``.
        - Ridge, RidgeCV, LinearRegression -> TransferRidge; Lasso, LassoCV -> TransferLasso; ElasticNet, ElasticNetCV
          -> TransferElasticNet; LogisticRegression, LogisticRegressionCV -> TransferLogisticRegression;
          PoissonRegressor, GammaRegressor, TweedieRegressor, LinearSVC, LinearSVR -> theirs; our own twins ->
          themselves (A -> B -> C).
        - A Pipeline of linear steps (scalers, PCA, column selectors, ...) and such a model -> the twin on the raw
          features with ``metric="scale"``.
        - Any other Pipeline (encoders, splines, text) -> a Pipeline whose transformers are frozen as they are and
          whose last step is the twin.
        - A fitted search, or a FrozenEstimator -> what is inside.
    borrow : "auto" or float, default="auto"
        "auto": the strength is chosen on the target's rows by :class:`~sktransfer.model_selection.TransferCV`.
        A number: this strength, the twin's own ``alpha`` (for C: 1 / C); infinity copies the slopes.
    params : dict, default=None
        Hyper-parameters of the twin, before those taken over from the model.

    Returns
    -------
    estimator
        A TransferCV, a twin, or a Pipeline that ends with one. The model is not changed.

    Raises
    ------
    TypeError
        If the model has no twin; the message lists what has.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If ``borrow`` is negative or neither a number nor "auto".

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sktransfer import make_transfer
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 3)), rng.normal(size=(30, 3))
    >>> source = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_source, X_source.sum(axis=1) > 0)
    >>> model = make_transfer(source).fit(X, X.sum(axis=1) > 0.5)
    >>> model.predict_proba(X).shape
    (30, 2)
    """
    _check_borrow(borrow)
    params = dict(params or {})
    if isinstance(model, Source):
        return _wrap(_twin_of_source(model).make(model, None, {"metric": "scale", **params}), borrow)
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise _no_twin(model if isinstance(model, type) else type(model))
    model = unwrap(model)
    if not _is_pipeline(model):
        return _wrap(_twin_of(model).make(Source.from_estimator(model), model, params), borrow)
    last = unwrap(model.steps[-1][1])
    if can_fold(model) and not _is_pipeline(last):
        twin = _twin_of(last).make(Source.from_estimator(model), last, {"metric": "scale", **params})
        return _wrap(twin, borrow)
    return _frozen(model, borrow, params)


def _frozen(pipeline, borrow, params):
    """The pipeline's transformers as they are, and the twin of its last step."""
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import Pipeline

    *steps, (name, last) = pipeline.steps
    for _, part in steps:
        if part not in (None, "passthrough"):
            unwrap(part)
    kept = [(step, part if part in (None, "passthrough") else FrozenEstimator(part)) for step, part in steps]
    return Pipeline([*kept, (name, make_transfer(last, borrow=borrow, params=params))])


def _is_pipeline(model):
    return any(cls.__name__ == "Pipeline" and cls.__module__.startswith("sklearn.") for cls in type(model).__mro__)


def _twin_of(model):
    """The table's entry for a model's class, exactly: a subclass may mean something else by its parameters."""
    kind = type(model)
    if kind.__name__ not in TWINS or not kind.__module__.startswith(("sklearn.", "sktransfer.")):
        raise _no_twin(kind)
    return TWINS[kind.__name__]


def _no_twin(kind):
    """The error for what cannot be transferred, with the list of what can."""
    return TypeError(
        f"make_transfer knows no twin of {kind.__module__}.{kind.__qualname__}. It takes a fitted "
        f"{', '.join(sorted(TWINS))}, a Source, a Pipeline that ends with one, or a search over one. For another "
        "linear model give its coefficients: TransferRidge(source=Source(coef, intercept))."
    )


def _twin_of_source(source):
    """The twin with the source's link."""
    if source.link not in BY_LINK:
        raise TypeError(
            f"make_transfer knows no twin of a Source with link {source.link!r}; it takes links "
            f"{sorted(BY_LINK)}. Say it when you build the source: Source(coef, intercept, link='identity')."
        )
    return BY_LINK[source.link]


def _check_borrow(borrow):
    number = isinstance(borrow, Real) and not isinstance(borrow, bool)
    if not (borrow >= 0 if number else isinstance(borrow, str) and borrow == "auto"):
        raise ValueError(f"borrow must be 'auto' or a strength of 0 or more, got {borrow!r}")


def _wrap(twin, borrow):
    """The twin with a fixed strength, or in a search for it."""
    if isinstance(borrow, str):
        from sktransfer.model_selection import TransferCV

        return TransferCV(twin)
    strength = twin._strength_parameter
    return twin.set_params(**{strength.name: strength.of(borrow)})
