"""Pipelines: the features of the last step, of what the steps before it give."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sktransfer.representation import FrozenFeatures


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(30, 4))


def _network():
    return MLPRegressor(hidden_layer_sizes=5, max_iter=3, random_state=0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("batch_size", ["auto", 7])
def test_layers_and_leaves_are_those_of_the_last_step(X, batch_size):
    network = make_pipeline(StandardScaler(), PCA(3), _network()).fit(X, X[:, 0])
    inside = network[:-1].transform(X)
    features = FrozenFeatures(network, layer=1, batch_size=batch_size).fit(X)
    assert_allclose(features.transform(X), FrozenFeatures(network[-1], layer=1).fit_transform(inside), rtol=1e-12)
    assert features.get_feature_names_out().tolist() == [f"hidden1_{k}" for k in range(5)]
    with pytest.raises(ValueError, match="has no layer 2; it has 1"):
        FrozenFeatures(network, layer=2).fit(X)
    forest = make_pipeline(StandardScaler(), RandomForestRegressor(3, random_state=0)).fit(X, X[:, 0])
    leaves = FrozenFeatures(forest, output="leaves", batch_size=batch_size).fit_transform(X)
    wanted = FrozenFeatures(forest[-1], output="leaves").fit_transform(forest[0].transform(X))
    assert_array_equal(leaves.toarray(), wanted.toarray())


def test_what_the_pipeline_gives(X):
    reduced = make_pipeline(StandardScaler(), PCA(2)).fit(X)
    features = FrozenFeatures(reduced).fit(X)
    assert_array_equal(features.transform(X), reduced.transform(X))
    assert features.get_feature_names_out().tolist() == ["pca0", "pca1"]
    scored = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, X[:, 0] > 0)
    features = FrozenFeatures(scored).fit(X)
    assert_array_equal(features.transform(X)[:, 0], scored.decision_function(X))
    assert features.get_feature_names_out().tolist() == ["logisticregression"]
    ending = make_pipeline(StandardScaler(), "passthrough").fit(X)
    assert_array_equal(FrozenFeatures(ending).fit_transform(X), ending.transform(X))


@pytest.mark.filterwarnings("error::UserWarning")
def test_mixed_columns_go_in_as_they_are(X):
    frame = pd.DataFrame({"town": list("abc") * 10, "spare": 0.0, "size": X[:, 0]})
    own = frame[["size", "town"]]
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["town"]), (StandardScaler(), ["size"])), LogisticRegression()
    ).fit(own, X[:, 1] > 0)
    assert_array_equal(FrozenFeatures(model).fit_transform(frame)[:, 0], model.decision_function(own))
