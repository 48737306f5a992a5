"""Held-out losses: leave-one-out by a path equals refitting, and what ``cv`` and weights may be."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, make_scorer, mean_squared_error
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV

RNG = np.random.default_rng(7)
N, P = 30, 3
X = RNG.normal(size=(N, P)) + 1.0
Y = X @ RNG.normal(size=(P, 2)) + RNG.normal(size=(N, 2))
y = Y[:, 0]
LABELS = (X[:, 0] + RNG.normal(size=N) > 1.0).astype(int)
X_SOURCE = RNG.normal(size=(200, P))
Y_SOURCE = X_SOURCE @ RNG.normal(size=(P, 2)) + RNG.normal(size=(200, 2))
WEIGHT = RNG.integers(0, 4, size=N)
RIDGE = Source.from_estimator(Ridge().fit(X_SOURCE, Y_SOURCE[:, 0]), X=X_SOURCE)
RIDGE_2 = Source.from_estimator(Ridge().fit(X_SOURCE, Y_SOURCE), X=X_SOURCE)
LOGISTIC = Source.from_estimator(LogisticRegression().fit(X_SOURCE, (Y_SOURCE[:, 0] > 0).astype(int)), X=X_SOURCE)
TABLE = ("score", "se", "gain", "gain_se")


def _assert_same(one, other, rtol=1e-9):
    assert one.table_["candidate"] == other.table_["candidate"]
    for column in TABLE:
        assert_allclose(one.table_[column], other.table_[column], rtol=rtol, atol=1e-9)
    assert (one.choice_, one.borrow_) == (other.choice_, other.borrow_)


def _search(source=RIDGE, **options):
    return TransferCV(TransferRidge(source=source), **{"grid": [0.3, 3.0, 30.0], **options})


def _refit_scores(search, splits, weight=None, loss=lambda model, X, y: (y - model.predict(X)) ** 2):
    """Minus the weighted mean loss of each candidate, by a plain loop over splits and rows."""
    weight = np.ones(N) if weight is None else weight
    target = LABELS if hasattr(search.estimator, "C") else y
    scores = []
    for params in search.table_["params"]:
        total, times = np.zeros(N), np.zeros(N)
        for train, test in splits:
            model = clone(search.estimator).set_params(**params)
            model.fit(X[train], target[train], sample_weight=weight[train])
            total[test] += loss(model, X[test], target[test])
            times[test] += 1
        seen = times > 0
        scores.append(-np.average(total[seen] / times[seen], weights=weight[seen]))
    return scores


# Leave-one-out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source, target", [(RIDGE, y), (RIDGE_2, Y)], ids=["one output", "two outputs"])
def test_loo_of_ridge_equals_refits_for_every_candidate_with_a_source(source, target):
    """ "target" candidates are standardised on all rows by the path and on the others by refits."""
    names = ["source", "recalibrated", "pooled", "transfer"]
    path = _search(source, candidates=names).fit(X, target)
    refits = _search(source, candidates=names, cv=list(LeaveOneOut().split(X))).fit(X, target)
    _assert_same(path, refits)


def test_loo_of_ridge_equals_refits_with_weights():
    names = ["source", "recalibrated", "pooled", "transfer"]
    path = _search(candidates=names).fit(X, y, sample_weight=WEIGHT)
    refits = _search(candidates=names, cv=list(LeaveOneOut().split(X)), grid=_grid(path)).fit(
        X, y, sample_weight=WEIGHT
    )
    _assert_same(path, refits)


def _grid(search):
    """The strengths a search tried."""
    table = zip(search.table_["candidate"], search.table_["params"], strict=True)
    return sorted({params["alpha"] for name, params in table if name == "transfer"})


def test_ways_to_ask_for_leave_one_out():
    auto = _search().fit(X, y)
    for cv in ("loo", LeaveOneOut()):
        _assert_same(auto, _search(cv=cv).fit(X, y))
    scored = _search(cv="loo", scoring="neg_mean_squared_error", candidates=["source", "transfer"]).fit(X, y)
    plain = _search(candidates=["source", "transfer"]).fit(X, y)
    assert_allclose(scored.table_["score"], plain.table_["score"], rtol=1e-9)


@pytest.mark.parametrize("names", [["pooled", "transfer"], ["transfer", "pooled"], ["target", "pooled", "transfer"]])
def test_a_candidate_scores_the_same_in_any_company(names):
    everything, few = _search().fit(X, y), _search(candidates=names).fit(X, y)
    score = {
        (name, repr(params)): value
        for name, params, value in zip(*(everything.table_[c] for c in ("candidate", "params", "score")), strict=True)
    }
    expected = [score[name, repr(p)] for name, p in zip(few.table_["candidate"], few.table_["params"], strict=True)]
    assert_allclose(few.table_["score"], expected, rtol=1e-13)


def test_positive_coefficients_are_refitted():
    """With bounds the path is not exact, so leave-one-out refits and "auto" is five folds."""
    rows, target = X[:10], X[:10] @ [1.0, 0.5, -1.0] + np.random.default_rng(0).normal(size=10)

    def search(cv):
        return TransferCV(TransferRidge(positive=True, tol=1e-8), cv=cv, grid=[0.1, 10.0]).fit(rows, target)

    _assert_same(search("loo"), search(list(LeaveOneOut().split(rows))))
    _assert_same(search("auto"), search(5))


# What cv may be ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cv, splitter",
    [
        (4, KFold(4)),
        (KFold(3, shuffle=True, random_state=0), KFold(3, shuffle=True, random_state=0)),
        (
            RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
            RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
        ),
        (ShuffleSplit(3, random_state=0), ShuffleSplit(3, random_state=0)),
        (TimeSeriesSplit(3), TimeSeriesSplit(3)),
    ],
    ids=["int", "splitter", "rows held out twice", "rows held out at random", "time series"],
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_scores_are_those_of_a_plain_loop(cv, splitter, weight):
    search = _search(cv=cv).fit(X, y, sample_weight=weight)
    assert_allclose(search.table_["score"], _refit_scores(search, list(splitter.split(X)), weight), rtol=1e-10)


def test_classifiers_are_split_by_class_and_scored_by_log_loss():
    search = TransferCV(TransferLogisticRegression(source=LOGISTIC, tol=1e-10), cv=3, grid=[0.1, 1.0]).fit(X, LABELS)

    def loss(model, X, y):
        return -model.predict_log_proba(X)[np.arange(len(y)), y]

    splits = list(StratifiedKFold(3).split(X, LABELS))
    assert_allclose(search.table_["score"], _refit_scores(search, splits, loss=loss), rtol=1e-10)


def test_an_iterable_of_splits_even_one_that_runs_once():
    splits = list(KFold(3).split(X))
    expected = _search(cv=3).fit(X, y)
    _assert_same(_search(cv=splits).fit(X, y), expected)
    _assert_same(_search(cv=iter(splits)).fit(X, y), expected)
    _assert_same(_search(cv=(split for split in splits)).fit(X, y), expected)
    masks = [tuple(np.isin(np.arange(N), rows) for rows in split) for split in splits]
    _assert_same(_search(cv=masks).fit(X, y), expected)


def test_groups_reach_the_splitter():
    groups = np.arange(N) % 5
    splits = list(GroupKFold(3).split(X, y, groups))
    _assert_same(_search(cv=GroupKFold(3)).fit(X, y, groups=groups), _search(cv=splits).fit(X, y))


def test_auto_with_a_scorer_is_five_folds():
    scoring = "neg_mean_absolute_error"
    _assert_same(_search(scoring=scoring).fit(X, y), _search(scoring=scoring, cv=5).fit(X, y))


@pytest.mark.parametrize("cv", ["leave-one-out", "", "LOO"])
def test_an_unknown_name_is_refused(cv):
    with pytest.raises(ValueError, match=f"cv must be 'auto', 'loo', an int, a splitter .*got '{cv}'"):
        _search(cv=cv).fit(X, y)


def test_splits_that_hold_out_nothing_are_refused():
    with pytest.raises(ValueError, match="holds out no row that has a weight"):
        _search(cv=[]).fit(X, y)
    weight = np.ones(N)
    weight[20:] = 0
    with pytest.raises(ValueError, match="holds out no row that has a weight"):
        _search(cv=[(np.arange(20), np.arange(20, N))]).fit(X, y, sample_weight=weight)


# Scoring -------------------------------------------------------------------------------------------------------


def test_scoring_by_name_and_by_callable_agree():
    by_name = _search(cv=3, scoring="neg_mean_squared_error").fit(X, y)
    scorer = make_scorer(mean_squared_error, greater_is_better=False)
    _assert_same(by_name, _search(cv=3, scoring=scorer).fit(X, y))
    _assert_same(by_name, _search(cv=3, scoring=lambda model, X, y: -np.mean((y - model.predict(X)) ** 2)).fit(X, y))


def test_a_scorer_counts_each_split_by_its_rows():
    """Splits of unequal size: the mean of means of squares is the mean over rows."""
    splits = [(np.arange(8, N), np.arange(8)), (np.arange(8), np.arange(8, N))]
    scored = _search(cv=splits, scoring="neg_mean_squared_error").fit(X, y)
    assert_allclose(scored.table_["score"], _search(cv=splits).fit(X, y).table_["score"], rtol=1e-10)


def test_scoring_the_own_loss_of_a_classifier():
    twin = TransferLogisticRegression(source=LOGISTIC, tol=1e-10)
    own = TransferCV(twin, cv=3).fit(X, LABELS)
    named = TransferCV(twin, cv=3, scoring="neg_log_loss").fit(X, LABELS)
    assert_allclose(own.table_["score"], named.table_["score"], rtol=1e-9)
    model = clone(twin).set_params(**own.borrow_).fit(X[10:], LABELS[10:])
    losses = twin._borrowing.row_losses(model, X[:10], LABELS[:10])
    assert_allclose(losses.mean(), log_loss(LABELS[:10], model.predict_proba(X[:10])), rtol=1e-12)


def test_scorers_see_probabilities():
    twin = TransferLogisticRegression(source=LOGISTIC)
    search = TransferCV(twin, cv=3, scoring="roc_auc").fit(X, LABELS)
    assert max(search.table_["score"]) <= 1
    assert min(search.table_["score"]) >= 0


# Weights -------------------------------------------------------------------------------------------------------


def test_integer_weights_are_repeated_rows():
    """In the fit and in the mean of the errors; splits hold out all copies of a row."""
    copies = np.repeat(np.arange(N), WEIGHT)
    splits = list(KFold(3).split(X))
    repeated = [tuple(np.flatnonzero(np.isin(copies, rows)) for rows in split) for split in splits]
    weighted = _search(cv=splits).fit(X, y, sample_weight=WEIGHT)
    plain = _search(cv=repeated, grid=_grid(weighted)).fit(X[copies], y[copies])
    assert_allclose(_transfers(weighted, "score"), _transfers(plain, "score"), rtol=1e-9)
    fixed = clone(weighted.best_estimator_).fit(X[copies], y[copies])
    assert_allclose(weighted.best_estimator_.coef_, fixed.coef_, rtol=1e-9)


def _transfers(search, column):
    table = zip(search.table_["candidate"], search.table_[column], strict=True)
    return [value for name, value in table if name != "target"]


@pytest.mark.parametrize("cv", ["loo", 3])
def test_rows_without_weight_do_not_matter(cv):
    weight = np.where(np.arange(N) < 24, 1.0, 0.0)
    splits = cv if cv == "loo" else [(np.arange(12), np.arange(12, N)), (np.arange(12, N), np.arange(12))]
    fewer = cv if cv == "loo" else [(np.arange(12), np.arange(12, 24)), (np.arange(12, 24), np.arange(12))]
    wild = np.where(np.arange(N) < 24, y, 1e3)
    one = _search(cv=splits).fit(X, wild, sample_weight=weight)
    other = _search(cv=fewer).fit(X[:24], y[:24])
    assert_allclose(one.table_["score"], other.table_["score"], rtol=1e-9)
    assert one.choice_ == other.choice_
    assert_allclose(one.best_estimator_.coef_, other.best_estimator_.coef_, rtol=1e-9)


@pytest.mark.parametrize("cv", ["loo", 3])
def test_scaling_all_weights_scales_the_strengths_only(cv):
    """Recalibration aside, whose factor has a prior on the scale of a plain sum of losses."""
    one, ten = (_search(cv=cv, grid="auto").fit(X, y, sample_weight=w) for w in (np.ones(N), np.full(N, 10.0)))
    at = [i for i, name in enumerate(one.table_["candidate"]) if name == "transfer"]
    assert_allclose(np.array(one.table_["score"])[at], np.array(ten.table_["score"])[at], rtol=1e-8)
    assert_allclose(10 * np.array(_grid(one)), _grid(ten), rtol=1e-10)


@pytest.mark.parametrize("cv", ["loo", 3])
def test_wrong_weights_are_refused(cv):
    with pytest.raises(ValueError, match=r"sample_weight|inconsistent numbers of samples"):
        _search(cv=cv).fit(X, y, sample_weight=np.ones(N - 1))
    with pytest.raises(ValueError, match="sample_weight must not be negative"):
        _search(cv=cv).fit(X, y, sample_weight=-np.ones(N))


def test_a_class_that_a_fold_does_not_train_on_has_a_finite_loss():
    labels = np.where(np.arange(N) < 2, 2, LABELS)
    splits = [(np.arange(2, N), np.arange(2)), (np.arange(0, 15), np.arange(15, N))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = TransferCV(TransferLogisticRegression(), cv=splits, grid=[1.0]).fit(X, labels)
    assert np.isfinite(search.table_["score"]).all()
