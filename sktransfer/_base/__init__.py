"""What estimators share: validation, the source parameter, the road from a source to a fitted model."""

from sktransfer._base._borrowing import Borrowing, Candidate
from sktransfer._base._classifier import LinearTransferClassifier, LinearTransferLabels
from sktransfer._base._coordinates import RawCoordinates
from sktransfer._base._linear import LinearTransfer
from sktransfer._base._linear_borrowing import LinearBorrowing
from sktransfer._base._metric import slope_metric
from sktransfer._base._prior import Belief, level_strength
from sktransfer._base._regressor import LinearTransferRegressor
from sktransfer._base._robust import RobustPrior
from sktransfer._base._source_parameter import SourceParameterMixin
from sktransfer._base._strength import StrengthParameter
from sktransfer._base._strength_grid import copying_strength

__all__ = [
    "Belief",
    "Borrowing",
    "Candidate",
    "LinearBorrowing",
    "LinearTransfer",
    "LinearTransferClassifier",
    "LinearTransferLabels",
    "LinearTransferRegressor",
    "RawCoordinates",
    "RobustPrior",
    "SourceParameterMixin",
    "StrengthParameter",
    "copying_strength",
    "level_strength",
    "slope_metric",
]
