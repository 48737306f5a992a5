"""The narrated examples run, and say what their text says they say."""

import importlib.util
import runpy
from pathlib import Path

import numpy as np
import pytest

import sktransfer

plt = pytest.importorskip("matplotlib.pyplot")
EXAMPLES = sorted(Path(sktransfer.__file__).parents[1].glob("docs/examples/plot_*.py"))
PACKAGES = {
    "plot_frozen_medical": ("torch",),
    "plot_keras_vgg": ("keras", "torch", "mlxtend"),
}

RECIPES = {"plot_frozen_medical": "head replaced", "plot_keras_vgg": "Dense replaced"}  # and the tutorials' way in it


@pytest.fixture
def run(monkeypatch):
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", lambda: None)

    def run_example(name):
        for package in PACKAGES.get(name, ()):
            if importlib.util.find_spec(package) is None:
                pytest.skip(f"{name} needs {package}")
        return runpy.run_path(str(next(path for path in EXAMPLES if path.stem == name)))

    yield run_example
    plt.close("all")


@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES if path.stem not in RECIPES])
def test_examples_run_and_draw(run, name):
    run(name)
    assert all(figure.axes for figure in map(plt.figure, plt.get_fignums()))
    assert plt.get_fignums()


def test_categories(run, capsys):
    seen = run("plot_categories")
    losses, alignment = seen["losses"], seen["twin"].source_.alignment
    assert min(losses, key=losses.get) == "fresh encoder"
    assert losses["frozen encoder"] <= losses["source only"] + 1e-9
    assert alignment.added_features == ("fuel_electric", "mileage")
    assert alignment.dropped_features == ("fuel_gas", "age")
    assert "fuel_diesel fuel_gas fuel_petrol use_commute" in capsys.readouterr().out


def test_alpha(run, capsys):
    seen = run("plot_alpha")
    ends, curve, losses = seen["ends"], seen["mean"], seen["losses"]
    assert curve.min() < min(ends.values())
    assert -3 <= seen["best"] <= 0
    assert losses.mean() < min(ends.values())
    assert seen["losses_summary"].mean() < ends["ours"]
    assert seen["others"].n_samples == 616
    assert "by sums" in capsys.readouterr().out


def test_diagnostics(run, capsys):
    seen = run("plot_diagnostics")
    search, said = seen["search"], capsys.readouterr().out
    assert len(seen["y"]) == 59
    assert 0 < search.gain_ < 2 * search.gain_se_
    assert "do not show that the source helps" in said
    assert f"lowers the held-out log-loss by {search.gain_:.3f} +- {search.gain_se_:.3f}" in said
    assert seen["loose"].effective_sample_size_ < seen["firm"].effective_sample_size_
    assert search.weights_.max() < 0.5  # no winner
    assert len(seen["moved"].moves_) == 8


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_beat_scratch_and_the_tutorials_way(run, name):
    results = run(name)["results"]
    assert all(figure.axes for figure in map(plt.figure, plt.get_fignums()))
    assert plt.get_fignums()
    fewest, most = results[min(results)], results[max(results)]
    for way in ("from scratch", RECIPES[name]):
        gains = fewest[way] - fewest["ours"]
        assert len(gains) == 10
        assert gains.mean() > 2 * _standard_error(gains), way
        gains = most[way] - most["ours"]
        assert gains.mean() > -_standard_error(gains), way


def _standard_error(differences):
    return differences.std(ddof=1) / np.sqrt(len(differences))
