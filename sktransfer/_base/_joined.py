"""Several lots of rows fitted as one: the target's and its sources', each with a factor of its own.

    sum_k a_k sum_i w_ki loss(y_ki, x_ki . theta)

A linear twin takes a :class:`Joined` where it takes X (beside the y of the first lot): its rows are checked lot by lot,
stacked without a copy, and weigh ``a_k w_ki``. From there on they are rows like any others.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from sktransfer._designs import StackedDesign, as_design


class Lot(NamedTuple):
    """Rows of one origin.

    Attributes
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    sample_weight : array-like of shape (n_samples,) or None
    factor : float
        Of all its weights: positive, or 0 where the rows only say what the labels are.
    who : str
        Whose rows, for messages.
    known : Known or None
        The sums that the rows stand for, where they are nobody's own.
    """

    X: object
    y: object
    sample_weight: object = None
    factor: float = 1.0
    who: str = "the target"
    known: object = None


class Known(NamedTuple):
    """Sums that take the place of rows.

    Attributes
    ----------
    source : Source
        With statistics in the order of the target's features.
    factor : float
        Of its loss.
    """

    source: object
    factor: float


class Joined:
    """Lots of rows, in the place of X.

    Parameters
    ----------
    lots : list of Lot
        The features of the first are those of the fitted model.
    """

    def __init__(self, lots):
        self.lots = list(lots)

    def checked(self, check):
        """(StackedDesign, y, weight) of the lots that ``check(lot, first)`` has checked.

        Parameters
        ----------
        check : callable
            (X, y, weight) of a lot's rows; ``first``: whether they say what the features are.

        Raises
        ------
        ValueError
            If lots differ in width, in their number of outputs, or in having numbers or strings for labels.
        """
        found = [check(lot, place == 0) for place, lot in enumerate(self.lots)]
        for lot, (X, y, _) in zip(self.lots[1:], found[1:], strict=True):
            _require_alike(lot.who, X, y, *found[0][:2])
        own = [X.dtype for lot, (X, _, _) in zip(self.lots, found, strict=True) if lot.known is None]
        dtype = np.result_type(*own) if own else found[0][0].dtype
        design = StackedDesign([as_design(X) for X, _, _ in found], dtype)
        weight = [lot.factor * weight for lot, (_, _, weight) in zip(self.lots, found, strict=True)]
        y = np.concatenate([y.toarray() if sp.issparse(y) else y for _, y, _ in found])
        return design, y, np.concatenate(weight)


def own_rows(X):
    """The target's X: what to show of several lots, and X itself where it is none."""
    return X.lots[0].X if isinstance(X, Joined) else X


def _require_alike(who, X, y, first_X, first_y):
    """Rows of one lot must fit those of the first."""
    if X.shape[1] != first_X.shape[1]:
        raise ValueError(
            f"X of {who} has {X.shape[1]} features, the target's {first_X.shape[1]}. Give both the same, or "
            "DataFrames whose columns have names."
        )
    if y.shape[1:] != first_y.shape[1:]:
        raise ValueError(f"y of {who} has shape {y.shape}, the target's {first_y.shape}: give both the same outputs.")
    require_same_labels(who, y, first_y)


def require_same_labels(who, y, first_y):
    """Refuse labels that are numbers in one lot and strings in the other.

    Raises
    ------
    ValueError
        If they are.
    """
    y, first_y = np.asarray(y), np.asarray(first_y)
    if (y.dtype.kind in "biuf") != (first_y.dtype.kind in "biuf"):
        raise ValueError(
            f"y of {who} holds {y.dtype} labels, the target's {first_y.dtype} ones: they cannot be told apart or "
            "matched. Give both as numbers or both as strings."
        )
