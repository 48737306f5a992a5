"""make_transfer of a list, one model for each source: shares of them are fitted on the target's rows.

Each model's strength is found by cross-validation on its own rows, standardised by all sources together.
"""

from sktransfer import make_transfer

KNOWS = ("models",)


def fit(knowledge, X, y):
    """All defaults."""
    return knowledge.scaled(make_transfer(knowledge.models).fit(knowledge.scaler.transform(X), y))
