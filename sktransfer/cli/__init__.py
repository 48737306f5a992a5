"""The command line: ``sktransfer`` and ``python -m sktransfer``.

A command is a module with ``NAME``, ``SUMMARY``, ``add_arguments(parser)`` and ``run(arguments)``, which
returns the exit code. It imports what it needs inside ``run``, so that ``sktransfer --version`` stays quick.
"""

import argparse

from sktransfer._version import __version__
from sktransfer.cli import _demo

COMMANDS = (_demo,)

__all__ = ["main"]


def main(argv=None):
    """Run one command and return its exit code.

    Parameters
    ----------
    argv : list of str or None, default=None
        The arguments without the program's name; None reads those of the process.

    Returns
    -------
    int
        0 on success.

    Raises
    ------
    SystemExit
        After ``--version`` and ``--help`` (code 0), on arguments that cannot be read (code 2), and where a
        command cannot do its work, with the reason (code 1).

    Examples
    --------
    >>> from sktransfer.cli import main
    >>> main(["demo", "--splits", "1"])
    Traceback (most recent call last):
    SystemExit: 2
    """
    arguments = _parser().parse_args(argv)
    return arguments.run(arguments)


def _parser():
    parser = argparse.ArgumentParser(prog="sktransfer", description="Parameter transfer for scikit-learn.")
    parser.add_argument("--version", action="version", version=f"sktransfer {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        child = commands.add_parser(command.NAME, help=command.SUMMARY, description=command.SUMMARY)
        command.add_arguments(child)
        child.set_defaults(run=command.run)
    return parser
