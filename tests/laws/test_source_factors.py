"""``source=[model, ...]``: theta_s = sum_k beta_k theta_k with beta fitted. K more columns, lightly penalised."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import block_diag
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, PoissonRegressor

from sktransfer.linear_model import (
    TransferElasticNet,
    TransferGammaRegressor,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
    TransferTweedieRegressor,
)
from sktransfer.model_selection import TransferCV
from sktransfer.sources import Source
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

RNG = np.random.default_rng(3)
N, P = 40, 4
X = RNG.normal(size=(N, P))
THETAS = 0.4 * RNG.normal(size=(2, P))
ETA = X @ (1.6 * THETAS[0] - 0.5 * THETAS[1]) + 0.3
NUMBERS = ETA + 0.3 * RNG.normal(size=N)
COUNTS = RNG.poisson(np.exp(ETA)).astype(float)
AMOUNTS = np.exp(ETA + 0.3 * RNG.normal(size=N))
LABELS = (ETA + RNG.logistic(size=N) > 0.3).astype(int)
TIGHT = {"tol": 1e-11, "max_iter": 1000}

# twin, link, y, the pull on the factors' sum and the curvature of a row's loss without slopes, both over the strength
SMOOTH = {
    "ridge": (TransferRidge(alpha=3.0), "identity", NUMBERS, (0.0, np.ones(N) / 3.0)),
    "logistic": (TransferLogisticRegression(C=0.5, **TIGHT), "logit", LABELS, (16.0 * 0.5, np.full(N, 0.25) * 0.5)),
    "poisson": (
        TransferPoissonRegressor(alpha=0.2, **TIGHT),
        "log",
        COUNTS,
        (0.1 / 0.2, np.full(N, COUNTS.mean()) / (0.2 * N)),
    ),
    "gamma": (
        TransferGammaRegressor(alpha=0.2, **TIGHT),
        "log",
        AMOUNTS,
        (0.1 / 0.2, AMOUNTS / AMOUNTS.mean() / (0.2 * N)),
    ),
    "tweedie": (
        TransferTweedieRegressor(power=1.5, alpha=0.2, **TIGHT),
        "log",
        AMOUNTS,
        (0.1 / 0.2, (AMOUNTS / AMOUNTS.mean() + 1) / 2 * AMOUNTS.mean() ** 0.5 / (0.2 * N)),
    ),
}
ALL = SMOOTH | {
    "lasso": (TransferLasso(alpha=0.02, **TIGHT), "identity", NUMBERS, None),
    "elastic net": (TransferElasticNet(alpha=0.02, **TIGHT), "identity", NUMBERS, None),
    "svc": (TransferLinearSVC(C=0.5, **TIGHT), "margin", LABELS, None),
    "svr": (TransferLinearSVR(C=0.5, **TIGHT), "identity", NUMBERS, None),
}


def _source(theta, link, intercept=0.2):
    classes = [0, 1] if link in ("logit", "margin") else None
    return Source(theta, intercept, link=link, classes=classes)


def _light(Z, total, curvature):
    """C over the strength: the sum of the factors near one, what is between them near nothing by one row's worth."""
    size, about = Z.shape[1], Z - np.average(Z, axis=0, weights=curvature)
    v = np.mean(curvature @ about**2) / len(Z)
    return total * np.ones((size, size)) + v * (np.eye(size) - 1 / size)


def _infinite(name):
    return {"C": 0.0} if name in ("logistic", "svc", "svr") else {"alpha": np.inf}


@pytest.mark.parametrize("intercept_penalty", [0.0, 2.0, np.inf])
@pytest.mark.parametrize("K", [1, 2])
@pytest.mark.parametrize("name", SMOOTH)
def test_it_is_more_columns_lightly_penalised(name, K, intercept_penalty):
    """The sources' predictions as columns, their coefficients lightly pulled to 1 / K."""
    twin, link, y, (total, curvature) = SMOOTH[name]
    twin = clone(twin).set_params(intercept_penalty=intercept_penalty)
    sources = [_source(theta, link) for theta in THETAS[:K]]
    fitted = clone(twin).set_params(source=sources, source_weights="free").fit(X, y)
    coef, beta = np.ravel(fitted.coef_), fitted.source_weights_
    weights = block_diag(np.eye(P), _light(X @ THETAS[:K].T, total, curvature))
    columns = _source(np.append(np.zeros(P), np.full(K, 1 / K)), link)
    wide = twin.set_params(source=columns, metric=weights).fit(np.hstack([X, X @ THETAS[:K].T]), y)
    delta, factors = np.ravel(wide.coef_)[:P], np.ravel(wide.coef_)[P:]
    assert_allclose(beta, factors, rtol=2e-6, atol=1e-8)
    assert_allclose(coef, delta + factors @ THETAS[:K], rtol=2e-6, atol=1e-8)
    assert_allclose(np.ravel(fitted.delta_), delta, atol=1e-7)
    assert_allclose(np.ravel(fitted.source_coef_), factors @ THETAS[:K], rtol=2e-6, atol=1e-8)
    assert_allclose(fitted.intercept_, wide.intercept_, rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize("C", [0.3, 0.0])
def test_one_factor_for_all_classes_of_a_softmax(C):
    slopes = RNG.normal(size=(3, P))
    y = np.argmax(X @ (2 * slopes.T) + RNG.gumbel(size=(N, 3)), axis=1)
    source = Source(slopes, [0.0, 0.0, 0.0], classes=[0, 1, 2])
    model = TransferLogisticRegression(C=C, source=[source], **TIGHT).fit(X, y)
    centred = slopes - slopes.mean(axis=0)

    def objective(z):
        beta, intercept, delta = z[0], z[1:4], z[4:].reshape(3, P) if C else 0.0
        eta = X @ (beta * centred + delta).T + intercept
        loss = np.logaddexp.reduce(eta, axis=1) - eta[np.arange(N), y]
        return loss.sum() + 8.0 * (beta - 1) ** 2 + (np.sum(delta**2) / (2 * C) if C else 0.0)

    z = minimize(objective, np.zeros(4 + (3 * P if C else 0)), tol=1e-12).x
    assert model.source_weights_.shape == (1,)
    assert_allclose(model.source_weights_[0], z[0], rtol=1e-4)
    assert_allclose(model.source_coef_, model.source_weights_[0] * centred, rtol=1e-12)
    assert_allclose(model.coef_, z[0] * centred + (z[4:].reshape(3, P) if C else 0.0), atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_infinite_strength_recalibrates(name):
    """Slopes in the span of the sources, as a fit on their predictions alone finds them."""
    twin, link, y, _ = ALL[name]
    model = clone(twin).set_params(source=[_source(THETAS[0], link)], **_infinite(name)).fit(X, y)
    (beta,) = np.ravel(model.source_weights_)
    assert_allclose(np.ravel(model.coef_), beta * THETAS[0], rtol=1e-9)
    assert_allclose(np.ravel(model.delta_), 0.0, atol=1e-12)
    z = (X @ THETAS[0])[:, np.newaxis]
    if name in ("ridge", "lasso", "elastic net"):
        assert_allclose(beta, LinearRegression().fit(z, y).coef_[0], rtol=1e-9)
    if name == "poisson":  # the light pull is towards one: y ~ z with z as an offset
        rates, weight = COUNTS / np.exp(z[:, 0]), np.exp(z[:, 0])
        alone = PoissonRegressor(alpha=0.1 * N / weight.sum(), solver="newton-cholesky", tol=1e-12)
        assert_allclose(beta - 1, alone.fit(z, rates, sample_weight=weight).coef_[0], rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_sources_may_come_in_any_order(name):
    twin, link, y, _ = ALL[name]
    sources = [_source(theta, link) for theta in THETAS]
    one = clone(twin).set_params(source=sources).fit(X, y)
    other = clone(twin).set_params(source=tuple(sources[::-1])).fit(X, y)
    assert_allclose(other.coef_, one.coef_, rtol=1e-5, atol=1e-7)
    assert_allclose(other.source_weights_[..., ::-1], one.source_weights_, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("alpha", [0.5, np.inf])
def test_the_size_of_a_source_does_not_matter_to_squared_loss(alpha):
    one = TransferRidge(alpha=alpha, source=[_source(THETAS[0], "identity")]).fit(X, NUMBERS)
    ten = TransferRidge(alpha=alpha, source=[_source(10 * THETAS[0], "identity")]).fit(X, NUMBERS)
    assert_allclose(ten.coef_, one.coef_, rtol=1e-10)
    assert_allclose(10 * ten.source_weights_, one.source_weights_, rtol=1e-10)


@pytest.mark.parametrize("intercept_penalty", [0.0, 1.0])
@pytest.mark.parametrize("K", [1, 2])
def test_leave_one_out_is_exact(K, intercept_penalty):
    """The pull between factors stays as it is on all rows, as standardisation does; of one source there is none."""
    columns = np.hstack([X, X @ THETAS[:K].T])
    grid = {"alpha": [0.1, 10.0], "intercept_penalty": [intercept_penalty]}
    twin = TransferRidge(source=[_source(theta, "identity") for theta in THETAS[:K]], source_weights="free")
    search = TransferCV(twin, grid=grid, candidates="transfer").fit(X, NUMBERS)
    wide = TransferRidge(source=_source(np.append(np.zeros(P), np.full(K, 1 / K)), "identity"))
    for params, score in zip(search.table_["params"], search.table_["score"], strict=True):
        if "source" in params:  # one of them alone
            continue
        light = _light(X @ THETAS[:K].T, 0.0, np.ones(N)) / params["alpha"]
        model, errors = clone(wide).set_params(metric=block_diag(np.eye(P), light), **params), []
        for i in range(N):
            rest = np.arange(N) != i
            errors.append((NUMBERS[i] - model.fit(columns[rest], NUMBERS[rest]).predict(columns[[i]])[0]) ** 2)
        assert_allclose(-score, np.mean(errors), rtol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_recalibration_is_a_candidate(name):
    """A source with half the slopes: the factor is found, and the intercept's own pull is none."""
    twin, link, y, _ = ALL[name]
    half = _source(THETAS[0] / 2, link)
    search = TransferCV(clone(twin).set_params(source=half), candidates="recalibrated").fit(X, y)
    assert search.table_["candidate"] == ["recalibrated"] * 2
    assert [params.get("source") for params in search.table_["params"]] == [None, [half]]
    several = TransferCV(clone(twin).set_params(source=[half]), candidates="recalibrated").fit(X, y)
    assert several.table_["candidate"] == ["recalibrated"]
    assert_allclose(several.table_["score"][0], search.table_["score"][1], rtol=1e-6)


def test_multi_output_regressions_have_factors_of_their_own():
    Y = np.column_stack([NUMBERS, -2 * NUMBERS])
    both = Source(np.vstack([THETAS[0], THETAS[1]]), [0.0, 0.0], link="identity")
    model = TransferRidge(alpha=[2.0, np.inf], source=[both]).fit(X, Y)
    apart = [
        TransferRidge(alpha=alpha, source=[Source(theta, link="identity")]).fit(X, y)
        for alpha, theta, y in zip([2.0, np.inf], THETAS, Y.T, strict=True)
    ]
    assert_allclose(model.coef_, [each.coef_ for each in apart], rtol=1e-9)
    assert_allclose(model.source_weights_, [each.source_weights_ for each in apart], rtol=1e-9)


def test_the_fitted_source_can_be_saved(tmp_path):
    model = TransferRidge(source=[_source(THETAS[0], "identity")]).fit(X, NUMBERS)
    model.source_.save(tmp_path / "source.npz")
    assert_allclose(Source.load(tmp_path / "source.npz").coef, model.source_.coef)
    assert_allclose(model.source_.coef[0], model.source_coef_)


def test_features_by_name_differ_between_sources():
    import pandas as pd

    frame = pd.DataFrame(X, columns=list("abcd"))
    first = Source([1.0, 2.0], feature_names=["a", "zz"], link="identity")
    second = Source([3.0], feature_names=["c"], link="identity")
    model = TransferRidge(alpha=np.inf, source=[first, second], source_weights="free")
    columns = X[:, [0, 2]] * [1, 3]
    model.fit(frame, columns @ [1.0, 2.0])
    centred = columns - columns.mean(axis=0)
    pulled = centred.T @ centred + _light(columns, 0.0, np.ones(N))
    assert_allclose(model.source_weights_, np.linalg.solve(pulled, centred.T @ centred @ [1.0, 2.0]), rtol=1e-9)
    assert model.source_.alignment.added_features == ("b", "d")


def test_a_source_on_another_scale_may_be_in_the_list():
    machine = _source(THETAS[0], "margin")
    one = TransferLogisticRegression(source=machine, **TIGHT).fit(X, LABELS)
    listed = TransferLogisticRegression(source=[machine], **TIGHT).fit(X, LABELS)
    again = TransferLogisticRegression(source=[_source(one.source_coef_[0], "logit")], **TIGHT).fit(X, LABELS)
    assert_allclose(listed.coef_, again.coef_, rtol=1e-6)


@pytest.mark.parametrize(
    "source, error, message",
    [
        ([], ValueError, "empty list"),
        ([None], TypeError, "a list in source= holds sources, got None"),
        ([[_source(THETAS[0], "identity")]], TypeError, "a list in source= holds sources"),
        ([_source(THETAS[0], "log")], ValueError, "needs a source with link 'identity'"),
        ([Source([1.0, 2.0])], ValueError, "the source has 2 features"),
    ],
)
def test_lists_that_are_no_sources(source, error, message):
    with pytest.raises(error, match=message):
        TransferRidge(source=source).fit(X, NUMBERS)


def test_held_features_and_fitted_factors_do_not_join():
    with pytest.raises(ValueError, match="cannot be joined with fitted factors"):
        TransferPoissonRegressor(alpha=[np.inf, 1, 1, 1], source=[_source(THETAS[0], "log")]).fit(X, COUNTS)
