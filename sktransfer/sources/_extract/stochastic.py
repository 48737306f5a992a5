"""SGDRegressor and SGDClassifier, Perceptron, PassiveAggressiveRegressor and PassiveAggressiveClassifier.

They walk towards the minimum of a mean of losses plus alpha (l1_ratio ||coef||_1 + (1 - l1_ratio) / 2 ||coef||^2):
times the n rows that were seen, the curvature is n alpha (1 - l1_ratio). Three classes or more are one-vs-rest, so that
even log-losses give scores of one class against the rest and not one softmax: their link is "score", as that of losses
that know no margin (a perceptron's).
"""

from sktransfer.sources._extract._fit import LinearFit, no_penalty

_OF_MARGINS = ("hinge", "squared_hinge", "modified_huber")
_OF_SIGNS = ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive")


def read_sgd_regressor(est):
    """SGDRegressor: a precision for squared loss only."""
    squared = est.loss == "squared_error"
    return LinearFit(
        est.coef_, est.intercept_[0], "identity", loss="squared" if squared else None, penalty=_penalty(est)
    )


def read_sgd_classifier(est):
    """SGDClassifier: log-odds by log-loss of two classes, margins by hinges, signs by a loss for regression."""
    logistic = est.loss == "log_loss" and len(est.classes_) == 2
    squared = est.loss == "squared_error"
    links = dict.fromkeys(_OF_SIGNS, "sign") | dict.fromkeys(_OF_MARGINS, "margin")
    link = "logit" if logistic else links.get(est.loss, "score")
    return LinearFit(
        est.coef_,
        est.intercept_,
        link,
        classes=est.classes_,
        loss="logistic" if logistic else "squared" if squared else None,
        penalty=_penalty(est),
        class_weight=est.class_weight,
    )


def read_perceptron(est):
    """Perceptron: scores as large as its mistakes were many."""
    return LinearFit(est.coef_, est.intercept_, "score", classes=est.classes_, loss=None)


def read_passive_aggressive_classifier(est):
    """PassiveAggressiveClassifier: a hinge."""
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
    "PassiveAggressiveClassifier": read_passive_aggressive_classifier,
    "PassiveAggressiveRegressor": read_passive_aggressive_regressor,
    "Perceptron": read_perceptron,
    "SGDClassifier": read_sgd_classifier,
    "SGDRegressor": read_sgd_regressor,
}
