"""Ridge classification towards a source.

minimise   sum_i w_i (s_i - x_i . coef - intercept)^2  +  alpha * (Delta' M Delta
                                                         + intercept_penalty * (intercept - intercept_s)^2)
Delta = coef - coef_s,   M the metric, s_i = -1 or 1;   for three classes or more once per class, against the rest
"""

from numbers import Real

import numpy as np
import scipy.sparse as sp
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sktransfer._base import LinearTransferLabels, RobustPrior, StrengthParameter
from sktransfer._base._rowwise import rowwise
from sktransfer._base._validate import Rows, check_rows
from sktransfer._designs import as_design
from sktransfer._losses import SquaredSigns
from sktransfer._utils._compat import Interval, label_weights, validate_data
from sktransfer.linear_model._ridge import TransferRidge


class TransferRidgeClassifier(RobustPrior, LinearTransferLabels):
    """Ridge classifier whose penalty pulls the coefficients towards a source model's.

    ``sklearn.linear_model.RidgeClassifier`` plus one parameter, ``source``: least squares of the labels' signs, -1 and
    1. With ``source=None`` it is its twin.

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,) or (n_targets, n_features), default=1.0
        Strength of the pull, on scikit-learn's scale: added to a *sum* of squares. 0 ignores the source; infinity
        copies its coefficients.
        Of a matrix, infinity holds a feature and 0 frees it.
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source` with ``link="sign"``, or a fitted RidgeClassifier, Pipeline of linear steps,
        FrozenEstimator or search. It is never changed, cloned or refitted. A source of margins or scores (LinearSVC,
        Perceptron) is taken times one factor, fitted on the target's rows: ``source_.alignment.scale``.
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
    classes : {"union", "target"}, default="union"
        Labels of the fitted model: the source's and y's, or y's alone. A class that no target row shows keeps the
        source's row of coefficients and intercept; one that the source lacks starts from zero.
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    class_weight : dict or "balanced", default=None
        As in the twin: "balanced" counts rows, whatever their weights.
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
    classes_ : ndarray of shape (n_classes,)
        The labels; for a matrix of labels that do not exclude each other its columns, 0, 1, ...
    coef_ : ndarray of shape (n_features,) for two classes, else (n_classes, n_features)
    intercept_ : ndarray of shape (1,) or (n_classes,), or 0.0 where none is fitted
    delta_ : ndarray, shape of ``coef_``
        ``coef_ - source_coef_``.
    source_coef_ : ndarray, shape of ``coef_``
        The source's coefficients, aligned with the target's features and classes.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : ndarray of shape (n_classes,) or (1,)
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

    Raises
    ------
    ValueError
        In ``fit``: for a source of log-odds, whose scale is another; one class only; negative weights; a label matrix
        that is not one of 0 and 1.

    See Also
    --------
    sklearn.linear_model.RidgeClassifier : The twin.
    TransferRidge : The same for numbers.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow, by exact leave-one-out.

    Notes
    -----
    A row of three or more classes is one class against the rest and means the same whatever the others are; a binary
    source stands among more classes as -coef and +coef.

    References
    ----------
    Rifkin, Yeo & Poggio (2003), Regularized Least-Squares Classification. Lindley & Smith (1972), Bayes Estimates for
    the Linear Model: the Gaussian prior. Schmidli et al. (2014), Robust meta-analytic-predictive priors in clinical
    trials with historical control information: ``source_probability``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sktransfer.linear_model import TransferRidgeClassifier
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 2)), rng.normal(size=(20, 2))
    >>> source = RidgeClassifier().fit(X_source, X_source @ [1.0, -1.0] > 0)
    >>> model = TransferRidgeClassifier(alpha=10.0, source=source).fit(X, X @ [1.0, 0.0] > 0)
    >>> model.coef_.shape, model.classes_
    ((2,), array([False,  True]))
    >>> bool(np.all(np.abs(model.delta_) < np.abs(source.coef_)))
    True
    """

    _link, _likelihood = "sign", "squares"
    _summary = None
    _rescaled_links = ("margin", "score")
    _quadratic = True
    _strength_parameter = StrengthParameter("alpha", inverse=False)
    _parameter_constraints: dict = {
        **LinearTransferLabels._parameter_constraints,
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
        classes="union",
        fit_intercept=True,
        class_weight=None,
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
        self.classes = classes
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.solver = solver
        self.positive = positive

    _strength, _lower = TransferRidge._strength, TransferRidge._lower

    def _loss(self, rows):
        return SquaredSigns(len(rows.shown))

    def _validate(self, X, y, sample_weight, source):
        self._label_matrix = _is_matrix(y)
        if not self._label_matrix:
            return super()._validate(X, y, sample_weight, source)
        if source.classes is not None:
            raise ValueError(
                "y is a matrix of labels that do not exclude each other, and the source tells classes apart that do. "
                "Give a source fitted on a matrix of labels, as RidgeClassifier takes it."
            )
        X, y, sample_weight = check_rows(self, X, y, sample_weight, multi_output=True)
        self.classes_ = np.arange(y.shape[1])
        return self._label_rows(X, y, sample_weight)

    def _validate_blocks(self, blocks, source):
        self._label_matrix = len(blocks.y_shape) == 2 and blocks.y_shape[1] > 1
        if self._label_matrix:
            raise ValueError(
                "TransferRidgeClassifier takes one label a row where rows lie in blocks, and y is a matrix of "
                f"{blocks.y_shape[1]} columns. Fit one label after the other, or TransferRidge to their signs."
            )
        return super()._validate_blocks(blocks, source)

    def _label_factors(self, labels):
        if self.class_weight is None:
            return np.ones(len(labels.values))
        return label_weights(self.class_weight, labels.values, labels.count, labels.count)

    def _label_rows(self, X, y, sample_weight):
        """Rows of a matrix of labels: one output each."""
        if type_of_target(y) != "multilabel-indicator":
            raise ValueError(
                f"TransferRidgeClassifier takes y with one label per row, or a matrix of 0 and 1 with a column per "
                f"label; got {type_of_target(y)!r} of shape {y.shape}."
            )
        y = y.toarray() if sp.issparse(y) else np.asarray(y)
        weight = self._class_weighted(y, sample_weight)
        signs, shown = np.where(y > 0, 1.0, -1.0), np.ones(y.shape[1], dtype=bool)
        return Rows(as_design(X), signs, weight, sample_weight, X.dtype, None, shown)

    def _information_rows(self, X, y, sample_weight):
        if not self._label_matrix:
            return super()._information_rows(X, y, sample_weight)
        y = np.zeros((X.shape[0], len(self.classes_)), dtype=int) if y is None else y
        return self._label_rows(*check_rows(self, X, y, sample_weight, multi_output=True, reset=False))

    def _class_weighted(self, y, sample_weight):
        if self.class_weight is None:
            return sample_weight
        return sample_weight * compute_sample_weight(self.class_weight, y)

    def _publish_model(self, coef, intercept, source):
        found = super()._publish_model(coef, intercept, source)
        if not self.fit_intercept and not np.any(intercept):
            found["intercept_"] = 0.0
        if len(coef) > 1:
            return found
        return {name: value if name == "intercept_" else value[0] for name, value in found.items()}

    def _publish(self, result, point, problem, rows):
        super()._publish(result, point, problem, rows)
        self.n_iter_ = np.full(problem.objective.layout.n_outputs, self.result_.n_iter)

    @property
    def _source_classes(self):
        return None if self._label_matrix else self.classes_

    @rowwise
    def decision_function(self, X):
        """Least-squares estimate of the sign of the second class, or of each class or label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
        """
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), reset=False)
        return X @ self.coef_.T + self.intercept_

    @rowwise
    def predict(self, X):
        """Label of each row: the class of the highest score; of a matrix of labels all with a score above zero.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,), or of 0 and 1 of shape (n_samples, n_labels)
        """
        check_is_fitted(self, "coef_")
        return (self.decision_function(X) > 0).astype(int) if self._label_matrix else super().predict(X)

    def _row_losses(self, X, y):
        """Squared error of the signs, averaged over outputs; a label the model does not know is on no side."""
        eta = self.decision_function(X)
        eta = eta.reshape(len(eta), -1)
        if self._label_matrix:
            y = y.toarray() if sp.issparse(y) else np.asarray(y)
            return np.mean((np.where(y > 0, 1.0, -1.0) - eta) ** 2, axis=1)
        y = column_or_1d(y)
        if eta.shape[1] > 1:
            return np.mean((np.where(y[:, np.newaxis] == self.classes_, 1.0, -1.0) - eta) ** 2, axis=1)
        sign = np.where(y == self.classes_[1], 1.0, -1.0)
        return np.where(np.isin(y, self.classes_), (sign - eta[:, 0]) ** 2, (1.0 + np.abs(eta[:, 0])) ** 2)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _is_matrix(y):
    """Whether y has two columns or more."""
    shape = y.shape if hasattr(y, "shape") else np.shape(np.asarray(y, dtype=object))
    return len(shape) == 2 and shape[1] > 1
