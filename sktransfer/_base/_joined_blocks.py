"""Lots of rows of which some lie in blocks: all are blocks then, those in memory one each."""

from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np

from sktransfer._base._joined import Joined, require_same_labels
from sktransfer._designs._blocks import Blocks, Errand, as_blocks, lies_in_blocks


class JoinedBlocks(Blocks):
    """The blocks of all lots; weights are multiplied by the factors of the lots.

    Parameters
    ----------
    X : Joined
    y, sample_weight
        Of the first lot, which has them, too.
    """

    def __init__(self, X, y, sample_weight):
        self._lots = X.lots
        self._parts = [_part(lot) for lot in X.lots]
        first = self._parts[0]
        self.header, self.y_shape = first.header, first.y_shape
        self.n_features = first.n_features
        self.dtype = np.result_type(*(part.dtype for part in self._parts))
        self.n_blocks = sum(part.n_blocks for part in self._parts)
        self.array = all(part.array for part in self._parts)
        for lot, part in zip(self._lots[1:], self._parts[1:], strict=True):
            self._require_alike(lot.who, part, lot.y)

    def _require_alike(self, who, part, y):
        if part.n_features != self.n_features or part.y_shape[1:] != self.y_shape[1:]:
            raise ValueError(
                f"the rows of {who} have {part.n_features} features and y of shape (n, *{part.y_shape[1:]}), the "
                f"target's {self.n_features} and (n, *{self.y_shape[1:]}). Give both the same."
            )
        require_same_labels(who, _no_labels(y), _no_labels(self._lots[0].y))

    @classmethod
    def accepts(cls, X):
        """Whether some lot lies in blocks."""
        return isinstance(X, Joined) and any(lies_in_blocks(lot.X) for lot in X.lots)

    def _run(self, errand, whole):
        return reduce(add, (self._of_part(*pair, errand, whole) for pair in zip(self._lots, self._parts, strict=True)))

    def _of_part(self, lot, part, errand, whole):
        try:
            return part._run(Errand((_Factor(lot.factor), *errand.steps), errand.visit), whole)
        except ValueError as error:
            if lot is self._lots[0]:
                raise
            raise ValueError(f"the rows of {lot.who} cannot be used: {error}") from error


class OneBlock(Blocks):
    """Ordinary rows, as one block."""

    n_blocks, array = 1, True

    def __init__(self, X, y, sample_weight):
        self._rows = X, y, sample_weight
        header = X[:0] if hasattr(X, "columns") else np.empty((0, np.shape(X)[1]))
        dtype = getattr(X, "dtype", None)
        self.header, self.n_features = header, header.shape[1]
        self.dtype = np.dtype(np.float32 if dtype == np.float32 else np.float64)
        self.y_shape = np.shape(y)

    @classmethod
    def accepts(cls, X):
        """Never by itself."""
        return False

    def _run(self, errand, whole):
        X, y, weight = self._rows
        return errand(X if whole else None, y, weight)


class _Factor(NamedTuple):
    """A step: all weights times a factor."""

    factor: float

    def __call__(self, block):
        return block._replace(weight=self.factor * block.weight, given=self.factor * block.given)


def _part(lot):
    blocks = as_blocks(lot.X, lot.y, lot.sample_weight)
    return OneBlock(lot.X, lot.y, lot.sample_weight) if blocks is None else blocks


def _no_labels(y):
    """No labels of the same type."""
    return np.asarray(getattr(y, "_meta", y))[:0]
