"""A progress bar where one is wanted and can be had."""

import sys


def progress(steps, *, description, quiet):
    """Iterate over `steps`, with a bar on stderr if it is a terminal and tqdm is installed.

    Parameters
    ----------
    steps : sized iterable
    description : str
        The word in front of the bar.
    quiet : bool
        If True, no bar.

    Returns
    -------
    iterable
    """
    if quiet or not sys.stderr.isatty():
        return steps
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, desc=description, file=sys.stderr, leave=False)
