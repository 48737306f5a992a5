"""``python -m benchmarks.paths``: paths of strengths, precision, memory, growth, small fits; write a CSV."""

import argparse
import warnings
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.competitors import is_ours
from benchmarks.machine import machine_info
from benchmarks.paths import COLUMNS, all_paths
from benchmarks.paths._versus import Settings
from benchmarks.run import add_timing_options
from benchmarks.table import write_table


def main(arguments=None):
    """Run the paths.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        Exit status: 1 if a check of ours failed, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paths", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, for tests")
    parser.add_argument("--path", nargs="+", choices=sorted(all_paths()), help="only these; all by default")
    parser.add_argument("--output", type=Path, help="CSV to write; the machine goes into a JSON next to it")
    add_timing_options(parser)
    options = parser.parse_args(arguments)
    settings = Settings(options.repeats, options.threads, options.patience)
    rows = []
    for name, module in all_paths().items():
        if options.path is None or name in options.path:
            for size in module.SMOKE if options.smoke else module.SIZES:
                rows += _run(name, module, size, settings)
                if options.output is not None:
                    write_table(options.output, rows, machine_info(), COLUMNS)
    missed = [row for row in rows if row.get("met") is False and is_ours(row["subject"])]
    print(f"\nchecks missed by ours: {len(missed)}")
    return int(bool(missed))


def _run(name, module, size, settings):
    """The rows of one size; printed, too."""
    with threadpool_limits(settings.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks say it
        found = getattr(module, name)(size, settings)
    shape = dict(zip(("n_samples", "n_features"), size, strict=True))
    rows = [{"path": name, **shape, "threads": settings.threads, **row} for row in found]
    print(f"\n{name} {size[0]} x {size[1]}")
    for row in rows:
        print(f"  {row['case']:32}{row['subject']:34}{_numbers(row)}")
    return rows


def _numbers(row):
    if "seconds" not in row:
        return f"  {row['note']}"
    ratio = f"{row['ratio']:10.3g} x {row['reference']}" if row.get("reference") else ""
    check = f"   check {row['check']:.1e}" if "check" in row else ""
    return f"{row['seconds']:11.6f}{ratio}{check}{'  FAILED' if row.get('met') is False else ''}"


if __name__ == "__main__":
    raise SystemExit(main())
