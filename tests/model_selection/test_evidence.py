"""scoring="evidence": candidates by the rows' likelihood with the parameters integrated out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, gammaln, logsumexp
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from sktransfer import Source
from sktransfer.joint import AlphaWeightedRegressor
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
from sktransfer.sources import SourceData
from sktransfer.svm import TransferLinearSVC
from tests.oracles.integration import log_integral

RNG = np.random.default_rng(5)
N, P = 30, 3
X = RNG.normal(size=(N, P)) * [1.0, 2.0, 0.5] + [0.5, -1.0, 0.0]
TRUE = np.array([0.8, -0.4, 0.6])
ETA = X @ TRUE - 0.3
WEIGHT = RNG.integers(0, 4, size=N).astype(float)
X_SOURCE = RNG.normal(size=(200, P)) * [1.0, 2.0, 0.5]
ROWS = {
    "ridge": ETA + 0.5 * RNG.normal(size=N),
    "binary": (ETA + RNG.logistic(size=N) > 0).astype(int),
    "three": (ETA[:, None] * [1.0, 0.0, -1.0] + RNG.gumbel(size=(N, 3))).argmax(axis=1),
    "poisson": RNG.poisson(np.exp(ETA)),
    "gamma": RNG.gamma(4.0, np.exp(ETA) / 4),
    "tweedie": np.array([RNG.gamma(2.0, 0.5, size=k).sum() for k in RNG.poisson(np.exp(ETA))]),
}
LABELS = (X_SOURCE @ TRUE + RNG.logistic(size=200) > 0).astype(int)
TEACHER = Ridge().fit(X_SOURCE, X_SOURCE @ TRUE - 0.3 + 0.5 * RNG.normal(size=200))
TWINS = {
    "ridge": TransferRidge(source=Source.from_estimator(TEACHER, X=X_SOURCE)),
    "binary": TransferLogisticRegression(
        source=Source.from_estimator(LogisticRegression().fit(X_SOURCE, LABELS), X=X_SOURCE), tol=1e-10
    ),
    "three": TransferLogisticRegression(
        source=Source(np.outer([1.0, 0.0, -1.0], TRUE), np.zeros(3), classes=[0, 1, 2]), tol=1e-10
    ),
    "poisson": TransferPoissonRegressor(source=Source(TRUE, -0.3, link="log"), tol=1e-10),
    "gamma": TransferGammaRegressor(source=Source(TRUE, -0.3, link="log"), tol=1e-10),
    "tweedie": TransferTweedieRegressor(power=1.5, source=Source(TRUE, -0.3, link="log"), tol=1e-10),
}


def _search(kind, **options):
    return TransferCV(clone(TWINS[kind]), scoring="evidence", **options)


def _scores(search):
    names = search.table_["candidate"], (str(sorted(params)) for params in search.table_["params"])
    return dict(zip(zip(*names, strict=True), search.table_["score"], strict=True))


@pytest.mark.parametrize("kind", TWINS)
def test_the_likeliest_candidate_is_chosen_and_nothing_has_an_error(kind):
    search, auto = _search(kind, rule="min").fit(X, ROWS[kind]), _search(kind).fit(X, ROWS[kind])
    scores = np.array(search.table_["score"])
    best = int(np.argmax(scores))
    assert (search.choice_, search.borrow_) == (search.table_["candidate"][best], search.table_["params"][best])
    assert (auto.choice_, auto.borrow_) == (search.choice_, search.borrow_)
    assert search.best_score_ == scores[best]
    assert_allclose(search.table_["behind"], scores[best] - scores, rtol=1e-12, atol=1e-12)
    target = max(s for s, name in zip(scores, search.table_["candidate"], strict=True) if name == "target")
    assert_allclose(search.gain_, scores[best] - target, rtol=1e-12, atol=1e-12)
    assert np.isnan(search.gain_se_)
    assert all(np.isnan(search.table_[name]).all() for name in ("se", "behind_se", "gain_se"))
    refit = clone(TWINS[kind]).set_params(**search.borrow_).fit(X, ROWS[kind])
    assert_allclose(search.best_estimator_.coef_, refit.coef_, rtol=1e-9)


def test_a_copied_source_scores_its_likelihood():
    model, y = TWINS["binary"].source, ROWS["binary"]
    chance = expit(X @ model.coef.ravel() + model.intercept)
    expected = np.log(np.where(y == 1, chance, 1 - chance))
    found = _scores(_search("binary", candidates="source").fit(X, y, WEIGHT))
    assert_allclose(list(found.values()), WEIGHT @ expected, rtol=1e-9)


def test_a_copied_source_of_squared_loss_scores_a_student_likelihood():
    squares = np.sum((ROWS["ridge"] - TEACHER.predict(X)) ** 2)
    found = _scores(_search("ridge", candidates="source").fit(X, ROWS["ridge"]))
    expected = gammaln(N / 2) - N / 2 * np.log(np.pi * squares)
    assert_allclose(list(found.values()), expected, rtol=1e-12)


def test_recalibrated_integrates_over_its_intercept():
    """A flat prior as high as that of one row at even chances: sqrt(0.25 / (2 pi))."""
    repeats = 50
    model, y = TWINS["binary"].source, ROWS["binary"]
    search = _search("binary", candidates="recalibrated").fit(X, y, np.full(N, float(repeats)))

    def log_density(points):
        eta = points + (X @ model.coef.ravel())
        return repeats * np.sum(np.where(y == 1, -np.logaddexp(0, -eta), -np.logaddexp(0, eta)), axis=1)

    centre = LogisticRegression(C=np.inf).fit(np.zeros((N, 1)), y).intercept_
    exact = log_integral(log_density, centre, [0.1], points=801, reach=30) + 0.5 * np.log(0.25 / (2 * np.pi))
    assert_allclose(search.table_["score"][0], exact, atol=1e-3)


@pytest.mark.parametrize("kind", TWINS)
def test_a_strong_pull_scores_as_the_copy(kind):
    parameter = TWINS[kind]._strength_parameter
    grid = {parameter.name: [parameter.of(1e10)], "intercept_penalty": [0.0, np.inf]}
    search = _search(kind, grid=grid, candidates=["source", "recalibrated", "transfer"]).fit(X, ROWS[kind], WEIGHT)
    found = {}
    for name, params, score in zip(*(search.table_[c] for c in ("candidate", "params", "score")), strict=True):
        if "source" not in params:
            found[name, params["intercept_penalty"]] = score
    assert_allclose(found["transfer", 0.0], found["recalibrated", 0.0], rtol=1e-6)
    assert_allclose(found["transfer", np.inf], found["source", np.inf], rtol=1e-6)


@pytest.mark.parametrize("kind", TWINS)
def test_weights_are_repeated_rows(kind):
    repeats = np.repeat(np.arange(N), WEIGHT.astype(int))
    parameter = TWINS[kind]._strength_parameter
    grid = {parameter.name: [0.1, 10.0]}
    weighed = _search(kind, grid=grid).fit(X, ROWS[kind], WEIGHT)
    repeated = _search(kind, grid=grid).fit(X[repeats], ROWS[kind][repeats])
    assert_allclose(repeated.table_["score"], weighed.table_["score"], rtol=1e-6)


@pytest.mark.parametrize("kind", TWINS)
def test_units_and_origins_of_features_matter_to_no_candidate_that_knows_them(kind):
    """Target, source and recalibrated; pooled, too, which pulls by the source's own information."""
    scale, shift = np.array([10.0, 0.1, 3.0]), np.array([2.0, -1.0, 5.0])
    names = ["target", "source", "recalibrated"] + (["pooled"] if kind == "ridge" else [])
    plain = _search(kind, candidates=names).fit(X, ROWS[kind])
    source = TWINS[kind].source
    moved = Source(
        source.coef / scale, source.intercept - (source.coef / scale) @ shift, classes=source.classes, link=source.link
    )
    if kind == "ridge":
        jacobian = np.diag(np.append(scale, 1.0))
        jacobian[-1, :-1] = shift
        precision = jacobian.T @ source.precision @ jacobian
        coef = source.coef / scale
        moved = Source(coef, source.intercept - coef @ shift, precision=precision)
    other = TransferCV(clone(TWINS[kind]).set_params(source=moved), scoring="evidence", candidates=names)
    other.fit(X * scale + shift, ROWS[kind])
    assert_allclose(other.table_["score"], plain.table_["score"], rtol=1e-6)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("kind", TWINS)
def test_along_a_path_each_strength_scores_as_it_does_alone(kind, wide):
    rows = np.column_stack([X, np.random.default_rng(2).normal(size=(N, 40)) / 5]) if wide else X
    source = TWINS[kind].source
    coef = np.zeros((*source.coef.shape[:-1], rows.shape[1]))
    coef[..., :P] = source.coef
    twin = clone(TWINS[kind]).set_params(
        source=Source(coef, source.intercept, classes=source.classes, link=source.link), tol=1e-12
    )
    parameter = twin._strength_parameter
    strengths = [parameter.of(strength) for strength in (100.0, 0.5, 7.0)]

    def scores(values):
        grid = {parameter.name: values, "intercept_penalty": [0.0, 1.0]}
        search = TransferCV(twin, scoring="evidence", grid=grid, candidates=["target", "transfer"])
        table = search.fit(rows, ROWS[kind], WEIGHT).table_
        return {
            (name, repr(sorted(params.items(), key=str))): score
            for name, params, score in zip(table["candidate"], table["params"], table["score"], strict=True)
        }

    together = scores(strengths)
    apart = {name: score for strength in strengths for name, score in scores([strength]).items()}
    assert together.keys() == apart.keys()
    assert_allclose([together[name] for name in apart], list(apart.values()), rtol=1e-9)


def test_the_best_strength_of_ridge_is_that_of_the_student_density():
    """Against the dense formula over all alphas: y - source is t with the kernel I + X X' / alpha."""
    alphas = np.geomspace(0.01, 1000, 11)
    twin = TransferRidge(source=Source(TRUE), fit_intercept=False)
    search = TransferCV(
        twin, scoring="evidence", candidates="transfer", grid={"alpha": alphas, "intercept_penalty": [0]}
    )
    search.fit(X, ROWS["ridge"])
    residual = ROWS["ridge"] - X @ TRUE
    expected = []
    for alpha in alphas:
        kernel = np.eye(N) + X @ X.T / alpha
        quadratic = residual @ np.linalg.solve(kernel, residual)
        expected.append(gammaln(N / 2) - N / 2 * np.log(np.pi * quadratic) - np.linalg.slogdet(kernel)[1] / 2)
    assert_allclose(search.table_["score"], expected, rtol=1e-10)


def test_stacking_is_bayesian_model_averaging():
    search = _search("ridge", rule="stack").fit(X, ROWS["ridge"])
    families = [
        (name, str(params.get("intercept_penalty")) if name == "transfer" else "source" in params)
        for name, params in zip(search.table_["candidate"], search.table_["params"], strict=True)
    ]
    prior = np.array([1 / families.count(family) for family in families])
    scores = np.array(search.table_["score"])
    posterior = np.exp(scores - logsumexp(scores, b=prior)) * prior
    kept = posterior >= 0.01 * posterior.max()
    assert_allclose(search.weights_, np.where(kept, posterior, 0) / posterior[kept].sum(), rtol=1e-9)
    assert search.weights_.sum() == pytest.approx(1.0)
    assert_allclose(search.best_score_, search.weights_ @ scores, rtol=1e-12)


def test_a_hostile_source_loses_to_the_target_and_a_right_one_wins():
    for times, better in (1.0, True), (-3.0, False):
        twin = TransferLogisticRegression(source=Source(times * TRUE, -0.3, classes=[0, 1]))
        search = TransferCV(twin, scoring="evidence").fit(X, ROWS["binary"])
        copied = search.table_["score"][search.table_["candidate"].index("source")]
        target = max(
            score
            for score, name in zip(search.table_["score"], search.table_["candidate"], strict=True)
            if name == "target"
        )
        assert (copied > target) is better
        assert (search.choice_ == "target") is not better


def test_a_doubted_source_scores_the_mixture():
    w, alpha = 0.3, 5.0
    grid = {"alpha": [alpha], "intercept_penalty": [0.0]}
    scores = [
        TransferCV(
            TransferRidge(source=Source(TRUE), source_probability=each),
            scoring="evidence",
            grid=grid,
            candidates="transfer",
        )
        .fit(X, ROWS["ridge"])
        .table_["score"][0]
        for each in (1.0, 0.0, w)
    ]
    assert_allclose(scores[2], logsumexp(scores[:2], b=[w, 1 - w]), rtol=1e-12)
    model = TransferRidge(alpha, source=Source(TRUE), source_probability=w).fit(X, ROWS["ridge"])
    assert_allclose(model.source_probability_, w * np.exp(scores[0] - scores[2]), rtol=1e-9)


def test_an_elastic_net_without_absolute_values_is_ridge():
    """Its alpha counts against half a mean of squares: n times ridge's."""
    grid = {"intercept_penalty": [0.0]}
    ridge, net = (
        TransferCV(twin, scoring="evidence", candidates=["transfer", "source"], grid=grid | {"alpha": [alpha]}).fit(
            X, ROWS["ridge"]
        )
        for twin, alpha in (
            (TransferRidge(source=TEACHER), 3.0),
            (TransferElasticNet(source=TEACHER, l1_ratio=0), 3.0 / N),
        )
    )
    assert_allclose(net.table_["score"], ridge.table_["score"], rtol=1e-9)


def test_without_a_source_it_chooses_the_strength():
    search = TransferCV(TransferRidge(), scoring="evidence").fit(X, ROWS["ridge"])
    assert set(search.table_["candidate"]) == {"target"}
    assert search.gain_ == 0.0


@pytest.mark.parametrize(
    ("estimator", "labels"),
    [
        (TransferLasso(source=TEACHER), False),
        (TransferRidge(source=TEACHER, positive=True), False),
        (TransferLinearSVC(), True),
        (AlphaWeightedRegressor(Ridge(), SourceData(X_SOURCE, TEACHER.predict(X_SOURCE))), False),
    ],
)
def test_estimators_without_evidence_are_refused(estimator, labels):
    y = ROWS["binary" if labels else "ridge"]
    with pytest.raises(ValueError, match=r"smooth penalty.*Hold rows out"):
        TransferCV(estimator, scoring="evidence").fit(X, y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": 5}, "holds no rows out, but cv=5"),
        ({"cv": "loo"}, "holds no rows out, but cv='loo'"),
        ({"rule": "1se"}, "no standard error, which rule='1se' asks for"),
    ],
)
def test_what_asks_for_held_out_rows_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        _search("ridge", **options).fit(X, ROWS["ridge"])


def test_impossible_rows_are_refused():
    twin = TransferPoissonRegressor(source=Source(np.full(P, 1e4), 0.0, link="log"))
    with pytest.raises(ValueError, match="no candidate makes these rows possible"):
        TransferCV(twin, scoring="evidence", candidates="source").fit(X, ROWS["poisson"])
    everything = TransferCV(twin, scoring="evidence").fit(X, ROWS["poisson"])
    assert everything.choice_ == "target"
    assert -np.inf in everything.table_["score"]
