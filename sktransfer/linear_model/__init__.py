"""Linear twins: scikit-learn's linear models plus ``source=``."""

from sktransfer.linear_model._elastic_net import TransferElasticNet
from sktransfer.linear_model._gamma import TransferGammaRegressor
from sktransfer.linear_model._lasso import TransferLasso
from sktransfer.linear_model._logistic import TransferLogisticRegression
from sktransfer.linear_model._path import transfer_path
from sktransfer.linear_model._poisson import TransferPoissonRegressor
from sktransfer.linear_model._ridge import TransferRidge
from sktransfer.linear_model._ridge_classifier import TransferRidgeClassifier
from sktransfer.linear_model._tweedie import TransferTweedieRegressor

__all__ = [
    "TransferElasticNet",
    "TransferGammaRegressor",
    "TransferLasso",
    "TransferLogisticRegression",
    "TransferPoissonRegressor",
    "TransferRidge",
    "TransferRidgeClassifier",
    "TransferTweedieRegressor",
    "transfer_path",
]
