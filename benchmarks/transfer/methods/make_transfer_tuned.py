"""make_transfer of the source whose strength cross-validation chose: what representations are to be held against."""

from sktransfer import make_transfer

KNOWS = ("model",)


def fit(knowledge, X, y):
    """Features as they are, scaled by the source."""
    return knowledge.scaled(make_transfer(knowledge.model).fit(knowledge.scaler.transform(X), y))
