"""How rows are passed through a model, by its kind.

Every public file here holds a subclass of ``Reader`` for one kind of model; a new kind is a new file that edits no
other. Of those that accept a model the most specific one reads it. Optional packages are known by their objects: a
module of theirs is looked up in ``sys.modules``, not imported, until one of their models is there.
"""

from sktransfer.representation._readers._base import Reader
from sktransfer.representation._readers._choose import has_head, kind_of, read

__all__ = ["Reader", "has_head", "kind_of", "read"]
