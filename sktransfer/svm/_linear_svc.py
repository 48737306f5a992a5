"""Linear support vector classification towards a source.

minimise   C * sum_i w_i loss(s_i, x_i . coef + intercept)  +  (Delta' M Delta
                      + (1 / intercept_scaling^2 + intercept_penalty) * (intercept - intercept_s)^2) / 2
Delta = coef - coef_s,   M the metric, s_i = -1 or 1;   for three classes or more once per class, against the rest
"""

import numpy as np
from sklearn.utils.validation import column_or_1d

from sktransfer._base import LinearTransferLabels
from sktransfer._losses import Hinge, SquaredHinge
from sktransfer._utils._compat import StrOptions
from sktransfer.svm._support_vectors import SupportVectorTransfer

_LOSSES = {"hinge": Hinge, "squared_hinge": SquaredHinge}


class TransferLinearSVC(SupportVectorTransfer, LinearTransferLabels):
    """Linear support vector classifier whose penalty pulls the coefficients towards a source model's.

    ``sklearn.svm.LinearSVC`` plus one parameter, ``source``. With ``source=None`` it is its twin.

    Parameters
    ----------
    loss : {"squared_hinge", "hinge"}, default="squared_hinge"
    source : None, Source, fitted model or list of these, default=None
        A :class:`~sktransfer.Source` with ``link="margin"``, or a fitted LinearSVC, linear SVC of two classes,
        Pipeline of linear steps, FrozenEstimator or search. It is never changed, cloned or refitted.
        Of a list each counts times a fitted factor, ``source_weights_``; ``[model]`` rescales one model.
    source_weights : {"auto", "free", "nonnegative", "simplex"}, default="auto"
        What factors of a list of sources may be: any number, none below 0, or ("simplex") shares of one. "auto":
        "free" for one source, which is rescaled, and "simplex" for several: few rows can choose among many sources,
        but not fit as many factors.
    C : float or array-like of shape (n_features,), default=1.0
        Inverse strength of the pull, on scikit-learn's scale: a factor on the *sum* of losses. 0 copies the source's
        coefficients and fits the intercept alone.
        Of an array with one number a feature, 0 holds a feature.
    metric : {"identity", "scale", "source"} or array-like, default="identity"
        In which geometry the change of the coefficients is small. "scale": in units of each feature's standard
        deviation, as if features were standardised. "source": in the units that the source's own penalty acted in,
        those of its Pipeline's scaler. A vector of shape (n_features,) holds one positive factor per feature, or one
        per entry of ``coef_``; a positive definite matrix ties features to each other (the rows are copied for it).
    intercept_penalty : float, default=0.0
        A pull of the intercept towards the source's on top of the twin's own (see ``intercept_scaling``), as a
        multiple of the slopes'; infinity holds it. Without a source there is nothing to pull towards.
    classes : {"union", "target"}, default="union"
        Labels of the fitted model: the source's and y's, or y's alone. A class that no target row shows keeps the
        source's row of coefficients and intercept; one that the source lacks starts from zero.
    tol : float, default=1e-4
        The solver stops at ``(primal - dual) / primal <= tol``, the relative duality gap: no model has an objective
        lower by more than this part. (The twin's ``tol`` is on the gradient of the dual.)
    multi_class : {"ovr"}, default="ovr"
        One class against the rest. "crammer_singer" is refused.
    fit_intercept : bool, default=True
        If False the intercept is not fitted: it stays at the source's, or at 0 without a source.
    intercept_scaling : float, default=1.0
        As in the twin, the value of a constant feature whose coefficient is penalised as any other: the intercept is
        pulled to the source's (without one: to zero) by ``1 / intercept_scaling ** 2`` times the slopes' pull.
    class_weight : dict or "balanced", default=None
        As in the twin: for three classes or more, a class's weight counts where it stands against the rest.
    random_state : int, RandomState or None, default=None
        Order in which rows are visited. It changes the number of iterations, not the optimum. None is a fixed seed;
        NumPy's global random numbers are never touched.
    max_iter : int, default=1000
        Most visits to all rows, per class.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
    intercept_ : ndarray of shape (1,) or (n_classes,), or 0.0 where none is fitted
    delta_ : ndarray, shape of ``coef_``
        ``coef_ - source_coef_``.
    source_coef_ : ndarray, shape of ``coef_``
        The source's coefficients, aligned with the target's features and classes.
    source_ : Source
        The source, aligned; ``source_.alignment`` says what was added and dropped.
    result_ : SolverResult
        The solver's certificate.
    n_iter_ : int
        Visits to all rows, at least 1; the largest over the classes.
    effective_sample_size_ : float
        Number of target rows the source was worth; 0 without a source, NaN for ``loss="hinge"``, which has no
        curvature to measure it by.
    source_weights_ : ndarray of shape (n_sources,) or (n_outputs, n_sources)
        Fitted factors, where ``source`` is a list.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    ValueError
        In ``fit``: for a source on another scale (a logistic one), one class only, negative weights, a metric that is
        not positive definite or ties classes to each other.

    See Also
    --------
    sklearn.svm.LinearSVC : The twin. Its ``penalty="l1"`` is not here; its ``dual`` means nothing here.
    sktransfer.model_selection.TransferCV : Chooses how much to borrow.

    Notes
    -----
    As C falls to zero the intercept goes to the source's together with the slopes, for both are penalised; ``C=0``
    itself holds the slopes only, so that the intercept alone is fitted (with ``intercept_penalty=inf`` nothing is).

    References
    ----------
    Yang, Yan & Hauptmann (2007), Cross-Domain Video Concept Detection Using Adaptive SVMs: the source as an offset.
    Hsieh, Chang, Lin, Keerthi & Sundararajan (2008), A Dual Coordinate Descent Method for Large-scale Linear SVM.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.svm import LinearSVC
    >>> from sktransfer.svm import TransferLinearSVC
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 2)), rng.normal(size=(20, 2))
    >>> source = LinearSVC().fit(X_source, X_source @ [1.0, -1.0] > 0)
    >>> model = TransferLinearSVC(source=source, C=0.1).fit(X, X @ [1.0, 0.0] > 0)
    >>> model.coef_.shape, model.classes_
    ((1, 2), array([False,  True]))
    >>> bool(np.all(np.abs(model.delta_) < np.abs(source.coef_)))
    True
    """

    _link = "margin"
    _parameter_constraints: dict = {
        **LinearTransferLabels._parameter_constraints,
        **SupportVectorTransfer._parameter_constraints,
        "loss": [StrOptions(set(_LOSSES))],
        "multi_class": [StrOptions({"ovr", "crammer_singer"})],
    }

    def __init__(
        self,
        loss="squared_hinge",
        *,
        source=None,
        source_weights="auto",
        C=1.0,
        metric="identity",
        intercept_penalty=0.0,
        classes="union",
        tol=1e-4,
        multi_class="ovr",
        fit_intercept=True,
        intercept_scaling=1,
        class_weight=None,
        random_state=None,
        max_iter=1000,
    ):
        self.loss = loss
        self.source = source
        self.source_weights = source_weights
        self.C = C
        self.metric = metric
        self.intercept_penalty = intercept_penalty
        self.classes = classes
        self.tol = tol
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.max_iter = max_iter

    def _validate(self, X, y, sample_weight, source):
        if self.multi_class != "ovr":
            raise ValueError(
                f"multi_class={self.multi_class!r} is not supported: it fits one model of all classes, which has no "
                "row-wise source. Use multi_class='ovr'."
            )
        return super()._validate(X, y, sample_weight, source)

    def _rows(self, X, y, sample_weight):
        rows = super()._rows(X, y, sample_weight)
        return rows if len(rows.classes) == 2 else rows._replace(weight=sample_weight)

    def _loss(self, rows):
        n_classes, factors = len(rows.classes), None
        if n_classes > 2 and self.class_weight is not None:
            weighted = self._class_weighted(rows.classes[rows.y], rows.sample_weight)
            counts, factors = rows.sample_weight > 0, np.ones(n_classes)
            factors[rows.y[counts]] = weighted[counts] / rows.sample_weight[counts]
        return _LOSSES[self.loss](n_classes, factors)

    def _publish_model(self, coef, intercept, source):
        found = super()._publish_model(coef, intercept, source)
        if not self.fit_intercept and not np.any(intercept):
            found["intercept_"] = 0.0
        return found

    def _row_losses(self, X, y):
        """The loss of each row, summed over one-vs-rest models; a label the model does not know is on no side."""
        y = column_or_1d(y)
        eta = self.decision_function(X)
        eta = eta.reshape(len(y), -1)
        loss, known = _LOSSES[self.loss](len(self.classes_)), np.isin(y, self.classes_)
        if eta.shape[1] > 1:
            return loss.pointwise(np.where(y[:, np.newaxis] == self.classes_, 1.0, -1.0), eta)
        sign = np.where(y == self.classes_[1], 1.0, -1.0)[:, np.newaxis]
        return np.where(known, loss.pointwise(sign, eta), np.maximum(*(loss.pointwise(s * sign, eta) for s in (1, -1))))
