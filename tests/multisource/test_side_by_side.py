"""Folds held out side by side: explicit formulas, the exact walk of each fold, and what Q leaves out."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from sktransfer._losses import Binomial, Multinomial, Poisson, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, ElasticNetPrior, GaussianPrior
from sktransfer.linear_model import (
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.multisource import _expansion, _side_by_side
from sktransfer.multisource._detect import check_sources
from sktransfer.multisource._expansion import Expansion
from sktransfer.multisource._pools import Pools
from sktransfer.multisource._side_by_side import Side, SideBySide
from sktransfer.sources import SourceData
from sktransfer.svm import TransferLinearSVC
from tests.multisource.test_pooled import P, draw, problem
from tests.oracles.linear import evaluate, newton
from tests.oracles.proximal import minimise

N_TARGET = 40
FOLDS = np.array([np.arange(N_TARGET) % 4 != fold for fold in range(4)], dtype=float)


def table(n=140, seed=0):
    """(X, y): the target's rows, then the sources'."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, (X @ [1.0, -1.0, 0.0] + rng.logistic(size=n) > 0).astype(float)


def posed(prior, bent=1.0, weights=FOLDS, loss=None):
    """(SideBySide, Expansion) of the table, labels by logistic loss unless told otherwise."""
    X, y = table()
    loss = loss or Binomial()
    target, rest = LossTerm(X[:N_TARGET], loss, y[:N_TARGET]), LossTerm(X[N_TARGET:], loss, y[N_TARGET:])
    expansion = Expansion(Objective([rest], []), np.zeros(4), bent=bent)
    return SideBySide(Objective([LossTerm(X, loss, y)], [prior]), target, expansion, weights, 1e-10), expansion


@pytest.fixture
def _to_the_end(monkeypatch):
    monkeypatch.setattr(_side_by_side, "_SHARE", 1e-20)
    monkeypatch.setattr(_side_by_side, "_LEAST", 1e-22)
    monkeypatch.setattr(_expansion, "_SEEN", 0.0)


@pytest.mark.parametrize("loss", [Squared(2), Binomial(), Multinomial(3)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_gradients_are_those_of_each_fold(loss, fit_intercept, kind):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(N_TARGET, 2)) if isinstance(loss, Squared) else np.arange(N_TARGET) % (loss.n_outputs + 1)
    y = y if isinstance(loss, Squared) else np.minimum(y, max(loss.n_outputs - 1, 1))
    X, offset = rng.normal(size=(N_TARGET, 3)), rng.normal(size=(N_TARGET, loss.n_outputs))
    term = LossTerm(kind(X), loss, y, offset=offset)
    layout = Objective([term], [], fit_intercept=fit_intercept).layout
    weights, thetas = rng.uniform(size=(4, N_TARGET)), rng.normal(size=(4, layout.n_params))
    found = Side(term, weights, layout).gradient(thetas)
    name, m = type(loss).__name__.lower(), layout.n_params
    for theta, weight, gradient in zip(thetas, weights, found, strict=True):
        known = evaluate(
            theta, X, y, weight, offset, name, np.zeros(m), np.zeros((m, m)), fit_intercept, loss.n_outputs
        )
        assert_allclose(gradient, known[1], atol=1e-10)


@pytest.mark.usefixtures("_to_the_end")
def test_each_fold_is_the_minimum_with_the_sources_quadratic():
    X, y = table()
    precision = np.diag([2.0, 2, 2, 0])
    fits, expansion = posed(GaussianPrior(np.zeros(4), DiagonalPrecision(precision.diagonal())))
    (thetas,) = fits.walk([3.0], np.zeros(4))
    none = np.zeros(4), np.zeros((4, 4))
    whole = newton(lambda theta: evaluate(theta, X, y, np.ones(140), None, "binomial", none[0], 3 * precision), none[0])
    assert_allclose(expansion.point, whole, atol=1e-8)
    rest = X[N_TARGET:], y[N_TARGET:], np.ones(140 - N_TARGET)
    _, gradient, hessian = evaluate(whole, *rest, None, "binomial", *none)
    for theta, weight in zip(thetas, FOLDS, strict=True):

        def pulled(at, weight=weight):
            pull = 3 * (100 + weight.sum()) / 140 * precision
            own = evaluate(at, X[:N_TARGET], y[:N_TARGET], weight, None, "binomial", none[0], pull)
            step = at - whole
            more = gradient @ step + step @ hessian @ step / 2, gradient + hessian @ step, hessian
            return tuple(one + other for one, other in zip(own, more, strict=True))

        assert_allclose(theta, newton(pulled, whole), atol=1e-6)


@pytest.mark.usefixtures("_to_the_end")
@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_squared_losses_with_kinks_are_exact(l2):
    X, y = table()
    ones = np.array([1.0, 1, 1, 0])
    fits, _ = posed(ElasticNetPrior(np.zeros(4), ones, l2 * ones), loss=Squared())
    for strength, thetas in zip([10.0, 3.0], fits.walk([10.0, 3.0], np.zeros(4)), strict=True):
        for theta, weight in zip(thetas, FOLDS, strict=True):
            everything = np.append(weight, np.ones(140 - N_TARGET))
            pull = strength * everything.sum() / 140 * ones
            root = np.sqrt(everything)[:, np.newaxis]
            assert_allclose(
                theta, _lasso(root * np.column_stack([X, np.ones(140)]), root[:, 0] * y, pull, l2), atol=1e-7
            )


def _lasso(Z, y, l1, l2):
    """Coordinate descent on rows that have their weights already."""
    theta = np.zeros(Z.shape[1])
    for _ in range(500):
        for j, column in enumerate(Z.T):
            pull = column @ (y - Z @ theta + column * theta[j])
            theta[j] = np.sign(pull) * max(abs(pull) - l1[j], 0) / (column @ column + l2 * l1[j])
    return theta


@pytest.mark.usefixtures("_to_the_end")
def test_with_kinks_the_fit_of_all_rows_is_the_exact_one():
    X, y = table()
    ones = np.array([1.0, 1, 1, 0])
    fits, expansion = posed(ElasticNetPrior(np.zeros(4), ones, 0 * ones), weights=np.ones((1, N_TARGET)))
    (thetas,) = fits.walk([9.0], np.zeros(4))
    best = minimise(X, y, np.ones(140), "binomial", np.zeros(4), 9 * ones, 0 * ones)
    assert_allclose(thetas[0], best, atol=1e-6)
    assert_array_equal(thetas[0] == 0, best == 0)
    assert_allclose(expansion.point, best, atol=1e-6)


@pytest.mark.usefixtures("_to_the_end")
def test_what_the_quadratic_leaves_out_is_of_second_order():
    X, y = table()
    prior, errors = GaussianPrior(np.zeros(4), DiagonalPrecision([2.0, 2, 2, 0])), []
    for share in (0.2, 0.1):
        weight = 1 - share * (np.arange(N_TARGET) % 4 == 0)
        fits, _ = posed(prior, weights=weight[np.newaxis])
        (thetas,) = fits.walk([1.0], np.zeros(4))
        everything = np.append(weight, np.ones(100))
        pull = everything.sum() / 140 * np.diag([2.0, 2, 2, 0])
        rows = X, y, everything, None, "binomial", np.zeros(4), pull
        errors.append(thetas[0] - newton(lambda theta, rows=rows: evaluate(theta, *rows), np.zeros(4)))
    assert_allclose(errors[0], 4 * errors[1], rtol=0.15, atol=1e-6)


@pytest.mark.parametrize("steps", [("_STEPS", 1), ("_VISITS", 0)])
@pytest.mark.parametrize("kinks", [False, True])
def test_what_does_not_settle_is_solved_exactly(monkeypatch, steps, kinks):
    monkeypatch.setattr(_side_by_side, *steps)
    monkeypatch.setattr(_side_by_side, "_SHARE", 1e-20)
    X, y = table()
    ones = np.array([1.0, 1, 1, 0])
    l1, l2 = (2 * ones, 0 * ones) if kinks else (0 * ones, 2 * ones)
    prior = ElasticNetPrior(np.zeros(4), l1, l2) if kinks else GaussianPrior(np.zeros(4), DiagonalPrecision(l2))
    fits, expansion = posed(prior)
    (thetas,) = fits.walk([3.0], np.zeros(4))
    best = minimise(X, y, np.ones(140), "binomial", np.zeros(4), 3 * l1, 3 * l2)
    assert_allclose(expansion.point, best, atol=1e-6)
    if steps[0] == "_STEPS":
        for theta, weight in zip(thetas, FOLDS, strict=True):
            everything = np.append(weight, np.ones(100))
            share = 3 * everything.sum() / 140
            known = minimise(X, y, everything, "binomial", np.zeros(4), share * l1, share * l2)
            assert_allclose(theta, known, atol=1e-6)


def test_means_that_overflow_are_solved_exactly():
    X, y = table()
    loss, ones = Poisson(), np.array([1.0, 1, 1, 0])
    prior = GaussianPrior(np.zeros(4), DiagonalPrecision(ones))
    fits, expansion = posed(prior, weights=np.ones((1, N_TARGET)), loss=loss)
    expansion.hessian *= 1e-6  # a curvature that sends the first step out of sight
    (thetas,) = fits.walk([1.0], np.zeros(4))
    assert_allclose(thetas[0], minimise(X, y, np.ones(140), "poisson", np.zeros(4), 0 * ones, ones), atol=1e-6)


SMOOTH = {
    "ridge": TransferRidge(),
    "binomial": TransferLogisticRegression(),
    "multinomial": TransferLogisticRegression(),
    "poisson": TransferPoissonRegressor(),
}


def pools_of(family, twin, *, n_source=100, **options):
    X, y, sources = problem(family, 2, 1, n_source=n_source)
    return Pools(twin.set_params(tol=1e-10, **options), check_sources(sources), X, y, None)


def folds_of(pools, n_folds=5):
    return [np.where(np.arange(len(pools.weight)) % n_folds == fold, 0.0, pools.weight) for fold in range(n_folds)]


@pytest.mark.parametrize("members", [[1], [0, 2]])
@pytest.mark.parametrize("family", SMOOTH)
@pytest.mark.parametrize("options", [{}, {"fit_intercept": False}, {"metric": "scale"}])
def test_held_out_losses_err_by_less_than_a_tenth_of_what_leaving_out_changes(family, members, options):
    pools = pools_of(family, clone(SMOOTH[family]), **options)
    pools._twin.set_params(tol=1e-6)
    folds, n_folds = folds_of(pools), 5
    walk = pools.side_by_side(members, folds)
    held_out = np.arange(len(pools.weight)), np.arange(len(pools.weight)) % n_folds
    exact = zip(*(pools.pooled(members, fold, walk.strengths).models for fold in folds), strict=True)
    for models, known in zip(walk.models, exact, strict=True):
        losses, truth = pools.losses(models)[held_out], pools.losses(known)[held_out]
        left_out = truth.mean() - pools.losses(known).mean()
        assert abs(losses.mean() - truth.mean()) <= 0.1 * abs(left_out)


@pytest.mark.usefixtures("_to_the_end")
def test_of_squared_loss_nothing_is_approximate():
    pools = pools_of("ridge", TransferRidge())
    folds = folds_of(pools)
    walk = pools.side_by_side([0, 2], folds)
    exact = zip(*(pools.pooled([0, 2], fold, walk.strengths).models for fold in folds), strict=True)
    for models, known in zip(walk.models, exact, strict=True):
        for model, one in zip(models, known, strict=True):
            assert_allclose(model.coef, one.coef, atol=1e-8)
            assert_allclose(model.intercept, one.intercept, atol=1e-8)


def with_another_class():
    """A twin whose source knows a class that no row shows, and whose slopes therefore stay."""
    X, y, _ = problem("multinomial")
    other = LogisticRegression().fit(np.concatenate([X, X[:20] + 3]), np.append(y, np.repeat("d", 20)))
    return TransferLogisticRegression(source=other)


@pytest.mark.parametrize(
    ("family", "make", "members"),
    [
        ("multinomial", with_another_class, [0]),
        ("gaussian", lambda: TransferRidge(positive=True), [0]),
        ("gaussian", lambda: TransferLasso(positive=True), [0]),
        ("gaussian", TransferRidge, []),
        ("binomial", TransferLinearSVC, [0]),
    ],
)
def test_what_cannot_be_a_quadratic_is_walked_fold_by_fold(family, make, members):
    pools = pools_of(family, make())
    folds = folds_of(pools, 2)
    walk = pools.side_by_side(members, folds)
    exact = zip(*(pools.pooled(members, fold, walk.strengths).models for fold in folds), strict=True)
    for _, models, known in zip(range(2), walk.models, exact, strict=False):
        for model, one in zip(models, known, strict=True):
            assert_array_equal(model.coef, one.coef)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_rows_that_are_repeats_are_known_by_some_of_them(family, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = draw(family, rng, np.ones(P) / 2, 60)
    rows = [draw(family, rng, sign * np.ones(P) / 2, 40) for sign in (1, -1)]
    sources = check_sources([SourceData(np.repeat(X, 3, axis=0), np.repeat(y, 3)) for X, y in rows])
    twin = SMOOTH[family]
    folds, walks = [np.ones(60), (np.arange(60) % 3 > 0) * 1.0], []
    for n_rows in (1000, 40):
        monkeypatch.setattr("sktransfer.multisource._expansions._ROWS", n_rows)
        monkeypatch.setattr("sktransfer.multisource._expansions._ROWS_PER_PARAMETER", 1)
        pools = Pools(twin, sources, X, y, None)
        pools._twin.set_params(tol=1e-6)
        walks.append(pools.side_by_side([0, 1], folds))
    assert pools._expansions.some(0).design.n_samples == 40
    assert_allclose(walks[0].strengths, walks[1].strengths, rtol=1e-6)
    for models, known in zip(*(walk.models for walk in walks), strict=True):
        for model, one in zip(models, known, strict=True):
            assert_allclose(model.coef, one.coef, atol=2e-3)
