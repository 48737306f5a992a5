"""Feature augmentation: one fit of what domains share and what is their own, against the same written out."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import ElasticNet, Lars, Lasso, LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from sktransfer.joint import FeatureAugmentation
from sktransfer.linear_model import (
    TransferElasticNet,
    TransferLasso,
    TransferLogisticRegression,
    TransferPoissonRegressor,
    TransferRidge,
)
from sktransfer.sources import Source, SourceData
from sktransfer.svm import TransferLinearSVC

P, SIZES = 4, (15, 60, 40)
LOGISTIC = {"tol": 1e-12, "solver": "newton-cholesky"}
POISSON = {"alpha": 0.1, "tol": 1e-12, "solver": "newton-cholesky"}
L1 = {"alpha": 0.05, "tol": 1e-14, "max_iter": 100_000}
PAIRS = {
    "ridge": (TransferRidge(2.0), Ridge(2.0)),
    "logistic": (TransferLogisticRegression(C=0.7, **LOGISTIC), LogisticRegression(C=0.7, **LOGISTIC)),
    "poisson": (TransferPoissonRegressor(**POISSON), PoissonRegressor(**POISSON)),
    "lasso": (TransferLasso(**L1), Lasso(**L1)),
    "elastic net": (TransferElasticNet(**L1), ElasticNet(**L1)),
}


def domains(kind="ridge", seed=0):
    """(X, y) of the target and of two sources: the same slopes, give and take, at different levels."""
    rng = np.random.default_rng(seed)
    found = []
    for place, n in enumerate(SIZES):
        X = rng.normal(size=(n, P)) + 0.5 * place
        eta = X @ (np.array([0.5, -0.4, 0.2, 0.0]) + 0.2 * rng.normal(size=P)) + place - 0.5
        y = {"logistic": eta + rng.logistic(size=n) > 0, "poisson": rng.poisson(np.exp(0.5 * eta))}
        found.append((X, y.get(kind, eta + rng.normal(size=n)) * 1))
    return found


def augmented(model, kind="ridge", seed=0, **options):
    """Fitted on the target, with both sources."""
    (X, y), *sources = domains(kind, seed)
    return FeatureAugmentation(model, [SourceData(*each) for each in sources], **options).fit(X, y)


def written_out(parts, private, intercept_penalty, n_outputs=1):
    """(rows, penalty of each column over alpha) in unscaled columns: shared, private, 1, private intercepts."""
    n_domains, rows = len(parts), []
    for place, X in enumerate(parts):
        own = np.zeros((n_domains, 1))
        own[place] = 1.0
        rows.append(np.hstack([X, np.kron(own.T, X), np.ones((len(X), 1)), np.tile(own.T, (len(X), 1))]))
    levels = np.full(n_domains, private * intercept_penalty)
    return np.vstack(rows), np.concatenate([np.ones(P), np.full(n_domains * P, private), [0.0], levels])


@pytest.mark.parametrize("estimator", [TransferRidge(2.0), Ridge(2.0)], ids=lambda each: type(each).__name__)
@pytest.mark.parametrize(("private", "intercept_penalty"), [(1.0, 0.01), (5.0, 1.0), (0.1, 3.0)])
def test_ridge_solves_the_normal_equations(estimator, private, intercept_penalty):
    parts = domains()
    rows, penalty = written_out([X for X, _ in parts], private, intercept_penalty)
    theta = np.linalg.solve(rows.T @ rows + 2.0 * np.diag(penalty), rows.T @ np.concatenate([y for _, y in parts]))
    model = augmented(estimator, private=private, intercept_penalty=intercept_penalty)
    shared, own = theta[:P], theta[P : 4 * P].reshape(3, P)
    level, levels = theta[4 * P], theta[4 * P + 1 :]
    assert_allclose(model.shared_coef_, shared, rtol=1e-9, atol=1e-10)
    assert_allclose(model.shared_intercept_, level, rtol=1e-9)
    assert_allclose(model.coef_, shared + own[0], rtol=1e-9)
    assert_allclose(model.intercept_, level + levels[0], rtol=1e-9)
    assert_allclose(model.source_coefs_, shared + own[1:], rtol=1e-9)
    assert_allclose(model.source_intercepts_, level + levels[1:], rtol=1e-9)


def test_it_is_a_gaussian_prior_that_ties_the_domains():
    """Coefficients of domains d and e have covariance (1 + [d == e] / private) / alpha."""
    parts, private, alpha = domains(), 3.0, 2.0
    covariance = np.kron((1.0 + np.eye(3) / private) / alpha, np.eye(P))
    rows = sp.block_diag([X for X, _ in parts]).toarray()
    precision = rows.T @ rows + np.linalg.inv(covariance)
    theta = np.linalg.solve(precision, rows.T @ np.concatenate([y for _, y in parts])).reshape(3, P)
    model = augmented(TransferRidge(alpha, fit_intercept=False), private=private)
    assert_allclose(np.vstack([model.coef_, model.source_coefs_]), theta, rtol=1e-9)
    assert np.all(model.source_intercepts_ == 0)
    assert model.intercept_ == 0


@pytest.mark.parametrize("kind", PAIRS)
def test_a_twin_and_scikit_learns_own_agree(kind):
    ours, theirs = (augmented(model, kind, private=2.0, intercept_penalty=0.5) for model in PAIRS[kind])
    close = {"rtol": 1e-5, "atol": 1e-6} if kind in ("lasso", "elastic net") else {"rtol": 1e-7, "atol": 1e-8}
    assert_allclose(ours.coef_, theirs.coef_, **close)
    assert_allclose(ours.intercept_, theirs.intercept_, **close)
    assert_allclose(ours.source_coefs_, theirs.source_coefs_, **close)
    assert ours.coef_.shape == theirs.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("own", [True, False], ids=["ours", "theirs"])
def test_without_private_parameters_it_is_the_pooled_fit(kind, own):
    model = PAIRS[kind][not own]
    X, y = (np.concatenate(each) for each in zip(*domains(kind), strict=True))
    pooled, joint = clone(model).fit(X, y), augmented(model, kind, private=np.inf)
    assert_allclose(joint.coef_, pooled.coef_, rtol=1e-8, atol=1e-12)
    assert_allclose(joint.intercept_, pooled.intercept_, rtol=1e-8)
    assert_array_equal(joint.source_coefs_, [joint.coef_] * 2)
    assert_array_equal(joint.shared_coef_, joint.coef_)


def test_private_parameters_that_cost_all_but_infinity_are_all_but_the_pooled_fit():
    limit = augmented(TransferRidge(2.0), private=np.inf)
    assert_allclose(augmented(TransferRidge(2.0), private=1e9, intercept_penalty=1.0).coef_, limit.coef_, rtol=1e-6)


def test_private_parameters_that_cost_nothing_fit_each_domain_by_itself():
    model = augmented(TransferRidge(1.0), private=1e-9)
    alone = [LinearRegression().fit(*each) for each in domains()]
    assert_allclose(np.vstack([model.coef_, model.source_coefs_]), [each.coef_ for each in alone], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("private", [0.2, 1.0, 7.0])
def test_a_domain_alone_is_fitted_at_a_lower_strength(private):
    """Rows of zeros with y = 0 say nothing: the source is there, but the target is alone."""
    (X, y), *_ = domains()
    silent = SourceData(np.zeros((5, P)), np.zeros(5))
    model = FeatureAugmentation(TransferRidge(2.0, fit_intercept=False), silent, private=private).fit(X, y)
    plain = TransferRidge(2.0 / (1 + 1 / private), fit_intercept=False).fit(X, y)
    assert_allclose(model.coef_, plain.coef_, rtol=1e-9)


def test_sources_in_another_order_are_the_same_fit():
    (X, y), first, second = domains("logistic")
    model, turned = (
        FeatureAugmentation(PAIRS["logistic"][0], [SourceData(*each) for each in order]).fit(X, y)
        for order in ([first, second], [second, first])
    )
    assert_allclose(turned.coef_, model.coef_, rtol=1e-8)
    assert_allclose(turned.source_coefs_[::-1], model.source_coefs_, rtol=1e-8)


@pytest.mark.parametrize("model", [Ridge(5.0), TransferRidge(5.0)], ids=lambda each: type(each).__name__)
def test_a_shift_of_level_is_paid_for_by_the_intercept(model):
    (X, y), *sources = domains()
    sources = [SourceData(*each) for each in sources]
    change = {}
    for price in (1e-8, 0.01, np.inf):
        joint = FeatureAugmentation(model, sources, intercept_penalty=price)
        change[price] = clone(joint).fit(X, y + 10.0).coef_ - joint.fit(X, y).coef_
    assert np.abs(change[1e-8]).max() < 1e-6
    assert np.abs(change[0.01]).max() < 0.05
    assert np.abs(change[np.inf]).max() > 0.5


@pytest.mark.parametrize(
    "model", [pair for kind in PAIRS.values() for pair in kind] + [LinearSVC(), Lars(n_nonzero_coefs=3)]
)
def test_without_a_source_it_is_the_estimator(model):
    X, y = domains("logistic" if is_classifier(model) else "poisson")[0]
    joint, plain = FeatureAugmentation(model).fit(X, y), clone(model).fit(X, y)
    assert_array_equal(joint.coef_, plain.coef_)
    assert_array_equal(joint.intercept_, plain.intercept_)
    assert_array_equal(joint.predict(X), plain.predict(X))
    assert_array_equal(joint.shared_coef_, plain.coef_)
    assert joint.source_coefs_.shape == (0, *plain.coef_.shape)
    assert (is_classifier(joint), is_regressor(joint)) == (is_classifier(model), is_regressor(model))


@pytest.mark.parametrize("kind", ["ridge", "logistic", "poisson"])
@pytest.mark.parametrize("own", [True, False], ids=["ours", "theirs"])
def test_weights_are_rows_that_stand_there_so_many_times(kind, own):
    model = PAIRS[kind][not own]
    (X, y), (X_source, y_source), _ = domains(kind)
    rng = np.random.default_rng(1)
    counts, counts_source = rng.integers(0, 3, len(y)), rng.integers(0, 3, len(y_source))
    weighted = FeatureAugmentation(model, SourceData(X_source, y_source, counts_source)).fit(X, y, counts)
    source = SourceData(np.repeat(X_source, counts_source, axis=0), np.repeat(y_source, counts_source))
    repeated = FeatureAugmentation(model, source).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7, atol=1e-9)
    doubled = FeatureAugmentation(model, [(SourceData(X_source, y_source), 2.0)]).fit(X, y)
    twice = FeatureAugmentation(model, SourceData(X_source, y_source, np.full(len(y_source), 2.0))).fit(X, y)
    assert_allclose(doubled.coef_, twice.coef_, rtol=1e-9)


@pytest.mark.parametrize("model", [TransferRidge(), Ridge(solver="cholesky")], ids=lambda each: type(each).__name__)
def test_several_outputs_are_several_fits(model):
    (X, y), (X_source, y_source), _ = domains()
    targets, targets_source = np.column_stack([y, y**2]), np.column_stack([y_source, y_source**2])
    both = FeatureAugmentation(model, SourceData(X_source, targets_source)).fit(X, targets)
    for k in range(2):
        one = FeatureAugmentation(model, SourceData(X_source, targets_source[:, k])).fit(X, targets[:, k])
        assert_allclose(both.coef_[k], one.coef_, rtol=1e-8)
        assert_allclose(both.intercept_[k], one.intercept_, rtol=1e-8)
    assert both.source_coefs_.shape == (1, 2, P)


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_matrix, np.asfortranarray, lambda X: X.tolist()])
@pytest.mark.parametrize("kind", ["ridge", "logistic", "lasso"])
def test_sparse_and_other_rows_are_the_same_rows(form, kind):
    (X, y), (X_source, y_source), _ = domains(kind)
    for model in (PAIRS[kind][0], Ridge(solver="lsqr", tol=1e-12) if kind == "ridge" else PAIRS[kind][1]):
        plain = FeatureAugmentation(model, SourceData(X_source, y_source)).fit(X, y)
        other = FeatureAugmentation(model, SourceData(form(X_source), y_source)).fit(form(X), y)
        assert_allclose(other.coef_, plain.coef_, rtol=1e-6, atol=1e-8)
        assert_allclose(other.predict(form(X)), plain.predict(X), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", ["ridge", "logistic"])
def test_single_precision_stays_single(kind):
    (X, y), (X_source, y_source), _ = domains(kind)
    model = FeatureAugmentation(PAIRS[kind][0], SourceData(X_source.astype(np.float32), y_source))
    single = clone(model).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32
    assert_allclose(single.coef_, model.fit(X, y).coef_, rtol=1e-4, atol=1e-5)


def test_support_vectors_of_both_losses():
    (X, y), *_ = domains("logistic")
    for loss in ("hinge", "squared_hinge"):
        price = {"private": 2.0, "intercept_penalty": 1.0}
        model = augmented(TransferLinearSVC(loss=loss, C=0.05, tol=1e-10, max_iter=100_000), "logistic", **price)
        theirs = LinearSVC(loss=loss, C=0.05, tol=1e-8, max_iter=1_000_000, random_state=0)
        assert_allclose(model.coef_, augmented(theirs, "logistic", **price).coef_, rtol=1e-4, atol=1e-5)
        assert set(model.predict(X)) <= {0, 1}
        assert model.decision_function(X).shape == y.shape


def test_classes_are_those_of_all_domains():
    (X, y), (X_source, y_source), _ = domains("logistic")
    y_source = np.where(X_source[:, 3] > 1, 2, y_source)
    for model in PAIRS["logistic"]:
        joint = FeatureAugmentation(model, SourceData(X_source, y_source)).fit(X, y)
        assert_array_equal(joint.classes_, [0, 1, 2])
        assert joint.coef_.shape == (3, P)
        assert_allclose(joint.predict_proba(X).sum(axis=1), 1.0)
        eta = X @ joint.coef_.T + joint.intercept_
        assert_allclose(joint.decision_function(X), eta, rtol=1e-10, atol=1e-12)
    named = FeatureAugmentation(
        LogisticRegression(max_iter=1000), SourceData(X_source, np.array(["a", "b", "c"])[y_source])
    )
    assert_array_equal(named.fit(X, np.array(["a", "b"])[y]).classes_, ["a", "b", "c"])


def test_columns_go_by_name():
    (X, y), (X_source, y_source), _ = domains()
    names = ["a", "b", "c", "d"]
    frame = pd.DataFrame(X_source, columns=names).assign(more=1.0)[["more", "d", "b", "a", "c"]]
    for model in (TransferRidge(), Ridge()):
        plain = FeatureAugmentation(model, SourceData(X_source, y_source)).fit(X, y)
        named = FeatureAugmentation(model, SourceData(frame, y_source)).fit(pd.DataFrame(X, columns=names), y)
        assert_allclose(named.coef_, plain.coef_, rtol=1e-9)
        assert named.feature_names_in_.tolist() == named.estimator_.feature_names_in_.tolist() == names
        assert not hasattr(plain, "feature_names_in_")
        with pytest.raises(ValueError, match="must be in the same order"):
            named.predict(pd.DataFrame(X, columns=names)[names[::-1]])
        with pytest.raises(ValueError, match=r"the source 0 lacks the target's columns \['d'\]"):
            FeatureAugmentation(model, SourceData(frame.drop(columns="d"), y_source)).fit(
                pd.DataFrame(X, columns=names), y
            )


def test_what_a_fitted_twin_says_fits_the_target():
    X, y = domains()[0]
    model = augmented(TransferRidge())
    twin = model.estimator_
    assert twin.n_features_in_ == model.n_features_in_ == P
    assert_array_equal(twin.delta_, model.coef_)
    assert_array_equal(twin.source_coef_, np.zeros(P))
    assert twin.source_.coef.shape == (1, P)
    assert_allclose(twin.predict(X), X @ model.coef_ + model.intercept_)
    assert_allclose(Source.from_estimator(twin).coef, model.coef_)
    with pytest.raises(ValueError, match="its own rows do not say how sure it is"):
        Source.from_estimator(twin, X=X, y=y)


def test_searches_pipelines_and_copies():
    (X, y), (X_source, y_source), _ = domains("logistic")
    source = SourceData(X_source, y_source)
    before = pickle.dumps((X, y, source))
    joint = FeatureAugmentation(LogisticRegression(), source)
    assert clone(joint).source is source
    assert clone(joint).estimator is not joint.estimator
    assert "source__X" not in joint.get_params()
    grid = {"private": [0.1, 10.0], "estimator__C": [0.1, 1.0], "source": [None, source]}
    search = GridSearchCV(joint, grid, cv=3, error_score="raise").fit(X, y)
    assert set(search.best_params_) == set(grid)
    assert np.isfinite(cross_val_score(make_pipeline(StandardScaler(), joint), X, y, cv=3)).all()
    fitted = joint.fit(X, y)
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), fitted.predict_proba(X))
    assert fitted.score(X, y) == np.mean(fitted.predict(X) == y)
    assert not hasattr(joint.estimator, "coef_")
    assert pickle.dumps((X, y, source)) == before


def test_before_the_fit():
    joint = FeatureAugmentation(LinearSVC())
    assert not hasattr(joint, "predict_proba")
    assert not hasattr(joint, "coef_")
    assert hasattr(joint, "decision_function")
    with pytest.raises(NotFittedError):
        joint.predict([[0.0]])


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(2),
        SVC(kernel="linear"),
        make_pipeline(StandardScaler(), LogisticRegression()),
        GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_not_linear_is_refused_by_name(model):
    name = type(model).__name__
    with pytest.raises(TypeError, match=rf"needs a linear estimator, .* {name}\("):
        augmented(model, "logistic")


@pytest.mark.parametrize("model", [LogisticRegression, "ridge", None])
def test_what_is_no_estimator_is_refused(model):
    with pytest.raises(TypeError, match="needs a linear estimator, such as Ridge"):
        augmented(model)


@pytest.mark.parametrize(("name", "value"), [("private", 0.0), ("private", -1.0), ("intercept_penalty", 0)])
def test_prices_are_positive(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of FeatureAugmentation must be"):
        augmented(Ridge(), **{name: value})


@pytest.mark.parametrize("options", [{"source": Source(np.ones(P))}, {"metric": "scale"}, {"metric": np.ones(P)}])
def test_twins_with_a_source_or_metric_of_their_own_are_refused(options):
    with pytest.raises(ValueError, match=f"needs a TransferRidge with {next(iter(options))}="):
        augmented(TransferRidge(**options))
    X, y = domains()[0]
    assert_array_equal(
        FeatureAugmentation(TransferRidge(**options)).fit(X, y).coef_, TransferRidge(**options).fit(X, y).coef_
    )


def test_weights_need_an_estimator_that_takes_them():
    (X, y), (X_source, y_source), _ = domains()
    assert FeatureAugmentation(Lars(n_nonzero_coefs=3), SourceData(X_source, y_source)).fit(X, y).coef_.shape == (P,)
    for source, weight in [
        ((X_source, y_source, np.ones(len(y_source))), None),
        ((X_source, y_source), np.ones(len(y))),
    ]:
        with pytest.raises(TypeError, match="fit of Lars does not take sample_weight"):
            FeatureAugmentation(Lars(n_nonzero_coefs=3), SourceData(*source)).fit(X, y, weight)


@pytest.mark.parametrize("model", [TransferRidge(), Ridge()], ids=lambda each: type(each).__name__)
def test_bad_rows_are_named(model):
    (X, y), (X_source, y_source), _ = domains()
    missing = X_source.copy()
    missing[3, 1] = np.nan
    bad = {
        "the rows of the source 'home' cannot be used: Input X contains NaN": SourceData(
            missing, y_source, name="home"
        ),
        "X of the source 0 has 3 features, the target's 4": SourceData(X_source[:, :3], y_source),
        "holds <U3 labels|could not convert string": SourceData(X_source, np.full(len(X_source), "two")),
        "the rows of the source 0 cannot be used: sample_weight must not be negative": SourceData(
            X_source, y_source, -np.ones(len(y_source))
        ),
    }
    for message, source in bad.items():
        with pytest.raises(ValueError, match=message):
            FeatureAugmentation(model, source).fit(X, y)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        FeatureAugmentation(model, SourceData(X_source, y_source)).fit(missing, y_source)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        FeatureAugmentation(model, SourceData(X_source, y_source)).fit(X, y[:-1])
    with pytest.raises(ValueError, match="requires y to be passed"):
        FeatureAugmentation(model, SourceData(X_source, y_source)).fit(X, None)
    with pytest.raises(TypeError, match="got Ridge"):
        FeatureAugmentation(model, Ridge()).fit(X, y)


def test_labels_of_two_kinds_are_refused():
    (X, y), (X_source, y_source), _ = domains("logistic")
    for model in PAIRS["logistic"]:
        with pytest.raises(ValueError, match="cannot be told apart"):
            FeatureAugmentation(model, SourceData(X_source, np.array(["no", "yes"])[y_source])).fit(X, y)
