"""Detect, pool, debias: the target's rows together with those of the sources that help.

    1. detect    which sources, and at what strength                                  (``_detect.py``)
    2. pool      theta_p = argmin  losses of the target's and these sources' rows + penalty(theta)
    3. debias    theta = argmin  losses of the target's rows + penalty(theta - theta_p)

Step 3, leaving it out, and leaving out the sources are held against each other on held-out rows of the target.
"""

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.utils import indexable

from sktransfer._base._delegating import Delegating
from sktransfer._base._joined import Joined
from sktransfer._base._source_parameter import SourceParameterMixin
from sktransfer._utils._compat import StrOptions, fit_context
from sktransfer.multisource._detect import Search, check_sources, check_twin
from sktransfer.multisource._pools import Model, lots_of

_TABLE = ("source", "single", "change", "se", "rank", "pooled", "detected")
_WORTH = 2.0


class PooledTransfer(Delegating, SourceParameterMixin, MetaEstimatorMixin, BaseEstimator):
    """Base of the two: everything but the kind of estimator."""

    _kind: str
    _source_parameter = "sources"

    _parameter_constraints: dict = {
        "estimator": "no_validation",
        "sources": "no_validation",
        "detect": ["boolean"],
        "debias": ["boolean", StrOptions({"auto"})],
        "cv": "no_validation",
    }

    def __init__(self, estimator, sources=None, *, detect=True, debias="auto", cv="auto"):
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
        self._check_estimator()
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        found = check_sources(self.sources)
        if not found:
            return self._fit_alone(X, y, sample_weight)
        X, y, sample_weight = indexable(X, y, sample_weight)
        search = Search(self.estimator, found, X, y, sample_weight, self.cv, everything=not self.detect)
        self.detected_, self.evidence_ = search.detection.detected, search.detection.evidence
        members = search.best.members
        self.pooled_ = self._twin(search, search.best).fit(
            Joined(lots_of([found[place] for place in members], X, y, sample_weight)), y
        )
        self._choose(search, X, y, sample_weight)
        return self

    def _fit_alone(self, X, y, sample_weight):
        """Without sources it is the estimator."""
        extra = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = clone(self.estimator).fit(X, y, **extra)
        self.pooled_, self.choice_, self.losses_ = None, "target", {}
        self.detected_, self.evidence_ = [], {name: [] for name in _TABLE}
        return self

    def _choose(self, search, X, y, sample_weight):
        """Set ``estimator_``: the target alone, the pooled fit, or that debiased."""
        held_out, pooled = search.held_out, search.best
        centre = Model(np.atleast_2d(self.pooled_.coef_), np.ravel(self.pooled_.intercept_))
        trials = {"target": search.target}
        if pooled.members:
            trials["pooled"] = pooled
            if self.debias is not False:
                trials["debiased"] = held_out.around(pooled, centre)
        self.losses_ = {name: held_out.mean(trial.losses) for name, trial in trials.items()}
        self.choice_ = self._choice(held_out, trials)
        if self.choice_ == "target":
            twin = self._twin(search, trials["target"])
        elif self.choice_ == "pooled":
            name = self.estimator._strength_parameter
            copied = {name.name: name.of(np.inf), "source": self.pooled_, "intercept_penalty": np.inf}
            twin = clone(self.estimator).set_params(**copied)
        else:
            twin = self._twin(search, trials["debiased"], to_target=True).set_params(source=self.pooled_)
        extra = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = twin.fit(X, y, **extra)

    def _choice(self, held_out, trials):
        """The pooled fit, unless another is better by some share of the standard error of the difference."""
        if "pooled" not in trials:
            return "target"
        if self.debias is True:
            return "debiased"
        best = "pooled"
        for name in ("debiased", "target"):
            if name in trials and (name != "target" or self.detect):
                gain, error = held_out.compare(trials[best].losses, trials[name].losses)
                if gain > _WORTH * error:
                    best = name
        return best

    def _twin(self, search, trial, to_target=False):
        """The estimator at a trial's strength."""
        value = search.pools.parameter(trial.strength, trial.members, to_target)
        return clone(self.estimator).set_params(**{self.estimator._strength_parameter.name: value})

    def _check_estimator(self):
        check_twin(self.estimator, type(self).__name__)
        if is_classifier(self.estimator) is not (self._kind == "classifier"):
            other = "PooledTransferRegressor" if self._kind == "classifier" else "PooledTransferClassifier"
            raise TypeError(f"{type(self).__name__} needs a {self._kind}, got {self.estimator!r}. Use {other} for it.")

    @property
    def coef_(self):
        """Coefficients of the fitted estimator."""
        return self._fitted("coef_")

    @property
    def intercept_(self):
        """Intercept of the fitted estimator."""
        return self._fitted("intercept_")


class PooledTransferRegressor(PooledTransfer):
    """A regressor fitted with the rows of those sources that help the target.

    It detects them, pools their rows with the target's, and debiases: see Notes.

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
    debias : "auto" or bool, default="auto"
        Whether the pooled fit is corrected on the target's rows alone. "auto": where held-out rows say so, by more than
        two standard errors.
    cv : "auto", int, splitter or iterable, default="auto"
        How the target's rows are held out. "auto": five folds drawn with a fixed seed.

    Attributes
    ----------
    estimator_ : regressor
        The fit for the target.
    pooled_ : regressor or None
        The pooled fit, from which ``estimator_`` starts; None without sources.
    choice_ : {"target", "pooled", "debiased"}
        What ``estimator_`` is.
    detected_ : list
        Names of the sources in the pool, or their places in the list where they have none of their own.
    evidence_ : dict of lists
        One entry for each source, as in :func:`detect_sources`; see there.
    losses_ : dict
        Held-out loss of each choice.
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
    The pooled fit counts every row alike and has one intercept. Debiasing is the estimator with the pooled fit as its
    source: with absolute values most coefficients stay the pooled ones. Trans-GLM always debiases; where sources and
    target are nearly the same, that only adds noise.

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

    _kind = "regressor"


class PooledTransferClassifier(PooledTransfer):
    """A classifier fitted with the rows of those sources that help the target.

    It detects them, pools their rows with the target's, and debiases: see Notes.

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
    debias : "auto" or bool, default="auto"
        Whether the pooled fit is corrected on the target's rows alone. "auto": where held-out rows say so, by more than
        two standard errors.
    cv : "auto", int, splitter or iterable, default="auto"
        How the target's rows are held out. "auto": five stratified folds drawn with a fixed seed.

    Attributes
    ----------
    estimator_ : classifier
        The fit for the target.
    pooled_ : classifier or None
        The pooled fit, from which ``estimator_`` starts; None without sources.
    choice_ : {"target", "pooled", "debiased"}
        What ``estimator_`` is.
    detected_ : list
        Names of the sources in the pool, or their places in the list where they have none of their own.
    evidence_ : dict of lists
        One entry for each source, as in :func:`detect_sources`; see there.
    losses_ : dict
        Held-out loss of each choice.
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
    The pooled fit counts every row alike and has one intercept for each class. Debiasing is the estimator with the
    pooled fit as its source: with absolute values most coefficients stay the pooled ones. Trans-GLM always debiases;
    where sources and target are nearly the same, that only adds noise.

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

    _kind = "classifier"
