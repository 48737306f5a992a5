"""From a fitted estimator to a Source: unwrap, fold, read, and measure its precision where rows are given."""

import functools

import numpy as np

from sktransfer.sources._extract._precision_of import (
    apply_class_weight,
    precision_of,
    pull_back_precision,
    read_rows,
    read_weight,
)
from sktransfer.sources._extract._unwrap import is_search, not_fitted, require_fitted, unwrap
from sktransfer.sources._fold import first_width, fold, is_a, is_passthrough, raw_names
from sktransfer.sources._plugins import gather
from sktransfer.sources._source import Source


def read_estimator(est, X=None, y=None, sample_weight=None, *, name=None):
    """What :meth:`Source.from_estimator` does."""
    if X is None and (y is not None or sample_weight is not None):
        raise ValueError("y and sample_weight are read together with X. Give X too, or leave all three out.")
    est = unwrap(est)
    if hasattr(est, "_as_source"):
        require_fitted(est)
        return est._as_source(X=X, y=y, sample_weight=sample_weight, name=name)
    steps, last = _split(est)
    chain = fold(steps, first_width([*steps, (None, last)])) if steps else None
    names = getattr(last, "feature_names_in_", None) if chain is None else raw_names(steps)
    if hasattr(last, "_as_source"):
        return _read_own(last, chain, names, (X, y, sample_weight), steps, name)
    return _read_linear(last, chain, names, (X, y, sample_weight), name)


def _split(est):
    """Steps that change the features, and the model at the end of them."""
    if not is_a(est, "Pipeline"):
        _find_reader(est)
        require_fitted(est)
        return [], est
    last = unwrap(est.steps[-1][1])
    if is_a(last, "Pipeline"):
        steps, last = _split(last)
        return est.steps[:-1] + steps, last
    if not hasattr(last, "_as_source"):
        _find_reader(last)
    require_fitted(last)
    return [step for step in est.steps[:-1] if not is_passthrough(step[1])], last


def _read_linear(est, chain, names, rows, name):
    """A scikit-learn model, its coefficients taken through ``chain`` to the raw features."""
    fit = _find_reader(est)(est)
    if chain is not None:
        fit = _on_raw_features(fit, chain)
    X, y, sample_weight = rows
    precision, n_samples = fit.precision, getattr(est, "n_samples_fit_", None)
    if X is not None:
        design = read_rows(X, np.shape(fit.coef)[-1], names)
        weight, n_samples = read_weight(sample_weight, design.n_samples)
        weight = apply_class_weight(weight, fit.class_weight, fit.classes, y)
        total = float(n_samples)
        precision = precision_of(fit, chain, design, weight, total)
    units = None if chain is None else chain.units
    return Source(
        fit.coef,
        fit.intercept,
        precision=precision,
        classes=fit.classes,
        feature_names=names,
        n_samples=n_samples,
        name=name,
        link=fit.link,
        units=units,
    )


def _on_raw_features(fit, chain):
    """The same model with coefficients, and what it says of how sure it is, on the raw features."""
    coef = np.asarray(fit.coef, dtype=np.float64)
    precision = fit.precision
    if precision is not None:
        precision = pull_back_precision(precision, chain, len(np.atleast_2d(coef)))
    return fit._replace(coef=coef @ chain.matrix, intercept=fit.intercept + coef @ chain.offset, precision=precision)


def _read_own(est, chain, names, rows, steps, name):
    """A model that reads itself, at the end of a pipeline: its source is pulled back to the raw features."""
    X, y, sample_weight = rows
    for _, step in steps:
        X = X if X is None else step.transform(X)
    inner = est._as_source(X=X, y=y, sample_weight=sample_weight, name=name)
    if chain is None:
        return inner
    precision = inner.precision
    if precision is not None:
        precision = pull_back_precision(precision, chain, inner.n_outputs)
    return Source(
        inner.coef @ chain.matrix,
        inner.intercept + inner.coef @ chain.offset,
        precision=precision,
        classes=inner.classes,
        feature_names=names,
        n_samples=inner.n_samples,
        name=name,
        link=inner.link,
        units=chain.units,
    )


def _find_reader(est):
    readers = _readers()
    for cls in type(est).__mro__:
        if cls.__module__.split(".")[0] == "sklearn" and cls.__name__ in readers:
            return readers[cls.__name__]
    if is_search(est):
        raise not_fitted(est)
    raise TypeError(
        f"a {type(est).__name__} cannot be read as a linear source. What can: {', '.join(sorted(readers))}, "
        "a Pipeline of linear steps that ends in one of them, FrozenEstimator, a fitted search, and "
        "sktransfer's own linear models. If it is linear, give Source(coef, intercept)."
    )


@functools.cache
def _readers():
    return gather("sktransfer.sources._extract", "READERS")
