"""The generators: stated truths hold, streams do not disturb each other, errors name the cure."""

import numpy as np
import pytest
from scipy.special import softmax

from sktransfer.datasets import (
    make_transfer_classification,
    make_transfer_glm,
    make_transfer_regression,
)

MAKERS = [make_transfer_regression, make_transfer_classification, make_transfer_glm]
THREE_CLASSES = {"n_classes": 3}
every_maker = pytest.mark.parametrize("make", MAKERS)


def fields(bunch):
    """Every array of a problem, by name, lists taken apart."""
    for name, value in bunch.items():
        for k, part in enumerate(value if isinstance(value, list) else [value]):
            yield f"{name}{k}", np.asarray(part)


def assert_same(first, second):
    for (name, a), (_, b) in zip(fields(first), fields(second), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


@every_maker
def test_shapes(make):
    problem = make(n_source=7, n_target=5, n_features=3, random_state=0)
    assert problem.X_source.shape == (7, 3)
    assert problem.y_source.shape == (7,)
    assert problem.X_target.shape == (5, 3)
    assert problem.y_target.shape == (5,)
    assert problem.coef_source.shape == problem.coef_target.shape == (3,)
    assert isinstance(problem.intercept_source, float)
    assert isinstance(problem.intercept_target, float)


@every_maker
def test_several_sources_are_lists(make):
    problem = make(n_source=7, n_target=5, n_features=3, n_sources=2, random_state=0)
    for name in ("X_source", "y_source", "coef_source", "intercept_source"):
        assert isinstance(problem[name], list)
        assert len(problem[name]) == 2
    assert (problem.X_source[0] != problem.X_source[1]).all()
    assert (problem.coef_source[0] != problem.coef_source[1]).all()


@pytest.mark.parametrize("make, options", [(make, {}) for make in MAKERS] + [(MAKERS[1], THREE_CLASSES)])
@pytest.mark.parametrize("shift", [0.0, 0.3, 2.0])
def test_delta_has_the_stated_norm(make, options, shift):
    problem = make(shift=shift, signal=1.7, random_state=3, **options)
    delta = problem.coef_target - problem.coef_source
    np.testing.assert_allclose(np.linalg.norm(problem.coef_target), 1.7, rtol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(delta), shift * 1.7, rtol=1e-14)


@every_maker
def test_one_shift_for_each_source(make):
    problem = make(n_sources=2, shift=[0.0, 0.5], intercept_shift=[1.0, -2.0], random_state=0)
    norm = np.linalg.norm(problem.coef_target)
    np.testing.assert_array_equal(problem.coef_source[0], problem.coef_target)
    np.testing.assert_allclose(np.linalg.norm(problem.coef_target - problem.coef_source[1]), 0.5 * norm)
    assert [problem.intercept_target - intercept for intercept in problem.intercept_source] == [1.0, -2.0]


@every_maker
def test_sparsity(make):
    problem = make(n_features=30, n_informative=10, n_changed=3, random_state=1)
    informative, delta = problem.coef_target != 0, problem.coef_target - problem.coef_source != 0
    assert informative.sum() == 10
    assert delta.sum() == 3
    assert (informative | ~delta).all()


def test_classes_are_centred_and_only_the_last_intercept_moves():
    problem = make_transfer_classification(n_classes=4, intercept_shift=1.5, random_state=0)
    for name in ("coef_source", "coef_target", "intercept_source", "intercept_target"):
        np.testing.assert_allclose(problem[name].sum(axis=0), 0.0, atol=1e-14)
    moved = problem.intercept_target - problem.intercept_source
    np.testing.assert_allclose(moved - moved[0], [0.0, 0.0, 0.0, 1.5], atol=1e-14)


def test_least_squares_recovers_the_parameters_without_noise():
    problem = make_transfer_regression(noise=0.0, intercept_shift=2.5, n_target=40, random_state=0)
    for side in ("source", "target"):
        X, y = problem[f"X_{side}"], problem[f"y_{side}"]
        theta = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
        np.testing.assert_allclose(theta[:-1], problem[f"coef_{side}"], atol=1e-13)
        np.testing.assert_allclose(theta[-1], problem[f"intercept_{side}"], atol=1e-13)


def test_noise_has_the_stated_deviation():
    problem = make_transfer_regression(n_source=100_000, noise=3.0, random_state=0)
    residual = problem.y_source - problem.X_source @ problem.coef_source - problem.intercept_source
    assert abs(residual.std() - 3.0) < 4 * 3.0 / np.sqrt(2 * len(residual))


def assert_score_is_zero(X, residual):
    """The score X'(y - mu) at the true parameters is zero, within 4.5 of its own standard errors."""
    per_row = np.column_stack([X, np.ones(len(X))]) * residual[:, None]
    assert (np.abs(per_row.sum(axis=0)) < 4.5 * np.sqrt((per_row**2).sum(axis=0))).all()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_labels_follow_the_stated_probabilities(n_classes):
    problem = make_transfer_classification(50_000, n_classes=n_classes, intercept_shift=0.7, random_state=0)
    predictor = problem.X_source @ problem.coef_source.T + problem.intercept_source
    if n_classes == 2:
        predictor = np.column_stack([np.zeros(len(predictor)), predictor])
    probability = softmax(predictor, axis=1)
    for k in range(n_classes):
        assert_score_is_zero(problem.X_source, (problem.y_source == k) - probability[:, k])


@pytest.mark.parametrize("family, power, dispersion", [("poisson", 1, 1.0), ("gamma", 2, 0.4), ("tweedie", 1.5, 2.0)])
def test_glm_has_the_stated_mean_and_variance(family, power, dispersion):
    problem = make_transfer_glm(100_000, family=family, dispersion=dispersion, intercept_shift=-0.7, random_state=0)
    mu = np.exp(problem.X_source @ problem.coef_source + problem.intercept_source)
    assert_score_is_zero(problem.X_source, (problem.y_source - mu) / mu ** (power / 2))
    squared = (problem.y_source - mu) ** 2 / mu**power
    assert abs(squared.mean() - dispersion) < 4.5 * squared.std() / np.sqrt(len(squared))


def test_glm_domains():
    draw = {family: make_transfer_glm(family=family, random_state=0).y_source for family in ("poisson", "gamma")}
    assert (draw["poisson"] == np.floor(draw["poisson"])).all()
    assert draw["gamma"].min() > 0
    tweedie = make_transfer_glm(family="tweedie", random_state=0).y_source
    assert tweedie.min() == 0
    assert 0 < (tweedie == 0).mean() < 1


@every_maker
def test_a_seed_fixes_everything(make):
    assert_same(make(random_state=5), make(random_state=5))
    assert_same(make(random_state=5), make(random_state=np.random.RandomState(5)))
    assert (make(random_state=5).X_target != make(random_state=6).X_target).any()


@every_maker
def test_the_target_does_not_depend_on_the_sources(make):
    one = make(random_state=5)
    other = make(10, n_sources=3, shift=[0.1, 1.0, 3.0], intercept_shift=4.0, random_state=5)
    for name in ("X_target", "y_target", "coef_target", "intercept_target"):
        np.testing.assert_array_equal(one[name], other[name])


@every_maker
def test_the_global_generator_is_left_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make(random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


BAD = [
    ({"n_source": 0}, ValueError, "n_source must be at least 1, got 0"),
    ({"n_target": 2.5}, TypeError, "n_target must be an integer, got 2.5"),
    ({"n_features": True}, TypeError, "n_features must be an integer, got True"),
    ({"n_informative": 21}, ValueError, "n_informative must be between 1 and 20, got 21"),
    ({"n_informative": 5, "n_changed": 6}, ValueError, "n_changed must be between 1 and 5, got 6"),
    ({"shift": -0.1}, ValueError, "shift must be finite and at least 0, got -0.1"),
    ({"shift": "large"}, TypeError, "shift must be a real number, got 'large'"),
    ({"shift": [0.1, 0.2]}, ValueError, r"one for each of the 1 sources .* got \[0.1, 0.2\] of shape \(2,\)"),
    ({"shift": [0.1, -1], "n_sources": 2}, ValueError, r"shift\[1\] must be finite and at least 0, got -1"),
    ({"intercept_shift": np.nan}, ValueError, "intercept_shift must be finite, got nan"),
    ({"signal": 0}, ValueError, "signal must be finite and above 0, got 0"),
    ({"n_sources": 0}, ValueError, "n_sources must be at least 1, got 0"),
    ({"random_state": "x"}, ValueError, "cannot be used to seed"),
]


@every_maker
@pytest.mark.parametrize("options, error, message", BAD)
def test_bad_options(make, options, error, message):
    with pytest.raises(error, match=message):
        make(**options)


@pytest.mark.parametrize(
    "make, options, error, message",
    [
        (make_transfer_regression, {"noise": -1}, ValueError, "noise must be finite and at least 0, got -1"),
        (make_transfer_classification, {"n_classes": 1}, ValueError, "n_classes must be at least 2, got 1"),
        (
            make_transfer_glm,
            {"family": "normal"},
            ValueError,
            r"family must be one of \['gamma', .* 'normal'",
        ),
        (make_transfer_glm, {"family": ["gamma"]}, ValueError, "family must be one of"),
        (make_transfer_glm, {"family": "gamma", "dispersion": 0}, ValueError, "dispersion .* above 0, got 0"),
        (make_transfer_glm, {"dispersion": 2.0}, ValueError, 'must be 1.0 for family="poisson", got 2.0'),
    ],
)
def test_bad_options_of_one_generator(make, options, error, message):
    with pytest.raises(error, match=message):
        make(**options)
