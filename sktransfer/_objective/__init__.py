"""The objective: a sum of loss terms and a list of priors, seen one point at a time."""

from sktransfer._objective._block_term import loss_term
from sktransfer._objective._objective import Objective
from sktransfer._objective._point import Point
from sktransfer._objective._term import LossTerm

__all__ = ["LossTerm", "Objective", "Point", "loss_term"]
