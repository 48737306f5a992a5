"""How alpha-weighted estimators borrow: held-out losses are those of fits without the row; grids, names, refusals."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.base import clone, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from sktransfer import Source
from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
)
from sktransfer.model_selection import TransferCV
from sktransfer.sources import SourceData
from sktransfer.svm import TransferLinearSVC

N_SOURCE, N, P = 80, 22, 4
GRID = {"alpha": [0.0, 1e-3, 0.2, 0.5, 0.98, 1.0]}


def draw(seed, n, shift=0.0):
    """(X, y): a linear model whose coefficients depend on ``shift``."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, P))
    return X, X @ np.linspace(-1, 1 + shift, P) + shift + 0.5 * rng.normal(size=n)


KINDS = {
    "numbers": lambda y: y,
    "outputs": lambda y: np.column_stack([y, -2 * y]),
    "two": lambda y: np.array(["no", "yes"])[(y > 0).astype(int)],
    "three": lambda y: np.digitize(y, [-0.8, 0.8]),
    "counts": lambda y: np.floor(np.exp(y / 2)),
    "positive": lambda y: np.exp(y / 2),
}


def data(kind, several=False, weighted=False):
    """(source, X, y, sample_weight)."""
    rng = np.random.default_rng(9)
    rows = [(draw(seed, n, shift)) for seed, n, shift in ((1, N_SOURCE, 0.0), (2, 30, -0.5), (3, N, 0.4))]
    (X_1, y_1), (X_2, y_2), (X, y) = ((X, KINDS[kind](y)) for X, y in rows)
    first = SourceData(X_1, y_1, rng.uniform(0.5, 2, N_SOURCE) if weighted else None)
    source = [first, (SourceData(X_2, y_2), 0.3)] if several else first
    return source, X, y, rng.uniform(0.5, 2, N) if weighted else None


def model_of(estimator, source, alpha=0.5):
    kind = AlphaWeightedClassifier if is_classifier(estimator) else AlphaWeightedRegressor
    return kind(estimator, source, alpha)


def without(rows, *arrays):
    keep = np.arange(len(arrays[0])) != rows
    return [None if array is None else array[keep] for array in arrays]


def refitted(model, candidate, X, y, sample_weight):
    """The slow oracle: each row's loss by the fit without it."""
    losses = np.empty(len(y))
    for row in range(len(y)):
        X_rest, y_rest, rest = without(row, X, y, sample_weight)
        fitted = clone(model).set_params(**candidate.params).fit(X_rest, y_rest, rest)
        losses[row] = model._borrowing.row_losses(fitted, X[[row]], y[[row]])[0]
    return losses


def held_out(model, grid, X, y, sample_weight=None):
    borrowing = model._borrowing
    assert borrowing.has_path
    candidates = borrowing.candidates(X, y, sample_weight, grid)
    return candidates, borrowing.held_out(X, y, sample_weight, candidates)


def assert_exact(model, grid, X, y, sample_weight=None, rtol=1e-9):
    for candidate, losses in zip(*held_out(model, grid, X, y, sample_weight), strict=True):
        assert_allclose(losses, refitted(model, candidate, X, y, sample_weight), rtol=rtol, atol=1e-10)


# Held-out losses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["numbers", "outputs"])
def test_ridge_is_exact(kind, weighted, several):
    source, X, y, weight = data(kind, several, weighted)
    grid = {**GRID, "estimator__alpha": [0.0, 0.3, 50.0, np.inf]}
    assert_exact(model_of(TransferRidge(), source), grid, X, y, weight)


@pytest.mark.parametrize("kind", ["numbers", "two"])
def test_more_features_than_rows_go_through_as_many_dimensions_as_rows(kind):
    rng = np.random.default_rng(0)
    X, source = rng.normal(size=(9, 40)), rng.normal(size=(14, 40))
    y, y_source = (KINDS[kind](rows @ rng.normal(size=40)) for rows in (X, source))
    twin = TransferRidge() if kind == "numbers" else TransferLogisticRegression(tol=1e-9)
    wide = model_of(twin, SourceData(source, y_source))
    grid = {**GRID, f"estimator__{twin._strength_parameter.name}": [0.3, 5.0]}
    if kind == "numbers":
        assert_exact(wide, grid, X, y)
    for candidate, losses in zip(*held_out(wide, grid, X, y), strict=True):
        assert_allclose(losses.mean(), refitted(wide, candidate, X, y, None).mean(), rtol=0.05)


@pytest.mark.parametrize("pull", [0.0, 2.0, np.inf])
def test_a_ridge_with_a_source_of_its_own_is_exact(pull):
    source, X, y, _ = data("numbers")
    own = Source([1.0, 0.5, -0.5, 2.0], 0.7)
    model = model_of(TransferRidge(source=own, intercept_penalty=pull), source)
    assert_exact(model, {**GRID, "estimator__alpha": [0.3, 50.0]}, X, y)


def test_the_fisher_metric_and_the_factor_of_a_source_are_exact():
    source, X, y, _ = data("numbers")
    X_own, y_own = draw(7, 60)
    own = Source.from_estimator(Ridge().fit(X_own, y_own), X=X_own)
    for twin in (TransferRidge(source=own, metric="fisher"), TransferRidge(source=[own])):
        assert_exact(model_of(twin, source), {**GRID, "estimator__alpha": [0.3, 50.0]}, X, y)


@pytest.mark.parametrize("rule", ["auto", "free", "nonnegative"])
def test_a_pull_between_factors_depends_on_the_rows_and_so_on_alpha(rule):
    source, X, y, _ = data("numbers")
    twin = TransferRidge(source=[Source([1.0, 0.0, 0.0, 0.0]), Source([1.0, 1.0, 0.0, 0.0])], source_weights=rule)
    model = model_of(twin, source)
    assert not model._borrowing.has_path
    search = TransferCV(model, grid={"alpha": [0.3], "estimator__alpha": [2.0]}, candidates="transfer", cv=3).fit(X, y)
    fitted, losses = clone(model).set_params(alpha=0.3, estimator__alpha=2.0), []
    for rest, out in KFold(3).split(X):
        losses.append((fitted.fit(X[rest], y[rest]).predict(X[out]) - y[out]) ** 2)
    assert_allclose(-search.table_["score"][0], np.mean(np.concatenate(losses)), rtol=1e-9)


def test_sparse_rows_and_ridge_classifiers_are_exact():
    source, X, y, _ = data("three")
    grid = {**GRID, "estimator__alpha": [0.3, 50.0]}
    assert_exact(model_of(TransferRidgeClassifier(), source), grid, X, y)
    thin = SourceData(sp.csr_array(source.X), source.y)
    _, expected = held_out(model_of(TransferRidgeClassifier(), source), grid, X, y)
    _, found = held_out(model_of(TransferRidgeClassifier(), thin), grid, sp.csr_array(X), y)
    assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("twin", [TransferElasticNet(l1_ratio=0.0), TransferTweedieRegressor(power=0, tol=1e-12)])
def test_losses_that_are_means_keep_the_strength_that_they_have_on_all_rows(twin):
    """The prior stays as it is on all rows; a refit divides by the rest's weight, so its alpha is scaled back."""
    source, X, y, weight = data("numbers", weighted=True)
    model = model_of(twin, source)
    grid = {**GRID, "estimator__alpha": [0.1, 3.0]}
    total = source.sample_weight.sum()
    for candidate, losses in zip(*held_out(model, grid, X, y, weight), strict=True):
        share, strength = candidate.params["alpha"], candidate.params["estimator__alpha"]
        for row in (0, 5, 21):
            whole = share * total + (1 - share) * weight.sum()
            scaled = strength * whole / (whole - (1 - share) * weight[row])
            fitted = clone(model).set_params(alpha=share, estimator__alpha=scaled).fit(*without(row, X, y, weight))
            assert_allclose(losses[row], (y[row] - fitted.predict(X[[row]])[0]) ** 2, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("twin", "kind"),
    [
        (TransferLogisticRegression(tol=1e-8), "two"),
        (TransferLogisticRegression(tol=1e-8), "three"),
        (TransferPoissonRegressor(tol=1e-8), "counts"),
        (TransferGammaRegressor(tol=1e-8), "positive"),
    ],
)
def test_other_losses_are_near(twin, kind, several):
    source, X, y, _ = data(kind, several)
    name = f"estimator__{twin._strength_parameter.name}"
    model = model_of(twin, source)
    for candidate, losses in zip(*held_out(model, {**GRID, name: [0.1, 2.0]}, X, y), strict=True):
        expected = refitted(model, candidate, X, y, None)
        assert_allclose(losses.mean(), expected.mean(), rtol=0.03)


def test_a_label_that_the_source_lacks_and_one_that_the_target_lacks():
    source, X, y, _ = data("three")
    model = model_of(TransferLogisticRegression(), SourceData(source.X, np.where(source.y == 2, 5, source.y)))
    search = TransferCV(model, rule="min").fit(X, y)
    score = dict(zip(search.table_["candidate"], search.table_["score"], strict=True))
    assert score["source"] < -50 < score["target"]
    assert search.choice_ in ("target", "transfer", "pooled")


def test_a_search_agrees_with_its_own_folds():
    """Without a path, the target's rows are split and the source's are in every training set."""
    source, X, y, _ = data("two")
    model = model_of(RandomForestClassifier(n_estimators=5, random_state=0), source)
    splits = list(KFold(3).split(X))
    search = TransferCV(model, cv=splits, grid=[0.3], rule="min").fit(X, y)
    expected = np.empty(N)
    for train, test in splits:
        rows, labels = np.concatenate([X[train], source.X]), np.append(y[train], source.y)
        weight = np.repeat([0.7, 0.3], [len(train), N_SOURCE])
        forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(rows, labels, weight)
        for row in test:
            expected[row] = log_loss(y[[row]], forest.predict_proba(X[[row]]), labels=forest.classes_)
    row = search.table_["params"].index({"alpha": 0.3})
    assert_allclose(search.table_["score"][row], -expected.mean(), rtol=1e-12)


def test_squared_error_of_other_regressors():
    source, X, y, _ = data("outputs")
    model = model_of(RandomForestRegressor(n_estimators=3, random_state=0), source).fit(X, y)
    assert_allclose(model._borrowing.row_losses(model, X, y), np.mean((y - model.predict(X)) ** 2, axis=1))


# Roads and grids -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "twin",
    [
        TransferRidge(metric="scale"),
        TransferLasso(),
        TransferRidge(positive=True),
        TransferLogisticRegression(class_weight="balanced"),
        TransferLinearSVC(),
        TransferRidge(source=Source([1.0] * P), metric="scale"),
        TransferPoissonRegressor(metric="fisher"),
        HistGradientBoostingClassifier(),
    ],
    ids=lambda twin: type(twin).__name__,
)
def test_what_alpha_changes_in_other_ways_than_weights_is_refitted(twin):
    kind = {"Poisson": "counts", "Logistic": "two", "SVC": "two", "Hist": "two"}
    name = next((kind[part] for part in kind if part in type(twin).__name__), "numbers")
    source, X, y, _ = data(name)
    model = model_of(twin, source)
    assert not model._borrowing.has_path
    names = {candidate.name for candidate in model._borrowing.candidates(X, y, None, "auto")}
    assert names == {"target", "source", "pooled", "transfer"}


def test_leaving_one_out_by_refits_scores_as_the_path_does():
    source, X, y, _ = data("numbers")
    model, grid = model_of(TransferRidge(), source), {**GRID, "estimator__alpha": [0.3, 50.0]}
    path, refits = (TransferCV(model, cv=cv, grid=grid, rule="min").fit(X, y) for cv in ("loo", KFold(N)))
    assert refits.table_["params"] == path.table_["params"]
    assert_allclose(refits.table_["score"], path.table_["score"], rtol=1e-9)
    assert refits.borrow_ == path.borrow_


def test_the_automatic_alphas_are_even_in_log_odds_and_follow_the_weights():
    _, X, y, _ = data("numbers")
    for n_source in (5, 4_000):
        rng = np.random.default_rng(0)
        source = SourceData(rng.normal(size=(n_source, P)), rng.normal(size=n_source))
        found = model_of(TransferRidge(), [(source, 2.0)])._borrowing.candidates(X, y, None, "auto")
        alphas = np.array(sorted({candidate.params["alpha"] for candidate in found if candidate.name == "transfer"}))
        share = alphas / (1 - alphas) * (2 * n_source / N)
        assert_allclose(np.diff(np.log(share)), np.log(share[1] / share[0]), rtol=1e-6)
        assert_allclose(share[[0, -1]], [1e-3, 10 * max(2 * n_source / N, 1)], rtol=1e-6)


def test_candidates_are_named_by_alpha_and_more_alpha_borrows_more():
    source, X, y, _ = data("numbers")
    borrowing = model_of(TransferRidge(), source)._borrowing
    found = borrowing.candidates(X, y, None, {"alpha": [0.2, 0.9, 1.0], "estimator__alpha": [1.0, 4.0]})
    assert [(each.name, each.params["alpha"]) for each in found[::2]] == [
        ("target", 0.0),
        ("transfer", 0.2),
        ("pooled", 0.5),
        ("transfer", 0.9),
        ("source", 1.0),
    ]
    order = sorted(found, key=lambda each: each.amount)
    assert [each.params["alpha"] for each in order] == [0.0, 0.0, 0.2, 0.2, 0.9, 0.9, 1.0, 1.0, 0.5, 0.5]
    assert [each.params["estimator__alpha"] for each in order[2:6]] == [1.0, 4.0, 1.0, 4.0]


def test_without_a_source_there_is_the_target_alone():
    _, X, y, _ = data("numbers")
    search = TransferCV(AlphaWeightedRegressor(TransferRidge()), rule="min").fit(X, y)
    assert set(search.table_["candidate"]) == {"target"}
    assert "alpha" not in search.borrow_
    assert_allclose(
        search.best_estimator_.coef_, TransferRidge(alpha=search.borrow_["estimator__alpha"]).fit(X, y).coef_
    )


def test_other_parameters_of_the_estimator_can_be_searched_with_alpha():
    source, X, y, _ = data("numbers")
    own = Source([1.0, 0.0, 0.0, 0.0])
    grid = {"alpha": [0.2], "estimator__alpha": [1.0], "estimator__fit_intercept": [True, False]}
    assert_exact(model_of(TransferRidge(source=own), source), grid, X, y)
    forest = model_of(RandomForestRegressor(n_estimators=3, random_state=0), source)
    search = TransferCV(forest, grid={"estimator__max_depth": [1, 3], "alpha": [0.1]}, cv=3, rule="min").fit(X, y)
    assert len(search.table_["score"]) == 8
    assert search.best_estimator_.estimator_.max_depth == search.borrow_["estimator__max_depth"]


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("all", "grid must be 'auto', an array of values of 'alpha', or a dict; got 'all'"),
        ({"C": [1.0]}, "grid names 'C', which is neither 'alpha' nor a parameter of the estimator, such as"),
        ([0.5, 1.5], "grid must hold values of 'alpha' between 0 and 1, got 1.5"),
        ({"alpha": []}, "grid must hold one or more values of 'alpha'"),
        ({"estimator__alpha": [-1.0]}, "grid must hold one or more values of 'estimator__alpha'"),
    ],
)
def test_bad_grids(grid, message):
    source, X, y, _ = data("numbers")
    with pytest.raises(ValueError, match=message):
        TransferCV(model_of(TransferRidge(), source), grid=grid).fit(X, y)


# Choices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["auto", "min", "1se", "stack"])
@pytest.mark.parametrize(("twin", "kind"), [(TransferRidge(), "numbers"), (TransferLogisticRegression(), "two")])
def test_alike_rows_are_pooled_and_misleading_ones_are_not(twin, kind, rule):
    X, y = draw(3, 60)
    X_source, y_source = draw(1, 2_000)
    y, alike, wrong = (KINDS[kind](each) for each in (y, y_source, -y_source))
    models = [model_of(clone(twin), SourceData(X_source, each)) for each in (alike, wrong)]
    found = [TransferCV(model, rule=rule).fit(X, y) for model in models]
    share = [search.borrow_["alpha"] / (1 - search.borrow_["alpha"] + 1e-12) * 2_000 / 60 for search in found]
    assert share[0] > 1 > 0.1 > share[1]
    assert found[0].gain_ > (-found[0].gain_se_ if rule == "1se" else 0) >= found[1].gain_ - 0.05


def test_the_chosen_one_is_fitted_on_all_rows_and_nothing_is_changed():
    source, X, y, _ = data("two")
    model = model_of(TransferLogisticRegression(), source, alpha=0.123)
    search = TransferCV(model, rule="min").fit(X, y)
    again = clone(model).set_params(**search.borrow_).fit(X, y)
    assert_allclose(search.predict_proba(X), again.predict_proba(X), rtol=1e-12)
    assert model.alpha == 0.123
    assert not hasattr(model, "estimator_")
    assert search.best_estimator_.source is source


def test_a_stack_has_the_mean_of_the_probabilities():
    source, *_ = data("two")
    X, y = draw(3, 60, 1.5)
    y = KINDS["two"](y)
    search = TransferCV(model_of(TransferLogisticRegression(), source), rule="stack").fit(X, y)
    assert np.count_nonzero(search.weights_) > 1
    expected = 0.0
    for weight, params in zip(search.weights_, search.table_["params"], strict=True):
        if weight > 0:
            expected = expected + weight * clone(search.estimator).set_params(**params).fit(X, y).predict_proba(X)
    assert_allclose(search.predict_proba(X), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("forest", "kind", "method"),
    [
        (RandomForestRegressor(n_estimators=3, random_state=0), "numbers", "predict"),
        (RandomForestRegressor(n_estimators=3, random_state=0), "outputs", "predict"),
        (RandomForestClassifier(n_estimators=30, max_depth=2, random_state=0), "three", "predict_proba"),
        (HistGradientBoostingClassifier(max_iter=3, random_state=0), "two", "predict_proba"),
    ],
)
def test_a_stack_of_any_estimator_is_the_mean_of_what_it_predicts(forest, kind, method):
    source, X, y, _ = data(kind)
    search = TransferCV(model_of(forest, source), rule="stack", grid=[0.01, 0.1], cv=3).fit(X, y)
    kept = np.flatnonzero(search.weights_)
    assert len(kept) > 1
    members = [clone(search.estimator).set_params(**search.table_["params"][i]).fit(X, y) for i in kept]
    expected = np.tensordot(search.weights_[kept], [getattr(each, method)(X) for each in members], 1)
    assert_allclose(getattr(search, method)(X), expected, rtol=1e-9, atol=1e-12)
    if method == "predict_proba":
        assert np.array_equal(search.predict(X), search.classes_[expected.argmax(axis=1)])
        assert search.score(X, y) == np.mean(search.predict(X) == y)


def test_scores_without_probabilities_need_a_scoring():
    source, X, y, _ = data("two")
    model = model_of(LinearSVC(), source)
    with pytest.raises(TypeError, match=r"LinearSVC has no predict_proba, .* Give TransferCV a scoring"):
        TransferCV(model, grid=[0.1]).fit(X, y)
    search = TransferCV(model, grid=[0.1], scoring="accuracy").fit(X, y)
    assert 0.5 < search.best_score_ <= 1


def test_a_label_unknown_to_a_forest_costs_what_no_probability_does():
    source, X, y, _ = data("two")
    fitted = model_of(RandomForestClassifier(n_estimators=3), source).fit(X, y)
    losses = fitted._borrowing.row_losses(fitted, X[:2], np.array(["maybe", "zero"]))
    assert_allclose(losses, -np.log(np.finfo(float).eps))


def test_plain_scikit_learn_twins_are_refitted():
    source, X, y, _ = data("two")
    search = TransferCV(model_of(LogisticRegression(), source), grid=[0.05], rule="min").fit(X, y)
    assert len(search.table_["score"]) == 4
    assert search.score(X, y) > 0.5
