"""A run: rows, CSV, machine, exit status. No time is asserted."""

import csv
import json
import math

import numpy as np
import pytest

from benchmarks import run
from benchmarks.competitors import all_competitors
from benchmarks.measure import measure
from benchmarks.problems import make_problem
from benchmarks.table import COLUMNS, KEY, read_rows
from benchmarks.timing import interleave, ratio, summary

PROBLEM = make_problem("ridge_dense", (60, 5))


def by_competitor(rows):
    return {row["competitor"]: row for row in rows}


def test_a_competitor_that_raises_is_a_certificate_not_met(monkeypatch):
    def fails():
        raise FloatingPointError("overflow")

    monkeypatch.setattr(all_competitors()["numpy_newton"], "prepare", lambda problem, tol: fails)
    row = by_competitor(measure(PROBLEM, 1))["numpy_newton"]
    assert row["met"] is False
    assert row["note"] == "failed: FloatingPointError: overflow"
    assert "seconds" not in row


def test_suboptimality_is_above_the_best_found(monkeypatch):
    lazy = (PROBLEM.centre, PROBLEM.source_intercept)
    monkeypatch.setattr(all_competitors()["scipy_lbfgs"], "prepare", lambda problem, tol: lambda: lazy)
    rows = by_competitor(measure(PROBLEM, 1))
    values = [row["suboptimality"] for row in rows.values() if "suboptimality" in row]
    assert min(values) == 0.0
    assert rows["ours"]["suboptimality"] < 1e-12
    assert rows["scipy_lbfgs"]["suboptimality"] > 1e-6
    assert rows["scipy_lbfgs"]["met"] is False


@pytest.mark.parametrize("name, status", [("ours", 1), ("numpy_newton", 0)])
def test_smoke_fails_where_we_miss_a_certificate(monkeypatch, capsys, name, status):
    lazy = lambda problem, tol: lambda: (problem.centre, 0.0)  # noqa: E731
    monkeypatch.setattr(all_competitors()[name], "prepare", lazy)
    assert run.main(["--smoke", "--problem", "ridge_dense"]) == status
    assert "FAILED" in capsys.readouterr().out


@pytest.fixture(scope="module")
def result_file(tmp_path_factory):
    """The CSV of a smoke run of one problem to two certificates."""
    path = tmp_path_factory.mktemp("results") / "new" / "smoke.csv"
    command = ["--smoke", "--problem", "ridge_dense", "--tol", "1e-4", "1e-7", "--output", str(path)]
    assert run.main(command) == 0
    return path


def test_csv_has_the_promised_columns(result_file):
    with result_file.open(newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert tuple(reader.fieldnames) == COLUMNS
    assert len(rows) == 2 * 3 * len(all_competitors())
    assert len({tuple(row[name] for name in KEY) for row in rows}) == len(rows)
    ours = [row for row in rows if row["competitor"] == "ours"]
    assert [(row["source"], row["tol"]) for row in ours] == [
        (kind, tol) for tol in ("0.0001", "1e-07") for kind in ("none", "source", "fisher")
    ]
    assert all(row["met"] == "True" and row["ratio_to_ours"] == "1" and row["unit"] == "dsyrk" for row in ours)
    assert all(float(row["certificate"]) <= 2 * float(row["tol"]) for row in ours)
    assert all(row["note"] for row in rows if not row["seconds"])


def test_machine_stands_next_to_the_csv(result_file):
    machine = json.loads(result_file.with_suffix(".json").read_text())
    assert {"cpu", "cores", "python", "versions", "threadpools"} <= set(machine)
    assert machine["versions"]["numpy"] == np.__version__
    assert "filepath" not in str(machine)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other\.csv has columns \['a', 'b'\]"):
        read_rows(path)


def test_a_slow_function_takes_part_in_the_first_rounds_only():
    calls = {"slow": 0, "fast": 0}

    def counted(name):
        def call():
            calls[name] += 1

        return call

    functions = {name: counted(name) for name in calls}
    seconds, per_timing = interleave(functions, {"slow": 10.0, "fast": 1.0}, repeats=4, patience=25.0)
    assert calls == {"slow": 2, "fast": 4}
    assert per_timing == {"slow": 1, "fast": 1}
    assert np.isnan(seconds["slow"]).tolist() == [False, False, True, True]
    assert summary(seconds["slow"])["repeats"] == 2


def test_ratios_are_taken_within_rounds():
    """The machine is twice as slow in the last round; the ratio does not see it."""
    one, other = np.array([1.0, 1.0, 2.0]), np.array([4.0, np.nan, 8.0])
    assert ratio(other, one) == 4.0
    assert math.isnan(ratio(one, None))
    assert summary(other) == {"seconds": 6.0, "seconds_min": 4.0, "seconds_max": 8.0, "repeats": 2}
