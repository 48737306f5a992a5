"""What a design matrix must be able to do; nothing above this folder asks what X is.

Conventions
-----------
X is (n_samples, n_features); coefficients are (n_outputs, n_features) as scikit-learn's ``coef_``; predictions
and residuals are (n_samples, n_outputs), C-ordered. Results are float64 whatever the dtype of X.
"""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np

_FEW = 50_000


class Design(ABC):
    """A matrix of rows and features, reached only through products.

    To add one (memory-mapped, Gram-only, ...), write a file in this folder with a subclass that has the
    abstract methods below and ``accepts(X)``; :func:`as_design` finds it.
    """

    n_samples: int
    n_features: int
    sparse = False
    by_row = False  # whether rows can be visited one by one: :meth:`ascend` and :meth:`row_squares` exist
    in_blocks = False  # whether rows lie in blocks, of which only sums are known: :class:`BlockDesign`
    summed = None  # Moments of the rows that it stands for: :class:`SummedDesign`
    dense = None  # a method that gives all entries as an ndarray, where they exist as such
    stored = None  # a method that gives the matrix as it is kept, an ndarray or a compressed one, where it is

    @classmethod
    @abstractmethod
    def accepts(cls, X):
        """Whether ``X`` is the kind of matrix that this class reads."""

    @abstractmethod
    def matvec(self, coef):
        """``X @ coef.T``: (n_outputs, n_features) -> (n_samples, n_outputs)."""

    @abstractmethod
    def rmatvec(self, residual):
        """``residual.T @ X``: (n_samples, n_outputs) -> (n_outputs, n_features)."""

    @abstractmethod
    def sandwich(self, weight, mean=None, single=False):
        """``(X - mean).T @ diag(weight) @ (X - mean)``: (n_samples,), not negative -> (n_features, n_features).

        ``mean`` (n_features,) is zero when None. ``single``: float32's precision will do, if that is faster.
        """

    @abstractmethod
    def outer(self, scale, mean=None):
        """``(X - mean) @ diag(scale) @ (X - mean).T``: (n_features,) -> (n_samples, n_samples)."""

    @abstractmethod
    def quadratic(self, matrix, mean=None):
        """``(x - mean)' M (x - mean)`` of each row: (n_features, n_features) -> (n_samples,)."""

    def columns(self, at):
        """Some features' entries as (block, shift), the entries being ``block - shift``.

        Parameters
        ----------
        at : ndarray of int of shape (k,)

        Returns
        -------
        block : float64 ndarray or, of sparse designs, csc_array of shape (n_samples, k)
            The caller's own.
        shift : ndarray of shape (k,)
        """
        unit = np.zeros((len(at), self.n_features))
        unit[np.arange(len(at)), at] = 1.0
        return self.matvec(unit), np.zeros(len(at))

    def chosen_products(self, vector, at):
        """``(X.T @ vector)[at]``, a design reading no other features where it can.

        Parameters
        ----------
        vector : ndarray of shape (n_samples,)
        at : ndarray of int32 of shape (k,)

        Returns
        -------
        ndarray of shape (k,)
        """
        return self.rmatvec(vector[:, np.newaxis])[0][at]

    def squares(self, weight):
        """``(X ** 2).T @ weight``: (n_samples,) -> (n_features,)."""
        return self.centred_squares(np.zeros(self.n_features), weight)

    def visit(self, loss, y, weight, offset, intercept, coef, *, second=None, ones=True, mean=None):
        """One visit to the rows for a loss with a fused kernel; None where there is no such road.

        With r and c the weighted loss's derivatives at ``eta = X @ coef + offset + intercept``:

        Parameters
        ----------
        loss : Loss
            With a fused kernel, of one output.
        y, weight : ndarray of shape (n_samples,)
        offset : ndarray of shape (n_samples,) or None
        intercept : float
        coef : ndarray of shape (n_features,)
        second : None, "double" or "single", default=None
            Whether the second derivative is wanted, too, and how exactly.
        ones : bool, default=True
            Whether the second derivative has a last row and column for the intercept.
        mean : ndarray of shape (n_features,), default=None
            The second derivative is that of features shifted by it.

        Returns
        -------
        (value, X.T @ r (n_features,), sum(r), [X - mean, 1].T @ diag(c) @ [X - mean, 1] or None), or None
        """
        return None

    def joint_gradient(self, kernel, y, weight, coef, intercept, offset):
        """One visit to the rows for a loss whose outputs interact; None where there is no such road.

        ``offset`` is (n_samples, n_outputs), ``intercept`` (n_outputs,); nothing of the size of ``offset`` is kept.

        Returns
        -------
        (value, residual.T @ X (n_outputs, n_features), sum of residuals (n_outputs,)) or None
        """
        return None

    def rows(self, at):
        """The rows of a slice, or of an array of positions, as a design; None where that is not cheap."""
        return None

    def ascend(self, ascent, spread, level, order, margin, tol, max_epochs, mean=None):
        """Coordinate ascent over rows with the kernel matrix ``(X - mean) diag(spread) (X - mean)' + level``.

        Parameters
        ----------
        ascent : Ascent
            Its dual variables move.
        spread : ndarray of shape (n_features,)
        level : float
        order : ndarray of int
            Rows to visit; changed.
        margin, tol : float
            What a row that is set aside must be safe by, and the largest violation to end with.
        max_epochs : int
        mean : ndarray of shape (n_features,), default=None
            Zero when None.

        Returns
        -------
        (epochs, rows visited)
        """
        raise NotImplementedError(f"the rows of a {type(self).__name__} cannot be visited one by one")

    def row_squares(self, spread):
        """``(X ** 2) @ spread``: (n_features,) -> (n_samples,)."""
        raise NotImplementedError(f"the rows of a {type(self).__name__} cannot be visited one by one")

    def hessian_product(self, curvature, coef, shift=0.0):
        """``r = curvature * (X @ coef + shift)``: what a Hessian does to one output's coefficients and intercept.

        Parameters
        ----------
        curvature : ndarray of shape (n_samples,)
        coef : ndarray of shape (n_features,)
        shift : float

        Returns
        -------
        (X.T @ r (n_features,), r.sum())
        """
        along = curvature * (self.matvec(coef[np.newaxis])[:, 0] + shift)
        return self.rmatvec(along[:, np.newaxis])[0], float(along.sum())

    def moments(self, weight):
        """``(X.T @ weight, (X ** 2).T @ weight)``: two arrays (n_features,)."""
        return self.rmatvec(weight[:, np.newaxis])[0], self.squares(weight)

    @property
    def n_counted(self):
        """Rows that were added up to what is known: they say how much rounding there is."""
        return self.n_samples

    @property
    def work(self):
        """Multiplications in one product with a vector."""
        return self.n_samples * self.n_features

    def sandwich_with_ones(self, weight, single=False):
        """``[X, 1].T @ diag(weight) @ [X, 1]``: (n_features + 1, n_features + 1)."""
        p = self.n_features
        result = np.empty((p + 1, p + 1))
        result[:p, :p] = self.sandwich(weight, single=single)
        result[:p, p] = result[p, :p] = self.rmatvec(weight[:, np.newaxis])[0]
        result[p, p] = weight.sum()
        return result

    def quadratic_with_ones(self, matrix):
        """``[x, 1]' M [x, 1]`` of each row: (n_features + 1, n_features + 1) -> (n_samples,)."""
        p = self.n_features
        cross = (matrix[:p, p] + matrix[p, :p])[np.newaxis]
        return self.quadratic(matrix[:p, :p]) + self.matvec(cross)[:, 0] + matrix[p, p]

    @cached_property
    def few_rows(self):
        """``[X, 1]`` (n_samples, n_features + 1), where it is dense and small: a call costs more than its sums there.

        None elsewhere.
        """
        shape = self.n_samples, self.n_features + 1
        if self.dense is None or shape[0] * shape[1] > _FEW:
            return None
        result = np.ones(shape)
        result[:, :-1] = self.dense()
        return result

    def mean_and_variance(self, weight):
        """Weighted mean and (population) variance of each feature: two arrays (n_features,).

        The variance is taken about the mean, not as a difference of squares; it is exactly zero for a
        constant column up to rounding (then it is set to zero).
        """
        total = weight.sum()
        mean = self.rmatvec(weight[:, np.newaxis])[0] / total
        variance = self.centred_squares(mean, weight) / total
        return mean, self._above_rounding(mean, variance)

    def _above_rounding(self, mean, variance):
        """The variances, those that are nothing but rounding set to zero."""
        rounding = (10 * np.finfo(np.float64).eps * max(self.n_counted, 1) * mean) ** 2
        return np.where(variance <= rounding, 0.0, variance)

    def scaled(self, mean, scale):
        """``(X - mean) / scale`` as a design: ``mean`` and ``scale`` are (n_features,), ``scale`` positive."""
        from sktransfer._designs._scaled import ScaledDesign

        return ScaledDesign(self, mean, scale)

    @abstractmethod
    def centred_squares(self, mean, weight):
        """``((X - mean) ** 2).T @ weight``: (n_features,)."""
