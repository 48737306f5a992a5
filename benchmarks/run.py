"""``python -m benchmarks.run``: time all competitors on the problems, check their certificates, write a CSV."""

import argparse
from pathlib import Path

from benchmarks.machine import machine_info
from benchmarks.measure import measure
from benchmarks.problems import all_problems, make_problem
from benchmarks.table import write_table

SMOKE_REPEATS = 2


def main(arguments=None):
    """Run the benchmarks.

    Parameters
    ----------
    arguments : list of str or None, default=None
        Of the command line.

    Returns
    -------
    int
        Exit status: 1 if this was a smoke run and some certificate was not met, else 0.
    """
    options = _parser().parse_args(arguments)
    repeats = SMOKE_REPEATS if options.smoke else options.repeats
    rows = []
    for name, size in _selected(options):
        rows += _run(make_problem(name, size), options.tol, repeats, options.threads)
    if options.output is not None:
        write_table(options.output, rows, machine_info())
    missed = [row for row in rows if row.get("met") is False]
    print(f"{len(missed)} certificates not met" if missed else "all certificates met")
    return int(options.smoke and bool(missed))


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes; fail where a certificate is not met")
    parser.add_argument("--problem", choices=sorted(all_problems()), help="only this one; all by default")
    parser.add_argument("--size", type=_size, help="only this one, ROWSxCOLUMNS; all of the problem's by default")
    parser.add_argument("--tol", type=float, help="the certificate asked for; the problem's own by default")
    parser.add_argument("--repeats", type=_positive, default=5, help="rounds; 5 by default")
    parser.add_argument("--threads", type=_positive, default=1, help="of BLAS and OpenMP; 1 by default")
    parser.add_argument("--output", type=Path, help="CSV to write; the machine goes into a JSON next to it")
    return parser


def _size(text):
    n_samples, n_features = text.split("x")
    return int(n_samples), int(n_features)


def _positive(text):
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _selected(options):
    """(problem's name, size) pairs of a run."""
    for name, module in all_problems().items():
        if options.problem in (None, name):
            sizes = (module.SMOKE,) if options.smoke else module.SIZES
            yield from ((name, size) for size in ((options.size,) if options.size else sizes))


def _run(problem, tol, repeats, threads):
    """Measure a problem without and with its source; say so."""
    problem = problem if tol is None else problem.with_tol(tol)
    rows = []
    for case in (problem.without_source(), problem):
        found = measure(case, repeats, threads)
        _print(case, found)
        rows += found
    return rows


def _print(problem, rows):
    """The competitors that ran; who refused, and why, stands in the CSV."""
    n_samples, n_features = problem.X.shape
    source = "with source" if problem.has_source else "no source"
    print(f"\n{problem.name} {n_samples} x {n_features}, {source}, tol {problem.tol:g}")
    print(f"  {'':24}{'seconds':>11}{'/ ours':>10}{'/ unit':>10}{'certificate':>13}")
    for row in rows:
        if "seconds" in row:
            print(f"  {row['competitor']:24}{_numbers(row)}")
        elif "met" in row:
            print(f"  {row['competitor']:24}  {row['note']}")


def _numbers(row):
    text = f"{row['seconds']:11.6f}{row['ratio_to_ours']:10.3g}{row['ratio_to_unit']:10.3g}"
    if "certificate" not in row:
        return text
    return f"{text}{row['certificate']:13.1e}{'' if row['met'] else '  NOT MET'}"


if __name__ == "__main__":
    raise SystemExit(main())
