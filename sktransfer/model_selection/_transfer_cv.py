"""How much to borrow, chosen from the target's rows alone."""

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping, process_routing

from sktransfer._base._delegating import Delegating
from sktransfer._base._findings import Findings, Gain, factors_of
from sktransfer._utils._compat import StrOptions, fit_context
from sktransfer._utils._lazy import is_dask
from sktransfer.model_selection._evidence import asks_for_evidence, averaged, evidence_losses
from sktransfer.model_selection._found import mean_moves, mean_worth, shares_by_family
from sktransfer.model_selection._held_out import held_out_losses
from sktransfer.model_selection._rules import RULES, choose, lowest, mean_and_error, mixed, stack


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
        ``intercept_penalty``. "auto": priors worth a tenth of the target's rows (of more than 40 rows
        ``160 / n_samples`` rows, at least a thousandth of all) to a thousand times all of them. Of alpha-weighted
        estimators: values of ``alpha``, or a dict that may also hold parameters of the estimator inside, such as
        ``estimator__C``. "auto": sources that weigh from
        a thousandth of the target's rows to ten times what pooling gives, in equal steps of log-odds; with strengths,
        where they have a path.
    cv : "auto", "loo", int, splitter or iterable, default="auto"
        How rows are held out. "loo" is exact for squared loss and approximate for others where the estimator has
        such a path, at about the price of one fit a candidate. "auto": "loo" where there is such a path and no
        ``scoring``, else five (stratified) folds.
    rule : {"auto", "min", "1se", "stack"}, default="auto"
        "min": the lowest held-out loss. "1se": the strongest borrowing whose loss is within one standard error of
        the best, the error of the difference between the two, over rows. Borrowing counts in the order pooled, source,
        recalibrated, transfer by its strength (or alpha), target. "stack": a mixture of all candidates, each weighed by
        its tempered held-out likelihood: the mean of probabilities (classifiers that have them) or of linear predictors
        (numbers, counts, margins; of estimators that are not linear, of predictions). Where rows are held out along a
        path its ends are the fits; elsewhere each candidate with a weight is fitted. "auto": "stack"; with a
        ``scoring``, whose values are no likelihood, the strongest borrowing within ``min(1.5, 40 / n_samples)``
        standard errors.
    scoring : "evidence", str or callable, default=None
        A scorer; None is the estimator's own loss, negated. "evidence": no rows are held out; a candidate's score is
        the logarithm of the likelihood of all rows with its parameters integrated out over its own prior, by one fit
        (closed form for squared loss, Laplace's approximation for others). See the notes.
    candidates : "auto" or list of str, default="auto"
        Which of "target" (own standardisation and strength, no source), "source" (copied whole), "recalibrated"
        (copied, its intercept fitted; or its intercept and one factor of all slopes), "pooled" (as if the source's
        rows were here; needs its precision) and "transfer" (along the strengths, the intercept held, pulled, or free
        along with one factor of all the source's slopes; with a twin's ``source_probability`` below 1 this alone doubts
        the source, and rows are held out in folds) to try; "auto" is all that exist. Of a list of two to five sources
        each of them is also tried alone: its ``params`` name it. Of
        alpha-weighted estimators "target", "pooled" and "source" are alpha = 0, 1/2 and 1, "transfer" the others.

    Attributes
    ----------
    best_estimator_ : estimator
        The chosen candidate, fitted on all rows: with "stack" the heaviest.
    mixture_ : estimator
        What predicts: with "stack" the mixture of several, else ``best_estimator_``. A model with ``coef_`` where
        linear predictors are averaged, which for squared loss and margins is the same.
    choice_ : str
        Its name.
    borrow_ : dict
        Its parameters.
    weights_ : ndarray of shape (n_candidates,)
        Of the candidates in the mixture, in the order of ``table_``: they add up to 1, and all but the chosen one's
        are 0 where one is chosen.
    best_score_ : float
        Its held-out score. With "stack" that of the mixture for log-loss; for other losses the weighted mean of the
        candidates', than which the mixture's own is no worse where the loss is convex. So are ``gain_`` and its error.
    table_ : dict of lists
        One entry per candidate: "candidate", "family" (those of one family differ in their strength only), "params",
        "score" (greater is better: minus the mean held-out loss), "se" (standard error), "behind" and "behind_se"
        (score below the best candidate's, paired: what the rule looks at), "gain" and "gain_se" (score above the best
        "target" candidate's, paired). Ready for ``pandas.DataFrame``.
    gain_ : float
        How much higher the chosen score is than that of the best candidate without a source; NaN without such.
    gain_se_ : float
        Standard error of ``gain_`` over rows: of differences, row by row.
    effective_sample_size_ : float
        Number of target rows the source is worth; of a mixture by the mean of the members' shares, m / (n + m) of a
        source worth m rows beside n. Infinite where it is copied, NaN where a member cannot say.
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    See Also
    --------
    sktransfer.make_transfer : Builds the estimator from a fitted source model.
    sktransfer.inspection.TransferPathDisplay : Draws ``table_``.

    Notes
    -----
    Held-out errors are averaged with ``sample_weight``, and "stack" counts weights as repeated rows; class weights,
    standardisation and the light pull between the weights of several sources stay as on all rows. Weights with bounds
    are exact without a row for squared loss; for other losses those that are 0 on all rows stay so.

    ``scoring="evidence"`` is for linear twins with smooth penalties. It asks how well the prior, this strength of this
    pull to this source, has foretold the rows, and uses all of them; it relies on the prior and the likelihood being
    right, where held-out rows rely on nothing. The likelihood is the one the twin's objective says: log-loss; counts of
    a Poisson distribution; for squared, gamma and Tweedie losses a dispersion (noise variance) that is integrated out.
    Scores are sums over rows, relative to a perfect fit; weights count as repeated rows. What a candidate leaves
    free, such as an intercept or one factor of a source's slopes, has a flat prior as high as one row's information
    says at its centre (the unit-information prior), so that all candidates can be compared: "source", where nothing is
    free, has its likelihood. ``rule``: "min" and "auto" take the largest evidence, "stack" averages models by it
    (candidates of one name share a prior probability), "1se" is refused, and errors are NaN, as no rows are held out.

    References
    ----------
    Rad & Maleki (2020), A scalable estimate of the out-of-sample prediction error via approximate leave-one-out.
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees: the one-standard-error rule.
    Yao, Vehtari, Simpson & Gelman (2018), Using stacking to average Bayesian predictive distributions: pseudo-BMA
    weights, which "stack" tempers. MacKay (1992), Bayesian interpolation: the evidence.

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
    >>> print(search.summary().splitlines()[0])
    Leaning on the source lowers the held-out mean squared error by ... +- ...: ... with it, ... without.
    """

    _fitted_name = "mixture_"
    __metadata_request__fit = {"groups": UNUSED}  # asked for by the splitter, where it wants them

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
        """Score the candidates on held-out rows, weigh them or choose one, fit on all rows what has a weight.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        groups : array-like of shape (n_samples,), default=None
            Handed to the splitter. Leave-one-out knows no groups, and warns: give ``cv=GroupKFold()`` or the like.

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
        groups = self._routed_groups(sample_weight, groups)
        borrowing = self.estimator._borrowing
        candidates = self._candidates(borrowing.candidates(X, y, sample_weight, self.grid))
        losses, weight = self._losses(borrowing, candidates, X, y, sample_weight, groups)
        likelihood = borrowing.likelihood if self.scoring is None else None
        if self.rule == "stack" and self._by_evidence:
            self.weights_ = averaged(candidates, losses)
        elif self.rule == "stack" or (self.rule == "auto" and self.scoring is None):
            self.weights_ = stack(candidates, losses, weight, likelihood)
        else:
            n_samples = len(y) if sample_weight is None else np.count_nonzero(sample_weight)
            chosen = choose(candidates, losses, weight, self.rule, n_samples)
            self.weights_ = np.eye(len(candidates))[chosen]
        self._tabulate(candidates, losses, weight, likelihood)
        self._fit_members(borrowing, candidates, X, y, sample_weight)
        return self

    @property
    def _by_evidence(self):
        return asks_for_evidence(self.scoring)

    def _losses(self, borrowing, candidates, X, y, sample_weight, groups):
        """(losses (n_rows, n_candidates), weight (n_rows,)), of held-out rows or, as one row, of the evidence."""
        if self._by_evidence:
            return evidence_losses(borrowing, candidates, X, y, sample_weight, self.cv, self.rule)
        how = groups, self.cv, self.scoring
        return held_out_losses(self.estimator, borrowing, candidates, X, y, sample_weight, *how)

    def _fit_members(self, borrowing, candidates, X, y, sample_weight):
        """Fit on all rows what has a weight."""
        places = np.flatnonzero(self.weights_)
        kept, weights = [candidates[place] for place in places], self.weights_[places]
        heaviest = int(np.argmax(weights))
        fitted = borrowing.fitted(X, y, sample_weight, kept, heaviest)
        self.best_estimator_ = fitted[heaviest]
        self.mixture_ = borrowing.average(fitted, weights) if len(fitted) > 1 else self.best_estimator_
        self._remember(borrowing.reference(X, y, sample_weight), fitted, kept)

    def _remember(self, reference, fitted, kept):
        """What is to be said of the members: what the source is worth to them, and what moved."""
        weights = self.weights_[self.weights_ > 0]
        self._reference = reference
        self.effective_sample_size_ = mean_worth(fitted, weights, reference.n_rows)
        self._moves = mean_moves(reference, fitted, weights, [candidate.params for candidate in kept])

    def _findings(self):
        """The protocol of the house: what the search found."""
        own, score, without = self.scoring is None, self.best_score_, self.best_score_ - self.gain_
        measure = self._reference.loss if own else getattr(self.scoring, "__name__", self.scoring)
        sign = -1.0 if own else 1.0
        return Findings(
            has_source=self._reference.has_source,
            leans=any(
                w > 0 and each != "target" for each, w in zip(self.table_["candidate"], self.weights_, strict=True)
            ),
            worth=self.effective_sample_size_,
            n_rows=self._reference.n_rows,
            gain=Gain(self.gain_, self.gain_se_, str(measure), sign * score, sign * without, lower=own),
            moves=self._moves,
            shares=(shares_by_family(self.table_, self.weights_), *factors_of(self.best_estimator_)),
            alignment=self._reference.alignment,
        )

    def get_metadata_routing(self):
        """What ``fit`` hands on where scikit-learn's metadata routing is enabled.

        ``groups`` go to the splitter that ``cv`` is, where it asks for them, as grouped ones do; ``sample_weight`` to
        ``scoring``, where that is a scorer which asks for it, and to the estimator always.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRouter
        """
        to_split = MethodMapping().add(caller="fit", callee="split")
        to_score = MethodMapping().add(caller="fit", callee="score")
        router = MetadataRouter(owner=self).add_self_request(self)
        router.add(splitter=None if isinstance(self.cv, str) else self.cv, method_mapping=to_split)
        return router.add(scorer=self.scoring if callable(self.scoring) else None, method_mapping=to_score)

    def _routed_groups(self, sample_weight, groups):
        """What the splitter gets as groups."""
        if not get_config()["enable_metadata_routing"]:
            return groups
        given = {"sample_weight": sample_weight, "groups": groups}
        routed = process_routing(self, "fit", **{name: each for name, each in given.items() if each is not None})
        return routed.splitter.split.get("groups")

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

    def _tabulate(self, candidates, losses, weight, likelihood):
        """Set the fitted attributes that report the search; the mixture is a last column beside the candidates."""
        losses = np.column_stack([losses, mixed(losses, self.weights_, likelihood)])
        mean, error = mean_and_error(losses, weight)
        behind, behind_se = mean_and_error(losses, weight, lowest(mean[:-1]))
        gain, gain_se = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
        without = [i for i, candidate in enumerate(candidates) if candidate.name == "target"]
        if without:
            loss, gain_se = mean_and_error(losses, weight, without[lowest(mean[without])])
            gain = -loss
        heaviest = candidates[int(np.argmax(self.weights_))]
        self.choice_, self.borrow_ = heaviest.name, dict(heaviest.params)
        kept = np.flatnonzero(self.weights_)
        place = kept[0] if len(kept) == 1 else -1
        self.best_score_, self.gain_, self.gain_se_ = (float(each[place]) for each in (-mean, gain, gain_se))
        self.table_ = {
            "candidate": [candidate.name for candidate in candidates],
            "family": [candidate.label for candidate in candidates],
            "params": [dict(candidate.params) for candidate in candidates],
            "score": (-mean)[:-1].tolist(),
            "se": error[:-1].tolist(),
            "behind": behind[:-1].tolist(),
            "behind_se": behind_se[:-1].tolist(),
            "gain": gain[:-1].tolist(),
            "gain_se": gain_se[:-1].tolist(),
        }
        if self._by_evidence:  # no rows, no errors
            self.gain_se_ = np.nan
            for name in ("se", "behind_se", "gain_se"):
                self.table_[name] = [np.nan] * len(candidates)
