"""CORAL of scales: each feature standardised by the target, shrunk towards the source; then make_transfer.

The source is the model whose strength cross-validation chose.
"""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from sktransfer import make_transfer
from sktransfer.representation import CORAL

KNOWS = ("model", "data")


def fit(knowledge, X, y):
    """All defaults but the method."""
    space = CORAL(knowledge.data, method="scale")
    return make_pipeline(FrozenEstimator(knowledge.scaler), space, make_transfer(knowledge.model)).fit(X, y)
