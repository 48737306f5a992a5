"""Feature augmentation: parameters that all domains share, and some of each domain's own, in one fit.

    sum_d a_d sum_i w_di loss(y_di, x_di . (shared + private_d) + b + b_d)
        + penalty(shared) + private * sum_d (penalty(private_d) + intercept_penalty * penalty(b_d))

The estimator sees the rows [x, 0, .., s x, .., 0, t e_d], s = 1 / sqrt(private), t = s / sqrt(intercept_penalty), and
its own penalty, a sum of squares, does the rest. Of absolute values the factors are the square roots of these.
"""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from sktransfer._base._findings import Findings, moves_between
from sktransfer._base._joined import Joined
from sktransfer._base._meta_transfer import MetaTransfer
from sktransfer._base._validate import check_rows
from sktransfer._designs import AugmentedDesign
from sktransfer._utils._compat import Interval, fit_context, validate_data
from sktransfer.joint._lots import as_rows, lots, members, require_kind, require_rows
from sktransfer.sources import resolve


class Augmented(Joined):
    """Lots of rows, each with features of its own beside the shared ones."""

    def __init__(self, found, slope, level):
        super().__init__(found)
        self._slope, self._level = slope, level

    def checked(self, check):
        """(AugmentedDesign, y, weight); see :meth:`Joined.checked`."""
        stack, y, weight = super().checked(check)
        self.design = AugmentedDesign(stack, self._slope, self._level)
        return self.design, y, weight


class FeatureAugmentation(MetaTransfer):
    """A linear model of the target with parameters it shares with the sources, and some of its own.

    One fit of all rows: each domain's coefficients are ``shared + private_d``, the estimator's own penalty counts both,
    and the data say how much is shared. It is Daume's feature augmentation: the estimator sees each row once in
    features that all domains share, and once in features of its own domain.

    Parameters
    ----------
    estimator : linear classifier or regressor
        One that predicts from ``coef_`` and ``intercept_``, of scikit-learn or of this library; it is cloned, never
        changed. It needs a penalty: without one nothing says what is shared. The linear twins, such as
        :class:`~sktransfer.linear_model.TransferRidge`, take the rows where they lie; for others one table is built,
        as many times as wide as there are domains and one more.
    source : SourceData, Source, list or None, default=None
        The sources' rows, each source a domain: shared by clones, never changed. Or, around a twin of squared loss, a
        Source that knows their moments (:meth:`SourceData.summarize`). In a list each is a SourceData or a
        pair ``(SourceData, weight)``, its loss counted ``weight`` times. Columns of DataFrames are matched by name:
        those that the target lacks are left out. None: the estimator on the target's rows, nothing added.
    private : float, default=1.0
        What a private coefficient costs, as a multiple of a shared one's penalty; Daume's is 1. Near 0 each domain is
        fitted by itself; infinity leaves no private parameters: the pooled fit. Of penalties of absolute values it is
        the square of the multiple.
    intercept_penalty : float, default=0.01
        What a private intercept costs, as a multiple of a private coefficient: next to nothing, because a shift of
        level must not be paid for by the coefficients. First-order solvers take more steps the smaller it is. Infinity:
        one intercept for all. The shared intercept is as the estimator has it; where its ``fit_intercept`` is False
        there are no private ones either.

    Attributes
    ----------
    coef_, intercept_
        The target's: shared and private together, in the estimator's shapes.
    shared_coef_, shared_intercept_
        What all domains have in common.
    source_coefs_ : ndarray of shape (n_sources, *coef_.shape)
        Each source's: shared and private together.
    source_intercepts_ : ndarray of shape (n_sources, *intercept_.shape)
    estimator_ : estimator
        The fitted estimator, with the target's coefficients: a model of the target's features.
    classes_ : ndarray of shape (n_classes,)
        Those of all domains' rows.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the estimator is not linear or takes no weights where there are some, or the source holds no rows.
    ValueError
        If the source lacks columns of the target, or rows cannot be used.

    See Also
    --------
    AlphaWeightedRegressor, AlphaWeightedClassifier : One model for all rows, weighed.
    sktransfer.linear_model.TransferRidge : Pulls the target towards a source that is fitted already.

    Notes
    -----
    With a penalty of squares it is a Gaussian prior that ties the domains together: at strength ``lam`` the covariance
    of one coefficient between domains d and e is ``(1 + [d == e] / private) / lam``. A domain alone is fitted at the
    strength ``lam / (1 + 1 / private)``.

    Scale the features of all domains alike, by the source's mean and standard deviation, say: a pipeline around this
    estimator would scale the target's rows only.

    References
    ----------
    Daume (2007), Frustratingly Easy Domain Adaptation. Evgeniou and Pontil (2004), Regularized Multi-Task Learning:
    ``private`` is their ratio of penalties. Gross and Tibshirani (2016), Data Shared Lasso: the same with L1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sktransfer.joint import FeatureAugmentation
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(200, 3)), rng.normal(size=(10, 3))
    >>> source = SourceData(X_source, X_source @ [1.0, 2.0, 3.0])
    >>> model = FeatureAugmentation(Ridge(), source).fit(X, X @ [1.0, 2.0, 4.0] + 5.0)
    >>> model.coef_.round(1), model.intercept_.round(1)
    (array([1. , 2. , 3.8]), np.float64(5.0))
    >>> Ridge().fit(X, X @ [1.0, 2.0, 4.0] + 5.0).coef_.round(1)
    array([1. , 2.1, 3.5])
    """

    _parameter_constraints: dict = {
        "estimator": "no_validation",
        "source": "no_validation",
        "private": [Interval(Real, 0, None, closed="right")],
        "intercept_penalty": [Interval(Real, 0, None, closed="right")],
    }

    def __init__(self, estimator, source=None, *, private=1.0, intercept_penalty=0.01):
        self.estimator = estimator
        self.source = source
        self.private = private
        self.intercept_penalty = intercept_penalty

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None):
        """Fit the target's rows together with the sources'.

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
        X, y, sample_weight = self._checked(X, y, sample_weight)
        sources = members(self.source)
        require_kind(sources, "classifier" if is_classifier(self.estimator) else "regressor")
        found = lots(sources, X, y, sample_weight, alpha=0.5, total=2.0)
        estimator = clone(self.estimator)
        if not (getattr(estimator, "_takes_joined", False) and all(member.has_rows for member in sources)):
            require_rows(self, found)
        weighed = any(lot.sample_weight is not None or lot.factor != 1 for lot in found)
        self._require_weights(weighed)
        self._publish(estimator, self._fit_rows(estimator, found, weighed))
        return self

    def _fit_rows(self, estimator, found, weighed):
        """Fit all rows, of one domain or of several; the domains' maps, None of one."""
        if len(found) == 1:
            extra = {} if found[0].sample_weight is None else {"sample_weight": found[0].sample_weight}
            _require_linear(estimator.fit(found[0].X, found[0].y, **extra), self)
            return None
        known = BaseEstimator()
        validate_data(known, found[0].X, skip_check_array=True)
        maps = self._fit_augmented(estimator, [lot._replace(X=as_rows(lot.X, plain=True)) for lot in found], weighed)
        _require_linear(estimator, self)
        for name, value in vars(known).items():
            setattr(estimator, name, value)
        return maps

    def _check_estimator(self):
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "fit"):
            raise TypeError(f"{type(self).__name__} needs a linear estimator, such as Ridge(); got {self.estimator!r}")
        if getattr(self.estimator, "_takes_joined", False) and self.source is not None:
            for name, plain in (("source", None), ("metric", "identity")):
                value = getattr(self.estimator, name)
                if value is not plain and not (isinstance(value, str) and value == plain):
                    raise ValueError(
                        f"{type(self).__name__} needs a {type(self.estimator).__name__} with {name}={plain!r}: its "
                        f"features are shared and private ones, which {name}={value!r} says nothing of."
                    )

    def _require_weights(self, weighed):
        if weighed and not has_fit_parameter(self.estimator, "sample_weight"):
            raise TypeError(
                f"there are weights, but fit of {type(self.estimator).__name__} does not take sample_weight. Leave "
                "them out or use another estimator."
            )

    def _fit_augmented(self, estimator, found, weighed):
        """Linear twins take rows where they lie; others take one table. The domains' maps."""
        slope = 1.0 / np.sqrt(self.private)
        level = slope / np.sqrt(self.intercept_penalty) if getattr(estimator, "fit_intercept", True) else 0.0
        rows = Augmented(found, slope, level)
        if getattr(estimator, "_takes_joined", False):
            estimator.fit(rows, found[0].y)
            return rows.design.maps
        tags = get_tags(estimator)
        several = tags.classifier_tags.multi_label if is_classifier(estimator) else tags.target_tags.multi_output
        options = {"multi_output": several, "y_numeric": not is_classifier(estimator)}
        design, y, weight = check_rows(BaseEstimator(), rows, None, None, **options)
        estimator.fit(design.table(), y, **({"sample_weight": weight} if weighed else {}))
        return design.maps

    def _publish(self, estimator, maps):
        """Set the fitted attributes: ``maps`` of each domain, the target's first; None where there is one alone."""
        coef, intercept = np.asarray(estimator.coef_), np.asarray(getattr(estimator, "intercept_", 0.0))
        p = estimator.n_features_in_
        models = [(coef, intercept)] if maps is None else [_model(coef, intercept, jacobian) for jacobian in maps]
        estimator.coef_, estimator.intercept_ = models[0][0], models[0][1][()]
        if maps is not None and hasattr(estimator, "source_coef_"):
            _describe_twin(estimator)
        self.estimator_ = estimator
        self.shared_coef_, self.shared_intercept_ = coef[..., :p].copy(), intercept[()]
        self.source_coefs_ = np.array([each for each, _ in models[1:]]).reshape(-1, *models[0][0].shape)
        self.source_intercepts_ = np.array([each for _, each in models[1:]]).reshape(-1, *np.shape(models[0][1]))

    def _findings(self):
        """The protocol of the house: what the fit found."""
        moves = moves_between(self, self.shared_coef_, self.coef_, origin="the shared ones")
        return Findings(has_source=len(self.source_coefs_) > 0, moves=moves)


def _require_linear(estimator, asked):
    if not hasattr(estimator, "coef_") or isinstance(getattr(type(estimator), "coef_", None), property):
        raise TypeError(
            f"{type(asked).__name__} needs a linear estimator, one that predicts from coef_ and intercept_, such as "
            f"Ridge or LogisticRegression; got {estimator!r}. Scale features before, in all domains alike."
        )


def _describe_twin(twin):
    """What a twin says of its source and its change, of the target's features: there is none, so all is change."""
    twin.delta_, twin.source_coef_ = twin.coef_.copy(), np.zeros_like(twin.coef_)
    twin.source_ = resolve(None).align(
        n_features=twin.n_features_in_,
        feature_names=getattr(twin, "feature_names_in_", None),
        classes=getattr(twin, "classes_", None),
        n_outputs=len(np.atleast_2d(twin.coef_)),
    )
    twin._copied = True  # its own prior and rows do not say how sure it is


def _model(coef, intercept, jacobian):
    """(coef, intercept) of one domain: what its map makes of the augmented ones, in their shapes and type."""
    own = np.asarray(coef, dtype=np.float64) @ jacobian.T
    return own[..., :-1].astype(coef.dtype), (intercept + own[..., -1]).astype(intercept.dtype)
