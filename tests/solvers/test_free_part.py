"""A problem with held directions and the smaller one of what is free are the same problem."""

import numpy as np
import pytest
import scipy.sparse as sp

from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer._base._path import walked_alone
from sktransfer._losses import Binomial, Multinomial, Poisson, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import choose_solver, free_part

N, P = 30, 4
RNG = np.random.default_rng(0)
X, CENTRE = RNG.normal(size=(N, P)), RNG.normal(size=P + 1) / 2
LOSSES = {"squared": (Squared(), X[:, 0] + RNG.normal(size=N)), "binomial": (Binomial(), RNG.random(N) < 0.4)}
LOSSES["poisson"] = Poisson(), RNG.poisson(1.5, size=N)
ALONG = np.column_stack([CENTRE * (np.arange(P + 1) < P), np.eye(P + 1)[P]])


def _objective(loss, y, basis=ALONG, sparse=False, priors=None, **options):
    term = LossTerm(sp.csr_array(X) if sparse else X, loss, y, RNG.uniform(0.5, 2.0, N), offset=0.3)
    root = RNG.normal(size=(P + 1, P + 1))
    own = [
        GaussianPrior(CENTRE, DensePrecision(root @ root.T)),
        GaussianPrior(CENTRE, DiagonalPrecision(np.ones(P + 1))),
    ]
    return Objective([term], [*(own if priors is None else priors), Held(CENTRE, basis)], **options)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_value_gradient_and_curvature(name, sparse):
    objective = _objective(*LOSSES[name], sparse=sparse)
    small, u = free_part(objective), np.array([0.3, -0.2])
    assert small.held is None
    whole, part = objective.at_free(u), small.at(u)
    np.testing.assert_allclose(part.value, whole.value, rtol=1e-13)
    np.testing.assert_allclose(part.gradient, whole.gradient, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(part.hessian(), whole.hessian(), rtol=1e-12)
    np.testing.assert_allclose(part.certificate, whole.certificate, rtol=1e-11)


@pytest.mark.parametrize("name", LOSSES)
def test_walked_alone(name):
    objective = _objective(*LOSSES[name])
    eta, end = walked_alone(objective, CENTRE, 1e-8)
    solver = choose_solver("newton-cg", objective)
    theta = solver.solve(objective, CENTRE, tol=1e-13, max_iter=500).theta
    np.testing.assert_allclose(end.theta, theta, atol=1e-9)
    np.testing.assert_allclose(eta, held_out_predictions(objective, theta), atol=1e-7)
    point = objective.at(theta)
    np.testing.assert_allclose(end.value, point.value, rtol=1e-12)
    F = objective.reduce(point.loss_hessian())
    np.testing.assert_allclose(end.information, np.trace(np.linalg.solve(point.hessian(), F)), rtol=1e-7)


def test_all_is_held():
    objective = _objective(*LOSSES["poisson"], basis=np.zeros((P + 1, 0)))
    eta, end = walked_alone(objective, np.zeros(P + 1), 1e-8)
    np.testing.assert_array_equal(end.theta, CENTRE)
    np.testing.assert_allclose(eta[:, 0], X @ CENTRE[:P] + CENTRE[P] + 0.3, rtol=1e-14)
    assert end.certificate == 0


def test_what_it_does_not_take():
    loss, y = LOSSES["binomial"]
    elsewhere = [GaussianPrior(CENTRE + 1, DiagonalPrecision(np.ones(P + 1)))]
    assert free_part(Objective([LossTerm(X, loss, y)], elsewhere)) is None
    assert free_part(_objective(loss, y, priors=elsewhere)) is None
    assert free_part(_objective(loss, y, basis=np.zeros((P + 1, 0)))) is None
    assert free_part(_objective(loss, y, lower=np.zeros(P + 1))) is None
    several = LossTerm(X, Multinomial(3), RNG.integers(0, 3, N))
    assert free_part(Objective([several], [Held(np.zeros(15), np.eye(15)[:, :2])])) is None
