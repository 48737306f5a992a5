"""SGDRegressor and SGDClassifier, Perceptron, PassiveAggressiveRegressor and PassiveAggressiveClassifier.

They walk towards the minimum of a mean of losses plus alpha (l1_ratio ||coef||_1 + (1 - l1_ratio) / 2 ||coef||^2):
times the n rows that were seen, the curvature is n alpha (1 - l1_ratio). Three classes or more are one-vs-rest, so that
even log-losses give scores of one class against the rest and not one softmax: their link is "margin".
"""

from sktransfer.sources._extract._fit import LinearFit, no_penalty

_OF_SIGNS = ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive")


def read_sgd_regressor(est):
    """SGDRegressor: a precision for squared loss only."""
    squared = est.loss == "squared_error"
    return LinearFit(
        est.coef_, est.intercept_[0], "identity", loss="squared" if squared else None, penalty=_penalty(est)
    )


def read_sgd_classifier(est):
    """SGDClassifier: log-odds by log-loss of two classes, else margins, or signs by a loss for regression."""
    logistic = est.loss == "log_loss" and len(est.classes_) == 2
    squared = est.loss == "squared_error"
    link = "logit" if logistic else "sign" if est.loss in _OF_SIGNS else "margin"
    return LinearFit(
        est.coef_,
        est.intercept_,
        link,
        classes=est.classes_,
        loss="logistic" if logistic else "squared" if squared else None,
        penalty=_penalty(est),
        class_weight=est.class_weight,
    )


def read_mistakes(est):
    """Perceptron and PassiveAggressiveClassifier: scores that are large where the last mistakes said so."""
    return LinearFit(est.coef_, est.intercept_, "margin", classes=est.classes_, loss=None)


def read_passive_aggressive_regressor(est):
    """PassiveAggressiveRegressor."""
    return LinearFit(est.coef_, est.intercept_[0], "identity", loss=None)


def _penalty(est):
    """Rows seen times alpha times the share of L2; ``t_`` counts the rows of all epochs, from one."""
    if est.penalty is None:
        return no_penalty
    l1_ratio = {"l2": 0.0, "l1": 1.0}.get(est.penalty, est.l1_ratio)
    curvature = (est.t_ - 1) / est.n_iter_ * est.alpha * (1.0 - l1_ratio)
    return lambda total: (curvature, 0.0)


READERS = {
    "PassiveAggressiveClassifier": read_mistakes,
    "PassiveAggressiveRegressor": read_passive_aggressive_regressor,
    "Perceptron": read_mistakes,
    "SGDClassifier": read_sgd_classifier,
    "SGDRegressor": read_sgd_regressor,
}
