"""The demo's picture: refused early and clearly, drawn without touching matplotlib's global state."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from sktransfer.cli import _demo_picture, main

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture
def result():
    scores = np.random.RandomState(0).uniform(size=(5, 4, 3))
    return SimpleNamespace(scores={20: scores, 30: scores + 0.1})


def test_draw_writes_the_same_picture_every_time(result, tmp_path):
    pictures = []
    for name in ("one.png", "two.png"):
        _demo_picture.draw(result, tmp_path / name)
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]


def test_draw_shows_means_and_standard_errors(result, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(_demo_picture, "_label", lambda axes, sizes: seen.append(axes))
    _demo_picture.draw(result, tmp_path / "one.png")
    (axes,) = seen
    for k, line in enumerate(axes.lines):
        losses = result.scores[20][:, k, 0]
        error = losses.std(ddof=1) / np.sqrt(5)
        np.testing.assert_allclose(line.get_xdata(), [20, 30])
        np.testing.assert_allclose(line.get_ydata(), [losses.mean(), losses.mean() + 0.1])
        band = axes.collections[k].get_paths()[0].vertices
        heights = np.unique(band[band[:, 0] == 20, 1].round(12))
        np.testing.assert_allclose([heights.min(), heights.max()], losses.mean() + error * np.array([-1, 1]))


def test_draw_leaves_matplotlib_as_it_was(result, tmp_path):
    before = matplotlib.rcParams.copy()  # holds the backend, chosen or not yet
    pyplot_was_there = "matplotlib.pyplot" in sys.modules
    _demo_picture.draw(result, tmp_path / "one.png")
    assert matplotlib.rcParams.copy() == before
    assert ("matplotlib.pyplot" in sys.modules) == pyplot_was_there


def test_without_matplotlib_the_error_names_the_extra(result, tmp_path, block_import):
    block_import("matplotlib")
    for call in (
        lambda: _demo_picture.check("x.png"),
        lambda: _demo_picture.draw(result, tmp_path / "x.png"),
    ):
        with pytest.raises(ImportError, match=r"needs matplotlib.*pip install 'sktransfer\[plot\]'"):
            call()


def test_check_refuses_a_format_and_a_folder(tmp_path):
    with pytest.raises(ValueError, match=r"must end in one of .*png.*, got 'x\.txt'"):
        _demo_picture.check("x.txt")
    with pytest.raises(FileNotFoundError, match="does not exist; make it first"):
        _demo_picture.check(tmp_path / "no" / "x.png")


def test_the_command_refuses_before_it_computes(monkeypatch, block_import):
    from sktransfer.cli import _demo_run

    monkeypatch.setattr(_demo_run, "run_demo", lambda **options: pytest.fail("computed"))
    block_import("matplotlib")
    with pytest.raises(SystemExit, match=r"sktransfer demo: .*'sktransfer\[plot\]'.*--no-picture"):
        main(["demo"])
