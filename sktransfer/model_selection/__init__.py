"""How much to borrow: candidates, held-out losses, a rule."""

from sktransfer.model_selection._transfer_cv import TransferCV

__all__ = ["TransferCV"]
