"""Laws of a source: an offset, a copy, forgotten, by name and by label; and the certificate of the optimum."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

from sktransfer import Source
from sktransfer._losses import EpsilonInsensitive, Hinge, SquaredEpsilonInsensitive, SquaredHinge
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
from sktransfer._solvers import choose_solver
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR
from tests.oracles.margins import LOSSES, minimise, primal

KERNELS = {
    "hinge": Hinge(),
    "squared_hinge": SquaredHinge(),
    "epsilon_insensitive": EpsilonInsensitive(0.2),
    "squared_epsilon_insensitive": SquaredEpsilonInsensitive(0.2),
}
every_loss = pytest.mark.parametrize("loss", LOSSES)


def site(n=30, seed=0, p=4):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p)) * [1.0, 2.0, 0.5, 1.5] + [0.0, 1.0, -1.0, 0.5]
    y = X @ (np.array([1.0, -0.5, 2.0, 0.0]) + 0.3 * random.normal(size=p)) + random.normal(size=n) + 0.2 * seed
    return X, y, random.integers(0, 3, size=n).astype(float)


def labels(y, n_classes=2):
    return np.argsort(np.argsort(y)) * n_classes // len(y)


def model(loss, **options):
    if "hinge" in loss:
        return TransferLinearSVC(loss, **options)
    return TransferLinearSVR(loss=loss, epsilon=0.2, **options)


def targets(loss, y):
    """(what the estimator takes, what the formulas take)."""
    return (labels(y), 2.0 * labels(y) - 1) if "hinge" in loss else (y, y)


SOURCE = np.array([0.8, -0.4, 1.5, 0.3])


def source_for(loss):
    return Source(SOURCE, 0.4, **({"classes": [0, 1], "link": "margin"} if "hinge" in loss else {"link": "identity"}))


FACTORS = np.array([0.5, 1.0, 2.0, 4.0])
TIED = np.diag(FACTORS) + np.outer([1.0, -0.5, 0.2, 0.7], [1.0, -0.5, 0.2, 0.7])
METRICS = {"identity": ("identity", np.eye(4)), "vector": (FACTORS, np.diag(FACTORS)), "matrix": (TIED, TIED)}


@every_loss
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("pull", [0.0, 2.5])
def test_the_slow_optimum(loss, metric, pull):
    X, y, weight = site()
    given, number = targets(loss, y)
    given_metric, matrix = METRICS[metric]
    options = {"metric": given_metric, "intercept_penalty": pull, "intercept_scaling": 2.0}
    ours = model(loss, source=source_for(loss), C=0.4, tol=1e-12, **options).fit(X, given, weight)
    precision = np.zeros((5, 5))
    precision[:4, :4], precision[4, 4] = matrix, 0.25 + pull
    slow = minimise(loss, X, number, weight, np.append(SOURCE, 0.4), precision / 0.4, 0.2)
    np.testing.assert_allclose(np.append(ours.coef_, ours.intercept_), slow, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(np.ravel(ours.delta_), np.ravel(ours.coef_) - SOURCE, atol=1e-14)


@every_loss
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_a_diagonal_matrix_is_a_vector(loss, form):
    X, y, weight = site(n=50)
    given, _ = targets(loss, y)
    options = {"source": source_for(loss), "C": 0.3, "tol": 1e-13}
    vector = model(loss, metric=FACTORS, **options).fit(form(X), given, weight)
    matrix = model(loss, metric=np.diag(FACTORS), **options).fit(form(X), given, weight)
    np.testing.assert_allclose(matrix.coef_, vector.coef_, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(matrix.effective_sample_size_, vector.effective_sample_size_, rtol=1e-7)
    copied = model(loss, metric=TIED, **{**options, "C": 0.0}).fit(form(X), given, weight)
    np.testing.assert_array_equal(np.ravel(copied.coef_), SOURCE)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_rows_that_the_source_was_worth(n_classes):
    """n * tr[P (F+P)^-1] / tr[F (F+P)^-1], F of the rows that cost something, for the squares; kinks have no F."""
    X, y, weight = site(n=60)
    if n_classes == 0:
        squared, kinked, outputs = model("squared_epsilon_insensitive"), model("epsilon_insensitive"), 1
        source = source_for("epsilon_insensitive")
    else:
        squared, kinked, y = model("squared_hinge"), model("hinge"), labels(y, n_classes)
        outputs = 1 if n_classes == 2 else n_classes
        source = Source(np.tile(SOURCE, (outputs, 1)), classes=list(range(n_classes)), link="margin")
    fitted = squared.set_params(source=source, C=0.3, tol=1e-12).fit(X, y, weight)
    score = (fitted.decision_function(X) if n_classes else fitted.predict(X)).reshape(60, -1)
    A, held, told = np.column_stack([X, np.ones(60)]), 0.0, 0.0
    for k in range(outputs):
        sign = np.where(y == (1 if n_classes == 2 else k), 1, -1)
        costs = sign * score[:, k] < 1 if n_classes else np.abs(y - score[:, k]) > 0.2
        F, P = (A.T * (2 * weight * costs)) @ A, np.eye(5) / 0.3
        held, told = held + np.trace(np.linalg.solve(F + P, P)), told + np.trace(np.linalg.solve(F + P, F))
    np.testing.assert_allclose(fitted.effective_sample_size_, weight.sum() * held / told, rtol=1e-6)
    assert np.isnan(kinked.set_params(source=source).fit(X, y, weight).effective_sample_size_)
    assert squared.set_params(source=None).fit(X, y, weight).effective_sample_size_ == 0.0


def test_a_feature_without_entries_moves_with_those_it_is_tied_to():
    X, y, _ = site(n=50)
    X[:, 0] = 0.0
    ours = TransferLinearSVR(source=Source(SOURCE, 0.4), metric=TIED, C=0.3).fit(X, y)
    slopes = TIED @ ours.delta_
    np.testing.assert_allclose(slopes[0], 0.0, atol=1e-12)
    assert abs(ours.delta_[0]) > 1e-3


@every_loss
def test_the_certificate_bounds_what_is_left(loss):
    """Stopped anywhere, value <= optimum / (1 - gap): the optimum is at least the dual value."""
    X, y, weight = site(n=400, seed=1)
    given, number = targets(loss, y)
    rest = (number, weight, np.append(SOURCE, 0.4), np.full(5, 1 / 5.0), 0.2)

    def value(fitted):
        return primal(loss, X, rest[0], rest[1], np.ravel(fitted.coef_), fitted.intercept_[0], *rest[2:])

    best = value(model(loss, source=source_for(loss), C=5.0, tol=1e-12, max_iter=100_000).fit(X, given, weight))
    for tol in (0.5, 1e-2, 1e-4):
        fitted = model(loss, source=source_for(loss), C=5.0, tol=tol).fit(X, given, weight)
        assert fitted.result_.converged
        assert 0 <= fitted.result_.certificate <= tol
        np.testing.assert_allclose(fitted.result_.value, value(fitted), rtol=1e-12)
        assert best <= value(fitted) * (1 + 1e-12)
        assert value(fitted) * (1 - fitted.result_.certificate) <= best * (1 + 1e-12)


@every_loss
def test_a_source_is_an_offset(loss):
    X, y, weight = site()
    given, _ = targets(loss, y)
    ours = model(loss, source=source_for(loss), C=0.4, tol=1e-13).fit(X, given, weight)
    prior = GaussianPrior(np.zeros(5), DiagonalPrecision(np.full(5, 1 / 0.4)))
    objective = Objective([LossTerm(X, KERNELS[loss], given, weight, X @ SOURCE + 0.4)], [prior])
    change = choose_solver("auto", objective).solve(objective, np.zeros(5), tol=1e-13).theta
    np.testing.assert_allclose(np.ravel(ours.delta_), change[:4], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours.intercept_ - 0.4, change[4:], rtol=1e-7, atol=1e-9)


@every_loss
def test_no_strength_left_copies_the_source(loss):
    X, y, weight = site()
    given, number = targets(loss, y)
    near = model(loss, source=source_for(loss), C=1e-9).fit(X, given, weight)
    np.testing.assert_allclose(np.ravel(near.coef_), SOURCE, atol=1e-5)
    np.testing.assert_allclose(near.intercept_, 0.4, atol=1e-5)
    whole = model(loss, source=source_for(loss), C=0.0, intercept_penalty=np.inf).fit(X, given, weight)
    np.testing.assert_array_equal(np.ravel(whole.coef_), SOURCE)
    np.testing.assert_array_equal(whole.intercept_, [0.4])
    copied = model(loss, source=source_for(loss), C=0.0).fit(X, given, weight)
    np.testing.assert_array_equal(np.ravel(copied.coef_), SOURCE)
    fine = np.linspace(copied.intercept_[0] - 3, copied.intercept_[0] + 3, 20_001)
    values = [weight @ LOSSES[loss](number, X @ SOURCE + b, 0.2) for b in np.append(fine, copied.intercept_)]
    assert values[-1] <= min(values) * (1 + 1e-12)


@every_loss
def test_a_strong_target_forgets_the_source(loss):
    X, y, weight = site(n=60)
    given, _ = targets(loss, y)
    with_source = model(loss, source=source_for(loss), C=1e5, tol=1e-13, max_iter=10**6).fit(X, given, weight)
    without = model(loss, C=1e5, tol=1e-13, max_iter=10**6).fit(X, given, weight)
    np.testing.assert_allclose(with_source.coef_, without.coef_, rtol=1e-3, atol=1e-3)


@every_loss
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_scale_is_standardising(loss, form):
    X, y, _ = site(n=50)
    given, _ = targets(loss, y)
    raw = model(loss, metric="scale", C=0.3, tol=1e-13).fit(form(X), given)
    Z = StandardScaler().fit_transform(X)
    scaled = model(loss, C=0.3, tol=1e-13).fit(Z, given)
    decide = "decision_function" if "hinge" in loss else "predict"
    np.testing.assert_allclose(getattr(raw, decide)(X), getattr(scaled, decide)(Z), rtol=1e-6, atol=1e-7)


@every_loss
def test_weights_are_repeats_and_order_means_nothing(loss):
    X, y, weight = site(n=50)
    given, _ = targets(loss, y)
    ours = model(loss, source=source_for(loss), C=0.3, tol=1e-13).fit(X, given, weight)
    at = weight.astype(int)
    repeated = model(loss, source=source_for(loss), C=0.3, tol=1e-13).fit(X.repeat(at, axis=0), given.repeat(at))
    np.testing.assert_allclose(repeated.coef_, ours.coef_, rtol=1e-7, atol=1e-8)
    order = np.random.default_rng(0).permutation(50)
    shuffled = model(loss, source=source_for(loss), C=0.3, tol=1e-13, random_state=7)
    shuffled.fit(X[order], given[order], weight[order])
    np.testing.assert_allclose(shuffled.coef_, ours.coef_, rtol=1e-7, atol=1e-8)


@every_loss
def test_features_go_by_name(loss):
    X, y, _ = site()
    given, _ = targets(loss, y)
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    kind = {"classes": [0, 1], "link": "margin"} if "hinge" in loss else {}
    source = Source([1.5, 0.8, -0.4, 9.0], 0.4, feature_names=["c", "a", "b", "old"], **kind)
    named = model(loss, source=source, tol=1e-13).fit(frame[["d", "c", "b", "a"]], given)
    plain = Source([0.8, -0.4, 1.5, 0.0], 0.4, **kind)
    np.testing.assert_allclose(
        np.ravel(named.coef_)[::-1],
        np.ravel(model(loss, source=plain, tol=1e-13).fit(X, given).coef_),
        rtol=1e-7,
        atol=1e-8,
    )
    assert named.source_.alignment.added_features == ("d",)
    assert named.source_.alignment.dropped_features == ("old",)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_classes_go_by_label_one_against_the_rest(loss):
    """Each row of three is the two-class model of its class with that row of the source."""
    X, y, weight = site(n=60)
    y, names = labels(y, 3), np.array(["a", "b", "c"])
    rows = np.random.default_rng(5).normal(size=(3, 4))
    source = Source(rows, [0.1, 0.2, 0.3], classes=["c", "a", "b"], link="margin")
    ours = TransferLinearSVC(loss, source=source, C=0.3, tol=1e-13).fit(X, names[y], weight)
    for k, at in enumerate([1, 2, 0]):
        single = Source(rows[at], source.intercept[at], classes=[0, 1], link="margin")
        one = TransferLinearSVC(loss, source=single, C=0.3, tol=1e-13).fit(X, (y == k).astype(int), weight)
        np.testing.assert_allclose(ours.coef_[k], one.coef_[0], rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(ours.intercept_[k], one.intercept_[0], rtol=1e-7, atol=1e-8)


def test_new_and_missing_classes():
    X, y, _ = site(n=60)
    y = np.array(["a", "b", "new"])[labels(y, 3)]
    rows = np.random.default_rng(5).normal(size=(3, 4))
    source = Source(rows, [0.1, 0.2, 0.3], classes=["a", "b", "gone"], link="margin")
    ours = TransferLinearSVC(source=source, C=1e-9).fit(X, y)
    np.testing.assert_array_equal(ours.classes_, ["a", "b", "gone", "new"])
    np.testing.assert_array_equal(ours.coef_[2], rows[2])
    assert ours.intercept_[2] == 0.3
    np.testing.assert_allclose(ours.coef_[[0, 1]], rows[:2], atol=1e-5)
    np.testing.assert_allclose(ours.coef_[3], 0.0, atol=1e-5)
    only = TransferLinearSVC(source=source, classes="target", C=1e-9).fit(X, y)
    np.testing.assert_allclose(only.coef_, np.vstack([rows[:2], np.zeros(4)]), atol=1e-5)


def test_two_classes_among_three_and_back():
    X, y, _ = site(n=60)
    binary = Source(SOURCE, 0.4, classes=["a", "b"], link="margin")
    three = TransferLinearSVC(source=binary, C=1e-9).fit(X, np.array(["a", "b", "c"])[labels(y, 3)])
    np.testing.assert_allclose(three.coef_, [-SOURCE, SOURCE, 0 * SOURCE], atol=1e-5)
    np.testing.assert_allclose(three.intercept_, [-0.4, 0.4, 0.0], atol=1e-5)
    back = TransferLinearSVC(source=three, C=1e-9, classes="target").fit(X, np.array(["b", "a"])[labels(y)])
    np.testing.assert_allclose(back.coef_[0], SOURCE, atol=1e-4)


def test_support_vector_machines_are_read():
    X, y, _ = site(n=60)
    for twin, ours, target in (
        (SVC(kernel="linear"), TransferLinearSVC(C=0.0, intercept_penalty=np.inf), labels(y)),
        (LinearSVC(), TransferLinearSVC(C=0.0, intercept_penalty=np.inf), labels(y, 3)),
        (SVR(kernel="linear"), TransferLinearSVR(C=0.0, intercept_penalty=np.inf), y),
        (LinearSVR(fit_intercept=False), TransferLinearSVR(C=0.0, intercept_penalty=np.inf), y),
    ):
        for form in (X, sp.csr_matrix(X)):
            twin.fit(form, target)
            fitted = ours.set_params(source=twin).fit(X, target)
            decide = "decision_function" if "SVC" in type(twin).__name__ else "predict"
            np.testing.assert_allclose(getattr(fitted, decide)(X), getattr(twin, decide)(form), rtol=1e-9, atol=1e-9)


def test_held_intercepts():
    X, y, _ = site()
    for loss in LOSSES:
        given, _ = targets(loss, y)
        unfitted = model(loss, source=source_for(loss), fit_intercept=False, tol=1e-13).fit(X, given)
        pulled = model(loss, source=source_for(loss), intercept_penalty=np.inf, tol=1e-13).fit(X, given)
        np.testing.assert_array_equal(unfitted.intercept_, [0.4])
        np.testing.assert_array_equal(pulled.intercept_, [0.4])
        np.testing.assert_allclose(pulled.coef_, unfitted.coef_, rtol=1e-12)
        strong = model(loss, source=source_for(loss), intercept_penalty=1e10, tol=1e-13).fit(X, given)
        np.testing.assert_allclose(strong.coef_, pulled.coef_, rtol=1e-5, atol=1e-6)
