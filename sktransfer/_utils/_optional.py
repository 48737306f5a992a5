"""Optional packages: asked for where they are used, named with the extra that brings them."""


def require_matplotlib(who):
    """Raise unless matplotlib can be imported.

    Parameters
    ----------
    who : str
        What needs it.

    Raises
    ------
    ImportError
        If it cannot.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{who} needs matplotlib, which is not installed; install it with `pip install 'sktransfer[plot]'`."
        ) from error
