"""Fitted estimators that predict as one, against their weighted mean."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sktransfer import Source
from sktransfer._base._chances import log_mean
from sktransfer._base._linear_mixture import LinearMixture
from sktransfer._base._mixture import Mixture
from sktransfer.linear_model import TransferLogisticRegression

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X[:, 0] + X[:, 1] ** 2


def test_numbers_are_averaged_and_scored_by_r2():
    members = [LinearRegression().fit(X[:20], Y[:20]), LinearRegression().fit(X[20:], Y[20:])]
    mixture = Mixture(members, [0.3, 0.7])
    expected = 0.3 * members[0].predict(X) + 0.7 * members[1].predict(X)
    assert_allclose(mixture.predict(X), expected, rtol=1e-14)
    weight = np.arange(40.0)
    assert_allclose(mixture.score(X, Y, weight), r2_score(Y, expected, sample_weight=weight), rtol=1e-12)
    assert mixture.heaviest is members[1]
    assert not hasattr(mixture, "predict_proba")
    assert not hasattr(mixture, "classes_")


def test_labels_meet_by_name_and_certain_members_do_not_break_it():
    labels = np.array(["a", "b", "c"])[np.digitize(Y, [0.3, 1.5])]
    two = np.isin(labels, ["a", "c"])
    members = [LogisticRegression().fit(X[two], labels[two]), DecisionTreeClassifier().fit(X, labels)]
    mixture = Mixture(members, [0.6, 0.4])
    expected = 0.4 * members[1].predict_proba(X)
    expected[:, [0, 2]] += 0.6 * members[0].predict_proba(X)
    assert mixture.classes_.tolist() == ["a", "b", "c"]
    assert_allclose(mixture.predict_proba(X), expected, rtol=1e-12)
    assert_allclose(mixture.predict_proba(X).sum(axis=1), 1.0, rtol=1e-12)
    assert mixture.score(X, labels) == np.mean(mixture.predict(X) == labels)


def test_chances_that_underflow_keep_their_logarithms():
    source = Source([[3.0, 0.0, 0.0]], classes=["no", "yes"])
    labels = np.where(Y > 0.5, "yes", "no")
    twin = TransferLogisticRegression(C=1e-9, source=source, intercept_penalty=np.inf).fit(X, labels)
    found = Mixture([twin, twin], [0.5, 0.5])
    assert_allclose(found.predict_log_proba(1e4 * X), twin.predict_log_proba(1e4 * X), rtol=1e-12, atol=1e-300)
    assert_allclose(found.decision_function(1e4 * X), twin.decision_function(1e4 * X), rtol=1e-12)


def test_what_has_no_probabilities_is_refused():
    machine = LinearSVC().fit(X, Y > 0.5)
    with pytest.raises(TypeError, match="a mixture averages probabilities, but LinearSVC has no predict_proba"):
        Mixture([machine, machine], [0.5, 0.5])


def test_rounding_makes_no_chance_larger_than_one():
    labels = Y > 0.5
    twin = TransferLogisticRegression(source=LogisticRegression(C=1e6).fit(100 * X, labels)).fit(X, labels)
    far, rng = 1e3 * X, np.random.default_rng(0)
    for _ in range(50):
        weights = rng.dirichlet(np.ones(7))
        assert Mixture([twin] * 7, weights).predict_proba(far).max() <= 1.0


def test_single_precision_is_kept_and_adds_up_as_such():
    """In double precision sums that are off by 1e-7 would be no probabilities."""
    rows, labels = X.astype(np.float32), np.digitize(Y, [0.3, 1.5])
    members = [TransferLogisticRegression(C=c).fit(rows, labels) for c in (0.1, 1.0, 10.0)]
    members.append(TransferLogisticRegression().fit(rows[labels < 2], labels[labels < 2]))
    chances = Mixture(members, [0.3, 0.3, 0.2, 0.2]).predict_proba(rows)
    assert chances.dtype == np.float32
    assert_allclose(chances.sum(axis=1), 1.0, atol=1e-6)
    assert_allclose(chances, Mixture(members, [0.3, 0.3, 0.2, 0.2]).predict_proba(rows.astype(np.float64)), rtol=1e-5)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, np.float32])
def test_linear_members_are_seen_together_as_one_by_one(n_classes, kind):
    labels, rows = np.digitize(Y, [0.3, 1.5]), kind(X)
    known = labels < n_classes
    members = [TransferLogisticRegression(C=c).fit(rows[known], labels[known]) for c in (0.1, 1.0, 10.0)]
    members.append(TransferLogisticRegression().fit(rows[labels != 1], labels[labels != 1]))
    weights = [0.3, 0.2, 0.1, 0.4]
    found, expected = LinearMixture(members, weights), Mixture(members, weights)
    rtol = 1e-5 if kind is np.float32 else 1e-12
    for one in (slice(None), slice(0, 1)):
        assert found.predict_proba(rows[one]).dtype == expected.predict_proba(rows[one]).dtype
        assert_allclose(found.predict_proba(rows[one]), expected.predict_proba(rows[one]), rtol=rtol)
        assert_allclose(
            found.predict_log_proba(1e4 * rows[one]), expected.predict_log_proba(1e4 * rows[one]), rtol=rtol
        )
    assert_array_equal(found.predict(rows), expected.predict(rows))
    with pytest.raises(ValueError, match="X has 2 features, but TransferLogisticRegression is expecting 3"):
        found.predict(rows[:, :2])


def test_chances_of_no_member_are_none():
    parts = np.array([[-np.inf, -1.0], [-np.inf, -2000.0]])
    assert_allclose(log_mean(parts, np.array([0.25, 0.75])), [-np.inf, -1.0 + np.log(0.25)], rtol=1e-14)
