"""adapt's RegularTransferLR / LC around the source's model, ``lambda_=1``, its default; the intercept is pulled, too.

LC fits labels of -1 and 1 by least squares; its coefficients then serve as log-odds.
"""

from benchmarks.transfer.methods._adapt import silent

KNOWS = ("model",)
KINDS = ("regression", "binary", "multiclass")
NEEDS = "adapt"


def around(knowledge, rows, y, strength):
    """Fitted on standardised rows."""
    with silent():
        from adapt.parameter_based import RegularTransferLC, RegularTransferLR

        kind = RegularTransferLC if knowledge.kind.classifies else RegularTransferLR
        return kind(knowledge.model, lambda_=strength, verbose=0).fit(rows, y).estimator_


def fit(knowledge, X, y):
    """A ridge on theta - theta_source."""
    return knowledge.scaled(around(knowledge, knowledge.scaler.transform(X), y, 1.0))
