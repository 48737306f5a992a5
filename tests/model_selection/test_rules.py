"""The choice, recomputed by hand from a table of held-out losses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import PoissonRegressor, Ridge
from sklearn.metrics import d2_tweedie_score
from sklearn.model_selection import LeaveOneOut

from sktransfer import Source
from sktransfer._base._borrowing import Candidate
from sktransfer.linear_model import TransferLogisticRegression, TransferPoissonRegressor, TransferRidge
from sktransfer.model_selection import TransferCV
from sktransfer.model_selection._held_out import held_out_losses
from sktransfer.model_selection._rules import TEMPERATURES, choose, mean_and_error, mixed, stack

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
@pytest.mark.parametrize("rule", ["min", "1se"])
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
    scores = [TransferCV(TransferRidge(source=source), rule=rule).fit(X, y).best_score_ for rule in ("min", "1se")]
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
    for likelihood in TEMPERATURES:
        assert_allclose(stack(candidates, losses, np.ones(20), likelihood), np.arange(len(candidates)) == 2)
        shares = stack(candidates, np.full_like(losses, np.inf), np.ones(20), likelihood)
        assert_allclose(shares, np.arange(len(candidates)) == 0)


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


def _draw(seed=0, n=30):
    """(candidates of three families, their row losses, weights)."""
    rng = np.random.default_rng(seed)
    found = [Candidate("source", {}, (4,)), *(Candidate("transfer", {"alpha": a}, (1, a), "pull 0") for a in (1, 2, 3))]
    found.append(Candidate("target", {}, (0,)))
    return found, rng.exponential(size=(n, 5)) + np.linspace(0, 0.2, 5), rng.integers(1, 4, size=n).astype(float)


@pytest.mark.parametrize("likelihood", TEMPERATURES)
def test_weights_are_the_formula(likelihood):
    candidates, losses, weight = _draw()
    rows = np.repeat(losses, weight.astype(int), axis=0)
    n, mean = len(rows), rows.mean(axis=0)
    best = mean.argmin()
    behind = rows - rows[:, [best]]
    error = behind.std(axis=0, ddof=1) / np.sqrt(n)
    t = behind.mean(axis=0) / np.where(error > 0, error, 1.0)
    evidence = {
        "squares": n / 4 * np.log(mean),
        "chances": n / 4 * mean,
        "counts": n / 16 * mean,
        None: n / 4 * mean / rows[:, best].std(),
    }[likelihood]
    expected = np.array([2, 1 / 3, 1 / 3, 1 / 3, 3]) * np.exp(-evidence - t**2 / 8)
    expected[expected < 0.01 * expected.max()] = 0
    assert_allclose(stack(candidates, losses, weight, likelihood), expected / expected.sum(), rtol=1e-9)


@pytest.mark.parametrize("likelihood", TEMPERATURES)
def test_weights_are_shares_and_know_no_order(likelihood):
    candidates, losses, weight = _draw(1)
    shares = stack(candidates, losses, weight, likelihood)
    assert_allclose(shares.sum(), 1.0, rtol=1e-14)
    assert np.all(shares >= 0)
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(len(losses)), rng.permutation(len(candidates))
    moved = stack([candidates[k] for k in columns], losses[rows][:, columns], weight[rows], likelihood)
    assert_allclose(moved, shares[columns], rtol=1e-10)


@pytest.mark.parametrize("likelihood", TEMPERATURES)
def test_identical_candidates_share_what_their_family_has(likelihood):
    candidates, losses, weight = _draw(2, 8)
    losses[:, 1:4] = losses[:, [1]]
    shares = stack(candidates, losses, weight, likelihood)
    one = [candidates[k] for k in (0, 1, 4)]
    alone = stack(one, losses[:, [0, 1, 4]], weight, likelihood)
    assert_allclose(shares[1:4], alone[1] / 3, rtol=1e-10)
    assert_allclose(shares[[0, 4]], alone[[0, 2]], rtol=1e-10)


def test_units_of_squared_and_unknown_losses_do_not_count():
    candidates, losses, weight = _draw(3)
    for likelihood in ("squares", None):
        expected = stack(candidates, losses, weight, likelihood)
        assert_allclose(stack(candidates, 1e6 * losses, weight, likelihood), expected, rtol=1e-8)


def test_rows_never_held_out_do_not_count_in_weights():
    candidates, losses, weight = _draw(4)
    holes = losses.copy()
    holes[:7] = np.nan
    found = stack(candidates, holes, weight, "chances")
    assert_allclose(found, stack(candidates, losses[7:], weight[7:], "chances"), rtol=1e-12)


def test_a_hostile_source_has_almost_no_weight():
    X, y, source = _problem(60, 0.0)
    hostile = Source(-3.0 * source.coef, link="identity")
    search = TransferCV(TransferRidge(source=hostile)).fit(X, y)
    assert search.weights_[search.table_["candidate"].index("source")] < 1e-3
    assert search.choice_ in ("target", "recalibrated", "transfer")


def _members(search, X, y):
    kept = np.flatnonzero(search.weights_)
    assert len(kept) > 1
    return search.weights_[kept], [
        clone(search.estimator).set_params(**search.table_["params"][i]).fit(X, y) for i in kept
    ]


@pytest.mark.parametrize("rule", ["auto", "stack"])
def test_the_mixture_of_squared_losses_is_one_model(rule):
    X, y, source = _problem(30, 0.4)
    search = TransferCV(TransferRidge(source=source), rule=rule).fit(X, y)
    weights, members = _members(search, X, y)
    assert_allclose(search.predict(X), weights @ [m.predict(X) for m in members], rtol=1e-10)
    assert_allclose(search.mixture_.coef_, weights @ [m.coef_ for m in members], rtol=1e-10)
    assert_allclose(search.mixture_.coef_ - search.mixture_.delta_, search.mixture_.source_coef_, rtol=1e-9, atol=1e-14)
    heaviest = np.argmax(search.weights_)
    assert search.choice_ == search.table_["candidate"][heaviest]
    assert search.borrow_ == search.table_["params"][heaviest]
    assert_allclose(search.best_estimator_.coef_, members[np.argmax(weights)].coef_, rtol=0)
    for name, each in (("best_score_", "score"), ("gain_", "gain")):
        assert_allclose(getattr(search, name), search.weights_ @ np.array(search.table_[each]), rtol=1e-10)


def _labelled(n=40):
    X, y, source = _problem(n, 0.4)
    labels = np.array(["no", "yes"])[(y > 0).astype(int)]
    return X, labels, TransferLogisticRegression(source=Source(source.coef, source.intercept, classes=["no", "yes"]))


def test_the_mixture_of_labels_is_one_of_probabilities():
    X, labels, twin = _labelled()
    search = TransferCV(twin).fit(X, labels)
    weights, members = _members(search, X, labels)
    proba = np.tensordot(weights, [m.predict_proba(X) for m in members], 1)
    assert_allclose(search.predict_proba(X), proba, rtol=1e-9)
    assert_allclose(search.predict_log_proba(X), np.log(proba), rtol=1e-9)
    assert_allclose(search.decision_function(X), np.log(proba[:, 1] / proba[:, 0]), rtol=1e-8, atol=1e-12)
    assert np.array_equal(search.predict(X), np.array(["no", "yes"])[(proba[:, 1] > 0.5).astype(int)])
    assert search.score(X, labels) == np.mean(search.predict(X) == labels)
    assert search.n_features_in_ == 4


def test_the_score_of_a_mixture_of_probabilities_is_its_own():
    X, labels, twin = _labelled()
    search = TransferCV(twin).fit(X, labels)
    borrowing = twin._borrowing
    losses = np.column_stack(borrowing.held_out(X, labels, None, borrowing.candidates(X, labels, None, "auto")))
    own = -np.log(np.exp(-losses) @ search.weights_)
    assert_allclose(search.best_score_, -own.mean(), rtol=1e-9)
    assert_allclose(mixed(losses, search.weights_, "chances"), own, rtol=1e-9)
    assert search.best_score_ >= search.weights_ @ np.array(search.table_["score"])
    targets = [i for i, name in enumerate(search.table_["candidate"]) if name == "target"]
    base = losses[:, min(targets, key=lambda i: losses[:, i].mean())]
    assert_allclose(search.gain_, np.mean(base - own), rtol=1e-8)
    assert_allclose(search.gain_se_, np.std(base - own, ddof=1) / np.sqrt(len(own)), rtol=1e-8)


def test_the_mixture_of_counts_is_one_model_of_mean_linear_predictors():
    X, y, _ = _problem(30, 0.4)
    rng = np.random.default_rng(0)
    A = rng.normal(size=(200, 4))
    old = PoissonRegressor().fit(A, rng.poisson(np.exp(A @ [0.5, 0.2, 0.0, -0.3])))
    counts = np.floor(np.exp(y / 2))
    search = TransferCV(TransferPoissonRegressor(source=old)).fit(X, counts)
    weights, members = _members(search, X, counts)
    means = np.exp(weights @ [np.log(m.predict(X)) for m in members])
    assert_allclose(search.predict(X), means, rtol=1e-10)
    assert_allclose(search.mixture_.coef_, weights @ [m.coef_ for m in members], rtol=1e-10)
    assert_allclose(search.score(X, counts), d2_tweedie_score(counts, means, power=1), rtol=1e-9)


def test_the_weights_are_the_same_by_leave_one_out_and_by_refits():
    X, y, source = _problem(20, 0.4)
    twin = TransferRidge(source=source)
    names = ["source", "recalibrated", "transfer"]  # refits of "target" standardise anew
    ways = ("loo", [*LeaveOneOut().split(X)])
    fast, slow = (TransferCV(twin, cv=cv, grid=[0.5, 5.0], candidates=names).fit(X, y) for cv in ways)
    assert_allclose(fast.weights_, slow.weights_, rtol=1e-6, atol=1e-12)
    assert_allclose(fast.predict(X), slow.predict(X), rtol=1e-6)


def test_a_scorer_is_no_likelihood():
    """A mixture where asked for, by the scatter of splits; else a choice."""
    X, y, source = _problem(40, 0.4)
    twin = TransferRidge(source=source)
    chosen, mixture = (TransferCV(twin, rule=r, cv=4, scoring="r2").fit(X, y) for r in ("auto", "stack"))
    assert np.count_nonzero(chosen.weights_) == 1
    assert np.count_nonzero(mixture.weights_) > 1
    assert chosen.mixture_ is chosen.best_estimator_


def test_members_with_other_classes_have_no_chances_for_them():
    """The target alone knows two classes, the source a third: the mixture knows all, by label."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    y = np.where(X[:, 0] + rng.normal(size=40) > 0, "a", "c")
    source = Source([[1.0, 0.0], [0.0, 0.3], [-1.0, 0.0]], [0.0, -2.0, 0.0], classes=["a", "b", "c"])
    search = TransferCV(TransferLogisticRegression(source=source), rule="stack").fit(X, y)
    weights, members = _members(search, X, y)
    assert {len(m.classes_) for m in members} == {2, 3}
    expected = np.zeros((40, 3))
    for weight, m in zip(weights, members, strict=True):
        expected[:, [list("abc").index(label) for label in m.classes_]] += weight * m.predict_proba(X)
    assert search.classes_.tolist() == ["a", "b", "c"]
    assert_allclose(search.predict_proba(X), expected, rtol=1e-9)
    assert_allclose(search.decision_function(X), np.log(expected), rtol=1e-9)
