"""Losses: one file each. They are classes, imported by name from here; nothing else in the house changes
when one is added.
"""

from sktransfer._losses._base import Curvature, DiagonalCurvature, Loss
from sktransfer._losses._binomial import Binomial
from sktransfer._losses._epsilon_insensitive import EpsilonInsensitive, SquaredEpsilonInsensitive
from sktransfer._losses._gamma import Gamma
from sktransfer._losses._hinge import Hinge, SquaredHinge
from sktransfer._losses._kinked import DualForm, KinkedLoss
from sktransfer._losses._multinomial import Multinomial
from sktransfer._losses._poisson import Poisson
from sktransfer._losses._squared import Squared, SquaredSigns
from sktransfer._losses._tweedie import Tweedie
from sktransfer._losses._tweedie_identity import TweedieIdentity

__all__ = [
    "Binomial",
    "Curvature",
    "DiagonalCurvature",
    "DualForm",
    "EpsilonInsensitive",
    "Gamma",
    "Hinge",
    "KinkedLoss",
    "Loss",
    "Multinomial",
    "Poisson",
    "Squared",
    "SquaredEpsilonInsensitive",
    "SquaredHinge",
    "SquaredSigns",
    "Tweedie",
    "TweedieIdentity",
]
