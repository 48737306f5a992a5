"""Detect, pool, debias: its limits, what permutations, repeats and names change (nothing), and what it refuses."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer.joint import AlphaWeightedRegressor
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor, detect_sources
from sktransfer.multisource._detect import check_sources
from sktransfer.multisource._pools import Model, Pools
from sktransfer.sources import SourceData

P = 12
COEF = np.repeat([1.0, 0.0], [3, P - 3])
NAMES = [f"x{j}" for j in range(P)]
FAMILIES = ["gaussian", "binomial", "poisson", "multinomial", "ridge", "net"]
TWINS = {
    "gaussian": TransferLasso(),
    "net": TransferElasticNet(l1_ratio=0.5),
    "ridge": TransferRidge(),
    "binomial": TransferLogisticRegression(l1_ratio=1),
    "multinomial": TransferLogisticRegression(),
    "poisson": TransferPoissonRegressor(l1_ratio=1),
}


def draw(family, rng, coef, n):
    X = rng.normal(size=(n, P))
    eta = X @ coef
    if family == "binomial":
        return X, np.where(2 * eta + rng.logistic(size=n) > 0, "yes", "no")
    if family == "multinomial":
        return X, np.array(["a", "b", "c"])[np.digitize(eta + 0.3 * rng.normal(size=n), [-0.8, 0.8])]
    if family == "poisson":
        return X, rng.poisson(np.exp(1 + 0.5 * eta))
    return X, eta + rng.normal(size=n)


def problem(family, n_alike=1, n_flipped=1, n_source=100, n=60, seed=0):
    """(X, y, sources): the first like the target, the others flipped."""
    rng = np.random.default_rng(seed)
    X, y = draw(family, rng, COEF, n)
    alike = [SourceData(*draw(family, rng, COEF, n_source), name=f"alike {k}") for k in range(n_alike)]
    flipped = [SourceData(*draw(family, rng, -COEF, n_source), name=f"flipped {k}") for k in range(n_flipped)]
    return X, y, alike + flipped


def pooled(family, sources, **options):
    kind = PooledTransferClassifier if family.endswith("nomial") else PooledTransferRegressor
    return kind(TWINS[family], sources, **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_source_of_the_same_law_is_detected_and_a_flipped_one_is_not(family):
    X, y, sources = problem(family)
    model = pooled(family, sources).fit(X, y)
    assert model.detected_ == ["alike 0"]
    assert model.evidence_["change"][0] < 0 < model.evidence_["change"][1]
    assert model.choice_ in ("pooled", "debiased")
    assert detect_sources(sources, X, y, TWINS[family]) == (
        model.detected_,
        model.evidence_,
        model.losses_["target"],
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_where_no_source_helps_the_target_stands_alone(family):
    X, y, sources = problem(family, n_alike=0)
    model = pooled(family, sources).fit(X, y)
    assert (model.detected_, model.choice_, model.weights_.tolist()) == ([], "target", [1.0])
    alone = clone(TWINS[family]).set_params(**_strength(model.estimator_)).fit(X, y)
    assert_array_equal(model.coef_, alone.coef_)
    assert_array_equal(model.intercept_, alone.intercept_)
    assert_array_equal(model.predict(X), alone.predict(X))


def _strength(estimator):
    name = estimator._strength_parameter.name
    return {name: getattr(estimator, name)}


@pytest.mark.parametrize("sources", [None, []])
@pytest.mark.parametrize("family", FAMILIES)
def test_without_sources_it_is_the_estimator_as_it_is(family, sources):
    X, y, _ = problem(family)
    model, alone = pooled(family, sources).fit(X, y), clone(TWINS[family]).fit(X, y)
    assert_array_equal(model.coef_, alone.coef_)
    assert (model.pooled_, model.choice_, model.detected_, model.losses_) == (None, "target", [], {})
    assert list(model.evidence_) == list(pooled(family, problem(family)[2]).fit(X, y).evidence_)


def test_without_detection_all_rows_are_one_table():
    X, y, sources = problem("gaussian")
    model = pooled("gaussian", sources, detect=False, debias=False).fit(X, y)
    table = [X, *(source.X for source in sources)], [y, *(source.y for source in sources)]
    one = Lasso(model.pooled_.alpha, tol=1e-12).fit(np.concatenate(table[0]), np.concatenate(table[1]))
    assert_allclose(model.coef_, one.coef_, atol=1e-4)
    assert_allclose(model.intercept_, one.intercept_, atol=1e-4)
    assert model.choice_ == "pooled"
    assert model.detected_ == [source.name for source in sources]


def test_the_pooled_strength_is_that_of_the_joint_room():
    X, y, sources = problem("ridge")
    model = pooled("ridge", sources, detect=False, debias=False).fit(X, y)
    joint = AlphaWeightedRegressor(TransferRidge(model.pooled_.alpha / 2), sources).fit(X, y)
    assert_allclose(model.coef_, joint.coef_, rtol=1e-8)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_debiasing_is_the_estimator_around_the_rescaled_pooled_fit(family):
    X, y, sources = problem(family)
    model = pooled(family, sources[:1], detect=False).fit(X, y)
    assert list(model.losses_) == ["pooled", "debiased"]
    assert model.estimators_[0] is model.pooled_
    around = model.estimators_[1]
    name = around._strength_parameter.name
    copied = {"source": [model.pooled_], name: around._strength_parameter.of(np.inf)}
    rescaled = clone(TWINS[family]).set_params(**copied).fit(X, y)
    again = clone(TWINS[family]).set_params(source=rescaled, **_strength(around)).fit(X, y)
    assert_array_equal(around.coef_, again.coef_)
    assert_allclose(around.source_coef_, rescaled.source_weights_.ravel()[0] * model.pooled_.coef_, rtol=1e-9)


@pytest.mark.parametrize("family", ["gaussian", "ridge"])
@pytest.mark.parametrize("frame", [False, True])
def test_fits_from_moments_are_those_from_rows(family, frame):
    X, y, sources = problem(family, 2, 0)
    sources[0] = (SourceData(sources[0].X, sources[0].y, np.arange(100) % 3), 0.5)
    twin = clone(TWINS[family]).set_params(tol=1e-12)
    X = pd.DataFrame(X, columns=NAMES) if frame else X
    model = PooledTransferRegressor(twin, sources, detect=False, debias=False).fit(X, y)
    table = np.concatenate([X, sources[0][0].X, sources[1].X]), np.concatenate([y, sources[0][0].y, sources[1].y])
    weight = np.concatenate([np.ones(60), 0.5 * (np.arange(100) % 3), np.ones(100)])
    one = clone(twin).set_params(**_strength(model.pooled_)).fit(*table, sample_weight=weight)
    assert_allclose(model.coef_, one.coef_, atol=1e-8)
    assert_allclose(model.intercept_, one.intercept_, atol=1e-8)
    assert hasattr(model, "feature_names_in_") == frame


def test_the_pooled_fit_is_rescaled_by_least_squares():
    X, y, sources = problem("gaussian")
    pools, weight = Pools(TWINS["gaussian"], check_sources(sources), X, y, None), np.arange(60) % 4.0
    given = np.arange(1.0, P + 1)
    found = pools.rescaled(Model(given[np.newaxis], np.array([5.0])), weight)
    factor, level = np.polyfit(X @ given, y, 1, w=np.sqrt(weight))
    assert_allclose(found.coef, factor * given[np.newaxis], rtol=1e-9)
    assert_allclose(found.intercept, level, rtol=1e-9)


def test_effects_that_differ_by_a_factor_are_found():
    rng = np.random.default_rng(0)
    X_source, X = rng.normal(size=(400, P)), rng.normal(size=(30, P))
    coef = rng.normal(size=P)
    twice = SourceData(X_source, 2 * X_source @ coef)
    model = pooled("ridge", [twice], detect=False).fit(X, X @ coef + 0.01 * rng.normal(size=30))
    assert model.choice_ == "debiased"
    assert model.losses_["debiased"] < 0.01 * model.losses_["pooled"]


@pytest.mark.parametrize("family", ["gaussian", "ridge", "net"])
@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}, {"metric": "scale"}])
def test_moments_of_many_rows_are_the_rows(family, options):
    X, y, sources = problem(family, 2, 1)
    twin = clone(TWINS[family]).set_params(tol=1e-12, **options)
    sources[0] = SourceData(sources[0].X, sources[0].y, np.arange(100) % 3)
    whole = Pools(twin, check_sources(sources), X, y, None)
    summed = Pools(twin, check_sources(sources), X, y, None)
    whole._of = lambda members: [whole._lot(place + 1) for place in members]
    assert sum(len(rows.y) for rows in summed._of([0, 2])) <= 2 * (P + 1)
    weight = np.arange(60) % 4.0
    walks = [pools.pooled([0, 2], weight) for pools in (whole, summed)]
    assert_allclose(walks[0].strengths, walks[1].strengths, rtol=1e-9)
    for one, other in zip(*(walk.models for walk in walks), strict=True):
        assert_allclose(one.coef, other.coef, atol=2e-3)
        assert_allclose(one.intercept, other.intercept, atol=2e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fit_is_the_weighted_mean(family):
    X, y, sources = problem(family, 2, 1)
    model = pooled(family, sources).fit(X, y)
    assert_allclose(model.weights_.sum(), 1)
    assert len(model.estimators_) == len(model.weights_) > 1
    for name in ("coef_", "intercept_"):
        mean = sum(w * getattr(each, name) for w, each in zip(model.weights_, model.estimators_, strict=True))
        assert_allclose(getattr(model, name), mean, atol=1e-12)


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_without_detection_and_debiasing_it_is_the_pooled_fit(family):
    X, y, sources = problem(family)
    model = pooled(family, sources, detect=False, debias=False).fit(X, y)
    assert model.choice_ == "pooled"
    assert model.estimator_ is model.pooled_
    assert model.weights_.tolist() == [1.0]


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_permuting_sources_permutes_the_table(family):
    X, y, sources = problem(family, 2, 2)
    order = [2, 0, 3, 1]
    straight = detect_sources(sources, X, y, TWINS[family])
    turned = detect_sources([sources[k] for k in order], X, y, TWINS[family])
    assert sorted(turned.detected) == sorted(straight.detected)
    assert turned.target_loss == straight.target_loss
    for name, column in straight.evidence.items():
        expected = [column[k] for k in order]
        if name in ("source", "rank"):
            assert turned.evidence[name] == expected
        else:
            assert_allclose(turned.evidence[name], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_repeats(family):
    X, y, sources = problem(family)
    repeats, found = np.random.default_rng(1).integers(1, 4, size=60), check_sources(sources)
    weighed = Pools(TWINS[family], found, X, y, repeats)
    stands = Pools(TWINS[family], found, np.repeat(X, repeats, axis=0), np.repeat(y, repeats), None)
    walks = [pools.pooled([0], pools.weight) for pools in (weighed, stands)]
    assert_allclose(walks[0].strengths, walks[1].strengths, rtol=1e-6)
    losses = [pools.losses(list(walk.models)) for pools, walk in zip((weighed, stands), walks, strict=True)]
    assert_allclose(np.repeat(losses[0], repeats, axis=0).mean(axis=0), losses[1].mean(axis=0), rtol=1e-2)
    assert_allclose(weighed.parameter(0.1, [0]), stands.parameter(0.1, [0]), rtol=1e-12)


def test_source_weights_are_repeats():
    X, y, sources = problem("gaussian", 1, 0)
    heavy = pooled("gaussian", [(sources[0], 2.0)], detect=False).fit(X, y)
    two = pooled("gaussian", sources * 2, detect=False).fit(X, y)
    weighed = SourceData(sources[0].X, sources[0].y, np.full(100, 2.0))
    own = pooled("gaussian", [weighed], detect=False).fit(X, y)
    for model in (two, own):
        assert_allclose(model.pooled_.coef_, heavy.pooled_.coef_, atol=1e-4)


def test_rows_of_weight_zero_change_nothing():
    X, y, sources = problem("gaussian")
    folds = [(np.arange(60)[np.arange(60) % 3 != k], np.arange(60)[np.arange(60) % 3 == k]) for k in range(3)]
    plain = pooled("gaussian", sources, cv=folds).fit(X, y)
    X_more, y_more = np.concatenate([X, 9 * X[:5]]), np.concatenate([y, 100 + y[:5]])
    longer = [(train, np.concatenate([test, np.arange(60, 65)])) for train, test in folds]
    zeros = pooled("gaussian", sources, cv=longer).fit(X_more, y_more, sample_weight=np.repeat([1.0, 0.0], [60, 5]))
    assert_allclose(zeros.coef_, plain.coef_, atol=1e-8)
    assert_allclose(zeros.evidence_["se"], plain.evidence_["se"], rtol=1e-3)


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_columns_go_by_name(family):
    X, y, sources = problem(family)
    straight = pooled(family, sources).fit(X, y)
    order = np.random.default_rng(0).permutation(P)
    mixed = [
        SourceData(pd.DataFrame(s.X, columns=NAMES).iloc[:, order].assign(more=1.0), s.y, name=s.name) for s in sources
    ]
    named = pooled(family, mixed).fit(pd.DataFrame(X, columns=NAMES), y)
    assert_array_equal(named.feature_names_in_, NAMES)
    assert_allclose(named.coef_, straight.coef_, atol=1e-10)
    assert named.detected_ == straight.detected_


def test_sparse_rows_are_rows():
    X, y, sources = problem("gaussian")
    dense = pooled("gaussian", sources).fit(X, y)
    sparse = [SourceData(sp.csr_array(source.X), source.y, name=source.name) for source in sources]
    thin = pooled("gaussian", sparse).fit(sp.csr_array(X), y)
    assert thin.detected_ == dense.detected_
    assert_allclose(thin.coef_, dense.coef_, atol=1e-3)


def test_classes_go_by_label():
    X, y, sources = problem("multinomial")
    lacking = sources[0].y != "c"
    sources[0] = SourceData(sources[0].X[lacking], sources[0].y[lacking], name="without c")
    model = pooled("multinomial", sources, detect=False).fit(X, y)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])
    assert model.score(X, y) == np.mean(model.predict(X) == y)


def test_several_outputs():
    X, y, sources = problem("gaussian")
    both = [SourceData(s.X, np.column_stack([s.y, -s.y]), name=s.name) for s in sources]
    model = pooled("gaussian", both, debias=False).fit(X, np.column_stack([y, -y]))
    assert model.detected_ == ["alike 0"]
    assert_allclose(model.coef_[0], -model.coef_[1], atol=1e-6)
    columns = [SourceData(s.X, s.y[:, np.newaxis], name=s.name) for s in sources]
    one = pooled("gaussian", columns, detect=False).fit(X, y[:, np.newaxis])
    assert_allclose(one.predict(X), pooled("gaussian", sources, detect=False).fit(X, y).predict(X), atol=1e-10)


def test_names_that_are_none_or_shared_are_places():
    X, y, sources = problem("gaussian", 1, 2)
    same = [SourceData(s.X, s.y, name=name) for s, name in zip(sources, ["good", "bad", "bad"], strict=True)]
    assert detect_sources(same, X, y, TransferLasso()).evidence["source"] == ["good", 1, 2]
    bare = [SourceData(s.X, s.y) for s in sources]
    assert detect_sources(bare, X, y, TransferLasso()).detected == [0]


def test_fifty_sources():
    X, y, sources = problem("gaussian", 25, 25, n_source=30)
    model = pooled("gaussian", sources).fit(X, y)
    assert len(model.detected_) > 5
    assert not [name for name in model.detected_ if name.startswith("flipped")]
    assert len(model.evidence_["rank"]) == 50
    assert sorted(model.evidence_["rank"]) == list(range(1, 51))


def test_the_source_of_the_estimator_is_where_the_pool_is_pulled():
    X, y, sources = problem("gaussian")
    far = Ridge().fit(X, X @ (7 + COEF))
    model = PooledTransferRegressor(TransferLasso(source=far), sources, debias=False).fit(X, y)
    assert_allclose(model.pooled_.source_coef_, far.coef_, rtol=1e-12)


def test_clones_share_sources_and_pickles_predict_the_same():
    X, y, sources = problem("gaussian")
    model = pooled("gaussian", sources)
    twin = clone(model)
    assert twin.sources is model.sources
    assert model.get_params()["sources"] is sources
    model.fit(X, y)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    assert_array_equal(copy.deepcopy(model).predict(X), model.predict(X))
    with pytest.raises(ValueError, match=r"set_params cannot set 'sources__x'.*set_params\(sources=\.\.\.\)"):
        model.set_params(sources__x=1)


def test_nothing_of_the_users_is_changed():
    X, y, sources = problem("gaussian")
    estimator, weight = TransferLasso(0.3), np.ones(60)
    before = [X.copy(), y.copy(), *(s.X.copy() for s in sources), *(s.y.copy() for s in sources)]
    for array in (X, y, weight):
        array.flags.writeable = False
    PooledTransferRegressor(estimator, sources).fit(X, y, sample_weight=weight)
    for old, new in zip(before, [X, y, *(s.X for s in sources), *(s.y for s in sources)], strict=True):
        assert_array_equal(old, new)
    assert estimator.get_params() == TransferLasso(0.3).get_params()
    assert not hasattr(estimator, "coef_")


def test_it_works_in_searches_and_pipelines():
    X, y, sources = problem("gaussian", 1, 1)
    assert cross_val_score(pooled("gaussian", sources), X, y, cv=3).shape == (3,)
    search = GridSearchCV(pooled("gaussian", sources), {"detect": [True, False]}, cv=3).fit(X, y)
    assert search.best_params_ == {"detect": True}
    assert make_pipeline(StandardScaler(), pooled("gaussian", sources)).fit(X, y).predict(X).shape == (60,)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (Lasso(), r"PooledTransferRegressor needs a linear estimator of this library.*got Lasso"),
        (TransferLasso, r"needs a linear estimator of this library"),
        (TransferLogisticRegression(), r"needs a regressor, got .*Use PooledTransferClassifier"),
    ],
)
def test_estimators_that_do_not_fit(estimator, message):
    X, y, sources = problem("gaussian")
    with pytest.raises(TypeError, match=message):
        PooledTransferRegressor(estimator, sources).fit(X, y)


def test_the_classifier_says_which_is_for_numbers():
    X, y, sources = problem("binomial")
    with pytest.raises(TypeError, match=r"needs a classifier, got TransferLasso.*Use PooledTransferRegressor"):
        PooledTransferClassifier(TransferLasso(), sources).fit(X, y)
    with pytest.raises(TypeError, match=r"detect_sources needs a linear estimator.*LogisticRegression\(\)"):
        detect_sources(sources, X, y, LogisticRegression())


@pytest.mark.parametrize("call", ["detect", "fit"])
@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda sources: sources[0], TypeError, r"sources must be a list of SourceData or None, got SourceData"),
        (lambda sources: [sources[0].summarize(Ridge())], TypeError, r"sources\[0\] is known by sums.*must be rows"),
        (lambda sources: [sources[0].X], TypeError, r"got ndarray"),
        (lambda sources: [(sources[0], -1.0)], ValueError, r"weight of a source must be positive"),
        (lambda sources: [SourceData([[1.0]], [1.0])], ValueError, r"has 1 features, the target's 12"),
        (lambda sources: [SourceData(sources[0].X * np.nan, sources[0].y)], ValueError, r"rows of the source 0.*NaN"),
    ],
)
def test_sources_that_do_not_fit(call, spoil, error, message):
    X, y, sources = problem("gaussian")
    bad = spoil(sources)
    calls = {
        "fit": lambda: pooled("gaussian", bad).fit(X, y),
        "detect": lambda: detect_sources(bad, X, y, TransferLasso()),
    }
    with pytest.raises(error, match=message):
        calls[call]()


@pytest.mark.parametrize(
    ("family", "make", "message"),
    [
        ("gaussian", lambda X, y: SourceData(X[:0], y[:0], name="s"), r"at least one row, got X with 0 rows"),
        ("gaussian", lambda X, y: SourceData(X, y[:5], name="s"), r"one entry per row of X: X has 100 rows, y 5"),
        ("gaussian", lambda X, y: SourceData(X, y, np.zeros(100), name="s"), r"rows of the source 's' cannot be used"),
        (
            "gaussian",
            lambda X, y: SourceData(X, np.repeat("a", 100), name="s"),
            r"'s' holds <U1 labels, the target's f",
        ),
        (
            "gaussian",
            lambda X, y: SourceData(X, np.column_stack([y, y]), name="s"),
            r"'s' has shape \(100, 2\), the ta",
        ),
        ("poisson", lambda X, y: SourceData(X, -y, name="s"), r"Poisson loss takes y of 0 or more"),
        ("binomial", lambda X, y: SourceData(X, np.zeros(100), name="s"), r"'s' holds float64 labels, the target's <U"),
        (
            "binomial",
            lambda X, y: SourceData(X, np.arange(100).astype(str), name="s"),
            r"\['0', .*\] and 95 more, and no",
        ),
    ],
)
def test_sources_of_another_kind(family, make, message):
    X, y, sources = problem(family)
    with pytest.raises(ValueError, match=message):
        pooled(family, [sources[0], make(sources[0].X, sources[0].y)]).fit(X, y)


def test_sources_with_other_columns():
    X, y, sources = problem("gaussian")
    other = SourceData(pd.DataFrame(sources[0].X, columns=[*NAMES[1:], "else"]), sources[0].y, name="other")
    with pytest.raises(ValueError, match=r"the source 'other' lacks the target's columns \['x0'\]"):
        pooled("gaussian", [other]).fit(pd.DataFrame(X, columns=NAMES), y)


def test_numbers_for_labels_are_compared_as_numbers():
    X, y, sources = problem("binomial")
    two = SourceData(sources[0].X, np.arange(100) % 3.0, name="thirds")
    with pytest.raises(ValueError, match=r"'thirds' has rows labelled \[2.0\], and no row of the target is"):
        pooled("binomial", [two]).fit(X, (y == "yes").astype(int))


def test_a_source_may_lack_a_class():
    X, y, sources = problem("binomial", 2, 1)
    yes = sources[0].y == "yes"
    sources[0] = SourceData(sources[0].X[yes], sources[0].y[yes], name="yes alone")
    assert "alike 1" in pooled("binomial", sources).fit(X, y).detected_


def test_sources_of_fifty_and_of_forty_thousand_rows():
    rng = np.random.default_rng(0)
    X, y = draw("gaussian", rng, COEF, 60)
    sizes = {"few": (50, 1), "many": (40_000, 1), "flipped few": (50, -1), "flipped many": (40_000, -1)}
    sources = [SourceData(*draw("gaussian", rng, sign * COEF, n), name=name) for name, (n, sign) in sizes.items()]
    model = pooled("gaussian", sources).fit(X, y)
    assert "many" in model.detected_
    assert not [name for name in model.detected_ if name.startswith("flipped")]
    assert_allclose(model.coef_, COEF, atol=0.1)


def test_labels_that_the_target_does_not_show():
    X, y, sources = problem("multinomial")
    with pytest.raises(
        ValueError, match=r"the source 'alike 0' has rows labelled \['c'\], and no row of the target is"
    ):
        pooled("multinomial", sources).fit(X[y != "c"], y[y != "c"])


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ("loo", r"cv must be 'auto', an int, a splitter or an iterable of splits; got 'loo'"),
        ([(np.arange(60), np.arange(0))], r"cv holds out no row that has a weight"),
        ([(np.arange(0), np.arange(60))], r"or all of them"),
    ],
)
def test_folds_that_do_not_fit(cv, message):
    X, y, sources = problem("gaussian")
    with pytest.raises(ValueError, match=message):
        pooled("gaussian", sources, cv=cv).fit(X, y)


def test_what_cannot_be_judged():
    X, y, sources = problem("gaussian")
    with pytest.raises(ValueError, match="there are no sources to choose from"):
        detect_sources([], X, y, TransferLasso())
    with pytest.raises(ValueError, match="takes 2 samples or more; got n_samples = 1"):
        pooled("gaussian", sources).fit(X[:1], y[:1])
    with pytest.raises(ValueError, match="requires y to be passed"):
        pooled("gaussian", sources).fit(X, None)


def test_rare_labels_are_held_out_too():
    X, y, sources = problem("binomial")
    y = np.where(np.arange(60) == 7, "yes", "no")
    assert pooled("binomial", sources).fit(X, y).classes_.tolist() == ["no", "yes"]
    y[:3] = "yes"
    assert pooled("binomial", sources).fit(X, y).classes_.tolist() == ["no", "yes"]
