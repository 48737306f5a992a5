"""The choice, recomputed by hand from a table of held-out losses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import Ridge

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.model_selection._held_out import held_out_losses
from sktransfer.model_selection._rules import choose, mean_and_error, stack

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
    score, behind, se = (np.array(table[name]) for name in ("score", "behind", "behind_se"))
    best = score.argmax()
    errors = {"min": 0.0, "1se": 1.0, "auto": min(1.5, 40 / n)}[rule]
    close = np.flatnonzero(behind <= errors * se)
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
    X, y, source = _problem(12, 0.6, seed=5)
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
        assert choose(candidates, losses, np.ones(20), rule, 20) == 2
    assert_allclose(stack(candidates, losses, np.ones(20), 20), np.arange(len(candidates)) == 2)


def test_standard_error_of_a_difference_is_the_textbook_one():
    losses = np.random.default_rng(0).normal(size=(5000, 3))
    mean, error = mean_and_error(losses, np.ones(5000), 1)
    difference = losses - losses[:, [1]]
    assert_allclose(mean, difference.mean(axis=0), rtol=1e-10, atol=1e-15)
    assert_allclose(error, difference.std(axis=0, ddof=1) / np.sqrt(5000), rtol=1e-10)
    assert (mean[1], error[1]) == (0, 0)


def test_what_all_candidates_find_hard_does_not_count():
    X, y, source = _problem(20, 0.4)
    candidates = TransferRidge(source=source)._borrowing.candidates(X, y, None, [1.0])
    rng = np.random.default_rng(0)
    losses, hard = rng.uniform(size=(20, len(candidates))), 100 * rng.standard_cauchy(size=(20, 1)) ** 2
    for rule in ("min", "1se", "auto"):
        assert choose(candidates, losses, np.ones(20), rule, 20) == choose(
            candidates, losses + hard, np.ones(20), rule, 20
        )


def test_behind_is_the_paired_difference_to_the_best():
    X, y, source = _problem(25, 0.4)
    twin = TransferRidge(source=source)
    table = TransferCV(twin).fit(X, y).table_
    losses = np.column_stack(twin._borrowing.held_out(X, y, None, twin._borrowing.candidates(X, y, None, "auto")))
    difference = losses - losses[:, [np.argmax(table["score"])]]
    assert_allclose(table["behind"], difference.mean(axis=0), rtol=1e-9, atol=1e-12)
    assert_allclose(table["behind_se"], difference.std(axis=0, ddof=1) / 5, rtol=1e-9, atol=1e-12)


# The stack ---------------------------------------------------------------------------------------------------


def test_stack_is_the_mean_of_its_members():
    X, y, source = _problem(30, 0.4)
    search = TransferCV(TransferRidge(source=source), rule="stack").fit(X, y)
    assert np.count_nonzero(search.weights_) > 1
    assert_allclose(search.weights_.sum(), 1.0, rtol=1e-12)
    members = [clone(search.estimator).set_params(**p).fit(X, y) for p in search.table_["params"]]
    assert_allclose(search.predict(X), search.weights_ @ [m.predict(X) for m in members], rtol=1e-10)
    best = search.best_estimator_
    assert_allclose(best.coef_ - best.delta_, best.source_coef_, rtol=1e-10, atol=1e-14)
    heaviest = np.argmax(search.weights_)
    assert search.choice_ == search.table_["candidate"][heaviest]
    assert search.borrow_ == search.table_["params"][heaviest]
    for name, each in (("best_score_", "score"), ("gain_", "gain"), ("gain_se_", "gain_se")):
        assert_allclose(getattr(search, name), search.weights_ @ np.array(search.table_[each]), rtol=1e-10)


def test_stack_averages_log_odds():
    X, y, source = _problem(40, 0.4)
    labels = np.array(["no", "yes"])[(y > 0).astype(int)]
    source = Source(source.coef, source.intercept, classes=["no", "yes"])
    search = TransferCV(TransferLogisticRegression(source=source), rule="stack").fit(X, labels)
    kept = np.flatnonzero(search.weights_)
    assert len(kept) > 1
    members = [clone(search.estimator).set_params(**search.table_["params"][i]).fit(X, labels) for i in kept]
    odds = search.weights_[kept] @ [m.decision_function(X) for m in members]
    assert_allclose(search.decision_function(X), odds, rtol=1e-9)
    assert_allclose(search.predict_proba(X)[:, 1], 1 / (1 + np.exp(-odds)), rtol=1e-9)
    assert set(search.predict(X)) <= {"no", "yes"}


def test_stack_is_the_choice_where_every_draw_makes_it():
    X, y, source = _problem(200, 0.0)
    picked = [TransferCV(TransferRidge(source=source), rule=r, candidates="source").fit(X, y) for r in ("stack", "min")]
    assert_allclose(picked[0].weights_, picked[1].weights_)
    assert_allclose(picked[0].predict(X), picked[1].predict(X), rtol=0)


def test_the_same_rows_give_the_same_stack():
    X, y, source = _problem(30, 0.4)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (TransferCV(TransferRidge(source=source), rule="stack").fit(X, y).weights_ for _ in range(2))
    assert_allclose(first, second, rtol=0)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_stack_leaves_out_members_with_other_classes():
    """The target alone knows two classes, the source a third: what is averaged has the heaviest's classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    y = np.where(X[:, 0] + rng.normal(size=40) > 0, "a", "b")
    source = Source([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.3]], [0.0, 0.0, -2.0], classes=["a", "b", "c"])
    search = TransferCV(TransferLogisticRegression(source=source), rule="stack").fit(X, y)
    kept = np.flatnonzero(search.weights_)
    members = [clone(search.estimator).set_params(**search.table_["params"][i]).fit(X, y) for i in kept]
    assert len({len(m.classes_) for m in members}) == 2
    alike = [len(m.classes_) == len(search.classes_) for m in members]
    weights = search.weights_[kept][alike]
    coefs = [m.coef_ for m, one in zip(members, alike, strict=True) if one]
    assert_allclose(search.best_estimator_.coef_, np.average(coefs, axis=0, weights=weights), rtol=1e-8, atol=1e-12)
    assert_allclose(search.predict_proba(X).sum(axis=1), 1.0, rtol=1e-12)
