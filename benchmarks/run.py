"""``python -m benchmarks.run``: time all competitors on the problems, check their certificates, write a CSV."""

import argparse
from pathlib import Path

from benchmarks.competitors import is_ours
from benchmarks.machine import available_cores, machine_info
from benchmarks.measure import measure
from benchmarks.problems import all_problems, make_problem
from benchmarks.table import write_table

SMOKE_REPEATS = 2
SMOKE_PATIENCE = 0.3


def main(arguments=None):
    """Run the benchmarks.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        Exit status: 1 if this was a smoke run and one of our certificates was missed, else 0.
    """
    options = _parser().parse_args(arguments)
    if options.smoke:
        options.repeats, options.patience = SMOKE_REPEATS, SMOKE_PATIENCE
    rows = []
    for name, size in _selected(options):
        rows += _run(make_problem(name, size), options)
        if options.output is not None:  # a long run that is stopped keeps what it has
            write_table(options.output, rows, machine_info())
    missed = [row for row in rows if row.get("met") is False]
    ours = [row for row in missed if is_ours(row["competitor"])]
    print(f"\ncertificates missed: {len(ours)} of ours, {len(missed) - len(ours)} of others")
    return int(options.smoke and bool(ours))


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes; fail where we miss a certificate")
    parser.add_argument("--problem", nargs="+", choices=sorted(all_problems()), help="only these; all by default")
    parser.add_argument("--size", type=_size, help="only this one, ROWSxCOLUMNS; all of the problem's by default")
    parser.add_argument("--most", type=positive, help="leave out sizes of more entries of X than this")
    parser.add_argument("--source", nargs="+", choices=("none", "source", "fisher"), help="only these cases")
    parser.add_argument("--tol", nargs="+", type=float, help="certificates to ask for; the problem's own by default")
    parser.add_argument("--output", type=Path, help="CSV to write; the machine goes into a JSON next to it")
    add_timing_options(parser)
    return parser


def add_timing_options(parser):
    """The options that every command of the benchmarks takes that measures time."""
    cores = available_cores()
    parser.add_argument("--repeats", type=positive, default=5, help="rounds; 5 by default")
    parser.add_argument("--threads", type=positive, default=cores, help=f"of BLAS and OpenMP; all, {cores}, by default")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds a competitor gets in a case; 60")


def positive(text):
    """A whole number from one up, for argparse."""
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _size(text):
    n_samples, n_features = text.split("x")
    return int(n_samples), int(n_features)


def _selected(options):
    """(problem's name, size) pairs of a run."""
    for name, module in all_problems().items():
        if options.problem is None or name in options.problem:
            sizes = (module.SMOKE,) if options.smoke else module.SIZES
            sizes = (options.size,) if options.size else sizes
            yield from ((name, size) for size in sizes if options.most is None or size[0] * size[1] <= options.most)


def _run(problem, options):
    """Measure a problem's cases to each certificate; say so."""
    rows = []
    for tol in options.tol or [problem.tol]:
        for case in problem.with_tol(tol).cases():
            if options.source is None or case.kind in options.source:
                found = measure(case, options.repeats, options.threads, options.patience)
                _print(case, found)
                rows += found
    return rows


def _print(problem, rows):
    """The competitors that ran; who refused, and why, stands in the CSV."""
    n_samples, n_features = problem.X.shape
    print(f"\n{problem.name} {n_samples} x {n_features}, source: {problem.kind}, tol {problem.tol:g}")
    print(f"  {'':24}{'seconds':>11}{'/ ours':>10}{'/ unit':>10}{'own tol':>10}{'certificate':>13}{'above best':>12}")
    for row in rows:
        if "seconds" in row:
            print(f"  {row['competitor']:24}{_numbers(row)}")
        elif "met" in row:
            print(f"  {row['competitor']:24}  {row['note']}")


def _numbers(row):
    text = f"{row['seconds']:11.6f}{row['ratio_to_ours']:10.3g}{row['ratio_to_unit']:10.3g}"
    if "certificate" not in row:
        return text
    failed = "" if row["met"] else "  FAILED"
    return f"{text}{row['own_tol']:10.1e}{row['certificate']:13.1e}{row['suboptimality']:12.1e}{failed}"


if __name__ == "__main__":
    raise SystemExit(main())
