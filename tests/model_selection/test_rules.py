"""The choice, recomputed by hand from a table of held-out losses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.model_selection._held_out import held_out_losses
from sktransfer.model_selection._rules import choose, mean_and_error

ORDER = {"pooled": 5, "source": 4, "recalibrated": 3, "transfer": 1, "target": 0}


def _problem(n, shift, seed=0, n_features=4):
    """(X, y, source with precision) whose coefficients are ``shift`` away from the target's."""
    rng = np.random.default_rng(seed)
    coef = rng.normal(size=n_features)
    X_source, X = rng.normal(size=(300, n_features)), rng.normal(size=(n, n_features))
    y_source = X_source @ (coef + shift * rng.normal(size=n_features)) + rng.normal(size=300)
    source = Source.from_estimator(Ridge().fit(X_source, y_source), X=X_source)
    return X, X @ coef + rng.normal(size=n), source


def _strength_of(params):
    """How much a row of the table borrows, as documented: pooled, source, recalibrated, transfer, target."""
    return params.get("alpha", 0.0), params.get("intercept_penalty", 0.0)


def _by_hand(table, rule, n):
    score, se = np.array(table["score"]), np.array(table["se"])
    best = score.argmax()
    errors = {"min": 0.0, "1se": 1.0, "auto": min(1.5, 40 / n)}[rule]
    close = np.flatnonzero(score >= score[best] - errors * se[best])
    if rule == "min":
        return best
    return max(close, key=lambda i: (ORDER[table["candidate"][i]], *_strength_of_transfer(table, i), score[i]))


def _strength_of_transfer(table, i):
    return _strength_of(table["params"][i]) if table["candidate"][i] == "transfer" else (0.0, 0.0)


@pytest.mark.parametrize("cv", ["auto", 4])
@pytest.mark.parametrize("rule", ["min", "1se", "auto"])
@pytest.mark.parametrize("n, shift", [(12, 0.0), (12, 0.6), (60, 0.1), (60, 0.4), (200, 0.2), (200, 1.0)])
def test_choice_is_the_rule_applied_to_the_table(n, shift, rule, cv):
    X, y, source = _problem(n, shift, seed=n)
    search = TransferCV(TransferRidge(source=source), rule=rule, cv=cv).fit(X, y)
    table, chosen = search.table_, _by_hand(search.table_, rule, n)
    assert (search.choice_, search.borrow_) == (table["candidate"][chosen], table["params"][chosen])
    assert search.best_score_ == table["score"][chosen]
    assert (search.gain_, search.gain_se_) == (table["gain"][chosen], table["gain_se"][chosen])


@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error"])
def test_auto_counts_rows_also_where_a_scorer_counts_splits(n, scoring):
    X, y, source = _problem(n, 0.3, seed=1)
    search = TransferCV(TransferRidge(source=source), cv=4, scoring=scoring).fit(X, y)
    chosen = _by_hand(search.table_, "auto", n)
    assert search.borrow_ == search.table_["params"][chosen]


def test_the_rules_differ_where_they_should():
    X, y, source = _problem(12, 0.6, seed=12)
    scores = [TransferCV(TransferRidge(source=source), rule=rule).fit(X, y).best_score_ for rule in ("min", "auto")]
    assert scores[0] > scores[1]


@pytest.mark.parametrize("weighted", [False, True])
def test_gain_is_the_paired_difference_to_the_best_target(weighted):
    X, y, source = _problem(25, 0.4)
    weight = np.random.default_rng(1).integers(0, 4, size=25) * 0.5 if weighted else None
    twin = TransferRidge(source=source)
    search = TransferCV(twin).fit(X, y, sample_weight=weight)
    borrowing = twin._borrowing
    candidates = borrowing.candidates(X, y, weight, "auto")
    losses, _ = held_out_losses(twin, borrowing, candidates, X, y, weight, None, "loo", None)
    share = np.ones(25) if weight is None else weight
    share = share / share.sum()
    mean = share @ losses
    targets = [i for i, name in enumerate(search.table_["candidate"]) if name == "target"]
    base = min(targets, key=lambda i: mean[i])
    difference = losses[:, [base]] - losses
    gain = share @ difference
    n_effective = 1 / (share**2).sum()
    se = np.sqrt(share @ (difference - gain) ** 2 / (n_effective - 1))
    assert_allclose(search.table_["score"], -mean, rtol=1e-12)
    assert_allclose(search.table_["se"], np.sqrt(share @ (losses - mean) ** 2 / (n_effective - 1)), rtol=1e-12)
    assert_allclose(search.table_["gain"], gain, rtol=1e-9, atol=1e-12)
    assert_allclose(search.table_["gain_se"], se, rtol=1e-9, atol=1e-12)
    assert search.table_["gain"][base] == 0


def test_gain_is_nan_without_a_target_candidate():
    X, y, source = _problem(20, 0.4)
    search = TransferCV(TransferRidge(source=source), candidates=["source", "transfer"]).fit(X, y)
    assert np.isnan(search.gain_)
    assert np.isnan(search.gain_se_)


def test_gain_is_infinite_where_no_target_fit_can_leave_a_row_out():
    """One row alone: without it there is nothing to fit, but the source still predicts it."""
    X, y, source = _problem(1, 0.4)
    search = TransferCV(TransferRidge(source=source)).fit(X, y)
    finite = np.isfinite(search.table_["score"])
    assert np.array_equal(np.array(search.table_["gain"]) == np.inf, finite)
    assert search.gain_ == np.inf
    assert not finite[np.array(search.table_["candidate"]) == "target"].any()


def test_standard_error_of_equal_weights_is_the_textbook_one():
    losses = np.random.default_rng(0).normal(size=(30, 3))
    mean, error = mean_and_error(losses, np.full(30, 0.3))
    assert_allclose(mean, losses.mean(axis=0), rtol=1e-12)
    assert_allclose(error, losses.std(axis=0, ddof=1) / np.sqrt(30), rtol=1e-12)


def test_rows_never_held_out_and_rows_without_weight_do_not_count():
    losses, weight = np.random.default_rng(0).normal(size=(30, 3)), np.ones(30)
    holes = losses.copy()
    holes[:7] = np.nan
    weight[7:10] = 0
    for found, expected in zip(mean_and_error(holes, weight), mean_and_error(losses[10:], weight[10:]), strict=True):
        assert_allclose(found, expected, rtol=1e-14)


def test_infinite_losses_are_never_chosen():
    X, y, source = _problem(20, 0.4)
    candidates = TransferRidge(source=source)._borrowing.candidates(X, y, None, [1.0])
    losses = np.full((20, len(candidates)), np.inf)
    losses[:, 2] = np.linspace(1, 2, 20)
    for rule in ("min", "1se", "auto"):
        assert choose(candidates, *mean_and_error(losses, np.ones(20)), rule, 20) == 2
