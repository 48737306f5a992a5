"""``python -m benchmarks.transfer.report RESULT.csv ...``: table and figure of result files; nothing is fitted here.

A cell is a task at a number of target rows. Its mean score is told relative to the best mean of the four baselines on
the same splits: below 1 a method is better than all that can be had without it.
"""

import argparse
import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np

COLUMNS = ("task", "n_target", "split", "method", "score", "seconds", "chosen")
BASELINES = ("target", "source", "pooled", "offset")


def main(arguments=None):
    """Report; exit status 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer.report", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, help="CSV files of benchmarks.transfer")
    parser.add_argument("--figure", type=Path, help="picture to draw; needs matplotlib")
    options = parser.parse_args(arguments)
    rows = []
    for path in options.results:
        with path.open(newline="") as file:
            rows += list(csv.DictReader(file))
    show(rows, options.figure)
    return 0


def show(rows, figure=None):
    """Print table and summary; draw the figure, if a path is given."""
    found = cells(rows)
    if not found:
        print("no cell with all baselines yet")
        return
    print(table(found), summary(found), sep="\n\n")
    if figure is not None:
        draw(found, figure)


def cells(rows):
    """What each method has in each cell whose baselines are there.

    Parameters
    ----------
    rows : list of dict
        Of ``COLUMNS``.

    Returns
    -------
    dict of (str, int) to dict of str to dict
        For a task and size, of each method: "score" (mean over its splits), "relative" and "to_target" (over the best
        baseline's and target-only's mean on the same splits), "splits", "failed", "seconds" (median).
    """
    scores = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        score = float(row.get("score") or math.nan)
        told = (score, float(row.get("seconds") or math.nan))
        scores[row["task"], int(row["n_target"])][row["method"]][int(row["split"])] = told
    full = {cell: found for cell, found in scores.items() if all(name in found for name in BASELINES)}
    return {cell: {name: _told(found, name) for name in _ordered(found)} for cell, found in sorted(full.items())}


def _told(found, method):
    shared = set.intersection(*(set(found[name]) for name in (*BASELINES, method)))
    splits = sorted(place for place in shared if math.isfinite(found[method][place][0]))
    mean = {name: _mean(found[name][place][0] for place in splits) for name in (*BASELINES, method)}
    return {
        "score": mean[method],
        "relative": mean[method] / min(mean[name] for name in BASELINES),
        "to_target": mean[method] / mean["target"],
        "splits": len(splits),
        "failed": len(shared) - len(splits),
        "seconds": float(np.median([found[method][place][1] for place in splits] or [math.nan])),
    }


def _mean(values):
    values = list(values)
    return float(np.mean(values)) if values else math.nan


def _ordered(names):
    return [*BASELINES, *sorted(set(names) - set(BASELINES))]


def _methods(found):
    return _ordered({name for cell in found.values() for name in cell})


def table(found):
    """A Markdown table: scores of the baselines, other methods relative to the best of them on the same splits."""
    methods = _methods(found)
    lines = ["| task | n | splits | " + " | ".join(methods) + " |", "|---" * (len(methods) + 3) + "|"]
    for (task, size), cell in found.items():
        told = [_shown(cell.get(name), name in BASELINES, cell["target"]["splits"]) for name in methods]
        lines.append(f"| {task} | {size} | {cell['target']['splits']} | " + " | ".join(told) + " |")
    return "\n".join(lines)


def _shown(told, baseline, splits):
    """The score of a baseline, another's relative one; and how many splits, where they are others than the cell's."""
    if told is None or not math.isfinite(told["relative"]):
        return ""
    relative = f"{told['relative']:.3f}" if told["relative"] < 10 else f"{told['relative']:.2g}"
    text = f"{told['score']:.3g}" if baseline else relative
    return text if told["splits"] == splits else f"{text} ({told['splits']})"


def summary(found):
    """A Markdown table: each method over the cells it has."""
    columns = ("cells", "median", "90th percentile", "worst", "worst against target-only", "failed fits", "seconds")
    lines = ["| method | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name in _methods(found):
        told = [cell[name] for cell in found.values() if name in cell and math.isfinite(cell[name]["relative"])]
        failed = sum(cell[name]["failed"] for cell in found.values() if name in cell)
        if not told:
            continue
        relative, seconds = [each["relative"] for each in told], np.median([each["seconds"] for each in told])
        quantiles = [f"{np.quantile(relative, share):.4g}" for share in (0.5, 0.9, 1.0)]
        worst = max(each["to_target"] for each in told)
        entries = [name, str(len(told)), *quantiles, f"{worst:.4g}", str(failed), f"{seconds:.2g}"]
        lines.append("| " + " | ".join(entries) + " |")
    return "\n".join(lines)


def draw(found, path):
    """One panel a task: score relative to the best baseline against target rows."""
    from matplotlib.figure import Figure

    tasks, methods = sorted({task for task, _ in found}), _methods(found)
    columns = min(5, len(tasks))
    lines = math.ceil(len(tasks) / columns)
    figure = Figure(figsize=(3.2 * columns, 2.8 * lines + 1.0), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
    for panel in panels[len(tasks) :]:
        panel.set_visible(False)
    for panel, task in zip(panels, tasks, strict=False):
        for place, name in enumerate(methods):
            points = [
                (size, cell[name]["relative"]) for (one, size), cell in found.items() if one == task and name in cell
            ]
            if points:
                panel.plot(*zip(*points, strict=True), label=name, **_style(name, place))
        panel.axhline(1.0, color="black", linewidth=0.8)
        panel.set(title=task, xscale="log", ylim=(0.8, 1.6))
        panel.set_xticks(sorted({size for one, size in found if one == task}))
        panel.xaxis.set_major_formatter("{x:.0f}")
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    named = {label: line for panel in panels for line, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named, loc="outside lower center", ncols=min(8, len(named)), frameon=False)
    figure.supylabel("mean score / best baseline's (up to 1.6), by target rows")
    figure.savefig(path, dpi=110)


def _style(name, place):
    """Baselines grey and thin, the newcomer's call black and thick, adapt's dashed."""
    if name in BASELINES:
        return {"color": "0.6", "linestyle": ("-", "--", ":", "-.")[BASELINES.index(name)], "linewidth": 1.2}
    if name == "make_transfer":
        return {"color": "black", "marker": "o", "markersize": 4, "linewidth": 2.4, "zorder": 5}
    colour = [f"C{number}" for number in range(10) if number != 7][place % 9]
    return {"color": colour, "linestyle": "--" if name.startswith("adapt") else "-", "marker": "o", "markersize": 3}


if __name__ == "__main__":
    raise SystemExit(main())
