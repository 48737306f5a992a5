"""How much to borrow, chosen from the target's rows alone."""

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import indexable

from sktransfer._base._delegating import Delegating
from sktransfer._utils._compat import StrOptions, fit_context
from sktransfer._utils._lazy import is_dask
from sktransfer.model_selection._held_out import held_out_losses
from sktransfer.model_selection._rules import RULES, choose, lowest, mean_and_error, stack


class TransferCV(Delegating, MetaEstimatorMixin, BaseEstimator):
    """Choose how much to borrow from a source, on held-out target rows.

    Ignoring the source and copying it are always among the candidates, so it is also a guard against a source that
    hurts.

    Parameters
    ----------
    estimator : estimator
        A transfer estimator that can say how it borrows, such as
        :class:`~sktransfer.linear_model.TransferRidge`. It is cloned, never changed; its source is shared.
    grid : "auto", array-like or dict, default="auto"
        Strengths to try: values of the estimator's strength (``alpha`` or ``C``), or a dict that may also hold
        ``intercept_penalty``. "auto": priors worth four rows of the target (at most a tenth of them, at
        least a hundredth) to a thousand times all of them. Of alpha-weighted estimators: values of ``alpha``, or a dict
        that may also hold parameters of the estimator inside, such as ``estimator__C``. "auto": sources that weigh from
        a thousandth of the target's rows to ten times what pooling gives, in equal steps of log-odds; with strengths,
        where they have a path.
    cv : "auto", "loo", int, splitter or iterable, default="auto"
        How rows are held out. "loo" is exact for squared loss and approximate for others where the estimator has
        such a path, at about the price of one fit a candidate. "auto": "loo" where there is such a path and no
        ``scoring``, else five (stratified) folds.
    rule : {"auto", "min", "1se", "stack"}, default="auto"
        "min": the lowest held-out loss. "1se": the strongest borrowing whose loss is within one standard error of
        the best, the error of the difference between the two, over rows. "auto": within ``min(1.5, 40 / n_samples)``
        standard errors. Borrowing counts in the order pooled, source, recalibrated, transfer by its strength (or
        alpha), target. "stack": the mean of the candidates' linear predictors, each weighed by how often it is chosen,
        within ``sqrt(64 / n_samples)`` standard errors, when the held-out rows are drawn anew, with replacement. It
        predicts better where rows are few; it takes as many fits as there are candidates with a weight.
    scoring : str or callable, default=None
        A scorer; None is the estimator's own loss, negated.
    candidates : "auto" or list of str, default="auto"
        Which of "target" (own standardisation and strength, no source), "source" (copied whole), "recalibrated"
        (copied, its intercept fitted; or its intercept and one factor of all slopes), "pooled" (as if the source's
        rows were here; needs its precision) and "transfer" (along the strengths) to try; "auto" is all that exist. Of
        alpha-weighted estimators "target", "pooled" and "source" are alpha = 0, 1/2 and 1, "transfer" the others.

    Attributes
    ----------
    best_estimator_ : estimator
        The chosen candidate, fitted on all rows. With "stack" the mean of several, in the form of the heaviest.
    choice_ : str
        Its name. With "stack" that of the heaviest.
    borrow_ : dict
        Its parameters.
    weights_ : ndarray of shape (n_candidates,)
        Of the candidates, in the order of ``table_``: they add up to 1, and all but the chosen one's are 0 unless
        the rule is "stack".
    best_score_ : float
        Its held-out score. With "stack" the weighted mean of the scores, and so of the gain and its standard error:
        where losses are convex, no better than the stack's own.
    table_ : dict of lists
        One entry per candidate: "candidate", "params", "score" (greater is better: minus the mean held-out loss),
        "se" (standard error), "behind" and "behind_se" (score below the best candidate's, paired: what the rule
        looks at), "gain" and "gain_se" (score above the best "target" candidate's, paired). Ready for
        ``pandas.DataFrame``.
    gain_ : float
        How much higher the chosen score is than that of the best candidate without a source; NaN without such.
    gain_se_ : float
        Standard error of ``gain_`` over rows.
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    See Also
    --------
    sktransfer.make_transfer : Builds the estimator from a fitted source model.

    Notes
    -----
    Held-out errors are averaged with ``sample_weight``; class weights and standardisation stay as on all rows.

    References
    ----------
    Rad & Maleki (2020), A scalable estimate of the out-of-sample prediction error via approximate leave-one-out.
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees: the one-standard-error rule.
    Breiman (1996), Heuristics of instability and stabilization in model selection: "stack".

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sktransfer.linear_model import TransferRidge
    >>> from sktransfer.model_selection import TransferCV
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(500, 5)), rng.normal(size=(15, 5))
    >>> source = Ridge().fit(X_source, X_source.sum(axis=1))
    >>> y = X.sum(axis=1) + 0.1 * rng.normal(size=15)
    >>> search = TransferCV(TransferRidge(source=source)).fit(X, y)
    >>> search.choice_
    'source'
    >>> bool(search.gain_ > 0)
    True
    """

    _fitted_name = "best_estimator_"

    _parameter_constraints: dict = {
        "estimator": "no_validation",
        "grid": "no_validation",
        "cv": "no_validation",
        "rule": [StrOptions(set(RULES))],
        "scoring": "no_validation",
        "candidates": "no_validation",
    }

    def __init__(self, estimator, *, grid="auto", cv="auto", rule="auto", scoring=None, candidates="auto"):
        self.estimator = estimator
        self.grid = grid
        self.cv = cv
        self.rule = rule
        self.scoring = scoring
        self.candidates = candidates

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None, groups=None):
        """Score the candidates on held-out rows, choose one, fit it on all rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        groups : array-like of shape (n_samples,), default=None
            Handed to the splitter.

        Returns
        -------
        self
        """
        self._check_estimator()
        if y is None:
            raise ValueError("TransferCV requires y to be passed, but the target y is None")
        if is_dask(X) or is_dask(y):
            raise TypeError(
                f"TransferCV holds out rows in memory, got a Dask {type(X if is_dask(X) else y).__name__}. Target rows "
                "are few: compute them. A source's rows may lie in Dask collections (SourceData)."
            )
        X, y, sample_weight, groups = indexable(X, y, sample_weight, groups)
        borrowing = self.estimator._borrowing
        candidates = self._candidates(borrowing.candidates(X, y, sample_weight, self.grid))
        losses, weight = held_out_losses(
            self.estimator, borrowing, candidates, X, y, sample_weight, groups, self.cv, self.scoring
        )
        n_samples = len(y) if sample_weight is None else np.count_nonzero(sample_weight)
        if self.rule == "stack":
            self.weights_ = stack(candidates, losses, weight, n_samples)
        else:
            self.weights_ = np.zeros(len(candidates))
            self.weights_[choose(candidates, losses, weight, self.rule, n_samples)] = 1.0
        self._tabulate(candidates, losses, weight)
        extra = {} if sample_weight is None else {"sample_weight": sample_weight}
        fitted = [
            clone(self.estimator).set_params(**candidates[i].params).fit(X, y, **extra)
            for i in np.flatnonzero(self.weights_)
        ]
        average = len(fitted) > 1
        self.best_estimator_ = borrowing.average(fitted, self.weights_[self.weights_ > 0]) if average else fitted[0]
        return self

    def _check_estimator(self):
        if not hasattr(type(self.estimator), "_borrowing"):
            raise TypeError(
                f"TransferCV needs an estimator that can borrow, got {self.estimator!r}. Give it a "
                "transfer estimator such as TransferRidge(source=...); in a Pipeline, wrap the last step."
            )

    def _candidates(self, found):
        """Those of the candidates found that are wanted."""
        if isinstance(self.candidates, str) and self.candidates == "auto":
            return found
        names = sorted({candidate.name for candidate in found})
        wanted = [self.candidates] if isinstance(self.candidates, str) else list(self.candidates or ())
        if not wanted:
            raise ValueError(f"candidates must be 'auto' or name one or more of {names}; got {self.candidates!r}")
        for name in wanted:
            if name not in names:
                raise ValueError(f"candidates names {name!r}, but for this source and estimator there are: {names}")
        return [candidate for candidate in found if candidate.name in wanted]

    def _tabulate(self, candidates, losses, weight):
        """Set the fitted attributes that report the search."""
        mean, error = mean_and_error(losses, weight)
        behind, behind_se = mean_and_error(losses, weight, lowest(mean))
        gain, gain_se = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
        without = [i for i, candidate in enumerate(candidates) if candidate.name == "target"]
        if without:
            loss, gain_se = mean_and_error(losses, weight, without[lowest(mean[without])])
            gain = -loss
        weights, kept = self.weights_, np.flatnonzero(self.weights_)
        heaviest = candidates[int(np.argmax(weights))]
        self.choice_, self.borrow_ = heaviest.name, dict(heaviest.params)
        self.best_score_, self.gain_, self.gain_se_ = (
            float(weights[kept] @ each[kept]) for each in (-mean, gain, gain_se)
        )
        self.table_ = {
            "candidate": [candidate.name for candidate in candidates],
            "params": [dict(candidate.params) for candidate in candidates],
            "score": (-mean).tolist(),
            "se": error.tolist(),
            "behind": behind.tolist(),
            "behind_se": behind_se.tolist(),
            "gain": gain.tolist(),
            "gain_se": gain_se.tolist(),
        }
