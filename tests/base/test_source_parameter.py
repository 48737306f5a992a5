"""A source is a hyper-parameter: it survives clone, search, pickling and pipelines as it is."""

import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

TWINS = (TransferRidge, TransferLogisticRegression)


def _rows(n_samples, seed, slopes=(2.0, -1.0, 0.5)):
    """Rows of features with mean 0 and variance near 1, and noisy labels."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, len(slopes)))
    return X, (X @ slopes + rng.logistic(size=n_samples) > 0).astype(int)


def _source(seed=0, slopes=(2.0, -1.0, 0.5)):
    return LogisticRegression().fit(*_rows(400, seed, slopes))


def _source_for(twin):
    model = Ridge() if twin is TransferRidge else LogisticRegression()
    return model.fit(*_rows(400, 0))


def _pipeline(source, **params):
    return make_pipeline(StandardScaler(), TransferLogisticRegression(source=source, tol=1e-10, **params))


def test_grid_search_over_a_pipeline_transfers_after_every_clone():
    source = _source()
    before = pickle.dumps(source)
    search = GridSearchCV(_pipeline(source), {"transferlogisticregression__C": [1e-9, 2e-9]}, cv=3)
    search.fit(*_rows(30, 1))
    best = search.best_estimator_[-1]
    assert best.source is source
    assert 0 < np.abs(best.delta_).max() < 1e-7
    assert_allclose(best.coef_, source.coef_, rtol=0, atol=1e-7)
    assert pickle.dumps(source) == before


def test_search_over_strengths_finds_that_a_good_source_helps():
    search = GridSearchCV(
        _pipeline(_source()), {"transferlogisticregression__C": [1e-6, 1e6]}, cv=3, scoring="neg_log_loss"
    ).fit(*_rows(24, 1))
    assert search.best_params_ == {"transferlogisticregression__C": 1e-6}


@pytest.mark.parametrize("wrap", [Source.from_estimator, FrozenEstimator])
def test_grid_search_over_sources(wrap):
    good, bad = wrap(_source()), wrap(_source(slopes=(-2.0, 1.0, -0.5)))
    before = pickle.dumps((good, bad))
    grid = {"source": [bad, good]}
    search = GridSearchCV(TransferLogisticRegression(C=1e-3), grid, cv=3, error_score="raise").fit(*_rows(40, 1))
    assert search.best_params_["source"] is good
    assert search.best_estimator_.source is good
    bad_score, good_score = search.cv_results_["mean_test_score"]
    assert bad_score < 0.5 < good_score
    assert pickle.dumps((good, bad)) == before


def test_a_raw_model_in_a_grid_is_unfitted_by_the_search_and_the_error_says_what_to_do():
    search = GridSearchCV(TransferLogisticRegression(), {"source": [_source()]}, cv=3, error_score="raise")
    with pytest.raises(NotFittedError, match=r"wrap it in Source.from_estimator\(model\) or FrozenEstimator\(model\)"):
        search.fit(*_rows(30, 1))


@pytest.mark.parametrize("twin", TWINS)
def test_cross_val_score_transfers_in_every_fold(twin):
    source = _source_for(twin)
    X, y = _rows(60, 1)
    copied = twin(source=source, intercept_penalty=np.inf).set_params(
        **({"C": 0} if "C" in twin().get_params() else {})
    )
    if twin is TransferRidge:
        copied.set_params(alpha=np.inf)
    folds = [(np.arange(30, 60), np.arange(30)), (np.arange(30), np.arange(30, 60))]
    assert_allclose(cross_val_score(copied, X, y, cv=folds), [source.score(X[test], y[test]) for _, test in folds])


@pytest.mark.parametrize("twin", TWINS)
def test_clone_shares_the_source_and_is_not_fitted(twin):
    source = _source_for(twin)
    model = twin(source=source, intercept_penalty=2.0).fit(*_rows(30, 1))
    twice = clone(clone(model))
    assert twice.source is source
    assert twice.get_params() == model.get_params()
    assert not hasattr(twice, "coef_")
    assert_array_equal(twice.fit(*_rows(30, 1)).coef_, model.coef_)


def test_clone_copies_what_is_not_a_source():
    metric = np.array([1.0, 2.0, 3.0])
    twice = clone(TransferRidge(metric=metric))
    assert twice.metric is not metric
    assert_array_equal(twice.metric, metric)


def test_parameters_of_the_source_are_out_of_reach():
    source = _source()
    model, pipeline = TransferLogisticRegression(source=source), _pipeline(source)
    with pytest.raises(ValueError, match=r"cannot set 'source__C': a source is never changed. .*set_params\(source="):
        model.set_params(source__C=2.0)
    with pytest.raises(ValueError, match="cannot set 'source__C': a source is never changed"):
        pipeline.set_params(transferlogisticregression__source__C=2.0)
    assert source.C == 1.0
    assert [name for name in model.get_params(deep=True) if name.split("__")[0] == "source"] == ["source"]
    inside = [name for name in pipeline.get_params(deep=True) if "source" in name.split("__")]
    assert inside == ["transferlogisticregression__source"]


def test_set_params_gives_another_source():
    first, second = _source(0), _source(5)
    X, y = _rows(30, 1)
    model = TransferLogisticRegression(source=first, C=0).fit(X, y)
    assert model.set_params(source=second) is model
    assert_array_equal(model.fit(X, y).coef_, second.coef_)
    assert_array_equal(model.set_params(source=None, C=1.0).fit(X, y).source_coef_, np.zeros((1, 3)))


def test_set_params_refuses_unknown_names():
    with pytest.raises(ValueError, match="Invalid parameter 'sources'"):
        TransferRidge().set_params(sources=None)


@pytest.mark.parametrize("twin", TWINS)
def test_repr_shows_the_source(twin):
    source = _source_for(twin)
    shown = repr(twin(source=source))
    assert shown == f"{twin.__name__}(source={source!r})"
    assert repr(twin()) == f"{twin.__name__}()"
    assert "Source('clinic', n_features=1" in repr(twin(source=Source([1.0], name="clinic")))


def _by_joblib(model):
    stream = io.BytesIO()
    joblib.dump(model, stream)
    stream.seek(0)
    return joblib.load(stream)


@pytest.mark.parametrize("there_and_back", [lambda model: pickle.loads(pickle.dumps(model)), _by_joblib])
@pytest.mark.parametrize("twin", TWINS)
def test_pickling_keeps_the_fit_and_the_source(twin, there_and_back):
    X, y = _rows(30, 1)
    source = _source_for(twin)
    model = twin(source=source)
    unfitted = there_and_back(model)
    model.fit(X, y)
    fitted = there_and_back(model)
    assert_array_equal(fitted.predict(X), model.predict(X))
    assert_array_equal(fitted.source.coef_, source.coef_)
    assert fitted.source_ == model.source_
    assert fitted.source_.alignment == model.source_.alignment
    assert_array_equal(unfitted.fit(X, y).coef_, model.coef_)
    assert_array_equal(fitted.fit(X, y).coef_, model.coef_)


def test_warm_start_changes_iterations_not_the_optimum():
    X, y = _rows(60, 1)
    options = {"source": _source(slopes=(-2.0, 1.0, 3.0)), "tol": 1e-10, "solver": "newton-cholesky"}
    cold = TransferLogisticRegression(**options).fit(X, y)
    warm = TransferLogisticRegression(warm_start=True, **options).fit(X, y)
    assert_array_equal(warm.n_iter_, cold.n_iter_)
    assert cold.n_iter_[0] > 2
    warm.fit(X, y)
    assert warm.n_iter_[0] == 1
    assert_allclose(warm.coef_, cold.coef_, rtol=1e-9)
    warm.set_params(C=1.01).fit(X, y)
    cold.set_params(C=1.01).fit(X, y)
    assert warm.n_iter_[0] < cold.n_iter_[0]
    assert_allclose(warm.coef_, cold.coef_, rtol=1e-8)


@pytest.mark.parametrize("metric", ["identity", "scale"])
def test_warm_start_survives_another_number_of_features_and_classes(metric):
    X, y = _rows(60, 1)
    model = TransferLogisticRegression(warm_start=True, metric=metric, tol=1e-9).fit(X, y)
    model.fit(X[:, :2], y)
    assert_allclose(model.coef_, clone(model).fit(X[:, :2], y).coef_, rtol=1e-6)
    y_three = y + (X[:, 2] > 0.5)
    model.fit(X[:, :2], y_three)
    assert_allclose(model.coef_, clone(model).fit(X[:, :2], y_three).coef_, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("twin", TWINS)
def test_feature_names_go_in_and_are_checked(twin):
    X, y = _rows(30, 1)
    frame = pd.DataFrame(X, columns=["age", "dose", "sex"])
    model = twin(source=_source_for(twin)).fit(frame, y)
    assert model.feature_names_in_.tolist() == ["age", "dose", "sex"]
    assert model.source_.feature_names == ("age", "dose", "sex")
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(frame[["sex", "age", "dose"]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X)
    assert not hasattr(twin().fit(X, y), "feature_names_in_")


def test_set_output_concerns_only_the_steps_before():
    X, y = _rows(30, 1)
    frame = pd.DataFrame(X, columns=["age", "dose", "sex"])
    source = _source()
    plain = _pipeline(source).fit(frame, y)
    framed = _pipeline(source).set_output(transform="pandas").fit(frame, y)
    assert_array_equal(framed[-1].coef_, plain[-1].coef_)
    assert framed[-1].feature_names_in_.tolist() == ["age", "dose", "sex"]
    assert isinstance(framed.predict_proba(frame), np.ndarray)
    assert not hasattr(TransferLogisticRegression(), "set_output")
