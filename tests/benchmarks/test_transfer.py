"""The suite of real tasks, on tasks made up here: protocol, methods, resuming, report."""

import csv
import re
import types

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.metrics import log_loss as sklearn_log_loss

from benchmarks.transfer import __main__ as transfer
from benchmarks.transfer import _run, report
from benchmarks.transfer._kinds import KINDS
from benchmarks.transfer._knowledge import Knowledge
from benchmarks.transfer._run import METHODS, TASKS
from benchmarks.transfer._scores import FLOOR, deviance, log_loss
from benchmarks.transfer._splits import split
from benchmarks.transfer._task import Task
from sktransfer import Source, make_transfer
from sktransfer.representation import FrozenFeatures

OURS = [name for name, method in METHODS.items() if not hasattr(method, "NEEDS")]


def made_up(kind, n_source=200, seed=0):
    """Two sources and a target that are alike."""
    rng = np.random.default_rng(seed)
    X = 5.0 + 3.0 * rng.normal(size=(n_source + 80, 3))
    eta = (X - 5.0) @ [0.4, -0.2, 0.0]
    y = {
        "regression": eta + rng.normal(size=len(X)),
        "binary": (eta + rng.logistic(size=len(X)) > 0).astype(int),
        "multiclass": np.digitize(eta + rng.logistic(size=len(X)), [-1.0, 1.0]),
        "counts": rng.poisson(np.exp(0.5 * eta)).astype(float),
    }[kind]
    origin = np.where(np.arange(n_source) < n_source // 2, "here", "there")
    return Task(X[:n_source], y[:n_source], X[n_source:], y[n_source:], kind, origin)


@pytest.fixture
def heart(monkeypatch):
    """``heart(kind)``: the bundled task is another one for a while."""
    return lambda kind: monkeypatch.setitem(TASKS, "heart_hungary", types.SimpleNamespace(load=lambda: made_up(kind)))


def written(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_every_method_is_scored(heart, tmp_path, capsys):
    heart("regression")
    path = tmp_path / "suite.csv"
    arguments = ["--task", "heart_hungary", "--size", "20", "--splits", "1", "--output", str(path), "--methods", *OURS]
    assert transfer.main(arguments) == 0
    rows = written(path)
    assert [row["method"] for row in rows] == OURS
    assert all(float(row["score"]) > 0 and float(row["seconds"]) > 0 for row in rows)
    assert path.with_suffix(".json").exists()
    assert "90th percentile" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["binary", "multiclass", "counts"])
def test_methods_take_other_kinds(kind, heart, tmp_path):
    heart(kind)
    path, some = tmp_path / "suite.csv", ["target", "source", "pooled", "offset", "make_transfer", "alpha", "lasso"]
    arguments = ["--task", "heart_hungary", "--size", "20", "--splits", "1", "--output", str(path), "--methods", *some]
    assert transfer.main(arguments) == 0
    assert [row["method"] for row in written(path)] == some[:-1]  # the lasso is of regression


def test_a_run_goes_on_where_it_stopped(heart, tmp_path, monkeypatch):
    heart("regression")
    path = tmp_path / "suite.csv"
    some = ["--task", "heart_hungary", "--size", "20", "--output", str(path), "--methods", "source", "pooled"]
    transfer.main([*some, "--splits", "1"])
    path.write_text(re.sub(r"source,\d", "source,9", path.read_text(), count=1))  # what is there is believed
    transfer.main([*some, "--splits", "2"])
    rows = written(path)
    assert [(row["split"], row["method"]) for row in rows] == [(s, m) for s in "01" for m in ("source", "pooled")]
    assert rows[0]["score"].startswith("9")
    transfer.main([*some, "--splits", "2", "--again", "source"])
    rows = written(path)
    assert sorted((row["split"], row["method"]) for row in rows) == [(s, m) for s in "01" for m in ("pooled", "source")]
    assert not any(row["score"].startswith("9") for row in rows)


def test_a_task_without_its_data_is_left_out(monkeypatch, capsys):
    def absent():
        raise ModuleNotFoundError("data is not installed")

    monkeypatch.setitem(TASKS, "heart_hungary", types.SimpleNamespace(load=absent))
    assert transfer.main(["--task", "heart_hungary", "--methods", "source", "--splits", "1"]) == 0
    assert "heart_hungary left out: data is not installed" in capsys.readouterr().out


def test_a_fit_that_fails_has_its_reason(heart, monkeypatch, capsys):
    def fit(knowledge, X, y):
        raise ValueError("too few rows")

    monkeypatch.setitem(METHODS, "source", types.SimpleNamespace(KNOWS=(), fit=fit))
    heart("counts")
    (row,) = next(_run.runs("heart_hungary", [20], range(1), ["source"], set()))
    assert row["chosen"] == "failed: too few rows"
    assert "score" not in row
    assert transfer.main(["--smoke", "--methods", "source"]) == 1


def test_the_smoke_run_is_of_the_bundled_task(capsys):
    assert transfer.main(["--smoke", "--methods", "target", "source"]) == 0
    assert capsys.readouterr().out.startswith("heart_hungary")


def test_methods_whose_package_is_missing_are_left_out(monkeypatch):
    monkeypatch.setattr(transfer, "find_spec", lambda name: None if name == "adapt" else name)
    assert transfer._available() == OURS


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass", "counts"])
@pytest.mark.parametrize("name", sorted(set(METHODS) - set(OURS)))
def test_methods_of_adapt(name, kind, heart):
    pytest.importorskip("adapt")
    heart(kind)
    if kind not in getattr(METHODS[name], "KINDS", (kind,)):
        pytest.skip(f"{name} is not for {kind}")
    (row,) = next(_run.runs("heart_hungary", [20], range(1), [name], set()))
    assert 0 < row["score"] < np.inf


def test_every_source_is_known():
    knowledge = Knowledge(made_up("regression"))
    assert [len(each.y) for each in knowledge.sources] == [100, 100]
    assert_allclose(knowledge.X.mean(axis=0), 0.0, atol=1e-12)


def test_every_source_has_its_model():
    knowledge = Knowledge(made_up("regression"))
    for model, source in zip(knowledge.models, knowledge.sources, strict=True):
        plain = Ridge(RidgeCV(KINDS["regression"].grid).fit(source.X, source.y).alpha_).fit(source.X, source.y)
        assert_allclose(model.coef_, plain.coef_)


def test_the_list_of_one_source_is_that_source_times_a_factor():
    task = made_up("regression")
    knowledge = Knowledge(task._replace(origin=np.repeat("here", len(task.y_source))))
    X, y = task.X_target, task.y_target
    model = METHODS["make_transfer_sources"].fit(knowledge, X[:30], y[:30])
    rows = knowledge.scaler.transform(X)
    assert_allclose(model.predict(X), make_transfer([knowledge.model]).fit(rows[:30], y[:30]).predict(rows))


def test_folds_are_of_the_split_and_the_source_is_not():
    task = made_up("counts")
    knowledge, other = Knowledge(task), Knowledge(task)
    knowledge.begin(7)
    assert knowledge.model.alpha == other.model.alpha
    _, first = next(iter(knowledge.kind.folds(task.y_target).split(task.X_target)))
    order = np.random.RandomState(7).permutation(80)
    assert_array_equal(first, np.sort(order[:16]))


def test_pooled_rows_weigh_alike_and_are_scaled_by_the_source():
    task = made_up("binary")
    model = METHODS["pooled"].fit(Knowledge(task), task.X_target[:20], task.y_target[:20])
    centre, scale = task.X_source.mean(axis=0), task.X_source.std(axis=0)
    X = (np.vstack([task.X_source, task.X_target[:20]]) - centre) / scale
    y = np.concatenate([task.y_source, task.y_target[:20]])
    by_hand = LogisticRegression(C=model[-1].C, max_iter=10_000, tol=1e-10).fit(X, y)
    assert_allclose(model[-1].coef_, by_hand.coef_, rtol=1e-6)


def test_offset_is_a_ridge_on_what_is_left():
    task = made_up("regression")
    knowledge = Knowledge(task)
    model = METHODS["offset"].fit(knowledge, task.X_target[:20], task.y_target[:20])[-1]
    rows = knowledge.scaler.transform(task.X_target[:20])
    left = task.y_target[:20] - knowledge.model.predict(rows)
    centred, strength = rows - rows.mean(axis=0), model.alpha
    change = np.linalg.solve(centred.T @ centred + strength * np.eye(3), centred.T @ (left - left.mean()))
    assert_allclose(model.coef_, knowledge.model.coef_ + change, rtol=1e-8)


def test_log_loss_of_classes_the_model_does_not_know():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    model = LogisticRegression().fit(X, y)
    assert_allclose(log_loss(model, X, y), sklearn_log_loss(y, model.predict_proba(X)), rtol=1e-12)
    assert_allclose(log_loss(model, X, np.full(60, 7)), -np.log(FLOOR), rtol=1e-12)
    assert_allclose(log_loss(model, X, np.full(60, -1)), -np.log(FLOOR), rtol=1e-12)


def test_deviance_by_hand():
    y, mean = np.array([0.0, 3.0]), np.array([1.0, 2.0])
    model = types.SimpleNamespace(predict=lambda X: mean)
    expected = 2 * np.mean([1.0, 2.0 - 3.0 + 3.0 * np.log(1.5)])
    assert_allclose(deviance(model, None, y), expected, rtol=1e-12)


def test_splits_are_drawn_anew_until_both_classes_are_there():
    rare = made_up("binary")._replace(y_target=(np.arange(80) < 6).astype(int))
    for number in range(20):
        train, test = split(rare, 20, number)
        assert np.bincount(rare.y_target[train]).min() >= 2
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(80))
    order = np.random.RandomState(20_003).permutation(80)
    assert_array_equal(split(made_up("counts"), 20, 3)[0], order[:20])


def rows_of(scores, task="a", size=20):
    """Rows of a result file from {method: [score of each split]}."""
    return [
        {"task": task, "n_target": size, "split": number, "method": name, "score": score, "seconds": 0.5}
        for name, found in scores.items()
        for number, score in enumerate(found)
    ]


BASE = {"target": [4.0, 6.0], "source": [2.0, 4.0], "pooled": [5.0, 5.0], "offset": [9.0, 9.0]}


def test_cells_are_means_relative_to_the_best_baseline():
    found = report.cells(rows_of({**BASE, "new": [1.0, 2.0], "once": [1.0], "failing": [np.nan, 3.0]}))
    cell = found["a", 20]
    assert_allclose([cell["new"]["relative"], cell["new"]["to_target"]], [0.5, 0.3])
    assert_allclose([cell["once"]["relative"], cell["failing"]["relative"]], [1.0 / 2.0, 3.0 / 4.0])  # on their splits
    assert (cell["failing"]["splits"], cell["failing"]["failed"]) == (1, 1)
    assert report.cells(rows_of({"target": [1.0], "new": [1.0]})) == {}


def test_the_summary_is_over_cells():
    rows = [
        row for size, score in enumerate([1.5, 3.0, 6.0]) for row in rows_of({**BASE, "new": [score] * 2}, size=size)
    ]
    line = next(line for line in report.summary(report.cells(rows)).splitlines() if line.startswith("| new"))
    assert line == "| new | 3 | 1 | 1.8 | 2 | 1.2 | 0 | 0.5 |"


def test_report_of_files(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    for name, scores in (("one.csv", BASE), ("two.csv", {"new": [1.0, 2.0], "once": [1.0]})):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, report.COLUMNS)
            writer.writeheader()
            writer.writerows(rows_of(scores))
    picture = tmp_path / "transfer.png"
    assert report.main([str(tmp_path / "one.csv"), str(tmp_path / "two.csv"), "--figure", str(picture)]) == 0
    assert "| a | 20 | 2 | 5 | 3 | 5 | 9 | 0.500 | 0.500 (1) |" in capsys.readouterr().out
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_frozen_hidden_is_the_output_layer_s_transfer_behind_the_hidden_one(kind):
    task = made_up(kind)
    knowledge, X, y = Knowledge(task), task.X_target, task.y_target
    network, classes = knowledge.network, getattr(knowledge.network, "classes_", None)
    coef, intercept = network.coefs_[-1].T, network.intercepts_[-1]
    if len(coef) == 1:
        coef, intercept = coef[0], intercept[0]
    layer = Source(coef, intercept, classes=classes, link="identity" if classes is None else "logit")
    hidden = FrozenFeatures(network, layer=2).fit_transform(knowledge.scaler.transform(X))
    behind = make_transfer(layer).fit(hidden[:30], y[:30])
    model = METHODS["frozen_hidden"].fit(knowledge, X[:30], y[:30])
    assert_array_equal(_answers(model, X[30:]), _answers(behind, hidden[30:]))


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass", "counts"])
def test_coral_of_the_source_s_own_rows_changes_nothing(kind):
    task = made_up(kind)
    knowledge = Knowledge(task)
    plain, aligned = (
        METHODS[name].fit(knowledge, task.X_source, task.y_source) for name in ("make_transfer_tuned", "coral_scale")
    )
    assert_allclose(_answers(aligned, task.X_target), _answers(plain, task.X_target), rtol=1e-6)


def _answers(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
