"""``make_transfer``: from a fitted source model to the unfitted estimator for the target, in one line.

One table says which twin a model has, and which of its hyper-parameters mean the same there.
"""

import importlib
from numbers import Real
from types import MappingProxyType
from typing import NamedTuple

from sktransfer.sources import Source, can_fold, l1_share, unwrap


class Twin(NamedTuple):
    """The transfer estimator that a model turns into.

    Attributes
    ----------
    module, name : str
        Where it is, loaded when it is needed.
    carried : tuple of str
        Hyper-parameters that are taken over from the model, where it has them.
    fixed : dict
        Hyper-parameters that the model implies.
    read : dict
        From other hyper-parameters to functions that read them from the model.
    """

    module: str
    name: str
    carried: tuple
    fixed: dict = MappingProxyType({})
    read: dict = MappingProxyType({})

    def make(self, source, model, params):
        """The unfitted twin with its source."""
        return self.around(source, {**self.taken_over(model), **params})

    def around(self, source, params):
        """The unfitted twin with its source and hyper-parameters."""
        return getattr(importlib.import_module(self.module), self.name)(source=source, **params)

    def taken_over(self, model):
        """Hyper-parameters that mean the same in the twin, and those that the model implies: a dict."""
        own = {name: _chosen(model, name) for name in self.carried if hasattr(model, name)}
        read = {} if model is None else {name: function(model) for name, function in self.read.items()}
        return {**own, **read, **self.fixed}


def _chosen(model, name):
    """A hyper-parameter; of a search along it, the number chosen."""
    chosen = getattr(model, f"{name}_", None)
    return chosen if isinstance(chosen, Real) else getattr(model, name)


def _linear(name, *carried, **read):
    return Twin("sktransfer.linear_model", name, ("fit_intercept", *carried), read=read)


def _svm(name, *carried, **fixed):
    return Twin("sktransfer.svm", name, ("fit_intercept", "intercept_scaling", *carried), fixed)


_RIDGE = _linear("TransferRidge", "positive")
_RIDGE_CLASSIFIER = _linear("TransferRidgeClassifier", "positive", "class_weight")
_LOGISTIC = _linear("TransferLogisticRegression", "class_weight", l1_ratio=l1_share)
_POISSON = _linear("TransferPoissonRegressor", "l1_ratio")
_GAMMA = _linear("TransferGammaRegressor", "l1_ratio")
_TWEEDIE = _linear("TransferTweedieRegressor", "l1_ratio", "power", "link")
_LASSO = _linear("TransferLasso", "positive")
_ELASTIC_NET = _linear("TransferElasticNet", "positive", "l1_ratio")
_SVC = _svm("TransferLinearSVC", "loss", "class_weight")
_HINGE = _svm("TransferLinearSVC", "class_weight", loss="hinge")
_SQUARED_HINGE = _svm("TransferLinearSVC", "class_weight", loss="squared_hinge")
_SVR = _svm("TransferLinearSVR", "loss", "epsilon")
_TUBE = _svm("TransferLinearSVR", "epsilon", loss="epsilon_insensitive")

# A model's class -> its twin, or, where its loss decides, its ``loss`` -> its twin.
TWINS = {
    "ARDRegression": _RIDGE,
    "BayesianRidge": _RIDGE,
    "CalibratedClassifierCV": _LOGISTIC,
    "ElasticNet": _ELASTIC_NET,
    "ElasticNetCV": _ELASTIC_NET,
    "GammaRegressor": _GAMMA,
    "HuberRegressor": _RIDGE,
    "Lars": _RIDGE,
    "LarsCV": _RIDGE,
    "Lasso": _LASSO,
    "LassoCV": _LASSO,
    "LassoLars": _LASSO,
    "LassoLarsCV": _LASSO,
    "LassoLarsIC": _LASSO,
    "LinearDiscriminantAnalysis": _LOGISTIC,
    "LinearRegression": _RIDGE,
    "LinearSVC": _SVC,
    "LinearSVR": _SVR,
    "LogisticRegression": _LOGISTIC,
    "LogisticRegressionCV": _LOGISTIC,
    "MLPClassifier": _LOGISTIC,
    "MLPRegressor": {"squared_error": _RIDGE, "poisson": _POISSON},
    "MultiTaskElasticNet": _ELASTIC_NET,
    "MultiTaskElasticNetCV": _ELASTIC_NET,
    "MultiTaskLasso": _LASSO,
    "MultiTaskLassoCV": _LASSO,
    "NuSVC": _HINGE,
    "NuSVR": _TUBE,
    "OrthogonalMatchingPursuit": _RIDGE,
    "OrthogonalMatchingPursuitCV": _RIDGE,
    "PassiveAggressiveClassifier": _HINGE,
    "PassiveAggressiveRegressor": _SVR,
    "Perceptron": _LOGISTIC,
    "PoissonRegressor": _POISSON,
    "QuantileRegressor": _RIDGE,
    "RANSACRegressor": _RIDGE,
    "Ridge": _RIDGE,
    "RidgeCV": _RIDGE,
    "RidgeClassifier": _RIDGE_CLASSIFIER,
    "RidgeClassifierCV": _RIDGE_CLASSIFIER,
    "SGDClassifier": {
        **dict.fromkeys(("log_loss", "perceptron"), _LOGISTIC),
        **dict.fromkeys(("hinge", "squared_hinge"), _SVC),
        "modified_huber": _SQUARED_HINGE,
        **dict.fromkeys(
            ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"), _RIDGE_CLASSIFIER
        ),
    },
    "SGDRegressor": {
        **dict.fromkeys(("squared_error", "huber"), _RIDGE),
        **dict.fromkeys(("epsilon_insensitive", "squared_epsilon_insensitive"), _SVR),
    },
    "SVC": _HINGE,
    "SVR": _TUBE,
    "TheilSenRegressor": _RIDGE,
    "TransferElasticNet": _ELASTIC_NET,
    "TransferGammaRegressor": _GAMMA,
    "TransferLasso": _LASSO,
    "TransferLinearSVC": _SVC,
    "TransferLinearSVR": _SVR,
    "TransferLogisticRegression": _LOGISTIC,
    "TransferPoissonRegressor": _POISSON,
    "TransferRidge": _RIDGE,
    "TransferRidgeClassifier": _RIDGE_CLASSIFIER,
    "TransferTweedieRegressor": _TWEEDIE,
    "TweedieRegressor": _TWEEDIE,
}

BY_LINK = {
    "identity": _RIDGE,
    "log": _POISSON,
    "logit": _LOGISTIC,
    "margin": _SVC,
    "score": _LOGISTIC,
    "sign": _RIDGE_CLASSIFIER,
}


def make_transfer(model, *, borrow="auto", params=None, classes=None):
    """An unfitted estimator for the target, from a fitted source model.

    Parameters
    ----------
    model : fitted estimator or Source, or list of these
        - A :class:`~sktransfer.Source` (with precision, if built with X) -> the twin of its link, with
          ``metric="source"`` if it has units, else "scale".
        - Squared loss: LinearRegression, Ridge, RidgeCV, BayesianRidge, ARDRegression, Lars, LarsCV,
          OrthogonalMatchingPursuit(CV), SGDRegressor -> TransferRidge; so do models of another loss for the same mean,
          HuberRegressor, TheilSenRegressor, RANSACRegressor, and QuantileRegressor, whose quantile is taken for a mean.
        - Lasso, LassoCV, LassoLars(CV, IC), MultiTaskLasso(CV) -> TransferLasso; ElasticNet, ElasticNetCV,
          MultiTaskElasticNet(CV) -> TransferElasticNet. The twins penalise each number by itself, not outputs together.
        - PoissonRegressor, GammaRegressor, TweedieRegressor -> theirs.
        - Log-odds: LogisticRegression(CV), LinearDiscriminantAnalysis, SGDClassifier("log_loss"),
          CalibratedClassifierCV (not "isotonic") around a linear model -> TransferLogisticRegression. So does a
          Perceptron, which has no probabilities of its own: it is taken times a factor that is fitted on the target's
          rows.
        - RidgeClassifier, RidgeClassifierCV, SGDClassifier with a loss of regression -> TransferRidgeClassifier.
        - Margins: LinearSVC, SVC and NuSVC of two classes with a linear kernel, PassiveAggressiveClassifier,
          SGDClassifier("hinge", "squared_hinge", "modified_huber") -> TransferLinearSVC; LinearSVR, SVR and NuSVR with
          a linear kernel, PassiveAggressiveRegressor, SGDRegressor("epsilon_insensitive", ...) -> TransferLinearSVR.
          For probabilities hand them to ``TransferLogisticRegression(source=model)``, which fits the factor, too.
        - Our own twins -> themselves (A -> B -> C).
        - A TransformedTargetRegressor -> the same transformation of y, fitted on the source, around what its regressor
          turns into.
        - A Pipeline of linear steps (scalers, PCA, column selectors, ...) and such a model -> the twin on the raw
          features with ``metric="source"``, or "scale" where steps mix or drop features.
        - Any other Pipeline (encoders, splines, text) -> a Pipeline whose transformers are frozen as they are and
          whose last step is the twin.
        - A fitted search, or a FrozenEstimator -> what is inside.
        - A network: a torch module, a Keras model, an ONNX file (path, bytes, or a session that knows its file), or an
          MLPClassifier or MLPRegressor, at the end of a Pipeline, too -> a Pipeline of
          :class:`~sktransfer.representation.FrozenFeatures`, what the network feeds to its last linear layer, and a
          twin with this layer as its source: TransferLogisticRegression of a classifier (``classes`` are given, or
          known to the network), else TransferRidge, or TransferPoissonRegressor where an exponential follows. A
          network of scikit-learn's without hidden layers is a linear model.
        - A list of the above, networks aside, all of one kind -> their twin with the list as its source, each counting
          times a weight that is fitted on the target's rows (``source_weights_``). Of a search for the strength, up to
          five sources are also tried one by one.
    borrow : "auto" or float, default="auto"
        "auto": the strength is chosen on the target's rows by :class:`~sktransfer.model_selection.TransferCV`.
        A number: this strength, the twin's own ``alpha`` (for C: 1 / C); infinity copies the slopes.
    params : dict, default=None
        Hyper-parameters of the twin, before those taken over from the model (of a list: on which all agree).
    classes : array-like, default=None
        Of a network that does not know them (torch, Keras, most ONNX files): the labels of its outputs, in order (of
        one output two, the second where it is high). Other models know their own.

    Returns
    -------
    estimator
        A TransferCV, a twin, or a Pipeline that ends with one. The model is not changed.

    Raises
    ------
    TypeError
        If the model has no twin; the message lists what has. If the models of a list have not the same twin.
    FileNotFoundError
        If the model is a string or a path, and no such ONNX file is there.
    ImportError
        If it is an ONNX file, and onnxruntime or onnx is missing: the extra ``[onnx]``.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ValueError
        If ``borrow`` is negative or neither a number nor "auto"; if ``classes`` are not those of a network; if a
        network does not end with a linear layer, or is multilabel.

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

    Of a network the last layer is learned anew:

    >>> from sklearn.neural_network import MLPClassifier
    >>> network = MLPClassifier(8, solver="lbfgs", random_state=0).fit(X_source, X_source[:, 0] > X_source[:, 1] ** 2)
    >>> model = make_transfer(network).fit(X, X[:, 0] > X[:, 1] ** 2 + 0.5)
    >>> model[0]
    FrozenFeatures(layer=1,
                   model=MLPClassifier(hidden_layer_sizes=8, random_state=0, solver='lbfgs'))
    """
    _check_borrow(borrow)
    params = dict(params or {})
    if _is_network(model):
        return _new_head(model, borrow, params, classes)
    if classes is not None:
        raise ValueError("classes are the labels of a network's outputs, and this model is none: leave them out.")
    if isinstance(model, (list, tuple)):
        return _wrap(_twin_of_several(model, params), borrow)
    if isinstance(model, Source):
        return _of_source(model, borrow, params)
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise _no_twin(model if isinstance(model, type) else type(model))
    model = unwrap(model)
    if _is_sklearns(model, "TransformedTargetRegressor"):
        return _transformed(model, model.regressor_, borrow, params)
    if not _is_sklearns(model, "Pipeline"):
        twin, source = _twin_of(model), Source.from_estimator(model)
        metric = {} if source.units is None else {"metric": "source"}
        return _wrap(twin.make(source, model, {**metric, **params}), borrow)
    last = unwrap(model.steps[-1][1])
    if _is_sklearns(last, "TransformedTargetRegressor"):
        return _transformed(last, _ending_with(model, last.regressor_), borrow, params)
    if can_fold(model) and not _is_sklearns(last, "Pipeline"):
        twin, source = _twin_of(last), Source.from_estimator(model)
        return _wrap(twin.make(source, last, {"metric": _metric_of(source), **params}), borrow)
    return _frozen(model, borrow, params)


def _of_source(source, borrow, params):
    """The twin of a source's link."""
    return _wrap(_twin_of_source(source).make(source, None, {"metric": _metric_of(source), **params}), borrow)


def _is_network(model):
    """Whether a model is a network with layers before its last; no package is imported for it."""
    if isinstance(model, (type, list, tuple, Source)):
        return False
    from sktransfer.representation._readers import has_head

    return has_head(model)


def _new_head(network, borrow, params, classes):
    """A network's layers but the last, frozen, and the twin of its last one."""
    from sklearn.pipeline import make_pipeline

    from sktransfer.representation._head import split_head

    features, source = split_head(network, classes)
    return make_pipeline(features, _of_source(source, borrow, params))


def _metric_of(*sources):
    """Changes count in the units that the sources' own penalties acted in, where these are known."""
    return "scale" if any(source.units is None for source in sources) else "source"


def _twin_of_several(models, params):
    """The one twin of several models, with all of them as its source."""
    if not models:
        raise ValueError("make_transfer got an empty list. Give one fitted model or more.")
    parts = [_as_part(model) for model in models]
    fitted = [part for part in parts if part.model is not None] or parts
    twin = fitted[0].twin
    for part in fitted:
        if part.twin != twin:
            raise TypeError(
                f"make_transfer takes a list of models of one kind: the first becomes a {twin.name}, but "
                f"{part.model or part.source!r} becomes a {part.twin.name}, or one with other hyper-parameters. Give "
                f"them one by one, or all to the twin you want: {twin.name}(source=[...])."
            )
    agreed = _agreed([twin.taken_over(part.model) for part in fitted])
    raw = {"metric": _metric_of(*(part.source for part in parts))} if any(part.raw for part in parts) else {}
    return twin.around([part.source for part in parts], {**raw, **agreed, **params})


class _Part(NamedTuple):
    """One model of a list: its twin, its source, the model (None of a Source), whether it is about raw features."""

    twin: Twin
    source: Source
    model: object
    raw: bool


def _as_part(model):
    if isinstance(model, Source):
        return _Part(_twin_of_source(model), model, None, True)
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise _no_twin(model if isinstance(model, type) else type(model))
    model = unwrap(model)
    if _is_sklearns(getattr(model, "steps", [(None, model)])[-1][1], "TransformedTargetRegressor"):
        raise TypeError(
            "make_transfer takes a list of models of y as it is, and a TransformedTargetRegressor in it transforms y. "
            "Give it alone, or transform y first."
        )
    if not _is_sklearns(model, "Pipeline"):
        return _Part(_twin_of(model), Source.from_estimator(model), model, False)
    last = unwrap(model.steps[-1][1])
    if not can_fold(model) or _is_sklearns(last, "Pipeline"):
        raise TypeError(
            "make_transfer takes a list of models on the same features, and a Pipeline in it has steps of its own that "
            "are not linear. Give it alone, or models fitted on what one such transformer gives."
        )
    return _Part(_twin_of(last), Source.from_estimator(model), last, True)


def _agreed(several):
    """The entries on which all of several dicts agree."""
    first, *others = several or [{}]
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _frozen(pipeline, borrow, params):
    """The pipeline's transformers as they are, and the twin of its last step."""
    from sklearn.frozen import FrozenEstimator

    *steps, (_, last) = pipeline.steps
    for _, part in steps:
        if part not in (None, "passthrough"):
            unwrap(part)
    kept = [(step, part if part in (None, "passthrough") else FrozenEstimator(part)) for step, part in steps]
    return _ending_with(pipeline, make_transfer(last, borrow=borrow, params=params), kept)


def _ending_with(pipeline, last, steps=None):
    """A pipeline with another last step, and other steps before it."""
    from sklearn.pipeline import Pipeline

    steps = pipeline.steps[:-1] if steps is None else steps
    return Pipeline([*steps, (pipeline.steps[-1][0], last)])


def _transformed(model, regressor, borrow, params):
    """A regressor of y as ``model`` transforms it: of a fitted transformer its two functions are kept."""
    from sklearn.compose import TransformedTargetRegressor

    func, inverse = model.func, model.inverse_func
    if model.transformer is not None:
        func, inverse = model.transformer_.transform, model.transformer_.inverse_transform
    twin = make_transfer(regressor, borrow=borrow, params=params)
    return TransformedTargetRegressor(twin, func=func, inverse_func=inverse, check_inverse=model.check_inverse)


def _is_sklearns(model, name):
    """Whether a model's class is, or inherits from, scikit-learn's of this name."""
    return any(cls.__name__ == name and cls.__module__.startswith("sklearn.") for cls in type(model).__mro__)


def _twin_of(model):
    """The table's entry for a model's class, exactly: a subclass may mean something else by its parameters."""
    kind = type(model)
    if kind.__name__ not in TWINS or not kind.__module__.startswith(("sklearn.", "sktransfer.")):
        raise _no_twin(kind)
    twin = TWINS[kind.__name__]
    return twin if isinstance(twin, Twin) else twin[model.loss]


def _no_twin(kind):
    """The error for what cannot be transferred, with the list of what can."""
    return TypeError(
        f"make_transfer knows no twin of {kind.__module__}.{kind.__qualname__}. It takes a fitted "
        f"{', '.join(sorted(TWINS))}, a Source, a TransformedTargetRegressor around one, a Pipeline that ends with "
        "one, a search over one, a torch module, a Keras model or an ONNX file. For another "
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
