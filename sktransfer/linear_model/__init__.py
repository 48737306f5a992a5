"""Linear twins: scikit-learn's linear models plus ``source=``."""

from sktransfer.linear_model._logistic import TransferLogisticRegression
from sktransfer.linear_model._ridge import TransferRidge

__all__ = ["TransferLogisticRegression", "TransferRidge"]
