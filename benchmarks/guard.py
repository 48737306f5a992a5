"""``python -m benchmarks.guard``: what a source that is no help costs, and what a good one brings; a CSV and a table.

    y = X beta + noise,   P(y = 1) = expit(X beta),      X standard normal, |beta|^2 = the signal-to-noise ratio

(times 1.8 for labels, a logistic variable's standard deviation). The source is a pipeline with all defaults on 2,000
rows whose beta is the target's ("perfect"), three times it ("scaled"), its negative ("flipped"), it with features in
another order ("permuted"), or another draw ("noise"). ``make_transfer(source)`` with all defaults against the target
alone, which is its own candidate "target" with the strength that leave-one-out likes best. Scores are squared error and
log-loss of 1,000 fresh rows.
"""

import argparse
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.machine import machine_info
from benchmarks.table import read_rows, write_table
from sktransfer import make_transfer
from sktransfer.model_selection import TransferCV

COLUMNS = ("kind", "n_features", "snr", "n_target", "source", "draw", "target", "copied", "transfer", "choice", "lent")
SOURCES = {
    "noise": lambda beta, fresh, rng: fresh,
    "flipped": lambda beta, fresh, rng: -beta,
    "permuted": lambda beta, fresh, rng: rng.permutation(beta),
    "scaled": lambda beta, fresh, rng: 3 * beta,
    "perfect": lambda beta, fresh, rng: beta,
}
CELLS = list(product(("gaussian", "binomial"), (5, 50, 200), (1, 4), (20, 50, 200), SOURCES))


def main(arguments=None):
    """Run what the CSV does not hold yet, then print the table.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        Exit status, 0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--output", type=Path, help="CSV to go on with; the machine goes into a JSON next to it")
    parser.add_argument("--seconds", type=float, default=np.inf, help="stop after the draw that ends later")
    options = parser.parse_args(arguments)
    rows, end = [], time.monotonic() + options.seconds
    if options.output is not None and options.output.exists():
        rows = read_rows(options.output, COLUMNS)
    done = {int(row["draw"]) for row in rows}
    for number in range(options.first, options.first + options.draws):
        if number in done or time.monotonic() > end:
            continue
        rows += [row for cell in CELLS for row in compared(*cell, number)]
        print(f"draw {number}", flush=True)
        if options.output is not None:
            write_table(options.output, rows, machine_info(), COLUMNS)
    print(table(rows))
    return 0


def compared(kind, p, snr, n, name, number):
    """One row of the table; none where the target shows one class only."""
    rng = np.random.default_rng([p, snr, n, number, list(SOURCES).index(name), kind == "binomial"])
    size = np.sqrt(snr / p) * (1.8 if kind == "binomial" else 1.0)
    beta, fresh = size * rng.normal(size=(2, p))
    X_source, y_source = _rows(kind, 2000, SOURCES[name](beta, fresh, rng), rng)
    X, y = _rows(kind, n, beta, rng)
    X_test, y_test = _rows(kind, 1000, beta, rng)
    if kind == "binomial" and np.bincount(y, minlength=2).min() < 2:
        return
    model = LogisticRegression() if kind == "binomial" else RidgeCV()
    source = make_pipeline(StandardScaler(), model).fit(X_source, y_source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = make_transfer(source).fit(X, y)
        alone = TransferCV(search.estimator, candidates="target", rule="min").fit(X, y)
    names = np.array(search.table_["candidate"])
    yield {
        **dict(zip(COLUMNS, (kind, p, snr, n, name, number), strict=False)),
        "target": _score(kind, alone, X_test, y_test),
        "copied": _score(kind, source, X_test, y_test),
        "transfer": _score(kind, search, X_test, y_test),
        "choice": search.choice_,
        "lent": float(search.weights_[names != "target"].sum()),
    }


def _rows(kind, n, beta, rng):
    X = rng.normal(size=(n, len(beta)))
    if kind == "binomial":
        return X, (rng.uniform(size=n) < expit(X @ beta)).astype(int)
    return X, X @ beta + rng.normal(size=n)


def _score(kind, model, X, y):
    if kind == "binomial":
        return log_loss(y, model.predict_proba(X), labels=[0, 1])
    return mean_squared_error(y, model.predict(X))


def table(rows):
    """Costs against the target alone by kind and source, over all cells of features, ratio and rows, as text."""
    lines = [
        "mean transfer / mean target of a cell (18 cells a line)",
        f"{'':22}{'mean':>8}{'worst':>8}  {'worst cell (p, snr, n)':28}{'cells > 1.02':>13}{'/ source':>10}{'lent':>7}"
        "  choices",
    ]
    for kind, name in product(("gaussian", "binomial"), SOURCES):
        cells = _cells([row for row in rows if row["kind"] == kind and row["source"] == name])
        if not cells:
            continue
        cost = {cell: _mean(found, "transfer") / _mean(found, "target") for cell, found in cells.items()}
        copied = np.mean([_mean(found, "transfer") / _mean(found, "copied") for found in cells.values()])
        worst = max(cost, key=cost.get)
        flat = [row for found in cells.values() for row in found]
        choices = {choice: sum(row["choice"] == choice for row in flat) / len(flat) for choice in _CHOICES}
        lines.append(
            f"{kind:12}{name:10}{np.mean(list(cost.values())):8.3f}{cost[worst]:8.3f}  {', '.join(worst):28}"
            f"{sum(value > 1.02 for value in cost.values()):13}{copied:10.3f}{_mean(flat, 'lent'):7.2f}  "
            + ", ".join(f"{choice} {share:.2f}" for choice, share in choices.items())
        )
    return "\n".join(lines)


_CHOICES = ("target", "transfer", "recalibrated", "source")


def _cells(rows):
    found = {}
    for row in rows:
        found.setdefault(tuple(str(row[name]) for name in ("n_features", "snr", "n_target")), []).append(row)
    return found


def _mean(rows, column):
    return float(np.mean([float(row[column]) for row in rows]))


if __name__ == "__main__":
    raise SystemExit(main())
