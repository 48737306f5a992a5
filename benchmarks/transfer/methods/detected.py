"""``PooledTransferRegressor`` / ``Classifier`` on the single sources: which of them help, pooled and debiased."""

from sktransfer.multisource import PooledTransferClassifier, PooledTransferRegressor

KNOWS = ("sources",)


def fit(knowledge, X, y):
    """Sources that help, with the target."""
    pooled = PooledTransferClassifier if knowledge.kind.classifies else PooledTransferRegressor
    return knowledge.scaled(pooled(knowledge.kind.twin, knowledge.sources).fit(knowledge.scaler.transform(X), y))
