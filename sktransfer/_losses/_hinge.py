"""Hinge loss ``max(0, 1 - s * eta)`` for s = -1 or 1, and its square; one-vs-rest for three classes or more."""

import numpy as np

from sktransfer._losses._kinked import DualForm, KinkedLoss


class Hinge(KinkedLoss):
    """How far a row's margin ``s * eta`` stays below one.

    Parameters
    ----------
    n_classes : int, default=2
        Two are one output, for the second class; more are one output each, that class against the rest.
    own_weight : ndarray of shape (n_classes,), default=None
        Factor on the weight of a class's rows in its own output, for three classes or more.
    """

    name = "hinge"
    title = "hinge loss"
    link = "margin"
    smooth = False
    sides = 1

    def __init__(self, n_classes=2, own_weight=None):
        self.n_classes = n_classes
        self.n_outputs = 1 if n_classes == 2 else n_classes
        self.separable = self.n_outputs == 1
        self.own_weight = own_weight

    @property
    def single(self):
        """The loss of two classes."""
        return type(self)()

    def encode(self, y):
        """Numbers of classes as signs: (n_samples, n_outputs), 1 in the row's own output and -1 elsewhere.

        Signs of that shape are handed back as they are.
        """
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] == self.n_outputs and np.all(np.abs(y) == 1):
            return y.astype(np.float64)
        if not np.all((y >= 0) & (y < self.n_classes) & (y == np.floor(y))):
            raise ValueError(
                f"{self.name} loss takes the numbers of {self.n_classes} classes, from 0; got values in "
                f"[{y.min()}, {y.max()}]"
            )
        classes = np.array([1]) if self.n_classes == 2 else np.arange(self.n_classes)
        return np.where(y[:, np.newaxis] == classes, 1.0, -1.0)

    def weights(self, y, weight):
        """The rows' weights, in their own output times its factor."""
        if self.own_weight is None:
            return weight[:, np.newaxis]
        return weight[:, np.newaxis] * np.where(y > 0, self.own_weight, 1.0)

    def elementwise(self, y, eta):
        """``max(0, 1 - y * eta)``, ``-y`` or 0, and 0."""
        short = np.maximum(0.0, 1.0 - y * eta)
        return short, np.where(short > 0, -y, 0.0), np.zeros_like(eta)

    def dual(self, y, weight, k):
        """Slopes between zero and the row's weight, on the side of its class."""
        c, sign = self._column(y, weight, k)
        bound = c * sign
        return DualForm(c, sign, np.minimum(bound, 0.0), np.maximum(bound, 0.0), np.zeros_like(c), 0.0)

    def _column(self, y, weight, k):
        """(weights, signs) of one output."""
        weights = np.broadcast_to(self.weights(y, weight), y.shape)
        return np.ascontiguousarray(weights[:, k]), np.ascontiguousarray(y[:, k])


class SquaredHinge(Hinge):
    """``max(0, 1 - s * eta) ** 2``: smooth, its second derivative jumps."""

    name = "squared hinge"
    title = "squared hinge loss"
    smooth = True

    def elementwise(self, y, eta):
        """``short ** 2``, ``-2 y short`` and 2 where a row falls short of its margin."""
        short = np.maximum(0.0, 1.0 - y * eta)
        return short**2, -2.0 * y * short, np.where(short > 0, 2.0, 0.0)

    def dual(self, y, weight, k):
        """Slopes on the side of the row's class, however steep."""
        c, sign = self._column(y, weight, k)
        top = np.where(c > 0, np.inf, 0.0)
        ridge = np.divide(0.5, c, out=np.zeros_like(c), where=c > 0)
        return DualForm(c, sign, np.where(sign < 0, -top, 0.0), np.where(sign > 0, top, 0.0), ridge, 0.0)
