"""LinearDiscriminantAnalysis: log-odds that are linear because the classes share one covariance.

Its information about the log-odds is at least that of logistic regression on the same rows (Efron 1975), which is what
is taken for it. It has no penalty.
"""

from sktransfer.sources._extract._fit import LinearFit


def read_discriminant(est):
    """LinearDiscriminantAnalysis, two classes or one softmax."""
    loss = "logistic" if len(est.classes_) == 2 else "multinomial"
    return LinearFit(est.coef_, est.intercept_, "logit", classes=est.classes_, loss=loss)


READERS = {"LinearDiscriminantAnalysis": read_discriminant}
