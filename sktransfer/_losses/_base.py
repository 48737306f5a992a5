"""What a loss must be able to do. Losses know y, the linear predictor and weights; nothing of X or theta.

Conventions
-----------
``y`` is whatever :meth:`Loss.encode` returned; ``eta`` is (n_samples, n_outputs) C-ordered float64;
``weight`` is (n_samples,), not negative. Values are sums over rows; gradients and curvatures are with respect
to ``eta`` and hold the weight already.
"""

from abc import ABC, abstractmethod

import numpy as np


class Loss(ABC):
    """One loss function, row by row.

    To add one, write a file in this folder with a subclass that has the abstract methods below.

    Attributes
    ----------
    name : str
        The family's name, as it is said to users.
    title : str
        What the mean of :meth:`pointwise` is called.
    link : {"identity", "logit", "log", "margin", "sign"}
        What the linear predictor is of the mean.
    n_outputs : int
        Columns of ``eta``.
    quadratic : bool
        Whether the curvature does not depend on ``eta``.
    separable : bool
        Whether the outputs do not interact.
    shift_invariant : bool
        Whether adding a constant to all outputs of a row changes nothing.
    smooth : bool
        Whether the gradient is continuous.
    by_gap : bool
        Whether a solution is certified by the relative duality gap, not by its gradient.
    fused_kernel : (int, float) or None
        Number of the loss in the fused kernels of `_kernels`, and its power where it is a family of losses (else 0.0);
        None where it has none, which costs only speed.
    joint_kernel : callable or None
        Where outputs interact: the kernel of `_kernels` that sums value and gradient in one visit to the rows.
    level : callable or None
        (y, eta, weight) -> the shift of all predictors that lowers the sum most, where there is a formula for it. Fits
        then start from there: losses that grow like exp(eta) cannot be minimised from anywhere.
    divergence : callable or None
        Of convex losses: (y, eta, change (n_samples, n_outputs)) -> ``f(eta) + f*(r) - r . eta`` of each row at the
        slope ``r = f'(eta) + change``, f* the convex conjugate: 0 where change is 0, infinite where f has no such
        slope. Duality gaps are sums of these.
    steepest : float
        The largest curvature of a row; infinite where there is none.
    dispersed : bool
        Whether losses are a negative log-likelihood up to a factor that is not known, one over the dispersion: a noise
        variance. Labels and counts have none.
    """

    name: str
    title = "loss"
    link: str
    n_outputs = 1
    quadratic = False
    separable = True
    shift_invariant = False
    smooth = True
    by_gap = False
    fused_kernel = None
    joint_kernel = None
    level = None
    divergence = None
    steepest = np.inf
    dispersed = False

    @abstractmethod
    def encode(self, y):
        """Check the domain of ``y`` and bring it into the form the other methods take."""

    @abstractmethod
    def value(self, y, eta, weight):
        """Sum of weighted losses: a float."""

    @abstractmethod
    def gradient(self, y, eta, weight):
        """(value, gradient (n_samples, n_outputs), :class:`Curvature`) in one pass."""

    @abstractmethod
    def pointwise(self, y, eta):
        """The loss of each row without weights, as it is scored on held-out rows: (n_samples,)."""

    @abstractmethod
    def mean(self, eta):
        """The mean of y given ``eta``: the inverse link."""

    def half_deviances(self, y, eta, weight):
        """Weighted sums of half the deviance, one for each output with a dispersion of its own: (1,) or (K,)."""
        seen = weight > 0
        return np.array([weight[seen] @ self.pointwise(y, eta)[seen]])


class Curvature(ABC):
    """The second derivative of a sum of losses: one n_outputs x n_outputs block per row."""

    @abstractmethod
    def block(self, k, m):
        """Entry (k, m) of every row's block: (n_samples,), or None where it is zero for all rows."""

    @abstractmethod
    def apply(self, direction):
        """Every row's block times that row of ``direction`` (n_samples, n_outputs)."""

    def rows(self, n_samples, n_outputs):
        """All blocks: (n_samples, n_outputs, n_outputs)."""
        blocks = np.zeros((n_samples, n_outputs, n_outputs))
        for k in range(n_outputs):
            for m in range(n_outputs):
                entry = self.block(k, m)
                if entry is not None:
                    blocks[:, k, m] = entry
        return blocks


class DiagonalCurvature(Curvature):
    """Outputs that do not interact: ``diagonal`` is (n_samples,), the same for each output."""

    def __init__(self, diagonal):
        self.diagonal = diagonal

    def block(self, k, m):
        """Entry (k, m): the diagonal, or None off it."""
        return self.diagonal if k == m else None

    def apply(self, direction):
        """Rows scaled by the diagonal."""
        return self.diagonal[:, np.newaxis] * direction
