"""Tables gathered from the files of a folder, so that a new entry is a new file that edits no other."""

import sys

from sktransfer._utils._discover import import_all


def gather(package, table):
    """Merge the dictionaries called ``table`` of every module in ``package`` that has one.

    Returns
    -------
    dict
        By class name.
    """
    gathered = {}
    for name in import_all(package):
        gathered |= getattr(sys.modules[f"{package}.{name}"], table, {})
    return gathered
