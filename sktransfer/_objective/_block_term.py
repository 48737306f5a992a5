"""A loss term whose rows lie in blocks: the sum of the ordinary terms of the blocks.

value, gradient, Hessian  =  sum over blocks of those of LossTerm(block)
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sktransfer._objective._term import LossTerm


class BlockTerm(LossTerm):
    """Rows in blocks, their loss and their weight.

    Parameters
    ----------
    design : BlockDesign
        Its blocks hold y in the form the loss takes, and the weights.
    loss : Loss
    y, weight : BlockVector
    offset : array-like of shape (n_outputs,), default=None
        Added to the linear predictor.
    """

    def __init__(self, design, loss, y, weight, offset=None):
        self.design, self.loss, self.y, self.weight, self.offset = design, loss, y, weight, offset

    def visit(self, layout, theta, second=None):
        """(value, gradient by theta, second derivative or None) in one visit to the blocks."""
        return tuple(self.design.total(_Look(self.loss, layout, theta, self.offset, second)))

    def magnitudes(self, layout, theta):
        """The sizes of what the gradient adds up, as :meth:`LossTerm.magnitudes` has them."""
        return tuple(self.design.total(_Sizes(self.loss, layout, theta, self.offset)))

    def every(self, step):
        """The rows that are in memory, weighing as much as all, however many steps apart they are."""
        sample = self.design.sample
        return LossTerm(sample.X, self.loss, sample.y, sample.weight, self.offset)


class _Seen(NamedTuple):
    """What a visit brings back."""

    value: float
    gradient: np.ndarray
    hessian: object

    def __add__(self, other):
        hessian = None if self.hessian is None else self.hessian + other.hessian
        return _Seen(self.value + other.value, self.gradient + other.gradient, hessian)


@dataclass(frozen=True)
class _Look:
    """A visit: the ordinary loss term of a block, seen from theta."""

    loss: object
    layout: object
    theta: np.ndarray
    offset: object
    second: object

    def __call__(self, block):
        term = LossTerm(block.X, self.loss, block.y, block.weight, self.offset)
        visit = term.visit(self.layout, self.theta, self.second)
        return self._by_parts(term) if visit is None else _Seen(*visit)

    def _by_parts(self, term):
        """The same where no visit gives it at once."""
        layout, hessian = self.layout, None
        eta = term.predict(layout, self.theta)
        value, residual, curvature = self.loss.gradient(term.y, eta, term.weight)
        if self.second is not None:
            hessian = np.zeros((layout.n_params, layout.n_params))
            term.add_hessian(layout, curvature, hessian, self.second == "single")
        return _Seen(value, term.pull_back(layout, residual), hessian)


class _Magnitudes(NamedTuple):
    """What :class:`_Sizes` brings back."""

    squares: np.ndarray
    sizes: float

    def __add__(self, other):
        return _Magnitudes(self.squares + other.squares, self.sizes + other.sizes)


@dataclass(frozen=True)
class _Sizes:
    """A visit: the magnitudes of a block's ordinary loss term."""

    loss: object
    layout: object
    theta: np.ndarray
    offset: object

    def __call__(self, block):
        term = LossTerm(block.X, self.loss, block.y, block.weight, self.offset)
        return _Magnitudes(*term.magnitudes(self.layout, self.theta))


def loss_term(design, loss, y, weight, offset=None):
    """The term of these rows: of those in blocks a :class:`BlockTerm`, else a :class:`LossTerm`."""
    kind = BlockTerm if design.in_blocks else LossTerm
    return kind(design, loss, y, weight, offset)
