"""Read what is known of a source from a fitted estimator, without changing it.

Every public file here holds the readers of one family and names them in ``READERS``, by class name; a new
family is a new file that edits no other. An estimator that has a method ``_as_source(X, y, sample_weight,
name)`` reads itself.
"""

from sktransfer.sources._extract._read import read_estimator

__all__ = ["read_estimator"]
