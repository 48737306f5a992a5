"""Gamma regression towards a source: positive amounts. The objective stands in ``_glm.py``."""

from sktransfer._losses import Gamma
from sktransfer.linear_model._glm import GeneralizedLinearTransfer


class TransferGammaRegressor(GeneralizedLinearTransfer):
    """Gamma regression whose penalty pulls the coefficients towards a source model's.

    ``sklearn.linear_model.GammaRegressor`` plus one parameter, ``source``. With ``source=None`` it is its twin. The
    objective is ``weighted mean of half the deviance + alpha / 2 * ||coef - coef_source||^2``; the link is the
    logarithm.

    Parameters
    ----------
    alpha : float or array-like of shape (n_features,), default=1.0
        Strength of the pull, on scikit-learn's scale: against a *mean* over rows. 0 ignores the source; infinity copies
        its coefficients.
        Of an array with one number a feature, infinity holds a feature, 0 frees it.
    l1_ratio : float, default=0.0
        Share of absolute values in the penalty; the rest is squares. Above 0 most coefficients stay exactly the
        source's, and any alpha above a finite one copies them all.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted GammaRegressor, Pipeline of linear steps, FrozenEstimator or
        search. It is never changed, cloned or refitted.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
    metric : {"identity", "scale", "source", "fisher"} or array-like, default="identity"
        In which geometry the change of the coefficients is small. "scale": in units of each feature's standard
        deviation, as if features were standardised. "source": in the units that the source's own penalty acted in,
        those of its Pipeline's scaler. "fisher": by the source's precision, which holds what the source was sure of; at
        ``alpha=1`` it acts, to second order, as if the source's rows were here. An array of shape (n_features,) or
        (n_features, n_features). With ``l1_ratio`` above 0: "identity", "scale", "source" or one factor for each
        coefficient.
    intercept_penalty : float, default=0.0
        Pull of the intercept towards the source's, as a multiple of the slopes'; 0 leaves it free, infinity holds
        it. Without a source there is nothing to pull towards.
    source_probability : float, default=1.0
        How sure you are, before the rows are seen, that the source is right. Below 1 the prior is a mixture: the pull
        to the source, or, with the rest of the probability, a weak one to zero that says no more of a row than the row
        itself. Where the rows speak against the source it is let go by itself: the fit is the mean of both components'
        fits, weighed by ``source_probability_``. With ``l1_ratio=0`` only.
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    solver : str, default="auto"
        "chord", "newton-cholesky", "newton-cg", "lbfgs", "dual"; with ``l1_ratio`` above 0 "prox-newton". All find
        the same optimum.
    max_iter : int, default=100
    tol : float, default=1e-4
        Solvers stop at ``max |gradient of the objective| <= tol``; with ``l1_ratio`` above 0 at a duality gap of
        ``tol`` times the objective (half deviances and penalty).
    warm_start : bool, default=False
        Start from the last fit instead of from the source. It changes the number of iterations, not the optimum.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
    intercept_ : float
    delta_ : ndarray of shape (n_features,)
        ``coef_ - source_coef_``.
    source_coef_ : ndarray of shape (n_features,)
        The source's coefficients, aligned with the target's features.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : int
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

    Raises
    ------
    ValueError
        In ``fit``, if some y is not positive.

    See Also
    --------
    sklearn.linear_model.GammaRegressor : The twin.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow, by half the deviance of held-out rows.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, chapter 8. Ibrahim & Chen (2000), Power Prior Distributions
    for Regression Models. Schmidli et al. (2014), Robust meta-analytic-predictive priors in clinical trials with
    historical control information: ``source_probability``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import GammaRegressor
    >>> from sktransfer.linear_model import TransferGammaRegressor
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(2000, 2)), rng.normal(size=(20, 2))
    >>> source = GammaRegressor(alpha=0).fit(X_source, rng.gamma(2, np.exp(X_source @ [0.5, -0.5])))
    >>> y = rng.gamma(2, np.exp(X @ [0.5, -0.5]))
    >>> model = TransferGammaRegressor(alpha=1.0, source=source).fit(X, y)
    >>> model.predict(X).shape
    (20,)
    >>> bool(model.effective_sample_size_ > 0)
    True
    """

    _link = "log"

    def _loss(self, rows):
        return Gamma()
