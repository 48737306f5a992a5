"""``TransferCV(AlphaWeighted...(twin, SourceData(...)))``: alpha and strength from the target's held-out rows."""

from sktransfer.joint import AlphaWeightedClassifier, AlphaWeightedRegressor
from sktransfer.model_selection import TransferCV

KNOWS = ("data",)


def fit(knowledge, X, y):
    """Both sides' rows, weighed."""
    weigher = AlphaWeightedClassifier if knowledge.kind.classifies else AlphaWeightedRegressor
    search = TransferCV(weigher(knowledge.kind.twin, knowledge.data))
    return knowledge.scaled(search.fit(knowledge.scaler.transform(X), y))
