"""``python -m benchmarks.compare A.csv B.csv``: B's times relative to A's, line by line."""

import argparse
import math

from benchmarks.table import KEY, read_table


def main(arguments=None):
    """Print the comparison of two result files.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        0
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("before", help="a result file, A")
    parser.add_argument("after", help="another one, B")
    options = parser.parse_args(arguments)
    before, after = read_table(options.before), read_table(options.after)
    print(f"{'problem':16}{'size':>15} {'source':7}{'competitor':25}{'B/A seconds':>12}{'B/A units':>11}")
    for row in compare(before, after):
        size = f"{row['n_samples']} x {row['n_features']}"
        source = "yes" if row["source"] == "True" else "no"
        numbers = f"{row['seconds']:12.2f}{row['units']:11.2f}"
        print(f"{row['problem']:16}{size:>15} {source:7}{row['competitor']:25}{numbers}{row['mark']}")
    print(f"{len(before.keys() ^ after.keys())} lines stand in one file only")
    return 0


def compare(before, after):
    """Ratios of the lines that were timed in both files.

    Parameters
    ----------
    before, after : dict
        As :func:`benchmarks.table.read_table` returns them.

    Returns
    -------
    list of dict
        The key's columns; ``seconds`` and ``units``, the ratios B / A of ``seconds`` and of ``ratio_to_unit``;
        ``mark``, empty unless a certificate was not met.
    """
    rows = []
    for key in before:
        a, b = before[key], after.get(key)
        if b is None or not a["seconds"] or not b["seconds"]:
            continue
        missed = [name for name, row in (("A", a), ("B", b)) if row["met"] == "False"]
        mark = f"  NOT MET in {' and '.join(missed)}" if missed else ""
        rows.append(
            {
                **dict(zip(KEY, key, strict=True)),
                "seconds": _ratio(a, b, "seconds"),
                "units": _ratio(a, b, "ratio_to_unit"),
                "mark": mark,
            }
        )
    return rows


def _ratio(a, b, column):
    below = float(a[column])
    return float(b[column]) / below if below else math.nan


if __name__ == "__main__":
    raise SystemExit(main())
