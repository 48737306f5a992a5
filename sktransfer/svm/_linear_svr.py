"""Linear support vector regression towards a source.

minimise   C * sum_i w_i loss(y_i, x_i . coef + intercept)  +  (Delta' M Delta
                      + (1 / intercept_scaling^2 + intercept_penalty) * (intercept - intercept_s)^2) / 2
Delta = coef - coef_s,   M the metric,   loss = max(0, |y - eta| - epsilon) or its square
"""

from numbers import Real

import numpy as np
from sklearn.utils.validation import column_or_1d

from sktransfer._base import LinearTransferRegressor
from sktransfer._losses import EpsilonInsensitive, SquaredEpsilonInsensitive
from sktransfer._utils._compat import Interval, StrOptions
from sktransfer.svm._support_vectors import SupportVectorTransfer

_LOSSES = {
    "epsilon_insensitive": EpsilonInsensitive,
    "squared_epsilon_insensitive": SquaredEpsilonInsensitive,
}


class TransferLinearSVR(SupportVectorTransfer, LinearTransferRegressor):
    """Linear support vector regression whose penalty pulls the coefficients towards a source model's.

    ``sklearn.svm.LinearSVR`` plus one parameter, ``source``. With ``source=None`` it is its twin.

    Parameters
    ----------
    epsilon : float, default=0.0
        Residuals up to this size cost nothing, in units of y.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted linear regressor (LinearSVR, Ridge, ...), Pipeline of linear steps,
        FrozenEstimator or search. It is never changed, cloned or refitted.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
        but not fit as many factors.
    C : float or array-like of shape (n_features,), default=1.0
        Inverse strength of the pull, on scikit-learn's scale: a factor on the *sum* of losses. 0 copies the source's
        coefficients and fits the intercept alone.
        Of an array with one number a feature, 0 holds a feature.
    loss : {"epsilon_insensitive", "squared_epsilon_insensitive"}, default="epsilon_insensitive"
    metric : {"identity", "scale", "source"} or array-like, default="identity"
        In which geometry the change of the coefficients is small. "scale": in units of each feature's standard
        deviation, as if features were standardised. "source": in the units that the source's own penalty acted in,
        those of its Pipeline's scaler. A vector of shape (n_features,) holds one positive factor per feature; a
        positive definite matrix ties features to each other (the rows are copied for it).
    intercept_penalty : float, default=0.0
        A pull of the intercept towards the source's on top of the twin's own (see ``intercept_scaling``), as a
        multiple of the slopes'; infinity holds it. Without a source there is nothing to pull towards.
    tol : float, default=1e-4
        The solver stops at ``(primal - dual) / primal <= tol``, the relative duality gap: no model has an objective
        lower by more than this part. (The twin's ``tol`` is on the gradient of the dual.)
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    intercept_scaling : float, default=1.0
        As in the twin, the value of a constant feature whose coefficient is penalised as any other: the intercept is
        pulled to the source's (without one: to zero) by ``1 / intercept_scaling ** 2`` times the slopes' pull.
    random_state : int, RandomState or None, default=None
        Order in which rows are visited. It changes the number of iterations, not the optimum. None is a fixed seed;
        NumPy's global random numbers are never touched.
    max_iter : int, default=1000
        Most visits to all rows.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
    intercept_ : ndarray of shape (1,), or 0.0 where none is fitted
    delta_ : ndarray of shape (n_features,)
        ``coef_ - source_coef_``.
    source_coef_ : ndarray of shape (n_features,)
        The source's coefficients, aligned with the target's features.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : int
        Visits to all rows, at least 1.
    effective_sample_size_ : float
        Number of target rows the source was worth; 0 without a source, NaN for ``loss="epsilon_insensitive"``, which
        has no curvature to measure it by.
    source_weights_ : ndarray of shape (n_sources,)
        Fitted factors, where ``source`` is a list.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    ValueError
        In ``fit``: for a source on another scale (a Poisson or logistic one), negative weights, a metric
        that is not positive definite.

    See Also
    --------
    sklearn.svm.LinearSVR : The twin. Its ``dual`` means nothing here.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow.

    Notes
    -----
    As C falls to zero the intercept goes to the source's together with the slopes, for both are penalised; ``C=0``
    itself holds the slopes only, so that the intercept alone is fitted (with ``intercept_penalty=inf`` nothing is).

    References
    ----------
    Ho & Lin (2012), Large-scale Linear Support Vector Regression. Yang, Yan & Hauptmann (2007), Cross-Domain Video
    Concept Detection Using Adaptive SVMs: the source as an offset.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.svm import LinearSVR
    >>> from sktransfer.svm import TransferLinearSVR
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 3)), rng.normal(size=(8, 3))
    >>> source = LinearSVR(C=10.0, random_state=0).fit(X_source, X_source @ [1.0, 2.0, 3.0])
    >>> model = TransferLinearSVR(source=source).fit(X, X @ [1.0, 2.0, 4.0])
    >>> model.coef_.round(1)
    array([1., 2., 4.])
    >>> np.abs(model.delta_).round(1)
    array([0., 0., 1.])
    """

    _link, _likelihood = "identity", None
    _parameter_constraints: dict = {
        **LinearTransferRegressor._parameter_constraints,
        **SupportVectorTransfer._parameter_constraints,
        "epsilon": [Interval(Real, 0, None, closed="left")],
        "loss": [StrOptions(set(_LOSSES))],
    }

    def __init__(
        self,
        *,
        epsilon=0.0,
        source=None,
        source_weights="auto",
        C=1.0,
        loss="epsilon_insensitive",
        metric="identity",
        intercept_penalty=0.0,
        tol=1e-4,
        fit_intercept=True,
        intercept_scaling=1.0,
        random_state=None,
        max_iter=1000,
    ):
        self.epsilon = epsilon
        self.source = source
        self.source_weights = source_weights
        self.C = C
        self.loss = loss
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.random_state = random_state
        self.max_iter = max_iter

    def _loss(self, rows):
        return _LOSSES[self.loss](self.epsilon)

    def _validate(self, X, y, sample_weight, source):
        if y is not None:
            y = column_or_1d(y, warn=True)
        return super()._validate(X, y, sample_weight, source)

    def _publish_intercept(self, intercept):
        if not self.fit_intercept and not np.any(intercept):
            return 0.0
        return np.array([intercept], dtype=self._dtype)

    def _row_losses(self, X, y):
        y = np.asarray(y, dtype=np.float64).reshape(-1, 1)
        return self._loss(None).pointwise(y, self.predict(X)[:, np.newaxis])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        tags.target_tags.single_output = True
        return tags
