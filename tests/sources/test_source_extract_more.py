"""Reading what is not fitted by least squares or likelihood alone, and what wraps another model."""

import pickle
import warnings

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn import linear_model as lm
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor

from sktransfer.sources import Source

RNG = np.random.default_rng(11)
X = RNG.normal(loc=[0.0, 1.0, -2.0], size=(60, 3))
y = X @ [1.0, -1.0, 0.5] + RNG.normal(size=60)
Y = np.column_stack([y, X @ [0.0, 2.0, 1.0] + RNG.normal(size=60)])
TWO = np.where(y > np.median(y), "high", "low")
THREE = np.digitize(y, np.quantile(y, [0.3, 0.7]))
LABELS = np.column_stack([y > 0, X[:, 1] > 1, X[:, 2] > -2]).astype(int)
WEIGHT = RNG.uniform(0.2, 2.0, size=60)
ONES = np.column_stack([X, np.ones(60)])


def fitted(model, target, *rest):
    with warnings.catch_warnings():  # not at the optimum; PassiveAggressive* says that it will go
        warnings.simplefilter("ignore")
        return clone(model).fit(X, target, *rest)


def passive_aggressive(kind):
    """The model where scikit-learn still has it: it goes with 1.10."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [getattr(lm, name)(random_state=0) for name in [f"PassiveAggressive{kind}"] if hasattr(lm, name)]


REGRESSORS = [
    lm.ARDRegression(),
    lm.BayesianRidge(),
    lm.HuberRegressor(),
    lm.Lars(n_nonzero_coefs=2),
    lm.LarsCV(cv=3),
    lm.LassoLars(0.05),
    lm.LassoLarsCV(cv=3),
    lm.LassoLarsIC(),
    lm.OrthogonalMatchingPursuit(n_nonzero_coefs=2),
    lm.OrthogonalMatchingPursuitCV(cv=3),
    *passive_aggressive("Regressor"),
    lm.QuantileRegressor(alpha=0.0),
    lm.RANSACRegressor(random_state=0),
    lm.RANSACRegressor(make_pipeline(StandardScaler(), lm.Ridge()), min_samples=30, random_state=0),
    lm.SGDRegressor(random_state=0),
    lm.SGDRegressor(loss="huber", random_state=0),
    lm.SGDRegressor(loss="epsilon_insensitive", average=True, random_state=0),
    lm.TheilSenRegressor(random_state=0, max_subpopulation=200),
    MLPRegressor(hidden_layer_sizes=(), random_state=0),
]


@pytest.mark.parametrize("model", REGRESSORS, ids=repr)
@pytest.mark.parametrize("scaled", [False, True])
def test_regressors_predict_by_their_source(model, scaled):
    est = fitted(make_pipeline(MinMaxScaler(), model) if scaled else model, y)
    before = pickle.dumps(est)
    source = Source.from_estimator(est, name="s")
    np.testing.assert_allclose(X @ source.coef + source.intercept, est.predict(X), rtol=1e-10, atol=1e-10)
    assert (source.link, source.classes, source.name) == ("identity", None, "s")
    assert pickle.dumps(est) == before


CLASSIFIERS = [
    (LinearDiscriminantAnalysis(), "logit"),
    (LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1), "logit"),
    (LinearSVC(), "margin"),
    *((model, "margin") for model in passive_aggressive("Classifier")),
    (lm.Perceptron(random_state=0), "score"),
    (lm.SGDClassifier(loss="perceptron", random_state=0), "score"),
    (lm.RidgeClassifier(), "sign"),
    (lm.RidgeClassifier(fit_intercept=False), "sign"),
    (lm.RidgeClassifierCV(), "sign"),
    (lm.SGDClassifier(random_state=0), "margin"),
    (lm.SGDClassifier(loss="modified_huber", random_state=0), "margin"),
    (lm.SGDClassifier(loss="squared_error", learning_rate="adaptive", eta0=1e-3, random_state=0), "sign"),
]


@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize(("model", "link"), CLASSIFIERS, ids=repr)
def test_classifiers_decide_by_their_source(model, link, labels):
    est = fitted(model, labels)
    source = Source.from_estimator(est)
    decision = np.reshape(est.decision_function(X), (60, -1))
    np.testing.assert_allclose(X @ source.coef.T + source.intercept, decision, rtol=1e-10, atol=1e-10)
    assert (source.link, source.classes.tolist()) == (link, est.classes_.tolist())


@pytest.mark.parametrize("solver", ["svd", "lsqr", "eigen"])
def test_a_discriminant_is_a_softmax(solver):
    est = LinearDiscriminantAnalysis(solver=solver).fit(X, THREE)
    source = Source.from_estimator(est)
    np.testing.assert_allclose(softmax(X @ source.coef.T + source.intercept, axis=1), est.predict_proba(X), rtol=1e-9)
    information = Source.from_estimator(est, X).precision
    np.testing.assert_allclose(information @ np.concatenate([np.ones(9) * 0, np.ones(3)]), 0, atol=1e-10)


@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
def test_stochastic_log_loss_is_log_odds_for_two_classes_only(labels):
    est = fitted(lm.SGDClassifier(loss="log_loss", random_state=0), labels)
    assert Source.from_estimator(est).link == ("logit" if labels is TWO else "score")


# How sure ------------------------------------------------------------------------------------------------------


def test_signs_are_known_as_a_ridge_knows_them():
    for labels, n_rows in ((TWO, 1), (THREE, 3)):
        est = lm.RidgeClassifier(2.0).fit(X, labels, sample_weight=WEIGHT)
        source = Source.from_estimator(est, X, sample_weight=WEIGHT)
        signs = np.where(labels[:, np.newaxis] == est.classes_[-n_rows:], 1.0, -1.0)
        ridge = Source.from_estimator(lm.Ridge(2.0).fit(X, signs, WEIGHT), X, sample_weight=WEIGHT)
        np.testing.assert_allclose(source.precision, ridge.precision, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(source.coef, ridge.coef if n_rows > 1 else np.atleast_2d(ridge.coef), rtol=1e-9)


def test_the_chosen_strength_of_signs_counts():
    est = lm.RidgeClassifierCV([0.1, 10.0]).fit(X, TWO)
    plain = ONES.T @ ONES + np.diag([est.alpha_] * 3 + [0.0])
    np.testing.assert_allclose(Source.from_estimator(est, X).precision, plain, rtol=1e-12)


def test_class_weight_of_signs():
    est = lm.RidgeClassifier(class_weight={"high": 3.0, "low": 0.5}).fit(X, TWO)
    weight = np.where(TWO == "high", 3.0, 0.5)
    expected = (ONES.T * weight) @ ONES + np.diag([1.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(Source.from_estimator(est, X, TWO).precision, expected, rtol=1e-12)


def test_labels_that_do_not_exclude_each_other_are_outputs():
    for est in (lm.RidgeClassifier().fit(X, LABELS), lm.RidgeClassifierCV().fit(X, LABELS[:, :2])):
        source = Source.from_estimator(est)
        assert (source.classes, source.link) == (None, "sign")
        np.testing.assert_array_equal(source.coef, est.coef_)


@pytest.mark.parametrize("labels", [TWO, y], ids=["logistic", "squared"])
@pytest.mark.parametrize(("penalty", "share"), [("l2", 1.0), ("elasticnet", 0.75), ("l1", 0.0), (None, 0.0)])
def test_stochastic_penalties_count_the_rows(labels, penalty, share):
    kind = lm.SGDRegressor() if labels is y else lm.SGDClassifier(loss="log_loss")
    kind.set_params(alpha=0.03, penalty=penalty, l1_ratio=0.25, random_state=0)
    est = fitted(kind, labels)
    source = Source.from_estimator(est, X)
    p = expit(est.decision_function(X)) if labels is TWO else None
    weight = np.ones(60) if p is None else p * (1 - p)
    expected = (ONES.T * weight) @ ONES + np.diag([60 * 0.03 * share] * 3 + [0.0])
    np.testing.assert_allclose(source.precision, expected, rtol=1e-9)


@pytest.mark.parametrize("scaled", [False, True])
def test_a_bayesian_ridge_knows_its_slopes_without_rows(scaled):
    """What it says by itself is what it says with its rows, the intercept marginalised: the Schur complement."""
    est = lm.BayesianRidge().fit(X, y)
    est = make_pipeline(StandardScaler(), lm.BayesianRidge()).fit(X, y) if scaled else est
    own, informed = Source.from_estimator(est).precision, Source.from_estimator(est, X).precision
    schur = informed[:3, :3] - np.outer(informed[:3, 3], informed[3, :3]) / informed[3, 3]
    np.testing.assert_allclose(own[:3, :3], schur, rtol=1e-8, atol=1e-8)
    assert not np.any(own[3]) or scaled
    last = est[-1] if scaled else est
    scale = est[0].scale_ if scaled else np.ones(3)
    extra = np.diag(informed)[:3] - np.diag(X.T @ X)
    np.testing.assert_allclose(extra, last.lambda_ / last.alpha_ * scale**2, rtol=1e-8)


def test_automatic_relevance_knows_what_it_kept_and_the_prior_of_the_rest():
    est = lm.ARDRegression(threshold_lambda=5.0).fit(X, X[:, 0] + 0.3 * RNG.normal(size=60))
    kept = est.lambda_ < 5.0
    assert 0 < kept.sum() < 3
    precision = Source.from_estimator(est).precision
    centred = X - X.mean(axis=0)
    whole = centred[:, kept].T @ centred[:, kept] + np.diag(est.lambda_[kept] / est.alpha_)
    at = np.flatnonzero(kept)
    np.testing.assert_allclose(precision[np.ix_(at, at)], whole, rtol=1e-8)
    rest = np.flatnonzero(~kept)
    np.testing.assert_allclose(precision[rest, rest], est.lambda_[rest] / est.alpha_, rtol=1e-12)
    assert not np.any(precision[np.ix_(rest, at)])
    informed = Source.from_estimator(est, X).precision
    np.testing.assert_allclose(informed, ONES.T @ ONES + np.diag([*est.lambda_ / est.alpha_, 0.0]), rtol=1e-10)


@pytest.mark.parametrize(
    "model", [lm.HuberRegressor(), lm.SGDRegressor(loss="huber"), lm.RANSACRegressor(random_state=0)], ids=repr
)
def test_robust_losses_have_no_precision(model):
    with pytest.raises(ValueError, match="precision is available for squared, logistic"):
        Source.from_estimator(fitted(model, y), X)


# Wrappers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("model", [LinearSVC(), lm.Perceptron(), lm.LogisticRegression()], ids=repr)
def test_a_calibrated_classifier_is_a_logistic_model(model, scaled):
    inner = fitted(make_pipeline(StandardScaler(), model) if scaled else model, TWO)
    est = CalibratedClassifierCV(FrozenEstimator(inner)).fit(X, TWO)
    source = Source.from_estimator(est)
    eta = X @ source.coef.T + source.intercept
    np.testing.assert_allclose(expit(eta[:, 0]), est.predict_proba(X)[:, 1], rtol=1e-9)
    assert (source.link, source.classes.tolist()) == ("logit", ["high", "low"])


@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
def test_a_temperature_keeps_the_softmax(labels):
    est = CalibratedClassifierCV(FrozenEstimator(lm.LogisticRegression().fit(X, labels)), method="temperature")
    try:
        est.fit(X, labels)
    except ValueError:
        pytest.skip("scikit-learn has temperatures since 1.8")
    source = Source.from_estimator(est)
    eta = X @ source.coef.T + source.intercept
    proba = softmax(eta, axis=1) if labels is THREE else np.column_stack([expit(-eta[:, 0]), expit(eta[:, 0])])
    np.testing.assert_allclose(proba, est.predict_proba(X), rtol=1e-7)
    assert source.link == "logit"


def test_folds_are_averaged_and_several_classes_are_one_versus_rest():
    est = CalibratedClassifierCV(LinearSVC(), cv=3).fit(X, THREE)
    rows = []
    for fold in est.calibrated_classifiers_:
        factor = np.array([-calibrator.a_ for calibrator in fold.calibrators])
        rows.append(factor[:, np.newaxis] * fold.estimator.coef_)
    source = Source.from_estimator(est)
    np.testing.assert_allclose(source.coef, np.mean(rows, axis=0), rtol=1e-12)
    assert source.link == "score"


def test_steps_and_missing_classes_of_folds_are_refused():
    with pytest.raises(ValueError, match=r"method='isotonic'.*Calibrate the source with method='sigmoid'"):
        Source.from_estimator(CalibratedClassifierCV(LinearSVC(), method="isotonic", cv=2).fit(X, TWO))
    est = CalibratedClassifierCV(LinearSVC(), cv=2).fit(X, THREE)
    est.calibrated_classifiers_[0].estimator.fit(X[THREE > 0], THREE[THREE > 0])
    with pytest.raises(ValueError, match=r"a fold of the classes \[1, 2\] only"):
        Source.from_estimator(est)


def test_a_transformed_target_is_not_a_source_of_the_plain_one():
    est = TransformedTargetRegressor(lm.Ridge(), func=np.arcsinh, inverse_func=np.sinh).fit(X, y)
    for model in (est, make_pipeline(StandardScaler(), est).fit(X, y)):
        with pytest.raises(ValueError, match=r"linear in the transformed y.*make_transfer\(model\)"):
            Source.from_estimator(model)


def test_ransac_around_a_tree_is_refused():
    with pytest.raises(TypeError, match="DecisionTreeRegressor cannot be read"):
        Source.from_estimator(lm.RANSACRegressor(DecisionTreeRegressor(), min_samples=30, random_state=0).fit(X, y))
