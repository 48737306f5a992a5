"""The rows' likelihood with the parameters integrated out: closed forms, numerical integrals, limits, invariances."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, logsumexp
from scipy.stats import multivariate_t

from sktransfer._base._evidence import log_evidence
from sktransfer._designs import as_design
from sktransfer._losses import Binomial, Gamma, Multinomial, Poisson, Squared, Tweedie, TweedieIdentity
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import choose_solver
from sktransfer.linear_model import TransferRidge
from sktransfer.sources import Source
from tests.oracles.integration import log_integral

REFERENCE = Path(__file__).parent.parent / "reference"
RNG = np.random.default_rng(11)
N = 14
X = RNG.normal([0.5, -1.0], size=(N, 2))
Y = X @ [1.0, -0.5] + RNG.normal(size=N) + 2.0
LABELS = np.where(np.arange(N) % 3 == 0, 1.0, 0.0)
COUNTS = np.round(np.exp(0.5 * X[:, 0] + 1.0) + RNG.uniform(size=N))
AMOUNTS = np.exp(0.3 * X[:, 0]) * RNG.gamma(3.0, 1 / 3.0, size=N)
ROW = X[:, 1:] + 0.5  # one feature
WEIGHT = RNG.integers(0, 4, size=N).astype(float)
ALL = {
    "squared": (Squared, Y),
    "binomial": (Binomial, LABELS),
    "poisson": (Poisson, COUNTS),
    "gamma": (Gamma, AMOUNTS),
    "tweedie": (lambda: Tweedie(1.5), AMOUNTS),
    "inverse gaussian": (lambda: Tweedie(3.0), AMOUNTS),
    "tweedie identity": (lambda: TweedieIdentity(2.0), AMOUNTS),
}


def _objective(loss, y, rows=X, weight=None, precision=(1.0, 2.0, 0.0), centre=None, **options):
    """One term; a diagonal or dense prior over [slopes, intercept]."""
    precision = np.asarray(precision, dtype=float)
    structure = DiagonalPrecision(precision) if precision.ndim == 1 else DensePrecision(precision)
    centre = np.zeros(len(precision)) if centre is None else np.asarray(centre, dtype=float)
    prior = GaussianPrior(centre, structure)
    fit_intercept = len(precision) > loss.n_outputs * rows.shape[1]
    held = [options.pop("held")] if "held" in options else []
    return Objective([LossTerm(rows, loss, y, weight)], [prior, *held], fit_intercept=fit_intercept)


def _log_z(objective, start=None, **options):
    start = np.zeros(objective.layout.n_params) if start is None else start
    if objective.terms[0].loss.name == "tweedie" and objective.terms[0].loss.link == "identity":
        start = start + objective.layout.join(np.zeros(objective.layout.n_features), 1.0)
    theta = choose_solver("auto", objective).solve(objective, start, tol=1e-13).theta
    return log_evidence(objective, theta, **options)


@pytest.mark.parametrize("name", ["gauss0", "gauss1"])
def test_reference_of_squared_loss_with_known_noise(name):
    case = np.load(REFERENCE / f"robust_mixture_{name}.npz")
    p = case["X"].shape[1]
    priors = (case["prior_precision"], case["prior_mean"]), (np.eye(p) / case["tau2"], np.zeros(p))
    found = [
        _log_z(_objective(Squared(), case["y"], case["X"], precision=P, centre=m), dispersion=1.0) for P, m in priors
    ]
    assert_allclose(found, case["log_evidence"], rtol=1e-12)
    for doubt, share, mean in zip(case["robust_weight"], case["informative"], case["post_mean"], strict=True):
        weights = np.exp(np.log([1 - doubt, doubt]) + found - logsumexp(found, b=[1 - doubt, doubt]))
        assert_allclose(weights[0], share, rtol=1e-10)
        assert_allclose(weights @ case["means"], mean, rtol=1e-9)


def test_reference_of_log_loss():
    case = np.load(REFERENCE / "robust_mixture_logit0.npz")
    p, found = case["X"].shape[1], []
    for P, m in (case["prior_precision"], case["prior_mean"]), (np.eye(p) / case["tau2"], np.zeros(p)):
        whole = np.zeros((p + 1, p + 1))
        whole[:p, :p], whole[p, p] = P, 1 / case["intercept_variance"]
        found.append(_log_z(_objective(Binomial(), case["y"], case["X"], precision=whole, centre=np.append(m, 0.0))))
    assert_allclose(found, case["log_evidence"], rtol=1e-12)
    assert_allclose(found, case["sampled"], atol=0.2)  # Laplace's own error, at 30 rows


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_squared_loss_with_unknown_noise_is_the_numerical_integral(p, fit_intercept):
    """phi has the prior 1 / phi, theta ~ N(centre, phi / P), an intercept the height of one row's information."""
    rows, P, centre, n = X[:, :p], np.array([0.7, 2.0])[:p], np.array([0.3, -0.2])[:p], WEIGHT.sum()
    design = np.column_stack([rows, np.ones(N)]) if fit_intercept else rows
    free = design.shape[1] - p
    H = (design.T * WEIGHT) @ design + np.diag(np.append(P, np.zeros(free)))
    best = np.linalg.solve(H, design.T @ (WEIGHT * Y) + np.append(P * centre, np.zeros(free)))
    spread = np.sqrt(np.linalg.inv(H).diagonal())

    def log_density(points):
        """Over z and log phi, theta = best + z * spread * sqrt(phi)."""
        phi = np.exp(points[:, -1])
        theta = best + points[:, :-1] * spread * np.sqrt(phi)[:, None]
        squares = (Y - theta @ design.T) ** 2 @ WEIGHT + (theta[:, :p] - centre) ** 2 @ P
        log_prior = 0.5 * (np.log(P).sum() - (p + free) * np.log(2 * np.pi * phi))
        log_rows = -squares / (2 * phi) - n / 2 * np.log(2 * np.pi * phi)
        return log_rows + log_prior + np.log(spread).sum() + design.shape[1] / 2 * np.log(phi)

    residual = Y - design @ best
    level = np.log((WEIGHT @ residual**2 + P @ (best[:p] - centre) ** 2) / n)
    middle, widths = np.append(np.zeros(p + free), level), np.append(np.ones(p + free), np.sqrt(2 / n))
    exact = log_integral(log_density, middle, widths, points=27)
    objective = _objective(Squared(), Y, rows, WEIGHT, np.append(P, np.zeros(free)), np.append(centre, np.zeros(free)))
    assert_allclose(_log_z(objective), exact, rtol=1e-9)


def test_squared_loss_without_an_intercept_is_a_student_density():
    """y ~ t with n degrees of freedom in the limit of the prior 1 / phi: differences of log-densities agree."""
    P, nu = np.array([0.7, 2.0]), 1e-9
    shape = np.eye(N) + (X / P) @ X.T
    other = np.eye(N) + (X / (5 * P)) @ X.T
    dense = [multivariate_t(np.zeros(N), 2 * nu / nu * each, df=nu).logpdf(Y) for each in (shape, other)]
    ours = [_log_z(_objective(Squared(), Y, precision=each)) for each in (P, 5 * P)]
    assert_allclose(ours[0] - ours[1], dense[0] - dense[1], rtol=1e-6)


def _exact(name, repeats, known):
    """The numerical integral of rows and prior repeated; amounts also over phi, unless it is ``known`` to be one."""
    loss, y = ALL[name][0](), ALL[name][1]
    objective = _objective(loss, y, ROW, np.full(N, repeats), [2.0 * repeats], [0.2])
    theta = choose_solver("auto", objective).solve(objective, np.zeros(1), tol=1e-13).theta
    width = 1 / np.sqrt(objective.at(theta).hessian()[0, 0])
    coded, phi_free = loss.encode(y), loss.dispersed and not known

    def misfit(thetas):
        etas = thetas[:, :1] @ ROW.T
        rows = np.array([loss.pointwise(coded, eta[:, None]).sum() for eta in etas])
        return repeats * (rows + (thetas[:, 0] - 0.2) ** 2)

    def log_density(points):
        log_phi = points[:, 1] if phi_free else np.zeros(len(points))
        thetas = theta + points[:, :1] * width * np.exp(log_phi / 2)[:, None]
        n = repeats * N if loss.dispersed else 0.0
        prior = 0.5 * np.log(2.0 * repeats / (2 * np.pi))
        return -misfit(thetas) / np.exp(log_phi) - n / 2 * (np.log(2 * np.pi) + log_phi) + prior + np.log(width)

    level = np.log(2 * misfit(theta[None])[0] / (repeats * N))
    centre, widths = ([0.0, level], [1.0, np.sqrt(2 / (repeats * N))]) if phi_free else ([0.0], [1.0])
    return log_integral(log_density, centre, widths, points=81), log_evidence(objective, theta, 1.0 if known else None)


@pytest.mark.parametrize(
    ("name", "known"),
    [("binomial", True), ("poisson", True), ("gamma", True), ("gamma", False), ("tweedie", True), ("tweedie", False)],
)
def test_the_error_of_laplace_halves_where_rows_are_doubled(name, known):
    errors = [np.subtract(*_exact(name, repeats, known)) for repeats in (8, 16, 32)]
    assert abs(errors[0]) < 0.02
    assert_allclose(errors[0] / errors[1], 2.0, rtol=0.02)
    assert_allclose(errors[1] / errors[2], 2.0, rtol=0.02)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("structure", ["diagonal", "dense"])
def test_determinants_against_dense_numpy(name, structure):
    loss, y = ALL[name][0](), ALL[name][1]
    root = RNG.normal(size=(3, 3))
    P = np.diag([0.5, 2.0, 1.5]) if structure == "diagonal" else root @ root.T + np.eye(3)
    objective = _objective(loss, y, X, WEIGHT, P.diagonal() if structure == "diagonal" else P)
    start = np.array([0.0, 0.0, 1.0])
    theta = choose_solver("auto", objective).solve(objective, start, tol=1e-13).theta
    eta = (np.column_stack([X, np.ones(N)]) @ theta)[:, None]
    half = 0.5 if name == "squared" else 1.0  # the row loss of squared loss is the whole square
    losses = np.where(WEIGHT > 0, loss.pointwise(loss.encode(y), eta), 0.0)
    misfit = half * WEIGHT @ losses + theta @ P @ theta / 2
    _, _, curvature = loss.gradient(loss.encode(y), eta, WEIGHT)
    H = (np.column_stack([X, np.ones(N)]).T * curvature.diagonal) @ np.column_stack([X, np.ones(N)]) + P
    constant = WEIGHT.sum() / 2 * np.log(2 * np.pi * 0.8) if loss.dispersed else 0.0
    phi = 0.8 if loss.dispersed else 1.0
    expected = -misfit / phi - constant + 0.5 * (np.linalg.slogdet(P)[1] - np.linalg.slogdet(H)[1])
    assert_allclose(log_evidence(objective, theta, phi), expected, rtol=1e-11)


@pytest.mark.parametrize("name", ["squared", "binomial", "poisson"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_more_features_than_rows_cost_no_digits(name, fit_intercept):
    """The road through the rows, which needs one prior for all outputs, equals the dense formula."""
    loss, y = ALL[name][0](), ALL[name][1]
    wide = RNG.normal(size=(N, 40)) / 4
    diagonal = np.append(np.linspace(0.5, 2.0, 40), np.zeros(int(fit_intercept)))
    centre = np.append(RNG.normal(size=40) / 10, np.zeros(int(fit_intercept)))
    thin = _objective(loss, y, wide, WEIGHT, diagonal, centre)
    dense = _objective(loss, y, wide, WEIGHT, np.diag(diagonal), centre)
    assert_allclose(_log_z(thin, centre), _log_z(dense, centre), rtol=1e-10)


@pytest.mark.parametrize("name", ["squared", "binomial", "poisson", "gamma", "tweedie"])
def test_infinite_strength_is_the_held_prior(name):
    """Nothing is left to integrate over but the intercept; its height is the same on both sides."""
    loss, y = ALL[name][0](), ALL[name][1]
    centre = np.array([0.3, -0.2, 0.0])
    strong = _objective(loss, y, X, WEIGHT, [1e9, 1e9, 0.0], centre)
    held = _objective(loss, y, X, WEIGHT, [0.0, 0.0, 0.0], centre, held=Held.at(centre, [True, True, False]))
    assert_allclose(_log_z(strong, centre), _log_z(held, centre), rtol=1e-7)


@pytest.mark.parametrize("name", ["squared", "binomial", "poisson", "gamma", "tweedie"])
def test_a_flat_prior_costs_half_the_logarithm_of_the_rows(name):
    """The intercept alone, at the level of y: the evidence is the likelihood times sqrt(i / H) = 1 / sqrt(n)."""
    loss, y = ALL[name][0](), ALL[name][1]
    y = np.resize([0.0, 1.0], N) if name == "binomial" else y  # even chances, so that zero is the level
    zero = np.zeros(3)
    objective = _objective(loss, y, X, None, zero, zero, held=Held.at(zero, [True, True, False]))
    theta = choose_solver("auto", objective).solve(objective, zero, tol=1e-13).theta
    fixed = Objective(objective.terms, [GaussianPrior(zero, DiagonalPrecision(zero)), Held.at(theta, [True] * 3)])
    assert_allclose(log_evidence(objective, theta), log_evidence(fixed, theta) - np.log(N) / 2, rtol=1e-9)


@pytest.mark.parametrize("name", ["squared", "binomial", "poisson", "gamma", "tweedie"])
def test_features_may_be_measured_in_other_units_and_from_elsewhere(name):
    loss, y = ALL[name][0](), ALL[name][1]
    scale, shift = np.array([100.0, 0.01]), np.array([3.0, -2.0])
    moved = _log_z(_objective(loss, y, X * scale + shift, WEIGHT, np.append([1.0, 2.0] * scale**2, 0.0)))
    assert_allclose(moved, _log_z(_objective(loss, y, X, WEIGHT)), rtol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_weights_are_repeated_rows_in_any_order(name):
    loss, y = ALL[name][0](), ALL[name][1]
    repeats = np.random.default_rng(0).permutation(np.repeat(np.arange(N), WEIGHT.astype(int)))
    weighed = _log_z(_objective(loss, y, X, WEIGHT))
    assert_allclose(_log_z(_objective(loss, y[repeats], X[repeats])), weighed, rtol=1e-9)
    columns = _objective(loss, y, X[:, ::-1].copy(), WEIGHT, [2.0, 1.0, 0.0])
    assert_allclose(_log_z(columns), weighed, rtol=1e-9)


def test_units_of_y_change_no_comparison():
    """Squared and Tweedie losses: the same number for all priors; gamma loss: none."""
    for name, change in ("squared", -WEIGHT.sum()), ("gamma", 0.0), ("tweedie", -0.5 * WEIGHT.sum() / 2):
        loss, y = ALL[name][0](), ALL[name][1]
        for strength in 0.1, 10.0:
            plain, times = (strength * np.array([1.0, 2.0, 0.0]) for _ in range(2))
            if name == "tweedie":  # its losses are in units of y^(1/2), and so must the prior be
                times = times * np.sqrt(10.0)
            found = _log_z(_objective(loss, 10 * y, X, WEIGHT, times)) - _log_z(_objective(loss, y, X, WEIGHT, plain))
            assert_allclose(found, change * np.log(10.0), rtol=1e-8, atol=1e-8)


def test_outputs_have_noise_of_their_own_unless_the_prior_ties_them():
    two = np.column_stack([Y, 30 * AMOUNTS])
    layout_precision = np.array([1.0, 2.0, 1.0, 2.0, 0.0, 0.0])
    both = _log_z(_objective(Squared(2), two, X, WEIGHT, layout_precision))
    alone = [_log_z(_objective(Squared(), y, X, WEIGHT)) for y in two.T]
    assert_allclose(both, sum(alone), rtol=1e-12)
    tied = np.diag(layout_precision)
    tied[0, 2] = tied[2, 0] = 1e-9
    common = _log_z(_objective(Squared(2), two, X, WEIGHT, tied))
    stacked = np.kron(np.eye(2), np.column_stack([X, np.ones(N)]))
    single = _objective(Squared(), two.T.ravel(), stacked, np.tile(WEIGHT, 2), [1.0, 2.0, 0.0, 1.0, 2.0, 0.0])
    assert_allclose(common, _log_z(single) + np.log(2.0), rtol=1e-9)  # a row informs both levels


@pytest.mark.parametrize("pull", [0.0, 0.8])
def test_a_softmax_of_two_classes_is_the_logistic_model(pull):
    """A shift of both classes is integrated out with its prior, or, seen by nobody, left out."""
    P = np.array([1.0, 2.0, pull])
    binomial = _objective(Binomial(), LABELS, X, WEIGHT, P / 2, centre=[0.4, -0.2, 0.1])
    half = np.array([-0.5, 0.5])[:, None] * [0.4, -0.2, 0.1]
    flat = np.concatenate([half[:, :2].ravel(), half[:, 2]])
    softmax = _objective(Multinomial(2), LABELS, X, WEIGHT, np.append(np.tile(P[:2], 2), [pull, pull]), centre=flat)
    assert_allclose(_log_z(softmax), _log_z(binomial), rtol=1e-9)


@pytest.mark.parametrize("size", [0.1, 1.0, 1.1, 1.7, 2.3, 7.7])
@pytest.mark.parametrize("slopes", [(1.0,), (1.0, 1e-9)])
def test_a_free_factor_leaves_no_pull_by_rounding(size, slopes):
    """Of one feature any source times any factor is a free slope: neither its size nor the strength says anything."""
    rows = X[:, : len(slopes)]
    strengths = (0.1, 0.3, 0.7, 10.0, np.inf) if len(slopes) == 1 else (0.7,)
    found = [_of_twin(TransferRidge(a, source=[Source(size * np.array(slopes))]), rows) for a in strengths]
    exact = _of_twin(TransferRidge(strengths[0], source=[Source([1.0, 0.0][: len(slopes)])]), rows)
    assert_allclose(found, exact, rtol=1e-8)


@pytest.mark.parametrize("rule", ["free", "nonnegative", "simplex"])
def test_factors_along_sources_are_the_same_whatever_the_units_of_features(rule):
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(30, 4))
    y = rows.sum(axis=1) + rng.normal(size=30)
    coefs = np.ones(4) + 0.3 * rng.normal(size=(3, 4))
    found = []
    for power in range(-4, 5):
        units = 10.0 ** (power * np.array([1.0, -0.5, 0.3, -1.0]))
        sources = [Source(coef / units) for coef in coefs]
        found.append(_of_twin(TransferRidge(np.inf, source=sources, source_weights=rule), rows * units, y))
    assert_allclose(found, found[4], rtol=1e-6)


def _of_twin(twin, rows, y=Y):
    return twin._log_evidence(*twin._aligned(rows, y, None))


def test_directions_that_nobody_sees_count_for_nothing():
    """A constant feature without a prior, beside the intercept."""
    rows = np.column_stack([X, np.ones(N)])
    aliased = _objective(Squared(), Y, rows, WEIGHT, [1.0, 2.0, 0.0, 0.0])
    assert_allclose(_log_z(aliased), _log_z(_objective(Squared(), Y, X, WEIGHT)), rtol=1e-9)


def test_the_evidence_of_nothing_free_is_the_likelihood():
    theta = np.array([0.5, -0.3, 0.1])
    terms = [LossTerm(as_design(X), Binomial(), LABELS, WEIGHT)]
    held = Objective(terms, [GaussianPrior(theta, DiagonalPrecision(np.zeros(3))), Held.at(theta, [True] * 3)])
    chance = expit(X @ theta[:2] + theta[2])
    expected = WEIGHT @ np.log(np.where(LABELS == 1, chance, 1 - chance))
    assert_allclose(log_evidence(held, theta), expected, rtol=1e-12)


def test_a_perfect_fit_is_the_likeliest_of_all():
    exact = X @ [1.0, 2.0]
    objective = _objective(Squared(), exact, precision=[1.0, 1.0], centre=[1.0, 2.0])
    found = _log_z(objective, np.array([1.0, 2.0]))
    assert np.isfinite(found)
    assert found > _log_z(_objective(Squared(), exact, precision=[1.0, 1.0], centre=[1.0, 2.1])) + 100
