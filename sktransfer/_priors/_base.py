"""What a prior must be able to do: a term of the objective that depends on theta alone, around a centre."""

from abc import ABC, abstractmethod

import numpy as np


class Prior(ABC):
    """``prior(theta - centre)``.

    ``theta`` is flat, in the order of :class:`sktransfer._priors.Layout`. To add a prior, write a file in this
    folder with a subclass that has the abstract methods below.
    """

    smooth = True  # False where the gradient jumps
    linear = True  # whether ``times`` multiplies value, gradient and second derivative
    of_rows = False  # whether it stands for rows that are not here, and is no belief

    @abstractmethod
    def value(self, theta):
        """A float."""

    @abstractmethod
    def gradient(self, theta):
        """(n_params,)."""

    @abstractmethod
    def product(self, direction):
        """Second derivative times ``direction`` (n_params,)."""

    @abstractmethod
    def add_to(self, hessian):
        """Add the second derivative to ``hessian`` (n_params, n_params) in place."""

    def trace_with(self, matrix):
        """``tr[H matrix]``, H the second derivative and ``matrix`` symmetric: (n_params, n_params) -> float."""
        hessian = np.zeros_like(matrix)
        self.add_to(hessian)
        return float(np.vdot(hessian, matrix))

    def times(self, factor):
        """This prior, ``factor`` times as strong."""
        raise NotImplementedError(f"{type(self).__name__} has no strength that could be scaled")

    @abstractmethod
    def diagonal(self):
        """Diagonal of the second derivative: (n_params,)."""
