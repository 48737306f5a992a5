"""LogisticRegression and LogisticRegressionCV: one logistic model, or one softmax.

They minimise C sum w loss + (1 - l1_ratio) / 2 ||coef||^2 + l1_ratio ||coef||_1: divided by C, the curvature
is (1 - l1_ratio) / C on the slopes. liblinear also shrinks the intercept, divided by ``intercept_scaling``.
"""

import numpy as np

from sktransfer.sources._extract._fit import LinearFit


def read_logistic(est):
    """LogisticRegression."""
    return _read(est, est.C)


def read_logistic_cv(est):
    """LogisticRegressionCV, with the C and l1_ratio it chose."""
    return _read(est, _chosen(est.C_))


def _read(est, C):
    _refuse_many_models(est)
    unpenalised = getattr(est, "penalty", "deprecated") is None
    curvature = 0.0 if unpenalised else (1.0 - l1_share(est)) / C
    on_intercept = 0.0
    if est.solver == "liblinear" and est.fit_intercept:
        on_intercept = curvature / est.intercept_scaling**2
    return LinearFit(
        est.coef_,
        est.intercept_,
        "logit",
        classes=est.classes_,
        loss="logistic" if len(est.classes_) == 2 else "multinomial",
        penalty=lambda total: (curvature, on_intercept),
        class_weight=est.class_weight,
    )


def l1_share(est):
    """The share of absolute values in a logistic regression's penalty, of a search along it the one chosen.

    ``penalty`` says it where it is set, else ``l1_ratio`` (since scikit-learn 1.8).
    """
    named = {"l1": 1.0, "l2": 0.0, None: 0.0}
    l1_ratio = _chosen(getattr(est, "l1_ratio_", getattr(est, "l1_ratio", None)))
    return named.get(getattr(est, "penalty", "deprecated"), 0.0 if l1_ratio is None else float(l1_ratio))


def _chosen(values):
    """One value of what may be a scalar, or an array that repeats it for every class."""
    return None if values is None else np.ravel(values)[0]


def _refuse_many_models(est):
    multi_class, n_classes = getattr(est, "multi_class", "deprecated"), len(est.classes_)
    if n_classes > 2 and (multi_class == "ovr" or est.solver == "liblinear"):
        raise ValueError(
            f"{type(est).__name__} fitted one-versus-rest on {n_classes} classes "
            f"(multi_class={multi_class!r}, solver={est.solver!r}) is {n_classes} separate models, not one "
            "softmax. Fit the source with solver='lbfgs' and multi_class left alone."
        )
    if n_classes == 2 and multi_class == "multinomial":
        raise ValueError(
            f"{type(est).__name__} fitted with multi_class='multinomial' on two classes holds half of the "
            "usual coefficients. Fit the source with multi_class left alone."
        )


READERS = {"LogisticRegression": read_logistic, "LogisticRegressionCV": read_logistic_cv}
