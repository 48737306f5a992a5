"""What the generalised linear twins share: a mean loss, a link, deviance as score.

minimise   sum_i w_i loss(y_i, x_i . coef + intercept) / sum_i w_i  +  alpha / 2 * (Delta' M Delta
                                                      + intercept_penalty * (intercept - intercept_s)^2)
Delta = coef - coef_s,   M the metric (identity: scikit-learn's penalty),   loss half the deviance

With l1_ratio > 0 each square f_j Delta_j^2 / 2 is f_j * (l1_ratio |Delta_j| + (1 - l1_ratio) Delta_j^2 / 2).

Inside, everything is a plain sum: the objective times the total weight W, its strength alpha * W. The Fisher metric is
P / W with P the source's precision, so that at alpha = 1 the source's rows act as if they were here.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sktransfer._base import LinearTransferRegressor, RobustPrior, StrengthParameter
from sktransfer._base._rowwise import rowwise
from sktransfer._base._validate import Rows, check_rows
from sktransfer._designs import as_design, in_memory
from sktransfer._utils._compat import Interval, check_sample_weight, validate_data

_TINY = np.finfo(np.float64).tiny


class GeneralizedLinearTransfer(RobustPrior, LinearTransferRegressor):
    """Base of the regressors that model the logarithm of a mean (or, for some powers, the mean itself)."""

    _light = 0.1
    _likelihood = "counts"
    _strength_parameter = StrengthParameter("alpha", inverse=False)
    _parameter_constraints: dict = {
        **LinearTransferRegressor._parameter_constraints,
        **RobustPrior._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="both"), "array-like"],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        *,
        alpha=1.0,
        l1_ratio=0.0,
        source=None,
        source_weights="auto",
        metric="identity",
        intercept_penalty=0.0,
        source_probability=1.0,
        fit_intercept=True,
        solver="auto",
        max_iter=100,
        tol=1e-4,
        warm_start=False,
    ):
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.source = source
        self.source_weights = source_weights
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.source_probability = source_probability
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start

    def _unit(self, rows):
        return rows.total_weight

    def _validate(self, X, y, sample_weight, source):
        X, y, weight = check_rows(self, X, y, sample_weight, y_numeric=True)
        self._one_dimensional = True
        return self._rows(X, y, weight)

    def _lay_out(self, blocks):
        if len(blocks.y_shape) > 1 and blocks.y_shape[1] != 1:
            raise ValueError(f"y should be a 1d array, got an array of shape {blocks.y_shape} instead.")
        return super()._lay_out(blocks)

    def _rows(self, X, y, weight):
        y = np.asarray(y, dtype=np.float64)
        return Rows(as_design(X), y, weight, weight, X.dtype, None, np.ones(1, dtype=bool))

    def _information_rows(self, X, y, sample_weight):
        """Rows with the fitted means for y: there the observed information is the expected one."""
        X, _, weight = check_rows(self, X, np.zeros(np.shape(X)[0]), sample_weight, reset=False)
        rows = self._rows(X, np.ones(X.shape[0]), weight)
        mean = self._loss(rows).mean(self._linear_predictor(X))
        return rows._replace(y=np.maximum(mean, _TINY) if self._link == "log" else mean)

    def _observed_in_memory(self, X, y, sample_weight):
        X, y, weight = check_rows(self, X, y, sample_weight, reset=False, y_numeric=True)
        return self._rows(X, y, weight)

    def _solve(self, problem, report):
        try:
            ended = super()._solve(problem, report)
        except FloatingPointError:
            if np.isfinite(problem.objective.at(problem.start).value):
                raise
            raise self._nowhere_to_start() from None
        if problem.objective.n_free and not np.isfinite(ended[0].value):
            raise self._nowhere_to_start()
        return ended

    def _nowhere_to_start(self):
        return ValueError(
            f"{type(self).__name__} has no start at which its objective is finite: the source's means overflow, or "
            "the link 'identity' meets means that are not positive. Fit the intercept, or take link='log'."
        )

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        self.n_iter_ = int(self.result_.n_iter)

    @rowwise
    def _linear_predictor(self, X):
        """``X @ coef_ + intercept_``."""
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), reset=False)
        return X @ self.coef_ + self.intercept_

    @rowwise
    def predict(self, X):
        """Predict the mean of y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            In units of y.
        """
        eta = self._linear_predictor(X)
        return np.exp(eta) if self._link == "log" else eta

    def score(self, X, y, sample_weight=None):
        """D^2, the share of the deviance explained: 1 at best, 0 for the mean of y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        float
            Where y is constant: 1 for exact predictions, else 0.

        Raises
        ------
        ValueError
            If y is out of the range of the loss.
        """
        return self._deviance_explained(self._linear_predictor(X), y, sample_weight)

    def _score_of(self, predicted, y, sample_weight):
        """D^2 of predicted means, whoever predicts them."""
        eta = np.log(np.maximum(predicted, _TINY)) if self._link == "log" else predicted
        return self._deviance_explained(eta, y, sample_weight)

    def _deviance_explained(self, eta, y, sample_weight):
        eta = np.asarray(eta, dtype=np.float64)
        loss, y = self._encoded(y)
        sample_weight = in_memory(sample_weight)
        weight = None if sample_weight is None else check_sample_weight(sample_weight, eta, dtype=np.float64)
        mean = np.average(np.ravel(y), weights=weight)
        level = np.log(max(mean, _TINY)) if loss.link == "log" else mean
        found, null = (
            np.average(loss.pointwise(y, each.reshape(-1, 1)), weights=weight) for each in (eta, np.full(len(y), level))
        )
        if np.ptp(y) == 0:
            return float(found == 0)
        return float(1 - found / null)

    def _row_losses(self, X, y):
        loss, y = self._encoded(y)
        return loss.pointwise(y, np.asarray(self._linear_predictor(X), dtype=np.float64).reshape(-1, 1))

    def _encoded(self, y):
        """(the loss, y in its form)."""
        y = np.asarray(column_or_1d(in_memory(y)), dtype=np.float64)
        loss = self._loss(None)
        return loss, loss.encode(y)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        tags.target_tags.positive_only = True
        return tags
