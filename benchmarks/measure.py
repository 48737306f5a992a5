"""One objective, all competitors: calibrate each, then time them in rounds."""

import math
import warnings
from contextlib import suppress

from threadpoolctl import threadpool_limits

from benchmarks.calibrate import calibrate
from benchmarks.competitors import OURS, all_competitors, is_unit, refusal
from benchmarks.judge import passes
from benchmarks.timing import interleave, ratio, summary, time_once


def measure(problem, repeats, threads=1, patience=60.0):
    """Rows of the result table, one per competitor and yardstick, also for those that refuse.

    Parameters
    ----------
    problem : Problem
    repeats : int
    threads : int, default=1
        Of BLAS and OpenMP.
    patience : float, default=60.0
        Seconds for one competitor to be calibrated in, and again to be timed in.

    Returns
    -------
    list of dict
        Of ``table.COLUMNS``. A competitor that raised has its error in ``note`` and a certificate that is not met.
    """
    competitors = all_competitors()
    rows = {name: {**_describe(problem, threads), "competitor": name} for name in competitors}
    functions, warm_up = {}, {}
    _load(problem, competitors)
    with threadpool_limits(threads), warnings.catch_warnings():  # all libraries are loaded by now
        warnings.simplefilter("ignore")  # the certificate says it
        for name, competitor in competitors.items():
            rows[name]["note"] = reason = refusal(competitor, problem)
            if reason is None:
                function, seconds = _ready(problem, competitor, rows[name], patience)
                if function is not None:
                    functions[name], warm_up[name] = function, seconds
        seconds, calls = interleave(functions, warm_up, repeats, patience)
    _add_times(rows, seconds, calls)
    _add_suboptimality(rows)
    return list(rows.values())


def _describe(problem, threads):
    n_samples, n_features = problem.X.shape
    return {
        "problem": problem.name,
        "n_samples": n_samples,
        "n_features": n_features,
        "source": problem.kind,
        "tol": problem.tol,
        "threads": threads,
    }


def _load(problem, competitors):
    """Import what the competitors need: a limit on threads holds for libraries that are loaded only."""
    for competitor in competitors.values():
        if refusal(competitor, problem) is None:
            with suppress(Exception):  # it is raised again, and noted, when its turn comes
                competitor.prepare(problem, problem.tol)


def _ready(problem, competitor, row, patience):
    """(the function to time, seconds of one call); its verdict goes into the row. (None, nan) if it raised."""
    if is_unit(competitor):
        function = competitor.prepare(problem, problem.tol)
        return function, time_once(function)[1]
    found = calibrate(problem, competitor, patience)
    row.update(own_tol=found.own_tol, met=passes(problem, found.verdict.certificate))
    if found.error is not None:
        row["note"] = found.error
        return None, math.nan
    row.update(found.verdict._asdict())
    return found.function, found.seconds


def _add_times(rows, seconds, calls):
    """Medians over the rounds; a ratio is the median of the rounds' ratios."""
    competitors = all_competitors()
    unit = next((name for name in seconds if is_unit(competitors[name])), None)
    for name, times in seconds.items():
        rows[name].update(
            **summary(times),
            calls=calls[name],
            ratio_to_ours=ratio(times, seconds.get(OURS)),
            ratio_to_unit=ratio(times, seconds.get(unit)),
            unit=unit,
        )


def _add_suboptimality(rows):
    """Each objective less the lowest that any competitor found."""
    values = [row["objective"] for row in rows.values() if math.isfinite(row.get("objective", math.nan))]
    for row in rows.values():
        if values and "objective" in row:
            row["suboptimality"] = row["objective"] - min(values)
