"""``sktransfer demo``: real patients, a table, a few plain words, a picture."""

import argparse
from functools import partial
from pathlib import Path

NAME = "demo"
SUMMARY = "Heart disease: bring a model of three hospitals to a fourth, from which few patients are labelled."


def add_arguments(parser):
    """Declare the options of the command on its parser."""
    parser.add_argument(
        "--splits",
        type=_whole_number(2, 10_000),
        default=40,
        metavar="N",
        help="random splits of the target hospital (default 40)",
    )
    parser.add_argument(
        "--rows",
        type=_whole_number(10, 240),
        default=30,
        metavar="N",
        help="labelled patients of the target hospital to train on, 10 to 240 (default 30)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("sktransfer-demo.png"),
        metavar="FILE",
        help="where the learning curve is drawn (default sktransfer-demo.png)",
    )
    parser.add_argument("--no-picture", action="store_true", help="do not draw the learning curve")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(arguments):
    """Compute, print the table and the words, draw the picture; return the exit code.

    Raises
    ------
    SystemExit
        If the picture cannot be drawn; said before anything is computed.
    """
    from sktransfer._utils import _progress
    from sktransfer.cli import _demo_picture, _demo_report, _demo_run

    if not arguments.no_picture:
        try:
            _demo_picture.check(arguments.output)
        except (ImportError, OSError, ValueError) as error:
            raise SystemExit(f"sktransfer demo: {error} Or leave the picture out with --no-picture.") from error
    result = _demo_run.run_demo(
        n_splits=arguments.splits,
        rows=arguments.rows,
        curve=() if arguments.no_picture else _demo_run.CURVE,
        progress=partial(_progress.progress, description="splits", quiet=arguments.quiet),
    )
    print(_demo_report.format_table(result))
    print(_demo_report.format_words(result))
    if not arguments.no_picture:
        _demo_picture.draw(result, arguments.output)
        print(f"\nLearning curve written to {arguments.output}")
    return 0


def _whole_number(low, high):
    """A reader of whole numbers in [low, high], for argparse."""

    def read(text):
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, got {text!r}")
        return number

    return read
