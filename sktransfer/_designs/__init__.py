"""Designs: what X may be. One file per kind; :func:`as_design` picks the one that accepts."""

from sktransfer._designs._as_design import as_design
from sktransfer._designs._ascent import Ascent
from sktransfer._designs._augmented import AugmentedDesign
from sktransfer._designs._base import Design
from sktransfer._designs._block_design import BlockDesign, BlockVector
from sktransfer._designs._blocks import as_blocks
from sktransfer._designs._dask import in_memory, mapped_rows
from sktransfer._designs._moments import Moments
from sktransfer._designs._scaled import ScaledDesign
from sktransfer._designs._stacked import StackedDesign
from sktransfer._utils._discover import import_all

__all__ = [
    "Ascent",
    "AugmentedDesign",
    "BlockDesign",
    "BlockVector",
    "Design",
    "Moments",
    "ScaledDesign",
    "StackedDesign",
    "as_blocks",
    "as_design",
    "in_memory",
    "mapped_rows",
]

import_all(__name__)
