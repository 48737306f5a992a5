"""What a problem is.

    minimise over coef, intercept   sum_i loss(y_i, x_i . coef + intercept)  +  strength / 2 * delta' M delta
    delta = coef - source_coef

The loss is half a squared error, the log-loss of two or more classes, the Poisson loss ``exp(eta) - y eta``, or the
hinge of two classes or its square. The intercept is free, or, with ``fit_intercept=False``, zero; with a hinge it is
penalised as a coefficient (see gap.py). M is the identity, or, with ``metric="fisher"``, the source's precision with
the intercept marginalised. Without a source, source_coef is zero: scikit-learn's own objective, with C = 1 / strength
or alpha = strength, or, where its loss is a mean (Poisson), alpha = strength / n_samples.

Conventions
-----------
``coef`` is of shape (n_features,), or (n_classes, n_features) for the multinomial; ``intercept`` is a number, or of
shape (n_classes,). ``y`` holds class numbers 0, 1, ... for labels. The source of a multinomial problem is
centred over the classes, so that every solver means the same optimum.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse


@dataclass(frozen=True, eq=False)
class Problem:
    """One objective with its data and the certificate that is asked for.

    Attributes
    ----------
    name : str
        Of the file in ``problems/``.
    loss : {"squared", "binomial", "poisson", "multinomial", "hinge", "squared_hinge"}
    X : {ndarray, csr_matrix} of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
    strength : float
        Of the penalty, on the scale of a sum of losses.
    tol : float
        A solution has ``max |gradient| / n_samples <= tol``, or a relative duality gap as small.
    source_coef : ndarray, shape of the coefficients, or None
        None for no source.
    source_intercept : float, ndarray of shape (n_classes,) or None
    fit_intercept : bool
        If False the intercept is zero, the source's too.
    precision : ndarray of shape (n_features + 1, n_features + 1) or None
        How sure the source is of its coefficients and, last, of its intercept. One output only.
    metric : {"identity", "fisher"}
    """

    name: str
    loss: str
    X: object
    y: np.ndarray
    strength: float
    tol: float
    source_coef: np.ndarray | None
    source_intercept: object
    fit_intercept: bool = True
    precision: np.ndarray | None = None
    metric: str = "identity"

    @property
    def has_source(self):
        """Whether the penalty pulls towards a source."""
        return self.source_coef is not None

    @property
    def by_gap(self):
        """Whether a solution is certified by its duality gap, not by its gradient."""
        return self.loss in ("hinge", "squared_hinge")

    @property
    def kind(self):
        """What the penalty is: "none" (no source), "source" (the twin's penalty) or "fisher"."""
        if not self.has_source:
            return "none"
        return "fisher" if self.metric == "fisher" else "source"

    @property
    def sparse(self):
        """Whether X is sparse."""
        return scipy.sparse.issparse(self.X)

    @property
    def coef_shape(self):
        """Shape of the coefficients."""
        n_features = self.X.shape[1]
        return (int(self.y.max()) + 1, n_features) if self.loss == "multinomial" else (n_features,)

    @property
    def centre(self):
        """Where the penalty is zero: the source's coefficients, or zeros."""
        return self.source_coef if self.has_source else np.zeros(self.coef_shape)

    @cached_property
    def metric_matrix(self):
        """M where it is not the identity: the precision's Schur complement, which leaves the intercept free."""
        slopes, cross, corner = self.precision[:-1, :-1], self.precision[:-1, -1], self.precision[-1, -1]
        return slopes - np.outer(cross, cross) / corner if self.fit_intercept else slopes

    def pull(self, delta):
        """Gradient of the penalty, ``strength * M delta``."""
        return self.strength * (self.metric_matrix @ delta if self.metric == "fisher" else delta)

    def cases(self):
        """The objectives of this problem: without a source, with one, and, where it has a precision, "fisher"."""
        found = [self.without_source(), self]
        return found if self.precision is None else [*found, replace(self, metric="fisher")]

    def without_source(self):
        """The same rows, penalised towards zero."""
        return replace(self, source_coef=None, source_intercept=None, precision=None, metric="identity")

    def with_tol(self, tol):
        """The same problem, to another certificate."""
        return replace(self, tol=tol)

    def with_dtype(self, dtype):
        """The same problem with X rounded to another precision."""
        return replace(self, X=self.X.astype(dtype))
