"""The lasso around a source: all of the penalty in absolute values.

minimise   sum_i w_i (y_i - x_i . coef - intercept)^2 / (2 sum_i w_i)
           + alpha * (share * ||f (coef - coef_s)||_1 + (1 - share) * ||f coef||_1)
"""

from numbers import Real

from sktransfer._utils._compat import Interval
from sktransfer.linear_model._elastic_net import TransferElasticNet


class TransferLasso(TransferElasticNet):
    """Linear regression that changes few of a source model's coefficients.

    ``sklearn.linear_model.Lasso`` plus one parameter, ``source``. With ``source=None`` it is its twin.

    Parameters
    ----------
    alpha : float or array-like of shape (n_features,), default=1.0
        Strength of the pull, on scikit-learn's scale: added to *half the mean* of squares. 0 ignores the source; any
        alpha above a finite one copies its coefficients.
        Of an array with one number a feature, infinity holds a feature, 0 frees it.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted linear regressor, Pipeline of linear steps, FrozenEstimator or
        search. It is never changed, cloned or refitted.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
        but not fit as many factors.
    source_share : float, default=1.0
        Share of the penalty's absolute values that pulls to the source; the rest pulls to zero, as in Takada & Fujisawa
        (2020), so that a coefficient may equal the source's, be zero, or neither. 1 is the pull to the source alone, 0
        is the twin. The intercept is pulled to the source's, whatever it is.
    metric : {"identity", "scale", "source"} or array-like, default="identity"
        "scale": changes count in units of each feature's standard deviation, as if features were standardised.
        "source": in the units that the source's own penalty acted in, those of its Pipeline's scaler. An array of shape
        (n_features,) or (n_targets * n_features,): one factor on the penalty of each coefficient; 0 sets it free.
    intercept_penalty : float, default=0.0
        The intercept's own penalty on its change from the source's, as a multiple of the slopes'; 0 leaves it free,
        infinity holds it. Without a source there is nothing to pull towards.
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    max_iter : int, default=1000
        Visits to the coefficients that are being changed.
    tol : float, default=1e-4
        Stop at a duality gap of ``tol`` times the sum of squared targets (less what the source predicts, centred).
    warm_start : bool, default=False
        Start from the last fit instead of from the source. It changes the number of iterations, not the optimum.
    positive : bool, default=False
        Keep the coefficients (not their changes) from being negative.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
    sparse_coef_ : csr_matrix of shape (1, n_features) or (n_targets, n_features)
    intercept_ : float or ndarray of shape (n_targets,)
    delta_ : ndarray, shape of ``coef_``
        ``coef_ - source_coef_``; exactly zero where nothing has changed.
    source_coef_ : ndarray, shape of ``coef_``
        The source's coefficients, aligned with the target's features.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : int or list of int
        Iterations, at least 1; one for each target.
    dual_gap_ : float or ndarray of shape (n_targets,)
        How far, at most, the objective is above its minimum.
    source_weights_ : ndarray of shape (n_sources,) or (n_outputs, n_sources)
        Fitted factors, where ``source`` is a list.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    See Also
    --------
    sklearn.linear_model.Lasso : The twin.
    TransferElasticNet : With squares in the penalty, too.
    transfer_path : All strengths at once.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow.

    References
    ----------
    Tibshirani (1996), Regression Shrinkage and Selection via the Lasso. Gross & Tibshirani (2016), Data Shared Lasso;
    Bastani (2021), Predicting with Proxies: absolute values of the differences. Takada & Fujisawa (2020), Transfer
    Learning via l1 Regularization: of both.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sktransfer.linear_model import TransferLasso
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 4)), rng.normal(size=(12, 4))
    >>> source = Ridge().fit(X_source, X_source @ [1.0, 2.0, 3.0, 4.0])
    >>> model = TransferLasso(alpha=0.1, source=source).fit(X, X @ [1.0, 2.0, 5.0, 4.0])
    >>> model.delta_.round(2)
    array([0.  , 0.  , 1.93, 0.  ])

    A coefficient that the target does not have goes to zero, where half of the penalty pulls it there:

    >>> model = TransferLasso(alpha=0.1, source=source, source_share=0.5).fit(X, X @ [1.0, 2.0, 3.0, 0.0])
    >>> model.coef_.round(1)
    array([1., 2., 3., 0.])
    """

    l1_ratio = 1.0
    _parameter_constraints: dict = {
        **{name: rule for name, rule in TransferElasticNet._parameter_constraints.items() if name != "l1_ratio"},
        "source_share": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        source=None,
        source_weights="auto",
        source_share=1.0,
        metric="identity",
        intercept_penalty=0.0,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-4,
        warm_start=False,
        positive=False,
    ):
        self.alpha = alpha
        self.source = source
        self.source_weights = source_weights
        self.source_share = source_share
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
