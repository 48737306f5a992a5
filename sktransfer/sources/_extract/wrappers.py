"""CalibratedClassifierCV around linear classifiers; TransformedTargetRegressor, which speaks of another y.

A sigmoid calibrator turns a score f into the log-odds -(a f + b), a temperature multiplies it by beta (two classes are
-f and f: twice): both stay linear, with log-odds for two classes. Of several classes sigmoids are one-vs-rest
("score"), a temperature is one softmax. Of several folds the mean of the linear models is taken, where scikit-learn
takes that of the probabilities.
"""

import numpy as np

from sktransfer.sources._extract._fit import LinearFit
from sktransfer.sources._source import Source


def read_calibrated(est):
    """CalibratedClassifierCV, method "sigmoid" or "temperature"."""
    if est.method == "isotonic":
        raise ValueError(
            "CalibratedClassifierCV(method='isotonic') is a step function of a linear score, not linear. Calibrate the "
            "source with method='sigmoid', or give the classifier that it calibrates."
        )
    read = {"sigmoid": _by_sigmoid, "temperature": _by_temperature}[est.method]
    folds = [read(fold) for fold in est.calibrated_classifiers_]
    coef, intercept = (np.mean([fold[part] for fold in folds], axis=0) for part in (0, 1))
    link = "score" if est.method == "sigmoid" and len(est.classes_) > 2 else "logit"
    return LinearFit(coef, intercept, link, classes=est.classes_, loss=None)


def _by_sigmoid(fold):
    coef, intercept = _scores(fold)
    slope = np.array([calibrator.a_ for calibrator in fold.calibrators])
    level = np.array([calibrator.b_ for calibrator in fold.calibrators])
    return -slope[:, np.newaxis] * coef, -slope * intercept - level


def _by_temperature(fold):
    coef, intercept = _scores(fold)
    factor = fold.calibrators[0].beta_ * (2.0 if len(coef) == 1 else 1.0)
    return factor * coef, factor * intercept


def _scores(fold):
    """(coef (K, p), intercept (K,)) of the fold's own classifier, on its raw features."""
    source = Source.from_estimator(fold.estimator)
    if not np.array_equal(source.classes, fold.classes):
        raise ValueError(
            f"CalibratedClassifierCV has a fold of the classes {source.classes.tolist()} only, of "
            f"{fold.classes.tolist()}. Calibrate the source with stratified folds."
        )
    return np.atleast_2d(source.coef), np.atleast_1d(source.intercept)


def refuse_transformed_target(est):
    """TransformedTargetRegressor: its coefficients are about the transformed y."""
    raise ValueError(
        "a TransformedTargetRegressor is linear in the transformed y, not in y, so it is no source of a model of y. "
        "make_transfer(model) keeps the transformation and transfers what is inside; or give model.regressor_ to a "
        "twin that is itself in a TransformedTargetRegressor."
    )


READERS = {"CalibratedClassifierCV": read_calibrated, "TransformedTargetRegressor": refuse_transformed_target}
