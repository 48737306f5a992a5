"""The demo's result as a table and as plain words."""

from collections import Counter

import numpy as np

from sktransfer.cli._demo_methods import METHODS
from sktransfer.cli._demo_run import SCORES, TARGET, mean_and_error

WIDTH = 18
TOP = 5


def format_table(result):
    """The scores of the four methods, each with its standard error over splits.

    Parameters
    ----------
    result : DemoResult

    Returns
    -------
    str
        Several lines; the last column is the log-loss of transfer minus that of the row, paired by split:
        below zero, transfer is better.
    """
    scores = result.scores[result.rows]
    means, errors = mean_and_error(scores)
    log_losses = scores[:, :, 0]
    gaps, gap_errors = mean_and_error(log_losses[:, -1:] - log_losses)
    lines = [_title(result), "", _row("", [*SCORES, "transfer - this"])]
    for k, name in enumerate(METHODS):
        cells = [_cell(mean, error) for mean, error in zip(means[k], errors[k], strict=True)]
        gap = _cell(gaps[k], gap_errors[k], sign="+") if name != "transfer" else ""
        lines.append(_row(name, [*cells, gap]))
    lines.append(f"\n+- one standard error over {len(scores)} random splits; the last column is log-loss, paired.")
    return "\n".join(lines)


def format_words(result):
    """What transfer did, in sentences: the source's worth, the mixtures, the coefficients that moved.

    Parameters
    ----------
    result : DemoResult

    Returns
    -------
    str
        Several lines.
    """
    return "\n".join(["", _worth(result.fits), _choices(result.fits), *_moved(result)])


def _title(result):
    return (
        f"Heart disease: {result.n_source} patients of three hospitals are the source;\n"
        f"{TARGET} is the target: {result.rows} patients to learn from, the other "
        f"{result.n_target - result.rows} to test on."
    )


def _row(name, cells):
    return (f"{name:<12}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)).rstrip()


def _cell(mean, error, sign=""):
    return f"{mean:{sign}.3f} +- {error:.3f}"


def _worth(fits):
    worth = np.array([fit.worth for fit in _kept(fits)])
    finite, whole, ignored = worth[np.isfinite(worth)], np.isinf(worth).sum(), len(fits) - len(worth)
    parts = []
    if len(finite):
        median = f"{np.median(finite):.0f} patients of {TARGET} (median of {len(finite)} splits)"
        parts.append(f"The source was worth {median}.")
    if whole:
        parts.append(f"It was copied whole in {whole} of {len(fits)} splits.")
    if ignored:
        parts.append(f"The source was ignored in {ignored} of {len(fits)} splits.")
    return " ".join(parts) or "No split says how many patients the source was worth."


def _choices(fits):
    mean = Counter()
    for fit in fits:
        mean.update({name: share / len(fits) for name, share in fit.shares.items()})
    said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in mean.most_common() if share)
    return f"Each model is a mixture, on average of: {said}."


def _moved(result):
    deltas = [fit.delta for fit in _kept(result.fits) if fit.delta is not None]
    if not deltas:
        return ["No split started from the source's coefficients."]
    mean = np.mean(deltas, axis=0) * result.feature_scale
    top = np.argsort(-np.abs(mean), kind="stable")[:TOP]
    title = f"Moved most, source to target, mean over {len(deltas)} splits (log-odds per standard deviation):"
    return [title, *(f"  {result.feature_names[k]:<20}{mean[k]:+.3f}" for k in top)]


def _kept(fits):
    """The fits that did not ignore the source."""
    return [fit for fit in fits if fit.choice != "target"]
