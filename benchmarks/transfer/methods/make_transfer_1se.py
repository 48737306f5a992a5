"""The newcomer's call with ``rule="1se"``."""

from sktransfer import make_transfer

KNOWS = ("newcomer",)


def fit(knowledge, X, y):
    """One candidate is chosen."""
    return make_transfer(knowledge.newcomer).set_params(rule="1se").fit(X, y)
