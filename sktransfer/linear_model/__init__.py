"""Linear twins: scikit-learn's linear models plus ``source=``."""

from sktransfer.linear_model._gamma import TransferGammaRegressor
from sktransfer.linear_model._logistic import TransferLogisticRegression
from sktransfer.linear_model._poisson import TransferPoissonRegressor
from sktransfer.linear_model._ridge import TransferRidge
from sktransfer.linear_model._tweedie import TransferTweedieRegressor

__all__ = [
    "TransferGammaRegressor",
    "TransferLogisticRegression",
    "TransferPoissonRegressor",
    "TransferRidge",
    "TransferTweedieRegressor",
]
