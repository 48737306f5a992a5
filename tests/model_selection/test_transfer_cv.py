"""TransferCV: candidates, what it fits, what it leaves alone, and whether its choice is right."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV

NAMES = ["a", "b", "c"]
COEF = np.array([1.0, -2.0, 0.5])
ELSEWHERE = np.array([4.0, 2.0, 0.0])  # at right angles to COEF


def _rows(n, seed=0, n_outputs=None, coef=COEF, noise=1.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    if n_outputs:
        return X, X @ np.outer(coef, np.arange(1, n_outputs + 1)) + noise * rng.normal(size=(n, n_outputs))
    return X, X @ coef + noise * rng.normal(size=n)


def _model(n_outputs=None, coef=COEF):
    return Ridge().fit(*_rows(500, 1, n_outputs, coef))


def _labels(n, seed=0, names=("no", "yes"), coef=COEF):
    X, y = _rows(n, seed, coef=coef)
    return X, np.array(names)[np.digitize(y, np.linspace(-1, 1, len(names) + 1)[1:-1])]


X, y = _rows(25)
MODEL = _model()
PRECISE = Source.from_estimator(MODEL, X=_rows(500, 1)[0])
CLASSIFIER = LogisticRegression().fit(*_labels(500, 1))


def _names(search):
    return list(dict.fromkeys(search.table_["candidate"]))


# Candidates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, expected",
    [
        (None, ["target"]),
        (MODEL, ["target", "source", "recalibrated", "transfer"]),
        (PRECISE, ["target", "source", "recalibrated", "pooled", "transfer"]),
    ],
    ids=["no source", "without precision", "with precision"],
)
def test_candidates_that_exist(source, expected):
    search = TransferCV(TransferRidge(source=source)).fit(X, y)
    assert _names(search) == expected
    counts = {name: search.table_["candidate"].count(name) for name in expected}
    assert counts == {name: {"target": 13, "recalibrated": 2, "transfer": 39}.get(name, 1) for name in expected}
    assert {len(column) for column in search.table_.values()} == {sum(counts.values())}


@pytest.mark.parametrize("kind", ["target", "source", "recalibrated", "pooled"])
def test_what_a_candidate_is(kind):
    """Alone, each is the model it is said to be."""
    model = TransferCV(TransferRidge(source=PRECISE), candidates=kind, grid=[2.0], rule="1se").fit(X, y)
    scale = X.std(axis=0)
    if kind == "target":
        twin = make_pipeline(StandardScaler(), Ridge(alpha=2.0)).fit(X, y)
        coef, intercept = twin[-1].coef_ / scale, twin.predict(np.zeros((1, 3)))[0]
    elif kind == "source":
        coef, intercept = MODEL.coef_, MODEL.intercept_
    elif kind == "recalibrated":
        coef, intercept = MODEL.coef_, (y - X @ MODEL.coef_).mean()
    else:
        X_source, y_source = _rows(500, 1)
        twin = Ridge(alpha=1.0).fit(np.vstack([X_source, X]), np.append(y_source, y))
        coef, intercept = twin.coef_, twin.intercept_
    assert model.choice_ == kind
    assert_allclose(model.best_estimator_.coef_, coef, rtol=1e-10)
    assert_allclose(model.best_estimator_.intercept_, intercept, rtol=1e-9, atol=1e-12)


def test_candidates_by_name():
    search = TransferCV(TransferRidge(source=MODEL), candidates=["transfer", "source"]).fit(X, y)
    assert _names(search) == ["source", "transfer"]


@pytest.mark.parametrize("source, name", [(MODEL, "pooled"), (None, "source"), (PRECISE, "stack")])
def test_candidates_that_do_not_exist_are_refused(source, name):
    with pytest.raises(ValueError, match=rf"candidates names '{name}', but .* there are: \['"):
        TransferCV(TransferRidge(source=source), candidates=["target", name]).fit(X, y)


@pytest.mark.parametrize("candidates", [[], None])
def test_no_candidates_are_refused(candidates):
    with pytest.raises(ValueError, match=r"candidates must be 'auto' or name one or more of \['recal"):
        TransferCV(TransferRidge(source=MODEL), candidates=candidates).fit(X, y)


# Grid ----------------------------------------------------------------------------------------------------------


def _tried(search, name="transfer"):
    table = zip(search.table_["candidate"], search.table_["params"], strict=True)
    return [params for candidate, params in table if candidate == name]


def test_an_array_is_strengths_for_target_and_transfer():
    search = TransferCV(TransferRidge(source=MODEL), grid=np.array([0.5, 5.0])).fit(X, y)
    assert [params["alpha"] for params in _tried(search, "target")] == [0.5, 5.0]
    assert [(p["intercept_penalty"], p["alpha"]) for p in _tried(search)] == [
        (pull, alpha) for pull in (0.0, 1.0, np.inf) for alpha in (0.5, 5.0)
    ]


def test_a_dict_may_name_the_pull_of_the_intercept():
    twin = TransferLogisticRegression(source=CLASSIFIER)
    search = TransferCV(twin, grid={"C": [0.1, 1.0], "intercept_penalty": 2.0}).fit(*_labels(25))
    assert _tried(search) == [{"intercept_penalty": 2.0, "C": value} for value in (0.1, 1.0)]
    search = TransferCV(twin, grid={"intercept_penalty": [0.0]}).fit(*_labels(25))
    assert len(_tried(search)) == 13


@pytest.mark.parametrize("n, least, steps", [(25, -1, 13), (200, -7 / 3, 17), (1000, -3, 19)])
def test_the_automatic_grid_is_worth_some_rows_to_a_thousand_times_all(n, least, steps):
    """For squared loss and the identity: alpha = kappa * trace of the centred Gram / n_features."""
    X, y = _rows(n)
    search = TransferCV(TransferRidge(source=MODEL), candidates="transfer").fit(X, y)
    natural = (X.var(axis=0) * len(X)).mean()
    found = [params["alpha"] for params in _tried(search)[:steps]]
    assert_allclose(found, natural * np.logspace(least, 3, steps), rtol=1e-12)


@pytest.mark.parametrize(
    "grid, message",
    [
        ("many", "grid must be 'auto', an array of values of 'alpha', or a dict; got 'many'"),
        ({"C": [1.0]}, "grid names 'C', which is no borrowing parameter; they are 'alpha' and"),
        ([], "grid must hold one or more values of 'alpha'"),
        ([1.0, -1.0], "none negative or NaN; got"),
        ([np.nan], "none negative or NaN; got"),
        ({"intercept_penalty": [-1.0]}, "grid must hold one or more values of 'intercept_penalty'"),
        ({"alpha": []}, "grid must hold one or more values of 'alpha'"),
    ],
)
def test_a_bad_grid_is_refused(grid, message):
    with pytest.raises(ValueError, match=message):
        TransferCV(TransferRidge(source=MODEL), grid=grid).fit(X, y)


def test_a_negative_C_is_refused():
    with pytest.raises(ValueError, match="values of 'C', none negative"):
        TransferCV(TransferLogisticRegression(source=CLASSIFIER), grid=[-1.0]).fit(*_labels(25))


# The choice ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["min", "auto"])
def test_a_hostile_source_is_ignored(rule):
    """Other directions, 200 rows: what is chosen is the target's own model, or held out as good: it costs 2 %."""
    hostile = Ridge().fit(*_rows(500, 1, coef=ELSEWHERE))
    X_new, y_new = _rows(2000, 99)
    ratios = []
    for seed in range(4):
        X, y = _rows(200, 20 + seed)
        search = TransferCV(TransferRidge(source=hostile), rule=rule).fit(X, y)
        alone = TransferCV(TransferRidge(), rule=rule).fit(X, y)
        assert search.choice_ in ("target", "transfer")
        assert search.gain_ >= -1e-12 - (2 if rule == "auto" else 1) * search.gain_se_  # "auto": of the mean of members
        errors = [np.mean((y_new - model.predict(X_new)) ** 2) for model in (search, alone)]
        ratios.append(errors[0] / errors[1])
    assert np.mean(ratios) < 1.02
    assert np.max(ratios) < 1.03


@pytest.mark.parametrize("rule", ["min", "auto"])
def test_a_source_turned_round_is_turned_back(rule):
    """All signs wrong: a factor of about minus one makes it a good source."""
    turned = Ridge().fit(*_rows(500, 1, coef=-COEF))
    X, y = _rows(12, 20)
    search = TransferCV(TransferRidge(source=turned), rule=rule).fit(X, y)
    alone = TransferCV(TransferRidge(), rule=rule).fit(X, y)
    X_new, y_new = _rows(2000, 99)
    assert np.mean((y_new - search.predict(X_new)) ** 2) < np.mean((y_new - alone.predict(X_new)) ** 2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("source", [MODEL, PRECISE], ids=["coefficients", "with precision"])
def test_a_perfect_source_is_used(source, seed):
    X, y = _rows(10, 40 + seed)
    search = TransferCV(TransferRidge(source=source)).fit(X, y)
    alone = TransferCV(TransferRidge()).fit(X, y)
    X_new, y_new = _rows(2000, 98)
    assert search.choice_ in ("source", "recalibrated", "pooled", "transfer")
    assert np.mean((y_new - search.predict(X_new)) ** 2) < np.mean((y_new - alone.predict(X_new)) ** 2)
    assert search.gain_ > 0


def test_classifier_choices():
    hostile = LogisticRegression().fit(*_labels(500, 1, coef=ELSEWHERE))
    search = TransferCV(TransferLogisticRegression(source=hostile)).fit(*_labels(200, 3))
    assert search.choice_ in ("target", "transfer")
    assert search.gain_ >= -search.gain_se_
    search = TransferCV(TransferLogisticRegression(source=CLASSIFIER)).fit(*_labels(12, 3))
    assert search.choice_ in ("source", "recalibrated", "transfer")


# Fitted attributes, delegation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [None, np.arange(1, 26) / 7], ids=["plain", "weighted"])
def test_the_choice_is_fitted_on_all_rows(weight):
    search = TransferCV(TransferRidge(source=MODEL), candidates="transfer", rule="min").fit(X, y, sample_weight=weight)
    again = TransferRidge(source=MODEL).set_params(**search.borrow_).fit(X, y, sample_weight=weight)
    assert_array_equal(search.best_estimator_.coef_, again.coef_)
    assert_array_equal(search.predict(X), again.predict(X))
    assert search.score(X, y) == again.score(X, y)
    assert search.score(X, y, sample_weight=weight) == again.score(X, y, sample_weight=weight)
    assert search.n_features_in_ == 3
    assert not hasattr(search, "feature_names_in_")
    assert not hasattr(search, "classes_")
    pd.DataFrame(search.table_)


def test_regressors_have_no_probabilities():
    search = TransferCV(TransferRidge(source=MODEL))
    for _ in range(2):
        assert is_regressor(search)
        for name in ("predict_proba", "predict_log_proba", "decision_function"):
            assert not hasattr(search, name)
        search.fit(X, y)


def test_classifiers_delegate_everything():
    X, labels = _labels(25)
    search = TransferCV(TransferLogisticRegression(source=CLASSIFIER))
    assert is_classifier(search)
    assert not hasattr(search, "classes_")
    for _ in range(2):
        assert all(hasattr(search, name) for name in ("predict_proba", "predict_log_proba", "decision_function"))
        search.fit(X, labels)
    for name in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        assert_array_equal(getattr(search, name)(X), getattr(search.mixture_, name)(X))
    assert search.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_not_fitted(method):
    search = TransferCV(TransferLogisticRegression(source=CLASSIFIER))
    with pytest.raises(NotFittedError):
        getattr(search, method)(X)
    with pytest.raises(NotFittedError):
        search.score(X, y)
    assert not hasattr(search, "n_features_in_")


# Data of many kinds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cv", ["loo", 3])
@pytest.mark.parametrize("kind", [np.array, list, pd.Series, lambda y: np.array(y, dtype=object)])
def test_string_labels(kind, cv):
    X, labels = _labels(30)
    numbers = LogisticRegression().fit(_labels(500, 1)[0], _labels(500, 1)[1] == "yes")
    by_name = TransferCV(TransferLogisticRegression(source=CLASSIFIER), cv=cv).fit(X, kind(labels))
    by_number = TransferCV(TransferLogisticRegression(source=numbers), cv=cv).fit(X, labels == "yes")
    assert_allclose(by_name.table_["score"], by_number.table_["score"], rtol=1e-12)
    assert_array_equal(by_name.predict(X) == "yes", by_number.predict(X))


@pytest.mark.parametrize("cv", ["loo", 3])
def test_more_than_two_classes(cv):
    source = LogisticRegression().fit(*_labels(600, 1, names=("x", "y", "z")))
    X, labels = _labels(60, names=("x", "y", "z"))
    search = TransferCV(TransferLogisticRegression(source=source), cv=cv).fit(X, labels)
    assert search.predict_proba(X).shape == (60, 3)
    assert search.gain_ > 0
    assert np.isfinite(search.table_["score"]).all()


def test_a_class_that_only_the_source_knows():
    source = LogisticRegression().fit(*_labels(600, 1, names=("x", "y", "z")))
    X, labels = _labels(60, names=("x", "y", "z"))
    two = labels != "z"
    twin = TransferLogisticRegression(source=source)
    names = ["source", "recalibrated", "transfer"]
    search = TransferCV(twin, candidates=names, grid={"intercept_penalty": [0.0, 1.0]}).fit(X[two], labels[two])
    assert np.isfinite(search.table_["score"]).all()
    assert search.classes_.tolist() == ["x", "y", "z"]


def test_several_outputs():
    X, Y = _rows(25, n_outputs=2)
    search = TransferCV(TransferRidge(source=_model(2))).fit(X, Y)
    assert search.predict(X).shape == (25, 2)
    per_output = {"alpha": [[1.0, 1.0], [2.0, 2.0]]}
    one = TransferCV(TransferRidge(source=_model(2)), grid=per_output, candidates="transfer").fit(X, Y)
    other = TransferCV(TransferRidge(source=_model(2)), grid=[1.0, 2.0], candidates="transfer").fit(X, Y)
    assert_allclose(one.table_["score"], other.table_["score"], rtol=1e-12)


@pytest.mark.parametrize("cv", ["loo", 3])
def test_frames_align_the_source_by_name(cv):
    X_source, y_source = _rows(500, 1)
    source = Ridge().fit(pd.DataFrame(X_source, columns=NAMES), y_source)
    frame = pd.DataFrame(X, columns=NAMES)
    plain = TransferCV(TransferRidge(source=MODEL), cv=cv).fit(X, y)
    named = TransferCV(TransferRidge(source=source), cv=cv).fit(frame[NAMES[::-1]], pd.Series(y))
    assert_allclose(named.table_["score"], plain.table_["score"], rtol=1e-9)
    assert named.feature_names_in_.tolist() == NAMES[::-1]
    assert_allclose(named.predict(frame[NAMES[::-1]]), plain.predict(X), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cv", ["loo", 3])
@pytest.mark.parametrize("layout", [sparse.csr_array, sparse.csc_matrix])
def test_sparse_rows(layout, cv):
    holes = np.where(np.random.default_rng(0).random(X.shape) < 0.5, X, 0.0)
    dense = TransferCV(TransferRidge(source=PRECISE), cv=cv).fit(holes, y)
    thin = TransferCV(TransferRidge(source=PRECISE), cv=cv).fit(layout(holes), y)
    assert_allclose(thin.table_["score"], dense.table_["score"], rtol=1e-10)
    assert_allclose(thin.predict(layout(holes)), dense.predict(holes), rtol=1e-9, atol=1e-12)


# A good citizen ------------------------------------------------------------------------------------------------


def test_nothing_given_is_changed():
    source = clone(MODEL).fit(*_rows(500, 1))
    twin = TransferRidge(alpha=3.0, source=source)
    rows, target, weight = X.copy(), y.copy(), np.ones(25)
    before = pickle.dumps((twin, source))
    search = TransferCV(twin).fit(rows, target, sample_weight=weight)
    assert pickle.dumps((twin, source)) == before
    assert search.estimator is twin
    assert twin.source is source
    assert clone(search).estimator.source is source
    sharing = TransferCV(twin, candidates="transfer").fit(X, y)
    assert sharing.best_estimator_.get_params(deep=False)["source"] is source
    assert_array_equal(rows, X)
    assert_array_equal(target, y)
    assert_array_equal(weight, np.ones(25))


def test_clone_and_parameters():
    search = TransferCV(TransferRidge(alpha=3.0, source=MODEL), rule="min", cv=4)
    twin = clone(search)
    assert twin is not search
    assert twin.estimator is not search.estimator
    assert (twin.rule, twin.cv, twin.estimator.alpha) == ("min", 4, 3.0)
    params = search.get_params()
    assert params["estimator__alpha"] == 3.0
    assert params["estimator__source"] is MODEL
    assert not any(name.startswith("estimator__source__") for name in params)
    assert search.set_params(estimator__alpha=7.0).estimator.alpha == 7.0
    before = pickle.dumps(MODEL)
    with pytest.raises(ValueError, match="a source is never changed"):
        search.set_params(estimator__source__alpha=7.0)
    assert pickle.dumps(MODEL) == before


@pytest.mark.parametrize("fitted", [False, True])
def test_pickle(fitted):
    search = TransferCV(TransferRidge(source=PRECISE))
    if not fitted:
        search = pickle.loads(pickle.dumps(search)).fit(X, y)
    else:
        search = pickle.loads(pickle.dumps(search.fit(X, y)))
    expected = TransferCV(TransferRidge(source=PRECISE)).fit(X, y)
    assert_array_equal(search.predict(X), expected.predict(X))
    assert search.table_ == expected.table_


def test_inside_a_pipeline_and_cross_validation():
    scaler = StandardScaler().fit(_rows(500, 1)[0])
    source = Ridge().fit(scaler.transform(_rows(500, 1)[0]), _rows(500, 1)[1])
    pipeline = make_pipeline(StandardScaler(), TransferCV(TransferRidge(source=source)))
    assert pipeline.fit(X, y).predict(X).shape == (25,)
    assert cross_val_score(pipeline, X, y, cv=3).shape == (3,)
    before = pickle.dumps(source)
    assert cross_val_score(TransferCV(TransferRidge(source=source)), X, y, cv=3).min() > 0
    assert pickle.dumps(source) == before


def test_a_grid_over_sources():
    hostile = Source(-MODEL.coef_, link="identity")
    good = Source.from_estimator(MODEL)
    grid = {"estimator__source": [hostile, good]}
    search = GridSearchCV(TransferCV(TransferRidge(), candidates="source"), grid, cv=3).fit(X, y)
    assert search.best_params_["estimator__source"] == good
    assert search.best_estimator_.estimator.source == good


def test_a_refit_forgets():
    search = TransferCV(TransferRidge(source=MODEL)).fit(X, y)
    X_new, y_new = _rows(40, 6)
    assert search.fit(X_new, y_new).table_ == TransferCV(TransferRidge(source=MODEL)).fit(X_new, y_new).table_


def test_the_search_is_silent_and_deterministic():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = [TransferCV(TransferRidge(source=PRECISE)).fit(X, y).table_ for _ in range(2)]
    assert tables[0] == tables[1]


# What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [Ridge(), TransferRidge, None, make_pipeline(StandardScaler(), TransferRidge())])
def test_an_estimator_that_cannot_borrow_is_refused(estimator):
    with pytest.raises(TypeError, match="TransferCV needs an estimator that can borrow"):
        TransferCV(estimator).fit(X, y)


@pytest.mark.parametrize("rule", ["best", "stacked", 1, None])
def test_a_bad_rule_is_refused(rule):
    with pytest.raises(ValueError, match="The 'rule' parameter of TransferCV must be a str among"):
        TransferCV(TransferRidge(), rule=rule).fit(X, y)


def test_an_unfitted_source_is_refused():
    with pytest.raises(NotFittedError, match="the source Ridge is not fitted"):
        TransferCV(TransferRidge(source=Ridge())).fit(X, y)


@pytest.mark.parametrize("cv", ["loo", 3])
def test_a_misfitting_source_is_refused(cv):
    with pytest.raises(ValueError, match="features"):
        TransferCV(TransferRidge(source=MODEL), cv=cv).fit(X[:, :2], y)
