"""``python -m benchmarks.compare A.csv B.csv``: two revisions of ours. B's times relative to A's, and what B lost.

Both files are of ``benchmarks.run``, or both of ``benchmarks.paths``. It fails where a case of ours that A has is
missing or was not timed in B, or where its certificate was met in A and is not in B.
"""

import argparse
import csv
import math
from pathlib import Path

from benchmarks import paths, table
from benchmarks.competitors import is_ours

KINDS = {
    table.COLUMNS: (table.KEY, "competitor", "ratio_to_unit"),
    paths.COLUMNS: (("path", "case", "n_samples", "n_features", "subject", "reference"), "subject", "ratio"),
}


def main(arguments=None):
    """Print the comparison of two result files.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        1 if a case of ours was lost, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("before", help="a result file, A")
    parser.add_argument("after", help="another one, B")
    parser.add_argument("--ours", action="store_true", help="print lines of ours only")
    options = parser.parse_args(arguments)
    before, after = read(options.before), read(options.after)
    print(f"{'B/A seconds':>12}{'B/A ratios':>12}")
    for key, seconds, ratios in compare(before, after, options.ours):
        print(f"{seconds:12.2f}{ratios:12.2f}  {' '.join(key)}")
    lost = losses(before, after)
    for key, reason in lost:
        print(f"LOST {' '.join(key)}: {reason}")
    print(f"{len(lost)} cases of ours lost; {len(before.keys() ^ after.keys())} lines stand in one file only")
    return int(bool(lost))


def read(path):
    """A result file of either kind.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    dict of tuple of str to dict
        By the key's columns: ``seconds``, ``ratio`` (to the unit, or to the reference; NaN where there is none),
        ``met`` and ``ours``.

    Raises
    ------
    ValueError
        If the columns are of neither kind.
    """
    with Path(path).open(newline="") as file:
        columns = tuple(next(csv.reader(file), ()))
    if columns not in KINDS:
        raise ValueError(f"{Path(path).name} is no result file of benchmarks.run or benchmarks.paths: {list(columns)}")
    key, who, ratio = KINDS[columns]
    return {tuple(row[name] for name in key): _line(row, who, ratio) for row in table.read_rows(path, columns)}


def _line(row, who, ratio):
    seconds, ratio = (float(row[name]) if row[name] else math.nan for name in ("seconds", ratio))
    return {"seconds": seconds, "ratio": ratio, "met": row["met"], "ours": is_ours(row[who])}


def compare(before, after, only_ours=False):
    """Ratios of the lines that were timed in both files.

    Parameters
    ----------
    before, after : dict
        As :func:`read` returns them.
    only_ours : bool, default=False

    Returns
    -------
    list of (tuple of str, float, float)
        Key; B / A of the seconds; B / A of the ratios, which a busy machine disturbs less.
    """
    found = []
    for key, a in before.items():
        b = after.get(key)
        timed = b is not None and math.isfinite(a["seconds"]) and math.isfinite(b["seconds"])
        if timed and (a["ours"] or not only_ours):
            found.append((key, _ratio(b["seconds"], a["seconds"]), _ratio(b["ratio"], a["ratio"])))
    return found


def losses(before, after):
    """Cases of ours that B has lost.

    Parameters
    ----------
    before, after : dict
        As :func:`read` returns them.

    Returns
    -------
    list of (tuple of str, str)
        Key and reason.
    """
    found = []
    for key, a in before.items():
        if not a["ours"] or math.isnan(a["seconds"]):
            continue
        b = after.get(key)
        if b is None:
            found.append((key, "it is not in B"))
        elif b["met"] == "False" and a["met"] != "False":
            found.append((key, "its certificate was met in A and is not in B"))
        elif math.isnan(b["seconds"]):
            found.append((key, "it was not timed in B"))
    return found


def _ratio(value, below):
    return value / below if below else math.nan


if __name__ == "__main__":
    raise SystemExit(main())
