"""The benchmark of the aligned spaces runs without its peers, and says what it measured."""

import benchmarks.representation.__main__ as program
from benchmarks.representation import real
from benchmarks.representation._data import domains
from benchmarks.table import read_rows
from benchmarks.transfer._knowledge import Knowledge
from benchmarks.transfer._run import METHODS, TASKS
from benchmarks.transfer._scores import SCORES
from benchmarks.transfer._splits import split


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


def test_real_tasks(tmp_path):
    assert real.main(["--size", "20", "--splits", "1", "--out", str(tmp_path / "real.csv")]) == 0
    rows = read_rows(tmp_path / "real.csv", real.COLUMNS)
    assert [row["alignment"] for row in rows] == list(real.ALIGNMENTS)
    data = TASKS["heart_hungary"].load()
    knowledge = Knowledge(data)
    for name, score in (("source", METHODS["source"]), ("offset", METHODS["offset"])):
        knowledge.begin(0)
        train, test = split(data, 20, 0)
        model = score.fit(knowledge, data.X_target[train], data.y_target[train])
        expected = SCORES["binary"](model, data.X_target[test], data.y_target[test])
        assert abs(float(rows[0][name]) - expected) < 1e-5
    assert len({row["source"] for row in rows}) == 4
