"""The benchmarks measure what they say: same data, same objective, same certificate. No time is asserted."""

import csv
import json

import numpy as np
import pytest
from scipy.special import logsumexp

from benchmarks import compare, run
from benchmarks.certificate import certificate, is_met
from benchmarks.competitors import all_competitors, is_unit
from benchmarks.measure import measure
from benchmarks.problems import all_problems, make_problem
from benchmarks.table import COLUMNS, read_table

PROBLEMS = sorted(all_problems())
COMPETITORS = sorted(name for name, module in all_competitors().items() if not is_unit(module))


def tiny(name, seed=0):
    return make_problem(name, all_problems()[name].SMOKE, seed)


def dense(X):
    return X.toarray() if hasattr(X, "toarray") else X


def value(problem, coef, intercept):
    """The mean objective, written out."""
    eta = dense(problem.X) @ coef.T + intercept
    if problem.loss == "squared":
        losses = (problem.y - eta) ** 2 / 2
    elif problem.loss == "binomial":
        losses = np.logaddexp(0, eta) - problem.y * eta
    else:
        losses = logsumexp(eta, axis=1) - eta[np.arange(len(eta)), problem.y]
    penalty = problem.strength / 2 * np.sum((coef - problem.centre) ** 2)
    return (losses.sum() + penalty) / len(problem.y)


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_depend_on_the_seed_only(name):
    one, same, other = tiny(name), tiny(name), tiny(name, seed=1)
    np.testing.assert_array_equal(dense(one.X), dense(same.X))
    np.testing.assert_array_equal(one.y, same.y)
    np.testing.assert_array_equal(one.source_coef, same.source_coef)
    np.testing.assert_array_equal(one.source_intercept, same.source_intercept)
    assert np.any(dense(one.X) != dense(other.X))


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_have_the_shapes_they_promise(name):
    problem = tiny(name)
    assert problem.name == name
    assert problem.X.shape == all_problems()[name].SMOKE
    assert problem.source_coef.shape == problem.coef_shape
    assert problem.X.dtype == np.float64
    assert not problem.without_source().has_source


@pytest.mark.parametrize("name", PROBLEMS)
def test_certificate_is_the_largest_derivative(name):
    """Against central differences of the mean objective at a point that is no optimum."""
    problem = tiny(name)
    rng = np.random.default_rng(0)
    coef = rng.normal(size=problem.coef_shape)
    intercept = rng.normal(size=problem.coef_shape[:-1])
    step, slopes = 1e-5, []
    for part in (coef, intercept):
        for index in np.ndindex(part.shape):
            sides = []
            for sign in (1, -1):
                moved = [np.array(coef), np.array(intercept)]
                moved[part is intercept][index] += sign * step
                sides.append(value(problem, *moved))
            slopes.append((sides[0] - sides[1]) / (2 * step))
    assert certificate(problem, coef, intercept) == pytest.approx(np.abs(slopes).max(), rel=1e-6)


def test_a_competitor_that_stops_early_is_seen():
    problem = tiny("logistic_dense")
    assert not is_met(problem, certificate(problem, problem.source_coef, problem.source_intercept))
    assert not is_met(problem, float("nan"))


@pytest.mark.parametrize("competitor", COMPETITORS)
@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("source", [False, True])
def test_every_competitor_meets_the_certificate_or_says_why_not(name, source, competitor):
    problem = tiny(name) if source else tiny(name).without_source()
    module = all_competitors()[competitor]
    reason = module.accepts(problem)
    if reason is not None:
        assert isinstance(reason, str)
        assert reason
        return
    assert is_met(problem, certificate(problem, *module.prepare(problem)()))


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_is_solved_by_us_and_has_one_unit(name):
    problem = tiny(name)
    ready = [module for module in all_competitors().values() if module.accepts(problem) is None]
    assert all_competitors()["ours"] in ready
    assert sum(is_unit(module) for module in ready) == 1


def test_wide_ridge_is_solved_by_us_and_scikit_learn():
    problem = make_problem("ridge_dense", (20, 50))
    for name in ("ours", "sklearn_ridge"):
        assert is_met(problem, certificate(problem, *all_competitors()[name].prepare(problem)()))


def test_a_competitor_that_raises_is_a_certificate_not_met(monkeypatch):
    def fails():
        raise FloatingPointError("overflow")

    monkeypatch.setattr(all_competitors()["numpy_newton"], "prepare", lambda problem: fails)
    row = {row["competitor"]: row for row in measure(tiny("ridge_dense"), 1)}["numpy_newton"]
    assert row["met"] is False
    assert row["note"] == "failed: FloatingPointError: overflow"
    assert "seconds" not in row


def test_smoke_fails_where_a_certificate_is_not_met(monkeypatch, capsys):
    problem = tiny("ridge_dense")
    lazy = lambda problem: lambda: (problem.centre, 0.0)  # noqa: E731
    monkeypatch.setattr(all_competitors()["numpy_newton"], "prepare", lazy)
    assert run.main(["--smoke", "--problem", problem.name]) == 1
    assert "NOT MET" in capsys.readouterr().out


@pytest.fixture(scope="module")
def result_file(tmp_path_factory):
    """The CSV of a smoke run of one problem."""
    path = tmp_path_factory.mktemp("results") / "new" / "smoke.csv"
    assert run.main(["--smoke", "--problem", "ridge_dense", "--output", str(path)]) == 0
    return path


def test_csv_has_the_promised_columns(result_file):
    with result_file.open(newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert tuple(reader.fieldnames) == COLUMNS
    assert len(rows) == 2 * len(all_competitors())
    ours = [row for row in rows if row["competitor"] == "ours"]
    assert [row["source"] for row in ours] == ["False", "True"]
    assert all(row["met"] == "True" and row["ratio_to_ours"] == "1" and row["unit"] == "dsyrk" for row in ours)
    assert all(row["note"] for row in rows if not row["seconds"])


def test_machine_stands_next_to_the_csv(result_file):
    machine = json.loads(result_file.with_suffix(".json").read_text())
    assert {"cpu", "cores", "python", "versions", "threadpools"} <= set(machine)
    assert machine["versions"]["numpy"] == np.__version__
    assert "filepath" not in str(machine)


def test_compare_of_a_file_with_itself_is_one(result_file, capsys):
    table = read_table(result_file)
    rows = compare.compare(table, table)
    assert len(rows) == sum(bool(row["seconds"]) for row in table.values())
    assert all(row["seconds"] == row["units"] == 1 and row["mark"] == "" for row in rows)
    assert compare.main([str(result_file), str(result_file)]) == 0
    assert "0 lines stand in one file only" in capsys.readouterr().out


def test_compare_says_whose_certificate_was_not_met(result_file):
    before = read_table(result_file)
    after = {key: {**row, "met": "False"} for key, row in before.items()}
    assert {row["mark"] for row in compare.compare(before, after)} == {"  NOT MET in B"}


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other\.csv has columns \['a', 'b'\]"):
        read_table(path)
