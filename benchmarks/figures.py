"""``python -m benchmarks.figures RESULT.csv ...``: draw result files; nothing is measured here. Needs matplotlib.

From a file of ``benchmarks.run``: multiples of the unit, one line of dots a case; and, where it holds several
certificates (``--tol`` with several values), time against certificate. From a file of ``benchmarks.paths``: time
against rows and columns.
"""

import argparse
import csv
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from benchmarks import paths, table
from benchmarks.competitors import OURS, is_ours
from benchmarks.table import read_rows

RESULTS = Path(__file__).parent / "results"
GROWTH = {"against_rows": "n_samples", "against_columns": "n_features"}
MOST_NEEDED = 2  # certificates that make a curve


def main(arguments=None):
    """Draw all that the files hold.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        1 if matplotlib is missing or nothing could be drawn, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, help="CSV files of benchmarks.run and benchmarks.paths")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where pictures go; benchmarks/results by default")
    parser.add_argument("--format", choices=("png", "svg"), default="png")
    options = parser.parse_args(arguments)
    if find_spec("matplotlib") is None:
        print("matplotlib is not installed: pip install 'sktransfer[benchmarks]'")
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    drawn = [path for result in options.results for path in draw(result, options.folder, options.format)]
    print("\n".join(path.name for path in drawn) or "nothing to draw")
    return int(not drawn)


def draw(result, folder, suffix):
    """The pictures of one result file.

    Parameters
    ----------
    result, folder : Path
    suffix : {"png", "svg"}

    Returns
    -------
    list of Path
    """
    with result.open(newline="") as file:
        columns = tuple(next(csv.reader(file), ()))
    if columns == paths.COLUMNS:
        figures = _growth(read_rows(result, columns))
    else:
        figures = {**_units(rows := read_rows(result, table.COLUMNS)), **_certificates(rows)}
    written = []
    for name, figure in figures.items():
        written.append(folder / f"{result.stem}_{name}.{suffix}")
        figure.savefig(written[-1], dpi=150, bbox_inches="tight")
    return written


def _axes(title, width=7.0, height=4.5):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    axes = figure.add_subplot(title=title)
    axes.grid(True, which="major", alpha=0.3)
    return figure, axes


def _sound(rows):
    """Lines with a time whose certificate, where there is one, was met."""
    return [row for row in rows if row["seconds"] and row["met"] != "False"]


def _case(row):
    return f"{row['problem']} {row['n_samples']}x{row['n_features']}, {row['source']}"


def _units(rows):
    """Multiples of the unit: one line of dots a case, at the tightest certificate it was asked for."""
    tightest = {}
    for row in rows:
        tightest[_case(row)] = min(float(row["tol"]), tightest.get(_case(row), float("inf")))
    series = defaultdict(list)
    for row in _sound(rows):
        if row["certificate"] and row["ratio_to_unit"] and float(row["tol"]) == tightest[_case(row)]:
            series[row["competitor"]].append((float(row["ratio_to_unit"]), _case(row)))
    cases = list(tightest)[::-1]
    if not series:
        return {}
    title = "Time to the certificate in units (dsyrk, or one sparse product)"
    figure, axes = _axes(title, 8.0, 1.5 + 0.28 * len(cases))
    for name, found in series.items():
        places = [cases.index(case) for _, case in found]
        axes.plot([ratio for ratio, _ in found], places, **_style(name), linestyle="none")
    axes.set(xscale="log", yticks=range(len(cases)), yticklabels=cases)
    axes.legend(bbox_to_anchor=(1.02, 1), loc="upper left", frameon=False)
    return {"units": figure}


def _certificates(rows):
    """Time against certificate, one figure a case, where several were asked for."""
    cases = defaultdict(lambda: defaultdict(list))
    for row in _sound(rows):
        if row["certificate"]:
            reached = max(float(row["certificate"]), 1e-16)
            cases[_case(row)][row["competitor"]].append((reached, float(row["seconds"])))
    figures = {}
    for case, series in cases.items():
        if max(map(len, series.values())) < MOST_NEEDED:
            continue
        figure, axes = _axes(case)
        for name, found in series.items():
            axes.plot(*zip(*sorted(found), strict=True), **_style(name))
        axes.set(xscale="log", yscale="log", xlabel="certificate reached, max |gradient| / n", ylabel="seconds")
        axes.invert_xaxis()
        axes.legend(frameon=False)
        figures["certificate_" + case.replace(", ", "_").replace(" ", "_")] = figure
    return figures


def _growth(rows):
    """Time against rows and against columns, with a dotted line of slope one."""
    figures = {}
    for path, column in GROWTH.items():
        series = defaultdict(list)
        for row in rows:
            if row["path"] == path and row["seconds"]:
                series[row["case"]].append((float(row[column]), float(row["seconds"])))
        if not series:
            continue
        figure, axes = _axes(f"Time of one fit against {column}")
        for case, found in series.items():
            axes.plot(*zip(*sorted(found), strict=True), marker="o", label=case)
        (start, seconds), *_, (end, _) = sorted(next(iter(series.values())) * 2)
        axes.plot([start, end], [seconds, seconds * end / start], ":", color="grey", label="proportional")
        axes.set(xscale="log", yscale="log", xlabel=column, ylabel="seconds")
        axes.legend(frameon=False)
        figures[path] = figure
    return figures


def _style(name):
    """Ours stands out."""
    if is_ours(name):
        return {"marker": "D" if name == OURS else "d", "markersize": 8, "label": name, "zorder": 3}
    return {"marker": "o", "markersize": 5, "label": name, "alpha": 0.8}


if __name__ == "__main__":
    raise SystemExit(main())
