"""Leave-one-out from one fit: exact for squared loss, one or a few Newton steps for the others."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.special import log_expit
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source
from sktransfer._base import _leave_one_out
from sktransfer._base._leave_one_out import held_out_predictions
from sktransfer._losses import Binomial, Multinomial, Squared
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DensePrecision, DiagonalPrecision, GaussianPrior, Held
from sktransfer._solvers import choose_solver
from sktransfer.datasets import load_heart_disease
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge
from sktransfer.model_selection import TransferCV
from tests.oracles.linear import evaluate, jacobian, minimise

REFERENCE = Path(__file__).parents[1] / "reference"
SHAPES = {"tall": (22, 4), "wide": (9, 15)}
PULLS = {"free": 0.0, "pulled": 1.5, "held": np.inf, "not fitted": None}
METRICS = ("identity", "scale", "diagonal", "full", "fisher")


def _problem(shape, n_outputs, weighted):
    """(X, y, weight, source with precision): features of different scales and levels."""
    n, p = SHAPES[shape]
    rng = np.random.default_rng(n + n_outputs)
    X = rng.normal(size=(n, p)) * rng.uniform(0.3, 3.0, size=p) + rng.normal(size=p)
    y = X @ rng.normal(size=(p, n_outputs)) + rng.normal(size=(n, n_outputs)) + 2.0
    X_source = rng.normal(size=(60, p)) + 0.5
    y_source = X_source @ rng.normal(size=(p, n_outputs)) + rng.normal(size=(60, n_outputs))
    if n_outputs == 1:
        y, y_source = y[:, 0], y_source[:, 0]
    weight = np.append(rng.integers(1, 4, size=n - 3) * rng.uniform(0.5, 1.5, size=n - 3), [0.0, 1.0, 0.2])
    source = Source.from_estimator(Ridge(alpha=0.5).fit(X_source, y_source), X=X_source)
    return X, y, weight if weighted else None, source


def _array_metric(metric, n_features):
    rng = np.random.default_rng(3)
    root = rng.normal(size=(n_features, n_features))
    arrays = {"diagonal": rng.uniform(0.5, 2.0, size=n_features), "full": root @ root.T / n_features}
    return arrays.get(metric, metric)


def _standardised(X, weight, coef, intercept, centre):
    """Weighted standardisation on all rows, and the source in those features."""
    mean = np.average(X, axis=0, weights=weight)
    scale = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weight))
    mean = mean if centre else np.zeros_like(mean)
    return (X - mean) / scale, coef * scale, intercept + coef @ mean


def _fisher(source, p, K, pull):
    """The source's precision with the intercept free, pulled, or left out."""
    P, s, b = source.precision, slice(0, K * p), slice(K * p, None)
    if pull is None or np.isinf(pull):
        return P[s, s]
    if pull >= 1:
        P = P.copy()
        P[b, b] *= pull
        return P
    free = np.zeros_like(P)
    free[s, s] = P[s, s] - P[s, b] @ np.linalg.solve(P[b, b], P[b, s])
    return free


def _brute_force(X, y, weight, source, alpha, metric, pull):
    """Linear predictors (n, K) of the held-out rows: n explicit least squares with that row's weight at zero."""
    n, p = X.shape
    Y = y.reshape(n, -1)
    K = Y.shape[1]
    weight = np.ones(n) if weight is None else weight
    coef = np.zeros((K, p)) if source is None else np.atleast_2d(source.coef)
    intercept = np.zeros(K) if source is None else np.atleast_1d(source.intercept)
    fitted = pull is not None and np.isfinite(pull)
    if metric == "scale":
        X, coef, intercept = _standardised(X, weight, coef, intercept, centre=pull is not None)
    centre = np.append(coef.ravel(), intercept if fitted else [])
    if metric == "fisher":
        prior = alpha * _fisher(source, p, K, pull)
    else:
        M = _array_metric(metric, p)
        M = np.eye(p) if isinstance(M, str) else np.diag(M) if M.ndim == 1 else M
        prior = np.zeros((len(centre), len(centre)))
        prior[: K * p, : K * p] = alpha * np.kron(np.eye(K), M)
        prior[range(K * p, len(centre)), range(K * p, len(centre))] = alpha * pull if fitted else 0.0
    J = jacobian(X, K, fitted)
    offset = 0.0 if fitted else intercept
    eta = np.empty((n, K))
    for i in range(n):
        without = np.where(np.arange(n) == i, 0.0, weight)
        hessian = np.einsum("nkd,n,nke->de", J, without, J, optimize=True) + prior
        right = np.einsum("nkd,n,nk->d", J, without, Y - offset, optimize=True) + prior @ centre
        eta[i] = J[i] @ np.linalg.solve(hessian, right) + offset
    return eta


def _held_out(twin, X, y, weight):
    return held_out_predictions(*twin._minimiser(*twin._aligned(X, y, weight)))


def _assert_exact(X, y, weight, source, metric, pull, rows=None):
    alpha = 0.7
    twin = TransferRidge(
        alpha=alpha,
        source=source,
        metric=_array_metric(metric, X.shape[1]),
        fit_intercept=pull is not None,
        intercept_penalty=pull or 0.0,
    )
    expected = _brute_force(X, y, weight, source, alpha, metric, pull)
    found = _held_out(twin, X if rows is None else rows, y, weight)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("pull", PULLS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_ridge_is_exact(shape, n_outputs, weighted, pull, metric):
    X, y, weight, source = _problem(shape, n_outputs, weighted)
    _assert_exact(X, y, weight, source, metric, PULLS[pull])


@pytest.mark.parametrize("metric", METRICS[:4])
@pytest.mark.parametrize("pull", ["free", "not fitted"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_ridge_is_exact_without_a_source(shape, weighted, pull, metric):
    X, y, weight, _ = _problem(shape, 2, weighted)
    _assert_exact(X, y, weight, None, metric, PULLS[pull])


@pytest.mark.parametrize("layout", [sparse.csr_array, sparse.csc_array])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("pull", ["free", "pulled", "held"])
@pytest.mark.parametrize("shape", SHAPES)
def test_ridge_is_exact_for_sparse_rows(shape, pull, metric, layout):
    X, y, weight, source = _problem(shape, 1, True)
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.6, X, 0.0)
    _assert_exact(X, y, weight, source, metric, PULLS[pull], rows=layout(X))


def test_a_copied_source_predicts_held_out_rows_as_it_predicts():
    X, y, weight, source = _problem("tall", 1, True)
    eta = _held_out(TransferRidge(alpha=np.inf, intercept_penalty=np.inf, source=source), X, y, weight)
    assert_allclose(eta[:, 0], X @ source.coef + source.intercept, rtol=1e-13)


def test_a_recalibrated_source_has_the_mean_of_the_other_residuals():
    X, y, _, source = _problem("tall", 1, False)
    eta = _held_out(TransferRidge(alpha=np.inf, source=source), X, y, None)
    residual = y - X @ source.coef
    assert_allclose(eta[:, 0], X @ source.coef + (residual.sum() - residual) / (len(y) - 1), rtol=1e-11, atol=1e-11)


def test_a_row_that_cannot_be_left_out_has_infinite_loss():
    X, y = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 2.0, 3.0])
    twin = TransferRidge(alpha=0.0, fit_intercept=False)
    finite = np.isfinite(_held_out(twin, X, y, None)[:, 0])
    assert finite.tolist() == [True, True, False]
    search = TransferCV(twin, grid=[0.0, 1.0], cv="loo", rule="min").fit(X, y)
    assert search.table_["score"][1] == search.best_score_ > -np.inf


# Independent results, 50 digits ------------------------------------------------------------------------------


def _reference(name, loss):
    """(held-out predictions, reference); the reference's theta starts with the intercept."""
    data = np.load(REFERENCE / f"leave_one_out_{name}.npz")
    order = [*range(1, data["X"].shape[1] + 1), 0]
    centre, precision = data["prior_mean"][order], data["prior_precision"][np.ix_(order, order)]
    objective = Objective([LossTerm(data["X"], loss, data["y"])], [GaussianPrior(centre, DensePrecision(precision))])
    theta = choose_solver("auto", objective).solve(objective, centre, tol=1e-13).theta
    return held_out_predictions(objective, theta)[:, 0], data["eta_loo"], data["y"]


def test_gaussian_reference():
    found, expected, _ = _reference("gauss_full", Squared())
    assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_logistic_reference_is_near():
    found, expected, y = _reference("logit_full", Binomial())
    assert_allclose(found, expected, rtol=0, atol=0.05)
    sign = 2 * y - 1
    assert_allclose(log_expit(sign * found).mean(), log_expit(sign * expected).mean(), rtol=5e-3)


# The approximation: one Newton step ----------------------------------------------------------------------------


def _glm_problem(loss):
    rng = np.random.default_rng(8)
    X, weight = rng.normal(size=(30, 3)), rng.integers(0, 4, size=30) * 0.7
    K = 1 if loss == "binomial" else 3
    y = np.arange(30) % 2 if K == 1 else np.arange(30) % 3
    centre = rng.normal(size=K * 4)
    root = rng.normal(size=(K * 4, K * 4))
    return X, y, weight, centre, root @ root.T + np.eye(K * 4), Binomial() if K == 1 else Multinomial(K)


@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("loss", ["binomial", "multinomial"])
def test_one_newton_step_without_the_row(loss, diagonal, monkeypatch):
    """With many rows one step is all; here the limit is lowered so that 30 are many."""
    monkeypatch.setattr(_leave_one_out, "_SMALL", 0)
    X, y, weight, centre, precision, kind = _glm_problem(loss)
    precision = np.diag(precision.diagonal()) if diagonal else precision
    theta = minimise(X, y, weight, None, loss, centre, precision)
    prior = DiagonalPrecision(precision.diagonal()) if diagonal else DensePrecision(precision)
    objective = Objective([LossTerm(X, kind, y, weight)], [GaussianPrior(centre, prior)])
    J = jacobian(X, kind.n_outputs)
    expected = np.empty((len(y), kind.n_outputs))
    for i in range(len(y)):
        without = np.where(np.arange(len(y)) == i, 0.0, weight)
        _, gradient, hessian = evaluate(theta, X, y, without, None, loss, centre, precision)
        expected[i] = J[i] @ (theta - np.linalg.solve(hessian, gradient))
    assert_allclose(held_out_predictions(objective, theta), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("loss", ["binomial", "multinomial"])
def test_more_steps_end_at_the_exact_answer(loss, held, monkeypatch):
    monkeypatch.setattr(_leave_one_out, "_MORE_STEPS", 200)
    X, y, weight, centre, precision, kind = _glm_problem(loss)
    priors = [GaussianPrior(centre, DensePrecision(precision))]
    if held:
        priors.append(Held.at(centre, np.arange(len(centre)) == 1))
    objective = Objective([LossTerm(X, kind, y, weight)], priors)
    theta = choose_solver("auto", objective).solve(objective, centre, tol=1e-13).theta
    expected = np.empty((len(y), kind.n_outputs))
    for i in range(len(y)):
        without = Objective([LossTerm(X, kind, y, np.where(np.arange(len(y)) == i, 0.0, weight))], priors)
        refit = choose_solver("auto", without).solve(without, theta, tol=1e-13).theta
        expected[i] = objective.terms[0].predict(objective.layout, refit)[i]
    assert_allclose(held_out_predictions(objective, theta), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("metric", ["identity", "scale"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_wide_rows_go_through_the_reduction_and_agree_with_many_features(n_classes, metric):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(18, 30)), np.arange(18) % n_classes
    source = Source(rng.normal(size=(n_classes, 30))[: None if n_classes > 2 else 1], classes=np.arange(n_classes))
    narrow = TransferLogisticRegression(source=source, C=0.3, metric=metric, tol=1e-12)
    whole = np.eye(30) if metric == "identity" else np.diag(X.var(axis=0))
    wide = clone(narrow).set_params(metric=whole + 0.0 * np.ones((30, 30)))
    assert_allclose(_held_out(narrow, X, y, None), _held_out(wide, X, y, None), rtol=1e-7, atol=1e-7)


# How far the approximation is from n refits ------------------------------------------------------------------


def _exact_loss(twin, X, y, weight=None):
    """Mean log-loss of n refits with that row's weight at zero; standardisation as on all rows."""
    source, rows = twin._aligned(X, y, weight)
    losses = np.empty(len(y))
    for i in range(len(y)):
        objective, theta = twin._minimiser(
            source, rows._replace(weight=np.where(np.arange(len(y)) == i, 0.0, rows.weight))
        )
        term = objective.terms[0]
        losses[i] = term.loss.pointwise(term.y, term.predict(objective.layout, theta))[i]
    return losses.mean()


def _deviation(search, X, y):
    """Relative deviation of the held-out loss of the choice (of a mixture's heaviest member) from the exact one."""
    twin = clone(search.estimator).set_params(**search.borrow_, tol=1e-10)
    return -search.table_["score"][np.argmax(search.weights_)] / _exact_loss(twin, X, y) - 1


def _hungary(n, seed):
    heart = load_heart_disease()
    hungary = heart.hospital == "Hungary"
    source = make_pipeline(StandardScaler(), LogisticRegression()).fit(heart.data[~hungary], heart.target[~hungary])
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(hungary))[:n]
    return source, heart.data[rows], heart.target[rows]


@pytest.mark.parametrize("rule", ["auto", "min", "1se"])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [30, 100])
def test_log_loss_of_the_choice_is_within_two_percent_on_heart_disease(n, seed, rule):
    source, X, y = _hungary(n, seed)
    search = TransferCV(TransferLogisticRegression(source=source, metric="scale"), rule=rule).fit(X, y)
    assert abs(_deviation(search, X, y)) < 0.02


@pytest.mark.parametrize("rule", ["auto", "min"])
@pytest.mark.parametrize("n", [30, 45, 120])
def test_log_loss_of_the_choice_is_within_two_percent_for_three_classes(n, rule):
    X, y = make_classification(
        n_samples=1200,
        n_features=6,
        n_informative=4,
        n_classes=3,
        n_clusters_per_class=1,
        class_sep=0.7,
        random_state=4,
    )
    source = LogisticRegression().fit(X[200:] + 0.3, y[200:])
    search = TransferCV(TransferLogisticRegression(source=source), rule=rule).fit(X[:n], y[:n])
    assert abs(_deviation(search, X[:n], y[:n])) < 0.02
