"""A search's table as curves along strengths and levels beside them."""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone


class Curve(NamedTuple):
    """Held-out scores of one family along its strengths, all arrays of shape (n_values,).

    Attributes
    ----------
    values : ndarray
        Of the borrowing parameter, ascending, positive and finite.
    scores : ndarray
        Greater is better.
    errors : ndarray
        Standard errors of the scores.
    behind_errors : ndarray
        Standard errors of the differences to the best candidate.
    weights : ndarray
        Shares in the mixture.
    places : ndarray of int
        Which candidates of the table they are.
    """

    values: np.ndarray
    scores: np.ndarray
    errors: np.ndarray
    behind_errors: np.ndarray
    weights: np.ndarray
    places: np.ndarray


class Level(NamedTuple):
    """The best of a family without strengths, or whose strengths are its own: score, standard errors, total weight."""

    score: float
    error: float
    behind_error: float
    weight: float


def curves_and_levels(table, weights, axis):
    """What a search tried, by family.

    Parameters
    ----------
    table : dict of lists
        ``TransferCV.table_``.
    weights : ndarray of shape (n_candidates,)
    axis : Axis

    Returns
    -------
    (dict of Curve, dict of Level)
        "transfer" candidates of a strength that can be drawn are curves, at each strength the best; the best of every
        other family is a level.
    """
    values = np.array([params.get(axis.name, np.nan) for params in table["params"]], dtype=np.float64)
    inside = (values > 0) & (values < (1 if axis.scale == "logit" else np.inf))
    along = inside & (np.array(table["candidate"]) == "transfer")
    columns = np.column_stack([table["score"], table["se"], table["behind_se"], weights])
    family = np.array(table["family"])
    curves, levels = {}, {}
    for name in dict.fromkeys(table["family"]):
        on, off = np.flatnonzero(along & (family == name)), np.flatnonzero(~along & (family == name))
        if len(on):
            curves[name] = _curve(values, columns, on)
        if len(off):
            level, _ = _best(columns, off)
            levels[f"{name}, at its ends" if len(on) else name] = Level(*map(float, level))
    return curves, levels


def _curve(values, columns, among):
    """At each value the best score, and all the weight."""
    steps = np.unique(values[among])
    rows, places = zip(*(_best(columns, among[values[among] == step]) for step in steps), strict=True)
    return Curve(steps, *np.transpose(rows), np.array(places))


def _best(columns, among):
    """(the row of the best score, with the weight of all these rows; its place)."""
    score = columns[among, 0]
    place = int(among[np.argmax(np.where(np.isfinite(score), score, -np.inf))])
    return np.append(columns[place, :-1], columns[among, -1].sum()), place


def coefs_along(search, curve, X, y, sample_weight):
    """Coefficients of one family, refitted at each of its strengths.

    Parameters
    ----------
    search : fitted TransferCV
    curve : Curve
    X, y, sample_weight : the target's rows

    Returns
    -------
    coefs : ndarray of shape (n_values, n_outputs, n_features)
    fitted : estimator
        The last of the fits.

    Raises
    ------
    TypeError
        If its fits have no coefficients.
    """
    coefs, extra = [], {} if sample_weight is None else {"sample_weight": sample_weight}
    for place in curve.places:
        fitted = clone(search.estimator).set_params(**search.table_["params"][place]).fit(X, y, **extra)
        if not hasattr(fitted, "coef_"):
            raise TypeError(f"{type(fitted).__name__} has no coefficients to draw along its path: take kind='score'.")
        coefs.append(np.atleast_2d(np.asarray(fitted.coef_, dtype=np.float64)))
    return np.array(coefs), fitted
