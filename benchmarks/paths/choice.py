"""``TransferCV`` as users write it, with its defaults, against one fit of the scikit-learn twin.

The check: how far predictions are from the weighted mean of the candidates that have a weight, each of them a fit of
its own at a tolerance of 1e-10.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.paths._versus import versus
from sktransfer import make_transfer
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.model_selection import TransferCV

SIZES = ((20, 10), (50, 10), (200, 50), (2000, 50))
SMOKE = ((20, 4),)
SOURCE_ROWS = 2000
SHIFT = 0.3  # of the coefficients, that the source does not know
TOL = 1e-4  # as the twins' own


class Kind(NamedTuple):
    """A kind of target: the twin, ours, how y is drawn, and what is averaged."""

    twin: type
    ours: type
    draw: object
    mean: object


KINDS = {
    "squared": Kind(Ridge, TransferRidge, lambda rng, eta: eta + rng.normal(size=len(eta)), "predict"),
    "binomial": Kind(
        LogisticRegression,
        TransferLogisticRegression,
        lambda rng, eta: (rng.random(len(eta)) < expit(2 * eta)).astype(int),
        "predict_proba",
    ),
    "poisson": Kind(
        PoissonRegressor, TransferPoissonRegressor, lambda rng, eta: rng.poisson(np.exp(eta)), "_linear_predictor"
    ),
}


def choice(size, settings):
    """Rows of the table of paths."""
    return [row for case, kind in KINDS.items() for row in _rows(case, kind, size, settings)]


def _rows(case, kind, size, settings):
    (X_source, y_source), (X, y) = _data(kind, *size)
    bare = kind.twin().fit(X_source, y_source)
    scaled = make_pipeline(StandardScaler(), kind.twin()).fit(X_source, y_source)
    name = f"{kind.twin.__name__}.fit"
    searches = {
        "ours, TransferCV": TransferCV(kind.ours(source=bare)),
        "ours, TransferCV rule='min'": TransferCV(kind.ours(source=bare), rule="min"),
        "ours, make_transfer": make_transfer(scaled),
    }
    functions = {name: lambda: kind.twin().fit(X, y)}
    functions.update({one: lambda search=search: clone(search).fit(X, y) for one, search in searches.items()})
    checks = {one: lambda search: _apart(search, kind, X, y) for one in searches}
    return versus(case, functions, [*((one, name) for one in searches), (name, None)], settings, checks)


def _data(kind, n_samples, n_features, seed=0):
    """((X, y) of the source, (X, y) of the target)."""
    rng = np.random.default_rng(seed)
    source, change = rng.normal(scale=n_features**-0.5, size=(2, n_features))
    X_source, X = rng.normal(size=(SOURCE_ROWS, n_features)), rng.normal(size=(n_samples, n_features))
    return (X_source, kind.draw(rng, X_source @ source)), (X, kind.draw(rng, X @ (source + SHIFT * change)))


def _apart(search, kind, X, y):
    """The check's columns."""
    kept = np.flatnonzero(search.weights_)
    exact = {"tol": 1e-10, "max_iter": 1000}
    members = [clone(search.estimator).set_params(**search.table_["params"][k], **exact).fit(X, y) for k in kept]
    mean = sum(w * getattr(each, kind.mean)(X) for w, each in zip(search.weights_[kept], members, strict=True))
    found = float(np.max(np.abs(getattr(search.mixture_, kind.mean)(X) - mean)))
    return {"check": found, "tol": TOL, "met": found <= TOL}
