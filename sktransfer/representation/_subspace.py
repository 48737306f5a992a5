"""Subspace alignment: principal components of the target, and the source's turned towards them.

    target:  x -> (x - m) V',        source:  x -> (x - m_source) V_source' M,        M = V_source V'

V (d, p) holds leading eigenvectors of the target's covariance, shrunk towards the source's (``_together.py``),
V_source those of the source's.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin

from sktransfer._utils._compat import Interval, StrOptions
from sktransfer.representation._aligned import NewCoordinates
from sktransfer.representation._domain import domain_of
from sktransfer.representation._maps import about
from sktransfer.representation._together import together

_WHO = "the target's rows"


class SubspaceAlignment(ClassNamePrefixFeaturesOutMixin, NewCoordinates):
    """Principal components of the target, into which the source's rows are turned, too.

    :meth:`transform` takes rows of the target, :meth:`transform_source` those of the source; in the common coordinates
    the source's model is fitted anew. Nobody's y is looked at. Without a source it is scikit-learn's PCA.

    Parameters
    ----------
    n_components : int, float in (0, 1) or None, default=None
        Dimensions to keep; or the share of the target's variance to keep at least; None keeps all in which both
        domains spread.
    source : SourceData, Source, fitted estimator or None, default=None
        The source's rows; or their moments, ``SourceData(X, y).summarize(Ridge())``; or a covariance estimator or a PCA
        fitted to them. Columns are matched by name. None: no source.
    shrinkage : float in [0, 1] or "auto", default="auto"
        How far the target's mean and covariance are moved towards the source's first, as in :class:`CORAL`: at 0 not at
        all (Fernando et al.), at 1 all the way: the source's components serve both domains. In between it is a PCA of
        the target with components shrunk towards the source's, for rows that are too few for components of their own.

    Attributes
    ----------
    components_ : ndarray of shape (n_components_, n_features)
        The target's, V.
    source_components_ : ndarray of shape (n_components_, n_features)
        The source's, V_source; the target's without a source.
    alignment_ : ndarray of shape (n_components_, n_components_)
        M, which turns the source's coordinates.
    mean_, source_mean_ : ndarray of shape (n_features,)
        The target's, shrunk; the source's.
    explained_variance_ : ndarray of shape (n_components_,)
        Of the target, its covariance shrunk.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
    shrinkage_, mean_shrinkage_ : float
        What ``shrinkage`` came to; 0 without a source.
    n_components_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the source is nothing that can be read.
    ValueError
        If the source lacks columns or does not know its covariance, rows do not weigh more than one, or there are
        fewer directions than components.

    See Also
    --------
    CORAL : Keeps the features, so that the source's parameters stay valid.
    sklearn.decomposition.PCA : Its twin.

    Notes
    -----
    ``x -> (x - m) V'`` for the target, ``x -> (x - m_source) V_source' V_source V'`` for the source. A weight counts as
    that many equal rows.

    References
    ----------
    Fernando, B., Habrard, A., Sebban, M. and Tuytelaars, T. (2013). Unsupervised visual domain adaptation using
    subspace alignment. ICCV.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.frozen import FrozenEstimator
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sktransfer.linear_model import TransferLogisticRegression
    >>> from sktransfer.representation import SubspaceAlignment
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 4)) * [3, 2, 1, 0.1], rng.normal(size=(30, 4)) * [3, 2, 1, 5]
    >>> y_source, y = X_source[:, 0] > 0, X[:, 0] > 0
    >>> X = X + 10
    >>> LogisticRegression().fit(X_source, y_source).score(X, y)
    0.6
    >>> space = SubspaceAlignment(2, source=SourceData(X_source, y_source)).fit(X)

    The source's model is fitted anew in the common coordinates, and the twin borrows it:

    >>> model = LogisticRegression().fit(space.transform_source(X_source), y_source)
    >>> model.score(space.transform(X), y)
    0.9
    >>> make_pipeline(FrozenEstimator(space), TransferLogisticRegression(source=model)).fit(X, y).score(X, y)
    1.0
    """

    _affine = True

    _parameter_constraints: dict = {
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
            None,
        ],
        "source": "no_validation",
        "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
    }

    def __init__(self, n_components=None, *, source=None, shrinkage="auto"):
        self.n_components = n_components
        self.source = source
        self.shrinkage = shrinkage

    def _learn(self, X, weight):
        target = domain_of(X, weight, _WHO)
        alone = self.source is None
        both = together(target, target if alone else self._source_domain(), 0.0 if alone else self.shrinkage)
        count = self.n_components if isinstance(self.n_components, Integral) else None
        values, components = _components(both.spread, count)
        source_components = components if alone else _components(both.source_spread, count)[1]
        ratio = values / both.spread.total if values.any() else values
        kept = slice(_count(self.n_components, ratio, len(source_components)))
        self.components_, self.source_components_ = components[kept], source_components[kept]
        self.explained_variance_, self.explained_variance_ratio_ = values[kept], ratio[kept]
        self.alignment_ = self.source_components_ @ self.components_.T
        self.mean_, self.source_mean_ = both.mean, both.source_mean
        self.shrinkage_, self.mean_shrinkage_ = both.shrinkage, both.mean_shrinkage
        self.n_components_ = self._n_features_out = len(self.components_)

    def _of_target(self, X):
        return about(X, self.mean_, self.components_.T)

    def _of_source(self, X):
        return about(X, self.source_mean_, self.source_components_.T @ self.alignment_)


def _components(spread, count):
    """(variances, components) in falling order, signs as scikit-learn's PCA has them: the largest entry is positive."""
    values, vectors = spread.leading(count)
    if not len(values):  # no spread at all: any direction will do
        values, vectors = np.zeros(1), np.eye(len(vectors), 1)
    components = np.ascontiguousarray(vectors.T)
    largest = np.abs(components).argmax(axis=1)
    components *= np.sign(components[np.arange(len(components)), largest])[:, np.newaxis]
    return values, components


def _count(n_components, ratio, n_source):
    """How many components to keep."""
    most = min(len(ratio), n_source)
    if n_components is None:
        return most
    if not isinstance(n_components, Integral):
        n_components = min(int(np.searchsorted(np.cumsum(ratio), n_components, side="right")) + 1, len(ratio))
    if n_components > most:
        raise ValueError(
            f"n_components={n_components} must be at most {most}: in no more directions do the rows of both domains "
            "spread. Ask for fewer, or for None: all of them."
        )
    return n_components
