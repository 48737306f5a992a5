"""Poisson, gamma and Tweedie twins: their scikit-learn twins, limits, offsets, pooling, overflow, bad input."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer import Source, make_transfer
from sktransfer._losses import Poisson
from sktransfer._objective import LossTerm, Objective
from sktransfer._priors import DiagonalPrecision, GaussianPrior
from sktransfer._solvers import choose_solver
from sktransfer.linear_model import TransferGammaRegressor, TransferPoissonRegressor, TransferTweedieRegressor
from sktransfer.model_selection import TransferCV

EXACT = {"tol": 1e-11, "max_iter": 1000}
KINDS = {
    "poisson": (TransferPoissonRegressor, PoissonRegressor, {}),
    "gamma": (TransferGammaRegressor, GammaRegressor, {}),
    **{
        f"{power} {link}": (TransferTweedieRegressor, TweedieRegressor, {"power": power, "link": link})
        for power, link in [
            (0, "auto"), (0, "log"), (1, "auto"), (1.5, "auto"), (1.9, "log"), (2, "auto"), (2.5, "auto"), (3, "log"),
            (-1, "log"), (-1, "auto"), (1, "identity"), (1.5, "identity"), (2, "identity"), (3, "identity"),
        ]
    },
}  # fmt: skip
LOG = [name for name in KINDS if "identity" not in name and name not in ("0 auto", "-1 auto")]


def site(n, seed=0, p=4, shift=0.0):
    """(X, counts, amounts) of one place; features off centre and of unequal scale."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p)) * np.geomspace(0.3, 1.0, p) + np.linspace(-0.5, 1.0, p)
    mean = np.exp(0.5 + X @ (0.4 * np.cos(np.arange(p)) + shift))
    return X, random.poisson(mean).astype(float), random.wald(mean, 4 * mean)


def rows(kind, n=80, seed=0, **options):
    """(X, y in the range of the kind); means far from zero for the identity link."""
    _, _, settings = KINDS[kind]
    X, counts, amounts = site(n, seed, **options)
    y = amounts if kind == "gamma" or settings.get("power", 0) >= 2 else counts
    return X, y + 20.0 if "identity" in kind or kind == "-1 auto" else y


def pair(kind, **options):
    ours, twin, settings = KINDS[kind]
    return ours(**settings, **options, **EXACT), twin(**settings, **options, **EXACT, solver="newton-cholesky")


TWIN_GIVES_UP_NEWTON = pytest.mark.filterwarnings("ignore:The inner solver of NewtonCholeskySolver")


@TWIN_GIVES_UP_NEWTON
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_source_it_is_its_twin(kind, fit_intercept, weighted):
    if not fit_intercept and kind not in [*LOG, "0 auto"]:
        pytest.skip("the twin starts at means of zero, where these losses are infinite")
    X, y = rows(kind)
    weight = np.random.default_rng(1).integers(0, 4, len(y)).astype(float) if weighted else None
    ours, twin = (model.fit(X, y, weight) for model in pair(kind, alpha=0.3, fit_intercept=fit_intercept))
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ours.intercept_, twin.intercept_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict(X), twin.predict(X), rtol=1e-6)
    np.testing.assert_allclose(ours.score(X, y, weight), twin.score(X, y, weight), rtol=1e-6, atol=1e-8)
    assert type(ours.n_iter_) is int
    assert ours.n_iter_ >= 1
    assert ours.coef_.shape == twin.coef_.shape
    assert np.ndim(ours.intercept_) == 0
    assert ours.effective_sample_size_ == 0.0


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_matrix, np.asfortranarray, lambda X: X.astype(np.float32)])
@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto", "3 log", "1.5 identity"])
def test_any_form_of_rows_is_its_twin(kind, form):
    X, y = rows(kind)
    X[X < 0] = 0.0
    ours, twin = pair(kind, alpha=0.3)
    twin.fit(X, y)
    given = form(X)
    ours.set_params(tol=1e-11).fit(given, y)
    single = given.dtype == np.float32
    assert ours.coef_.dtype == given.dtype
    np.testing.assert_allclose(ours.coef_, twin.coef_, rtol=1e-3 if single else 1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.predict(given), twin.predict(X), rtol=1e-3 if single else 1e-6)


@pytest.mark.parametrize("solver", ["chord", "newton-cholesky", "newton-cg", "lbfgs", "dual"])
@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto", "3 log", "0 log"])
@pytest.mark.parametrize("shape", [(60, 4), (12, 20)])
def test_every_solver_finds_the_same_optimum(shape, kind, solver):
    X, y = rows(kind, shape[0], p=shape[1])
    y = y + 0.5
    source = Source(np.full(shape[1], 0.1), 0.3)
    wanted, _ = pair(kind, alpha=0.5)
    wanted.set_params(source=source).fit(X, y)
    ours, _ = pair(kind, alpha=0.5)
    ours.set_params(source=source, solver=solver, tol=1e-8).fit(X, y)
    assert ours.result_.converged
    np.testing.assert_allclose(ours.coef_, wanted.coef_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, wanted.intercept_, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto"])
def test_at_the_default_tolerance_small_problems_end_alike(kind):
    """Where curvatures are the observed ones: a step more costs little, so it goes on beyond the tolerance."""
    X, y = rows(kind, 25)
    source = Source(np.full(4, 0.1), 0.3)
    fits = [pair(kind)[0].set_params(source=source, tol=1e-4, solver=s) for s in ("chord", "newton-cholesky", "dual")]
    first, *others = (model.fit(X, y + 0.5) for model in fits)
    for other in others:
        np.testing.assert_allclose(other.coef_, first.coef_, rtol=1e-8, atol=1e-10)


@TWIN_GIVES_UP_NEWTON
@pytest.mark.parametrize("kind", KINDS)
def test_strength_runs_from_target_only_to_the_source(kind):
    X, y = rows(kind)
    ours, twin = pair(kind)
    source = twin.set_params(alpha=0.1).fit(*rows(kind, 300, seed=5, shift=0.1))
    for metric in ("identity", "scale", "fisher"):
        if metric == "fisher" and kind not in [*LOG, "0 auto"]:
            continue
        known = Source.from_estimator(source, X=rows(kind, 300, seed=5)[0]) if metric == "fisher" else source
        ours.set_params(source=known, metric=metric, alpha=np.inf, intercept_penalty=np.inf).fit(X, y)
        np.testing.assert_allclose(ours.coef_, source.coef_, rtol=1e-13)
        np.testing.assert_allclose(ours.predict(X), source.predict(X), rtol=1e-12)
        ours.set_params(intercept_penalty=0.0).fit(X, y)
        np.testing.assert_allclose(ours.coef_, source.coef_, rtol=1e-13)
        np.testing.assert_allclose(ours.delta_, 0.0, atol=1e-15)
        ours.set_params(alpha=0.0).fit(X, y)
        twin.set_params(alpha=0.0)
        alone = type(twin)(**twin.get_params()).fit(X, y)
        np.testing.assert_allclose(ours.coef_, alone.coef_, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto"])
def test_a_copied_source_is_recalibrated_by_its_level(kind):
    """alpha = inf, free intercept: the score equation of the intercept alone, sum w mu^(1 - q) (mu - y) = 0."""
    X, y = rows(kind)
    power = {"poisson": 1, "gamma": 2}.get(kind, 1.5)
    ours, _ = pair(kind, alpha=np.inf)
    mean = ours.set_params(source=Source([0.3, -0.1, 0.2, 0.0], 3.0)).fit(X, y).predict(X)
    np.testing.assert_allclose(np.sum(mean ** (1 - power) * (mean - y)), 0.0, atol=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_source_is_an_offset(weighted):
    """theta_s as centre equals Delta around zero, the source's linear predictor as offset and strength alpha W."""
    X, y, _ = site(60, 2)
    weight = np.random.default_rng(3).uniform(0.0, 2.0, 60) if weighted else np.ones(60)
    source = PoissonRegressor(alpha=0.1).fit(*site(300, 1)[:2])
    model = TransferPoissonRegressor(alpha=0.3, source=source, **EXACT).fit(X, y, weight if weighted else None)
    prior = GaussianPrior(np.zeros(5), DiagonalPrecision(np.append(np.full(4, 0.3 * weight.sum()), 0.0)))
    objective = Objective([LossTerm(X, Poisson(), y, weight, X @ source.coef_ + source.intercept_)], [prior])
    delta = choose_solver("auto", objective).solve(objective, np.zeros(5), tol=1e-11).theta
    np.testing.assert_allclose(model.delta_, delta[:4], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("with_source", [False, True])
def test_exposure_is_a_weight_on_rates(with_source):
    """Rates y / e of weight e: the optimum of counts y with the offset log(e), alpha times the sum of exposures."""
    X, y, _ = site(60, 2)
    exposure = np.random.default_rng(4).uniform(0.1, 5.0, 60)
    centre = np.array([0.2, -0.1, 0.3, 0.0]) if with_source else np.zeros(4)
    source = Source(centre, 0.4) if with_source else None
    model = TransferPoissonRegressor(alpha=0.05, source=source, **EXACT).fit(X, y / exposure, exposure)
    precision = np.append(np.full(4, 0.05 * exposure.sum()), 0.0)
    prior = GaussianPrior(np.append(centre, 0.0), DiagonalPrecision(precision))
    objective = Objective([LossTerm(X, Poisson(), y, offset=np.log(exposure))], [prior])
    theta = choose_solver("newton-cholesky", objective).solve(objective, np.zeros(5), tol=1e-12).theta
    np.testing.assert_allclose(model.coef_, theta[:4], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.intercept_, theta[4], rtol=1e-8)


@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto", "3 log"])
@pytest.mark.parametrize("metric", ["identity", "scale", "fisher"])
def test_weights_are_repeats_and_their_scale_does_not_matter(kind, metric):
    X, y = rows(kind)
    X_source, y_source = rows(kind, 200, seed=1)
    weight = np.random.default_rng(1).integers(0, 3, len(y))
    fitted = pair(kind, alpha=0.1)[1].fit(X_source, y_source)
    options = {"source": Source.from_estimator(fitted, X=X_source), "metric": metric, "intercept_penalty": 0.5}
    weighted = pair(kind, alpha=0.4)[0].set_params(**options).fit(X, y, weight)
    repeated = pair(kind, alpha=0.4)[0].set_params(**options).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(weighted.effective_sample_size_, repeated.effective_sample_size_, rtol=1e-6)
    if metric != "fisher":
        tenfold = pair(kind, alpha=0.4)[0].set_params(**options).fit(X, y, 10 * weight)
        np.testing.assert_allclose(weighted.coef_, tenfold.coef_, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("n_target", [20, 200])
def test_fisher_at_strength_one_is_pooling(n_target):
    """A large source's Laplace prior stands in for its rows: 1e-4 relative to the pooled fit."""
    (X_s, y_s, _), (X, y, _) = site(40_000, 1), site(n_target, 2)
    source = Source.from_estimator(PoissonRegressor(alpha=0, tol=1e-10).fit(X_s, y_s), X=X_s)
    ours = TransferPoissonRegressor(alpha=1.0, source=source, metric="fisher", intercept_penalty=1.0, **EXACT)
    ours.fit(X, y)
    pooled = PoissonRegressor(alpha=0, tol=1e-10).fit(np.vstack([X_s, X]), np.append(y_s, y))
    np.testing.assert_allclose(ours.coef_, pooled.coef_, rtol=1e-4)
    np.testing.assert_allclose(ours.intercept_, pooled.intercept_, rtol=1e-4)
    moved = np.abs(pooled.coef_ - source.coef).max()
    assert np.abs(ours.coef_ - pooled.coef_).max() < 0.05 * moved


def test_a_feature_the_source_lacks_has_the_twins_own_penalty_under_fisher():
    """Known features are held by P / W, the new one by alpha: here P = 0, so the known one is free."""
    X, y, _ = site(50, p=2)
    precision = np.zeros((2, 2))
    source = Source([0.3], 0.1, precision=precision, feature_names=["x0"])
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["x0", "x1"])
    ours = TransferPoissonRegressor(alpha=0.7, source=source, metric="fisher", **EXACT).fit(frame, y)
    array = TransferPoissonRegressor(alpha=0.7, source=Source([0.3, 0.0], 0.1), metric=[0.0, 1.0], **EXACT).fit(X, y)
    np.testing.assert_allclose(ours.coef_, array.coef_, rtol=1e-8)


def test_a_chain_holds_what_it_saw():
    """A -> B -> C by the Fisher metric: B's own precision adds its rows' expected information to A's."""
    (X_a, y_a, _), (X_b, y_b, _) = site(200, 1), site(100, 2)
    first = Source.from_estimator(PoissonRegressor(alpha=0.1).fit(X_a, y_a), X=X_a)
    second = TransferPoissonRegressor(alpha=1.0, source=first, metric="fisher", intercept_penalty=1.0, **EXACT)
    second.fit(X_b, y_b)
    A = np.column_stack([X_b, np.ones(100)])
    wanted = first.precision + A.T @ (second.predict(X_b)[:, np.newaxis] * A)
    for y in (None, y_b):
        chained = Source.from_estimator(second, X=X_b, y=y)
        assert chained.link == "log"
        np.testing.assert_allclose(chained.precision, wanted, rtol=1e-9)


def test_scale_is_standardising():
    X, y, _ = site(60)
    raw = TransferPoissonRegressor(alpha=0.2, metric="scale", **EXACT).fit(X, y)
    scaled = make_pipeline(StandardScaler(), PoissonRegressor(alpha=0.2, tol=1e-10)).fit(X, y)
    np.testing.assert_allclose(raw.predict(X), scaled.predict(X), rtol=1e-6)


def test_warm_start_starts_from_the_last_fit():
    X, y, _ = site(80)
    model = TransferPoissonRegressor(warm_start=True, solver="newton-cg", tol=1e-6).fit(X, y)
    coef = model.coef_
    assert model.n_iter_ > 1
    assert model.fit(X, y).n_iter_ == 1
    np.testing.assert_array_equal(model.coef_, coef)


# Few rows, far starts, overflow ------------------------------------------------------------------------------


SOLVERS = ["auto", "chord", "newton-cholesky", "newton-cg", "lbfgs"]


def _is_optimum(model, X, y, alpha, power=1):
    """The gradient of the mean objective is zero, with a free intercept."""
    with np.errstate(over="ignore"):
        mean = np.exp(X @ model.coef_ + model.intercept_)
    slope = mean ** (1 - power) * (mean - y) / len(y)
    scale = 1 + np.abs(slope).sum()
    np.testing.assert_allclose(X.T @ slope + alpha * model.delta_, 0.0, atol=1e-5 * scale * np.abs(X).max())
    np.testing.assert_allclose(slope.sum(), 0.0, atol=1e-5 * scale)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("far", ["intercept", "slopes", "both", "below"])
def test_a_source_that_predicts_out_of_sight(far, solver):
    """exp(700) and beyond, or exp(-700): the fit is that of a start nearby, without warnings."""
    X, y, _ = site(20)
    coef = np.array([0.1, 0.2, -0.1, 0.0]) + (300.0 if far in ("slopes", "both") else 0.0)
    source = Source(coef, {"slopes": 0.0, "below": -700.0}.get(far, 700.0))
    model = TransferPoissonRegressor(alpha=1e-3, source=source, solver=solver, tol=1e-8, max_iter=1000).fit(X, y)
    assert model.result_.converged
    _is_optimum(model, X, y, 1e-3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("solver", SOLVERS)
def test_huge_counts(solver, fit_intercept):
    """Without an intercept the first Newton step overshoots by orders of magnitude and is halved."""
    X, y, _ = site(20)
    X = np.abs(X) + 0.5
    options = {"alpha": 1e-3, "fit_intercept": fit_intercept, "max_iter": 2000}
    model = TransferPoissonRegressor(solver=solver, tol=1e-3, **options).fit(X, 1e6 * (y + 1))
    twin = PoissonRegressor(tol=1e-3, solver="newton-cholesky", **options).fit(X, 1e6 * (y + 1))
    assert model.result_.converged
    np.testing.assert_allclose(model.predict(X), twin.predict(X), rtol=1e-5)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", SOLVERS)
def test_counts_that_are_zero_on_one_side(solver):
    """The likelihood alone has no maximum; the penalty gives it one."""
    X, _, _ = site(20, p=2)
    y = np.where(X[:, 0] > np.median(X[:, 0]), 3.0, 0.0)
    model = TransferPoissonRegressor(alpha=1e-4, solver=solver, tol=1e-9, max_iter=2000).fit(X, y)
    assert model.result_.converged
    _is_optimum(model, X, y, 1e-4)


@pytest.mark.filterwarnings("error")
def test_counts_that_are_all_zero():
    X, y, _ = site(20)
    model = TransferPoissonRegressor(source=Source(np.full(4, 0.2), 1.0)).fit(X, np.zeros(20))
    assert model.result_.converged
    assert model.predict(X).max() < 1e-3
    assert model.score(X, np.zeros(20)) == 0.0
    assert (
        TransferPoissonRegressor(intercept_penalty=1.0, source=Source(np.zeros(4), 1.0)).fit(X, 0 * y).intercept_ > -3
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", SOLVERS)
def test_features_of_a_large_scale(solver):
    """In units a thousand times smaller the twin of the same problem: coef / 1000."""
    X, y, _ = site(20)
    near = TransferPoissonRegressor(alpha=1e-3, tol=1e-9, max_iter=5000, solver="newton-cholesky").fit(X, y)
    far = TransferPoissonRegressor(alpha=1e3, tol=1e-6, max_iter=5000, solver=solver).fit(1000 * X, y)
    np.testing.assert_allclose(1000 * far.coef_, near.coef_, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["gamma", "1.5 auto", "3 log", "0 log"])
@pytest.mark.parametrize("level", [-700.0, 700.0])
def test_other_losses_come_back_from_far(kind, level):
    X, y = rows(kind, 30)
    near, _ = pair(kind, alpha=0.1)
    far, _ = pair(kind, alpha=0.1)
    near.set_params(source=Source(np.full(4, 0.1), 0.0)).fit(X, y + 0.1)
    far.set_params(source=Source(np.full(4, 0.1), level)).fit(X, y + 0.1)
    np.testing.assert_allclose(far.coef_, near.coef_, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(far.intercept_, near.intercept_, rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_a_held_level_that_overflows_everywhere_is_refused():
    X, y, _ = site(20)
    model = TransferPoissonRegressor(source=Source(np.zeros(4), 2000.0), intercept_penalty=np.inf)
    with pytest.raises(ValueError, match="no start at which its objective is finite"):
        model.fit(X, y)
    found = TransferCV(TransferPoissonRegressor(source=model.source)).fit(X, y)
    assert found.choice_ != "source"
    assert np.isfinite(found.best_score_)


# TransferCV and make_transfer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto", "3 log", "0 log"])
def test_transfer_cv_scores_by_half_the_deviance(kind):
    X, y = rows(kind, 40)
    X_source, y_source = rows(kind, 300, seed=1)
    ours, twin = pair(kind)
    ours.set_params(source=Source.from_estimator(twin.fit(X_source, y_source), X=X_source))
    search = TransferCV(ours, grid=[0.1, 10.0]).fit(X, y)
    assert {"target", "source", "recalibrated", "pooled", "transfer"} == set(search.table_["candidate"])
    source = search.table_["candidate"].index("source")
    half = ours._loss(None).pointwise(y, (X @ twin.coef_ + twin.intercept_)[:, np.newaxis]).mean()
    np.testing.assert_allclose(search.table_["score"][source], -half, rtol=1e-10)
    assert search.score(X, y) == search.mixture_.score(X, y)


@pytest.mark.parametrize("kind", ["poisson", "gamma", "1.5 auto", "0 auto"])
def test_make_transfer(kind):
    X, y = rows(kind, 200)
    ours, twin = pair(kind, alpha=0.2)
    made = make_transfer(twin.fit(X, y), borrow=0.5)
    assert type(made) is type(ours)
    assert made.alpha == 0.5
    assert all(getattr(made, name) == getattr(twin, name) for name in KINDS[kind][2])
    again = make_transfer(made.fit(X, y))
    assert type(again.estimator) is type(ours)
    assert type(make_transfer(Source([1.0], link="log"), borrow=1.0)) is TransferPoissonRegressor
    folded = make_transfer(make_pipeline(StandardScaler(), twin).fit(X, y), borrow=np.inf)
    np.testing.assert_allclose(folded.fit(X, y).coef_, twin.coef_ / X.std(axis=0), rtol=1e-12)


# Bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "y", "message"),
    [
        (TransferPoissonRegressor(), [-1.0, 1.0], "Poisson loss takes y of 0 or more"),
        (TransferGammaRegressor(), [0.0, 1.0], "gamma loss takes y above 0"),
        (TransferTweedieRegressor(power=1.5), [-1.0, 1.0], "Tweedie loss of power 1.5 takes y of 0 or more"),
        (TransferTweedieRegressor(power=3), [0.0, 1.0], "Tweedie loss of power 3 takes y above 0"),
        (TransferTweedieRegressor(power=0.5), [1.0, 1.0], "no distribution has a power between 0 and 1, got power=0.5"),
        (TransferTweedieRegressor(power=1.5, link="identity", fit_intercept=False), [1.0, 1.0], "no start at which"),
        (TransferTweedieRegressor(link="logit"), [1.0, 1.0], "'link' parameter of TransferTweedieRegressor"),
        (TransferPoissonRegressor(alpha=-1.0), [1.0, 1.0], "'alpha' parameter of TransferPoissonRegressor"),
        (TransferGammaRegressor(source=Source([1.0], link="identity")), [1.0, 2.0], "needs a source with link 'log'"),
        (TransferTweedieRegressor(source=Source([1.0], link="log")), [1.0, 2.0], "needs a source with link 'identity'"),
        (TransferPoissonRegressor(metric="fisher", source=Source([1.0])), [1.0, 2.0], "source has no precision"),
    ],
)
def test_bad_input_is_refused(model, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(np.array([[1.0], [2.0]]), y)


def test_scoring_refuses_y_out_of_range():
    model = TransferGammaRegressor().fit([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="gamma loss takes y above 0"):
        model.score([[1.0], [2.0]], [0.0, 1.0])


def test_several_targets_are_refused():
    with pytest.raises(ValueError, match="y should be a 1d array"):
        TransferPoissonRegressor().fit(np.ones((3, 1)), np.ones((3, 2)))
