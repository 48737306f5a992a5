"""The newcomer's call with the source's precision: ``Source.from_estimator(pipeline, X, y)``, ``metric="fisher"``."""

from sktransfer import make_transfer

KNOWS = ("sure_newcomer",)


def fit(knowledge, X, y):
    """Directions the source was sure of are held."""
    return make_transfer(knowledge.sure_newcomer, params={"metric": "fisher"}).fit(X, y)
