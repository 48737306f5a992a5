"""Linear regression whose coefficients change from a source's in few places.

minimise   sum_i w_i (y_i - x_i . coef - intercept)^2 / (2 sum_i w_i)
           + alpha * sum_j f_j * (l1_ratio * |Delta_j|  +  (1 - l1_ratio) / 2 * Delta_j^2)
Delta = coef - coef_s,   f the metric's factors (ones: scikit-learn's elastic net); the same on the intercept's change,
with intercept_penalty as its factor. metric="scale": Delta in units of each feature's standard deviation.
source_share (s, t): |Delta_j| becomes s |Delta_j| + (1 - s) |coef_j|, and Delta_j^2 t Delta_j^2 + (1 - t) coef_j^2
"""

import copy
from numbers import Integral, Real

import numpy as np
import scipy.sparse as sp

from sktransfer._base import LinearTransferRegressor, StrengthParameter
from sktransfer._base._kinks import require_factors
from sktransfer._losses import Squared
from sktransfer._priors import Held
from sktransfer._solvers import GapResult
from sktransfer._utils._compat import Interval


class TransferElasticNet(LinearTransferRegressor):
    """Linear regression with an elastic-net penalty on the change from a source model's coefficients.

    ``sklearn.linear_model.ElasticNet`` plus one parameter, ``source``. With ``source=None`` it is its twin. Most
    coefficients stay exactly the source's; ``delta_`` says which do not.

    Parameters
    ----------
    alpha : float or array-like of shape (n_features,), default=1.0
        Strength of the pull, on scikit-learn's scale: added to *half the mean* of squares. 0 ignores the source;
        infinity copies its coefficients, and so does any alpha above a finite one where ``l1_ratio > 0``.
        Of an array with one number a feature, infinity holds a feature, 0 frees it.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source`, or a fitted linear regressor, Pipeline of linear steps, FrozenEstimator or
        search. It is never changed, cloned or refitted.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
        but not fit as many factors.
    l1_ratio : float, default=0.5
        Share of absolute values in the penalty; the rest is squares. 0 is ridge, 1 is the lasso.
    source_share : float or (float, float), default=1.0
        Share of the penalty that pulls to the source; the rest pulls to zero. A pair: of the absolute values, and of
        the squares. 1 is the pull to the source alone, 0 is the twin; (1, 0) changes few coefficients and keeps all
        of them small; (0.5, 0.5) lets a coefficient equal the source's, be zero, or neither. The intercept is pulled to
        the source's, whatever it is.
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
    sklearn.linear_model.ElasticNet : The twin.
    TransferLasso : All of the penalty in absolute values.
    transfer_path : All strengths at once.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow.

    References
    ----------
    Zou & Hastie (2005), Regularization and variable selection via the elastic net. Gross & Tibshirani (2016), Data
    Shared Lasso; Bastani (2021), Predicting with Proxies: absolute values of the differences. Takada & Fujisawa (2020),
    Transfer Learning via l1 Regularization: of both.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sktransfer.linear_model import TransferElasticNet
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 4)), rng.normal(size=(12, 4))
    >>> source = Ridge().fit(X_source, X_source @ [1.0, 2.0, 3.0, 4.0])
    >>> model = TransferElasticNet(alpha=0.1, source=source, l1_ratio=0.9).fit(X, X @ [1.0, 2.0, 5.0, 4.0])
    >>> model.delta_.round(2)
    array([0.  , 0.  , 1.93, 0.  ])
    """

    _link = "identity"
    _quadratic = True
    _strength_parameter = StrengthParameter("alpha", inverse=False)
    solver = "auto"
    _parameter_constraints: dict = {
        **{name: rule for name, rule in LinearTransferRegressor._parameter_constraints.items() if name != "solver"},
        "alpha": [Interval(Real, 0, None, closed="both"), "array-like"],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "source_share": [Interval(Real, 0, 1, closed="both"), tuple],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "positive": ["boolean"],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        source=None,
        source_weights="auto",
        l1_ratio=0.5,
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
        self.l1_ratio = l1_ratio
        self.source_share = source_share
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive

    @property
    def sparse_coef_(self):
        """``coef_`` in compressed sparse rows."""
        return sp.csr_matrix(self.coef_)

    def _loss(self, rows):
        return Squared(rows.y.shape[1])

    def _unit(self, rows):
        return float(rows.weight.sum())

    def _belief(self, rows, source, coordinates, strength, scales=None):
        require_factors(self.metric, type(self).__name__, "TransferRidge")
        belief = super()._belief(rows, source, coordinates, strength, scales)
        if self._shares == (1.0, 1.0) or not np.any(np.isinf(strength)):
            return belief
        own = super()._belief(rows, source, coordinates, np.ones_like(strength)).priors[0]
        resting, basis = own.centre if own.smooth else own.resting, belief.priors[-1].basis
        held = Held(np.where(np.diff(basis.indptr) == 0, resting, 0.0), basis)
        return belief._replace(priors=[*belief.priors[:-1], held])

    @property
    def _shares(self):
        """(share of the absolute values, share of the squares) that pulls to the source."""
        shares = self.source_share if isinstance(self.source_share, tuple) else (self.source_share,) * 2
        if len(shares) != 2 or not all(isinstance(share, Real) and 0 <= share <= 1 for share in shares):
            raise ValueError(
                "source_share must be a number from 0 to 1, or a pair of them (of the absolute values, of the "
                f"squares), got {self.source_share!r}"
            )
        return float(shares[0]), float(shares[1])

    def _calibrates_first(self, shape):
        return self._shares != (1.0, 1.0) or super()._calibrates_first(shape)

    def _calibrated(self, rows, source):
        plain = copy.copy(self)
        plain.source_share = 1.0
        return LinearTransferRegressor._calibrated(plain, rows, source)

    def _lower(self, layout, coef):
        if not self.positive:
            return None
        if np.all(np.isinf(self.alpha)):
            if np.any(coef < 0):
                raise ValueError(
                    "positive=True cannot copy a source with negative coefficients (the smallest is "
                    f"{coef.min():.3g}). Use positive=False, or a finite alpha."
                )
            return None
        return layout.join(np.zeros((layout.n_outputs, layout.n_features)), -np.inf)

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        gaps, epochs = _gaps_and_epochs(result, point, problem)
        gaps = (gaps / rows.weight.sum()).astype(rows.dtype)
        self.dual_gap_ = gaps[0] if len(gaps) == 1 else gaps
        self.n_iter_ = epochs[0] if len(epochs) == 1 else epochs

    def _publish_worth(self, point, problem, rows):
        """Nothing: a penalty with a kink has no curvature to count rows by."""


def _gaps_and_epochs(result, point, problem):
    """Of each output: duality gap of the summed objective, and iterations.

    Without absolute values the gap is ``sum_j gradient_j^2 / (2 b_j)``; without any penalty there is none, and the
    squared norm of the gradient stands in for it.
    """
    if isinstance(result, GapResult):
        return result.gaps, [int(count) for count in result.epochs]
    layout = problem.objective.layout
    squares = problem.objective.prior_diagonal()
    gradient = np.zeros(layout.n_params) if problem.objective.held is not None else point.theta_gradient
    if problem.objective.lower is not None:
        gradient = np.where((point.theta <= problem.objective.lower) & (gradient > 0), 0.0, gradient)
    terms = gradient**2 / np.where(squares > 0, 2 * squares, 1.0)
    gaps = np.array([terms[layout.output(k)].sum() for k in range(layout.n_outputs)])
    return gaps, [int(result.n_iter)] * layout.n_outputs
