"""The benchmark of the aligned spaces runs without its peers, and says what it measured."""

import benchmarks.representation.__main__ as program
from benchmarks.representation._data import domains
from benchmarks.table import read_rows


def test_domains_are_the_same_each_time():
    first, again = domains(20, 10, 3), domains(20, 10, 3)
    assert [rows.shape for rows in first] == [(20, 3), (10, 3)]
    assert all((mine == theirs).all() for mine, theirs in zip(first, again, strict=True))


def test_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(program, "SIZES", dict.fromkeys(program.METHODS, ((30, 20, 6),)))
    monkeypatch.setattr(program, "subjects", lambda method: {"ours": program.METHODS[method]["ours"]})
    monkeypatch.setattr(program, "PEAK", (2000, 3))
    assert program.main(["--out", str(tmp_path / "found.csv"), "--repeats", "1"]) == 0
    rows = read_rows(tmp_path / "found.csv", program.COLUMNS)
    assert [row["method"] for row in rows] == ["coral", "coral", "subspace", "subspace", "components", "components"]
    assert all(float(row["difference"]) < 1e-10 for row in rows[:-1])
    assert float(rows[-1]["peak_mb"]) > 1
