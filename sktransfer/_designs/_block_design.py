"""Rows in blocks as a design: what a fit asks of them is sums over rows, taken by visits to the blocks."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sktransfer._designs._as_design import as_design
from sktransfer._designs._base import Design


class BlockVector:
    """A number for each row, or some, that lie where the rows lie; only their sum is known here.

    Parameters
    ----------
    field : str
        Of a :class:`~sktransfer._designs._blocks.Block`.
    shape : tuple
    total : float
    n_weighed : int
        Entries that are not zero.
    """

    def __init__(self, field, shape, total=None, n_weighed=None):
        self.field, self.shape, self._total, self.n_weighed = field, shape, total, n_weighed

    def sum(self):
        """Sum over all rows."""
        return self._total


class BlockDesign(Design):
    """A matrix of rows in blocks, of which only sums are known.

    What is asked for row by row is refused; :meth:`total` is how to visit the rows.

    Parameters
    ----------
    blocks : Blocks
    n_samples : int
    sample : Block
        Some rows, in memory, that weigh as much as all.
    """

    in_blocks = True

    def __init__(self, blocks, n_samples, sample):
        self._blocks, self.sample = blocks, sample
        self.n_samples, self.n_features, self.dtype = n_samples, blocks.n_features, blocks.dtype

    @classmethod
    def accepts(cls, X):
        """Never: it is built from blocks that somebody has been to."""
        return False

    def total(self, visit, whole=True):
        """Sum of what ``visit`` returns of each Block; see :meth:`Blocks.total`."""
        return self._blocks.total(visit, whole)

    def scaled(self, mean, scale):
        """The same rows, scaled where they lie."""
        step = _Scaling(mean, scale)
        return BlockDesign(self._blocks.then(step), self.n_samples, step(self.sample))

    def mean_and_variance(self, weight):
        """Weighted mean and variance of each feature; ``weight`` is a BlockVector."""
        spread = self.total(_SpreadOf(weight.field))
        variance = spread.squares / spread.weight
        return spread.mean, self._above_rounding(spread.mean, variance)

    def _refuse(self, *args, **kwargs):
        raise TypeError(
            "these rows lie in blocks (a memory map, a Dask collection), of which only sums over rows are known. "
            "Load them into memory, or pass a part of them."
        )

    matvec = rmatvec = sandwich = outer = quadratic = centred_squares = _refuse


@dataclass(frozen=True)
class _Scaling:
    """A step: standardised features."""

    mean: np.ndarray
    scale: np.ndarray

    def __call__(self, block):
        return block if block.X is None else block._replace(X=as_design(block.X).scaled(self.mean, self.scale))


class _Spread(NamedTuple):
    """Total weight, mean and centred squares of each feature; what two lots have is added by Chan's formula."""

    weight: float
    mean: np.ndarray
    squares: np.ndarray

    def __add__(self, other):
        weight = self.weight + other.weight
        if weight == 0:
            return self
        apart = other.mean - self.mean
        squares = self.squares + other.squares + apart**2 * (self.weight * (other.weight / weight))
        return _Spread(weight, self.mean + apart * (other.weight / weight), squares)


@dataclass(frozen=True)
class _SpreadOf:
    """A visit: :class:`_Spread` by the weights of a field."""

    field: str

    def __call__(self, block):
        design, weight = as_design(block.X), getattr(block, self.field)
        total = float(weight.sum())
        if total == 0:
            return _Spread(0.0, np.zeros(design.n_features), np.zeros(design.n_features))
        mean = design.rmatvec(weight[:, np.newaxis])[0] / total
        return _Spread(total, mean, design.centred_squares(mean, weight))
