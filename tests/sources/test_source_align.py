"""Alignment: features by name, classes by label; what is dropped is marginalised."""

import itertools

import numpy as np
import pytest

from sktransfer.sources import Source

RNG = np.random.default_rng(7)
NAMES = ("a", "b", "c")


def precision(size, rng=RNG):
    root = rng.normal(size=(size, size + 2))
    return root @ root.T


def regressor(n_outputs=1, **changes):
    coef = RNG.normal(size=(n_outputs, 3))
    size = 4 * n_outputs
    arguments = {"precision": precision(size), "feature_names": NAMES, "link": "identity"}
    return Source(coef, RNG.normal(size=n_outputs), **(arguments | changes))


def classifier(classes, **changes):
    n_rows = 1 if len(classes) == 2 else len(classes)
    arguments = {"precision": precision(4 * n_rows), "feature_names": NAMES, "classes": classes}
    return Source(RNG.normal(size=(n_rows, 3)), RNG.normal(size=n_rows), **(arguments | changes))


def score(source, X):
    return X @ np.atleast_2d(source.coef).T + source.intercept


def centred(array):
    return array - array.mean(axis=0)


def test_the_same_layout_changes_nothing_and_coef_is_two_dimensional():
    source = Source([1.0, 2.0, 3.0], 4.0, precision=np.eye(4), n_samples=5, name="s", link="log")
    aligned = source.align(n_features=3)
    assert aligned.coef.tolist() == [[1.0, 2.0, 3.0]]
    assert aligned.intercept.tolist() == [4.0]
    assert (aligned.n_samples, aligned.name, aligned.link) == (5, "s", "log")
    np.testing.assert_array_equal(aligned.precision, np.eye(4))
    report = aligned.alignment
    assert report.added_features == report.dropped_features == ()
    assert report.added_classes == report.dropped_classes == ()
    assert report.known_features.all()
    assert report.known_classes.tolist() == [True]
    assert source.alignment is None
    assert not source.coef.flags.writeable


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_permuted_columns_permute_everything(order, n_outputs):
    source = regressor(n_outputs)
    order = list(order)
    aligned = source.align(n_features=3, feature_names=[NAMES[i] for i in order], n_outputs=n_outputs)
    np.testing.assert_array_equal(aligned.coef, source.coef[:, order])
    flat = np.concatenate([3 * k + np.array(order) for k in range(n_outputs)] + [3 * n_outputs + np.arange(n_outputs)])
    np.testing.assert_array_equal(aligned.precision, source.precision[np.ix_(flat, flat)])
    back = aligned.align(n_features=3, feature_names=NAMES, n_outputs=n_outputs)
    np.testing.assert_array_equal(back.coef, source.coef)
    np.testing.assert_array_equal(back.precision, source.precision)


def test_features_added_and_dropped():
    source = regressor()
    aligned = source.align(n_features=4, feature_names=["new", "c", "other", "a"])
    np.testing.assert_array_equal(aligned.coef, [[0.0, source.coef[0, 2], 0.0, source.coef[0, 0]]])
    report = aligned.alignment
    assert report.added_features == ("new", "other")
    assert report.dropped_features == ("b",)
    assert report.known_features.tolist() == [False, True, False, True]
    assert aligned.feature_names == ("new", "c", "other", "a")
    # the kept block is the inverse of the sub-block of the inverse; what is added has zero rows
    kept, at = [2, 0, 3], [1, 3, 4]
    expected = np.zeros((5, 5))
    expected[np.ix_(at, at)] = np.linalg.inv(np.linalg.inv(source.precision)[np.ix_(kept, kept)])
    np.testing.assert_allclose(aligned.precision, expected, rtol=1e-9, atol=1e-12)
    text = str(report)
    assert all(part in text for part in ("2 of 4 features", "new, other", "dropped: b"))


@pytest.mark.parametrize("source_named", [True, False])
def test_without_names_on_both_sides_widths_must_agree(source_named):
    source = Source([1.0, 2.0], feature_names=["a", "b"] if source_named else None)
    names = None if source_named else ["x", "y"]
    assert source.align(n_features=2, feature_names=names).coef.tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match=r"2 features and the target 3.*[Gg]ive both feature names"):
        source.align(n_features=3, feature_names=None if source_named else ["x", "y", "z"])


def test_no_feature_in_common_is_refused():
    with pytest.raises(ValueError, match=r"no feature in common.*'a', 'b', 'c'.*'x'"):
        regressor().align(n_features=1, feature_names=["x"])
    many = [f"x{i}" for i in range(9)]
    with pytest.raises(ValueError, match=r"'x4', ... \(9 in all\)"):
        regressor().align(n_features=9, feature_names=many)


def test_bad_target_names_are_refused():
    with pytest.raises(ValueError, match="the target's feature_names must hold one name per feature"):
        regressor().align(n_features=2, feature_names=["a"])


def test_families_must_agree():
    with pytest.raises(ValueError, match="wrong family: the source is a regressor and the target a classifier"):
        regressor().align(n_features=3, classes=[0, 1])
    with pytest.raises(ValueError, match="wrong family: the source is a classifier and the target a regressor"):
        classifier([0, 1]).align(n_features=3)


def test_outputs_must_agree():
    with pytest.raises(ValueError, match=r"2 output.* and the target 3"):
        regressor(2).align(n_features=3, n_outputs=3)


@pytest.mark.parametrize(
    ("classes", "message"),
    [([5, 6], "no class in common"), ([0], "at least two"), (["0", "1"], "same type"), ([0, 0], "unique")],
)
def test_bad_target_classes_are_refused(classes, message):
    with pytest.raises(ValueError, match=message):
        classifier([0, 1]).align(n_features=3, classes=classes)


def test_binary_to_the_same_binary_is_exact_and_swapping_negates():
    source = classifier(["no", "yes"])
    same = source.align(n_features=3, classes=["no", "yes"])
    swapped = source.align(n_features=3, classes=["yes", "no"])
    np.testing.assert_array_equal(same.coef, source.coef)
    np.testing.assert_array_equal(same.intercept, source.intercept)
    np.testing.assert_array_equal(swapped.coef, -source.coef)
    np.testing.assert_array_equal(swapped.intercept, -source.intercept)
    np.testing.assert_array_equal(same.precision, source.precision)
    np.testing.assert_array_equal(swapped.precision, source.precision)
    assert swapped.classes.tolist() == ["yes", "no"]
    assert swapped.alignment.known_classes.tolist() == [True, True]


def test_binary_to_three_classes_is_half_each_way():
    source = classifier(["b", "c"])
    aligned = source.align(n_features=3, classes=["c", "a", "b"])
    theta = source.coef[0]
    np.testing.assert_array_equal(aligned.coef, [theta / 2, 0 * theta, -theta / 2])
    np.testing.assert_array_equal(aligned.intercept, np.array([0.5, 0.0, -0.5]) * source.intercept)
    report = aligned.alignment
    assert (report.added_classes, report.dropped_classes) == (("a",), ())
    assert report.known_classes.tolist() == [True, False, True]
    assert "Classes it lacks (prior mean 0): a" in str(report)


def test_binary_to_three_classes_keeps_the_quadratic_form():
    source = classifier([0, 1])
    aligned = source.align(n_features=3, classes=[0, 1, 2])
    slopes, intercepts = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    theta = np.concatenate([slopes.ravel(), intercepts])
    delta = np.concatenate([slopes[1] - slopes[0], [intercepts[1] - intercepts[0]]])
    common = 0.5 * np.sum((slopes[0] + slopes[1]) ** 2)
    expected = delta @ source.precision @ delta + common
    np.testing.assert_allclose(theta @ aligned.precision @ theta, expected, rtol=1e-12)


@pytest.mark.parametrize("order", list(itertools.permutations([0, 1, 2])))
def test_multinomial_to_the_same_classes_is_centred_and_permuted(order):
    source, order = classifier([10, 20, 30]), list(order)
    aligned = source.align(n_features=3, classes=np.array([10, 20, 30])[order])
    np.testing.assert_allclose(aligned.coef, centred(source.coef)[order], rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(aligned.intercept, centred(source.intercept)[order], rtol=1e-14, atol=1e-15)
    flat = np.concatenate([3 * k + np.arange(3) for k in order] + [9 + np.array(order)])
    np.testing.assert_array_equal(aligned.precision, source.precision[np.ix_(flat, flat)])


def test_multinomial_restricted_and_extended():
    source = classifier(["a", "b", "c", "d"])
    aligned = source.align(n_features=3, classes=["e", "c", "a"])
    np.testing.assert_allclose(aligned.coef, [np.zeros(3), *centred(source.coef)[[2, 0]]], atol=1e-15)
    report = aligned.alignment
    assert (report.added_classes, report.dropped_classes) == (("e",), ("b", "d"))
    assert report.known_classes.tolist() == [False, True, True]
    kept = [6, 7, 8, 0, 1, 2, 14, 12]
    at = [3, 4, 5, 6, 7, 8, 10, 11]
    expected = np.zeros((12, 12))
    expected[np.ix_(at, at)] = np.linalg.inv(np.linalg.inv(source.precision)[np.ix_(kept, kept)])
    np.testing.assert_allclose(aligned.precision, expected, rtol=1e-8, atol=1e-12)


def test_multinomial_to_binary_is_the_difference():
    source = classifier(["a", "b", "c"])
    aligned = source.align(n_features=3, classes=["c", "a"])
    np.testing.assert_allclose(aligned.coef, source.coef[:1] - source.coef[2:], rtol=1e-13)
    np.testing.assert_allclose(aligned.intercept, source.intercept[:1] - source.intercept[2:], rtol=1e-13)
    difference = np.zeros((4, 12))
    difference[range(3), range(3)], difference[range(3), range(6, 9)] = 1.0, -1.0
    difference[3, 9], difference[3, 11] = 1.0, -1.0
    covariance = difference @ np.linalg.inv(source.precision) @ difference.T
    np.testing.assert_allclose(aligned.precision, np.linalg.inv(covariance), rtol=1e-8)


@pytest.mark.parametrize("classes", [["a", "b"], ["a", "b", "c"]])
@pytest.mark.parametrize("order", [1, -1])
def test_to_a_binary_target_of_which_one_label_is_known(classes, order):
    source = classifier(classes)
    aligned = source.align(n_features=3, classes=["b", "z"][::order])
    row = source.coef[0] / 2 if len(classes) == 2 else centred(source.coef)[1]
    np.testing.assert_allclose(aligned.coef, -order * row[None], rtol=1e-14)
    assert not aligned.precision.any()
    assert aligned.alignment.known_classes.tolist() == [True, False][::order]


def test_binary_to_three_classes_and_back_is_the_same():
    source = classifier([0, 1])
    wide = source.align(n_features=3, feature_names=NAMES, classes=[0, 1, 2])
    back = wide.align(n_features=3, feature_names=NAMES, classes=[0, 1])
    np.testing.assert_allclose(back.coef, source.coef, rtol=1e-14)
    np.testing.assert_allclose(back.intercept, source.intercept, rtol=1e-14)
    np.testing.assert_allclose(back.precision, source.precision, rtol=1e-8)


def test_differences_between_known_classes_survive_every_change():
    X = RNG.normal(size=(5, 3))
    source = classifier(["a", "b", "c"])
    before = score(source, X)
    after = score(source.align(n_features=3, classes=["c", "x", "b", "y"]), X)
    np.testing.assert_allclose(after[:, 0] - after[:, 2], before[:, 2] - before[:, 1], rtol=1e-12)


def test_labels_match_by_value_across_dtypes():
    source = Source([1.0], classes=np.array(["a", "b"], dtype=object))
    assert source.classes.dtype.kind == "U"
    assert source.align(n_features=1, classes=np.array(["b", "a"], dtype=object)).coef.tolist() == [[-1.0]]
    whole = Source([1.0], classes=np.array([0, 1], dtype=np.int8))
    assert whole.align(n_features=1, classes=np.array([0.0, 1.0])).coef.tolist() == [[1.0]]
    assert Source([1.0], classes=[False, True]).classes.dtype == bool


def test_the_targets_arrays_are_left_alone():
    classes = np.array([0, 1])
    classifier([0, 1]).align(n_features=3, classes=classes)
    assert classes.flags.writeable


def test_no_precision_stays_none():
    for known, wanted in (([0, 1], [0, 1, 2]), ([0, 1, 2], [0, 1]), ([0, 1, 2], [2, 1, 0])):
        assert classifier(known, precision=None).align(n_features=3, classes=wanted).precision is None
