"""What a source knows of its rows as sums: of the two kinds, what is the same.

A *kind* is one file with one class: :class:`MomentStatistics` (squared loss, exact) and :class:`CurvatureStatistics`
(other smooth losses, to second order).
"""

from abc import abstractmethod
from typing import NamedTuple

import numpy as np

from sktransfer.sources._immutable import Immutable
from sktransfer.sources._penalty import Penalty


class Family(NamedTuple):
    """A loss: its name, its power where it is one of many, its link."""

    name: str
    power: float
    link: str

    @classmethod
    def of(cls, loss):
        """That of a Loss."""
        return cls(loss.name, float(getattr(loss, "power", 0.0)), loss.link)

    def __str__(self):
        power = f" of power {self.power:g}" if self.name == "tweedie" else ""
        return f"{self.name} loss{power} with link {self.link!r}"


class Statistics(Immutable):
    """A source's rows as weighted sums: immutable, to be added and taken away.

    Attributes
    ----------
    kind : {"moments", "curvature"}
    family : Family
        The loss.
    shape : (int, int)
        Rows and columns of the coefficients.
    weight : float
        Total weight of the rows, class weights included.
    n_rows : int
        Rows with a weight.
    penalty : Penalty or None
        That of the model they were summarised with; None where it is not quadratic, or there were bounds.
    fit_intercept : bool
        Whether that model fitted the intercept.
    """

    __slots__ = ("fit_intercept", "penalty")

    kind: str

    @property
    @abstractmethod
    def hessian(self):
        """The loss's second derivative over [coef, row by row; intercepts]."""

    @abstractmethod
    def fitted(self, intercept):
        """(coef (K, p), intercept (K,)): the loss's minimum with the penalty counted once.

        ``intercept`` is where it stays if it is not fitted.
        """

    @abstractmethod
    def arranged(self, rows, columns, sign=1.0):
        """The same with rows and columns of the coefficients in another order, times a sign."""

    @abstractmethod
    def joined(self, other, sign):
        """The sums with those of ``other`` added (1) or taken away (-1); both are of one kind and shape."""

    def merged(self, other, sign, who):
        """:meth:`joined`, if that is possible.

        Raises
        ------
        ValueError
            If the losses, shapes or penalties differ, or more is taken away than is there.
        """
        if self.family != other.family:
            raise ValueError(f"{who} have different losses: {self.family}, and {other.family}. {_MERGE}")
        if self.shape != other.shape:
            raise ValueError(f"{who} have coefficients of different shapes: {self.shape} and {other.shape}. {_MERGE}")
        if self.penalty is None or other.penalty is None:
            raise ValueError(
                f"{who} were not both summarised with a quadratic penalty, so nothing says where their common optimum "
                "is. Summarise each with a model without bounds, without absolute values in its penalty and with "
                "finite strengths."
            )
        if self.fit_intercept != other.fit_intercept or not self.penalty.same(other.penalty):
            raise ValueError(f"{who} were summarised with different penalties or intercepts. {_MERGE}")
        if sign < 0 and other.n_rows >= self.n_rows:
            raise ValueError(
                f"cannot take away {other.n_rows} rows from {self.n_rows}: nothing would be left. Take away only a "
                "part of what was added."
            )
        return self.joined(other, sign)

    def precision(self):
        """The loss's second derivative plus that of the penalty, where this is quadratic."""
        return self.hessian if self.penalty is None else self.hessian + self.penalty.at(self.weight)[0]

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        K, p = self.shape
        return f"{type(self).__name__}({self.family.name}, n_rows={self.n_rows}, weight={self.weight:.6g}, {K} x {p})"

    def stored(self):
        """(plain fields, arrays) of which :meth:`restored` makes the same again."""
        plain, arrays = self._stored()
        if self.penalty is not None:
            arrays |= {"penalty": self.penalty.curvature, "pull": self.penalty.pull}
            plain |= {"per_weight": self.penalty.per_weight}
        return plain | {"kind": self.kind, "fit_intercept": self.fit_intercept}, arrays

    @classmethod
    def restored(cls, plain, arrays):
        """What :meth:`stored` wrote, checked."""
        penalty = Penalty(arrays["penalty"], arrays["pull"], plain["per_weight"]) if "penalty" in arrays else None
        return cls._restored(plain, arrays, penalty, bool(plain["fit_intercept"]))


_MERGE = "Summarise both with the same model."


def is_number(value):
    """Whether a value read from a file is a plain number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
