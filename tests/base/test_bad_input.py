"""What is refused, each with an error that says what, and what to do."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.tree import DecisionTreeRegressor

from sktransfer import Source, SourceData
from sktransfer.linear_model import TransferLogisticRegression, TransferRidge

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y_NUMBERS = X @ [1.0, -1.0, 0.5] + RNG.normal(size=30)
Y_LABELS = np.where(Y_NUMBERS > 0, "yes", "no")
TWINS = [(TransferRidge, Y_NUMBERS), (TransferLogisticRegression, Y_LABELS)]
REGRESSOR = Ridge().fit(X, Y_NUMBERS)
CLASSIFIER = LogisticRegression().fit(X, Y_LABELS)
ALL_ZERO = "Sample weights must contain at least one non-zero number|"  # scikit-learn's own, since 1.9
both_twins = pytest.mark.parametrize("Twin, y", TWINS, ids=["ridge", "logistic"])


def _with(array, position, value):
    array = np.array(array)
    array[position] = value
    return array


@both_twins
@pytest.mark.parametrize(
    "rows, message",
    [
        (_with(X, (3, 1), np.nan), "Input X contains NaN"),
        (_with(X, (3, 1), np.inf), "Input X contains infinity"),
        (X[0], "Expected 2D array, got 1D array instead"),
        (X[:, :, np.newaxis], "Found array with dim 3"),
        (X[:10], "inconsistent numbers of samples"),
        (X[:0], r"Found array with 0 sample"),
        (X[:, :0], r"0 feature\(s\)"),
        (X + 0j, "Complex data not supported"),
        (np.full((30, 1), "a"), "could not convert string to float"),
    ],
)
def test_rows(Twin, y, rows, message):
    with pytest.raises(ValueError, match=message):
        Twin().fit(rows, y[: len(rows)] if "0 sample" in message else y)


@both_twins
def test_no_targets(Twin, y):
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        Twin().fit(X, None)


@pytest.mark.parametrize("value, message", [(np.nan, "Input y contains NaN"), (np.inf, "Input y contains infinity")])
def test_targets_that_are_not_finite(value, message):
    for Twin in (TransferRidge, TransferLogisticRegression):
        with pytest.raises(ValueError, match=message):
            Twin().fit(X, _with(Y_NUMBERS, 2, value))


def test_targets_of_the_wrong_kind():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        TransferLogisticRegression().fit(X, Y_NUMBERS)
    with pytest.raises(ValueError, match="could not convert string to float"):
        TransferRidge().fit(X, Y_LABELS)
    with pytest.raises(ValueError, match="should be a 1d array"):
        TransferLogisticRegression().fit(X, np.column_stack([Y_LABELS, Y_LABELS]))


@pytest.mark.parametrize("source", [None, CLASSIFIER])
def test_one_class(source):
    with pytest.raises(
        ValueError, match=r"at least 2 classes in y, but there is only one class: .*'yes'.* use the source model as it"
    ):
        TransferLogisticRegression(source=source).fit(X, np.full(30, "yes"))


@both_twins
@pytest.mark.parametrize(
    "weight, message",
    [
        (_with(np.ones(30), 4, -0.5), "sample_weight must not be negative, its smallest entry is -0.5. Leave rows out"),
        (np.zeros(30), f"{ALL_ZERO}sample_weight is zero for all rows, so there is nothing to fit. Give some row"),
        (np.ones(29), r"sample_weight.shape == \(29,\), expected \(30,\)"),
        (np.ones((30, 2)), "Sample weights must be 1D array or scalar"),
        (_with(np.ones(30), 4, np.nan), "Input sample_weight contains NaN"),
        (_with(np.ones(30), 4, np.inf), "Input sample_weight contains infinity"),
    ],
)
def test_weights(Twin, y, weight, message):
    with pytest.raises(ValueError, match=message):
        Twin().fit(X, y, sample_weight=weight)


@both_twins
@pytest.mark.parametrize(
    "source, message",
    [
        (SourceData(X, Y_NUMBERS), "got SourceData, which holds rows. Fit a model on these rows"),
        ([1.0, 2.0], r"got float. If these are coefficients, give Source\(coef, intercept\)"),
        ([None], "a list in source= holds sources, got None in it. Leave it out"),
        ({"a": REGRESSOR}, "got a dict. Give a list for several sources"),
        (np.ones(3), r"got ndarray. If these are coefficients, give Source\(coef, intercept\)"),
        (1.0, "got float"),
        ("clinic", "got str"),
        (Ridge, "got the class Ridge. Give a fitted instance of it"),
        (DecisionTreeRegressor().fit(X, Y_NUMBERS), "a DecisionTreeRegressor cannot be read as a linear source"),
    ],
)
def test_what_is_no_source(Twin, y, source, message):
    with pytest.raises(TypeError, match=message):
        Twin(source=source).fit(X, y)


@both_twins
@pytest.mark.parametrize("model", [Ridge(), LogisticRegression(), TransferRidge(), TransferLogisticRegression()])
def test_a_source_that_is_not_fitted(Twin, y, model):
    with pytest.raises(NotFittedError, match=f"the source {type(model).__name__} is not fitted. Fit it first"):
        Twin(source=model).fit(X, y)


TURNED = np.where(Y_LABELS == "yes", "maybe", "never")
SOURCES = {
    "width": (REGRESSOR, "the source has 3 features and the target 2: without names nothing says which is which"),
    "classifier for ridge": (CLASSIFIER, "TransferRidge needs a source with link 'identity'.*has link 'logit'"),
    "classifier of no link": (Source(np.ones(3), classes=["a", "b"], link="identity"), "the source is a classifier"),
    "poisson": (
        PoissonRegressor().fit(X, np.abs(Y_NUMBERS)),
        "TransferRidge needs a source with link 'identity'.*has link 'log': their coefficients are on different scales",
    ),
    "outputs": (Ridge().fit(X, np.column_stack([Y_NUMBERS] * 2)), r"has 2 output\(s\) and the target 1"),
    "regressor for logistic": (REGRESSOR, "the source is a regressor and the target a classifier"),
    "no class in common": (LogisticRegression().fit(X, TURNED), "no class in common: .*'maybe'.*'no'"),
    "labels of another type": (
        LogisticRegression().fit(X, Y_NUMBERS > 0),
        "cannot be sorted together.*Label types must match",
    ),
    "width of logistic": (CLASSIFIER, "the source has 3 features and the target 2"),
}


@pytest.mark.parametrize("case", SOURCES)
def test_a_misfitting_source_is_never_ignored(case):
    source, message = SOURCES[case]
    ridge = case in ("width", "classifier for ridge", "classifier of no link", "poisson", "outputs")
    model, y = (
        (TransferRidge(source=source), Y_NUMBERS) if ridge else (TransferLogisticRegression(source=source), Y_LABELS)
    )
    with pytest.raises(ValueError, match=message):
        model.fit(X[:, :2] if case.startswith("width") else X, y)


@both_twins
def test_no_feature_in_common(Twin, y):
    model = REGRESSOR if Twin is TransferRidge else CLASSIFIER
    source = Source(
        model.coef_, model.intercept_, classes=getattr(model, "classes_", None), feature_names=["a", "b", "c"]
    )
    with pytest.raises(ValueError, match=r"no feature in common: the source knows 'a', 'b', 'c', the target has 'u'"):
        Twin(source=source).fit(pd.DataFrame(X, columns=["u", "v", "w"]), y)


@both_twins
@pytest.mark.parametrize(
    "metric, message",
    [
        (np.ones(2), r"metric has shape \(2,\); for 3 features and 1 outputs give one of \[\(3,\), \(3, 3\)\]"),
        (np.ones((3, 2)), r"metric has shape \(3, 2\)"),
        (np.ones((3, 3, 3)), r"metric has shape \(3, 3, 3\)"),
        (2.0, r"The 'metric' parameter of \w+ must be a str among .* Got 2.0"),
        ([1.0, np.nan, 1.0], "metric holds NaN or infinite values; every entry must be finite"),
        ([1.0, np.inf, 1.0], "metric holds NaN or infinite values"),
        ([1.0, -1.0, 1.0], "metric must not be negative, its smallest entry is -1.0"),
        (np.diag([1.0, -1.0, 1.0]), "metric must be positive semidefinite, its smallest eigenvalue is -1"),
        (np.triu(np.ones((3, 3))), r"metric must be symmetric; pass \(metric \+ metric.T\) / 2"),
        ("Fisher", r"The 'metric' parameter of \w+ must be a str among .* Got 'Fisher'"),
        ("fisher", "metric='fisher' needs to know how sure the source is, but there is no source"),
    ],
)
def test_metrics(Twin, y, metric, message):
    with pytest.raises(ValueError, match=message):
        Twin(metric=metric).fit(X, y)


def test_shapes_of_a_metric_for_three_classes():
    y = np.digitize(Y_NUMBERS, [-0.5, 0.5])
    with pytest.raises(ValueError, match=r"give one of \[\(3,\), \(3, 3\), \(9,\), \(9, 9\)\]"):
        TransferLogisticRegression(metric=np.ones(6)).fit(X, y)


@both_twins
def test_fisher_without_a_precision(Twin, y):
    source = REGRESSOR if Twin is TransferRidge else CLASSIFIER
    with pytest.raises(
        ValueError, match=r"this source has no precision. Build one with Source.from_estimator\(model, X="
    ):
        Twin(source=source, metric="fisher").fit(X, y)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"alpha": -1.0}, "The 'alpha' parameter of TransferRidge must be a float in the range"),
        ({"alpha": [-1.0]}, r"alpha must not be negative or NaN, got \[-1.0\]"),
        ({"alpha": np.nan}, "The 'alpha' parameter of TransferRidge must be a float in the range"),
        ({"alpha": [np.nan]}, "alpha must not be negative or NaN"),
        ({"alpha": [1.0, 2.0]}, r"alpha has shape \(2,\); give one number, one for each of 1 targets, or"),
        ({"alpha": [[1.0]]}, r"alpha has shape \(1, 1\)"),
        ({"alpha": "strong"}, "The 'alpha' parameter of TransferRidge must be"),
        (
            {"intercept_penalty": -1.0},
            "The 'intercept_penalty' parameter of TransferRidge must be a float in the range",
        ),
        ({"intercept_penalty": np.nan}, "The 'intercept_penalty' parameter"),
        ({"intercept_penalty": None}, "The 'intercept_penalty' parameter"),
        ({"solver": "magic"}, "The 'solver' parameter of TransferRidge must be a str among"),
        ({"tol": -1.0}, "The 'tol' parameter of TransferRidge must be"),
        ({"max_iter": 0}, "The 'max_iter' parameter of TransferRidge must be"),
        ({"fit_intercept": "yes"}, "The 'fit_intercept' parameter of TransferRidge must be"),
        ({"positive": 2}, "The 'positive' parameter of TransferRidge must be"),
        ({"solver": "cholesky", "positive": True}, "solver='cholesky' cannot be used here: .* Use solver='auto'"),
        ({"solver": "dual", "alpha": 0.0}, "solver='dual' cannot be used here: .*positive diagonal prior"),
        (
            {"alpha": np.inf, "positive": True, "source": REGRESSOR},
            "cannot copy a source with negative coefficients .* finite alpha",
        ),
    ],
)
def test_parameters_of_ridge(params, message):
    with pytest.raises(ValueError, match=message):
        TransferRidge(**params).fit(X, Y_NUMBERS)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"C": -1.0}, "The 'C' parameter of TransferLogisticRegression must be a float in the range"),
        ({"C": np.nan}, "The 'C' parameter of TransferLogisticRegression must be"),
        ({"C": [1.0]}, r"C has shape \(1,\); give one number, or one for each of 3 features"),
        ({"C": [1.0, -1.0, 0.0]}, r"C must not be negative or NaN, got \[1.0, -1.0, 0.0\]"),
        ({"intercept_penalty": -1.0}, "The 'intercept_penalty' parameter of TransferLogisticRegression must be"),
        ({"classes": "source"}, "The 'classes' parameter of TransferLogisticRegression must be"),
        ({"class_weight": "even"}, "The 'class_weight' parameter of TransferLogisticRegression must be"),
        ({"warm_start": "yes"}, "The 'warm_start' parameter of TransferLogisticRegression must be"),
        ({"solver": "liblinear"}, "The 'solver' parameter of TransferLogisticRegression must be a str among"),
        ({"solver": "cholesky"}, "solver='cholesky' cannot be used here: a closed form exists for squared loss only"),
        ({"solver": "dual", "C": np.inf}, "solver='dual' cannot be used here"),
    ],
)
def test_parameters_of_logistic_regression(params, message):
    with pytest.raises(ValueError, match=message):
        TransferLogisticRegression(**params).fit(X, Y_LABELS)


@both_twins
def test_predicting_rows_of_another_width(Twin, y):
    model = Twin(source=REGRESSOR if Twin is TransferRidge else CLASSIFIER).fit(X, y)
    with pytest.raises(ValueError, match=r"X has 2 features, but \w+ is expecting 3 features as input"):
        model.predict(X[:, :2])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.predict(_with(X, (0, 0), np.nan))


@both_twins
def test_predicting_before_the_fit(Twin, y):
    with pytest.raises(NotFittedError, match=f"This {Twin.__name__} instance is not fitted yet"):
        Twin().predict(X)


@both_twins
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
def test_a_fit_that_stops_early_says_so_with_the_numbers(Twin, y, solver):
    scaled = X * [1.0, 30.0, 0.1] + 5.0
    model = Twin(solver=solver, max_iter=1, tol=1e-9)
    numbers = r"max \|gradient\| / sum of weights = \d[\d.e+-]*, above tol = 1e-09. Increase max_iter or tol"
    with pytest.warns(
        ConvergenceWarning, match=f"{Twin.__name__}: solver '{solver}' stopped after 1 iteration.*{numbers}"
    ):
        model.fit(scaled, y)
    assert not model.result_.converged
    assert model.result_.certificate > 1e-9
    assert np.max(model.n_iter_) == 1
