"""Linear support vector machines: scikit-learn's plus ``source=``."""

from sktransfer.svm._linear_svc import TransferLinearSVC
from sktransfer.svm._linear_svr import TransferLinearSVR

__all__ = ["TransferLinearSVC", "TransferLinearSVR"]
