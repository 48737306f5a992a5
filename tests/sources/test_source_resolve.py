"""resolve, no source at all, the union of classes, and what importing costs."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer.sources import Source, SourceData, resolve, unite_classes

X = np.random.default_rng(0).normal(size=(30, 2))
y = X @ [1.0, 2.0]


def test_no_source_is_zero_everywhere():
    null = resolve(None)
    assert null.is_null
    assert null == pickle.loads(pickle.dumps(null)) == copy.deepcopy(null)
    assert hash(null) == hash(resolve(None))
    assert null != 0
    assert resolve(null) is null
    assert repr(null) == "NullSource()"
    null.require_link("log", "anyone")


@pytest.mark.parametrize(
    ("target", "n_rows", "n_known"),
    [
        ({}, 1, 1),
        ({"n_outputs": 3}, 3, 3),
        ({"classes": [0, 1]}, 1, 2),
        ({"classes": ["a", "b", "c"]}, 3, 3),
        ({"feature_names": ["x", "y", "z", "w"]}, 1, 1),
    ],
)
def test_no_source_in_every_layout(target, n_rows, n_known):
    source = resolve(None).align(n_features=4, **target)
    assert isinstance(source, Source)
    assert source.is_null
    assert source.coef.shape == (n_rows, 4)
    assert source.intercept.shape == (n_rows,)
    assert not source.coef.any()
    assert not source.intercept.any()
    assert source.precision is None
    report = source.alignment
    assert report.known_features.tolist() == [False] * 4
    assert report.known_classes.tolist() == [False] * n_known
    assert report.added_features == tuple(target.get("feature_names", range(4)))
    assert report.added_classes == tuple(target.get("classes", ()))
    source.require_link("log", "anyone")
    again = source.align(n_features=4, **target)
    assert again.is_null


def test_what_is_accepted():
    source = Source([1.0, 2.0])
    assert resolve(source) is source
    model = Ridge().fit(X, y)
    expected = Source.from_estimator(model)
    for form in (model, FrozenEstimator(model), GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(X, y)):
        assert resolve(form) == expected
    assert resolve(make_pipeline(StandardScaler(), Ridge()).fit(X, y)).n_features == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (SourceData(X, y), "SourceData, which holds rows. Fit a model on these rows.*AlphaWeightedRegressor"),
        (Ridge, "the class Ridge. Give a fitted instance"),
        ([[Source([1.0])]], r"a list in source= holds sources, got \[Source.* in it. Leave it out"),
        ((1.0, 2.0), r"got float. If these are coefficients, give Source\(coef, intercept\)"),
        ({"coef": [1.0]}, "got a dict. Give a list for several sources"),
        (np.ones(3), r"got ndarray.*Source\(coef, intercept\)"),
        ("model.npz", "got str"),
        (3, "got int"),
        (StandardScaler(), "a StandardScaler cannot be read"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(TypeError, match=message):
        resolve(given)


def test_what_is_not_fitted():
    with pytest.raises(NotFittedError, match="clones what stands in a grid"):
        resolve(LogisticRegression())


@pytest.mark.parametrize(
    ("mine", "theirs", "united"),
    [
        ([0, 1], [1, 2], [0, 1, 2]),
        (["b", "c"], ["a", "b"], ["a", "b", "c"]),
        ([0, 1], [0.0, 1.0, 1.5], [0, 1, 1.5]),
        ([False, True], [False, True], [False, True]),
        ([5, 3], [3, 4, 5], [3, 4, 5]),
    ],
)
def test_union_and_target(mine, theirs, united):
    source = Source(np.ones(1), classes=mine)
    assert unite_classes(source, theirs).tolist() == united
    assert unite_classes(source, np.array(theirs), "target").tolist() == theirs
    assert unite_classes(resolve(None), np.array(theirs)).tolist() == theirs


def test_objects_stay_objects():
    labels = np.array(["a", "b"], dtype=object)
    united = unite_classes(Source([1.0], classes=["b", "c"]), labels)
    assert united.dtype == object
    assert united.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("classes", "labels", "policy", "message"),
    [
        ([0, 1], ["0", "1"], "union", "cannot be sorted together.*[Ll]abel types must match"),
        (["0", "1"], [0, 1], "target", "cannot be sorted together"),
        ([0, 1], [2, 3], "union", "no class in common"),
        ([0, 1], [2, 3], "target", "no class in common"),
        ([0, 1], [0, 1], "all", "must be 'union' or 'target', got 'all'"),
        (None, [0, 1], "union", "wrong family"),
    ],
)
def test_classes_that_do_not_fit(classes, labels, policy, message):
    with pytest.raises(ValueError, match=message):
        unite_classes(Source([1.0], classes=classes), labels, policy)


def test_importing_the_room_loads_nothing_of_scikit_learn():
    code = "import sys, sktransfer.sources; print(sorted(m for m in sys.modules if m.startswith('sklearn'))[:3])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
    assert printed.stderr == ""


def test_reading_a_model_loads_no_heavy_module():
    code = (
        "import sys, sklearn.linear_model as lm; before = set(sys.modules)\n"
        "from sktransfer.sources import resolve\n"
        "resolve(lm.Ridge().fit([[0.0], [1.0]], [0.0, 1.0]))\n"
        "print(sorted(m for m in set(sys.modules) - before if m.startswith('sklearn')))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
