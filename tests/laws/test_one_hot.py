"""Categories: a source Pipeline with OneHotEncoder, a target with new and missing categories and columns.

Frozen, the encoder is the source's: what it does not know is no column. Fresh, it is the target's own, and columns are
aligned by the names that the encoders give them. Scalers are kept in both: a column in other units is another feature.
"""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sktransfer import Source, make_transfer
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV

TWINS = {"ridge": (Ridge(), TransferRidge), "logistic": (LogisticRegression(tol=1e-10), TransferLogisticRegression)}
COPY = {"ridge": {"alpha": np.inf}, "logistic": {"C": 0.0}}
every_kind = pytest.mark.parametrize("kind", TWINS)


def frame(fuels, n, seed):
    random = np.random.default_rng(seed)
    effect = {"petrol": 0.0, "diesel": 1.0, "gas": -1.5, "electric": 2.0}
    rows = pd.DataFrame(
        {"fuel": random.choice(fuels, n), "power": random.normal(90, 20, n), "age": random.integers(0, 15, n) * 1.0}
    )
    rows["mileage"] = random.normal(20, 5, n)
    y = rows["fuel"].map(effect) + 0.05 * (rows["power"] - 90) + 0.1 * rows["age"] + random.logistic(size=n) - 0.5
    return rows, y.to_numpy()


def target_of(kind, y):
    return y > 0 if kind == "logistic" else y


def columns(numbers, scaler=None, **options):
    """One-hot fuels beside scaled numbers, under names without a prefix."""
    encoder = OneHotEncoder(handle_unknown="ignore", **options)
    scaler = StandardScaler() if scaler is None else FrozenEstimator(scaler)
    parts = [("fuel", encoder, ["fuel"]), ("numbers", scaler, numbers)]
    return ColumnTransformer(parts, verbose_feature_names_out=False)


NUMBERS = ["power", "age"]


@pytest.fixture(params=list(TWINS))
def problem(request):
    """(kind, fitted source Pipeline, target rows with electric cars and none by gas, their y)."""
    rows_source, y_source = frame(["petrol", "diesel", "gas"], 300, 0)
    rows, y = frame(["petrol", "diesel", "electric"], 40, 1)
    kind = request.param
    model = clone(TWINS[kind][0])
    return (
        kind,
        make_pipeline(columns(NUMBERS), model).fit(rows_source, target_of(kind, y_source)),
        rows,
        target_of(kind, y),
    )


def score(model, rows):
    return model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)


# Frozen --------------------------------------------------------------------------------------------------------


def test_a_frozen_encoder_stays_the_sources(problem):
    _, pipeline, rows, y = problem
    before = pickle.dumps(pipeline)
    model = make_transfer(pipeline, borrow=1.0).fit(rows, y)
    assert pickle.dumps(pipeline) == before
    encoder = model[0].estimator.named_transformers_["fuel"]
    assert encoder.categories_[0].tolist() == ["diesel", "gas", "petrol"]
    names = model[:-1].get_feature_names_out().tolist()
    assert names == ["fuel_diesel", "fuel_gas", "fuel_petrol", "power", "age"]  # mileage is no column of the source
    twin = model[-1]
    assert_array_equal(np.ravel(twin.delta_)[names.index("fuel_gas")], 0.0)  # no row says anything of gas
    assert np.all(np.abs(np.delete(np.ravel(twin.delta_), names.index("fuel_gas"))) > 1e-6)


def test_frozen_copies_predict_as_the_source_for_new_categories_too(problem):
    _, pipeline, rows, y = problem
    copy = make_transfer(pipeline, borrow=np.inf, params={"intercept_penalty": np.inf}).fit(rows, y)
    assert_allclose(score(copy, rows), score(pipeline, rows), rtol=1e-10)
    unknown = rows[rows["fuel"] == "electric"]
    known = pipeline[-1].coef_.ravel()[3:] @ pipeline[0].transform(unknown)[:, 3:].T + pipeline[-1].intercept_
    assert_allclose(score(copy, unknown), known, rtol=1e-10)


def test_a_frozen_encoder_asks_for_the_sources_columns(problem):
    _, pipeline, rows, y = problem
    with pytest.raises(ValueError, match=r"columns are missing: \{'age'\}"):
        make_transfer(pipeline, borrow=1.0).fit(rows.drop(columns="age"), y)


# Fresh ---------------------------------------------------------------------------------------------------------


def fresh(pipeline, kind, numbers, scaler, **params):
    source = Source.from_estimator(pipeline[-1], feature_names=pipeline[:-1].get_feature_names_out())
    encode = columns(numbers, scaler, sparse_output=False).set_output(transform="pandas")
    return make_pipeline(encode, TWINS[kind][1](source=source, **params))


def scaler_of(pipeline, rows, numbers):
    """The source's scaler for the numbers that it knows, the target's own for those that it does not."""
    scaler, own = pipeline[0].named_transformers_["numbers"], StandardScaler().fit(rows[numbers])
    for place, name in enumerate(numbers):
        if name in NUMBERS:
            own.mean_[place], own.scale_[place] = (part[NUMBERS.index(name)] for part in (scaler.mean_, scaler.scale_))
    return own


@pytest.mark.parametrize("metric", ["identity", "scale"])
def test_fresh_encoders_are_aligned_by_the_names_they_give(problem, metric):
    kind, pipeline, rows, y = problem
    numbers = ["mileage", "power"]  # age is not known here, and mileage was not there
    model = fresh(pipeline, kind, numbers, scaler_of(pipeline, rows, numbers), metric=metric, **COPY[kind])
    model.fit(rows[["mileage", "fuel", "power"]], y)
    twin, alignment = model[-1], model[-1].source_.alignment
    assert twin.feature_names_in_.tolist() == ["fuel_diesel", "fuel_electric", "fuel_petrol", "mileage", "power"]
    assert alignment.added_features == ("fuel_electric", "mileage")
    assert alignment.dropped_features == ("fuel_gas", "age")
    diesel, _, petrol, power, _ = pipeline[-1].coef_.ravel()
    assert_allclose(np.ravel(twin.coef_), [diesel, 0.0, petrol, 0.0, power], rtol=1e-12)


def test_fresh_encoders_learn_new_categories(problem):
    kind, pipeline, rows, y = problem
    model = fresh(pipeline, kind, NUMBERS, scaler_of(pipeline, rows, NUMBERS)).fit(rows, y)
    names = model[-1].feature_names_in_.tolist()
    assert np.ravel(model[-1].coef_)[names.index("fuel_electric")] > 0.1
    shuffled = rows.sample(frac=1.0, random_state=0, axis=1)
    again = fresh(pipeline, kind, NUMBERS, scaler_of(pipeline, rows, NUMBERS)).fit(shuffled, y)
    assert_allclose(again[-1].coef_, model[-1].coef_, rtol=1e-9)


@every_kind
def test_with_the_same_categories_frozen_and_fresh_are_one_model(kind):
    rows_source, y_source = frame(["petrol", "diesel", "gas"], 300, 0)
    rows, y = frame(["petrol", "diesel", "gas"], 40, 1)
    pipeline = make_pipeline(columns(NUMBERS), clone(TWINS[kind][0])).fit(rows_source, target_of(kind, y_source))
    frozen = make_transfer(pipeline, borrow=2.0, params={"tol": 1e-10}).fit(rows, target_of(kind, y))
    strength = {"alpha": 2.0} if kind == "ridge" else {"C": 0.5}
    other = fresh(pipeline, kind, NUMBERS, scaler_of(pipeline, rows, NUMBERS), tol=1e-10, **strength)
    other.fit(rows, target_of(kind, y))
    assert_allclose(other[-1].coef_, frozen[-1].coef_, rtol=1e-8)
    assert_allclose(other[-1].intercept_, frozen[-1].intercept_, rtol=1e-8, atol=1e-10)


def test_strengths_are_searched_inside_the_pipeline(problem):
    kind, pipeline, rows, y = problem
    model = fresh(pipeline, kind, NUMBERS, scaler_of(pipeline, rows, NUMBERS))
    search = make_pipeline(model[0], TransferCV(model[-1])).fit(rows, y)
    assert (
        search[-1].best_estimator_.feature_names_in_.tolist() == model[:-1].fit(rows).get_feature_names_out().tolist()
    )


def test_outputs_without_names_are_refused(problem):
    kind, pipeline, rows, y = problem
    model = fresh(pipeline, kind, NUMBERS, scaler_of(pipeline, rows, NUMBERS))
    model[0].set_output(transform="default")
    with pytest.raises(ValueError, match="5 features and the target 4: without names nothing says which is which"):
        model.fit(rows[rows["fuel"] != "electric"], y[(rows["fuel"] != "electric").to_numpy()])
