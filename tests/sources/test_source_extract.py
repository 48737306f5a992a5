"""Reading fitted estimators: what they hold, how sure they were, and what is refused."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.special import logsumexp
from sklearn import linear_model as lm
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktransfer.sources import Source

RNG = np.random.default_rng(11)
X = RNG.normal(loc=[0.0, 1.0, -2.0], size=(60, 3))
y = X @ [1.0, -1.0, 0.5] + RNG.normal(size=60)
Y = np.column_stack([y, X @ [0.0, 2.0, 1.0] + RNG.normal(size=60)])
TWO = np.where(y > np.median(y), "high", "low")
THREE = np.digitize(y, np.quantile(y, [0.3, 0.7]))
WEIGHT = RNG.uniform(0.2, 2.0, size=60)


def hessian(function, at, step=1e-3):
    """Second derivatives by central differences: slow and obvious."""
    size = len(at)
    moves, second = step * np.eye(size), np.empty((size, size))
    for i in range(size):
        for j in range(size):
            corners = [function(at + s * moves[i] + t * moves[j]) * s * t for s in (1, -1) for t in (1, -1)]
            second[i, j] = sum(corners) / (4 * step**2)
    return second


def flat(source):
    return np.concatenate([np.ravel(source.coef), np.ravel(source.intercept)])


def objective(source, loss, y, weight, penalty):
    """The plain weighted sum of losses plus penalty / 2 ||coef||^2, as a function of [coef; intercepts]."""
    n_rows = source.n_outputs
    penalty = np.broadcast_to(penalty, n_rows)

    def value(theta):
        coef, intercept = theta[: n_rows * 3].reshape(n_rows, 3), theta[n_rows * 3 :]
        return weight @ loss(X @ coef.T + intercept, y) + 0.5 * penalty @ np.sum(coef**2, axis=1)

    return value


def squared(eta, y):
    return 0.5 * np.sum((np.reshape(y, eta.shape) - eta) ** 2, axis=1)


def logistic(eta, y):
    return np.logaddexp(0.0, eta[:, 0]) - (y == "low") * eta[:, 0]


def multinomial(eta, y):
    return logsumexp(eta, axis=1) - eta[np.arange(len(y)), y]


TOTAL = WEIGHT.sum()
SQUARED = [
    (lm.LinearRegression(), y, 0.0),
    (lm.LinearRegression(), Y, 0.0),
    (lm.Ridge(3.0), y, 3.0),
    (lm.Ridge(3.0), Y, 3.0),
    (lm.Ridge(np.array([1.0, 4.0])), Y, [1.0, 4.0]),
    (lm.RidgeCV([0.1, 10.0]), y, "alpha_"),
    (lm.RidgeCV([0.1, 10.0], alpha_per_target=True), Y, "alpha_"),
    (lm.Lasso(0.1), y, 0.0),
    (lm.LassoCV(cv=3), y, 0.0),
    (lm.ElasticNet(0.1, l1_ratio=0.25), y, TOTAL * 0.1 * 0.75),
]


@pytest.mark.parametrize(("est", "y", "penalty"), SQUARED)
def test_precision_of_squared_loss_is_the_hessian(est, y, penalty):
    est = clone(est).fit(X, y, sample_weight=WEIGHT)
    source = Source.from_estimator(est, X, sample_weight=WEIGHT, name="s")
    penalty = getattr(est, penalty) if isinstance(penalty, str) else penalty
    expected = hessian(objective(source, squared, y, WEIGHT, penalty), flat(source), step=1.0)
    np.testing.assert_allclose(source.precision, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(source.coef, est.coef_)
    np.testing.assert_array_equal(np.ravel(source.intercept), np.ravel(est.intercept_))
    assert (source.link, source.classes, source.n_samples) == ("identity", None, TOTAL)


@pytest.mark.parametrize(
    ("est", "y", "penalty"),
    [
        (lm.MultiTaskLasso(0.1), Y, 0.0),
        (lm.MultiTaskElasticNet(0.1, l1_ratio=0.25), Y, 60 * 0.1 * 0.75),
        (lm.LassoLars(0.1), y, 0.0),
        (lm.Ridge(2.0, fit_intercept=False), Y, 2.0),
    ],
)
def test_precision_without_weights(est, y, penalty):
    source = Source.from_estimator(est.fit(X, y), X)
    expected = hessian(objective(source, squared, y, np.ones(60), penalty), flat(source), step=1.0)
    np.testing.assert_allclose(source.precision, expected, rtol=1e-9, atol=1e-9)
    assert source.n_samples == 60


@pytest.mark.parametrize("est", [lm.ElasticNetCV(cv=3, l1_ratio=[0.2, 0.8]), lm.MultiTaskElasticNetCV(cv=3)])
def test_the_chosen_elastic_net_penalty_counts(est):
    target = Y if "Multi" in type(est).__name__ else y
    source = Source.from_estimator(est.fit(X, target), X)
    plain = Source.from_estimator(lm.LinearRegression().fit(X, target), X)
    slopes = np.zeros(len(source.precision))
    slopes[: source.coef.size] = 60 * est.alpha_ * (1 - est.l1_ratio_)
    np.testing.assert_allclose(source.precision - plain.precision, np.diag(slopes), atol=1e-9)


LOGISTIC = [
    ({}, 1.0),
    ({"C": 0.1}, 10.0),
    ({"C": np.inf}, 0.0),
    ({"solver": "saga", "l1_ratio": 1.0, "penalty": "l1"}, 0.0),
    ({"solver": "saga", "l1_ratio": 0.25, "penalty": "elasticnet", "C": 0.5}, 1.5),
]


@pytest.mark.parametrize(("parameters", "penalty"), LOGISTIC)
@pytest.mark.parametrize(("y", "loss"), [(TWO, logistic), (THREE, multinomial)])
def test_precision_of_logistic_loss_is_the_hessian(parameters, penalty, y, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        est = lm.LogisticRegression(max_iter=50_000, **parameters).fit(X, y, WEIGHT)
    source = Source.from_estimator(est, X, sample_weight=WEIGHT)
    expected = hessian(objective(source, loss, y, WEIGHT, penalty), flat(source))
    np.testing.assert_allclose(source.precision, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(source.coef, est.coef_)
    assert source.classes.tolist() == est.classes_.tolist()
    assert source.link == "logit"


def test_no_penalty_has_no_curvature():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        none = lm.LogisticRegression(penalty=None).fit(X, TWO)
        infinite = lm.LogisticRegression(C=np.inf).fit(X, TWO)
    P, Q = (Source.from_estimator(est, X).precision for est in (none, infinite))
    np.testing.assert_allclose(P, Q, rtol=1e-3)


def test_liblinear_shrinks_its_intercept_too():
    est = lm.LogisticRegression(solver="liblinear", C=0.5, intercept_scaling=2.0, tol=1e-10).fit(X, TWO)
    source = Source.from_estimator(est, X)
    plain = objective(source, logistic, TWO, np.ones(60), 2.0)
    expected = hessian(lambda theta: plain(theta) + 0.5 * 2.0 / 4.0 * theta[3] ** 2, flat(source))
    np.testing.assert_allclose(source.precision, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("y", [TWO, THREE])
@pytest.mark.parametrize("l1_ratios", [None, [0.0, 0.5]])
def test_logistic_regression_cv_counts_what_it_chose(y, l1_ratios):
    extra = {} if l1_ratios is None else {"l1_ratios": l1_ratios, "penalty": "elasticnet", "solver": "saga"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        est = lm.LogisticRegressionCV(Cs=[0.1, 2.0], cv=3, max_iter=50_000, **extra).fit(X, y)
    C = np.ravel(est.C_)[0]
    share = 0.0 if l1_ratios is None else float(np.ravel(est.l1_ratio_)[0])
    source = Source.from_estimator(est, X)
    loss = logistic if y is TWO else multinomial
    expected = hessian(objective(source, loss, y, np.ones(60), (1 - share) / C), flat(source))
    np.testing.assert_allclose(source.precision, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("class_weight", ["balanced", {"high": 3.0, "low": 0.5}])
def test_class_weight_multiplies_the_weights(class_weight):
    few = np.where(X[:, 0] > 1.0, "high", "low")
    est = lm.LogisticRegression(class_weight=class_weight).fit(X, few)
    source = Source.from_estimator(est, X, few)
    share = {label: 60 / (2 * np.sum(few == label)) for label in ("high", "low")}
    share = share if class_weight == "balanced" else class_weight
    weight = np.array([share[label] for label in few])
    expected = Source.from_estimator(clone(est).set_params(class_weight=None).fit(X, few, weight), X, None, weight)
    np.testing.assert_allclose(source.precision, expected.precision, rtol=1e-6)
    assert source.n_samples == 60
    with pytest.raises(ValueError, match=r"class_weight.*Give y"):
        Source.from_estimator(est, X)
    with pytest.raises(ValueError, match="y must have shape"):
        Source.from_estimator(est, X, few[:-1])
    with pytest.raises(ValueError, match="classes"):
        Source.from_estimator(est, X, np.where(few == "high", "other", few))


@pytest.mark.parametrize(
    ("est", "link"),
    [
        (lm.PoissonRegressor(), "log"),
        (lm.GammaRegressor(), "log"),
        (lm.TweedieRegressor(power=1.5), "log"),
        (lm.TweedieRegressor(power=0), "identity"),
        (lm.TweedieRegressor(power=0, link="log"), "log"),
    ],
)
def test_generalised_linear_models(est, link):
    """Expected information ``w mu^(2 - q)`` of the rows, plus alpha times their weight on the slopes."""
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    est = est.fit(X, np.exp(0.3 * y), sample_weight=weight)
    source = Source.from_estimator(est)
    np.testing.assert_array_equal(source.coef, est.coef_)
    assert float(source.intercept) == est.intercept_
    assert (source.link, source.precision, source.n_samples) == (link, None, None)
    power = {"PoissonRegressor": 1.0, "GammaRegressor": 2.0}.get(type(est).__name__) or est.power
    A = np.column_stack([X, np.ones(len(X))])
    curvature = weight * (est.predict(X) ** (2 - power) if link == "log" else 1.0)
    wanted = A.T @ (curvature[:, np.newaxis] * A)
    wanted[range(X.shape[1]), range(X.shape[1])] += weight.sum() * est.alpha
    np.testing.assert_allclose(Source.from_estimator(est, X, sample_weight=weight).precision, wanted, rtol=1e-10)


def test_the_precision_of_an_identity_link_is_known_for_squared_loss_only():
    est = lm.TweedieRegressor(power=1.5, link="identity").fit(X, 50 + y)
    assert Source.from_estimator(est).link == "identity"
    with pytest.raises(ValueError, match="precision is available for squared, logistic, multinomial and log-link"):
        Source.from_estimator(est, X)


def test_one_versus_rest_is_not_one_softmax():
    est = lm.LogisticRegression().fit(X, THREE)
    est.multi_class = "ovr"  # as scikit-learn before 1.8 could be told
    with pytest.raises(ValueError, match=r"one-versus-rest on 3 classes.*not one softmax"):
        Source.from_estimator(est)
    est.multi_class, est.solver = "auto", "liblinear"
    with pytest.raises(ValueError, match=r"one-versus-rest on 3 classes"):
        Source.from_estimator(est)


def test_two_classes_by_one_versus_rest_or_softmax():
    est = lm.LogisticRegression().fit(X, TWO)
    expected = Source.from_estimator(est, X)
    est.multi_class = "ovr"
    assert Source.from_estimator(est, X) == expected
    est.multi_class = "multinomial"
    with pytest.raises(ValueError, match="half of the usual coefficients"):
        Source.from_estimator(est)


ROADS = {
    "frozen": lambda est, y: FrozenEstimator(est.fit(X, y)),
    "search": lambda est, y: GridSearchCV(est, {"fit_intercept": [True]}, cv=2).fit(X, y),
    "both": lambda est, y: FrozenEstimator(GridSearchCV(est, {"fit_intercept": [True]}, cv=2).fit(X, y)),
}


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
def test_wrappers_are_looked_through(road):
    expected = Source.from_estimator(lm.Ridge(2.0).fit(X, y), X)
    assert Source.from_estimator(road(lm.Ridge(2.0), y), X) == expected


class Own(BaseEstimator):
    """Our estimators read themselves."""

    def __init__(self, fitted=True):
        self.fitted = fitted

    def fit(self, X, y):
        return self

    def __sklearn_is_fitted__(self):
        return self.fitted

    def _as_source(self, X=None, y=None, sample_weight=None, name=None):
        seen = [X is not None, y is not None, sample_weight is not None]
        return Source([float(flag) for flag in seen], name=name)


def test_the_protocol():
    assert Source.from_estimator(Own(), X, y, WEIGHT, name="own") == Source([1.0, 1.0, 1.0], name="own")
    assert Source.from_estimator(Own()) == Source([0.0, 0.0, 0.0])
    with pytest.raises(NotFittedError, match="the source Own is not fitted"):
        Source.from_estimator(Own(fitted=False))


@pytest.mark.parametrize(
    "est",
    [
        lm.Ridge(),
        lm.LogisticRegression(),
        FrozenEstimator(lm.Ridge()),
        make_pipeline(StandardScaler(), lm.Ridge()),
        GridSearchCV(lm.Ridge(), {"alpha": [1.0]}),
        GridSearchCV(lm.Ridge(), {"alpha": [1.0]}, refit=False, cv=2).fit(X, y),
    ],
)
def test_what_is_not_fitted_is_told_with_the_usual_cause(est):
    message = r"not fitted.*scikit-learn clones what stands in a grid; wrap it in Source.from_estimator\(model\)"
    with pytest.raises(NotFittedError, match=message):
        Source.from_estimator(est)


@pytest.mark.parametrize(
    "est",
    [
        RandomForestRegressor(n_estimators=2).fit(X, y),
        GaussianNB().fit(X, TWO),
        make_pipeline(StandardScaler(), RandomForestRegressor(n_estimators=2)).fit(X, y),
        type("Ridge", (), {"coef_": [1.0]})(),
        "model",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_list(est):
    with pytest.raises(TypeError, match=r"cannot be read as a linear source.*ElasticNet, .*Source\(coef, intercept\)"):
        Source.from_estimator(est)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": y}, "read together with X"),
        ({"sample_weight": WEIGHT}, "read together with X"),
        ({"X": X[:, :2]}, "3 features; got 2"),
        ({"X": X * np.nan}, "NaN"),
        ({"X": X, "sample_weight": WEIGHT[:5]}, "one per row"),
        ({"X": X, "sample_weight": -WEIGHT}, "at least 0"),
        ({"X": X, "sample_weight": 0 * WEIGHT}, "not all 0"),
        ({"X": X, "sample_weight": WEIGHT * np.inf}, "finite"),
    ],
)
def test_bad_rows_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Source.from_estimator(lm.Ridge().fit(X, y), **arguments)


def test_names_and_rows_in_every_form():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    est = lm.Ridge().fit(frame, y)
    source = Source.from_estimator(est, frame)
    assert source.feature_names == ("a", "b", "c")
    for rows in (X, np.asfortranarray(X), sparse.csr_array(X), sparse.csc_matrix(X), X.tolist()):
        np.testing.assert_allclose(Source.from_estimator(est, rows).precision, source.precision, rtol=1e-12)
    with pytest.raises(ValueError, match="in their order"):
        Source.from_estimator(est, frame[["b", "a", "c"]])


@pytest.mark.parametrize("est", [lm.Ridge(), make_pipeline(StandardScaler(), lm.Ridge())])
def test_nothing_read_is_changed(est):
    rows, weight, est = X.copy(), WEIGHT.copy(), clone(est).fit(X, y)
    before = pickle.dumps((est, rows, weight))
    source = Source.from_estimator(est, rows, sample_weight=weight)
    assert pickle.dumps((est, rows, weight)) == before
    last = est[-1] if hasattr(est, "steps") else est
    assert last.coef_.flags.writeable
    last.coef_[:] = 0.0
    assert source.coef.any()


def test_ridge_in_sequence_is_ridge_pooled():
    source = Source.from_estimator(lm.Ridge(2.0).fit(X[:40], y[:40]), X[:40])
    Z = np.column_stack([X[40:], np.ones(20)])
    theta = np.linalg.solve(Z.T @ Z + source.precision, Z.T @ y[40:] + source.precision @ flat(source))
    pooled = lm.Ridge(2.0).fit(X, y)
    np.testing.assert_allclose(theta, [*pooled.coef_, pooled.intercept_], rtol=1e-10)
