"""The last hidden layer of a network of the source as frozen features; its old output layer is the new one's source.

The network is scikit-learn's, of 256 and 32 hidden units, and sees nothing of the target.
"""

from sktransfer import make_transfer

KNOWS = ("network",)
KINDS = ("regression", "binary", "multiclass")


def fit(knowledge, X, y):
    """All is make_transfer's."""
    return make_transfer(knowledge.scaled(knowledge.network)).fit(X, y)
