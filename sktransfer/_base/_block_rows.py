"""Rows in blocks, checked and laid out where they lie.

labels     one visit to y and weights: which there are, what they weigh               (classifiers)
survey     one visit to the rows: are they finite, is y in the loss's range, what do they weigh;
           some rows are taken along, fifty for each parameter
moments    squared loss: the survey brings the moments of [X, y] instead. An ordinary small data set has the same
           (:class:`~sktransfer._designs.Moments`), and its fit is the fit.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite, check_array
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from sktransfer._base._validate import Rows, require_some_weight, require_weights
from sktransfer._designs import BlockDesign, BlockVector, Moments, as_design
from sktransfer._designs._blocks import Block
from sktransfer._designs._summed import SummedDesign
from sktransfer._utils._compat import validate_data

_ROWS_PER_PARAMETER = 50
_MOST_NUMBERS = 1 << 22


def require_blocks(estimator, blocks, reason):
    """Set ``n_features_in_`` and ``feature_names_in_``; refuse what cannot be fitted block by block."""
    if reason is not None:
        raise ValueError(
            f"{type(estimator).__name__} cannot be fitted to rows in blocks: {reason}. Load the rows into memory "
            "(of a Dask collection: X.compute())."
        )
    validate_data(estimator, blocks.header, skip_check_array=True)


def surveyed(estimator, rows, loss):
    """Rows whose blocks nobody has been to yet -> Rows ready for a fit.

    Parameters
    ----------
    estimator : LinearTransfer
        For its name in errors.
    rows : Rows
        ``design`` is Blocks, y and weights are to be found there.
    loss : Loss

    Returns
    -------
    Rows
        Of squared loss a small ordinary data set with the same sums, else a BlockDesign with BlockVectors.
    """
    blocks, who = rows.design, type(estimator).__name__
    most = 0 if loss.quadratic else -(-_rows_to_take(loss.n_outputs, blocks.n_features) // blocks.n_blocks)
    found = blocks.total(_Survey(who, loss, most, rows.weight is not rows.sample_weight))
    if found.n_rows == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape=(0, {blocks.n_features})) while a minimum of 1 is required by {who}."
        )
    require_some_weight(found.given)
    return _of_moments(rows, found) if loss.quadratic else _of_visits(rows, found)


def _rows_to_take(n_outputs, n_features):
    """Rows that tell where the optimum is, roughly; fewer where they are wide."""
    return min(_ROWS_PER_PARAMETER * n_outputs * (n_features + 1), max(1, _MOST_NUMBERS // max(n_features, 1)))


def _of_moments(rows, found):
    X, y, weight = found.moments.rows()
    design = SummedDesign(X, found.moments, rows.design.dtype, found.n_rows, found.spread)
    return rows._replace(design=design, y=y, weight=weight, sample_weight=weight * (found.given / weight.sum()))


def _of_visits(rows, found):
    vectors = {
        "y": BlockVector("y", (found.n_rows, *rows.y.shape[1:])),
        "weight": BlockVector("weight", (found.n_rows,), found.weight, found.n_weighed),
        "sample_weight": BlockVector("given", (found.n_rows,), found.given),
    }
    sample = _stacked(found.sample)
    return rows._replace(design=BlockDesign(rows.design, found.n_rows, sample), **vectors)


class Found(NamedTuple):
    """What a survey brings back."""

    n_rows: int
    n_weighed: int
    weight: float
    given: float
    sample: list
    moments: object
    spread: object

    def __add__(self, other):
        pairs = zip(self, other, strict=True)
        return Found(*(None if mine is None else mine + theirs for mine, theirs in pairs))


@dataclass(frozen=True)
class _Survey:
    """A visit: check a block, and sum it up.

    Attributes
    ----------
    who : str
    loss : Loss
    most : int
        Rows to take along.
    two_weights : bool
        Whether the weights of the fit are not the user's.
    """

    who: str
    loss: object
    most: int
    two_weights: bool

    def __call__(self, block):
        assert_all_finite(block.X, estimator_name=self.who, input_name="X")
        require_weights(block.given)
        y = check_array(block.y, ensure_2d=False, dtype="numeric", input_name="y", ensure_min_samples=0)
        y = self.loss.encode(y) if len(y) else y
        moments = spread = None
        if self.loss.quadratic:
            moments = _moments(block.X, y, self.loss.n_outputs, block.weight)
            spread = _moments(block.X, np.zeros((len(y), 0)), 0, block.given) if self.two_weights else None
        sums = float(block.weight.sum()), float(block.given.sum())
        return Found(len(y), np.count_nonzero(block.weight), *sums, self._sample(block), moments, spread)

    def _sample(self, block):
        """Evenly spaced rows that weigh as much as the block."""
        n_rows = len(block.y)
        if min(n_rows, self.most) == 0:
            return []
        at = np.unique(np.linspace(0, n_rows - 1, min(n_rows, self.most)).astype(int))
        part = Block(*(values[at] for values in block))
        weights = [_weighing(values, whole.sum()) for values, whole in zip(part[2:], block[2:], strict=True)]
        return [Block(part.X, part.y, *weights)]


def _moments(X, y, n_outputs, weight):
    if len(y) == 0:
        return Moments.none(X.shape[1], n_outputs)
    return Moments.of(as_design(X), y.reshape(len(y), n_outputs), weight)


def _weighing(weight, total):
    return weight * (total / weight.sum()) if weight.sum() > 0 else weight


def _stacked(sample):
    """Blocks, one below the other."""
    X, y, weight, given = zip(*sample, strict=True)
    stack = (lambda parts: sp.csr_array(sp.vstack(parts))) if sp.issparse(X[0]) else np.concatenate
    return Block(stack(X), np.concatenate(y), np.concatenate(weight), np.concatenate(given))


class Labels(NamedTuple):
    """Labels of some rows, what they weigh and how many there are."""

    values: np.ndarray
    weight: np.ndarray
    count: np.ndarray

    def __add__(self, other):
        values, at = np.unique(np.concatenate([self.values, other.values]), return_inverse=True)
        sums = (
            np.bincount(at, weights=np.concatenate([mine, theirs]), minlength=len(values))
            for mine, theirs in zip(self[1:], other[1:], strict=True)
        )
        return Labels(values, *sums)


def labels_of(block):
    """A visit: the :class:`Labels` of a block."""
    require_weights(block.given)
    y = column_or_1d(block.y, warn=True)
    if len(y):
        check_classification_targets(y)
    values, at = np.unique(y, return_inverse=True)
    return Labels(values, np.bincount(at, weights=block.given, minlength=len(values)), np.bincount(at).astype(float))


@dataclass(frozen=True)
class Encoding:
    """A step: labels as numbers of classes, weights times those of their labels.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    labels : ndarray of shape (n_labels,)
        Those in y.
    factors : ndarray of shape (n_labels,)
    """

    classes: np.ndarray
    labels: np.ndarray
    factors: np.ndarray

    def __call__(self, block):
        y = column_or_1d(block.y)
        factors = self.factors[self.labels.searchsorted(y)]
        return block._replace(y=self.classes.searchsorted(y), weight=block.given * factors)


def unread(blocks, y_shape, classes=None, shown=None, two_weights=False):
    """Rows that nobody has been to yet: ``design`` is the blocks themselves."""
    given = BlockVector("given", (None,))
    weight = BlockVector("weight", (None,)) if two_weights else given
    return Rows(blocks, BlockVector("y", y_shape), weight, given, blocks.dtype, classes, shown)
