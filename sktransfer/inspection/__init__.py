"""Pictures of what a transfer did: compute once, draw many."""

from sktransfer.inspection._delta import DeltaDisplay
from sktransfer.inspection._transfer_path import TransferPathDisplay
from sktransfer.inspection._weights import SourceWeightsDisplay

__all__ = ["DeltaDisplay", "SourceWeightsDisplay", "TransferPathDisplay"]
