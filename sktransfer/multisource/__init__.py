"""Several sources' rows: which of them help, and a fit with those that do."""

from sktransfer.multisource._detect import detect_sources
from sktransfer.multisource._pooled import PooledTransferClassifier, PooledTransferRegressor

__all__ = ["PooledTransferClassifier", "PooledTransferRegressor", "detect_sources"]
