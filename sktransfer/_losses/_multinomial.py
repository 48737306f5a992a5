"""Multinomial loss: ``logsumexp(eta) - eta[y]`` for class numbers y, all classes kept (symmetric form)."""

import numpy as np
from scipy.special import logsumexp, softmax

from sktransfer._kernels import multinomial_gradient, multinomial_value, softmax_gradient, threads_for
from sktransfer._losses._base import Curvature, Loss
from sktransfer._losses._divergence import relative_entropy


class Multinomial(Loss):
    """Negative log-likelihood of one label out of K; ``eta`` holds one linear predictor per class.

    Parameters
    ----------
    n_classes : int
        K, at least 2.
    """

    name = "multinomial"
    title = "log-loss"
    link = "logit"
    separable = False
    shift_invariant = True
    steepest = 0.5
    joint_kernel = staticmethod(softmax_gradient)

    def __init__(self, n_classes):
        self.n_outputs = n_classes

    def encode(self, y):
        """``y`` as class numbers 0..K-1 of shape (n_samples,)."""
        numbers = np.ascontiguousarray(y, dtype=np.intp)
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < self.n_outputs):
            raise ValueError(
                f"multinomial loss takes class numbers 0..{self.n_outputs - 1}, "
                f"got values in [{numbers.min()}, {numbers.max()}]"
            )
        return numbers

    def value(self, y, eta, weight):
        """``sum(weight * (logsumexp(eta) - eta[y]))``."""
        return multinomial_value(y, eta, weight, threads_for(10 * eta.size))

    def gradient(self, y, eta, weight):
        """Value; ``weight * (p - onehot(y))``; curvature ``weight * (diag(p) - p p')``."""
        gradient, probability = np.empty_like(eta), np.empty_like(eta)
        value = multinomial_gradient(y, eta, weight, gradient, probability, threads_for(20 * eta.size))
        return value, gradient, SoftmaxCurvature(probability, weight)

    def pointwise(self, y, eta):
        """Log-loss of each row."""
        return logsumexp(eta, axis=1) - eta[np.arange(len(y)), y]

    def divergence(self, y, eta, change):
        """Relative entropy of the classes' probabilities; the changes of a row sum to zero."""
        return relative_entropy(softmax(eta, axis=1), change).sum(axis=1)

    def mean(self, eta):
        """Probability of each class."""
        return softmax(eta, axis=1)


class SoftmaxCurvature(Curvature):
    """``weight * (diag(p) - p p')`` for each row, kept as p: (n_samples, n_outputs)."""

    def __init__(self, probability, weight):
        self._p, self._weight = probability, weight

    def block(self, k, m):
        """Entry (k, m): ``weight * p_k * ([k = m] - p_m)``."""
        return self._weight * self._p[:, k] * (float(k == m) - self._p[:, m])

    def apply(self, direction):
        """``weight * (p * d - p * (p . d))``."""
        inner = np.einsum("ij,ij->i", self._p, direction)[:, np.newaxis]
        return self._weight[:, np.newaxis] * self._p * (direction - inner)
