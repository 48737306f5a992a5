"""Leaves: rows that fall into the same leaf, and into no other, have the same column."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktransfer.representation import FrozenFeatures

OPTIONS = {"max_depth": 3, "random_state": 0}
FEW = {**OPTIONS, "n_estimators": 5}
MODELS = [
    DecisionTreeRegressor(**OPTIONS),
    DecisionTreeClassifier(**OPTIONS),
    RandomForestClassifier(**FEW),
    ExtraTreesRegressor(**FEW),
    RandomTreesEmbedding(**FEW),
    GradientBoostingRegressor(**FEW),
    GradientBoostingClassifier(**FEW),
]


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(60, 4))


@pytest.fixture
def y(X):
    return np.digitize(X[:, 0] + X[:, 1] * X[:, 2], [-0.5, 0.5])


@pytest.mark.parametrize("batch_size", ["auto", 7])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_columns_are_the_leaves(X, y, model, batch_size):
    model.fit(X, y)
    Z = FrozenFeatures(model, output="leaves", batch_size=batch_size).fit_transform(X)
    assert sparse.issparse(Z)
    fallen = np.asarray(model.apply(X)).reshape(len(X), -1)
    assert_array_equal(Z.sum(axis=1).ravel(), np.full(len(X), fallen.shape[1])[None])
    shown = Z.toarray()[:, np.asarray(Z.sum(axis=0)).ravel() > 0]  # a bootstrap's trees have leaves that X misses
    assert_array_equal(shown, OneHotEncoder(sparse_output=False).fit_transform(fallen))


@pytest.mark.parametrize("kind", [DecisionTreeRegressor, ExtraTreesRegressor, GradientBoostingRegressor])
def test_a_linear_model_of_the_leaves_can_be_the_trees(X, y, kind):
    model = kind(**(OPTIONS if kind is DecisionTreeRegressor else FEW)).fit(X, y)
    features = FrozenFeatures(model, output="leaves").fit(X)
    Z = features.transform(X)
    values = np.linalg.lstsq(Z.toarray(), model.predict(X), rcond=None)[0]
    assert_allclose(Z @ values, model.predict(X), rtol=0, atol=1e-10)


def test_names_and_types(X, y):
    features = FrozenFeatures(DecisionTreeRegressor(max_depth=1).fit(X, y), output="leaves").fit(X)
    assert features.get_feature_names_out().tolist() == ["tree0_leaf1", "tree0_leaf2"]
    assert features.transform(X.astype(np.float32)).dtype == np.float32
    assert features.transform(X).dtype == np.float64
    assert features.set_params(sparse_output=False).transform(X).shape == (60, 2)


def test_auto_are_the_scores(X, y):
    boosting = GradientBoostingClassifier(**FEW).fit(X, y)
    assert_array_equal(FrozenFeatures(boosting).fit_transform(X), boosting.decision_function(X))
    forest = RandomForestRegressor(**FEW).fit(X, y)
    assert_array_equal(FrozenFeatures(forest).fit_transform(X)[:, 0], forest.predict(X))
    embedding = RandomTreesEmbedding(**FEW).fit(X)
    assert_array_equal(FrozenFeatures(embedding).fit_transform(X).toarray(), embedding.transform(X).toarray())


def test_leaves_of_what_has_none_are_refused(X, y):
    with pytest.raises(
        ValueError, match="HistGradientBoostingRegressor has no output 'leaves'; it has 'auto', 'predict'"
    ):
        FrozenFeatures(HistGradientBoostingRegressor(max_iter=2).fit(X, y), output="leaves").fit(X)
