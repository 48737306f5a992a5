"""Every splitter of scikit-learn's through TransferCV, alone, in searches and routed; rows that are never held out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV

N = 24
RNG = np.random.default_rng(3)
X = RNG.normal(size=(N, 2))
y = X @ [1.0, -1.0] + RNG.normal(size=N)
GROUPS = np.arange(N) % 6
WEIGHT = RNG.uniform(0.5, 2.0, size=N)
SOURCE = Source([1.0, -0.5])
TWIN = TransferRidge(source=SOURCE)
FOLD = np.where(np.arange(N) < 9, -1, np.arange(N) % 3)

SPLITTERS = {
    "GroupKFold": GroupKFold(3),
    "LeaveOneGroupOut": LeaveOneGroupOut(),
    "GroupShuffleSplit": GroupShuffleSplit(3, random_state=0),
    "TimeSeriesSplit": TimeSeriesSplit(4),
    "RepeatedKFold": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    "ShuffleSplit": ShuffleSplit(3, random_state=0),
    "PredefinedSplit": PredefinedSplit(FOLD),
}


def _search(cv, **options):
    return TransferCV(TWIN, cv=cv, grid=[0.5, 5.0], **options)


def _held_out(search, splits, weight):
    """Losses row by row and candidate by candidate, each row's mean over the splits that hold it out; and who was."""
    table = np.full((N, len(search.table_["params"])), np.nan)
    for column, params in enumerate(search.table_["params"]):
        losses = [[] for _ in range(N)]
        for train, test in splits:
            model = clone(TWIN).set_params(**params).fit(X[train], y[train], sample_weight=weight[train])
            for row, loss in zip(test, (y[test] - model.predict(X[test])) ** 2, strict=True):
                losses[row].append(loss)
        for row, found in enumerate(losses):
            if found:
                table[row, column] = np.mean(found)
    return table


def _mean_and_error(difference, weight):
    """Of a weighted mean over rows, by its definition."""
    share = weight / weight.sum()
    mean = np.sum(share * difference)
    n_effective = 1 / np.sum(share**2)
    return mean, np.sqrt(np.sum(share * (difference - mean) ** 2) / (n_effective - 1))


@pytest.mark.parametrize("rule", ["min", "stack"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", SPLITTERS)
def test_scores_gains_and_errors_are_those_of_plain_loops(name, weight, rule):
    """Rows that are never held out count for nothing; the mixture's loss is the weighted mean of its members'."""
    cv, ones = SPLITTERS[name], np.ones(N) if weight is None else weight
    groups = GROUPS if "Group" in name else None
    search = _search(cv, rule=rule).fit(X, y, sample_weight=weight, groups=groups)
    losses = _held_out(search, list(cv.split(X, y, groups)), ones)
    seen = ~np.isnan(losses[:, 0])
    losses, ones = losses[seen], ones[seen]
    means = [np.average(column, weights=ones) for column in losses.T]
    assert_allclose(search.table_["score"], -np.array(means), rtol=1e-9)
    target = [k for k, candidate in enumerate(search.table_["candidate"]) if candidate == "target"]
    base = losses[:, min(target, key=lambda k: means[k])]
    gain, error = _mean_and_error(base - losses @ search.weights_, ones)
    assert_allclose([search.gain_, search.gain_se_], [gain, error], rtol=1e-8, atol=1e-12)


def test_the_gain_of_mixed_probabilities_is_that_of_the_mixture_s_log_loss():
    """Row by row ``-log sum_k w_k P_k(y)``, each P_k of a fit without the row's fold."""
    labels, splits = (y > 0).astype(int), list(KFold(4).split(X))
    twin = TransferLogisticRegression(source=Source([1.0, -0.5], classes=[0, 1]), tol=1e-10)
    search = TransferCV(twin, cv=splits, grid=[0.1, 1.0], rule="stack").fit(X, labels)
    chances = np.empty((N, len(search.weights_)))
    for column, params in enumerate(search.table_["params"]):
        for train, test in splits:
            model = clone(twin).set_params(**params).fit(X[train], labels[train])
            chances[test, column] = model.predict_proba(X[test])[np.arange(len(test)), labels[test]]
    target = np.array(search.table_["candidate"]) == "target"
    base = -np.log(chances[:, target])
    difference = base[:, base.mean(axis=0).argmin()] + np.log(chances @ search.weights_)
    expected = _mean_and_error(difference, np.ones(N))
    assert np.count_nonzero(search.weights_) > 1
    assert_allclose([search.gain_, search.gain_se_], expected, rtol=1e-6)


def test_rows_before_the_first_test_fold_of_a_time_series_are_left_out():
    """Changing the scores of rows that nobody predicts: what is said of the candidates' order stays."""
    cv = TimeSeriesSplit(4)
    never = np.setdiff1d(np.arange(N), np.concatenate([test for _, test in cv.split(X)]))
    assert len(never) == 8
    weight = np.ones(N)
    weight[never] = 3.0  # as rows to learn from they count more, as rows to be judged by still not at all
    search = _search(cv).fit(X, y, sample_weight=weight)
    losses = _held_out(search, list(cv.split(X)), weight)
    assert np.isnan(losses[never]).all()
    assert_allclose(search.table_["score"], -np.nanmean(losses, axis=0), rtol=1e-9)


def test_labels_by_group():
    labels, cv = (y > 0).astype(int), StratifiedGroupKFold(3)
    twin = TransferLogisticRegression(source=Source([1.0, -0.5], classes=[0, 1]), tol=1e-10)
    search = TransferCV(twin, cv=cv, grid=[1.0]).fit(X, labels, groups=GROUPS)
    same = TransferCV(twin, cv=list(cv.split(X, labels, GROUPS)), grid=[1.0]).fit(X, labels)
    assert search.table_ == same.table_


@pytest.mark.parametrize("cv", ["auto", "loo"])
def test_leave_one_out_says_that_it_knows_no_groups(cv):
    with pytest.warns(UserWarning, match=r"groups parameter is ignored by leave-one-out. .* cv=GroupKFold\(\)") as seen:
        _search(cv).fit(X, y, groups=GROUPS)
    assert seen[0].filename == __file__


# Inside searches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["TimeSeriesSplit", "RepeatedKFold", "ShuffleSplit"])
def test_a_grid_search_splits_by_the_same_kinds(name):
    outer = GridSearchCV(_search(SPLITTERS[name]), {"rule": ["min", "stack"]}, cv=SPLITTERS[name]).fit(X, y)
    train, test = next(SPLITTERS[name].split(X))
    inner = _search(SPLITTERS[name], rule="stack").fit(X[train], y[train])
    assert outer.cv_results_["split0_test_score"][1] == inner.score(X[test], y[test])


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize("inner", [GroupKFold(3), LeaveOneGroupOut()], ids=["GroupKFold", "LeaveOneGroupOut"])
def test_groups_are_routed_to_both_splitters(routing, inner):
    outer = GroupKFold(2)
    found = cross_validate(_search(inner), X, y, cv=outer, params={"groups": GROUPS}, return_estimator=True)
    for (train, _), search in zip(outer.split(X, y, GROUPS), found["estimator"], strict=True):
        alone = _search(list(inner.split(X[train], y[train], GROUPS[train]))).fit(X[train], y[train])
        assert search.table_ == alone.table_


def test_groups_are_routed_through_a_grid_search_and_a_pipeline(routing):
    steps = make_pipeline(StandardScaler(with_mean=False, with_std=False), _search(GroupKFold(3)))
    search = GridSearchCV(steps, {"transfercv__rule": ["min"]}, cv=GroupKFold(2)).fit(X, y, groups=GROUPS)
    alone = _search(GroupKFold(3), rule="min").fit(X, y, groups=GROUPS)
    assert search.best_estimator_[-1].table_ == alone.table_


def test_weights_are_routed_where_they_are_asked_for(routing):
    outer = KFold(2)
    rows = {"cv": outer, "params": {"sample_weight": WEIGHT}, "return_estimator": True}
    asked = _search(3).set_fit_request(sample_weight=True)
    scoring = make_scorer(mean_squared_error, greater_is_better=False).set_score_request(sample_weight=False)
    found = cross_validate(asked, X, y, scoring=scoring, **rows)
    for (train, _), search in zip(outer.split(X), found["estimator"], strict=True):
        alone = _search(3).fit(X[train], y[train], sample_weight=WEIGHT[train])
        assert search.table_ == alone.table_
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        cross_validate(_search(3), X, y, scoring=scoring, **rows)


def test_a_scorer_gets_the_weights_it_asks_for(routing):
    squares = make_scorer(mean_squared_error, greater_is_better=False)
    splits = list(KFold(3).split(X))
    by_name = _search(splits, scoring="neg_mean_squared_error").fit(X, y, sample_weight=WEIGHT)
    weighed = _search(splits, scoring=squares.set_score_request(sample_weight=True)).fit(X, y, sample_weight=WEIGHT)
    plain = make_scorer(mean_squared_error, greater_is_better=False).set_score_request(sample_weight=False)
    unweighed = _search(splits, scoring=plain).fit(X, y, sample_weight=WEIGHT)
    assert_array_equal(by_name.table_["score"], weighed.table_["score"])
    assert not np.allclose(weighed.table_["score"], unweighed.table_["score"], rtol=1e-3)


def test_groups_that_no_splitter_asks_for_are_refused(routing):
    with pytest.raises(TypeError, match="unexpected argument"):
        _search(KFold(3)).fit(X, y, groups=GROUPS)


def test_routing_changes_nothing_where_nothing_is_routed(routing):
    with config_context(enable_metadata_routing=False):
        plain = _search("auto").fit(X, y, sample_weight=WEIGHT)
    assert _search("auto").fit(X, y, sample_weight=WEIGHT).table_ == plain.table_


def test_splits_that_run_once_are_not_used_up(routing):
    splits = list(KFold(3).split(X))
    assert _search(iter(splits)).fit(X, y, sample_weight=WEIGHT).table_ == (
        _search(splits).fit(X, y, sample_weight=WEIGHT).table_
    )
