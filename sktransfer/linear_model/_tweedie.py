"""Tweedie regression towards a source: any power of the mean as variance. The objective stands in ``_glm.py``."""

from numbers import Real

from sktransfer._losses import Gamma, Poisson, Squared, Tweedie, TweedieIdentity
from sktransfer._utils._compat import Interval, StrOptions
from sktransfer.linear_model._glm import GeneralizedLinearTransfer


class TransferTweedieRegressor(GeneralizedLinearTransfer):
    """Tweedie regression whose penalty pulls the coefficients towards a source model's.

    ``sklearn.linear_model.TweedieRegressor`` plus one parameter, ``source``. With ``source=None`` it is its twin. The
    objective is ``weighted mean of half the deviance + alpha / 2 * ||coef - coef_source||^2``.

    Parameters
    ----------
    power : float, default=0.0
        The variance is ``mean ** power``: 0 normal, 1 Poisson, between 1 and 2 a compound of Poisson and gamma (amounts
        with exact zeros), 2 gamma, 3 inverse Gaussian. No distribution has a power between 0 and 1.
    alpha : float or array-like of shape (n_features,), default=1.0
        Strength of the pull, on scikit-learn's scale: against a *mean* over rows. 0 ignores the source; infinity copies
        its coefficients.
        Of an array with one number a feature, infinity holds a feature, 0 frees it.
    l1_ratio : float, default=0.0
        Share of absolute values in the penalty; the rest is squares. Above 0 most coefficients stay exactly the
        source's, and any alpha above a finite one copies them all.
    link : {"auto", "identity", "log"}, default="auto"
        "auto": the identity for powers up to 0, else the logarithm.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted TweedieRegressor, Pipeline of linear steps, FrozenEstimator or
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
        ``tol`` times the objective (half deviances and penalty),
        or, where the loss is not convex, at ``max |subgradient| <= tol``.
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
        In ``fit``, if the power is between 0 and 1, or some y is out of its range: negative for a power of 1 or more,
        0 for a power of 2 or more.

    See Also
    --------
    sklearn.linear_model.TweedieRegressor : The twin.
    TransferPoissonRegressor, TransferGammaRegressor : Powers 1 and 2.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow, by held-out rows' half deviance (power 0 with
        identity: squared error).

    Notes
    -----
    Above power 2, and up to power 0 with the logarithm, the loss is not convex: what is found is a stationary point.

    References
    ----------
    Jorgensen (1987), Exponential Dispersion Models. McCullagh & Nelder (1989), Generalized Linear Models. Schmidli et
    al. (2014), Robust meta-analytic-predictive priors in clinical trials with historical control information:
    ``source_probability``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import TweedieRegressor
    >>> from sktransfer.linear_model import TransferTweedieRegressor
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(2000, 2)), rng.normal(size=(20, 2))
    >>> def claims(X):
    ...     return np.array([rng.gamma(2, size=k).sum() for k in rng.poisson(np.exp(X @ [0.5, -0.5]))])
    >>> source = TweedieRegressor(power=1.5, alpha=0).fit(X_source, claims(X_source))
    >>> model = TransferTweedieRegressor(power=1.5, alpha=1.0, source=source).fit(X, claims(X))
    >>> model.coef_.shape
    (2,)
    """

    _parameter_constraints: dict = {
        **GeneralizedLinearTransfer._parameter_constraints,
        "power": [Interval(Real, None, None, closed="neither")],
        "link": [StrOptions({"auto", "identity", "log"})],
    }

    def __init__(
        self,
        *,
        power=0.0,
        alpha=1.0,
        l1_ratio=0.0,
        source=None,
        source_weights="auto",
        metric="identity",
        intercept_penalty=0.0,
        source_probability=1.0,
        fit_intercept=True,
        link="auto",
        solver="auto",
        max_iter=100,
        tol=1e-4,
        warm_start=False,
    ):
        super().__init__(
            alpha=alpha,
            l1_ratio=l1_ratio,
            source=source,
            source_weights=source_weights,
            metric=metric,
            intercept_penalty=intercept_penalty,
            source_probability=source_probability,
            fit_intercept=fit_intercept,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            warm_start=warm_start,
        )
        self.power = power
        self.link = link

    _likelihood = None  # its loss has units, which its dispersion would take away

    @property
    def _link(self):
        return self.link if self.link != "auto" else "identity" if self.power <= 0 else "log"

    def _loss(self, rows):
        if 0 < self.power < 1:
            raise ValueError(
                f"no distribution has a power between 0 and 1, got power={self.power}. Take 0 for squared loss, 1 for "
                "Poisson, or a number between 1 and 2 for amounts with zeros."
            )
        if self._link == "identity":
            return Squared() if self.power == 0 else TweedieIdentity(self.power)
        named = {1: Poisson, 2: Gamma}.get(self.power)
        return Tweedie(self.power) if named is None else named()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self.power > 0
        return tags
