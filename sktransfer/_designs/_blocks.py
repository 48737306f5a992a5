"""Rows that lie in blocks somewhere: slices of a memory map, chunks of a Dask collection.

    sum over rows of f(row)  =  sum over blocks of (sum over the block's rows)

Nothing asks a :class:`Blocks` for its rows. What visits a block goes to where the block lies, and only sums come back.
"""

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array

from sktransfer._kernels import one_thread
from sktransfer._utils._discover import subclasses


class Block(NamedTuple):
    """Some rows, where they lie.

    Attributes
    ----------
    X : ndarray or CSR or CSC of float32 or float64 of shape (n_rows, n_features), or None
        None where only y and weights were asked for.
    y : ndarray
    weight : ndarray of shape (n_rows,)
        Weights of the fit.
    given : ndarray of shape (n_rows,)
        The user's weights.
    """

    X: object
    y: np.ndarray
    weight: np.ndarray
    given: np.ndarray


@dataclass(frozen=True)
class Errand:
    """What is to be done with each block; it is sent to where the blocks lie.

    Attributes
    ----------
    steps : tuple of callables
        Each takes a Block and returns the Block for the next.
    visit : callable
        Takes the last Block; its results are added with ``+``.
    """

    steps: tuple
    visit: object

    def __call__(self, X, y, weight):
        """Lay out a block's rows, take the steps, visit."""
        with one_thread():
            block = lay_out(X, y, weight)
            for step in self.steps:
                block = step(block)
            return self.visit(block)


def lay_out(X, y, weight):
    """A block as it lies, array or data frame, as a Block; nothing is checked but shapes.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    floats = {"dtype": (np.float64, np.float32), "ensure_all_finite": False, "ensure_min_samples": 0}
    X = None if X is None else check_array(X, accept_sparse=("csr", "csc"), input_name="X", **floats)
    y = np.asarray(y)
    weight = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    lengths = {len(y), len(weight)} | (set() if X is None else {X.shape[0]})
    if len(lengths) > 1:
        rows = "rows" if X is None else f"{X.shape[0]} rows of X"
        raise ValueError(
            f"a block has {rows}, {len(y)} entries of y and {len(weight)} of sample_weight. "
            "X, y and sample_weight must have the same blocks: partition them alike."
        )
    return Block(X, y, weight, weight)


class Blocks(ABC):
    """Rows in blocks, reached only through sums over them.

    To add a kind, write a file in this folder with a subclass that has ``accepts(X)``, the abstract methods below and
    the attributes; :func:`as_blocks` finds it. A constructor takes the user's (X, y, sample_weight), by reference.

    Attributes
    ----------
    n_features : int
    dtype : numpy dtype
        float32 or float64: of the fitted attributes.
    header : ndarray or DataFrame of shape (0, n_features)
        No rows, but the features' names where they have some.
    n_blocks : int
    y_shape : tuple
        Of y, the first entry meaning nothing.
    """

    array = False  # whether the rows can be taken for an ordinary array, too
    _steps = ()

    @classmethod
    @abstractmethod
    def accepts(cls, X):
        """Whether rows of ``X`` lie in blocks of this kind."""

    @abstractmethod
    def _run(self, errand, whole):
        """Sum of ``errand(X, y, weight)`` over blocks; X is None unless ``whole``."""

    def then(self, step):
        """The same rows, each block changed by ``step`` where it lies."""
        changed = copy.copy(self)
        changed._steps = (*self._steps, step)
        return changed

    def total(self, visit, whole=True):
        """``sum(visit(block) for block in blocks)``.

        Parameters
        ----------
        visit : callable
            Takes a :class:`Block`. It can be pickled, and what it returns can be added.
        whole : bool, default=True
            Whether X is visited; where y and weights will do, X stays where it is.

        Returns
        -------
        object
            What ``visit`` returns, added up.
        """
        return self._run(Errand(self._steps, visit), whole)


def as_blocks(X, y, sample_weight):
    """The rows as Blocks; None where they are ordinary rows, in memory."""
    for kind in subclasses(Blocks):
        if kind.accepts(X):
            if y is None:
                raise ValueError("a fit requires y to be passed, but the target y is None. Give one entry a row.")
            return kind(X, y, sample_weight)
    return None


def lies_in_blocks(X):
    """Whether the rows of ``X`` lie in blocks of some kind."""
    return any(kind.accepts(X) for kind in subclasses(Blocks))


def float_type(dtypes):
    """float32 if all of them are, else float64: what scikit-learn's twins make of X."""
    return np.dtype(np.float32 if all(dtype == np.float32 for dtype in dtypes) else np.float64)
