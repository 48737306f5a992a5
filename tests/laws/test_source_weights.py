"""``source_weights``: factors of a list of sources that are free, not negative, or shares of one."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge

from sktransfer._base import _faces
from sktransfer._base._faces import found_factors, lowest
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferRidgeClassifier,
    TransferTweedieRegressor,
    transfer_path,
)
from sktransfer.model_selection import TransferCV
from sktransfer.sources import Source
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

RNG = np.random.default_rng(5)
N, P, K = 40, 4, 5
X = RNG.normal(size=(N, P))
THETAS = 0.5 * RNG.normal(size=(K, P))
ETA = X @ (0.8 * THETAS[0] + 0.3 * THETAS[1] - 0.6 * THETAS[2]) + 0.3
NUMBERS = ETA + 0.3 * RNG.normal(size=N)
COUNTS = RNG.poisson(np.exp(ETA)).astype(float)
AMOUNTS = np.exp(ETA + 0.3 * RNG.normal(size=N))
LABELS = (ETA + RNG.logistic(size=N) > 0.3).astype(int)
WEIGHT = RNG.integers(0, 4, size=N).astype(float)
TIGHT = {"tol": 1e-11, "max_iter": 2000}

TWINS = {
    "ridge": (TransferRidge(alpha=3.0), "identity", NUMBERS),
    "ridge classifier": (TransferRidgeClassifier(alpha=3.0), "sign", LABELS),
    "logistic": (TransferLogisticRegression(C=0.5, **TIGHT), "logit", LABELS),
    "l1 logistic": (TransferLogisticRegression(C=5.0, l1_ratio=0.5, **TIGHT), "logit", LABELS),
    "poisson": (TransferPoissonRegressor(alpha=0.2, **TIGHT), "log", COUNTS),
    "gamma": (TransferGammaRegressor(alpha=0.2, **TIGHT), "log", AMOUNTS),
    "tweedie": (TransferTweedieRegressor(power=1.5, alpha=0.2, **TIGHT), "log", AMOUNTS),
    "lasso": (TransferLasso(alpha=0.02, **TIGHT), "identity", NUMBERS),
    "elastic net": (TransferElasticNet(alpha=0.02, **TIGHT), "identity", NUMBERS),
    "svc": (TransferLinearSVC(C=0.5, **TIGHT), "margin", LABELS),
    "hinge": (TransferLinearSVC("hinge", C=0.5, **TIGHT), "margin", LABELS),
    "svr": (TransferLinearSVR(C=0.5, **TIGHT), "identity", NUMBERS),
}
KINKED = ("svc", "hinge", "svr")
RULES = ("free", "nonnegative", "simplex")


def _sources(thetas, link, intercept=0.2):
    classes = [0, 1] if link in ("logit", "margin", "sign") else None
    return [Source(theta, intercept, link=link, classes=classes) for theta in thetas]


def _fitted(name, thetas, rule, weight=None, **params):
    twin, link, y = TWINS[name]
    model = clone(twin).set_params(source=_sources(thetas, link), source_weights=rule, **params)
    return model.fit(X, y, sample_weight=weight)


def _minimised(objective, rule, n_factors, n_others):
    """A slow, obvious minimiser: sequential quadratic programming."""
    start = np.append(np.full(n_factors, 1 / n_factors), np.zeros(n_others))
    sums = {"type": "eq", "fun": lambda z: z[:n_factors].sum() - 1}
    bounds = [(0, None)] * n_factors + [(None, None)] * n_others
    options = {"ftol": 1e-16, "maxiter": 5000}
    return minimize(
        objective,
        start,
        method="SLSQP",
        bounds=bounds,
        constraints=[sums] if rule == "simplex" else [],
        options=options,
    ).x


def _light(Z, total, curvature):
    about = Z - np.average(Z, axis=0, weights=curvature)
    size, v = Z.shape[1], np.mean(curvature @ about**2) / len(Z)
    return total * np.ones((size, size)) + v * (np.eye(size) - 1 / size)


LOSSES = {
    "ridge": (lambda eta: (NUMBERS - eta) ** 2 / 2, 3.0, 0.0, np.ones(N)),
    "logistic": (lambda eta: np.logaddexp(0, eta) - LABELS * eta, 2.0, 16.0, np.full(N, 0.25)),
    "poisson": (lambda eta: np.exp(eta) - COUNTS * eta, 0.2 * N, 0.1 * N, np.full(N, COUNTS.mean())),
}


@pytest.mark.parametrize("strength", ["finite", "infinite"])
@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_slow_oracle(name, rule, strength):
    loss, alpha, total, curvature = LOSSES[name]
    light = _light(X @ THETAS.T, total, curvature)
    copied = strength == "infinite"

    def objective(z):
        beta, delta, level = z[:K], z[K:-1], z[-1]
        moved = beta @ THETAS if copied else beta @ THETAS + delta
        pull = 0.0 if copied else alpha * delta @ delta / 2
        return loss(X @ moved + level).sum() + pull + (beta - 1 / K) @ light @ (beta - 1 / K) / 2

    params = {} if not copied else {"C": 0.0} if name == "logistic" else {"alpha": np.inf}
    model = _fitted(name, THETAS, rule, **params)
    z = _minimised(objective, rule, K, 1 if copied else P + 1)
    own = np.concatenate([model.source_weights_, [] if copied else np.ravel(model.delta_), np.ravel(model.intercept_)])
    assert np.any(z[:K] < 1e-8), "some factor is at its bound"
    assert objective(own) <= objective(z) + 1e-9
    assert_allclose(own, z, atol=3e-6)


@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
@pytest.mark.parametrize("name", KINKED)
def test_a_slow_oracle_for_losses_with_kinks(name, rule):
    """There the factors are fitted first, on the sources' predictions: no factors nearby are better."""
    losses = {
        "svc": lambda eta: np.maximum(0, 1 - (2 * LABELS - 1) * eta) ** 2,
        "hinge": lambda eta: np.maximum(0, 1 - (2 * LABELS - 1) * eta),
        "svr": lambda eta: np.abs(NUMBERS - eta),
    }
    Z, light = X @ THETAS.T, _light(X @ THETAS.T, 16.0, np.ones(N))

    def least(beta):
        def of_level(level):
            return losses[name](Z @ beta + level).sum() + 8.0 * (level - 0.2) ** 2

        best = minimize(lambda b: of_level(b[0]), [0.2], method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-13})
        return best.fun + (beta - 1 / K) @ light @ (beta - 1 / K) / 2

    beta = _fitted(name, THETAS, rule).source_weights_
    assert beta.min() >= 0
    value = least(beta)
    for k in range(K):
        for m in range(K):
            for step in (1e-3, 1e-2):
                other = beta.copy()
                other[k] += step
                other[m] -= step if rule == "simplex" else 0.0
                assert k == m or other[m] < 0 or least(other) >= value - 1e-9
        less = beta.copy()
        less[k] -= 1e-3
        assert rule == "simplex" or less[k] < 0 or least(less) >= value - 1e-9


def test_several_outputs_choose_for_themselves():
    Y = np.column_stack([NUMBERS, X @ THETAS[3] + 0.2 * RNG.normal(size=N)])
    both = [Source(np.vstack([theta, theta[::-1]]), [0.2, 0.1], link="identity") for theta in THETAS]
    model = TransferRidge(alpha=3.0, source=both).fit(X, Y)
    apart = [
        TransferRidge(alpha=3.0, source=_sources(thetas, "identity", level)).fit(X, y)
        for thetas, level, y in zip([THETAS, THETAS[:, ::-1]], [0.2, 0.1], Y.T, strict=True)
    ]
    assert_allclose(model.source_weights_, [each.source_weights_ for each in apart], atol=1e-9)
    assert_allclose(model.coef_, [each.coef_ for each in apart], atol=1e-9)


@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
def test_classes_of_one_softmax_share_their_weights(rule):
    slopes = RNG.normal(size=(3, 3, P))
    slopes -= slopes.mean(axis=1, keepdims=True)
    y = np.argmax(X @ (2 * slopes[0].T) + RNG.gumbel(size=(N, 3)), axis=1)
    sources = [Source(each, np.zeros(3), classes=[0, 1, 2]) for each in slopes]
    model = TransferLogisticRegression(C=0.5, source=sources, source_weights=rule, **TIGHT).fit(X, y)
    scores = np.stack([X @ each.T for each in slopes])
    curvature = np.eye(3) / 3 - 1 / 9
    about = scores - scores.mean(axis=1, keepdims=True)
    v = np.mean([np.einsum("ia,ab,ib->", each, curvature, each) for each in about]) / N
    light = 16.0 + v * (np.eye(3) - 1 / 3)

    def objective(z):
        beta, delta, level = z[:3], z[3:-3].reshape(3, P), z[-3:]
        eta = X @ (np.tensordot(beta, slopes, 1) + delta).T + level
        loss = np.logaddexp.reduce(eta, axis=1) - eta[np.arange(N), y]
        return loss.sum() + np.sum(delta**2) + (beta - 1 / 3) @ light @ (beta - 1 / 3) / 2

    z = _minimised(objective, rule, 3, 3 * P + 3)
    own = np.concatenate([model.source_weights_, model.delta_.ravel(), model.intercept_])
    assert objective(own) <= objective(z) + 1e-8
    assert_allclose(own[:3], z[:3], atol=2e-5)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", TWINS)
def test_the_order_of_sources_changes_nothing(name, rule):
    order = RNG.permutation(K)
    one, other = _fitted(name, THETAS, rule), _fitted(name, THETAS[order], rule)
    tol = 1e-5 if name in KINKED else 1e-8
    assert_allclose(other.source_weights_, one.source_weights_[order], atol=tol)
    assert_allclose(other.coef_, one.coef_, atol=tol)
    assert_allclose(other.intercept_, one.intercept_, atol=tol)


@pytest.mark.parametrize("name", TWINS)
def test_identical_sources_share_their_weight_and_do_what_one_does(name):
    one, three = _fitted(name, THETAS[:1], "free"), _fitted(name, THETAS[[0, 0, 0]], "free")
    tol = 1e-5 if name in KINKED else 1e-8
    assert_allclose(three.source_weights_, np.repeat(one.source_weights_ / 3, 3), atol=tol)
    assert_allclose(three.coef_, one.coef_, atol=tol)
    assert_allclose(three.intercept_, one.intercept_, atol=tol)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", TWINS)
def test_a_source_that_stands_there_twice_has_two_equal_weights(name, rule):
    weights = _fitted(name, THETAS[[0, 1, 0, 2]], rule).source_weights_
    assert_allclose(weights[0], weights[2], atol=1e-5 if name in KINKED else 1e-8)


@pytest.mark.parametrize("name", TWINS)
def test_one_share_of_one_is_the_source_itself(name):
    twin, link, y = TWINS[name]
    listed = _fitted(name, THETAS[:1], "simplex")
    plain = clone(twin).set_params(source=_sources(THETAS[:1], link)[0]).fit(X, y)
    assert_allclose(listed.source_weights_, [1.0])
    assert_allclose(listed.coef_, plain.coef_, atol=1e-7)
    assert_allclose(listed.source_coef_, plain.source_coef_, rtol=1e-12)


@pytest.mark.parametrize("name", TWINS)
def test_by_default_one_source_is_scaled_and_several_are_shared_out(name):
    assert_allclose(_fitted(name, THETAS[:1], "auto").coef_, _fitted(name, THETAS[:1], "free").coef_)
    assert_allclose(_fitted(name, THETAS, "auto").coef_, _fitted(name, THETAS, "simplex").coef_)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", TWINS)
def test_weights_are_repeats(name, rule):
    """Rows of weight zero are not there."""
    twin, link, y = TWINS[name]
    model = clone(twin).set_params(source=_sources(THETAS, link), source_weights=rule)
    rows = np.repeat(np.arange(N), WEIGHT.astype(int))
    weighed, repeated = clone(model).fit(X, y, WEIGHT), clone(model).fit(X[rows], y[rows])
    tol = 1e-5 if name in KINKED else 1e-7
    assert_allclose(weighed.source_weights_, repeated.source_weights_, atol=tol)
    assert_allclose(weighed.coef_, repeated.coef_, atol=tol)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", TWINS)
def test_sources_that_say_nothing_share_evenly(name, rule):
    weights = _fitted(name, np.zeros((3, P)), rule).source_weights_
    assert_allclose(weights, weights[[0, 0, 0]], atol=1e-9)


@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
@pytest.mark.parametrize("name", ["ridge", "ridge classifier", "logistic", "poisson", "svc"])
def test_sparse_rows(name, rule):
    twin, link, y = TWINS[name]
    thin = np.where(np.abs(X) > 0.7, X, 0.0)
    model = clone(twin).set_params(source=_sources(THETAS, link), source_weights=rule)
    sparse, dense = clone(model).fit(sp.csr_array(thin), y), clone(model).fit(thin, y)
    tol = 1e-5 if name in KINKED else 1e-8
    assert_allclose(sparse.source_weights_, dense.source_weights_, atol=tol)
    assert_allclose(sparse.coef_, dense.coef_, atol=tol)


def test_a_factor_below_zero_is_held_out_at_zero():
    """One source the wrong way round, taken times a factor that may not be negative: what is left is the level."""
    twin = TransferRidge(source=_sources([-THETAS[0]], "identity")[0], source_weights="nonnegative")
    y = X @ THETAS[0] + 0.1 * RNG.normal(size=N)
    search = TransferCV(twin, candidates="recalibrated").fit(X, y)
    assert [type(params.get("source")) for params in search.table_["params"]] == [type(None), list]
    error = (y - y.mean()) * N / (N - 1)
    assert_allclose(-search.table_["score"][1], np.mean(error**2), rtol=1e-9)


def test_weights_that_do_not_settle_are_taken_as_they_are_and_said_so(monkeypatch):
    monkeypatch.setattr(_faces, "_ROUNDS", 0)
    with pytest.warns(ConvergenceWarning, match="TransferRidge: the sources' weights have not settled after 0 rounds"):
        model = _fitted("ridge", THETAS, "simplex")
    assert_allclose(model.source_weights_, np.full(K, 1 / K))
    around = TransferRidge(alpha=3.0, source=_sources([THETAS.mean(axis=0)], "identity")[0]).fit(X, NUMBERS)
    assert_allclose(model.coef_, around.coef_, rtol=1e-9)


def test_a_source_the_wrong_way_round_counts_nothing():
    model = TransferRidge(alpha=3.0, source=_sources([-THETAS[0]], "identity"), source_weights="nonnegative")
    y = X @ THETAS[0] + 0.1 * RNG.normal(size=N)
    assert_allclose(model.fit(X, y).source_weights_, [0.0], atol=1e-15)
    assert_allclose(model.coef_, Ridge(alpha=3.0).fit(X, y).coef_, rtol=1e-9)


@pytest.mark.parametrize("name", ["ridge", "logistic", "lasso"])
def test_the_one_good_source_of_fifty_is_found(name):
    twin, link, _ = TWINS[name]
    rng = np.random.default_rng(0)
    X, thetas = rng.normal(size=(30, 20)), rng.normal(size=(50, 20))
    eta = X @ thetas[17]
    y = (eta > 0).astype(int) if name == "logistic" else eta + 0.1 * rng.normal(size=30)
    params = {"C": 0.01} if name == "logistic" else {"alpha": 100.0}
    model = clone(twin).set_params(source=_sources(thetas, link), **params).fit(X, y)
    assert np.argmax(model.source_weights_) == 17
    assert model.source_weights_[17] > (0.5 if name == "logistic" else 0.9)


@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
def test_squared_loss_takes_two_fits_to_find_a_face_however_many_sources(rule, monkeypatch):
    rng, count = np.random.default_rng(1), []
    thetas, model = rng.normal(size=(50, 20)), _faces._Model.__init__
    monkeypatch.setattr(_faces._Model, "__init__", lambda *given: (count.append(1), model(*given))[1])
    X = rng.normal(size=(30, 20))
    y = X @ thetas[:2].sum(axis=0) + rng.normal(size=30)
    TransferRidge(source=_sources(thetas, "identity"), source_weights=rule).fit(X, y)
    assert len(count) == 2


@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
def test_the_quadratic_over_what_is_allowed(rule):
    """A certificate: the gradient at the minimiser is nowhere below that of what has a weight."""
    for size, rank in [(1, 1), (4, 4), (9, 3), (30, 30)]:
        root, gradient = RNG.normal(size=(rank, size)), RNG.normal(size=size)
        hessian = root.T @ root
        gradient = hessian @ gradient
        beta = lowest(hessian, gradient, rule)
        slope = hessian @ beta + gradient
        slope = slope - slope @ beta if rule == "simplex" else slope
        assert beta.min() >= 0
        assert rule == "nonnegative" or np.isclose(beta.sum(), 1.0, rtol=1e-12)
        assert slope.min() >= -1e-8
        assert np.abs(slope[beta > 0]).max(initial=0.0) <= 1e-8


def test_more_features_than_the_dense_road_takes(monkeypatch):
    """Without matrices of the parameters: the same factors."""
    for name in ("ridge", "logistic", "poisson"):
        dense = _fitted(name, THETAS, "simplex").source_weights_
        with monkeypatch.context() as patched:
            patched.setattr(_faces, "_DENSE", 0)
            patched.setattr("sktransfer._base._light._DENSE", 0)
            assert_allclose(_fitted(name, THETAS, "simplex").source_weights_, dense, atol=1e-7)


@pytest.mark.parametrize("params", [{"metric": "scale"}, {"intercept_penalty": 2.0}, {"intercept_penalty": np.inf}])
@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
def test_units_and_the_pull_of_the_intercept(rule, params):
    """Standardised by hand and as metric="scale"; the level is pulled to the mean of the sources'."""
    if "metric" in params:
        mean, scale = X.mean(axis=0), X.std(axis=0)
        model = _fitted("ridge", THETAS, rule, **params)
        by_hand = TransferRidge(alpha=3.0, source=_sources(THETAS * scale, "identity"), source_weights=rule)
        by_hand.fit((X - mean) / scale, NUMBERS)
        assert_allclose(model.source_weights_, by_hand.source_weights_, atol=1e-9)
        assert_allclose(model.coef_, by_hand.coef_ / scale, atol=1e-9)
        return
    tau, light = params["intercept_penalty"], _light(X @ THETAS.T, 0.0, np.ones(N))

    def objective(z):
        level = z[-1] if np.isfinite(tau) else 0.2
        pull = 1.5 * tau * (level - 0.2) ** 2 if np.isfinite(tau) else 0.0
        error = NUMBERS - X @ (z[:K] @ THETAS + z[K:-1]) - level
        return error @ error / 2 + 1.5 * z[K:-1] @ z[K:-1] + pull + z[:K] @ light @ z[:K] / 2

    model = _fitted("ridge", THETAS, rule, **params)
    z = _minimised(objective, rule, K, P + 1)
    assert_allclose(model.source_weights_, z[:K], atol=2e-6)
    assert_allclose(model.delta_, z[K:-1], atol=2e-6)


def test_a_class_that_no_row_shows_keeps_the_mean_of_the_sources():
    slopes = RNG.normal(size=(2, 3, P))
    sources = [Source(each, np.zeros(3), classes=[0, 1, 2]) for each in slopes]
    for C in (0.5, 0.0):
        model = TransferLogisticRegression(C=C, source=sources, **TIGHT).fit(X, LABELS)
        centred = slopes - slopes.mean(axis=1, keepdims=True)
        assert_allclose(model.coef_[2], centred.mean(axis=0)[2], rtol=1e-12)
        assert_allclose(model.delta_[2], 0.0, atol=1e-15)
        assert_allclose(model.source_weights_.sum(), 1.0, rtol=1e-12)


def test_features_and_classes_of_each_source_by_its_own_labels():
    import pandas as pd

    frame = pd.DataFrame(X, columns=list("abcd"))
    all_three = RNG.normal(size=(3, P))
    first = Source(all_three[:, [2, 0]], [0.1, 0.2, 0.3], classes=["x", "y", "z"], feature_names=["c", "a"])
    second = Source([1.0, 2.0], 0.5, classes=["z", "x"], feature_names=["d", "gone"])
    y = np.array(["x", "y", "z"])[RNG.integers(0, 3, size=N)]
    model = TransferLogisticRegression(C=0.0, source=[first, second]).fit(frame, y)
    by_name = [np.zeros((3, P)), np.zeros((3, P))]
    by_name[0][:, [2, 0]] = all_three[:, [2, 0]]
    by_name[1][[2, 0], 3] = -0.5, 0.5
    by_name = [each - each.mean(axis=0) for each in by_name]
    assert_allclose(model.coef_, np.tensordot(model.source_weights_, by_name, 1), atol=1e-12)
    assert model.source_.alignment.added_features == ("b",)


def test_bounds_on_coefficients_come_after_the_weights():
    model = TransferRidge(alpha=3.0, source=_sources(THETAS, "identity"), positive=True).fit(X, NUMBERS)
    held = _fitted("ridge", THETAS, "simplex", alpha=np.inf)
    assert_allclose(model.source_weights_, held.source_weights_, atol=1e-9)
    around = TransferRidge(alpha=3.0, source=_sources([held.coef_], "identity")[0], positive=True).fit(X, NUMBERS)
    assert_allclose(model.coef_, around.coef_, atol=1e-6)
    assert model.coef_.min() >= 0


def test_a_path_of_strengths_takes_a_list():
    sources = _sources(THETAS, "identity")
    _, coefs, _ = transfer_path(X, NUMBERS, source=sources, alphas=[0.02], tol=1e-12)
    model = TransferLasso(alpha=0.02, source=sources, tol=1e-12).fit(X, NUMBERS)
    assert_allclose(coefs[:, 0], model.coef_, atol=1e-8)


@pytest.mark.parametrize("name", TWINS)
def test_names_of_rules_are_checked(name):
    with pytest.raises(ValueError, match="'source_weights' parameter"):
        _fitted(name, THETAS, "positive")


def _of_the_list(search):
    """(parameters, score) of the candidates that use all sources."""
    pairs = zip(search.table_["params"], search.table_["score"], strict=True)
    return [(params, score) for params, score in pairs if "source" not in params]


LOO = {
    "ridge": (TransferRidge(), NUMBERS, {}),
    "scaled": (TransferRidge(metric="scale"), NUMBERS, {}),
    "array": (TransferRidge(metric=np.diag([1.0, 2.0, 3.0, 4.0]) + 0.1), NUMBERS, {}),
    "signs": (TransferRidgeClassifier(), LABELS, {}),
}


@pytest.mark.parametrize("intercept_penalty", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", LOO)
def test_leave_one_out_is_exact(name, rule, intercept_penalty):
    """As many fits as rows, the pull on the factors and the standardisation as on all rows."""
    twin, y, _ = LOO[name]
    link = twin._link
    twin = clone(twin).set_params(source=_sources(THETAS, link), source_weights=rule)
    grid = {"alpha": [0.5, 20.0, np.inf], "intercept_penalty": [intercept_penalty]}
    search = TransferCV(twin, grid=grid, candidates="transfer").fit(X[:15], y[:15], WEIGHT[:15] + 0.5)
    for params, score in _of_the_list(search):
        model, errors = clone(twin).set_params(**params), []
        source, rows = model._aligned(X[:15], y[:15], WEIGHT[:15] + 0.5)
        light = model._factors_light(rows, source, model._loss(rows), 1.0)
        coordinates = model._coordinates(rows, source)
        model._coordinates = lambda rows, source, kept=coordinates: kept
        for i in range(15):
            weight = rows.weight.copy()
            weight[i] = 0.0
            rest = rows._replace(weight=weight)
            factors = found_factors(rule, light, model, rest, source)
            problem = model._pose(rest, source, factors)
            coef, intercept = problem.split(model._solve(problem, None)[0].theta)
            signs = np.where(y == 1, 1.0, -1.0) if name == "signs" else y
            errors.append((signs[i] - X[i] @ coef[0] - intercept[0]) ** 2)
        assert_allclose(-score, np.average(errors, weights=rows.weight), rtol=1e-8)


def test_leave_one_out_of_several_outputs_and_more_features_than_rows():
    rng = np.random.default_rng(2)
    X, thetas = rng.normal(size=(8, 20)), rng.normal(size=(3, 2, 20))
    Y = np.column_stack([X @ thetas[0, 0], X @ thetas[1, 1]]) + 0.3 * rng.normal(size=(8, 2))
    sources = [Source(theta, [0.0, 0.0], link="identity") for theta in thetas]
    search = TransferCV(TransferRidge(source=sources), grid=[5.0], candidates="transfer").fit(X, Y)
    apart = [
        TransferCV(TransferRidge(source=_sources(thetas[:, k], "identity", 0.0)), grid=[5.0], candidates="transfer")
        for k in range(2)
    ]
    scores = [each.fit(X, y).table_["score"] for each, y in zip(apart, Y.T, strict=True)]
    assert_allclose(search.table_["score"], np.mean(scores, axis=0), rtol=1e-9)


def test_a_metric_that_ties_outputs_is_held_out_by_refits():
    Y = np.column_stack([NUMBERS, -NUMBERS])[:10]
    sources = [Source(np.vstack([theta, -theta]), [0.2, -0.2], link="identity") for theta in THETAS]
    loose = np.kron(np.eye(2), np.eye(P))
    tied = loose + 1e-12 * np.kron(np.ones((2, 2)), np.eye(P))
    scores = [
        TransferCV(TransferRidge(source=sources, metric=metric), grid=[5.0], candidates="transfer").fit(X[:10], Y)
        for metric in (loose, tied)
    ]
    assert_allclose(scores[0].table_["score"], scores[1].table_["score"], rtol=1e-6)


@pytest.mark.parametrize("strength", [1.0, np.inf])
@pytest.mark.parametrize("rule", ["nonnegative", "simplex"])
@pytest.mark.parametrize("name", ["logistic", "poisson"])
def test_other_losses_are_held_out_on_the_face_of_all_rows(name, rule, strength):
    """Exactly there; where factors meet their bounds without some row, within a fraction of the error of the mean."""
    twin, link, y = TWINS[name]
    parameter = twin._strength_parameter
    twin = clone(twin).set_params(source=_sources(THETAS, link), source_weights=rule)
    grid = {parameter.name: [parameter.of(strength)], "intercept_penalty": [0.0]}
    search = TransferCV(twin, grid=grid, candidates="transfer").fit(X, y)
    ((params, score),) = _of_the_list(search)
    twin.set_params(**params)
    source, rows = twin._aligned(X, y, None)
    loss = twin._loss(rows)
    light = twin._factors_light(rows, source, loss, twin._unit(rows))
    whole = found_factors(rule, light, twin, rows, source)
    on_face, anywhere = [], []
    for i in range(N):
        weight = rows.weight.copy()
        weight[i] = 0.0
        rest = rows._replace(weight=weight)
        for losses, factors in ((on_face, whole), (anywhere, found_factors(rule, light, twin, rest, source))):
            problem = twin._pose(rest, source, factors)
            term, theta = problem.objective.terms[0], twin._solve(problem, None)[0].theta
            losses.append(loss.pointwise(term.y, term.predict(problem.objective.layout, theta))[i])
    error = search.table_["se"][0]
    assert_allclose(-score, np.mean(on_face), rtol=1e-4)
    assert abs(-score - np.mean(anywhere)) < error / 4


@pytest.mark.parametrize("name", ["ridge", "logistic", "svr"])
def test_each_source_of_a_short_list_is_a_candidate_by_itself(name):
    """As good as a search with that source alone; of a long list none is."""
    twin, link, y = TWINS[name]
    sources = _sources(THETAS[:3], link)
    search = TransferCV(clone(twin).set_params(source=sources), candidates=["source", "recalibrated"]).fit(X, y)
    table = list(zip(search.table_["candidate"], search.table_["params"], search.table_["score"], strict=True))
    for source in sources:
        alone = TransferCV(clone(twin).set_params(source=source), candidates=["source", "recalibrated"]).fit(X, y)
        own = [
            (candidate, score)
            for candidate, params, score in table
            if params.get("source") is source or params.get("source") == [source]
        ]
        assert [candidate for candidate, _ in own] == alone.table_["candidate"]
        assert_allclose([score for _, score in own], alone.table_["score"], rtol=1e-6)
    many = clone(twin).set_params(source=_sources(np.vstack([THETAS, THETAS[:1]]), link))
    found = many._borrowing.candidates(X, y, None, "auto")
    assert {type(candidate.params.get("source")) for candidate in found} == {type(None)}


def test_the_only_good_source_of_a_short_list_is_better_alone():
    rng = np.random.default_rng(0)
    X, thetas = rng.normal(size=(30, 8)), rng.normal(size=(4, 8))
    y = X @ thetas[2] + 0.5 + 0.5 * rng.normal(size=30)
    sources = _sources(thetas, "identity")
    search = TransferCV(TransferRidge(source=sources), candidates="recalibrated", rule="min").fit(X, y)
    assert search.borrow_["source"] is sources[2]
    assert_allclose(search.best_estimator_.coef_, thetas[2])
