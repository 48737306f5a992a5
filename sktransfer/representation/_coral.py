"""CORAL: the target's rows, mapped to where the source's lie.

    x -> m_source + (x - m) C^-1/2 C_source^1/2

m, C are the target's mean and covariance, shrunk towards the source's (``_together.py``).
"""

from numbers import Real

import numpy as np
from sklearn.base import OneToOneFeatureMixin

from sktransfer._utils._compat import Interval, StrOptions
from sktransfer.representation._aligned import AlignedSpace
from sktransfer.representation._domain import domain_of
from sktransfer.representation._maps import Identity, colouring, scaling
from sktransfer.representation._quantiles import matching
from sktransfer.representation._together import shrunk_mean, shrunk_variance, together

_WHO = "the target's rows"


class CORAL(OneToOneFeatureMixin, AlignedSpace):
    """Map the target's rows to where the source's rows lie, so that a model of the source fits them unchanged.

    Correlation alignment: the mapped rows have the source's mean and covariance. The features stay what they were, so
    a source's parameters stay valid, and a twin after this transformer may borrow them. Nobody's y is looked at.

    Parameters
    ----------
    source : SourceData, Source, fitted estimator or None, default=None
        The source's rows; or, where these are not at hand, their moments, ``SourceData(X, y).summarize(Ridge())``; or
        a covariance estimator, a PCA or (for ``method="scale"``) a StandardScaler fitted to them. Columns are matched
        by name. None: rows stay as they are.
    method : {"covariance", "scale", "quantiles"}, default="covariance"
        What is made equal: mean and covariance; mean and standard deviation of each feature, which is to standardise
        by the target and to undo it by the source; the distribution of each feature (this needs the source's rows).
    shrinkage : float in [0, 1] or "auto", default="auto"
        How far the target's mean and covariance are moved towards the source's before anything is aligned: at 0 not
        at all (Sun et al.), at 1 all the way, and the map is the identity. "auto" is the share of noise in the
        distance between the two, one for means and one for covariances: large where rows are few or the domains are
        alike, of order 1 / n where they differ.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features, n_features)
        ``transform(X) = source_mean_ + (X - mean_) @ coef_``; not with ``method="quantiles"``.
    mean_ : ndarray of shape (n_features,)
        The target's, shrunk. Not with ``method="quantiles"``, nor without a source; so is ``source_mean_``.
    source_mean_ : ndarray of shape (n_features,)
    quantiles_ : list of ndarray of shape (2, n_knots)
        For each feature where the map's knots are, and where it takes them; with ``method="quantiles"`` only.
    shrinkage_, mean_shrinkage_ : float
        What ``shrinkage`` came to, for the covariance (or whatever is aligned beside the mean) and for the mean. 1
        without a source.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the source is nothing that can be read, or ``method="quantiles"`` has no rows.
    ValueError
        If the source lacks columns or does not know its covariance, or rows do not weigh more than one.

    See Also
    --------
    SubspaceAlignment : Common coordinates of fewer dimensions.
    sktransfer.joint.FeatureAugmentation : Parameters shared by both domains, and some of each one's own.

    Notes
    -----
    The paper maps the source's rows to the target's and fits anew; this is the same map with the roles swapped,
    ``x -> m_source + (x - m) C^-1/2 C_source^1/2``, so that the source's model stays as it is. Units matter, as in the
    paper: where they differ much between features, scale all rows by the source's first
    (``FrozenEstimator(StandardScaler().fit(X_source))``). Directions without spread are left out of the inverse root;
    what spreads in neither domain stays as it is. Where both domains together have fewer rows than features no
    (n_features, n_features) matrix is made: everything happens in the span of the rows.

    What differs between the domains is made equal, also where y went along with the difference: then it does harm. Let
    held-out rows decide, ``GridSearchCV(pipeline, {"coral__shrinkage": [0.0, "auto", 1.0]})``, 1 being no alignment;
    of the methods "scale" risks least. A weight counts as that many equal rows.

    References
    ----------
    Sun, B., Feng, J. and Saenko, K. (2016). Return of frustratingly easy domain adaptation. AAAI.
    Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance matrices. Journal of
    Multivariate Analysis 88.
    Chen, Y., Wiesel, A., Eldar, Y. and Hero, A. (2010). Shrinkage algorithms for MMSE covariance estimation. IEEE
    Transactions on Signal Processing 58.

    Examples
    --------
    A sensor of the target's shows everything twice as large, and shifted.

    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sktransfer.linear_model import TransferLogisticRegression
    >>> from sktransfer.representation import CORAL
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 2)), rng.normal(size=(40, 2))
    >>> y_source, y = X_source[:, 0] > 0, X[:, 0] > 0
    >>> X = 2 * X + [4.0, -1.0]
    >>> model = LogisticRegression().fit(X_source, y_source)
    >>> coral = CORAL(SourceData(X_source, y_source)).fit(X)
    >>> model.score(X, y), model.score(coral.transform(X), y)
    (0.475, 1.0)
    >>> twin = make_pipeline(coral, TransferLogisticRegression(source=model)).fit(X, y)
    >>> twin.score(X, y)
    1.0
    """

    _parameter_constraints: dict = {
        "source": "no_validation",
        "method": [StrOptions({"covariance", "scale", "quantiles"})],
        "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
    }

    def __init__(self, source=None, *, method="covariance", shrinkage="auto"):
        self.source = source
        self.method = method
        self.shrinkage = shrinkage

    def _learn(self, X, weight):
        self.shrinkage_ = self.mean_shrinkage_ = 1.0
        self._map = Identity() if self.source is None else _METHODS[self.method](self, X, weight)

    def _of_target(self, X):
        return self._map(X)

    @property
    def coef_(self):
        """The linear map, where it is one."""
        return self._map.matrix(self.n_features_in_)

    @property
    def mean_(self):
        """The target's mean, shrunk."""
        return self._map.mean

    @property
    def source_mean_(self):
        """The source's mean."""
        return self._map.source_mean

    @property
    def quantiles_(self):
        """Knots and their images."""
        return [np.stack(pair) for pair in zip(self._map.at, self._map.to, strict=True)]

    def _covariance(self, X, weight):
        both = together(domain_of(X, weight, _WHO), self._source_domain(), self.shrinkage)
        self.shrinkage_, self.mean_shrinkage_ = both.shrinkage, both.mean_shrinkage
        return colouring(both)

    def _scale(self, X, weight):
        target, source = domain_of(X, weight, _WHO, covariance=False), self._source_domain(covariance=False)
        mean, self.mean_shrinkage_ = shrunk_mean(target, source, self.shrinkage)
        variance, self.shrinkage_ = shrunk_variance(target, source, self.shrinkage)
        return scaling(mean, source.mean, variance, source.variance)

    def _quantiles(self, X, weight):
        found, self.shrinkage_ = matching(X, weight, *self._source_rows(), self.shrinkage)
        self.mean_shrinkage_ = self.shrinkage_
        return found


_METHODS = {"covariance": CORAL._covariance, "scale": CORAL._scale, "quantiles": CORAL._quantiles}
