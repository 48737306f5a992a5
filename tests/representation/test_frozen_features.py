"""FrozenFeatures as a transformer: parameters, tables, caches, lists of models, what is refused."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from sktransfer.linear_model import TransferRidge
from sktransfer.representation import FrozenFeatures


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(40, 4))


@pytest.fixture
def y(X):
    return np.tanh(X @ [1.0, -1.0, 0.5, 0.0])


@pytest.fixture
def network(X, y):
    options = {"hidden_layer_sizes": (6, 5), "solver": "lbfgs", "max_iter": 2000, "random_state": 0}
    return MLPRegressor(**options).fit(X, y)


# ---- a model is a hyper-parameter


def test_clones_share_the_model_and_parameters_do_not_reach_into_it(X):
    model = PCA(2).fit(X)
    features = FrozenFeatures([model, model], layer=None, batch_size=3)
    twin = clone(clone(features))
    assert twin.model is features.model
    assert twin.get_params() == features.get_params()
    assert not any(name.startswith("model__") for name in FrozenFeatures(model).get_params(deep=True))
    with pytest.raises(ValueError, match="cannot set 'model__n_components': a source is never changed"):
        FrozenFeatures(model).set_params(model__n_components=1)


def test_pickles(X, network, tmp_path):
    features = FrozenFeatures(network, layer=1).fit(X)
    joblib.dump(features, tmp_path / "features")
    for copy in (pickle.loads(pickle.dumps(features)), joblib.load(tmp_path / "features")):
        assert_array_equal(copy.transform(X), features.transform(X))


def test_a_search_in_a_pipeline_leaves_the_model_fitted(X, y, network):
    before = pickle.dumps(network)
    pipeline = make_pipeline(StandardScaler(), FrozenFeatures(network), TransferRidge())
    grid = {"frozenfeatures__layer": [None, 1, 2], "transferridge__alpha": [0.1, 10.0]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    assert search.best_estimator_[1].model is network
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert np.isfinite(cross_val_score(pipeline, X, y, cv=3, n_jobs=2)).all()
    assert pickle.dumps(network) == before


def test_a_search_over_models(X, y):
    models = [FrozenEstimator(PCA(k).fit(X)) for k in (1, 3)]
    pipeline = make_pipeline(FrozenFeatures(models[0]), Ridge())
    search = GridSearchCV(pipeline, {"frozenfeatures__model": models}, cv=3).fit(X, y)
    assert search.best_estimator_[0].model is models[1]
    bare = GridSearchCV(pipeline, {"frozenfeatures__model": [PCA(2).fit(X)]}, cv=3, error_score="raise")
    with pytest.raises(NotFittedError, match="scikit-learn clones what stands in a grid; wrap it in FrozenEstimator"):
        bare.fit(X, y)


def test_fit_takes_what_it_checked(X):
    features = FrozenFeatures(PCA(2).fit(X)).fit(X)
    wanted = features.transform(X)
    features.set_params(model=PCA(1).fit(X))
    assert_array_equal(features.transform(X), wanted)
    assert features.fit(X).transform(X).shape == (40, 1)


# ---- tables


def test_set_output(X, network):
    frame = pd.DataFrame(X, columns=list("abcd"), index=np.arange(40) + 7)
    features = FrozenFeatures(network, layer=[1, None], passthrough=True).fit(frame)
    names = features.get_feature_names_out().tolist()
    assert names == [*(f"mlpregressor__hidden1_{k}" for k in range(6)), "mlpregressor__mlpregressor", *"abcd"]
    table = features.set_output(transform="pandas").transform(frame)
    assert table.columns.tolist() == names
    assert_array_equal(table.index, frame.index)
    assert_array_equal(table[list("abcd")], frame)
    assert_array_equal(table.to_numpy(), features.set_output(transform="default").transform(frame))


def test_polars(X, network):
    frame = polars.DataFrame(X, schema=list("abcd"))
    model = StandardScaler().fit(frame[["d", "a"]])
    features = FrozenFeatures([model, network], batch_size=9).set_output(transform="polars").fit(frame)
    table = features.transform(frame)
    assert isinstance(table, polars.DataFrame)
    assert table.columns == ["standardscaler__d", "standardscaler__a", "mlpregressor__mlpregressor"]
    wanted = np.column_stack([model.transform(frame[["d", "a"]]), network.predict(X)])
    assert_allclose(table.to_numpy(), wanted, rtol=1e-12)


def test_in_a_column_transformer(X):
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = StandardScaler().fit(frame[["b", "c"]])
    columns = make_column_transformer((FrozenFeatures(model), ["b", "c"]), ("passthrough", ["a"]))
    table = columns.set_output(transform="pandas").fit_transform(frame)
    assert table.columns.tolist() == ["frozenfeatures__b", "frozenfeatures__c", "passthrough__a"]
    assert_array_equal(table.to_numpy(), np.column_stack([model.transform(frame[["b", "c"]]), X[:, 0]]))


def test_sparse_features_are_no_tables_of_pandas_unless_told_otherwise(X):
    frame = pd.DataFrame(np.round(X), columns=list("abcd"))
    features = FrozenFeatures(OneHotEncoder().fit(frame)).set_output(transform="pandas").fit(frame)
    with pytest.raises(ValueError, match=r"(outputs|support) .*sparse"):
        features.transform(frame)
    assert features.set_params(sparse_output=False).transform(frame).shape[0] == 40


def test_wrong_columns_after_the_fit(X, network):
    features = FrozenFeatures(network).fit(pd.DataFrame(X, columns=list("abcd")))
    with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
        features.transform(pd.DataFrame(X, columns=list("abdc")))
    with pytest.raises(ValueError, match="X has 3 features, but FrozenFeatures is expecting 4"):
        FrozenFeatures(network).fit(X).transform(X[:, :3])
    with pytest.raises(NotFittedError, match="This FrozenFeatures instance is not fitted yet"):
        FrozenFeatures(network).transform(X)


# ---- several models, and the rows beside them


def test_scores_of_several_sources_stand_side_by_side(X, y):
    models = [Ridge().fit(X[:20], y[:20]), Ridge().fit(X[20:], y[20:]), LogisticRegression().fit(X, np.sign(y))]
    features = FrozenFeatures(models, batch_size=11).fit(X)
    wanted = np.column_stack([models[0].predict(X), models[1].predict(X), models[2].decision_function(X)])
    assert_allclose(features.transform(X), wanted, rtol=1e-12)
    assert features.get_feature_names_out().tolist() == [
        "ridge-1__ridge",
        "ridge-2__ridge",
        "logisticregression__logisticregression",
    ]
    beside = FrozenFeatures(models, passthrough=True).fit_transform(X)
    assert_allclose(beside, np.hstack([wanted, X]), rtol=1e-12)


def test_stacking_finds_the_source_that_is_right(X, y):
    models = [Ridge(1e-6).fit(X, X @ slopes) for slopes in np.eye(4)]
    stack = make_pipeline(FrozenFeatures(models), Ridge(1e-8)).fit(X[:10], X[:10] @ [0.0, 2.0, 0.0, -1.0])
    assert_allclose(stack[-1].coef_, [0.0, 2.0, 0.0, -1.0], rtol=0, atol=1e-5)


def test_sparse_and_dense_features_side_by_side(X, y):
    tree = DecisionTreeRegressor(max_depth=2).fit(X, y)
    features = FrozenFeatures(tree, output="leaves", passthrough=True).fit(X)
    Z = features.transform(sparse.csc_array(X))
    assert sparse.issparse(Z)
    assert_array_equal(Z.toarray()[:, -4:], X)
    assert Z.shape[1] == len(features.get_feature_names_out()) == tree.get_n_leaves() + 4


# ---- the cache


class Counts:
    """How often rows went through each depth of a network: a function to be cached by its content."""

    calls = []

    def __call__(self, rows):
        Counts.calls.append(len(rows))
        return rows**2


def test_the_cache_is_by_content_of_model_and_rows(X, tmp_path):
    Counts.calls.clear()
    for memory in (tmp_path, str(tmp_path), joblib.Memory(str(tmp_path), verbose=0)):
        features = FrozenFeatures(Counts(), memory=memory).fit(X)
        assert_array_equal(features.transform(X.copy()), X**2)
        assert_array_equal(clone(features).fit(X).transform(X), X**2)
    assert [calls for calls in Counts.calls if calls > 1] == [40]  # fits look at one row
    assert_array_equal(features.transform(X[:20]), X[:20] ** 2)
    assert_array_equal(features.transform(X.astype(np.float32)), X.astype(np.float32) ** 2)
    assert [calls for calls in Counts.calls if calls > 1] == [40, 20, 40]
    assert_array_equal(features.set_params(batch_size=7).transform(X), X**2)
    assert [calls for calls in Counts.calls if calls > 1] == [40, 20, 40]


def passes(memory):
    """How many passes a cache holds."""
    return len(list(memory.rglob("output.pkl")))


def test_a_search_over_layers_passes_rows_once(X, y, network, tmp_path):
    pipeline = make_pipeline(FrozenFeatures(network, memory=tmp_path, cache_layers=[1, 2, None]), Ridge())
    grid = {"frozenfeatures__layer": [1, 2, None, [1, 2]]}
    search = GridSearchCV(pipeline, grid, cv=3, refit=False).fit(X, y)
    assert passes(tmp_path) == 2 * 3  # training and test rows of three folds
    plain = GridSearchCV(make_pipeline(FrozenFeatures(network), Ridge()), grid, cv=3, refit=False).fit(X, y)
    assert_array_equal(search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    other = FrozenFeatures(network, layer=1, memory=tmp_path, cache_layers=[2]).fit(X).transform(X)
    assert_array_equal(other, FrozenFeatures(network, layer=1).fit_transform(X))


def test_a_model_that_is_trained_on_is_another(X, y, tmp_path):
    model = Ridge().fit(X, y)
    features = FrozenFeatures(model, memory=tmp_path).fit(X)
    assert_array_equal(features.transform(X)[:, 0], model.predict(X))
    model.fit(X, -y)
    assert_array_equal(features.transform(X)[:, 0], model.predict(X))
    assert passes(tmp_path) == 2


# ---- what is refused, and what stays silent


@pytest.mark.parametrize(
    ("model", "name"),
    [(None, "a NoneType"), (3, "a int"), (object(), "a object"), (PCA, "the class PCA"), (np.eye(2), "a ndarray")],
)
def test_what_is_no_model_is_refused_with_what_is(X, model, name):
    kinds = r"a Keras 3 model, a fitted MLPClassifier.* a function of the rows.* a torch.nn.Module.*ONNX file"
    with pytest.raises(TypeError, match=rf"FrozenFeatures\(model=...\) takes {kinds}.*; got {name}"):
        FrozenFeatures(model).fit(X)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": []}, "model is an empty list"),
        ({"layer": []}, "layer is an empty list"),
        ({"cache_layers": [1]}, "cache_layers says what is kept in memory=, which is None"),
        ({"cache_layers": [7], "memory": "there"}, "has no layer 7; it has 1, 2"),
        ({"batch_size": 0}, "'batch_size' parameter of FrozenFeatures must be"),
        ({"batch_size": "all"}, "'batch_size' parameter of FrozenFeatures must be"),
        ({"output": "scores"}, "'output' parameter of FrozenFeatures must be"),
        ({"layer": 1.0}, "'layer' parameter of FrozenFeatures must be"),
        ({"memory": 3}, "'memory' parameter of FrozenFeatures must be"),
        ({"passthrough": "yes"}, "'passthrough' parameter of FrozenFeatures must be"),
    ],
)
def test_bad_parameters_are_refused(X, network, options, message):
    with pytest.raises(ValueError, match=message):
        FrozenFeatures(**{"model": network, **options}).fit(X)


def test_nothing_is_printed(X, network, capfd):
    FrozenFeatures(network, layer=1, batch_size=1).fit(X).transform(X)
    FrozenFeatures(network, layer=1, batch_size=1, verbose=True).fit(X).transform(X)  # stderr is no terminal
    assert capfd.readouterr() == ("", "")


def test_a_bar_where_it_is_wanted(X, network, monkeypatch, capfd):
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    shown = []
    monkeypatch.setattr(tqdm, "tqdm", lambda steps, **options: shown.append((len(steps), options["desc"])) or steps)
    FrozenFeatures(network, batch_size=10, verbose=True).fit(X).transform(X)
    FrozenFeatures(network, batch_size=10).fit(X).transform(X)
    FrozenFeatures(network, verbose=True).fit(X).transform(X)
    assert shown == [(4, "mlpregressor")]


def test_optional_packages_are_not_imported():
    code = (
        "import sys, numpy as np; from sklearn.decomposition import PCA\n"
        "from sktransfer.representation import FrozenFeatures\n"
        "X = np.eye(4); FrozenFeatures([PCA(2).fit(X), np.exp]).fit_transform(X)\n"
        "sys.exit(bool({'torch', 'keras', 'onnxruntime', 'tqdm'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
