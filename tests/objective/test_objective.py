"""The sum of terms and priors: shapes of offsets, refusals, held directions, and the softmax's gauge."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._base._leave_one_out import _leverages
from sktransfer._designs import _base, as_design
from sktransfer._losses import Binomial, Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held, Layout, LowRankPrecision
from tests.oracles.problems import FAMILIES, Problem, Rows

N, P = 9, 2
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(N, P)), np.arange(N) % 3


@pytest.mark.parametrize("K, shape", [(1, (N, 1)), (1, (N,)), (1, (1,)), (1, ()), (3, (N, 3)), (3, (3,)), (3, (N, 1))])
def test_offset_of_every_shape(K, shape):
    loss, layout = Squared(K), Layout(K, P)
    offset, theta = RNG.normal(size=shape), RNG.normal(size=layout.n_params)
    term = LossTerm(X, loss, np.zeros((N, K)), offset=offset)
    coef, intercept = layout.split(theta)
    added = offset.reshape(N, 1) if shape == (N,) else offset
    np.testing.assert_allclose(term.predict(layout, theta), X @ coef.T + intercept + added, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(term.direction(layout, theta), X @ coef.T + intercept, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    "K, shape, said",
    [
        (1, (N - 1,), rf"offset of shape \({N - 1},\) does not fit {N} rows and 1 outputs"),
        (1, (N, 2), rf"offset of shape \({N}, 2\) does not fit {N} rows and 1 outputs"),
        (3, (N,), rf"offset of shape \({N},\) does not fit {N} rows and 3 outputs"),
        (3, (3, N), rf"offset of shape \(3, {N}\) does not fit {N} rows and 3 outputs"),
        (3, (2, N, 3), rf"offset of shape \(2, {N}, 3\) does not fit {N} rows and 3 outputs"),
    ],
)
def test_offset_of_a_wrong_shape(K, shape, said):
    with pytest.raises(ValueError, match=said):
        LossTerm(X, Squared(K), np.zeros((N, K)), offset=np.zeros(shape))


def test_a_term_scales_its_weights_and_leaves_the_given_ones_alone():
    weight = np.arange(N, dtype=float)
    term = LossTerm(X, Binomial(), Y > 0, weight, scale=0.25)
    np.testing.assert_array_equal(term.weight, weight / 4)
    assert term.total_weight == weight.sum() / 4
    np.testing.assert_array_equal(weight, np.arange(N))
    np.testing.assert_array_equal(LossTerm(X, Binomial(), Y > 0).weight, np.ones(N))


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_pull_back_is_the_transpose_of_direction(fit_intercept):
    layout, term = Layout(3, P, fit_intercept), LossTerm(X, Multinomial(3), Y)
    theta, residual = RNG.normal(size=layout.n_params), RNG.normal(size=(N, 3))
    left = np.vdot(residual, term.direction(layout, theta))
    np.testing.assert_allclose(left, term.pull_back(layout, residual) @ theta, rtol=1e-12)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_two_terms_are_their_stacked_rows(family):
    first, second = Rows(family, 20, 3), Rows(family, 12, 3, seed=1)
    stacked = LossTerm(
        np.vstack([first.X, second.X]),
        first.loss,
        np.concatenate([first.y, second.y]),
        np.concatenate([0.7 * first.weight, 0.3 * second.weight]),
        np.vstack([first.offset, second.offset]),
    )
    two = Objective([first.term(0.7), second.term(0.3)], [])
    one = Objective([stacked], [])
    theta = RNG.normal(size=one.layout.n_params)
    np.testing.assert_allclose(two.at(theta).value, one.at(theta).value, rtol=1e-13)
    np.testing.assert_allclose(two.at(theta).gradient, one.at(theta).gradient, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(two.at(theta).hessian(), one.at(theta).hessian(), rtol=1e-10, atol=1e-12)
    assert (two.n_samples, two.work) == (32, one.work)
    np.testing.assert_allclose(two.total_weight, one.total_weight, rtol=1e-14)


def test_priors_add_up():
    root = RNG.normal(size=(3, 3))
    priors = [
        GaussianPrior(np.ones(3), DiagonalPrecision([1.0, 0.0, 2.0])),
        GaussianPrior(np.zeros(3), DensePrecision(root @ root.T)),
        GaussianPrior(-np.ones(3), LowRankPrecision(root[:, :1])),
    ]
    objective = Objective([LossTerm(X, Squared(), Y)], priors)
    matrix = np.diag([1.0, 0.0, 2.0]) + root @ root.T + root[:, :1] @ root[:, :1].T
    np.testing.assert_allclose(objective.prior_hessian(), matrix, rtol=1e-13)
    np.testing.assert_allclose(objective.prior_diagonal(), matrix.diagonal(), rtol=1e-13)
    theta = RNG.normal(size=3)
    bare = Objective([LossTerm(X, Squared(), Y)], []).at(theta).value
    np.testing.assert_allclose(objective.at(theta).value, bare + sum(p.value(theta) for p in priors), rtol=1e-13)
    np.testing.assert_array_equal(Objective([LossTerm(X, Squared(), Y)], []).prior_diagonal(), np.zeros(3))


def test_what_an_objective_says_of_itself():
    dense, sparse = LossTerm(X, Squared(), Y), LossTerm(sp.csr_array(X), Binomial(), Y > 0)
    assert Objective([dense], []).quadratic
    assert not Objective([dense, sparse], []).quadratic
    assert Objective([dense, sparse], []).sparse
    assert not Objective([dense], []).sparse
    held = Held.at(np.zeros(3), np.array([True, False, True]))
    assert (Objective([dense], []).n_free, Objective([dense], [held]).n_free) == (3, 1)


@pytest.mark.parametrize("other", [LossTerm(X[:, :1], Squared(), Y), LossTerm(X, Squared(2), np.zeros((N, 2)))])
def test_terms_that_do_not_share_a_shape_are_refused(other):
    with pytest.raises(ValueError, match=r"loss terms must share \(n_outputs, n_features\), got \[\(1, [12]\), \("):
        Objective([LossTerm(X, Squared(), Y), other], [])


def test_no_term_at_all_is_refused():
    with pytest.raises(ValueError, match=r"loss terms must share \(n_outputs, n_features\), got \[\]"):
        Objective([], [])


def test_directions_held_twice_are_refused():
    held = Held.at(np.zeros(3), np.array([True, False, False]))
    with pytest.raises(ValueError, match="directions can be held by one prior only; join them into one basis"):
        Objective([LossTerm(X, Squared(), Y)], [held, held])


@pytest.mark.parametrize("held", ["coordinates", "oblique"])
def test_lift_drop_and_reduce_are_the_chain_rule(held):
    problem = Problem("multinomial", held=held)
    objective, basis = problem.objective, problem.basis
    d, free = basis.shape
    u, g, M = RNG.normal(size=free), RNG.normal(size=d), RNG.normal(size=(d, d))
    np.testing.assert_allclose(objective.theta(u), problem.origin + basis @ u, rtol=1e-13)
    np.testing.assert_allclose(objective.free(objective.theta(u)), u, rtol=1e-10)
    np.testing.assert_allclose(objective.lift(u), basis @ u, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(objective.drop(g), basis.T @ g, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(objective.reduce(M), basis.T @ M @ basis, rtol=1e-11, atol=1e-12)
    assert objective.at(objective.theta(u)).u.shape == (free,)


def softmax(priors, fit_intercept=True):
    return Objective([LossTerm(X, Multinomial(3), Y)], priors, fit_intercept=fit_intercept)


def ridge(slopes, intercepts=None):
    diagonal = np.repeat(
        [slopes] if intercepts is None else [slopes, intercepts], [3 * P] if intercepts is None else [3 * P, 3]
    )
    return GaussianPrior(np.zeros(len(diagonal)), DiagonalPrecision(diagonal))


SHIFT_INTERCEPTS = np.append(np.zeros(3 * P), np.ones(3))
HOLD = {
    "an intercept": Held.at(np.zeros(9), np.arange(9) == 7),
    "a slope": Held.at(np.ones(9), np.arange(9) == 0),
}


@pytest.mark.parametrize(
    "priors, fit_intercept, rank",
    [
        ([], True, P + 1),
        ([], False, P),
        ([ridge(1.0, 0.0)], True, 1),
        ([ridge(1.0)], False, 0),
        ([ridge(1.0, 1.0)], True, 0),
        ([GaussianPrior(np.zeros(9), LowRankPrecision(np.eye(9)[:, :1]))], True, 1),
        ([GaussianPrior(np.zeros(9), LowRankPrecision(SHIFT_INTERCEPTS[:, np.newaxis]))], True, 0),
        ([ridge(1.0, 0.0), HOLD["an intercept"]], True, 0),
        ([ridge(1.0, 0.0), HOLD["a slope"]], True, 1),
    ],
)
def test_gauge_of_a_softmax(priors, fit_intercept, rank):
    objective = softmax(priors, fit_intercept)
    gauge = objective.gauge
    assert gauge.shape == (objective.layout.n_params, rank)
    np.testing.assert_allclose(gauge.T @ gauge, np.eye(rank), atol=1e-15)
    theta = objective.theta(objective.free(RNG.normal(size=objective.layout.n_params)))
    point = objective.at(theta)
    moved = objective.at(theta + gauge @ RNG.normal(size=rank))
    np.testing.assert_allclose(moved.value, point.value, rtol=1e-13)
    np.testing.assert_allclose(gauge.T @ point.theta_gradient, 0.0, atol=1e-13)
    hessian = point.loss_hessian() + objective.prior_hessian()
    np.testing.assert_allclose(hessian @ gauge, 0.0, atol=1e-13)


@pytest.mark.parametrize("loss", [Squared(3), Binomial()])
def test_losses_that_see_a_shift_have_no_gauge(loss):
    y = np.zeros((N, 3)) if loss.name == "squared" else Y > 0
    objective = Objective([LossTerm(X, loss, y)], [])
    assert objective.gauge.shape == (objective.layout.n_params, 0)


@pytest.mark.parametrize("priors", [[], [ridge(1.0, 0.0)], [ridge(1.0, 1.0)]])
def test_fix_gauge_stands_level_with_the_start_and_keeps_predictions(priors):
    objective = softmax(priors)
    theta, init = RNG.normal(size=(2, 9))
    fixed = objective.fix_gauge(theta, init)
    np.testing.assert_allclose(objective.gauge.T @ (fixed - init), 0.0, atol=1e-14)
    term = objective.terms[0]
    probability = [term.loss.mean(term.predict(objective.layout, t)) for t in (theta, fixed)]
    np.testing.assert_allclose(*probability, rtol=1e-12)
    np.testing.assert_allclose(objective.at(fixed).value, objective.at(theta).value, rtol=1e-13)
    np.testing.assert_allclose(objective.fix_gauge(fixed, init), fixed, rtol=1e-13, atol=1e-14)


def test_a_term_takes_matrices_and_designs_alike():
    layout, theta = Layout(1, P), RNG.normal(size=P + 1)
    for design in (X, as_design(X), sp.csc_array(X)):
        term = LossTerm(design, Squared(), Y)
        np.testing.assert_allclose(term.predict(layout, theta)[:, 0], X @ theta[:P] + theta[P], rtol=1e-13)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_few_rows_of_several_classes_have_the_second_derivative_of_many(fit_intercept, monkeypatch):
    layout, weight = Layout(3, P, fit_intercept), np.arange(N, dtype=float)
    theta = RNG.normal(size=layout.n_params)

    def found():
        objective = Objective([LossTerm(X, Multinomial(3), np.arange(N) % 3, weight)], [], fit_intercept=fit_intercept)
        return objective.at(theta).hessian(), _leverages(objective.at(theta), np.eye(layout.n_params) + 0.1)

    few = found()
    monkeypatch.setattr(_base, "_FEW", 0)
    for one, other in zip(few, found(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
