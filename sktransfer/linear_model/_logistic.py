"""Logistic regression towards a source, two classes or more.

minimise   C * sum_i w_i loss(y_i, x_i . coef + intercept)  +  (Delta' M Delta
                                              + intercept_penalty * (intercept - intercept_s)^2) / 2
Delta = coef - coef_s,   M the metric (identity: scikit-learn's penalty)

With l1_ratio > 0 each square f_j Delta_j^2 / 2 is f_j * (l1_ratio |Delta_j| + (1 - l1_ratio) Delta_j^2 / 2).
"""

from numbers import Real

import numpy as np

from sktransfer._base import LinearTransferClassifier, RobustPrior, StrengthParameter
from sktransfer._utils._compat import Interval


class TransferLogisticRegression(RobustPrior, LinearTransferClassifier):
    """Logistic regression whose penalty pulls the coefficients towards a source model's.

    ``sklearn.linear_model.LogisticRegression`` plus one parameter, ``source``. With ``source=None`` it is its twin.

    Parameters
    ----------
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted logistic regression, Pipeline of linear steps, FrozenEstimator or
        search. It is never changed, cloned or refitted. A classifier on another scale (LinearSVC, RidgeClassifier,
        Perceptron, ...) is taken times one factor, fitted on the target's rows: see Notes.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
        but not fit as many factors.
    C : float or array-like of shape (n_features,), default=1.0
        Inverse strength of the pull, on scikit-learn's scale: a factor on the *sum* of log-losses. 0 copies the
        source's coefficients; infinity ignores the source.
        Of an array with one number a feature, 0 holds a feature, infinity frees it.
    l1_ratio : float, default=0.0
        Share of absolute values in the penalty; the rest is squares. Above 0 most coefficients stay exactly the
        source's, and a ``C`` below a finite one copies them all.
    metric : {"identity", "scale", "source", "fisher"} or array-like, default="identity"
        In which geometry the change of the coefficients is small. "scale": in units of each feature's standard
        deviation, as if features were standardised. "source": in the units that the source's own penalty acted in,
        those of its Pipeline's scaler. "fisher": by the source's precision, which holds what the source was sure of; at
        ``C=1`` it acts, to second order, as if the source's rows were here. An array of shape (n_features,),
        (n_features, n_features), (K * n_features,) or its square, K the rows of ``coef_``. With ``l1_ratio`` above 0:
        "identity", "scale", "source" or one factor for each coefficient.
    intercept_penalty : float, default=0.0
        Pull of the intercept towards the source's, as a multiple of the slopes'; 0 leaves it free, infinity holds
        it. Without a source there is nothing to pull towards.
    source_probability : float, default=1.0
        How sure you are, before the rows are seen, that the source is right. Below 1 the prior is a mixture: the pull
        to the source, or, with the rest of the probability, a weak one to zero that says no more of a row than the row
        itself. Where the rows speak against the source it is let go by itself: the fit is the mean of both components'
        fits, weighed by ``source_probability_``. With ``l1_ratio=0`` only.
    classes : {"union", "target"}, default="union"
        Labels of the fitted model: the source's and y's, or y's alone. A class that no target row shows keeps the
        source's slopes, and its intercept relative to the others'; one that the source lacks starts from zero.
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    class_weight : dict or "balanced", default=None
        As in the twin.
    tol : float, default=1e-4
        Solvers stop at ``max |gradient| / sum of weights <= tol``, the gradient of the objective divided by C; with
        ``l1_ratio`` above 0 at a duality gap of ``tol`` times the objective.
    max_iter : int, default=100
    solver : str, default="auto"
        "chord", "blocks", "newton-cholesky", "newton-cg", "lbfgs", "dual", or a name of the twin's ("sag", "saga"),
        which means the nearest of these. All find the same optimum. "liblinear" is not among them: it penalises the
        intercept. With ``l1_ratio`` above 0: "prox-newton" or the twin's "saga".
    warm_start : bool, default=False
        Start from the last fit instead of from the source. It changes the number of iterations, not the optimum.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
    intercept_ : ndarray of shape (1,) or (n_classes,)
    delta_ : ndarray, shape of ``coef_``
        ``coef_ - source_coef_``.
    source_coef_ : ndarray, shape of ``coef_``
        The source's coefficients, aligned with the target's features and classes.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : ndarray of shape (1,)
        Iterations, at least 1.
    effective_sample_size_ : float
        Number of target rows the source was worth; 0 without a source, NaN with one and ``l1_ratio`` above 0.
    source_weights_ : ndarray of shape (n_sources,)
        Fitted factors, where ``source`` is a list.
    source_probability_ : float
        The probability that the source is right once the rows are seen; 0 without a source, and 1 where
        ``source_probability`` is.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    See Also
    --------
    sklearn.linear_model.LogisticRegression : The twin.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow.

    Notes
    -----
    Sources of three or more classes are centred over the classes first (a constant added to all classes changes no
    probability); a binary source stands in a model of more classes as -coef / 2 and +coef / 2.

    Margins, scores and signs (``Source.link``) are no log-odds, but nearly so up to a factor, the same for all classes.
    It is fitted before all else, by the log-loss of all target rows with the intercepts free, and is in
    ``source_.alignment.scale``; 0 where the source orders the rows the wrong way round. ``source_`` is the source times
    the factor, without precision. From the source's own rows the factor is
    ``CalibratedClassifierCV(FrozenEstimator(model)).fit(X_source, y_source)``, a source of log-odds.

    With ``l1_ratio`` above 0 the intercept of a class without rows has no penalty of its own. With ``l1_ratio=1`` and
    an even number of classes several models may predict the same at the same penalty: the one with the smallest
    squares is taken.

    References
    ----------
    Chelba & Acero (2006), Adaptation of Maximum Entropy Capitalizer: the Gaussian prior at the source's parameters.
    Ibrahim & Chen (2000), Power Prior Distributions for Regression Models. Tian & Feng (2023), Transfer Learning under
    High-Dimensional Generalized Linear Models: absolute values of the differences. Schmidli et al. (2014), Robust
    meta-analytic-predictive priors in clinical trials with historical control information: ``source_probability``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktransfer.linear_model import TransferLogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 2)), rng.normal(size=(20, 2))
    >>> source = LogisticRegression().fit(X_source, X_source @ [1.0, -1.0] > 0)
    >>> model = TransferLogisticRegression(source=source, C=0.1).fit(X, X @ [1.0, 0.0] > 0)
    >>> model.coef_.shape, model.classes_
    ((1, 2), array([False,  True]))
    >>> bool(np.all(np.abs(model.delta_) < np.abs(source.coef_)))
    True
    """

    _rescaled_links = ("margin", "score", "sign")
    _strength_parameter = StrengthParameter("C", inverse=True)
    _parameter_constraints: dict = {
        **LinearTransferClassifier._parameter_constraints,
        **RobustPrior._parameter_constraints,
        "C": [Interval(Real, 0, None, closed="both"), "array-like"],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        *,
        source=None,
        source_weights="auto",
        C=1.0,
        l1_ratio=0.0,
        metric="identity",
        intercept_penalty=0.0,
        source_probability=1.0,
        classes="union",
        fit_intercept=True,
        class_weight=None,
        tol=1e-4,
        max_iter=100,
        solver="auto",
        warm_start=False,
    ):
        self.source = source
        self.source_weights = source_weights
        self.C = C
        self.l1_ratio = l1_ratio
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.source_probability = source_probability
        self.classes = classes
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.solver = solver
        self.warm_start = warm_start

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        self.n_iter_ = np.array([self.result_.n_iter], dtype=np.int32)
