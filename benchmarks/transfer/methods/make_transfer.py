"""What a newcomer calls: ``make_transfer(pipeline).fit(X, y)`` with nothing set."""

from sktransfer import make_transfer

KNOWS = ("newcomer",)


def fit(knowledge, X, y):
    """All defaults."""
    return make_transfer(knowledge.newcomer).fit(X, y)
