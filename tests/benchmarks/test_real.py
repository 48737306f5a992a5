"""The benchmark of real counts, on a task made up here: the packages with the data are optional."""

import csv

import numpy as np
import pytest

from benchmarks.real import __main__ as real
from benchmarks.real import _data
from benchmarks.real._methods import METHODS


def made_up():
    """Counts of two places that differ in their level only."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    y = rng.poisson(np.exp(X @ [0.4, -0.2, 0.0] + np.where(np.arange(500) < 400, 0.0, 1.0))).astype(float)
    return _data.Task(X[:400], y[:400], X[400:], y[400:])


def test_a_run_writes_one_row_a_method_and_split(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(real, "TASKS", {"made_up": made_up})
    path = tmp_path / "real.csv"
    assert real.main(["--task", "made_up", "--size", "20", "--splits", "2", "--output", str(path)]) == 0
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["method"], row["split"]) for row in rows] == [(m, s) for s in "01" for m in METHODS]
    assert all(float(row["deviance"]) > 0 for row in rows)
    assert path.with_suffix(".json").exists()
    assert "ratio" in capsys.readouterr().out


def test_the_source_is_scored_as_it_is():
    """By hand: half the mean deviance is mean(mu - y + y log(y / mu))."""
    task = made_up()
    knowledge = real.Knowledge(task.X_source, task.y_source)
    found = {row["method"]: row["deviance"] for row in real.compared(task, knowledge, 20, 3)}
    order = np.random.RandomState(20_003).permutation(100)
    y, mu = task.y_target[order[20:]], knowledge.model.predict(task.X_target[order[20:]])
    log_ratio = np.log(np.where(y > 0, y, 1.0) / mu)
    np.testing.assert_allclose(found["source"], 2 * np.mean(mu - y + y * log_ratio), rtol=1e-10)


def test_bikes_are_read_without_importing_the_package(monkeypatch, tmp_path):
    folder = tmp_path / "ISLP"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')\n")
    head = "mnth,day,hr,holiday,workingday,weathersit,temp,hum,windspeed,casual,registered\n"
    lines = ["Jan,1,0,0,1,clear,0.5,0.4,0.1,3,13", "Feb,2,23,1,0,light rain/snow,0.2,0.9,0.3,5,7"]
    (folder / "data" / "Bikeshare.csv").write_text(head + "\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    task = _data.bikes_casual()
    np.testing.assert_allclose(task.X_source, [[0.5, 0.4, 0.1, 0, 1, 0.25, *[0] * 23, 0, 0, 0]])
    np.testing.assert_allclose(task.X_target, [[0.2, 0.9, 0.3, 1, 0, 0.04, *[0] * 22, 1, 1, 0, 1]])
    assert (task.y_source.tolist(), task.y_target.tolist()) == ([13.0], [5.0])


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(_data.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="ISLP is not installed: pip install --no-deps ISLP"):
        _data.bikes_casual()
