"""Paths: every file gives rows of the promised columns, and its checks notice what is wrong. No time is asserted."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from benchmarks.paths import COLUMNS, __main__, all_paths, ridge_path
from benchmarks.paths._data import problem as make_problem
from benchmarks.paths._lasso import MEASURES, Path, calibrated
from benchmarks.paths._versus import Settings, certified, versus
from benchmarks.table import read_rows

SETTINGS = Settings(repeats=1, threads=1, patience=10.0)


@pytest.mark.parametrize("name", sorted(set(all_paths()) - {"logistic_path", "peak_memory"}))
def test_a_smoke_run_writes_sound_rows(name, tmp_path, capsys):
    path = tmp_path / "paths.csv"
    assert __main__.main(["--smoke", "--path", name, "--repeats", "1", "--output", str(path)]) == 0
    rows = read_rows(path, COLUMNS)
    assert {row["path"] for row in rows} == {name}
    assert all(float(row["seconds"]) > 0 for row in rows)
    assert any(row["reference"] and float(row["ratio"]) > 0 for row in rows)
    assert "checks missed by ours: 0" in capsys.readouterr().out


def test_logistic_path_is_checked_by_refitting(monkeypatch):
    module = all_paths()["logistic_path"]
    monkeypatch.setattr(module, "STRENGTHS", np.logspace(-2, 1, 3))
    rows = module.logistic_path((30, 3), SETTINGS)
    ours = [row for row in rows if row["subject"].startswith("ours")]
    assert len(ours) == 4
    assert all(row["met"] and 0 <= row["check"] < module.CLOSE for row in ours)


def test_memory_of_a_fit_is_a_share_of_x(monkeypatch):
    module = all_paths()["peak_memory"]
    monkeypatch.setattr(module, "COMPETITORS", {"squared": ("sklearn_ridge",)})
    (row,) = module.peak_memory((200_000, 10), SETTINGS)
    assert row["reference"] == "bytes of X"
    assert row["ratio"] == pytest.approx(1.0, abs=0.3)  # Ridge centres a copy


def test_memory_of_a_fit_that_fails_is_noted(monkeypatch):
    module = all_paths()["peak_memory"]
    monkeypatch.setattr(module, "COMPETITORS", {"squared": ("no_such_competitor",)})
    row = module.peak_memory((50, 3), SETTINGS)[0]
    assert row["met"] is False
    assert "KeyError" in row["note"]


def test_the_ridge_formula_is_leave_one_out():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 3)) + 5, rng.normal(size=20)
    held_out = cross_val_predict(Ridge(alpha=2.0), X, y, cv=LeaveOneOut())
    assert ridge_path._held_out_loss(X, y, 2.0) == pytest.approx(np.mean((y - held_out) ** 2), rel=1e-10)


def test_a_wrong_solution_is_a_check_missed():
    problem = make_problem("binomial", (40, 3), 1e-6)
    functions = {"ours": lambda: (problem.centre, 0.0), "other": lambda: None}
    (row,) = versus("case", functions, [("ours", "other")], SETTINGS, {"ours": certified(problem)})
    assert row["met"] is False
    assert row["check"] > 1e-3


def test_what_raises_is_noted_on_both_sides():
    def fails():
        raise MemoryError("too large")

    pairs = [("bad", "good"), ("good", "bad"), ("good", None)]
    bad, good, alone = versus("case", {"bad": fails, "good": lambda: None}, pairs, SETTINGS)
    assert bad == {
        "case": "case",
        "subject": "bad",
        "reference": "good",
        "note": "failed: MemoryError: too large",
        "met": False,
    }
    assert good["note"] == "bad failed: MemoryError: too large"
    assert "ratio" not in good
    assert "note" not in alone
    assert alone["seconds"] >= 0


def test_a_missed_check_of_ours_fails_the_run(monkeypatch, capsys):
    row = {"case": "case", "subject": "ours", "seconds": 1.0, "check": 1.0, "met": False}
    monkeypatch.setattr(all_paths()["small_fits"], "small_fits", lambda size, settings: [row])
    assert __main__.main(["--smoke", "--path", "small_fits"]) == 1
    assert "FAILED" in capsys.readouterr().out


def test_the_judge_of_lasso_paths_measures_the_duality_gap():
    """Of a single column the minimum is a soft threshold; a step beside it leaves a gap of at least what it costs."""
    X, y = np.eye(4)[:, :1] * 2, np.array([3.0, 0.0, 0.0, 0.0])
    path = Path(X, y, np.zeros(1), 0.1)
    exact = np.maximum(X[:, 0] @ y - 4 * path.alphas, 0)[np.newaxis] / 4
    assert path.worst(exact) == pytest.approx(dict.fromkeys(MEASURES, 0), abs=1e-14)
    assert path.worst(np.zeros((1, 100))) == pytest.approx(dict.fromkeys(MEASURES, 0.9**2), rel=1e-9)
    beside = path.worst(exact + 0.5)
    assert beside["own gap"] >= beside["best gap"] >= (1 - 1e-9) * 0.5 * 4 * 0.25 / 9


def test_a_library_that_never_gets_there_is_shown_as_failed():
    path = Path(np.eye(3), np.array([1.0, 2.0, 3.0]), np.zeros(3), 0.1)
    found = calibrated(path, lambda path, tol: np.zeros((3, 100)), patience=1.0)
    for _, columns in (found[name] for name in MEASURES):
        assert columns["met"] is False
        assert columns["check"] > 0.1
