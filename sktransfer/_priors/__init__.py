"""Priors: what is believed of theta before the target's rows are seen. One file each."""

from sktransfer._priors._base import Prior
from sktransfer._priors._elastic_net import ElasticNetPrior, between_kinks
from sktransfer._priors._freed import FreedPrecision
from sktransfer._priors._gaussian import GaussianPrior
from sktransfer._priors._held import Held
from sktransfer._priors._layout import Layout
from sktransfer._priors._precision import DensePrecision, DiagonalPrecision, LowRankPrecision, Precision
from sktransfer._priors._quadratic import QuadraticPrior

__all__ = [
    "DensePrecision",
    "DiagonalPrecision",
    "ElasticNetPrior",
    "FreedPrecision",
    "GaussianPrior",
    "Held",
    "Layout",
    "LowRankPrecision",
    "Precision",
    "Prior",
    "QuadraticPrior",
    "between_kinks",
]
