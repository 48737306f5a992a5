"""MLPClassifier and MLPRegressor: without hidden layers they are linear models.

They stop when they are told to, so no precision is known.
"""

from sktransfer.sources._extract._fit import LinearFit

_LINKS = {"softmax": "logit", "logistic": "logit", "identity": "identity", "exp": "log"}


def output_layer(est):
    """The output layer, a linear model of what the last hidden layer gives.

    Raises
    ------
    ValueError
        Of a multilabel classifier, which is several, and of one that knows one class only.
    """
    coef, intercept, classes = est.coefs_[-1].T, est.intercepts_[-1], getattr(est, "classes_", None)
    if est.out_activation_ == "logistic" and len(coef) > 1:
        raise ValueError(
            f"the {type(est).__name__} is multilabel: its {len(coef)} outputs are classifiers of their own, and no one "
            "source. Transfer one by one: make_pipeline(FrozenFeatures(model, layer), TransferLogisticRegression("
            "source=Source(model.coefs_[-1][:, k], model.intercepts_[-1][k], classes=[0, 1])))."
        )
    if classes is not None and len(classes) < 2:
        raise ValueError(
            f"the {type(est).__name__} was fitted on rows of one class, {classes[0]!r}, and tells nothing apart. Fit "
            "the source on rows of two classes or more."
        )
    if len(coef) == 1:
        coef, intercept = coef[0], intercept[0]
    return LinearFit(coef, intercept, _LINKS[est.out_activation_], classes=classes, loss=None)


def read_network(est):
    """MLPClassifier, MLPRegressor."""
    n_hidden = len(est.coefs_) - 1
    if n_hidden:
        raise TypeError(
            f"the {type(est).__name__} has {n_hidden} hidden layer(s) and so is not linear in its features. "
            "make_transfer(model) freezes these and takes the output layer for the source."
        )
    return output_layer(est)


READERS = {"MLPClassifier": read_network, "MLPRegressor": read_network}
