"""Losses: one file each. They are classes, imported by name from here; nothing else in the house changes
when one is added.
"""

from sktransfer._losses._base import Curvature, DiagonalCurvature, Loss
from sktransfer._losses._binomial import Binomial
from sktransfer._losses._multinomial import Multinomial
from sktransfer._losses._squared import Squared

__all__ = ["Binomial", "Curvature", "DiagonalCurvature", "Loss", "Multinomial", "Squared"]
