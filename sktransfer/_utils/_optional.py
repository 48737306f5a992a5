"""Optional packages: asked for where they are used, named with the extra that brings them."""


def require(package, *, extra, who):
    """Raise unless an optional package can be imported.

    Parameters
    ----------
    package : str
        Its name.
    extra : str
        The extra of this library that brings it.
    who : str
        What needs it.

    Raises
    ------
    ImportError
        If it cannot.
    """
    try:
        __import__(package)
    except ImportError as error:
        raise ImportError(
            f"{who} needs {package}, which is not installed; install it with `pip install 'sktransfer[{extra}]'`."
        ) from error


def require_matplotlib(who):
    """Raise unless matplotlib can be imported; see :func:`require`."""
    require("matplotlib", extra="plot", who=who)
