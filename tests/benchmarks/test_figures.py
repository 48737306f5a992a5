"""Figures come from result files alone."""

import pytest

from benchmarks import figures, paths
from benchmarks.table import COLUMNS, write_table

pytest.importorskip("matplotlib")

RUN = [
    {
        "problem": "logistic_dense",
        "n_samples": 60,
        "n_features": 5,
        "source": "none",
        "tol": tol,
        "competitor": competitor,
        "seconds": seconds,
        "ratio_to_unit": 10 * seconds,
        "certificate": tol / 2,
        "met": True,
    }
    for competitor, seconds in (("ours", 1.0), ("sklearn_lbfgs", 5.0))
    for tol in (1e-3, 1e-6)
]


def test_a_run_is_drawn_in_units_and_against_the_certificate(tmp_path):
    write_table(tmp_path / "run.csv", RUN, {})
    assert figures.main([str(tmp_path / "run.csv"), "--folder", str(tmp_path / "out")]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["run_certificate_logistic_dense_60x5_none.png", "run_units.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "out").iterdir())


def test_the_dots_are_the_files_numbers():
    (axes,) = figures._units([{name: str(value) for name, value in row.items()} for row in RUN])["units"].axes
    assert {line.get_label(): line.get_xdata().tolist() for line in axes.lines} == {
        "ours": [10.0],
        "sklearn_lbfgs": [50.0],
    }


def test_a_failed_line_is_not_drawn():
    rows = [{name: str(value) for name, value in row.items()} for row in RUN]
    rows = [{**row, "met": str(row["competitor"] == "ours")} for row in rows]
    (axes,) = figures._units(rows)["units"].axes
    assert [line.get_label() for line in axes.lines] == ["ours"]


def test_growth_is_drawn_from_a_file_of_paths(tmp_path):
    rows = [
        {"path": "against_rows", "case": "binomial", "n_samples": n, "n_features": 4, "subject": "ours", "seconds": n}
        for n in (10, 100, 1000)
    ]
    write_table(tmp_path / "paths.csv", rows, {}, paths.COLUMNS)
    folder = ["--folder", str(tmp_path), "--format", "svg"]
    assert figures.main([str(tmp_path / "paths.csv"), *folder]) == 0
    assert (tmp_path / "paths_against_rows.svg").exists()


def test_nothing_to_draw_is_said(tmp_path, capsys):
    write_table(tmp_path / "empty.csv", [], {}, COLUMNS)
    assert figures.main([str(tmp_path / "empty.csv"), "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "nothing to draw\n"


def test_missing_matplotlib_is_said(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    assert figures.main([str(tmp_path / "any.csv"), "--folder", str(tmp_path)]) == 1
    assert "pip install 'sktransfer[benchmarks]'" in capsys.readouterr().out
