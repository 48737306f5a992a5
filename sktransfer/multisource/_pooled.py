"""Detect, pool, debias: the target's rows together with those of the sources that help.

    1. detect    pools of sources, and the target alone, held out                     (``_detect.py``)
    2. pool      theta_j = argmin  losses of the target's and pool j's rows + penalty(theta)
    3. debias    theta_d = argmin  losses of the target's rows + penalty(theta - c theta_best)      (``_candidates.py``)
    4. average   theta = sum_j w_j theta_j + w_d theta_d,     w ~ exp(-z^2 / 2)

c is fitted to the target's rows; z is how many standard errors the held-out loss is above the lowest: what is clearly
worse has no weight.
"""

import numpy as np
from sklearn.base import clone
from sklearn.utils import indexable

from sktransfer._base._findings import Findings
from sktransfer._base._meta_transfer import MetaTransfer
from sktransfer._base._mixture import mean_predictor
from sktransfer._utils._compat import fit_context
from sktransfer.multisource._candidates import Fitter, candidates
from sktransfer.multisource._detect import Search, check_sources, check_twin
from sktransfer.multisource._evidence import notes_of, shares_of

_TABLE = ("source", "single", "change", "se", "rank", "pooled", "weight", "detected")


class PooledTransfer(MetaTransfer):
    """Base of the two: everything but the kind of estimator."""

    _source_parameter = "sources"

    _parameter_constraints: dict = {
        "estimator": "no_validation",
        "sources": "no_validation",
        "detect": ["boolean"],
        "debias": ["boolean"],
        "cv": "no_validation",
    }

    def __init__(self, estimator, sources=None, *, detect=True, debias=True, cv="auto"):
        self.estimator = estimator
        self.sources = sources
        self.detect = detect
        self.debias = debias
        self.cv = cv

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None):
        """Detect the sources that help, pool their rows with the target's, debias.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The target's rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            Of the target's rows.

        Returns
        -------
        self
        """
        self._checked(X, y, sample_weight)
        found = check_sources(self.sources)
        if not found:
            return self._fit_alone(X, y, sample_weight)
        X, y, sample_weight = indexable(X, y, sample_weight)
        search = Search(self.estimator, found, X, y, sample_weight, self.cv, everything=not self.detect)
        self.detected_, self.evidence_ = search.detection.detected, search.detection.evidence
        fitter = Fitter(self.estimator, search.pools, found, X, y, sample_weight)
        self._average(search, *candidates(search, fitter, self.debias))
        return self

    def _fit_alone(self, X, y, sample_weight):
        """Without sources it is the estimator."""
        extra = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = clone(self.estimator).fit(X, y, **extra)
        self.estimators_, self.weights_, self.choice_ = [self.estimator_], np.ones(1), "target"
        self.pooled_, self.losses_ = None, {}
        self.detected_, self.evidence_ = [], {name: [] for name in _TABLE}
        return self

    def _average(self, search, pooled, found):
        """Set ``estimator_``: the weighted mean of what has a weight."""
        weights = search.held_out.weights([each.trial for each in found])
        kept = np.flatnonzero(weights)
        self.pooled_, self.weights_ = pooled, weights[kept]
        self.estimators_ = [found[place].fit() for place in kept]
        several = len(kept) > 1
        self.estimator_ = mean_predictor(self.estimators_, self.weights_) if several else self.estimators_[0]
        self.choice_ = found[int(np.argmax(weights))].kind
        self.losses_ = {
            kind: min(search.mean(each.trial) for each in found if each.kind == kind)
            for kind in dict.fromkeys(each.kind for each in found)
        }

    def _findings(self):
        """The protocol of the house: what the fit found."""
        if not self.evidence_["source"]:
            return Findings(has_source=False)
        return Findings(has_source=True, shares=(shares_of(self.evidence_),), notes=notes_of(self.evidence_))

    def _check_estimator(self):
        check_twin(self.estimator, type(self).__name__)
        self._require_kind()


class PooledTransferRegressor(PooledTransfer):
    """A regressor fitted with the rows of those sources that help the target.

    It detects them, pools their rows with the target's, debiases, and averages what held-out rows cannot tell apart.

    Parameters
    ----------
    estimator : regressor
        A linear regressor of this library, such as :class:`~sktransfer.linear_model.TransferLasso` or
        ``TransferPoissonRegressor(l1_ratio=1)``. It is cloned, never changed. With sources its strength (``alpha``) is
        chosen on held-out rows of the target, whatever it is.
    sources : list of SourceData or None, default=None
        The sources' rows: shared by clones, never changed. Each alone or as a pair of one and its weight. Columns are
        matched by name. None or an empty list: the estimator alone, as it is.
    detect : bool, default=True
        False: all sources are pooled.
    debias : bool, default=True
        Whether the best pooled fit, corrected on the target's rows alone, is among the fits that are averaged, with
        the weight that held-out rows give it.
    cv : "auto", int, splitter or iterable, default="auto"
        How the target's rows are held out. "auto": five folds, drawn from what is in the rows, so that their order
        does not matter; rows of the same features lie in one fold.

    Attributes
    ----------
    estimator_ : regressor
        The weighted mean of ``estimators_``, in the form of the heaviest.
    estimators_ : list of regressor
        Fits that have a weight: of the target alone, of pools, of the target around the best pool's, rescaled.
    weights_ : ndarray of shape (n_estimators,)
        They add up to 1.
    pooled_ : regressor or None
        The pooled fit of the lowest held-out loss (of the target alone, where that is lower); None without sources.
    choice_ : {"target", "pooled", "debiased"}
        What the heaviest of ``estimators_`` is.
    detected_ : list
        Names of the sources found to help, or their places in the list where they have none of their own.
    evidence_ : dict of lists
        One entry for each source, as in :func:`detect_sources`: "source", "single", "change", "se", "rank", "pooled",
        "weight" and "detected". "weight" is what there is to draw: that of all pools with the source.
    losses_ : dict
        Held-out loss of the target alone, the best pool and the debiased fit, where they were tried.
    coef_, intercept_
        Those of ``estimator_``.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the estimator is no linear regressor of this library, or sources do not hold rows.
    ValueError
        If a source lacks columns of the target.

    See Also
    --------
    detect_sources : The first step alone.
    sktransfer.joint.AlphaWeightedRegressor : All sources, at weights of one's choice.

    Notes
    -----
    The pooled fit counts every row alike and has one intercept. Debiasing is the estimator on the target's
    rows with the pooled fit as its source, times the factor that fits these rows best: with absolute values most
    coefficients stay the pooled ones, up to that factor. Trans-GLM always debiases, and without a factor; where sources
    and target are nearly the same, that only adds noise, and where effects differ in size alone one number says it. Of
    squared loss rows are summed once, so that many of them cost one visit. Fits are averaged as linear predictors, each
    weighed ``exp(-z ** 2 / 2)``, z its held-out loss above the lowest in standard errors of the difference.

    To choose among pools, smooth losses of a pool's sources are taken to second order about the fit to all rows of pool
    and target, one for each strength; what a fold of the target holds out changes that fit by little. The target's
    losses are never approximated. Of sources with more than about 10,000 rows (or 100 for each parameter) some rows are
    visited again and again, corrected to the gradient and second derivative of all. Of squared loss all this is exact.
    Held-out losses differ from those of exact fits by some hundredths of a standard error. Whatever is chosen, all
    ``estimators_`` are fitted to all rows, to the tolerance of ``estimator``.

    References
    ----------
    Tian and Feng (2023), Transfer Learning under High-Dimensional Generalized Linear Models. Li, Cai and Li (2022),
    Transfer Learning for High-Dimensional Linear Regression: Prediction, Estimation and Minimax Optimality.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer.linear_model import TransferLasso
    >>> from sktransfer.multisource import PooledTransferRegressor
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_a, X_b, X = rng.normal(size=(80, 9)), rng.normal(size=(80, 9)), rng.normal(size=(40, 9))
    >>> coef = np.repeat([1.0, 0.0], [3, 6])
    >>> alike = SourceData(X_a, X_a @ coef + rng.normal(size=80), name="alike")
    >>> flipped = SourceData(X_b, -X_b @ coef + rng.normal(size=80), name="flipped")
    >>> model = PooledTransferRegressor(TransferLasso(), [flipped, alike]).fit(X, X @ coef + rng.normal(size=40))
    >>> model.detected_, model.choice_
    (['alike'], 'pooled')
    """

    _kind, _other_kind = "regressor", "PooledTransferClassifier"


class PooledTransferClassifier(PooledTransfer):
    """A classifier fitted with the rows of those sources that help the target.

    It detects them, pools their rows with the target's, debiases, and averages what held-out rows cannot tell apart.

    Parameters
    ----------
    estimator : classifier
        A linear classifier of this library, such as ``TransferLogisticRegression(l1_ratio=1)``. It is cloned, never
        changed. With sources its strength (``C``) is chosen on held-out rows of the target, whatever it is.
    sources : list of SourceData or None, default=None
        The sources' rows: shared by clones, never changed. Each alone or as a pair of one and its weight. Columns are
        matched by name, classes by label. None or an empty list: the estimator alone, as it is.
    detect : bool, default=True
        False: all sources are pooled.
    debias : bool, default=True
        Whether the best pooled fit, corrected on the target's rows alone, is among the fits that are averaged, with
        the weight that held-out rows give it.
    cv : "auto", int, splitter or iterable, default="auto"
        How the target's rows are held out. "auto": five folds, drawn from what is in the rows, so that their order
        does not matter; rows of the same features lie in one fold, and labels are shared evenly.

    Attributes
    ----------
    estimator_ : classifier
        The weighted mean of ``estimators_``, in the form of the heaviest.
    estimators_ : list of classifier
        Fits that have a weight: of the target alone, of pools, of the target around the best pool's, rescaled.
    weights_ : ndarray of shape (n_estimators,)
        They add up to 1.
    pooled_ : classifier or None
        The pooled fit of the lowest held-out loss (of the target alone, where that is lower); None without sources.
    choice_ : {"target", "pooled", "debiased"}
        What the heaviest of ``estimators_`` is.
    detected_ : list
        Names of the sources found to help, or their places in the list where they have none of their own.
    evidence_ : dict of lists
        One entry for each source, as in :func:`detect_sources`: "source", "single", "change", "se", "rank", "pooled",
        "weight" and "detected". "weight" is what there is to draw: that of all pools with the source.
    losses_ : dict
        Held-out loss of the target alone, the best pool and the debiased fit, where they were tried.
    coef_, intercept_
        Those of ``estimator_``.
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the estimator is no linear classifier of this library, or sources do not hold rows.
    ValueError
        If a source lacks columns of the target, or has labels that no row of the target has.

    See Also
    --------
    detect_sources : The first step alone.
    sktransfer.joint.AlphaWeightedClassifier : All sources, at weights of one's choice.

    Notes
    -----
    The pooled fit counts every row alike and has one intercept for each class. Debiasing is the estimator on the
    target's rows with the pooled fit as its source, times the factor that fits these rows best: with absolute values
    most coefficients stay the pooled ones, up to that factor. Trans-GLM always debiases, and without a factor; where
    sources and target are nearly the same, that only adds noise, and where effects differ in size alone one number says
    it. Fits are averaged as linear predictors, each weighed ``exp(-z ** 2 / 2)``, z its held-out loss above the lowest
    in standard errors of the difference.

    To choose among pools, smooth losses of a pool's sources are taken to second order about the fit to all rows of pool
    and target, one for each strength; what a fold of the target holds out changes that fit by little. The target's
    losses are never approximated. Of sources with more than about 10,000 rows (or 100 for each parameter) some rows are
    visited again and again, corrected to the gradient and second derivative of all. Held-out losses differ from those
    of exact fits by some hundredths of a standard error. Whatever is chosen, all ``estimators_`` are fitted to all
    rows, to the tolerance of ``estimator``.

    References
    ----------
    Tian and Feng (2023), Transfer Learning under High-Dimensional Generalized Linear Models.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer.linear_model import TransferLogisticRegression
    >>> from sktransfer.multisource import PooledTransferClassifier
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_a, X_b, X = rng.normal(size=(150, 9)), rng.normal(size=(150, 9)), rng.normal(size=(60, 9))
    >>> coef = np.repeat([2.0, 0.0], [3, 6])
    >>> alike = SourceData(X_a, X_a @ coef + rng.logistic(size=150) > 0, name="alike")
    >>> flipped = SourceData(X_b, -X_b @ coef + rng.logistic(size=150) > 0, name="flipped")
    >>> model = PooledTransferClassifier(TransferLogisticRegression(l1_ratio=1), [flipped, alike])
    >>> model.fit(X, X @ coef + rng.logistic(size=60) > 0).detected_
    ['alike']
    """

    _kind, _other_kind = "classifier", "PooledTransferRegressor"
