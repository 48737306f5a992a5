"""Four ways to a model for a hospital with few labelled patients.

Each is a function ``(setting, X, y) -> fitted classifier`` of the target's labelled rows; it chooses every
strength from the rows it may see, so that none is handicapped.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import sktransfer

STRENGTHS = np.logspace(-3, 1, 9)


@dataclass(frozen=True)
class Setting:
    """The source's rows and model, and the target's rows: what does not change from split to split."""

    X_source: np.ndarray
    y_source: np.ndarray
    X_target: np.ndarray
    y_target: np.ndarray
    feature_names: list
    source_model: Pipeline
    source_strength: float
    source: sktransfer.Source


def target_only(setting, X, y):
    """A model of the target's labelled rows alone: own standardisation, own strength."""
    return fit_logistic(X, y, choose_strength(X, y))


def source_only(setting, X, y):
    """The source's model as it is."""
    return setting.source_model


def pooled(setting, X, y):
    """One model of both hospitals' rows under one another, at the source's strength."""
    X_both, y_both = np.vstack([setting.X_source, X]), np.concatenate([setting.y_source, y])
    return fit_logistic(X_both, y_both, setting.source_strength)


def transfer(setting, X, y):
    """The source's model, moved as far as the target's labelled rows ask for."""
    return sktransfer.make_transfer(setting.source).fit(X, y)


METHODS = {"target only": target_only, "source only": source_only, "pooled": pooled, "transfer": transfer}


def fit_logistic(X, y, strength):
    """Standardise and fit; `strength` is scikit-learn's C."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000)).fit(X, y)


def choose_strength(X, y):
    """The C of least held-out log-loss, in five stratified folds (fewer if a class has fewer rows).

    The folds are shuffled: the source's rows are sorted by hospital.
    """
    n_folds = min(5, np.bincount(y, minlength=2).min())
    losses = np.zeros(len(STRENGTHS))
    for train, test in StratifiedKFold(n_folds, shuffle=True, random_state=0).split(X, y):
        scaler = StandardScaler().fit(X[train])
        X_train, X_test = scaler.transform(X[train]), scaler.transform(X[test])
        for k, strength in enumerate(STRENGTHS):
            model = LogisticRegression(C=strength, max_iter=1000).fit(X_train, y[train])
            losses[k] -= model.predict_log_proba(X_test)[np.arange(len(test)), y[test]].sum()
    return float(STRENGTHS[np.argmin(losses)])
