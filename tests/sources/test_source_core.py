"""Source: immutable, its own copies, equal by content, and strict about what it is given."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone

from sktransfer.sources import Source


def full(**changes):
    arguments = {
        "coef": [[1.0, -2.0], [0.5, 0.0], [0.0, 3.0]],
        "intercept": [0.1, 0.2, 0.3],
        "precision": np.diag(np.arange(1.0, 10.0)),
        "classes": ["a", "b", "c"],
        "feature_names": ["age", "dose"],
        "n_samples": 12,
        "name": "last year",
    }
    return Source(**(arguments | changes))


def test_shapes_are_scikit_learns():
    one = Source([1.0, 2.0], 0.5)
    assert (one.coef.shape, one.intercept.shape, one.n_features, one.n_outputs) == ((2,), (), 2, 1)
    row = Source([[1.0, 2.0]], [0.5])
    assert (row.coef.shape, row.intercept.shape, row.n_outputs) == ((1, 2), (1,), 1)
    many = Source(np.ones((3, 2)))
    assert (many.intercept.shape, many.n_outputs, many.link, many.alignment) == ((3,), 3, None, None)
    assert full().link == "logit"
    assert not full().is_null


def test_two_rows_for_two_classes_become_their_difference():
    root = np.random.default_rng(0).normal(size=(6, 6))
    source = Source([[1.0, 2.0], [4.0, 3.0]], [1.0, 5.0], classes=[0, 1], precision=root @ root.T)
    np.testing.assert_allclose(source.coef, [[3.0, 1.0]])
    np.testing.assert_allclose(source.intercept, [4.0])
    # the difference's covariance is D Cov D'
    difference = np.array([[-1, 0, 1, 0, 0, 0], [0, -1, 0, 1, 0, 0], [0, 0, 0, 0, -1, 1]])
    covariance = difference @ np.linalg.inv(root @ root.T) @ difference.T
    np.testing.assert_allclose(source.precision, np.linalg.inv(covariance), rtol=1e-8)


def test_copies_and_leaves_the_users_arrays_alone():
    coef, intercept, precision = np.ones((1, 2)), np.zeros(1), np.eye(3)
    classes = np.array([0, 1])
    source = Source(coef, intercept, precision=precision, classes=classes)
    assert all(a.flags.writeable for a in (coef, intercept, precision, classes))
    coef[:], intercept[:], precision[:], classes[:] = 9, 9, 9, 9
    assert source == Source([[1.0, 1.0]], [0.0], precision=np.eye(3), classes=[0, 1])


@pytest.mark.parametrize("attribute", ["coef", "intercept", "precision", "classes"])
def test_arrays_handed_out_cannot_be_written_or_unlocked(attribute):
    array = getattr(full(), attribute)
    with pytest.raises(ValueError, match="read-only"):
        array[...] = array
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True


@pytest.mark.parametrize("attribute", ["coef", "name", "n_features", "something"])
def test_attributes_cannot_be_set_or_deleted(attribute):
    with pytest.raises(AttributeError, match="immutable"):
        setattr(full(), attribute, 1)
    with pytest.raises(AttributeError, match="immutable"):
        delattr(full(), attribute)


def by_joblib(source):
    buffer = io.BytesIO()
    joblib.dump(source, buffer)
    buffer.seek(0)
    return joblib.load(buffer)


@pytest.mark.parametrize("round_trip", [lambda s: pickle.loads(pickle.dumps(s)), by_joblib])
@pytest.mark.parametrize(
    "source",
    [full(), Source([1.0]), full().align(n_features=1, feature_names=["age"], classes=["b", "z", "a"])],
)
def test_pickles(source, round_trip):
    back = round_trip(source)
    assert back == source
    assert hash(back) == hash(source)
    assert not back.coef.flags.writeable
    assert back.alignment == source.alignment


def test_copies_are_itself():
    source = full()
    for made in (copy.copy(source), copy.deepcopy(source), clone(source, safe=False)):
        assert made is source
    alignment = source.align(n_features=2, classes=["a", "b", "c"]).alignment
    assert copy.deepcopy(alignment) is alignment
    assert copy.copy(alignment) is alignment


@pytest.mark.parametrize(
    "changes",
    [
        {"coef": np.ones((3, 2))},
        {"intercept": 0.0},
        {"precision": None},
        {"classes": ["a", "b", "d"]},
        {"feature_names": None},
        {"n_samples": 13},
        {"name": None},
        {"link": "identity"},
    ],
)
def test_equality_and_hash_are_by_content(changes):
    assert full() == full()
    assert hash(full()) == hash(full())
    assert full() != full(**changes)


def test_equality_beyond_content():
    assert Source([0.0]) == Source([-0.0])
    assert hash(Source([0.0])) == hash(Source([-0.0]))
    assert Source([1.0]) != Source([[1.0]])
    assert Source([1.0]) != 1
    assert full().align(n_features=2, classes=["a", "b", "c"]).alignment != 1


def test_repr_is_short():
    assert repr(full()) == ("Source('last year', n_features=2, classes=['a', 'b', 'c'], link='logit', precision=yes)")
    assert repr(Source([1.0])) == "Source(n_features=1, n_outputs=1, link=None, precision=no)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"coef": [np.nan, 1.0]}, "coef must be finite"),
        ({"coef": None}, "coef must hold numbers, got None"),
        ({"coef": ["a", "b"]}, "coef must hold numbers"),
        ({"coef": np.empty(0)}, "at least one feature"),
        ({"coef": np.empty((3, 0))}, "at least one feature"),
        ({"coef": 1.0}, "must have shape"),
        ({"coef": np.ones((1, 1, 1))}, "must have shape"),
        ({"intercept": np.inf}, "intercept must be finite"),
        ({"intercept": [1.0, 2.0]}, r"shape \(3,\)"),
        ({"intercept": [1.0]}, r"shape \(3,\)"),
        ({"precision": np.eye(8)}, r"\(9, 9\)"),
        ({"precision": np.eye(9) + np.eye(9, k=1)}, "symmetric"),
        ({"precision": -np.eye(9)}, "semidefinite"),
        ({"precision": np.ones((9, 9)) - np.eye(9)}, "semidefinite"),
        ({"precision": np.full((9, 9), np.nan)}, "precision must be finite"),
        ({"classes": ["a", "b"]}, "match the rows"),
        ({"classes": ["a"]}, "match the rows"),
        ({"classes": ["a", "b", "b"]}, "unique"),
        ({"classes": ["a", 1, 2]}, "one kind"),
        ({"classes": [None, None, None]}, "one kind"),
        ({"classes": [1.0, 2.0, np.nan]}, "finite labels"),
        ({"classes": [["a"], ["b"], ["c"]]}, "1-dimensional"),
        ({"classes": []}, "1-dimensional"),
        ({"feature_names": ["a"]}, "one name per feature"),
        ({"feature_names": ["a", "a"]}, "unique"),
        ({"feature_names": ["a", 1]}, "must be strings"),
        ({"feature_names": "ab"}, "sequence of strings"),
        ({"n_samples": 0}, "above 0"),
        ({"n_samples": "many"}, "above 0"),
        ({"n_samples": np.inf}, "above 0"),
        ({"n_samples": True}, "above 0"),
        ({"name": 1}, "name must be"),
        ({"link": "probit"}, "link must be"),
        ({"link": 1}, "link must be"),
    ],
)
def test_bad_inputs_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        full(**changes)


@pytest.mark.parametrize("precision", [np.zeros((3, 3)), np.ones((3, 3)), np.diag([1e12, 1.0, 0.0])])
def test_singular_precisions_are_fine(precision):
    np.testing.assert_array_equal(Source([1.0, 2.0], precision=precision).precision, precision)


def test_a_hollow_matrix_is_no_precision():
    with pytest.raises(ValueError, match="semidefinite"):
        Source([1.0], precision=[[0.0, 1.0], [1.0, 0.0]])


def test_require_link():
    source = Source([1.0], link="log", name="claims")
    source.require_link("log", "TransferPoissonRegressor")
    Source([1.0]).require_link("log", "TransferPoissonRegressor")
    with pytest.raises(ValueError, match=r"TransferRidge needs .*'identity'.*'claims' has link 'log'.*Fit the source"):
        source.require_link("identity", "TransferRidge")
