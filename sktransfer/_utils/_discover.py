"""Find the parts that stand in a folder, so that a new part is one new file that edits no other."""

import importlib
import pkgutil


def import_all(package):
    """Import every module of ``package`` (a dotted name), in alphabetical order.

    Returns
    -------
    list of str
        The short names of the modules found.
    """
    folder = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(folder))
    for name in names:
        importlib.import_module(f"{package}.{name}")
    return names


def subclasses(base):
    """All concrete subclasses of ``base``, nearest first."""
    found = []
    for kind in type.__subclasses__(base):
        if not kind.__abstractmethods__:
            found.append(kind)
        found += subclasses(kind)
    return found
