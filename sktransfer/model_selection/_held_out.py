"""Held-out losses of candidates: by leave-one-out where the estimator has a path, by refitting elsewhere.

All of it is a table of losses, rows x candidates; NaN marks a row that was never held out.
"""

import warnings

import numpy as np
from sklearn import get_config
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import LeaveOneOut, check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.metadata_routing import get_routing_for_object


def held_out_losses(estimator, borrowing, candidates, X, y, sample_weight, groups, cv, scoring):
    """Losses of each candidate on rows it has not seen.

    Parameters
    ----------
    estimator : estimator
    borrowing : Borrowing
        The estimator's own.
    candidates : list of Candidate
    X, y, sample_weight, groups : the target's rows
    cv : "auto", "loo", int, splitter or iterable
    scoring : None, str or callable
        None: the estimator's own loss, row by row. Otherwise a scorer: one score per split, negated.

    Returns
    -------
    losses : ndarray of shape (n_rows or n_splits, n_candidates)
    weight : ndarray of shape (n_rows or n_splits,)
        What they are averaged with.

    Raises
    ------
    ValueError
        If ``cv`` is none of these, or holds out no row that has a weight.
    """
    losses, weight = _losses_and_weight(estimator, borrowing, candidates, X, y, sample_weight, groups, cv, scoring)
    if not np.any(weight[~np.isnan(losses).any(axis=1)] > 0):
        raise ValueError("cv holds out no row that has a weight, so nothing can be compared. Give it such splits.")
    return losses, weight


def _losses_and_weight(estimator, borrowing, candidates, X, y, sample_weight, groups, cv, scoring):
    if scoring is None and borrowing.has_path and _is_loo(cv):
        _warn_of(groups)
        losses = np.column_stack(borrowing.held_out(X, y, sample_weight, candidates))
        return losses, _weights(sample_weight, len(losses))
    splits = list(_splitter(cv, estimator, y).split(X, y, groups))
    if scoring is None:
        return _by_rows(estimator, borrowing, candidates, X, y, sample_weight, splits)
    return _by_splits(estimator, candidates, X, y, sample_weight, splits, scoring)


def _warn_of(groups):
    """As scikit-learn's splitters without groups do."""
    if groups is not None:
        warnings.warn(
            "The groups parameter is ignored by leave-one-out. Give TransferCV cv=GroupKFold() or another splitter by "
            "groups.",
            UserWarning,
            stacklevel=7,
        )


def _is_loo(cv):
    return isinstance(cv, LeaveOneOut) or (isinstance(cv, str) and cv in ("auto", "loo"))


def _splitter(cv, estimator, y):
    """A splitter for what ``cv`` may be; five stratified folds for "auto"."""
    if isinstance(cv, str):
        if cv == "loo":
            return LeaveOneOut()
        if cv != "auto":
            raise ValueError(f"cv must be 'auto', 'loo', an int, a splitter or an iterable of splits; got {cv!r}")
        cv = min(5, len(y))
    return check_cv(cv, y, classifier=is_classifier(estimator))


def _weights(sample_weight, n):
    return np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)


def _fit(estimator, candidate, X, y, sample_weight, train):
    twin = clone(estimator).set_params(**candidate.params)
    weight = {} if sample_weight is None else {"sample_weight": _safe_indexing(sample_weight, train)}
    return twin.fit(_safe_indexing(X, train), _safe_indexing(y, train), **weight)


def _by_rows(estimator, borrowing, candidates, X, y, sample_weight, splits):
    """Losses per row, averaged over the splits that hold it out."""
    n = len(_weights(sample_weight, len(y)))
    total, times = np.zeros((n, len(candidates))), np.zeros(n)
    for train, test in splits:
        test = np.arange(n)[test]
        times[test] += 1
        X_test, y_test = _safe_indexing(X, test), _safe_indexing(y, test)
        for column, candidate in enumerate(candidates):
            fitted = _fit(estimator, candidate, X, y, sample_weight, train)
            total[test, column] += borrowing.row_losses(fitted, X_test, y_test)
    seen = times > 0
    losses = np.full_like(total, np.nan)
    losses[seen] = total[seen] / times[seen, np.newaxis]
    return losses, _weights(sample_weight, n)


def _by_splits(estimator, candidates, X, y, sample_weight, splits, scoring):
    """Minus the scorer's value per split; splits count by the weight of their test rows.

    A scorer given by name averages with the weights within a split, too; a callable where it asks for them.
    """
    weights = _weights(sample_weight, len(y))
    losses, weight = np.empty((len(splits), len(candidates))), np.empty(len(splits))
    weighs = sample_weight is not None and _weighs(scoring)
    for row, (train, test) in enumerate(splits):
        weight[row] = weights[test].sum()
        for column, candidate in enumerate(candidates):
            fitted = _fit(estimator, candidate, X, y, sample_weight, train)
            scorer = check_scoring(fitted, scoring)
            extra = {"sample_weight": weights[test]} if weighs else {}
            losses[row, column] = -scorer(fitted, _safe_indexing(X, test), _safe_indexing(y, test), **extra)
    return losses, weight


def _weighs(scoring):
    """Whether a scorer is handed weights: always where it is given by name, else where it asks for them."""
    if not callable(scoring):
        return True
    asked = get_routing_for_object(scoring).score.requests if get_config()["enable_metadata_routing"] else {}
    return asked.get("sample_weight") is True
