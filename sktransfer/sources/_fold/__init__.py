"""Fold a fitted chain of linear transformers into one affine map of the raw features, ``z = A x + c``.

Every public file here holds readers for some kinds of step and names them in ``STEPS``, by class name; a
new kind is a new file that edits no other. A class counts where it, or a class that it inherits, is
scikit-learn's and of that name, and where its ``transform`` is scikit-learn's too.
"""

from sktransfer.sources._fold._affine import Affine
from sktransfer.sources._fold._chain import can_fold, first_width, fold, is_a, is_passthrough, raw_names

__all__ = ["Affine", "can_fold", "first_width", "fold", "is_a", "is_passthrough", "raw_names"]
