"""Find the problems and competitors: every file of a folder that does not begin with an underscore is one."""

import importlib
import pkgutil


def modules_of(package):
    """Import every public module of ``package``.

    Parameters
    ----------
    package : str
        A dotted name.

    Returns
    -------
    dict of str to module
        In alphabetical order.
    """
    folder = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(folder) if not module.name.startswith("_"))
    return {name: importlib.import_module(f"{package}.{name}") for name in names}
