"""The protocol by which an estimator says how it can borrow.

`TransferCV` asks an estimator for ``_borrowing`` and knows nothing else of it.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from sktransfer._base._findings import Reference


class Candidate(NamedTuple):
    """One way to borrow.

    Attributes
    ----------
    name : {"source", "recalibrated", "pooled", "transfer", "target"}
    params : dict
        What to set on the estimator.
    amount : tuple
        How much is borrowed: candidates compare by it, the larger borrows more.
    family : str
        Candidates of one name and family differ in their strength only.
    """

    name: str
    params: dict
    amount: tuple
    family: str = ""

    @property
    def label(self):
        """Name and family, as they are said to users."""
        return f"{self.name} ({self.family})" if self.family else self.name


class Borrowing(ABC):
    """How an estimator borrows."""

    @property
    @abstractmethod
    def has_path(self):
        """Whether :meth:`held_out` gives leave-one-out losses without refitting."""

    @property
    @abstractmethod
    def likelihood(self):
        """What row losses are: "squares" of errors, logarithms of "chances", of "counts", or None, unknown."""

    @property
    def axis(self):
        """The parameter along which "transfer" candidates lie: Axis, or None."""
        return None

    def reference(self, X, y, sample_weight):
        """What coefficients and losses are held against: Reference."""
        return Reference("loss", float(len(y) if sample_weight is None else np.sum(sample_weight)), has_source=True)

    @abstractmethod
    def candidates(self, X, y, sample_weight, grid):
        """All ways to borrow that make sense for these rows: list of Candidate."""

    @abstractmethod
    def held_out(self, X, y, sample_weight, candidates):
        """Leave-one-out losses, one array (n_samples,) per candidate."""

    @abstractmethod
    def row_losses(self, fitted, X, y):
        """The estimator's own loss of each row under a fitted clone: (n_samples,)."""

    @abstractmethod
    def fitted(self, X, y, sample_weight, candidates, chosen):
        """The estimator fitted to these rows as each candidate says: a list of clones.

        That at place ``chosen`` is its own ``fit``, to the bit; the others are so to its tolerance.
        """

    @abstractmethod
    def average(self, fitted, weights):
        """One estimator that predicts the weighted mean of what fitted clones predict."""

    def evidence(self, X, y, sample_weight, candidates):
        """Logarithm of the rows' likelihood under each candidate, its parameters integrated out: (n_candidates,)."""
        raise ValueError(
            "scoring='evidence' integrates over the parameters of a linear twin with a smooth penalty, such as "
            "TransferRidge or TransferLogisticRegression. Hold rows out: scoring=None, or a scorer."
        )


def refitted(estimator, X, y, sample_weight, candidates):
    """Clones of ``estimator`` with each candidate's parameters, fitted one after the other."""
    weight = {} if sample_weight is None else {"sample_weight": sample_weight}
    return [clone(estimator).set_params(**candidate.params).fit(X, y, **weight) for candidate in candidates]
