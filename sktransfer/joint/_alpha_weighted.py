"""The alpha-weighted loss: the target's rows and the sources' in one fit.

    L = alpha * sum_k a_k L_k + (1 - alpha) * L_target          (+ the estimator's own penalty)

with L_k the sum of the weighted losses of source k's rows. At alpha = 0 and 1 the other side's rows are left out; at
1/2 it is the pooled fit with the penalty counted against half weights: C/2, or twice Ridge's alpha.
"""

from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sktransfer._base._findings import Findings
from sktransfer._base._joined import Joined
from sktransfer._base._meta_transfer import MetaTransfer
from sktransfer._utils._compat import Interval, fit_context
from sktransfer._utils._lazy import is_dask
from sktransfer.joint._borrowing import JointBorrowing
from sktransfer.joint._lots import as_rows, lots, members, put_together, require_kind, require_rows


class AlphaWeighted(MetaTransfer):
    """Base of the two: everything but the kind of estimator."""

    _parameter_constraints: dict = {
        "estimator": "no_validation",
        "source": "no_validation",
        "alpha": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(self, estimator, source=None, alpha=0.5):
        self.estimator = estimator
        self.source = source
        self.alpha = alpha

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None):
        """Fit the target's rows together with the sources'.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The target's rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            Of the target's rows, to be multiplied with ``1 - alpha``.

        Returns
        -------
        self
        """
        X, y, sample_weight = self._checked(X, y, sample_weight)
        sources = members(self.source)
        require_kind(sources, self._kind)
        self._weighed = sources, float(self.alpha)
        found = lots(sources, X, y, sample_weight, float(self.alpha))
        self.estimator_ = self._fit_lots(clone(self.estimator), found)
        return self

    def _fit_lots(self, estimator, found):
        """Linear twins take rows where they lie; others take one table."""
        takes_lots = getattr(estimator, "_takes_joined", False)
        if takes_lots and (len(found) > 1 or found[0].known is not None):
            return estimator.fit(Joined(found), found[0].y)
        require_rows(estimator, found)
        X, y, sample_weight = put_together(found)
        extra = {} if sample_weight is None else {"sample_weight": sample_weight}
        return estimator.fit(X, y, **extra)

    @property
    def _borrowing(self):
        """The protocol of the house: how this estimator borrows."""
        self._check_estimator()
        return JointBorrowing(self)

    def _check_estimator(self):
        """Refuse what cannot weigh rows, or is of the other kind."""
        name, kind = type(self).__name__, self._kind
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "fit"):
            raise TypeError(f"{name} needs an estimator, such as a {kind}; got {self.estimator!r}")
        self._require_kind()
        if not has_fit_parameter(self.estimator, "sample_weight"):
            raise TypeError(
                f"{name} needs an estimator whose fit takes sample_weight, but that of "
                f"{type(self.estimator).__name__} does not. Use another estimator; in a Pipeline make {name} the last "
                "step and put the source's rows through the same fitted steps."
            )

    @property
    def effective_sample_size_(self):
        """Target rows that the sources' rows count as, which is alpha / (1 - alpha) for each: a float."""
        check_is_fitted(self, "estimator_")
        sources, alpha = self._weighed
        total = sum(member.weight * member.total for member in sources)
        return float(np.inf if sources and alpha == 1 else alpha * total / (1 - alpha) if sources else 0.0)

    def _findings(self):
        """The protocol of the house: what the fit found."""
        return Findings(has_source=bool(self._weighed[0]), worth=self.effective_sample_size_)

    def _rows_for(self, X):
        """X as the fitted estimator takes it: frames that it would not know as arrays."""
        return as_rows(X) if hasattr(X, "columns") and not is_dask(X) else X


class AlphaWeightedRegressor(AlphaWeighted):
    """A regressor fitted on the target's rows and the sources', weighed against each other.

    It minimises ``alpha * L_source + (1 - alpha) * L_target`` and the estimator's own penalty, each L being the sum of
    the rows' weighted losses.

    Parameters
    ----------
    estimator : regressor
        Any that takes ``sample_weight``; it is cloned, never changed. The linear twins of this library, such as
        :class:`~sktransfer.linear_model.TransferRidge`, take the rows where they lie, without a common copy, and may
        have a source of their own, towards which the joint fit is pulled.
    source : SourceData, Source, list or None, default=None
        The source's rows: shared by clones, never changed. Or, for the linear twins of this library, a
        :class:`~sktransfer.Source` with ``statistics`` (:meth:`SourceData.summarize`): sums in the place of rows. In a
        list each is one of these or a pair of one and its weight, its loss counted ``alpha * weight``. Columns are
        matched by name: those that the target lacks are left out. None: the target's rows alone, at full weight.
    alpha : float, default=0.5
        From 0, the target's rows alone, to 1, the source's rows alone; at both the other side's rows are dropped. At
        0.5 it is the pooled fit with the penalty counted against half weights: twice Ridge's ``alpha``. Estimators
        whose loss is a mean over the rows' weights (Lasso, Poisson) then have their own penalty's scale.

    Attributes
    ----------
    estimator_ : regressor
        Fitted.
    coef_, intercept_
        Those of ``estimator_``, where it has them.
    effective_sample_size_ : float
        Target rows that the sources' rows count as: their weight times ``alpha / (1 - alpha)``.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the estimator takes no ``sample_weight``, or the source holds neither rows nor statistics, or holds
        statistics and the estimator is not one of this library's linear twins.
    ValueError
        If the source lacks columns of the target, rows cannot be used, or statistics are of another loss.

    See Also
    --------
    AlphaWeightedClassifier : The same for labels.
    sktransfer.model_selection.TransferCV : Chooses alpha, and the penalty, on held-out target rows.
    sktransfer.linear_model.TransferRidge : Takes a fitted model, not rows.

    Notes
    -----
    The weights are of sums, not of means: with many more source rows than target rows the useful alphas are small, near
    ``n_target / n_source``.

    From statistics of squared loss every squared-loss twin comes out as from the rows, to rounding. For Ridge with
    penalty lam the fit is the Gaussian prior at the source's least squares with precision ``alpha / (1 - alpha)`` times
    its Gram matrix, plus ``lam / (1 - alpha)`` towards zero. Statistics of other losses (Poisson, gamma, Tweedie) are a
    quadratic about the source's optimum: the fit is that from the rows where both optima coincide, and at ``alpha=1``,
    and elsewhere differs by an error of second order in the distance between them; both must have the same columns.

    References
    ----------
    Wu and Dietterich (2004), Improving SVM accuracy by training on auxiliary data sources. Ben-David, Blitzer, Crammer,
    Kulesza, Pereira and Vaughan (2010), A theory of learning from different domains: the alpha-weighted error.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer.joint import AlphaWeightedRegressor
    >>> from sktransfer.linear_model import TransferRidge
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(200, 2)), rng.normal(size=(20, 2))
    >>> source = SourceData(X_source, X_source @ [1.0, 2.0])
    >>> for alpha in [0.0, 0.1, 1.0]:
    ...     model = AlphaWeightedRegressor(TransferRidge(alpha=1e-6), source, alpha).fit(X, X @ [1.0, 3.0])
    ...     print(alpha, model.coef_.round(2))
    0.0 [1. 3.]
    0.1 [0.85 2.49]
    1.0 [1. 2.]
    """

    _kind, _other_kind = "regressor", "AlphaWeightedClassifier"


class AlphaWeightedClassifier(AlphaWeighted):
    """A classifier fitted on the target's rows and the sources', weighed against each other.

    It minimises ``alpha * L_source + (1 - alpha) * L_target`` and the estimator's own penalty, each L being the sum of
    the rows' weighted losses. Its classes are those of all rows that have a weight.

    Parameters
    ----------
    estimator : classifier
        Any that takes ``sample_weight``; it is cloned, never changed. The linear twins of this library, such as
        :class:`~sktransfer.linear_model.TransferLogisticRegression`, take the rows where they lie, without a common
        copy, and may have a source of their own, towards which the joint fit is pulled.
    source : SourceData, Source, list or None, default=None
        The source's rows: shared by clones, never changed. Or, for the linear twins of this library, a
        :class:`~sktransfer.Source` with ``statistics`` (:meth:`SourceData.summarize`): sums in the place of rows. In a
        list each is one of these or a pair of one and its weight, its loss counted ``alpha * weight``. Columns are
        matched by name: those that the target lacks are left out. None: the target's rows alone, at full weight.
    alpha : float, default=0.5
        From 0, the target's rows alone, to 1, the source's rows alone; at both the other side's rows are dropped. At
        0.5 it is the pooled fit with the penalty counted against half weights: LogisticRegression's ``C / 2``.

    Attributes
    ----------
    estimator_ : classifier
        Fitted.
    coef_, intercept_
        Those of ``estimator_``, where it has them.
    effective_sample_size_ : float
        Target rows that the sources' rows count as: their weight times ``alpha / (1 - alpha)``.
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the estimator takes no ``sample_weight``, or the source holds neither rows nor statistics, or holds
        statistics and the estimator is not one of this library's linear twins.
    ValueError
        If the source lacks columns of the target, rows cannot be used, or statistics are of another loss.

    See Also
    --------
    AlphaWeightedRegressor : The same for numbers.
    sktransfer.model_selection.TransferCV : Chooses alpha, and the penalty, on held-out target rows.
    sktransfer.linear_model.TransferLogisticRegression : Takes a fitted model, not rows.

    Notes
    -----
    The weights are of sums, not of means: with many more source rows than target rows the useful alphas are small, near
    ``n_target / n_source``.

    Statistics of a source are a quadratic about its optimum, the Laplace approximation of a power prior: the fit is
    that from the rows where both optima coincide, and at ``alpha=1``, and elsewhere differs by an error of second order
    in the distance between them. The source must know all classes and all columns, and no others.

    References
    ----------
    Wu and Dietterich (2004), Improving SVM accuracy by training on auxiliary data sources. Ben-David, Blitzer, Crammer,
    Kulesza, Pereira and Vaughan (2010), A theory of learning from different domains: the alpha-weighted error. Ibrahim
    and Chen (2000), Power prior distributions for regression models.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sktransfer.joint import AlphaWeightedClassifier
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 2)), rng.normal(size=(40, 2))
    >>> source = SourceData(X_source, X_source[:, 0] > 0)
    >>> boosted = HistGradientBoostingClassifier(random_state=0)
    >>> model = AlphaWeightedClassifier(boosted, source, alpha=0.2).fit(X, X[:, 0] > 0)
    >>> float(model.score(X, X[:, 0] > 0))
    1.0
    """

    _kind, _other_kind = "classifier", "AlphaWeightedRegressor"
