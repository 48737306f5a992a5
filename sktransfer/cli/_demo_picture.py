"""The demo's result as a learning curve. Nothing global in matplotlib is changed: no pyplot, no rcParams."""

from pathlib import Path

from sktransfer._utils._optional import require_matplotlib
from sktransfer.cli._demo_methods import METHODS
from sktransfer.cli._demo_run import TARGET, mean_and_error

STYLES = {  # colours of Okabe and Ito, told apart by every eye
    "target only": {"color": "#E69F00", "linestyle": "--"},
    "source only": {"color": "#999999", "linestyle": ":"},
    "pooled": {"color": "#0072B2", "linestyle": "-."},
    "transfer": {"color": "#D55E00", "linestyle": "-", "linewidth": 2.5},
}


def check(path):
    """Say at once, before minutes of work, if a picture cannot be written to `path`.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If matplotlib does not write files of this kind.
    FileNotFoundError
        If the folder does not exist.
    """
    canvas = _canvas_class()
    kind, kinds = Path(path).suffix.removeprefix("."), canvas.get_supported_filetypes()
    if kind not in kinds:
        raise ValueError(f"a picture's name must end in one of {', '.join(sorted(kinds))}, got {str(path)!r}.")
    if not Path(path).parent.is_dir():
        raise FileNotFoundError(f"the folder of {str(path)!r} does not exist; make it first.")


def draw(result, path):
    """Draw log-loss against labelled rows, one line for each method, with a band of one standard error.

    Parameters
    ----------
    result : DemoResult
    path : str or path-like
        Where the picture is written; its ending chooses the format.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    canvas_class = _canvas_class()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    canvas_class(figure)
    axes = figure.add_subplot()
    for k, name in enumerate(METHODS):
        _draw_method(axes, name, {size: scores[:, k, 0] for size, scores in result.scores.items()})
    _label(axes, list(result.scores))
    figure.savefig(path, dpi=150)


def _draw_method(axes, name, losses):
    """One line and its band; `losses` maps labelled rows to the log-loss of every split."""
    sizes = list(losses)
    means, errors = zip(*map(mean_and_error, losses.values()), strict=True)
    low = [mean - error for mean, error in zip(means, errors, strict=True)]
    high = [mean + error for mean, error in zip(means, errors, strict=True)]
    axes.plot(sizes, means, label=name, marker="o", markersize=4, **STYLES[name])
    axes.fill_between(sizes, low, high, color=STYLES[name]["color"], alpha=0.15, linewidth=0)


def _label(axes, sizes):
    """Axes, title and legend."""
    axes.set_xscale("log")
    axes.set_xticks(sizes, labels=[str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel(f"labelled patients of {TARGET}")
    axes.set_ylabel("log-loss on the other patients (lower is better)")
    axes.set_title("Heart disease: from three hospitals to a fourth", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False)


def _canvas_class():
    require_matplotlib("the picture")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return FigureCanvasAgg
