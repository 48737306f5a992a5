"""Ridge regression towards a source.

minimise   sum_i w_i (y_i - x_i . coef - intercept)^2  +  alpha * (Delta' M Delta
                                                         + intercept_penalty * (intercept - intercept_s)^2)
Delta = coef - coef_s,   M the metric (identity: scikit-learn's ridge)
"""

from numbers import Real

import numpy as np

from sktransfer._base import LinearTransferRegressor, RobustPrior, StrengthParameter
from sktransfer._losses import Squared
from sktransfer._utils._compat import Interval


class TransferRidge(RobustPrior, LinearTransferRegressor):
    """Ridge regression whose penalty pulls the coefficients towards a source model's.

    ``sklearn.linear_model.Ridge`` plus one parameter, ``source``. With ``source=None`` it is its twin. The
    objective is ``sum of squares + alpha * ||coef - coef_source||^2``.

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,) or (n_targets, n_features), default=1.0
        Strength of the pull, on scikit-learn's scale: added to a *sum* of squares. 0 ignores the source; infinity
        copies its coefficients.
        Of a matrix, infinity holds a feature and 0 frees it.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted linear regressor, Pipeline of linear steps, FrozenEstimator or
        search. It is never changed, cloned or refitted.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
    metric : {"identity", "scale", "source", "fisher"} or array-like, default="identity"
        In which geometry the change of the coefficients is small. "scale": in units of each feature's standard
        deviation, as if features were standardised. "source": in the units that the source's own penalty acted in,
        those of its Pipeline's scaler. "fisher": by the source's precision, which holds what the source was sure of; at
        ``alpha=1`` it acts as if the source's rows were here. An array of shape (n_features,), (n_features,
        n_features), (n_targets * n_features,) or its square.
    intercept_penalty : float, default=0.0
        Pull of the intercept towards the source's, as a multiple of the slopes'; 0 leaves it free, infinity holds
        it. Without a source there is nothing to pull towards.
    source_probability : float, default=1.0
        How sure you are, before the rows are seen, that the source is right. Below 1 the prior is a mixture: the pull
        to the source, or, with the rest of the probability, a weak one to zero that says no more of a row than the row
        itself. Where the rows speak against the source it is let go by itself: the fit is the mean of both components'
        fits, weighed by ``source_probability_``. Not with ``positive``.
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    tol : float, default=1e-4
        Iterative solvers stop at ``max |gradient| / sum of weights <= tol``, the gradient of half the objective.
    max_iter : int, default=None
        The solver's own number when None.
    solver : str, default="auto"
        "cholesky", "dual", "chord", "newton-cholesky", "newton-cg", "lbfgs", or a name of the twin's ("svd", "lsqr",
        "sparse_cg", "sag", "saga"), which means the nearest of these. All find the same optimum.
    positive : bool, default=False
        Keep the coefficients (not their changes) from being negative.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
    intercept_ : float or ndarray of shape (n_targets,)
    delta_ : ndarray, shape of ``coef_``
        ``coef_ - source_coef_``.
    source_coef_ : ndarray, shape of ``coef_``
        The source's coefficients, aligned with the target's features.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : ndarray of shape (n_targets,)
        Iterations, at least 1.
    effective_sample_size_ : float
        Number of target rows the source was worth; 0 without a source.
    source_weights_ : ndarray of shape (n_sources,) or (n_outputs, n_sources)
        Fitted factors, where ``source`` is a list.
    source_probability_ : float
        The probability that the source is right once the rows are seen; 0 without a source, and 1 where
        ``source_probability`` is.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    See Also
    --------
    sklearn.linear_model.Ridge : The twin.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow.

    References
    ----------
    Gross & Tibshirani (2016), Data Shared Lasso; Tian & Feng (2023), Transfer Learning under High-Dimensional
    Generalized Linear Models: offsets and penalised differences. Lindley & Smith (1972), Bayes Estimates for the Linear
    Model: the Gaussian prior. Schmidli et al. (2014), Robust meta-analytic-predictive priors in clinical trials with
    historical control information: ``source_probability``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sktransfer.linear_model import TransferRidge
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 3)), rng.normal(size=(8, 3))
    >>> source = Ridge().fit(X_source, X_source @ [1.0, 2.0, 3.0])
    >>> model = TransferRidge(alpha=1.0, source=source).fit(X, X @ [1.0, 2.0, 4.0])
    >>> model.coef_.round(2)
    array([0.95, 2.12, 3.69])
    >>> model.delta_.round(2)
    array([-0.05,  0.12,  0.7 ])
    """

    _link = "identity"
    _quadratic = True
    _strength_parameter = StrengthParameter("alpha", inverse=False)
    _parameter_constraints: dict = {
        **LinearTransferRegressor._parameter_constraints,
        **RobustPrior._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="both"), np.ndarray, "array-like"],
        "positive": ["boolean"],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        source=None,
        source_weights="auto",
        metric="identity",
        intercept_penalty=0.0,
        source_probability=1.0,
        fit_intercept=True,
        tol=1e-4,
        max_iter=None,
        solver="auto",
        positive=False,
    ):
        self.alpha = alpha
        self.source = source
        self.source_weights = source_weights
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.source_probability = source_probability
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.solver = solver
        self.positive = positive

    def _loss(self, rows):
        return Squared(rows.y.shape[1])

    def _strength(self, shape):
        """As the twin's: one number, or one for each target; or one for each target and feature."""
        alpha = self._strength_parameter.checked(np.asarray(self.alpha, dtype=np.float64))
        if alpha.shape == shape:
            return alpha
        if alpha.ndim > 1 or alpha.size not in (1, shape[0]):
            raise ValueError(
                f"alpha has shape {alpha.shape}; give one number, one for each of {shape[0]} targets, or an array of "
                f"shape (n_targets, n_features) = {shape}"
            )
        return np.broadcast_to(alpha.reshape(-1, 1), shape)

    def _lower(self, layout, coef):
        if not self.positive:
            return None
        copied = np.isinf(self._strength(coef.shape))
        if np.any(coef[copied] < 0):
            raise ValueError(
                f"positive=True cannot copy a source with negative coefficients (the smallest is {coef.min():.3g}). "
                "Use positive=False, or a finite alpha."
            )
        if copied.all():
            return None
        if copied.any():
            raise ValueError("positive=True takes finite alphas, or infinity for all targets and features")
        return layout.join(np.zeros((layout.n_outputs, layout.n_features)), -np.inf)

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        self.n_iter_ = np.full(problem.objective.layout.n_outputs, self.result_.n_iter)
