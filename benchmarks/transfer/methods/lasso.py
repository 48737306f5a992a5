"""``TransferCV(TransferLasso(source=...))``: few coefficients leave the source."""

from sktransfer.linear_model import TransferLasso
from sktransfer.model_selection import TransferCV

KNOWS = ("model",)
KINDS = ("regression",)


def fit(knowledge, X, y):
    """A path of strengths, held out."""
    search = TransferCV(TransferLasso(source=knowledge.model))
    return knowledge.scaled(search.fit(knowledge.scaler.transform(X), y))
