"""scikit-learn estimators: what their own methods give, of their own columns, and nothing of anybody's changed."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.semi_supervised import LabelPropagation
from sklearn.svm import SVC

from sktransfer.linear_model import TransferRidge
from sktransfer.representation import FrozenFeatures
from sktransfer.representation._readers import read


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(40, 4))


@pytest.fixture
def y(X):
    return np.digitize(X[:, 0] + 0.1 * X[:, 1], [-0.5, 0.5])


AUTO = {
    PCA(2): "transform",
    KMeans(3, n_init=1, random_state=0): "transform",
    LogisticRegression(): "decision_function",
    RidgeClassifier(): "decision_function",
    GaussianNB(): "predict_proba",
    LabelPropagation(): "predict_proba",
    Ridge(): "predict",
    KNeighborsRegressor(algorithm="brute"): "predict",  # trees of neighbours count how often they are asked
    TransferRidge(): "predict",
}


@pytest.mark.parametrize("batch_size", ["auto", 1, 7, 100])
@pytest.mark.parametrize("model", AUTO, ids=lambda model: type(model).__name__)
def test_auto_is_the_first_method_there_is(X, y, model, batch_size):
    model.fit(X, y)
    before = pickle.dumps(model)
    wanted = getattr(model, AUTO[model])(X).reshape(len(X), -1)
    for output in ("auto", AUTO[model]):
        features = FrozenFeatures(model, output=output, batch_size=batch_size).fit(X)
        assert_allclose(features.transform(X), wanted, rtol=1e-12, atol=1e-12)
    assert pickle.dumps(model) == before


def test_any_method_can_be_asked_for(X, y):
    model = LogisticRegression().fit(X, y)
    for output in ("decision_function", "predict_proba", "predict"):
        wanted = getattr(model, output)(X).reshape(len(X), -1)
        assert_array_equal(FrozenFeatures(model, output=output).fit_transform(X), wanted)
    with pytest.raises(ValueError, match=r"no output 'transform'; it has 'auto', 'decision_function', 'predict_proba'"):
        FrozenFeatures(model, output="transform").fit(X)
    with pytest.raises(ValueError, match="LogisticRegression has no layer 1; only its end can be had"):
        FrozenFeatures(model, layer=1).fit(X)


class Labels(ClassifierMixin, BaseEstimator):
    """A classifier without scores."""

    def fit(self, X, y):
        self.scored_ = LogisticRegression().fit(X, y)
        return self

    def predict(self, X):
        return self.scored_.predict(X)


def test_labels_are_no_features_unless_they_are_asked_for(X, y):
    model = Labels().fit(X, y)
    with pytest.raises(ValueError, match=r"Labels gives labels, no scores. Say output='predict' if"):
        FrozenFeatures(model).fit(X)
    assert_array_equal(FrozenFeatures(model, output="predict").fit_transform(X)[:, 0], model.predict(X))
    with pytest.raises(ValueError, match=r"predict of Labels gives <U3 values, and features are numbers"):
        FrozenFeatures(Labels().fit(X, np.where(y > 0, "yes", "no.")), output="predict").fit(X)


def test_probabilities_of_several_outputs_stand_side_by_side(X, y):
    model = MultiOutputClassifier(LogisticRegression()).fit(X, np.column_stack([y, y > 0]))
    wanted = np.hstack(model.predict_proba(X))
    features = FrozenFeatures(model).fit(X)
    assert_array_equal(features.transform(X), wanted)
    assert features.get_feature_names_out().tolist() == [f"multioutputclassifier_{k}" for k in range(5)]


@pytest.mark.parametrize("wrap", [FrozenEstimator, lambda model: FrozenEstimator(FrozenEstimator(model))])
def test_wrappers_are_looked_through(X, y, wrap):
    model = PCA(2).fit(X)
    assert_array_equal(FrozenFeatures(wrap(model)).fit_transform(X), model.transform(X))
    search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}).fit(X, y)
    assert_array_equal(FrozenFeatures(search).fit_transform(X)[:, 0], search.predict(X))


@pytest.mark.parametrize("model", [PCA(), GridSearchCV(Ridge(), {}), make_pipeline(StandardScaler(), PCA())])
def test_models_that_are_not_fitted(X, model):
    with pytest.raises(NotFittedError, match=r"is not fitted. Fit it first.*wrap it in FrozenEstimator"):
        FrozenFeatures(model).fit(X)


def test_float32_stays(X):
    model = PCA(2).fit(X.astype(np.float32))
    assert FrozenFeatures(model).fit_transform(X.astype(np.float32)).dtype == np.float32
    both = FrozenFeatures(model, passthrough=True).fit_transform(X.astype(np.float32))
    assert both.dtype == np.float32


def test_columns_of_frames_go_by_name(X):
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = StandardScaler().fit(frame[["c", "a"]])
    features = FrozenFeatures(model).fit(frame)
    wanted = model.transform(frame[["c", "a"]])
    assert_array_equal(features.transform(frame), wanted)
    assert features.get_feature_names_out().tolist() == ["c", "a"]
    assert_array_equal(FrozenFeatures(model).fit_transform(frame[["c", "a"]]), wanted)
    with pytest.raises(ValueError, match=r"X lacks columns that the StandardScaler.*: \['c'\]. X has \['a', 'b'\]"):
        FrozenFeatures(model).fit(frame[["a", "b"]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        assert_array_equal(features.transform(X), wanted)


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_model_without_names_takes_frames_by_position(X):
    model = StandardScaler().fit(X)
    frame = pd.DataFrame(X, columns=list("abcd"))
    features = FrozenFeatures(model).fit(frame)
    assert_array_equal(features.transform(frame), model.transform(X))
    assert features.get_feature_names_out().tolist() == list("abcd")


def test_a_wrong_number_of_columns_is_refused(X):
    with pytest.raises(ValueError, match="X has 3 columns, but the PCA in FrozenFeatures was fitted on 4"):
        FrozenFeatures(PCA(2).fit(X)).fit(X[:, :3])
    with pytest.raises(ValueError, match=r"input_shape=\(2, 2\) is for networks and functions; a PCA takes a table"):
        FrozenFeatures(PCA(2).fit(X), input_shape=(2, 2)).fit(X)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array])
def test_sparse_rows(X, y, form):
    model = LogisticRegression().fit(X, y)
    assert_allclose(FrozenFeatures(model, batch_size=7).fit_transform(form(X)), model.decision_function(X), rtol=1e-12)


def test_sparse_features_stay_sparse_unless_told_otherwise(X):
    categories = np.round(X).astype(int)
    model = OneHotEncoder().fit(categories)
    kept = FrozenFeatures(model, batch_size=9).fit_transform(categories)
    assert sparse.issparse(kept)
    dense = FrozenFeatures(model, sparse_output=False).fit_transform(categories)
    assert_array_equal(kept.toarray(), model.transform(categories).toarray())
    assert_array_equal(dense, kept.toarray())


def test_words_go_to_models_that_take_them():
    frame = pd.DataFrame({"town": ["a", "b", "a"], "size": [1.0, 2.0, 3.0]})
    model = OneHotEncoder().fit(frame[["town"]])
    features = FrozenFeatures(model, sparse_output=False).fit(frame)
    assert_array_equal(features.transform(frame), [[1, 0], [0, 1], [1, 0]])
    assert features.get_feature_names_out().tolist() == ["town_a", "town_b"]


@pytest.mark.parametrize("form", [np.array, np.asfortranarray, pd.DataFrame, sparse.csr_matrix])
def test_models_that_work_in_place_get_a_copy(X, form):
    X = np.abs(X)
    wanted, rows = 2 * X, form(X)
    model = make_pipeline(StandardScaler(copy=False, with_mean=False), StandardScaler(copy=False, with_mean=False))
    model.fit(form(X.copy()))
    wanted = model.transform(form(X.copy()))
    got = FrozenFeatures(model).fit_transform(rows)
    dense = [each.toarray() if sparse.issparse(each) else np.asarray(each) for each in (got, wanted, rows)]
    assert_array_equal(dense[0], dense[1])
    assert_array_equal(dense[2], X)


def test_functions_that_write_into_their_rows_are_stopped(X):
    def doubles(rows):
        rows *= 2
        return rows

    before = X.copy()
    with pytest.raises(ValueError, match="read-only"):
        FrozenFeatures(FunctionTransformer(doubles)).fit(X)
    assert_array_equal(X, before)


def test_tables_that_models_give(X):
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = StandardScaler().set_output(transform="pandas").fit(frame)
    got = FrozenFeatures(model).fit_transform(frame)
    assert isinstance(got, np.ndarray)
    assert_array_equal(got, model.transform(frame).to_numpy())
    mixed = FunctionTransformer(lambda rows: pd.DataFrame({"high": rows[:, 0] > 0, "size": rows[:, 1]})).fit(X)
    assert_array_equal(FrozenFeatures(mixed).fit_transform(X), np.column_stack([X[:, 0] > 0, X[:, 1]]))


def test_names_of_scores(X, y):
    names = {
        LogisticRegression(): ["logisticregression_a", "logisticregression_b", "logisticregression_c"],
        SVC(decision_function_shape="ovo"): ["svc_a", "svc_b", "svc_c"],  # as many pairs as classes
        PCA(2): ["pca0", "pca1"],
        FunctionTransformer(np.exp): [f"functiontransformer_{k}" for k in range(4)],
    }
    for model, wanted in names.items():
        features = FrozenFeatures(model.fit(X, np.array(list("abc"))[y])).fit(X)
        assert features.get_feature_names_out().tolist() == wanted
    binary = FrozenFeatures(LogisticRegression().fit(X, y > 0)).fit(X)
    assert binary.get_feature_names_out().tolist() == ["logisticregression"]
    both = FrozenFeatures(Ridge().fit(X, np.column_stack([y, y]))).fit(X)
    assert both.get_feature_names_out().tolist() == ["ridge_0", "ridge_1"]


def test_a_model_without_layers_has_no_head(X):
    with pytest.raises(ValueError, match="PCA has no last linear layer that can be read"):
        read(PCA(2).fit(X)).head()
